"""Certificates as records: who gets one, once; what ends one; what its link and its number open."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.content.courses import Course
from bot.content.published import Content
from bot.courses import certificates, credential, learners, signing
from bot.courses.certificates import State
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.learning import Certificate, Enrolment, Learner, Revocation, SigningKey
from bot.records.staff import Role
from tests.certified import NAME, NOW, ORIGIN, certify, finish, learner, parts

SUPERVISOR, ADMIN = Actor("rosa", Role.SUPERVISOR), Actor("adán", Role.ADMIN)


def test_one_certificate_holds_at_a_time_and_asking_again_gives_a_new_link(database: Database, published: Content, taught: Course) -> None:
    first, token = database.call(certify, published, taught)

    def again(session: Session) -> tuple[Certificate, str]:
        official = session.scalars(select(Learner)).one()
        return certificates.issue(session, published, official, taught, NOW + timedelta(days=3), ORIGIN)

    second, other = database.call(again)
    assert second.id == first.id and second.signed == first.signed and other != token
    assert database.call(certificates.held, token, published, NOW) is None
    shown = database.call(certificates.held, other, published, NOW)
    assert shown and shown.name == NAME and shown.state is State.VALID


def test_a_name_that_was_corrected_since_it_was_read_is_the_one_that_is_signed(
    database: Database, published: Content, taught: Course
) -> None:  # fmt: skip
    def issue(session: Session) -> str:
        official = learner(session)
        finish(session, official, taught)
        meanwhile = update(Learner).values(name="Eva Luz Robles").execution_options(synchronize_session=False)
        session.execute(meanwhile)
        made, _ = certificates.issue(session, published, official, taught, NOW, ORIGIN)
        return made.signed or ""

    assert credential.is_of(parts(database.call(issue))[1], "Eva Luz Robles")


LATER = NOW + timedelta(days=800)


@pytest.mark.parametrize("ended", ["mistake", "asked", "cheated", "expired", "newer version"])
@pytest.mark.parametrize("is_finished_anew", [False, True])
def test_asking_again_gives_no_other_certificate_than_what_was_learned_earns(
    is_finished_anew: bool, ended: str, database: Database, published: Content, taught: Course
) -> None:  # fmt: skip
    first, _ = database.call(certify, published, taught)
    now = LATER if ended == "expired" else NOW + timedelta(days=2)
    newer = replace(taught, version="4") if ended == "newer version" else taught
    if ended in list(Revocation):
        database.call(certificates.revoke, SUPERVISOR, first.number, Revocation(ended), NOW)

    def again(session: Session) -> Certificate:
        if is_finished_anew:
            session.scalars(select(Enrolment)).one().finished_at = now
        return certificates.issue(session, published, session.scalars(select(Learner)).one(), newer, now, ORIGIN)[0]

    if not is_finished_anew and ended in ("cheated", "expired"):
        with pytest.raises(RefusedError, match="de nuevo"):
            database.call(again)
    else:
        second = database.call(again)
        stays = ended == "newer version" and not is_finished_anew
        assert (second.number == first.number) is stays and second.version == ("3" if stays else newer.version)


@pytest.mark.parametrize("lacks", ["end", "name"])
def test_who_has_not_finished_or_has_no_name_gets_none(lacks: str, database: Database, published: Content, taught: Course) -> None:
    def attempt(session: Session) -> None:
        official = learner(session, None if lacks == "name" else NAME)
        finish(session, official, taught, None if lacks == "end" else NOW)
        certificates.issue(session, published, official, taught, NOW, ORIGIN)

    with pytest.raises(RefusedError, match="curso" if lacks == "end" else "nombre"):
        database.call(attempt)
    assert database.call(lambda session: session.scalars(select(Certificate)).all()) == []


def test_a_certificate_holds_through_its_last_day_in_mexico(database: Database, published: Content, taught: Course) -> None:
    made, _ = database.call(certify, published, taught)
    assert made.expires_at.isoformat() == "2028-11-23T05:59:59+00:00"  # the 22nd, one second before midnight in Mexico
    assert certificates.state_of(made, published, made.expires_at) is State.VALID
    assert certificates.state_of(made, published, made.expires_at + timedelta(seconds=1)) is State.EXPIRED


def test_a_newer_protocol_makes_a_refresher_due_and_another_protocol_does_not(
    database: Database, published: Content, taught: Course
) -> None:  # fmt: skip
    made, _ = database.call(certify, published, taught)
    assert made.protocols == {"trafficking": "1", "women": "1"}
    made.protocols = {"trafficking": "0", "women": "1"}
    assert certificates.state_of(made, published, NOW) is State.REFRESH_DUE
    made.protocols = {"women": "1", "gone": "7"}  # what is published no more changes nothing
    assert certificates.state_of(made, published, NOW) is State.VALID


def test_revoking_takes_a_supervisor_and_a_certificate_that_holds_and_is_written_down(
    database: Database, published: Content, taught: Course
) -> None:  # fmt: skip
    made, _ = database.call(certify, published, taught)
    for actor in (ADMIN, Actor("eva", Role.AGENT), Actor("official")):
        with pytest.raises(RefusedError, match="permiso"):
            database.call(certificates.revoke, actor, made.number, Revocation.CHEATED, NOW)
    database.call(certificates.revoke, SUPERVISOR, f" urn:uuid:{made.number.upper()} ", Revocation.CHEATED, NOW)
    with pytest.raises(RefusedError, match="ya estaba"):
        database.call(certificates.revoke, SUPERVISOR, made.number, Revocation.CHEATED, NOW)
    with pytest.raises(RefusedError, match="número"):
        database.call(certificates.revoke, SUPERVISOR, "x", Revocation.CHEATED, NOW)
    entries = database.call(lambda session: list(session.scalars(select(AuditEntry).order_by(AuditEntry.id))))
    reference = database.call(lambda session: session.scalars(select(Learner.reference)).one())
    written = [(entry.who, entry.subject, entry.why) for entry in entries if entry.action == Action.CERTIFICATE_REVOKE]
    assert written == [("rosa", reference, f"cheated {made.number}")]
    listed = database.call(certificates.revocations, ORIGIN)
    assert listed["revokedCredentials"] == [{"id": f"urn:uuid:{made.number}", "revoked": True}] and "cheated" not in str(listed)


def test_who_is_erased_leaves_a_number_that_says_its_state_and_no_name(database: Database, published: Content, taught: Course) -> None:
    made, token = database.call(certify, published, taught)
    database.call(lambda session: learners.erase(session, session.scalars(select(Learner)).one(), NOW))
    assert database.call(certificates.held, token, published, NOW) is None
    shown = database.call(certificates.public, made.number, published, NOW)
    assert shown and shown.state is State.VALID and shown.name == "" and shown.signed == "" and shown.title == taught.title
    database.call(certificates.revoke, SUPERVISOR, made.number, Revocation.ASKED, NOW)
    shown = database.call(certificates.public, made.number, published, NOW)
    assert shown and shown.state is State.REVOKED


def test_only_the_holder_renews_a_link(database: Database, published: Content, taught: Course) -> None:
    made, _ = database.call(certify, published, taught)
    other = database.call(lambda session: learner(session, "Otra Persona", "another chat"))
    with pytest.raises(RefusedError, match="suya"):
        database.call(certificates.renew_link, other, made.number)
    official = database.call(lambda session: session.scalars(select(Learner).order_by(Learner.id)).first())
    assert official
    token = database.call(certificates.renew_link, official, made.number)
    assert database.call(certificates.held, token, published, NOW)


def test_one_key_signs_until_it_is_renewed_and_both_stay_public(database: Database) -> None:
    first = database.call(signing.current, NOW)
    assert database.call(signing.current, NOW).name == first.name
    with pytest.raises(RefusedError, match="permiso"):
        database.call(signing.renew, SUPERVISOR, NOW)
    second = database.call(signing.renew, ADMIN, NOW)
    assert second.name != first.name and database.call(signing.current, NOW).name == second.name
    keys = database.call(signing.public_keys)["keys"]
    assert [key["kid"] for key in keys] == [first.name, second.name]
    assert all(set(key) == {"kty", "n", "e", "kid", "alg", "use"} for key in keys)  # nothing of the private part
    kept = database.call(lambda session: list(session.scalars(select(SigningKey.retired_at).order_by(SigningKey.id))))
    assert kept == [NOW, None]


@pytest.mark.parametrize("written", ["maria de los angeles nuñez", "  MARÍA  DE LOS ÁNGELES  NÚÑEZ ", "Mari\u0301a de los Ángeles Núñez"])
def test_accents_capitals_and_spaces_make_no_other_person(written: str) -> None:
    assert credential.hashed_name(written, "salt") == credential.hashed_name(NAME, "salt")
    assert credential.hashed_name("María de los Ángeles Muñoz", "salt") != credential.hashed_name(NAME, "salt")
    assert credential.hashed_name(NAME, "other") != credential.hashed_name(NAME, "salt")
