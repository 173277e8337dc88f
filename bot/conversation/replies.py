"""From the name of a response to what a person reads: language, facts, freshness, source and buttons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from bot.content.languages import SOURCE
from bot.content.published import PLACEHOLDER, Button, Content, Fact, Protocol, Response
from bot.content.review import Review
from bot.conversation.parts import LONGEST_FIRST, in_two

PERSON = "/talk_to_human"
MORE = "/more"


@dataclass(frozen=True)
class Reply:
    text: str
    buttons: tuple[Button, ...] = ()
    response: str | None = None
    unreviewed: bool = False  # a translation that nobody has checked, and the text itself does not say so


def render(content: Content, name: str, language: str, today: date, variables: Mapping[str, str] | None = None) -> Reply:
    """The response as shown on that day: a long answer's first part. Past its expiry it is withheld, unless it answers a danger."""
    response = content.responses[name]
    withheld = _withheld(content, response, language, today)
    if withheld:
        return withheld
    body = fill(content, response.text, language, variables)
    if not response.review:
        return Reply(body, buttons(content, response, language), name, _is_unreviewed(content, response, language))
    whole = "\n\n".join([body, *_closing(content, response, response.review, language, today)])
    if len(whole) <= LONGEST_FIRST or content.answers_danger(name):
        return Reply(whole, buttons(content, response, language), name)
    first, rest, closing = _parts(content, response, response.review, language, today, variables)
    if not rest:  # it is too long only by its sources: as many of them as there is room for
        return Reply(
            _with_sources_that_fit(content, response, response.review, body, language, today), buttons(content, response, language), name
        )
    more = Button(sentence(content, "utter_button_more", language), f"{MORE}={name}")
    return Reply(f"{first}\n\n{closing}", (more, *buttons(content, response, language)), name)


def render_rest(content: Content, name: str, language: str, today: date, variables: Mapping[str, str] | None = None) -> Reply:
    """What a long answer's first part left out, with all its sources; the whole answer where it was not cut."""
    response = content.responses[name]
    withheld = _withheld(content, response, language, today)
    if withheld or not response.review:
        return withheld or render(content, name, language, today, variables)
    _, rest, _ = _parts(content, response, response.review, language, today, variables)
    closing = _closing(content, response, response.review, language, today)
    return Reply(
        "\n\n".join([rest or fill(content, response.text, language, variables), *closing]), buttons(content, response, language), name
    )


def render_whole(content: Content, name: str, language: str, today: date) -> str:
    """All that can be read of a response, uncut: for editors and for the checks."""
    response = content.responses[name]
    withheld = _withheld(content, response, language, today)
    closing = _closing(content, response, response.review, language, today) if response.review else []
    return withheld.text if withheld else "\n\n".join([fill(content, response.text, language), *closing])


def spoken(content: Content, name: str, language: str, choices: Iterable[Button]) -> Reply:
    """A sentence of the dialogue with buttons that only the program knows."""
    response = content.responses[name]
    return Reply(fill(content, response.text, language), tuple(choices), name, _is_unreviewed(content, response, language))


def sentence(content: Content, name: str, language: str, variables: Mapping[str, str] | None = None) -> str:
    """The text alone of a sentence of the dialogue."""
    return fill(content, content.responses[name].text, language, variables)


def fill(content: Content, text: str, language: str, variables: Mapping[str, str] | None = None) -> str:
    """The text in that language, variables and facts in their places. The publish gate has seen to it that every place has a value."""
    given = variables or {}

    def value(name: str) -> str:
        return given[name] if name in given else content.translate(content.facts[name].value, language)

    return PLACEHOLDER.sub(lambda found: value(found[1]), content.translate(text, language))


def facts_of(content: Content, response: Response) -> list[Fact]:
    return [content.facts[name] for name in PLACEHOLDER.findall(response.text) if name in content.facts]


def buttons(content: Content, response: Response, language: str) -> tuple[Button, ...]:
    """The response's buttons and, after every answer, one to a person."""
    shown = [Button(content.translate(button.title, language), button.payload) for button in response.buttons]
    if response.review and all(button.payload != PERSON for button in shown):
        shown.append(Button(sentence(content, "utter_button_person", language), PERSON))
    return tuple(shown)


def _is_unreviewed(content: Content, response: Response, language: str) -> bool:
    texts = (response.text, *(fact.value for fact in facts_of(content, response)))
    return any(content.is_unreviewed(text, language) for text in texts)


def _with_sources_that_fit(content: Content, response: Response, review: Review, body: str, language: str, today: date) -> str:
    texts = (
        "\n\n".join([body, *_closing(content, response, review, language, today, many)]) for many in range(len(review.sources) - 1, 0, -1)
    )
    return next(text for text in texts if len(text) <= LONGEST_FIRST)


def _parts(
    content: Content, response: Response, review: Review, language: str, today: date, variables: Mapping[str, str] | None = None
) -> tuple[str, str, str]:
    """First part, rest, and the closing of the first part, which names one source for want of room."""
    closing = "\n\n".join(_closing(content, response, review, language, today, most_sources=1))
    return *in_two(fill(content, response.text, language, variables), LONGEST_FIRST - len(closing) - 2), closing


def _withheld(content: Content, response: Response, language: str, today: date) -> Reply | None:
    """What is said in place of an answer past its expiry: whom to ask. None: the answer may be said."""
    reviews = [response.review, *(fact.review for fact in facts_of(content, response))]
    if content.answers_danger(response.name) or not any(review and review.has_expired(today) for review in reviews):
        return None
    person = Button(sentence(content, "utter_button_person", language), PERSON)
    text = sentence(content, "utter_withheld", language, {"office": _whom_to_ask(content, response, today)})
    return Reply(text, (person,), response.name, content.is_unreviewed(content.responses["utter_withheld"].text, language))


def _whom_to_ask(content: Content, response: Response, today: date) -> str:
    """The office and its telephone, unless that is past its own expiry."""
    office = content.organizations.get(response.office or "")
    if office is None:
        return content.institution.title
    telephone = content.facts.get(office.telephone)
    return f"{office.name} ({telephone.value})" if telephone and telephone.may_be_said(today) else office.name


def _closing(
    content: Content, response: Response, review: Review, language: str, today: date, most_sources: int | None = None
) -> list[str]:
    """What follows an answer: what is to be doubted about it, which edition of a protocol it is, then source, office and date."""
    lines = []
    if language != SOURCE and not content.is_translated(response.text, language):
        lines.append(sentence(content, "utter_not_translated", language))
    elif _is_unreviewed(content, response, language):
        lines.append(sentence(content, "utter_unreviewed", language))
    if response.protocol:
        lines.append(_edition(content, response.protocol, language))
    reviews = [review, *(fact.review for fact in facts_of(content, response))]
    sources = [source.title for source in review.sources[:most_sources]]
    office = content.organizations[response.office or ""].short_name
    return [*lines, *provenance(content, language, today, reviews, sources, [office], review.reviewed_on)]


def _edition(content: Content, protocol: Protocol, language: str) -> str:
    values = {"version": protocol.version, "changed_on": shown(protocol.changed_on, language)}
    said = sentence(content, "utter_protocol_version", language, values)
    return said if protocol.is_validated else f"{said} {sentence(content, 'utter_protocol_pending', language)}"


def provenance(
    content: Content,
    language: str,
    today: date,
    reviews: Iterable[Review],
    sources: Iterable[str],
    offices: Iterable[str],
    reviewed_on: date,
) -> list[str]:
    """Under everything that states facts: a caution when a review is overdue, then source, office and date."""
    lines = []
    due_on = min(review.due_on for review in reviews)
    if today > due_on:
        lines.append(sentence(content, "utter_overdue", language, {"due_on": shown(due_on, language)}))
    values = {"sources": "; ".join(sources), "office": ", ".join(offices), "reviewed_on": shown(reviewed_on, language)}
    return [*lines, sentence(content, "utter_answer_source", language, values)]


def shown(day: date, language: str = SOURCE) -> str:
    """21/11/2026, as most of our languages write it; English puts the month first, so there it is spelt out."""
    return format_date(day, "MMMM d, y", locale="en") if language == "en" else day.strftime("%d/%m/%Y")
