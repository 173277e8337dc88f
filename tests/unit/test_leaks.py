"""A signing key that got out: it signs nothing more, and what it had signed and still holds is signed again as it stands in our records."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.content.courses import Course
from bot.content.published import Content
from bot.courses import certificates, credential, leaks, learners, signing
from bot.courses.leaks import Leak
from bot.courses.verification import Verdict, payload_in, verify
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.learning import Certificate, Learner, Revocation, SigningKey
from bot.records.staff import Role
from tests.certified import NAME, NOW, ORIGIN, certify, parts
from tests.every_table import all_rows
from tests.unit.test_certificates import ADMIN, SUPERVISOR

TODAY = date(2026, 11, 23)
SOON = NOW + timedelta(hours=2)


def certificate(database: Database, number: str) -> Certificate:
    return database.call(lambda session: session.scalars(select(Certificate).where(Certificate.number == number)).one())


def key(database: Database, name: str) -> SigningKey:
    return database.call(lambda session: session.scalars(select(SigningKey).where(SigningKey.name == name)).one())


def declare(database: Database, begun: str, now: datetime = SOON) -> Leak:
    return database.call(leaks.declare, ADMIN, begun, now)


def verdict(database: Database, signed: str | None) -> Verdict:
    keys, revoked = database.call(signing.public_keys), database.call(certificates.revocations, ORIGIN)
    return verify((signed or "").encode(), keys, revoked, TODAY).verdict


def test_the_key_is_wiped_another_signs_and_the_names_of_those_that_got_out_are_public(database: Database) -> None:
    leaked = database.call(signing.current, NOW)
    told = declare(database, leaked.name)
    assert told == Leak(leaked.name, database.call(signing.current, SOON).name, True, 0) and told.signs != leaked.name
    stored = database.call(lambda session: session.execute(text("SELECT private FROM signing_key ORDER BY id")).scalars().all())
    assert stored[0] is None and stored[1] is not None
    kept = key(database, leaked.name)
    assert (kept.leaked_at, kept.retired_at, kept.private) == (SOON, SOON, None)
    published = database.call(signing.public_keys)
    assert [each["kid"] for each in published["keys"]] == [told.signs] and published["leaked"] == [leaked.name]
    assert database.call(signing.public_key, leaked.name) is None and database.call(signing.public_key, told.signs)
    with pytest.raises(RefusedError, match="ya no firma"):
        signing.sign(kept, {}, None)
    with pytest.raises(RefusedError, match="ya no firma"):  # whatever a restored copy brings back
        signing.sign(SigningKey(name="x", private=leaked.private, public={}, made_at=NOW, leaked_at=NOW), {}, None)


@pytest.mark.parametrize("origin", [ORIGIN, None])
def test_what_holds_is_signed_again_with_the_same_number_dates_and_hash(
    origin: str | None, database: Database, published: Content, taught: Course
) -> None:  # fmt: skip
    made, token = database.call(certify, published, taught, NOW, origin)
    old = made.signed or ""
    assert verdict(database, old) is Verdict.GENUINE
    told = declare(database, database.call(signing.current, NOW).name)
    new = certificate(database, made.number)
    assert told.signed_anew == 1 and new.signed and new.signed != old and new.signed_anew_at == SOON
    assert payload_in(new.signed) == payload_in(old) and credential.is_of(payload_in(new.signed), NAME)
    header = parts(new.signed)[0]
    assert header["jwk"]["kid"] == told.signs and header.get("kid") == (f"{ORIGIN}/insignias/claves/{told.signs}" if origin else None)
    assert verdict(database, new.signed) is Verdict.GENUINE and verdict(database, old) is Verdict.LEAKED_KEY
    rest = ("number", "token", "issued_at", "expires_at", "revoked_at", "protocols", "version", "learner_id", "municipality", "told_at")
    assert all(getattr(new, name) == getattr(made, name) for name in rest)
    shown = database.call(certificates.held, token, published, SOON)
    assert shown and shown.signed == new.signed and shown.is_proof and shown.name == NAME, "the link that stands gives the new file"


def test_what_is_revoked_expired_or_of_somebody_erased_is_not_signed_again(
    database: Database, published: Content, taught: Course
) -> None:  # fmt: skip
    made = {name: database.call(certify, published, taught, NOW, ORIGIN, name)[0] for name in ("holds", "revoked", "expired", "erased")}
    database.call(certificates.revoke, SUPERVISOR, made["revoked"].number, Revocation.CHEATED, NOW)

    def end(session: Session) -> None:
        session.get_one(Certificate, made["expired"].id).expires_at = SOON - timedelta(seconds=1)
        learners.erase(session, session.get_one(Learner, made["erased"].learner_id), NOW)

    database.call(end)
    assert declare(database, database.call(signing.current, NOW).name).signed_anew == 1
    now = {name: certificate(database, each.number) for name, each in made.items()}
    assert [name for name, each in now.items() if each.signed_anew_at] == ["holds"] and now["erased"].signed is None
    assert [now[name].signed == made[name].signed for name in ("holds", "revoked", "expired")] == [False, True, True]
    for name, state in (("revoked", "revoked"), ("expired", "expired")):
        shown = database.call(certificates.public, made[name].number, published, SOON)
        assert shown and shown.state == state and not shown.is_proof and shown.title == taught.title
        assert verdict(database, now[name].signed) is Verdict.LEAKED_KEY
    assert database.call(certificates.public, made["holds"].number, published, SOON).is_proof  # type: ignore[union-attr]


def test_of_a_retired_key_only_what_it_signed_is_signed_again_by_the_one_in_use(
    database: Database, published: Content, taught: Course
) -> None:  # fmt: skip
    by_old, _ = database.call(certify, published, taught, NOW, ORIGIN, "one")
    old, new = database.call(signing.current, NOW), database.call(signing.renew, ADMIN, NOW)
    by_new, _ = database.call(certify, published, taught, NOW, ORIGIN, "another")
    assert declare(database, old.name) == Leak(old.name, new.name, False, 1)
    assert key(database, old.name).retired_at == NOW and database.call(signing.current, SOON).name == new.name
    assert certificate(database, by_new.number).signed == by_new.signed and certificate(database, by_new.number).signed_anew_at is None
    assert verdict(database, certificate(database, by_old.number).signed) is Verdict.GENUINE


def test_a_second_leak_signs_all_again_and_both_names_stay_known(database: Database, published: Content, taught: Course) -> None:
    made, _ = database.call(certify, published, taught)
    first = declare(database, database.call(signing.current, NOW).name)
    between = certificate(database, made.number).signed
    second = declare(database, first.signs, SOON + timedelta(days=1))
    assert second.signed_anew == 1 and database.call(signing.public_keys)["leaked"] == [first.key, second.key]
    assert [verdict(database, each) for each in (made.signed, between)] == [Verdict.LEAKED_KEY] * 2
    assert verdict(database, certificate(database, made.number).signed) is Verdict.GENUINE


def test_many_are_all_signed_again(database: Database, published: Content, taught: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "BATCH", 2)
    numbers = [database.call(certify, published, taught, NOW, ORIGIN, f"chat {number}")[0].number for number in range(5)]
    assert declare(database, database.call(signing.current, NOW).name).signed_anew == 5
    assert {verdict(database, certificate(database, number).signed) for number in numbers} == {Verdict.GENUINE}


def everything(database: Database) -> dict[str, Any]:
    return database.call(all_rows)


def test_a_second_time_is_refused_and_changes_nothing(database: Database, published: Content, taught: Course) -> None:
    database.call(certify, published, taught)
    leaked = declare(database, database.call(signing.current, NOW).name).key
    before = everything(database)
    with pytest.raises(RefusedError, match="ya estaba marcada"):
        declare(database, leaked, SOON + timedelta(days=1))
    assert everything(database) == before


def test_what_fails_half_way_changes_nothing(
    database: Database, published: Content, taught: Course, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for number in range(3):
        database.call(certify, published, taught, NOW, ORIGIN, f"chat {number}")
    name, before, signer = database.call(signing.current, NOW).name, everything(database), signing.signer
    monkeypatch.setattr(leaks, "BATCH", 1)
    monkeypatch.setattr(signing, "signer", lambda key: _fails_at_the_third(signer(key)))
    with pytest.raises(OSError, match="third"):
        declare(database, name)
    assert everything(database) == before


def _fails_at_the_third(sign: signing.Signer) -> Callable[..., str]:
    done: list[str] = []

    def signs(payload: Any, address: str | None) -> str:
        if len(done) == 2:
            raise OSError("third")
        done.append(sign(payload, address))
        return done[-1]

    return signs


def test_it_is_called_by_its_name_the_beginning_of_it_or_its_address(database: Database) -> None:
    for begun in (lambda name: name, lambda name: f" {name[:9]} ", lambda name: f"{ORIGIN}/insignias/claves/{name}"):
        name = database.call(signing.current, NOW).name
        assert declare(database, begun(name)).key == name


def test_an_unknown_or_ambiguous_name_is_refused(database: Database) -> None:
    def add(session: Session) -> None:
        for name in ("abcd", "abce", "abcdef"):
            session.add(SigningKey(name=name, private="x", public={}, made_at=NOW, retired_at=NOW))

    database.call(add)
    for begun, says in (
        ("", "No hay"),
        (" ", "No hay"),
        ("zz", "No hay"),
        ("%", "No hay"),
        ("abc", "abcd, abce, abcdef"),
        ("x/", "No hay"),
    ):
        with pytest.raises(RefusedError, match=says):
            declare(database, begun)
    assert database.call(lambda session: session.scalars(select(SigningKey).where(SigningKey.leaked_at.is_not(None))).all()) == []
    assert declare(database, "abcd").key == "abcd", "a whole name is meant, though another one begins with it"


def test_it_takes_an_administrator_and_is_written_down(database: Database, published: Content, taught: Course) -> None:
    database.call(certify, published, taught)
    name = database.call(signing.current, NOW).name
    for actor in (SUPERVISOR, Actor("eva", Role.AGENT), Actor("official")):
        with pytest.raises(RefusedError, match="permiso"):
            database.call(leaks.declare, actor, name, SOON)
    told = declare(database, name)
    rows = database.call(lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.action == Action.KEYS_ROTATE))))
    assert [(row.who, row.why) for row in rows] == [("adán", f"certificates leaked {name} signed again 1 by {told.signs}")]
    assert database.call(audit.verify)[1] is None


def test_a_new_key_has_no_name_that_looks_like_an_option(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(["-abc", "--", "abc"])
    monkeypatch.setattr(RSAKey, "thumbprint", lambda self: next(names))
    assert database.call(signing.current, NOW).name == "abc"
