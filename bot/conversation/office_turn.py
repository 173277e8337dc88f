"""Finding an office: what is said of each, and the next two behind a button. A shared location becomes a municipality and is not kept."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

from bot.content.asking import Questionnaire
from bot.content.published import Button
from bot.content.services import Service
from bot.conversation import hours
from bot.conversation.context import Turn
from bot.conversation.incoming import PLACES
from bot.conversation.parts import LONGEST_FIRST
from bot.conversation.replies import PERSON, Reply, provenance
from bot.offices import Office, Opening, find_offices, offices_of
from bot.questionnaires import run
from bot.questionnaires.run import Progress

Arguments = Mapping[str, Any]
QUESTIONNAIRE = "find_office"
FIND = "/find_offices"
OFFICE = "/show_office"
AT_ONCE = 2  # offices in a message: more do not fit a small screen
EVERYWHERE = "-"
MAP = "https://maps.google.com/?q="
LEFT_OUT = ("description", "note", "languages", "cost", "papers")  # first to last, where one office alone is too long for a small screen


def look_for_offices(turn: Turn, arguments: Arguments) -> None:
    """`need.place.from` shows offices; with only a need, or nothing, it asks for what is missing."""
    if turn.incoming.kind in PLACES and turn.progress is not None:  # it was no answer to the pending question
        turn.ask_step()
        return
    need, _, rest = str(arguments.get("value") or arguments.get("need") or "").partition(".")
    place, _, first = rest.partition(".")
    if need and place:
        _show(turn, need, None if place == EVERYWHERE else place, int(first) if first.isdecimal() else 0)
        return
    answers: dict[str, list[Any]] = {}
    if need:
        answers["need"] = [need, need]
    key = _place_of(turn)
    town = turn.content.municipalities.get(key) if key else None
    if town:
        answers["municipality"] = [town.key, town.title]
    _ask_or_show(turn, answers)


def _place_of(turn: Turn) -> str | None:
    """The municipality that this message names or lies in."""
    if turn.incoming.kind in PLACES and turn.incoming.latitude is not None and turn.incoming.longitude is not None:
        nearest = turn.content.municipalities.nearest(turn.incoming.latitude, turn.incoming.longitude)
        return nearest.key if nearest else None
    named = turn.understanding.entities if turn.understanding else []
    return next((each.value for each in named if each.entity == "municipality"), None)


def _ask_or_show(turn: Turn, answers: dict[str, list[Any]]) -> None:
    questionnaire = turn.content.questionnaires[QUESTIONNAIRE]
    missing = next((step for step in questionnaire.steps if step.id not in answers), None)
    if missing is None:
        _show(turn, str(answers["need"][0]), answers["municipality"][0], 0)
        return
    turn.begin_questionnaire(replace(run.start(questionnaire), step=missing.id, answers=answers))
    turn.ask_step()


def finish_search(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """The end of the questionnaire: nothing of it is kept."""
    _show(turn, str(progress.value("need")), progress.value("municipality"), 0)


def _show(turn: Turn, need: str, key: str | None, first: int) -> None:
    place = turn.content.municipalities.get(key) if key else None
    found = find_offices(turn.content, need, place, turn.now)[first:]
    if not found:
        turn.say("utter_offices_none")
        return
    opening = turn.sentence("utter_offices_found", place=place.title) if place else turn.sentence("utter_offices_anywhere")
    more = Button(turn.sentence("utter_button_more_offices"), f"{FIND}={need}.{key or EVERYWHERE}.{{next}}")
    other = Button(turn.sentence("utter_button_other_place"), f"{FIND}={need}")
    _say(turn, opening, found, first, more, other)


def show_office(turn: Turn, arguments: Arguments) -> None:
    """`ipam`, or `ipam.2` for what follows: the services of one organization."""
    name, _, first = str(arguments.get("value") or "").partition(".")
    skipped = int(first) if first.isdecimal() else 0
    found = offices_of(turn.content, name, turn.now)[skipped:]
    if not found:
        turn.say("utter_offices_none")
        return
    more = Button(turn.sentence("utter_button_more_offices"), f"{OFFICE}={name}.{{next}}")
    _say(turn, turn.content.organizations[name].name, found, skipped, more, Button(turn.sentence("utter_button_other_place"), FIND))


def _say(turn: Turn, opening: str, found: list[Office], first: int, more: Button, other: Button) -> None:
    """As many as fit a small screen, and the rest behind a button."""
    here = found[:AT_ONCE]
    text = _text(turn, opening, here, ())
    if len(text) > LONGEST_FIRST:
        here = found[:1]
        shorter = (_text(turn, opening, here, LEFT_OUT[:many]) for many in range(len(LEFT_OUT) + 1))
        text = next((each for each in shorter if len(each) <= LONGEST_FIRST), _text(turn, opening, here, LEFT_OUT))
    choices = []
    choices = [replace(more, payload=more.payload.format(next=first + len(here)))] if len(found) > len(here) else []
    choices += [other, Button(turn.sentence("utter_button_person"), PERSON)]
    unreviewed = any(turn.content.is_unreviewed(office.service.name, turn.language) for office in here)
    turn.replies.append(Reply(text, tuple(choices), "utter_offices_found", unreviewed))


def _text(turn: Turn, opening: str, here: list[Office], without: tuple[str, ...]) -> str:
    closing = _closing(turn, [office.service for office in here])
    shown = ("\n".join(line for kind, line in _lines(turn, office) if kind not in without) for office in here)
    return "\n\n".join([opening, *shown, closing])


def _lines(turn: Turn, office: Office) -> Iterator[tuple[str, str]]:
    """What is said of an office, each line with its kind."""
    content, service = turn.content, office.service
    yield "name", f"{content.organizations[service.organization_id].short_name}: {content.translate(service.name, turn.language)}"
    if service.description:
        yield "description", content.translate(service.description, turn.language)
    if office.location is not None:
        yield from (("where", line) for line in _where(turn, office))
    if service.phones:
        numbers = " / ".join(content.translate(content.facts[each].value, turn.language) for each in service.phones)
        yield "phone", turn.sentence("utter_office_phone", number=numbers)
    yield from (("hours", line) for line in _hours(turn, office))
    if service.hours_note:
        yield "note" if office.opening else "hours", content.translate(service.hours_note, turn.language)
    if service.cost:
        yield "cost", turn.sentence("utter_office_cost", cost=content.translate(service.cost, turn.language))
    if service.required_documents:
        papers = "; ".join(content.translate(each, turn.language) for each in service.required_documents)
        yield "papers", turn.sentence("utter_office_papers", papers=papers)
    if service.languages:
        yield (
            "languages",
            turn.sentence("utter_office_languages", languages=", ".join(content.languages[each] for each in service.languages)),
        )
    if service.url:
        yield "page", content.facts[service.url].value


def _where(turn: Turn, office: Office) -> Iterator[str]:
    assert office.location is not None, "the caller has seen to it"
    town = turn.content.municipalities.get(office.location.municipality)
    far = turn.sentence("utter_office_km", km=str(round(office.km))) if office.km is not None and office.km >= 1 else ""
    if not office.location.address:  # not public: the town and no more
        yield " ".join(filter(None, [town.title if town else "", far]))
        return
    address = turn.content.facts[office.location.address].value
    yield " ".join(filter(None, [address, far]))
    yield MAP + quote_plus(f"{address}, {town.title}" if town else address, safe=",")


def _hours(turn: Turn, office: Office) -> Iterator[str]:
    if office.opening is None:
        return
    if office.opening.changes_at is None and office.opening.is_open:
        yield turn.sentence("utter_office_always_open")
        return
    yield from hours.regular(turn.content, office.service.schedules, "utter_office_hours", turn.language)
    yield _now(turn, office.opening)


def _now(turn: Turn, opening: Opening) -> str:
    if opening.changes_at is None:
        return turn.sentence("utter_office_closed")
    clock = hours.clock(opening.changes_at)
    if opening.is_open:
        return turn.sentence("utter_office_open_now", until=clock)
    return turn.sentence("utter_office_opens", day=hours.day_of(turn.content, opening.changes_at, turn.today, turn.language), at=clock)


def _closing(turn: Turn, services: list[Service]) -> str:
    """Source, office and date, as after every answer: of several offices the oldest date."""
    reviews = [service.review for service in services if service.review]
    titles = dict.fromkeys(review.sources[0].title for review in reviews)
    offices = dict.fromkeys(turn.content.organizations[service.organization_id].short_name for service in services)
    oldest = min(review.reviewed_on for review in reviews)
    return "\n\n".join(provenance(turn.content, turn.language, turn.today, reviews, titles, offices, oldest))
