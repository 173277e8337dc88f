"""A protocol changes: certificates that rest on it wait for a refresher, which brings them up to date."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.asking import Step
from bot.content.published import Content
from bot.courses.protocols import versions_of
from bot.records.learning import Certificate, Learner

MOST_QUESTIONS = 3


def changed_of(session: Session, content: Content, learner: Learner, now: datetime) -> dict[str, list[Certificate]]:
    """Protocols that have changed since, each with the certificates of the learner that rest on it and still hold."""
    found: dict[str, list[Certificate]] = {}
    for certificate in _holding(session, learner, now):
        for name in changed(content, certificate):
            found.setdefault(name, []).append(certificate)
    return found


def changed(content: Content, certificate: Certificate) -> list[str]:
    """The protocols it rests on that are published in another version now."""
    published = versions_of(content, certificate.protocols)
    return [name for name, version in certificate.protocols.items() if published.get(name, version) != version]


def refresh(session: Session, content: Content, learner: Learner, protocol: str, version: str, now: datetime) -> int:
    """They have read that version and answered: how many certificates rest on it from now on. None where another is published by now."""
    if versions_of(content, [protocol]).get(protocol) != version:
        return 0
    theirs = changed_of(session, content, learner, now).get(protocol, [])
    for certificate in theirs:
        certificate.protocols = {**certificate.protocols, **versions_of(content, [protocol])}
        if not changed(content, certificate):
            certificate.told_at = None
    session.flush()
    return len(theirs)


def untold_of(session: Session, content: Content, learner: Learner, now: datetime) -> dict[str, list[Certificate]]:
    """As `changed_of`, without what the holder was told already: each version once."""
    found = changed_of(session, content, learner, now)
    untold = {name: [each for each in theirs if is_untold(content, each, name)] for name, theirs in found.items()}
    return {name: theirs for name, theirs in untold.items() if theirs}


def note_told(content: Content, untold: Mapping[str, Iterable[Certificate]], now: datetime) -> None:
    for name, theirs in untold.items():
        for certificate in theirs:
            certificate.told, certificate.told_at = {**(certificate.told or {}), **versions_of(content, [name])}, now


def is_untold(content: Content, certificate: Certificate, protocol: str) -> bool:
    return (certificate.told or {}).get(protocol) != versions_of(content, [protocol]).get(protocol)


def questions_of(content: Content, protocol: str) -> list[str]:
    """The items of all courses that ask about that protocol, in the order they are taught."""
    found: list[str] = []
    for course in content.courses.values():
        steps: dict[str, Step] = dict(course.items)
        found += [f"{course.name}-{item}" for item, step in steps.items() if step.protocol == protocol]
    return found


def _holding(session: Session, learner: Learner, now: datetime) -> list[Certificate]:
    query = select(Certificate).where(
        Certificate.learner_id == learner.id, Certificate.revoked_at.is_(None), Certificate.expires_at >= now
    )  # fmt: skip
    return list(session.scalars(query.order_by(Certificate.id)))
