"""Certificates: issued once a course is finished, found by the holder's link or by their number, revoked by who may."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.courses import Course
from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.courses import credential, signing
from bot.courses.protocols import versions_of
from bot.courses.verification import header_in, key_named, payload_in
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.records.columns import KeyRing
from bot.records.learning import Certificate, Enrolment, Learner, Revocation

_LETTERS = 24  # bytes; 32 letters in the link
LAST_OF_THE_DAY = time(23, 59, 59)
GIVEN_ANEW = (Revocation.MISTAKE, Revocation.ASKED)  # nothing was wrong with what they learned


class State(StrEnum):
    VALID = "valid"
    REFRESH_DUE = "refresh_due"  # a protocol it rests on has changed since
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Shown:
    """What the pages and the PDF show. `name`: only for who has the holder's link; `signed`: empty once the holder was erased;
    `is_proof`: False where the key that signed it got out, and it was over by then, so that nothing is signed in its place."""

    number: str
    title: str
    version: str
    criteria: str
    issued_at: datetime
    expires_at: datetime
    state: State
    name: str
    signed: str
    is_proof: bool


def issue(
    session: Session, content: Content, learner: Learner, course: Course, now: datetime, origin: str | None
) -> tuple[Certificate, str]:
    """The learner's certificate of having finished the course, and what stands in a new link to it; an earlier link opens nothing any
    more. Who finished once has one: a newer version of the course, or the end of its term, makes no other, and what was revoked because
    they cheated does not come back by asking. `origin`: PUENTE_PUBLIC_URL. Raises RefusedError."""
    holder = select(Learner).where(Learner.id == learner.id).with_for_update()  # two at once wait for each other
    learner = session.scalars(holder.execution_options(populate_existing=True)).one()  # their name may have been corrected meanwhile
    finished_at = _finished_at(session, learner, course)
    found = _last(session, learner, course, finished_at)
    if found is None or found.revoked_for in GIVEN_ANEW:
        found = _issue(session, content, learner, course, now, origin)
    elif found.revoked_at is not None or now > found.expires_at:
        raise RefusedError("Su constancia ya no vale; para tener otra hay que hacer el curso de nuevo")
    return found, _new_link(session, found)


def is_over(session: Session, learner: Learner, course: Course, now: datetime) -> bool:
    """Has what they got for finishing the course ended, so that only taking it again leads to another?"""
    enrolled = select(Enrolment.finished_at).where(Enrolment.learner_id == learner.id, Enrolment.course == course.name)
    finished_at = session.scalar(enrolled)
    found = _last(session, learner, course, finished_at) if finished_at else None
    return found is not None and found.revoked_for not in GIVEN_ANEW and (found.revoked_at is not None or now > found.expires_at)


def renew_link(session: Session, learner: Learner, number: str) -> str:
    """What stands in a new link, for its holder; the earlier one opens nothing any more. Raises RefusedError."""
    certificate = find(session, number)
    if certificate is None or certificate.learner_id != learner.id:
        raise RefusedError("No hay una constancia suya con ese número")
    return _new_link(session, certificate)


def revoke(session: Session, by: Actor, number: str, reason: Revocation, now: datetime) -> Certificate:
    """From now on it is in the public list. The list says no reason, and nobody is told one. Raises RefusedError."""
    require(by, Action.CERTIFICATE_REVOKE)
    query = select(Certificate).where(Certificate.number == cleaned(number)).with_for_update()
    certificate = session.scalar(query)
    if certificate is None:
        raise RefusedError("No hay una constancia con ese número; cópielo entero, con sus guiones")
    if certificate.revoked_at is not None:
        raise RefusedError("Esa constancia ya estaba revocada")
    return _revoke(session, by, certificate, reason, now)


def issue_for_another_name(
    session: Session, by: Actor, learner: Learner, now: datetime, origin: str | None
) -> list[tuple[Certificate, str]]:
    """After their name was corrected: each certificate of theirs that holds, under another number, with what stands in its link. Its term
    and the versions it rests on stay; the earlier one is revoked as a mistake, and its link opens nothing any more."""
    signing.current(session, now)  # before the certificates, as who says that a key got out
    holding = select(Certificate).where(
        Certificate.learner_id == learner.id, Certificate.revoked_at.is_(None), Certificate.expires_at >= now
    )  # fmt: skip
    earlier = session.scalars(holding.order_by(Certificate.id).with_for_update()).all()
    return [_issue_again(session, by, learner, each, now, origin) for each in earlier]


def state_of(certificate: Certificate, content: Content, now: datetime) -> State:
    if certificate.revoked_at is not None:
        return State.REVOKED
    if now > certificate.expires_at:
        return State.EXPIRED
    rests_on = dict(certificate.protocols)
    published = versions_of(content, rests_on)
    has_changed = any(version != rests_on[name] for name, version in published.items())
    return State.REFRESH_DUE if has_changed else State.VALID


def find(session: Session, number: str) -> Certificate | None:
    return session.scalar(select(Certificate).where(Certificate.number == cleaned(number)))


def of_learner(session: Session, learner: Learner) -> list[Certificate]:
    """All of them, newest first."""
    return list(session.scalars(select(Certificate).where(Certificate.learner_id == learner.id).order_by(Certificate.id.desc())))


def held(session: Session, token: str, content: Content, now: datetime) -> Shown | None:
    """The certificate of that link, with the holder's name."""
    certificate = session.scalar(select(Certificate).where(Certificate.token == _hash(token)))
    if certificate is None or certificate.learner_id is None:
        return None
    return _shown(session, certificate, content, now, session.get_one(Learner, certificate.learner_id).name or "")


def public(session: Session, number: str, content: Content, now: datetime) -> Shown | None:
    """What anybody may read who has its number."""
    certificate = find(session, number)
    return _shown(session, certificate, content, now, "") if certificate else None


def revocations(session: Session, origin: str | None) -> dict[str, Any]:
    query = select(Certificate.number).where(Certificate.revoked_at.is_not(None)).order_by(Certificate.revoked_at, Certificate.id)
    return credential.revocation_list(list(session.scalars(query)), origin)


def cleaned(number: str) -> str:
    """As it is stored, whatever was copied with it."""
    return number.strip().lower().removeprefix(credential.URN)


def _finished_at(session: Session, learner: Learner, course: Course) -> datetime:
    query = select(Enrolment.finished_at).where(Enrolment.learner_id == learner.id, Enrolment.course == course.name)
    finished_at = session.scalar(query)
    if finished_at is None:
        raise RefusedError("Todavía no termina el curso; al terminarlo recibe su constancia")
    return finished_at


def _last(session: Session, learner: Learner, course: Course, finished_at: datetime) -> Certificate | None:
    """The last one of that time they finished."""
    query = select(Certificate).where(
        Certificate.learner_id == learner.id, Certificate.course == course.name, Certificate.issued_at >= finished_at
    )  # fmt: skip
    return session.scalar(query.order_by(Certificate.id.desc()).limit(1))


def _issue(
    session: Session, content: Content, learner: Learner, course: Course, now: datetime, origin: str | None
) -> Certificate:  # fmt: skip
    if not learner.name:
        raise RefusedError("Falta el nombre que va en la constancia")
    last = now.astimezone(MEXICO).date() + timedelta(days=course.valid_for)
    earned = credential.Earned(
        str(uuid.uuid4()), course, versions_of(content, course.rests_on), learner.name, now,
        datetime.combine(last, LAST_OF_THE_DAY, MEXICO).astimezone(UTC),
    )  # fmt: skip
    key = signing.current(session, now)
    address = origin + credential.KEY.format(name=key.name) if origin else None
    made = Certificate(
        number=earned.number, learner_id=learner.id, course=course.name, version=course.version, protocols=dict(earned.protocols),
        organization_id=learner.organization_id, municipality=learner.municipality, issued_at=now, expires_at=earned.expires_at,
        signed=signing.sign(key, credential.payload_of(content, earned, origin), address),
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.write(session, Actor("official"), "certificate.issue", learner.reference, now, why=f"{course.name} {course.version}")
    return made


def _issue_again(
    session: Session, by: Actor, learner: Learner, earlier: Certificate, now: datetime, origin: str | None
) -> tuple[Certificate, str]:  # fmt: skip
    number, key = str(uuid.uuid4()), signing.current(session, now)
    payload = credential.for_another_name(payload_in(earlier.signed or ""), number, learner.name or "", now)
    made = Certificate(
        number=number, learner_id=learner.id, course=earlier.course, version=earlier.version, protocols=dict(earlier.protocols),
        organization_id=learner.organization_id, municipality=learner.municipality, issued_at=now, expires_at=earlier.expires_at,
        told_at=earlier.told_at, told=earlier.told,
        signed=signing.sign(key, payload, origin + credential.KEY.format(name=key.name) if origin else None),
    )  # fmt: skip
    earlier.token = None
    session.add(made)
    session.flush()
    _revoke(session, by, earlier, Revocation.MISTAKE, now)
    audit.write(session, by, "certificate.issue", learner.reference, now, why=f"{made.course} {made.version}, instead of {earlier.number}")
    return made, _new_link(session, made)


def _revoke(session: Session, by: Actor, certificate: Certificate, reason: Revocation, now: datetime) -> Certificate:
    certificate.revoked_at, certificate.revoked_for, certificate.revoked_by = now, reason, by.name
    learner = session.get(Learner, certificate.learner_id) if certificate.learner_id else None
    reference = learner.reference if learner else None
    audit.write(session, by, Action.CERTIFICATE_REVOKE, reference, now, why=f"{reason} {certificate.number}")
    return certificate


def _new_link(session: Session, certificate: Certificate) -> str:
    token = secrets.token_urlsafe(_LETTERS)
    certificate.token = _hash(token)
    session.flush()
    return token


def _shown(session: Session, certificate: Certificate, content: Content, now: datetime, name: str) -> Shown:
    """Title and criteria as they were signed; of who was erased, the title as the course has it now."""
    signed = certificate.signed or ""
    achievement = payload_in(signed)["credentialSubject"]["achievement"] if signed else {}
    course = content.courses.get(certificate.course)
    return Shown(
        certificate.number, achievement.get("name") or (course.title if course else certificate.course), certificate.version,
        achievement.get("criteria", {}).get("narrative", ""), certificate.issued_at, certificate.expires_at,
        state_of(certificate, content, now), name, signed, bool(signed) and not signing.is_leaked(session, key_named(header_in(signed))),
    )  # fmt: skip


def _hash(token: str) -> str:
    return KeyRing.current().hash("certificate", token)
