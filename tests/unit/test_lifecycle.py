"""What a referral may become and who may make it so: every state by every state by every kind of actor, from the tables themselves."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.permissions import ASSISTANT, PERSON, Actor
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.referrals import MAY_BECOME, Consent, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import lifecycle
from bot.referrals.lifecycle import MAY_MAKE, REASONS, By

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SENT, RECEIVED, ACCEPTED, REJECTED = ReferralState.SENT, ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.REJECTED
DONE, WITHDRAWN, EXPIRED, REVOKED = ReferralState.DONE, ReferralState.WITHDRAWN, ReferralState.EXPIRED, ReferralState.REVOKED
ROSA = Actor("rosa", Role.AGENT)
OF_IPAM = Actor("ines", Role.PARTNER, "ipam")
ACTORS: dict[Actor, set[By]] = {
    PERSON: {By.PERSON},
    ASSISTANT: {By.ASSISTANT},
    ROSA: {By.STAFF},
    Actor("sofia", Role.SUPERVISOR): {By.STAFF},
    Actor("sent.it", Role.AGENT): {By.STAFF, By.SENDER},
    Actor("sent.it", Role.REVIEWER): {By.SENDER},
    OF_IPAM: {By.PARTNER},
    Actor("nora", Role.PARTNER, "naucalpan"): set(),
    Actor("olga", Role.DATA_OFFICER): {By.DATA_OFFICER},
    Actor("ed", Role.EDITOR): set(),
    Actor("reva", Role.REVIEWER): set(),
    Actor("adam", Role.ADMIN): set(),
    Actor("person", Role.ADMIN): set(),  # a name alone makes nobody the person
    Actor("nobody"): set(),
}
CELLS = list(itertools.product(ReferralState, ReferralState, ACTORS))


def conversation(session: Session) -> Conversation:
    found = session.scalar(select(Conversation))
    if found is None:
        found = Conversation(bot_id="telegram:1", chat="ana", chat_id="1", created_at=NOW, updated_at=NOW)
        session.add(found)
        session.flush()
    return found


def referral_in(session: Session, state: ReferralState, **values: object) -> Referral:
    folio = f"PTE-26-{len(session.scalars(select(Referral.id)).all()):06}"
    known: dict[str, object] = {
        "folio": folio, "idempotency_key": folio, "conversation_id": conversation(session).id, "organization_id": "ipam", "state": state,
        "need": "work", "details": {}, "sender": "sent.it", "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    referral = Referral(**{**known, **values})
    session.add(referral)
    session.flush()
    return referral


def try_change(session: Session, before: ReferralState, after: ReferralState, actor: Actor) -> tuple[bool, Referral, list[ReferralEvent]]:
    """Whether it may be, what is there then and the events."""
    referral = referral_in(session, before)
    try:
        lifecycle.change(session, referral, after, actor, next(iter(REASONS.get(after, ())), None), LATER)
    except RefusedError:
        changed = False
    else:
        changed = True
    session.flush()
    session.expire_all()
    return changed, referral, list(session.scalars(select(ReferralEvent).where(ReferralEvent.referral_id == referral.id)))


def test_the_tables_know_every_state() -> None:
    assert set(MAY_MAKE) == set(ReferralState) == set(MAY_BECOME)
    for state in ReferralState:
        assert MAY_MAKE[state] or state is ReferralState.DRAFT, f"nobody can make {state}"
    assert set().union(*MAY_MAKE.values()) == set(By), "somebody who may do nothing"


@pytest.mark.parametrize("before", list(ReferralState))
def test_a_referral_changes_as_the_tables_allow_and_every_change_leaves_an_event(before: ReferralState, database: Database) -> None:
    def every_cell(session: Session) -> int:
        allowed = 0
        for after, (actor, kinds) in itertools.product(ReferralState, ACTORS.items()):
            changed, referral, events = try_change(session, before, after, actor)
            may = after in MAY_BECOME[before] and bool(kinds & MAY_MAKE[after])
            assert changed is may, (before, after, actor)
            if may:
                allowed += 1
                [event] = events
                assert (referral.state, referral.changed_at, referral.created_at) == (after, LATER, NOW)
                assert (event.before, event.after, event.who, event.at) == (before, after, actor.name, LATER)
            else:
                assert (referral.state, referral.changed_at, events) == (before, NOW, [])
        return allowed

    allowed = database.call(every_cell)
    print(f"{before}: {allowed} of {len(CELLS) // len(ReferralState)} cells are allowed")
    assert (allowed > 0) is bool(MAY_BECOME[before])


def test_a_rejected_referral_cannot_be_done(database: Database) -> None:
    changed, referral, _ = database.call(try_change, REJECTED, DONE, ROSA)
    assert (changed, referral.state) == (False, REJECTED)


def test_only_the_person_withdraws_and_only_the_clock_lets_expire() -> None:
    assert (MAY_MAKE[WITHDRAWN], MAY_MAKE[EXPIRED]) == ({By.PERSON}, {By.ASSISTANT})
    assert By.PARTNER not in MAY_MAKE[REVOKED]


def test_to_another_organization_the_case_does_not_exist(database: Database) -> None:
    of_naucalpan = Actor("nora", Role.PARTNER, "naucalpan")

    def meet(session: Session, ask: str) -> str:
        referral = referral_in(session, SENT)
        with pytest.raises(RefusedError) as refused:
            if ask == "change":
                lifecycle.change(session, referral, RECEIVED, of_naucalpan, None, LATER)
            else:
                lifecycle.for_actor(session, of_naucalpan, referral.folio if ask == "theirs" else "PTE-26-ZZZZZZ")
        return str(refused.value).replace(referral.folio, "…").replace("PTE-26-ZZZZZZ", "…")

    assert len({database.call(meet, ask) for ask in ("change", "theirs", "missing")}) == 1


@pytest.mark.parametrize(
    ("state", "why", "note", "is_right"),
    [
        (REJECTED, None, None, False), (REJECTED, "because", None, False), (REJECTED, "other", None, False),
        (REJECTED, "other", "  ", False), (REJECTED, "other", "No hay luz", True), (REJECTED, "full", None, True),
        (REJECTED, "full", "x" * 1001, False),
        (REVOKED, None, None, False), (REVOKED, "mistake", None, True), (REVOKED, "full", None, False),
        (RECEIVED, None, None, True), (RECEIVED, "full", None, False), (ACCEPTED, None, "Lunes a las 9", True),
    ],
)  # fmt: skip
def test_a_rejection_needs_a_reason_of_the_list(
    state: ReferralState, why: str | None, note: str | None, is_right: bool, database: Database
) -> None:
    def attempt(session: Session) -> tuple[str | None, str | None] | None:
        referral = referral_in(session, SENT)
        try:
            lifecycle.change(session, referral, state, ROSA, why, LATER, note)
        except RefusedError:
            return None
        event = session.scalars(select(ReferralEvent)).one()
        return event.why, event.note

    assert database.call(attempt) == ((why, note) if is_right else None)


@pytest.mark.parametrize("state", [RECEIVED, ACCEPTED, REJECTED])
def test_nobody_answers_once_the_permission_has_ended(state: ReferralState, database: Database) -> None:
    def attempt(session: Session, expires_at: datetime) -> None:
        why = "full" if state is REJECTED else None
        lifecycle.change(session, referral_in(session, SENT, expires_at=expires_at), state, OF_IPAM, why, LATER)

    with pytest.raises(RefusedError, match="venció"):
        database.call(attempt, LATER)
    database.call(attempt, LATER + timedelta(seconds=1))


def test_of_two_changes_at_once_one_wins(database: Database) -> None:
    folios = [database.call(lambda session: referral_in(session, SENT).folio) for _ in range(5)]
    for folio in folios:
        start = threading.Barrier(2)

        def change(after: ReferralState, folio: str = folio, start: threading.Barrier = start) -> bool:
            def attempt(session: Session) -> None:
                why = REASONS[after][0]
                lifecycle.change(session, lifecycle.for_actor(session, ROSA, folio), after, ROSA, why, LATER)

            start.wait(10)
            try:
                database.call(attempt)
            except RefusedError:
                return False
            return True

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(change, (REJECTED, REVOKED))) == [False, True]


def test_a_change_sees_what_another_transaction_wrote_since_the_row_was_read(database: Database) -> None:
    """What was read before the lock does not count."""
    folio = database.call(lambda session: referral_in(session, SENT).folio)

    def stale(session: Session) -> None:
        referral = lifecycle.for_actor(session, ROSA, folio)
        session.connection().exec_driver_sql("UPDATE referral SET state = 'withdrawn'")
        with pytest.raises(RefusedError, match="withdrawn"):
            lifecycle.change(session, referral, ACCEPTED, ROSA, None, LATER)

    database.call(stale)


def test_a_person_withdraws_by_folio_what_was_made_before_the_chat_was_forgotten(database: Database) -> None:
    def forget_and_withdraw(session: Session) -> ReferralState:
        old = conversation(session)
        referral = referral_in(session, ACCEPTED)
        session.add(
            Consent(
                referral_id=referral.id, version="1", text="t", language="es", recipient="ipam", purpose="p", fields=[], given_at=NOW,
                expires_at=LATER,
            )
        )  # fmt: skip
        old.former_chat, old.chat = old.chat, "forgotten"
        new = Conversation(bot_id="telegram:1", chat="ana", chat_id="1", created_at=NOW, updated_at=NOW)
        other = Conversation(bot_id="telegram:1", chat="beto", chat_id="2", created_at=NOW, updated_at=NOW)
        session.add_all([new, other])
        session.flush()
        with pytest.raises(RefusedError):
            lifecycle.withdraw(session, other, referral.folio, LATER)
        return lifecycle.withdraw(session, new, referral.folio, LATER).state

    assert database.call(forget_and_withdraw) is WITHDRAWN
    assert database.call(lambda session: session.scalars(select(Consent.withdrawn_at)).one()) == LATER
