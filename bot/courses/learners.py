"""Learners: officials invited by a one-time link, bound to one chat of the officials' bot, and erased when they wish."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, UpdateBase, delete, func, select, update
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.privacy import person
from bot.records.columns import KeyRing
from bot.records.learning import Assessment, Certificate, Enrolment, FinalAttempt, Learner, LessonResult, Recall, SimulationRun
from bot.records.privacy import ArcoRequest, LegalHold
from bot.records.tables import Table

OFFICIAL = Actor("official")
INVITED_FOR = timedelta(days=30)  # longer than staff's: what it opens is lessons
SHORTEST_NAME, LONGEST_NAME = 5, 80
_OF_NOBODY: Mapping[str, Any] = {"learner_id": None, "token": None, "signed": None, "signed_anew_at": None, "organization_id": None}


@dataclass(frozen=True)
class Place:
    """Where an invited official works. `organization_id`: of the directory, if it is there; `office`: as it is called."""

    office: str
    municipality: str  # INEGI key
    post: str
    organization_id: str | None = None


def invite(session: Session, by: Actor, content: Content, place: Place, now: datetime) -> tuple[Learner, str]:
    """A new learner without a name, and what stands in their one-time link. Raises RefusedError."""
    require(by, Action.OFFICIAL_INVITE)
    check(content, place)
    token = secrets.token_urlsafe(18)
    learner = Learner(
        organization_id=place.organization_id, office=place.office.strip(), municipality=place.municipality, post=place.post,
        invited_by=by.name, invited_at=now, invitation=_hash(token), invitation_expires_at=now + INVITED_FOR,
    )  # fmt: skip
    session.add(learner)
    session.flush()
    audit.write(session, by, Action.OFFICIAL_INVITE, learner.reference, now, why=f"invite {place.post} {place.municipality}")
    return learner, token


def invite_again(session: Session, by: Actor, reference: str, now: datetime) -> tuple[Learner, str]:
    """Another link for who has not joined; the one before is dead. Raises RefusedError."""
    require(by, Action.OFFICIAL_INVITE)
    learner = session.scalar(select(Learner).where(Learner.reference == reference).with_for_update())
    if learner is None or learner.withdrawn_at or learner.joined_at:
        raise RefusedError("No hay nadie con esa referencia, ya no tiene acceso o ya entró con su enlace")
    token = secrets.token_urlsafe(18)
    learner.invitation, learner.invitation_expires_at = _hash(token), now + INVITED_FOR
    audit.write(session, by, Action.OFFICIAL_INVITE, learner.reference, now, why="invite again")
    return learner, token


def withdraw(session: Session, by: Actor, reference: str, now: datetime) -> Learner:
    """They work there no more, or the link went astray: the bot no longer knows them. What they earned stays. Raises RefusedError."""
    require(by, Action.OFFICIAL_INVITE)
    learner = session.scalar(select(Learner).where(Learner.reference == reference).with_for_update())
    if learner is None or learner.withdrawn_at:
        raise RefusedError("No hay nadie con esa referencia, o ya no tenía acceso")
    learner.withdrawn_at, learner.invitation = now, None
    audit.write(session, by, Action.OFFICIAL_INVITE, learner.reference, now, why="withdraw")
    return learner


def invited(session: Session, token: str, now: datetime) -> Learner | None:
    """Whose invitation that is, while it can be accepted."""
    query = select(Learner).where(
        Learner.invitation == _hash(token), Learner.withdrawn_at.is_(None), Learner.invitation_expires_at >= now
    )  # fmt: skip
    return session.scalar(query.with_for_update())


def join(session: Session, learner: Learner, bot_id: str, chat: str, name: str, privacy_version: str, now: datetime) -> Learner:
    """From now on that chat is theirs, and the link is dead. Whoever was withdrawn and is invited again goes on as who they were."""
    earlier = session.scalar(select(Learner).where(Learner.bot_id == bot_id, Learner.chat == chat, Learner.id != learner.id))
    if earlier and not earlier.withdrawn_at:
        raise RefusedError("This chat is another learner's")  # the turn asks first
    if earlier:
        learner = _invited_again(session, earlier, learner)
    _take_over(session, learner, bot_id, chat)
    if not learner.name or not _keeps_name(session, learner):
        learner.name = name
    learner.bot_id, learner.chat, learner.privacy_version = bot_id, chat, privacy_version
    learner.joined_at = learner.seen_at = now
    learner.invitation = learner.invitation_expires_at = None
    audit.write(session, OFFICIAL, "official.join", learner.reference, now)
    return learner


def _keeps_name(session: Session, learner: Learner) -> bool:
    """Certificates are signed for it, or it has to be kept as it is: only the data officer corrects it."""
    signed = select(Certificate.id).where(Certificate.learner_id == learner.id, Certificate.revoked_at.is_(None))
    return session.scalar(signed.limit(1)) is not None or person.is_held(session, person.of_learner(session, learner))


def _invited_again(session: Session, earlier: Learner, invited: Learner) -> Learner:
    """The new office and post, with all that was earned before; while an order to keep stands, those of before."""
    _hand_over(session, invited, earlier)
    if not person.is_held(session, person.of_learner(session, earlier)):
        earlier.organization_id, earlier.office, earlier.municipality = invited.organization_id, invited.office, invited.municipality
        earlier.post, earlier.invited_by, earlier.invited_at = invited.post, invited.invited_by, invited.invited_at
    earlier.withdrawn_at = None
    session.delete(invited)
    session.flush()
    return earlier


def _take_over(session: Session, learner: Learner, bot_id: str, chat: str) -> None:
    """Who was withdrawn and is invited anew goes on with what they had earned: one chat is one learner."""
    former = session.scalar(select(Learner).where(Learner.bot_id == bot_id, Learner.chat == chat, Learner.id != learner.id))
    if former is None:
        return
    for table in (Enrolment, Recall, SimulationRun, Certificate, Assessment):
        session.execute(update(table).where(table.learner_id == former.id).values(learner_id=learner.id))
    _hand_over(session, former, learner)
    session.delete(former)
    session.flush()


def _hand_over(session: Session, former: Learner, learner: Learner) -> None:
    """Requests under the law and orders to keep are the one's who stays."""
    for table in (ArcoRequest, LegalHold):
        session.execute(update(table).where(table.learner_id == former.id).values(learner_id=learner.id))


def of_chat(session: Session, bot_id: str, chat: str) -> Learner | None:
    """Who learns in that chat, if they still may."""
    return session.scalar(select(Learner).where(Learner.bot_id == bot_id, Learner.chat == chat, Learner.withdrawn_at.is_(None)))


def touch(learner: Learner, now: datetime) -> None:
    """They went on: reminders begin anew. When they were last written to stays, so that it is not done twice in a day."""
    learner.seen_at, learner.reminders = now, 0


def erase(session: Session, learner: Learner, now: datetime, by: Actor = OFFICIAL) -> dict[str, int]:
    """Everything that leads to them, and a row in the audit. Returns how many rows of each kind."""
    reference, counts = learner.reference, forget(session, [learner.id])
    audit.write(session, by, "official.erase", reference, now)  # its lock comes last
    return counts


def forget(session: Session, ids: Sequence[int]) -> dict[str, int]:
    """Of certificates and self-assessments stays what says nothing of who: so the first can still be revoked, and the second is the
    municipality's. Returns how many rows of each kind."""
    counts = count(session, ids)
    changes: list[UpdateBase] = [delete(table).where(condition) for _, table, condition in _belonging(ids)]
    changes.append(update(Certificate).where(Certificate.learner_id.in_(ids)).values(_OF_NOBODY))
    changes.append(update(Assessment).where(Assessment.learner_id.in_(ids)).values(learner_id=None))
    changes.append(delete(LegalHold).where(LegalHold.learner_id.in_(ids)))  # lifted: while one stands nobody comes here
    changes.append(update(ArcoRequest).where(ArcoRequest.learner_id.in_(ids)).values(learner_id=None))  # it is kept for its own time
    changes.append(delete(Learner).where(Learner.id.in_(ids)))
    for each in changes:
        session.execute(each, execution_options={"synchronize_session": "fetch"})
    return counts


def count(session: Session, ids: Sequence[int]) -> dict[str, int]:
    """What would go, or be of nobody."""
    emptied: list[tuple[str, type[Table], ColumnElement[bool]]] = [
        ("certificates", Certificate, Certificate.learner_id.in_(ids)),
        ("assessments", Assessment, Assessment.learner_id.in_(ids)),
        ("learners", Learner, Learner.id.in_(ids)),
    ]
    rows = [*_belonging(ids), *emptied]
    return {name: session.scalar(select(func.count()).select_from(table).where(condition)) or 0 for name, table, condition in rows}


def _belonging(ids: Sequence[int]) -> list[tuple[str, type[Table], ColumnElement[bool]]]:
    """What goes with them, by the name it has on a receipt; what points to a row comes before it."""
    enrolments = select(Enrolment.id).where(Enrolment.learner_id.in_(ids))
    return [
        ("lessons", LessonResult, LessonResult.enrolment_id.in_(enrolments)),
        ("finals", FinalAttempt, FinalAttempt.enrolment_id.in_(enrolments)),
        ("courses", Enrolment, Enrolment.learner_id.in_(ids)),
        ("questions", Recall, Recall.learner_id.in_(ids)),
        ("practice", SimulationRun, SimulationRun.learner_id.in_(ids)),
    ]


def is_name(text: str) -> bool:
    """Two words or more of letters, as on a certificate."""
    words = text.split()
    letters = text.replace(".", "").replace("-", "").replace("'", "").replace(" ", "")
    return len(words) >= 2 and SHORTEST_NAME <= len(text) <= LONGEST_NAME and letters.isalpha()


def check(content: Content, place: Place) -> None:
    """Can somebody be invited there? Raises RefusedError."""
    if not place.office.strip() or len(place.office) > 128:
        raise RefusedError("Falta la oficina: escriba cómo se llama, hasta 128 letras")
    if content.municipalities.get(place.municipality) is None:
        raise RefusedError(f"«{place.municipality}» no es la clave de un municipio: son cinco cifras del INEGI, como 21114 (Puebla)")
    if place.post not in content.learning.posts:
        raise RefusedError(f"«{place.post}» no es un puesto; use uno de estos: {', '.join(content.learning.posts)}")
    if place.organization_id is not None and place.organization_id not in content.organizations:
        raise RefusedError(f"«{place.organization_id}» no está en el directorio (flows/directory/organizations)")


def _hash(token: str) -> str:
    return KeyRing.current().hash("official", token)
