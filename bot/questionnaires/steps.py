"""Reads one answer for each type of step. None means: this is not an answer to the step."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from rapidfuzz import fuzz, process

from bot.content.asking import Option, Step
from bot.content.courses import NEXT
from bot.content.languages import SOURCE
from bot.content.published import Content
from bot.conversation.incoming import PLACES, Incoming, Kind
from bot.questionnaires.answer_words import NO, NOT_KNOWN, ONWARD, YES, is_question
from nlu.components.spelling import by_sound, plain

LONGEST_ANSWER = 1000  # characters of a free text that are kept
SURE = 85  # of 100: how alike a typed word and an option must be
MONTHS = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"]


@dataclass(frozen=True)
class Answer:
    value: Any
    shown: str  # as the person is shown it back


@dataclass(frozen=True)
class Ambiguous:
    """Several places fit: they are offered as buttons."""

    options: tuple[Option, ...]


Reading = Answer | Ambiguous | None


def read_answer(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    return READERS[step.type](step, incoming, content, today)


def _choice(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    if incoming.kind is not Kind.TEXT:
        return None
    typed = by_sound(incoming.text)
    if is_question(incoming.text):
        return None
    if typed.isdecimal() and 1 <= int(typed) <= len(step.options):
        option = step.options[int(typed) - 1]
        return Answer(option.value, option.title)
    said = "yes" if typed in YES else "no" if typed in NO else "unknown" if typed in NOT_KNOWN else None
    plainly = [option for option in step.options if option.value == said]
    if plainly:
        return Answer(plainly[0].value, plainly[0].title)
    titles = {
        by_sound(content.translate(option.title, language)): option for language in (SOURCE, *content.languages) for option in step.options
    }
    if not typed or len(typed.split()) > 6:
        return None
    contained = [
        option for title, option in titles.items() if f" {title} " in f" {typed} " or (len(typed) >= 4 and f" {typed} " in f" {title} ")
    ]
    if len(contained) == 1:
        return Answer(contained[0].value, contained[0].title)
    near = process.extractOne(typed, list(titles), scorer=fuzz.ratio, score_cutoff=SURE)
    return Answer(titles[near[0]].value, titles[near[0]].title) if near else None


def _municipality(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    if incoming.kind in PLACES and incoming.latitude is not None and incoming.longitude is not None:
        nearest = content.municipalities.nearest(incoming.latitude, incoming.longitude)
        return Answer(nearest.key, nearest.title) if nearest else None
    if incoming.kind is not Kind.TEXT or len(incoming.text) > 60 or is_question(incoming.text):
        return None
    found = content.municipalities.find(incoming.text)
    if not found:
        return None
    exact = [place for place in found if by_sound(place.name) == by_sound(incoming.text.partition(",")[0])]
    if len(found) == 1 or len(exact) == 1:
        place = exact[0] if len(exact) == 1 else found[0]
        return Answer(place.key, place.title)
    return Ambiguous(tuple(Option(place.key, place.title) for place in found))


def _number(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    """A whole number among few other words: "62", "tengo 62 años"."""
    if incoming.kind is not Kind.TEXT or len(incoming.text.split()) > 6 or is_question(incoming.text):
        return None
    numbers = re.findall(r"(?<![\d.,])\d{1,3}(?![\d.,]\d)", incoming.text)
    return Answer(int(numbers[0]), numbers[0]) if len(numbers) == 1 else None


def _telephone(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    typed = incoming.telephone if incoming.kind is Kind.CONTACT else incoming.text
    digits = re.sub(r"\D", "", typed)
    letters = re.sub(r"[^A-Za-zÀ-ÿ]", "", typed)
    if not 10 <= len(digits) <= 15 or len(letters) > 25:
        return None
    shown = ("+" if "+" in typed or len(digits) > 10 else "") + digits
    return Answer(shown, shown)


def _date(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    text = plain(incoming.text.replace("/", " ").replace("-", " ").replace(".", " "))
    for place, name in enumerate(MONTHS, 1):
        text = re.sub(rf"\b(de )?{name}( de(l)?)?\b", str(place), text)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if len(numbers) != 3:
        return None
    if numbers[0] > 31:
        numbers.reverse()
    day, month, year = numbers
    try:
        found = date(year + 2000 if year < 30 else year + 1900 if year < 100 else year, month, day)
    except ValueError:
        return None
    return Answer(found.isoformat(), found.strftime("%d/%m/%Y")) if date(1900, 1, 1) <= found <= date(today.year + 5, 12, 31) else None


def _text(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    if incoming.kind is not Kind.TEXT or len(plain(incoming.text)) < 2 or is_question(incoming.text):
        return None
    kept = incoming.text[:LONGEST_ANSWER]
    return Answer(kept, kept)


def _photo(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    if incoming.kind not in (Kind.PHOTO, Kind.DOCUMENT) or not incoming.file_id:
        return None
    return Answer(incoming.file_id, "📎")


def _location(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    if incoming.kind not in PLACES or incoming.latitude is None or incoming.longitude is None:
        return None
    return Answer([incoming.latitude, incoming.longitude], f"{incoming.latitude:.3f}, {incoming.longitude:.3f}")


def _toggles(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    """Typed: the numbers or names of the options that stay, for those without buttons."""
    if incoming.kind is not Kind.TEXT:
        return None
    parts = [part for part in re.split(r",|\by\b|\s(?=\d)", incoming.text) if part.strip()]
    chosen = [_choice(step, Incoming(Kind.TEXT, part), content, today) for part in parts]
    if not chosen or not all(isinstance(answer, Answer) for answer in chosen):
        return None
    found = [answer for answer in chosen if isinstance(answer, Answer)]
    return Answer([answer.value for answer in found], ", ".join(answer.shown for answer in found))


def _consent(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    """Only a clear yes is a yes: anything else is not an answer, and silence gives nothing away."""
    typed = by_sound(incoming.text) if incoming.kind is Kind.TEXT else ""
    if typed in YES:
        return Answer(True, "")
    return Answer(False, "") if typed in NO else None


def _reading(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    """A word that says that it was read."""
    if incoming.kind is not Kind.TEXT or by_sound(incoming.text) not in ONWARD | YES:
        return None
    return Answer(NEXT, "—")


def _wording(step: Step, incoming: Incoming, content: Content, today: date) -> Reading:
    """The words of one of the choices; its letter is read where their order is known."""
    if incoming.kind is not Kind.TEXT or len(incoming.text.split()) < 2:
        return None
    titles = {by_sound(content.translate(each.title, code)): each for code in (SOURCE, *content.languages) for each in step.options}
    near = process.extractOne(by_sound(incoming.text), list(titles), scorer=fuzz.ratio, score_cutoff=SURE)
    return Answer(titles[near[0]].value, titles[near[0]].title) if near else None


READERS: dict[str, Callable[[Step, Incoming, Content, date], Reading]] = {
    "choice": _choice, "municipality": _municipality, "number": _number, "telephone": _telephone, "date": _date, "text": _text,
    "photo": _photo, "location": _location, "toggles": _toggles, "consent": _consent,
    "permission": _consent, "reading": _reading, "case": _reading, "question": _wording,
}  # fmt: skip
