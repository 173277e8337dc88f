"""From the name of a response to what a person reads: language, facts, freshness, source and buttons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.content.published import PLACEHOLDER, Button, Content, Fact, Response, Review

PERSON = "/talk_to_human"


@dataclass(frozen=True)
class Reply:
    text: str
    buttons: tuple[Button, ...] = ()
    response: str | None = None


def render(content: Content, name: str, language: str, today: date, variables: Mapping[str, str] | None = None) -> Reply:
    """The response as shown on that day. An answer past its expiry is withheld, unless it answers a danger, and an overdue one says so."""
    response = content.responses[name]
    facts = facts_of(content, response)
    answers_danger = any(name == category.response for category in content.safety.categories)
    if not answers_danger and _has_expired(response, facts, today):
        return _withheld(content, response, language, today)
    text = fill(content, content.translate(response.text, language), variables)
    if response.review:
        text = "\n\n".join([text, *_closing(content, response, response.review, facts, language, today)])
    return Reply(text, buttons(content, response, language), name)


def sentence(content: Content, name: str, language: str, variables: Mapping[str, str] | None = None) -> str:
    """The text alone of a sentence of the dialogue."""
    return fill(content, content.translate(content.responses[name].text, language), variables)


def fill(content: Content, text: str, variables: Mapping[str, str] | None = None) -> str:
    """Put variables and facts in their places. The publish gate has seen to it that every place has a value."""
    given = variables or {}
    return PLACEHOLDER.sub(lambda found: given[found[1]] if found[1] in given else content.facts[found[1]].value, text)


def facts_of(content: Content, response: Response) -> list[Fact]:
    return [content.facts[name] for name in PLACEHOLDER.findall(response.text) if name in content.facts]


def buttons(content: Content, response: Response, language: str) -> tuple[Button, ...]:
    """The response's buttons and, after every answer, one to a person."""
    shown = [Button(content.translate(button.title, language), button.payload) for button in response.buttons]
    if response.review and all(button.payload != PERSON for button in shown):
        shown.append(Button(sentence(content, "utter_button_person", language), PERSON))
    return tuple(shown)


def _has_expired(response: Response, facts: list[Fact], today: date) -> bool:
    reviews = [review for review in (response.review, *(fact.review for fact in facts)) if review]
    return any(review.expires_on is not None and today > review.expires_on for review in reviews)


def _withheld(content: Content, response: Response, language: str, today: date) -> Reply:
    office = content.organizations[response.office].name if response.office else content.institution.title
    notice = content.responses["utter_withheld"]
    text = fill(content, content.translate(notice.text, language), {"office": office})
    return Reply(text, (Button(sentence(content, "utter_button_person", language), PERSON),), response.name)


def _closing(content: Content, response: Response, review: Review, facts: list[Fact], language: str, today: date) -> list[str]:
    lines = []
    if language != "es" and response.text not in content.catalogues.get(language, {}):
        lines.append(sentence(content, "utter_not_translated", language))
    due_on = min([review.due_on, *(fact.review.due_on for fact in facts)])
    if today > due_on:
        lines.append(sentence(content, "utter_overdue", language, {"due_on": shown(due_on)}))
    office = content.organizations[response.office or ""]
    values = {
        "sources": "; ".join(source.title for source in review.sources),
        "office": office.short_name,
        "reviewed_on": shown(review.reviewed_on),
    }
    lines.append(sentence(content, "utter_answer_source", language, values))
    return lines


def shown(day: date) -> str:
    return day.strftime("%d/%m/%Y")
