"""What the data officer does for an official who learns and cannot ask in the chat: finds them, files what they ask, corrects, quiets.

Nobody is listed and nothing shows a name: whoever asks brings what names them alone, and the name is opened with a reason to compare it
with what they prove. The copy, the erasure and the orders to keep are those of everybody (`officer`, `holds`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.conversation.replies import shown
from bot.conversation.surroundings import Surroundings
from bot.conversation.unasked import rendered, tell
from bot.courses import certificates, credential, learners
from bot.courses.certificates import State
from bot.courses.learners import Place
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.privacy import arco, person
from bot.privacy.person import Person
from bot.records.learning import Learner
from bot.records.privacy import ArcoRequest, Right
from bot.referrals.visible import checked_reason

OLDEST = timedelta(days=60)  # of a letter: what came before that has no term left


@dataclass(frozen=True)
class Certified:
    number: str
    course: str
    issued_at: datetime
    expires_at: datetime
    state: State


@dataclass(frozen=True)
class Found:
    """What is compared with what an official says and shows. No name."""

    reference: str
    place: Place | None  # None: somebody who wrote to the officials' bot and was never invited
    invited_at: datetime | None
    joined_at: datetime | None
    withdrawn_at: datetime | None
    seen_at: datetime | None
    wants_reminders: bool
    has_name: bool
    has_chat: bool
    is_held: bool
    certificates: Sequence[Certified]
    requests: Sequence[ArcoRequest]


@dataclass(frozen=True)
class Correction:
    """What is to stand from now on; None stays as it is."""

    name: str | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Corrected:
    fields: Sequence[str]
    links: Sequence[tuple[str, str, str]]  # of certificates issued again: course, number, what stands in the link


def find(session: Session, by: Actor, word: str, around: Surroundings) -> Found:
    """By what names one official alone; a row in the audit before anything is shown. Raises RefusedError."""
    require(by, Action.ARCO_ANSWER)
    whose = person.official_of(session, word)
    audit.write(session, by, Action.ARCO_LIST, whose.reference, around.now, "find")
    learner = whose.learner
    return Found(
        whose.reference, _place(learner) if learner else None, learner.invited_at if learner else None,
        learner.joined_at if learner else None, learner.withdrawn_at if learner else None, learner.seen_at if learner else None,
        bool(learner and learner.wants_reminders), bool(learner and learner.name), bool(whose.conversations),
        person.is_held(session, whose), _certified(session, learner, around.content, around.now), arco.of_person(session, whose),
    )  # fmt: skip


def open_name(session: Session, by: Actor, word: str, reason: str, around: Surroundings) -> str:
    """The name on their certificates, to compare it with who asks. Raises RefusedError without a reason."""
    require(by, Action.ARCO_ANSWER)
    because, whose = checked_reason(reason), person.official_of(session, word)
    if whose.learner is None or not whose.learner.name:
        raise RefusedError("De esa persona no se guarda un nombre: todavía no entra a los cursos")
    audit.write(session, by, Action.IDENTITY_OPEN, whose.reference, around.now, because)
    return whose.learner.name


def arrived(said: str, now: datetime) -> datetime:
    """The morning of the day that is named; today, or nothing: now. Raises RefusedError."""
    try:
        day = date.fromisoformat(said.strip()) if said.strip() else None
    except ValueError:
        raise RefusedError("Escriba el día en que llegó así: 2026-11-21") from None
    if day is None or day == now.astimezone(MEXICO).date():
        return now
    return datetime.combine(day, time(9), MEXICO)


def file(
    session: Session, by: Actor, word: str, right: Right, asked: str, received_at: datetime, around: Surroundings
) -> ArcoRequest:  # fmt: skip
    """What came by letter or at the office. Their chat, if there is one, is told: who did not ask has to know. Raises RefusedError."""
    require(by, Action.ARCO_ANSWER)
    if not around.now - OLDEST <= received_at <= around.now:
        raise RefusedError("La fecha en que llegó no puede ser futura ni de hace más de 60 días")
    whose = person.official_of(session, word, locked=True)
    request = arco.file_for(session, whose, secrets.token_hex(16), right, asked.strip() or None, received_at)
    audit.write(session, by, Action.ARCO_ANSWER, whose.reference, around.now, f"file {right}")
    _tell(session, whose, "utter_learning_arco_filed", around, folio=request.folio, until=request.answer_by)
    return request


def correct(session: Session, by: Actor, word: str, wanted: Correction, around: Surroundings, origin: str | None) -> Corrected:
    """A right of theirs: what is wrong is replaced. With another name the certificates that hold are issued again under other numbers,
    because what is signed holds the hash of the name. `origin`: PUENTE_PUBLIC_URL. Raises RefusedError."""
    require(by, Action.PERSON_CORRECT)
    whose = person.official_of(session, word, locked=True)
    learner = whose.learner
    if learner is None:
        raise RefusedError("Esa persona no tiene invitación a los cursos: no hay nada que corregir")
    if person.is_held(session, whose):
        raise RefusedError("Hay una orden de no borrar estos datos: corregirlos borraría los de antes")
    fields = _correct_name(learner, wanted.name)
    again = certificates.issue_for_another_name(session, by, learner, around.now, origin) if fields == ["name"] else []
    fields += _correct_place(session, learner, wanted.place, around)  # after the key that signs is locked, and so are the certificates
    if not fields:
        raise RefusedError("No hay nada distinto que guardar")
    audit.write(session, by, Action.PERSON_CORRECT, learner.reference, around.now, " ".join(fields))
    _tell(session, whose, "utter_learning_corrected", around)
    courses = around.content.courses
    made = [(courses[each.course].title if each.course in courses else each.course, each.number, token) for each, token in again]
    return Corrected(fields, made)


def keep_quiet(session: Session, by: Actor, word: str, around: Surroundings) -> None:
    """They object to being written to: no reminders. Raises RefusedError."""
    require(by, Action.PERSON_CORRECT)
    whose = person.official_of(session, word, locked=True)
    if whose.learner is None or not whose.learner.wants_reminders:
        raise RefusedError("A esa persona ya no se le mandan recordatorios")
    whose.learner.wants_reminders = False
    audit.write(session, by, Action.PERSON_CORRECT, whose.reference, around.now, "no reminders")


def _correct_name(learner: Learner, name: str | None) -> list[str]:
    """Says whether what is signed has to change: accents and capitals make no other person."""
    new = " ".join((name or "").split())
    if not new or new == learner.name:
        return []
    if not learner.name:
        raise RefusedError("Todavía no entra a los cursos: su nombre lo escribe ella cuando entra")
    if not learners.is_name(new):
        raise RefusedError("Escriba el nombre completo como va en la constancia: dos palabras o más, solo letras")
    is_other = credential.normalized(new) != credential.normalized(learner.name)
    learner.name = new
    return ["name"] if is_other else ["spelling"]


def _correct_place(session: Session, learner: Learner, place: Place | None, around: Surroundings) -> list[str]:
    if place is None or place == _place(learner):  # what stands may be in no list any more
        return []
    learners.check(around.content, place)
    before, after = vars(_place(learner)), vars(place)
    changed = [name for name, value in after.items() if (value or None) != before[name]]
    learner.office, learner.municipality, learner.post = place.office.strip(), place.municipality, place.post
    learner.organization_id = place.organization_id or None
    for each in certificates.of_learner(session, learner):  # nothing of a place is signed: reports count them there from now on
        if each.revoked_at is None:
            each.municipality, each.organization_id = learner.municipality, learner.organization_id
    return changed


def _place(learner: Learner) -> Place:
    return Place(learner.office, learner.municipality, learner.post, learner.organization_id)


def _certified(session: Session, learner: Learner | None, content: Content, now: datetime) -> list[Certified]:
    found = certificates.of_learner(session, learner) if learner else []
    return [
        Certified(each.number, each.course, each.issued_at, each.expires_at, certificates.state_of(each, content, now)) for each in found
    ]


def _tell(session: Session, whose: Person, name: str, around: Surroundings, until: datetime | None = None, **values: str) -> None:
    if whose.named is None:
        return
    if until:
        values["until"] = shown(until.astimezone(MEXICO).date(), whose.named.language)
    tell(session, whose.named, rendered(whose.named, name, around, values), around)
