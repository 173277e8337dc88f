"""A name that was wrong: the certificates that hold are issued again under other numbers, and nothing that was earned changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.courses import certificates, credential, signing
from bot.courses.verification import Verdict, payload_in, verify
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.privacy import officials
from bot.privacy.officials import Corrected, Correction
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.learning import Certificate, Learner, Revocation
from bot.records.staff import Role
from tests.certified import CHAT, NAME, NOW, ORIGIN, certify, course, with_course
from tests.stores import rows

OLGA, SARA = Actor("olga", Role.DATA_OFFICER), Actor("sara", Role.SUPERVISOR)
LATER, RIGHT = NOW + timedelta(days=30), "María de los Ángeles Muñoz"


@pytest.fixture
def taught(content_around: Surroundings, tmp_path: Path) -> Surroundings:
    return replace(content_around, content=with_course(content_around.content, course(tmp_path)), now=LATER)


@pytest.fixture
def held(database: Database, taught: Surroundings) -> tuple[Certificate, str]:
    """A certificate and its link."""
    return database.call(certify, taught.content, taught.content.courses["first_contact"])


def corrects(database: Database, taught: Surroundings, name: str, now: datetime = LATER) -> Corrected:
    def correct(session: Session) -> Corrected:
        whom = session.scalars(select(Learner.reference)).one()
        return officials.correct(session, OLGA, whom, Correction(name), replace(taught, now=now), ORIGIN)

    return database.call(correct)


def shown(database: Database, content: Content, link: str) -> Any:
    return database.call(certificates.held, link, content, LATER)


def test_the_new_one_bears_the_new_name_and_the_old_one_is_revoked(
    database: Database, taught: Surroundings, held: tuple[Certificate, str]
) -> None:
    [(title, number, link)] = corrects(database, taught, f"  {RIGHT} ").links
    before, after = sorted(rows(database, Certificate), key=lambda each: each.id)
    assert (before.number, before.revoked_for, before.revoked_by) == (held[0].number, Revocation.MISTAKE, "olga")
    assert (after.number, after.revoked_at) == (number, None) and number != before.number
    assert title == taught.content.courses["first_contact"].title
    found = shown(database, taught.content, link)
    assert (found.name, found.number, found.state) == (RIGHT, number, certificates.State.VALID)
    assert shown(database, taught.content, held[1]) is None, "the link with the wrong name opens nothing"
    assert credential.is_of(payload_in(found.signed), RIGHT) and not credential.is_of(payload_in(found.signed), NAME)


def test_what_was_earned_its_end_and_what_is_to_be_refreshed_stay(
    database: Database, taught: Surroundings, held: tuple[Certificate, str]
) -> None:
    def tells(session: Session) -> None:
        session.scalars(select(Certificate)).one().told_at = NOW
        session.scalars(select(Certificate)).one().told = {"women": "2"}

    database.call(tells)
    corrects(database, taught, RIGHT)
    before, after = sorted(rows(database, Certificate), key=lambda each: each.id)
    kept = ("learner_id", "course", "version", "protocols", "expires_at", "told_at", "told", "municipality", "organization_id")
    assert [getattr(after, each) for each in kept] == [getattr(before, each) for each in kept]
    old, new = payload_in(before.signed or ""), payload_in(after.signed or "")
    assert new["credentialSubject"]["achievement"] == old["credentialSubject"]["achievement"]
    assert (new["exp"], new["validUntil"], new["issuer"]) == (old["exp"], old["validUntil"], old["issuer"])
    assert new["nbf"] == int(LATER.timestamp()) and new["id"] == new["jti"] == f"urn:uuid:{after.number}"
    assert new["credentialSubject"]["id"] == new["sub"] != old["sub"], "nobody can tell the two are of one person"


def test_both_verify_as_what_they_are(database: Database, taught: Surroundings, held: tuple[Certificate, str]) -> None:
    corrects(database, taught, RIGHT)
    before, after = sorted(rows(database, Certificate), key=lambda each: each.id)
    keys, gone = database.call(signing.public_keys), database.call(certificates.revocations, ORIGIN)
    assert [each["id"] for each in gone["revokedCredentials"]] == [f"urn:uuid:{before.number}"]
    assert verify((after.signed or "").encode(), keys, gone, LATER.date()).verdict is Verdict.GENUINE
    assert verify((before.signed or "").encode(), keys, gone, LATER.date()).verdict is Verdict.REVOKED


def test_who_asks_for_it_in_the_chat_gets_the_new_one(database: Database, taught: Surroundings, held: tuple[Certificate, str]) -> None:
    [(_, number, _)] = corrects(database, taught, RIGHT).links

    def asks(session: Session) -> str:
        learner, theirs = session.scalars(select(Learner)).one(), taught.content.courses["first_contact"]
        return certificates.issue(session, taught.content, learner, theirs, LATER, ORIGIN)[0].number

    assert database.call(asks) == number and len(rows(database, Certificate)) == 2


@pytest.mark.parametrize("spelling", [NAME.upper(), "Maria de los Angeles Nunez"])
def test_accents_and_capitals_need_no_other_number(
    spelling: str, database: Database, taught: Surroundings, held: tuple[Certificate, str]
) -> None:
    assert corrects(database, taught, spelling).links == []
    [certificate] = rows(database, Certificate)
    assert certificate.revoked_at is None and shown(database, taught.content, held[1]).name == spelling


def test_what_has_ended_or_was_revoked_does_not_come_back(database: Database, taught: Surroundings, held: tuple[Certificate, str]) -> None:
    after_its_end = held[0].expires_at + timedelta(seconds=1)
    assert corrects(database, taught, RIGHT, after_its_end).links == []
    database.call(certificates.revoke, SARA, held[0].number, Revocation.CHEATED, LATER)
    assert corrects(database, taught, "Otra Persona").links == []
    [certificate] = rows(database, Certificate)
    assert certificate.revoked_for is Revocation.CHEATED


@pytest.mark.parametrize("wrong", ["Ana", "A B", "Ana 3 López", "Ana <b>López</b>", "x" * 90, "=cmd| A", ""])
def test_what_is_no_name_changes_nothing(wrong: str, database: Database, taught: Surroundings, held: tuple[Certificate, str]) -> None:
    with pytest.raises(RefusedError):
        corrects(database, taught, wrong)
    [certificate], [learner] = rows(database, Certificate), rows(database, Learner)
    assert certificate.revoked_at is None and learner.name == NAME


def test_the_audit_says_what_was_changed_and_never_to_what(database: Database, taught: Surroundings, held: tuple[Certificate, str]) -> None:
    corrects(database, taught, RIGHT)
    said = database.call(lambda session: [(each.who, each.action, each.why or "") for each in session.scalars(select(AuditEntry))])
    by_olga = [action for who, action, _ in said if who == "olga"]
    assert by_olga == ["certificate.revoke", "certificate.issue", "person.correct"]
    assert not [why for _, _, why in said if "Muñoz" in why or "Núñez" in why or CHAT in why]
    assert database.call(audit.verify, None)[1] is None
