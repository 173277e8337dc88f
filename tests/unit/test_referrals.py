"""Referrals: what may follow what, who may do it, and that none is made twice or without consent.

tests/integration/test_postgresql.py runs the same rules on PostgreSQL.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.records.database import Database
from bot.records.referrals import MAY_BECOME, Consent, Referral, ReferralEvent, ReferralState
from bot.referrals import creation, lifecycle
from bot.referrals.creation import Consented
from tests.asking import LATER, NOW, conversation, reachable
from tests.stores import rows

AGREED = Consented(
    "2026-11-21", "the text as it was shown", "es", "ipam", "referral_intake", {"need": "work", "story": "me corrieron"}, 180
)  # fmt: skip


ENDED = {ReferralState.WITHDRAWN, ReferralState.EXPIRED, ReferralState.REVOKED, ReferralState.REJECTED, ReferralState.DONE}


def create(session: Session, key: str = "web:1", chat: str = "ana", consented: Consented = AGREED) -> Referral:
    return creation.create(session, conversation(session, chat), key, "work", "21019", consented, NOW)


def referral_in(session: Session, state: ReferralState, folio: str = "PTE-26-ABCDEF") -> int:
    referral = Referral(
        folio=folio, idempotency_key=f"key of {folio}", conversation_id=conversation(session).id, organization_id="ipam", state=state,
        need="work", municipality=None, details={}, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    return referral.id


def withdraw(session: Session, folio: str, chat: str = "ana") -> Referral:
    return lifecycle.withdraw(session, conversation(session, chat), folio, LATER)


def test_every_state_of_a_referral_can_be_reached_and_what_has_ended_stays_so() -> None:
    assert set(MAY_BECOME) == set(ReferralState)
    assert reachable(MAY_BECOME, ReferralState.DRAFT) == set(ReferralState)
    assert {state for state, following in MAY_BECOME.items() if not following} == ENDED
    assert set(lifecycle.OPEN) == set(ReferralState) - ENDED
    for state in lifecycle.OPEN:
        assert ReferralState.WITHDRAWN in MAY_BECOME[state], "the person cannot take it back"
        assert ReferralState.DRAFT not in MAY_BECOME[state] and state not in MAY_BECOME[state]


def test_a_referral_stands_on_its_consent(database: Database) -> None:
    made = database.call(create)
    [referral], [consent] = rows(database, Referral), rows(database, Consent)
    assert (referral.id, referral.state, referral.organization_id) == (made.id, ReferralState.SENT, "ipam")
    assert (referral.need, referral.municipality, referral.details) == ("work", "21019", {"need": "work", "story": "me corrieron"})
    assert (consent.referral_id, consent.version, consent.text) == (made.id, "2026-11-21", "the text as it was shown")
    assert (consent.language, consent.recipient, consent.purpose) == ("es", "ipam", "referral_intake")
    assert (consent.fields, consent.given_at, consent.withdrawn_at) == (["need", "story"], NOW, None)
    assert consent.expires_at == NOW + timedelta(days=180)
    assert [(event.before, event.after, event.who) for event in rows(database, ReferralEvent)] == [
        (None, ReferralState.DRAFT, "person"),
        (ReferralState.DRAFT, ReferralState.SENT, "person"),
    ]


@pytest.mark.parametrize("refused", [replace(AGREED, text=""), replace(AGREED, fields={}), replace(AGREED, text="", fields={})])
def test_without_consent_there_is_no_referral(refused: Consented, database: Database) -> None:
    with pytest.raises(RefusedError):
        database.call(create, "web:1", "ana", refused)
    tables: tuple[type[Any], ...] = (Referral, Consent, ReferralEvent)
    assert [rows(database, table) for table in tables] == [[], [], []]


def test_the_same_key_makes_one_referral(database: Database) -> None:
    first = database.call(create)
    again = database.call(create, "web:1", "ana", replace(AGREED, recipient="naucalpan", fields={"need": "health"}))
    assert (again.id, again.folio, again.details) == (first.id, first.folio, first.details)
    assert (len(rows(database, Referral)), len(rows(database, Consent)), len(rows(database, ReferralEvent))) == (1, 1, 2)
    other = database.call(create, "web:2")
    assert other.id != first.id and other.folio != first.folio


def test_of_many_who_make_the_same_referral_at_once_one_is_made(database: Database) -> None:
    database.call(conversation)
    start = threading.Barrier(6)

    def make(_: int) -> int | None:
        start.wait(10)
        try:
            return database.call(create).id
        except IntegrityError:  # PostgreSQL lets both try; the turn of the second is rolled back and finds the first
            return None

    with ThreadPoolExecutor(6) as threads:
        made = {each for each in threads.map(make, range(6)) if each}
    [referral], [_] = rows(database, Referral), rows(database, Consent)
    assert made == {referral.id}
    assert database.call(create).id == referral.id


def test_a_person_withdraws_the_referral_and_its_consent(database: Database) -> None:
    referral = database.call(create)
    kept = database.call(create, "web:2")
    database.call(withdraw, referral.folio)
    states = {each.folio: each.state for each in rows(database, Referral)}
    assert states == {referral.folio: ReferralState.WITHDRAWN, kept.folio: ReferralState.SENT}
    assert {each.referral_id: each.withdrawn_at for each in rows(database, Consent)} == {referral.id: LATER, kept.id: None}
    last = rows(database, ReferralEvent)[-1]
    assert (last.before, last.after, last.who, last.at) == (ReferralState.SENT, ReferralState.WITHDRAWN, "person", LATER)


@pytest.mark.parametrize("folio", ["", "PTE-26-AAAAAA", "of ana"])
def test_nobody_withdraws_what_is_not_theirs(folio: str, database: Database) -> None:
    of_ana = database.call(create).folio
    database.call(create, "web:2", "beto")
    with pytest.raises(RefusedError):
        database.call(withdraw, of_ana if folio == "of ana" else folio, "beto")
    assert {each.state for each in rows(database, Referral)} == {ReferralState.SENT}
    assert {each.withdrawn_at for each in rows(database, Consent)} == {None}


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_has_ended_cannot_be_withdrawn(state: ReferralState, database: Database) -> None:
    database.call(referral_in, state)
    with pytest.raises(RefusedError):
        database.call(withdraw, "PTE-26-ABCDEF")
    assert rows(database, Referral)[0].state is state


def test_a_person_sees_their_own_referrals_newest_first(database: Database) -> None:
    folios = [database.call(create, f"web:{number}").folio for number in range(3)]
    database.call(create, "web:9", "beto")

    def seen(session: Session) -> list[str]:
        return [each.folio for each in lifecycle.of_conversation(session, conversation(session))]

    assert database.call(seen) == folios[::-1]


def test_a_folio_says_the_year_and_has_no_letters_that_are_misread(database: Database) -> None:
    folios = {database.call(create, f"web:{number}").folio for number in range(30)}
    assert len(folios) == 30
    for folio in folios:
        start, letters = folio[:7], folio[7:]
        assert start == "PTE-26-" and len(letters) == 6
        assert not set(letters) & set("01ILOU"), folio


@pytest.mark.parametrize("twin", [{"folio": "PTE-26-ABCDEF"}, {"idempotency_key": "key of PTE-26-ABCDEF"}])
def test_the_database_itself_refuses_a_second_referral_of_the_same_folio_or_key(twin: dict[str, str], database: Database) -> None:
    database.call(referral_in, ReferralState.SENT)

    def again(session: Session) -> None:
        values = {"folio": "PTE-26-OTHER1", "idempotency_key": "other", **twin}
        session.add(
            Referral(
                **values, conversation_id=conversation(session).id, organization_id="ipam", state=ReferralState.SENT, need="work",
                details={}, created_at=NOW, changed_at=NOW,
            )
        )  # fmt: skip

    with pytest.raises(IntegrityError):
        database.call(again)
