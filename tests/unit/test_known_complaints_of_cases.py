"""What people complained about in systems of referrals, each with its link: here it does not happen.

tests/integration/test_known_complaints_of_records.py tries every command by every role.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot import audit
from bot.conversation import inbox
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.surroundings import Surroundings
from bot.permissions import Action, Actor
from bot.records.columns import KeyRing
from bot.records.conversations import Conversation, Message
from bot.records.database import Database, open_database
from bot.records.deliveries import InboxUpdate
from bot.records.referrals import Consent, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referral_desk import show_referral
from bot.referrals import answers, creation, followups, lifecycle
from tests import intake
from tests.chats import Chat
from tests.one_case import AGREED, OFFICE, RECEIVED, Case

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
SENT = "utter_referral_sent"
STAFF = Actor("rosa", Role.AGENT)
OTHER_OFFICE = Actor("paula", Role.PARTNER, "naucalpan")


@pytest.fixture
def case(ana: Chat) -> Case:
    return Case(ana)


# A referral is made twice: oscar-web#1104


def at_yes(ana: Chat) -> str:
    """What the button does that makes the case."""
    ana.says("gracias")
    ana.is_at(intake.at("consent"))
    ana.says("seguir")
    return intake.button(ana, "referral_intake.consent=yes")


def test_a_button_pressed_many_times_before_anything_is_answered_makes_one_case(ana: Chat) -> None:
    yes = at_yes(ana)
    arrivals = [inbox.Arrival(ana.bot_id, f"press {number}", ana.id, Incoming(Kind.BUTTON, payload=yes), ana.now) for number in range(5)]
    ana.call(lambda session: inbox.accept(session, arrivals))
    said = [reply.response for taken in ana.goes_on() for reply in taken.replies]
    assert said.count(SENT) == 1 and len(intake.referrals(ana)) == 1
    assert len([each for each in intake.consents(ana) if each.referral_id]) == 1


def test_an_update_that_telegram_brings_again_makes_no_second_case(ana: Chat) -> None:
    yes = at_yes(ana)
    again = inbox.Arrival(ana.bot_id, "the same", ana.id, Incoming(Kind.BUTTON, payload=yes), ana.now)
    for _ in range(3):
        ana.call(lambda session: inbox.accept(session, [again]))
        ana.goes_on()
    assert len(intake.referrals(ana)) == 1


def test_a_request_for_the_same_is_marked_and_neither_is_lost(ana: Chat) -> None:
    first = Case(ana)
    ana.later(minutes=5)
    second = Case(ana)
    assert second.folio != first.folio and second.referral.may_duplicate == first.folio and first.referral.may_duplicate is None


def conversation(session: Session, chat: str) -> Conversation:
    found = Conversation(bot_id="telegram:1", chat=chat, chat_id=chat, created_at=NOW, updated_at=NOW)
    session.add(found)
    session.flush()
    return found


def number_of_update(session: Session, name: str) -> int:
    inbox.accept(session, [inbox.Arrival("telegram:1", name, name, text_message("sí"), NOW)])
    return session.scalars(select(InboxUpdate.id).order_by(InboxUpdate.id.desc())).first() or 0


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of its own, with the keys of the chats put back afterwards."""
    monkeypatch.setattr(KeyRing, "keys", KeyRing.keys)
    opened = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    yield opened
    opened.close()


def test_a_number_given_out_again_does_not_open_the_case_of_somebody_else(apart: Database) -> None:
    """Or Beto is told Ana's folio, and his own request is lost."""

    def asks(session: Session, who: str) -> tuple[int, int, str]:
        number = number_of_update(session, who)
        made = creation.create(session, conversation(session, who), f"telegram:1:{number}", "work", None, AGREED, NOW)
        return number, made.conversation_id, made.folio

    of_ana = apart.call(asks, "ana")
    apart.call(lambda session: session.execute(delete(InboxUpdate)))  # as the throwing away by age does
    of_beto = apart.call(asks, "beto")
    assert of_beto[0] == of_ana[0], "the number is given out again"
    assert of_beto[1:] != of_ana[1:]


def test_a_number_given_out_again_does_not_swallow_the_persons_next_request(apart: Database, content_around: Surroundings) -> None:
    ana = Chat(apart, content_around)
    first = number_and_folio(ana)
    ana.later(days=100)
    second = number_and_folio(ana)
    assert second[0] == first[0], "the number is given out again"
    assert {each.folio for each in intake.referrals(ana)} == {first[1], second[1]} and len({first[1], second[1]}) == 2


def number_and_folio(ana: Chat) -> tuple[int, str]:
    """Of the update that makes a case, the oldest that is still there; and of the case."""
    yes = at_yes(ana)
    ana.call(lambda session: session.execute(update(Message).values(inbox_id=None)))
    ana.call(lambda session: session.execute(delete(InboxUpdate)))
    assert ana.presses(yes) == [SENT]
    [number] = ana.call(lambda session: list(session.scalars(select(InboxUpdate.id))))
    return number, intake.referrals(ana)[0].folio


# "They say they didn't receive it": rva-screening#106


def test_who_received_a_case_and_when_is_written_down_and_the_person_is_told(case: Case) -> None:
    case.chat.later(hours=3)
    at = case.chat.now
    assert case.is_answered(RECEIVED)
    query = select(ReferralEvent).where(ReferralEvent.referral_id == case.referral.id, ReferralEvent.after == RECEIVED)
    events = case.chat.call(lambda session: list(session.scalars(query)))
    assert [(each.after, each.who, each.at) for each in events] == [(RECEIVED, OFFICE.name, at)]
    assert case.written == ["utter_notice_received"]
    reference = case.chat.get("reference")
    [row] = case.chat.call(lambda session: audit.about(session, reference, (Action.REFERRAL_ANSWER,)))
    assert (row.who, row.role, row.office, row.at) == (OFFICE.name, Role.PARTNER, "ipam", at)


def test_looking_at_a_case_is_not_receiving_it_but_it_is_known_who_looked(case: Case) -> None:
    around = replace(case.chat.around, now=case.chat.now)
    case.chat.call(lambda session: show_referral(session, OFFICE, case.folio, around))
    assert case.referral.state is ReferralState.SENT and case.written == []
    reference = case.chat.get("reference")
    [row] = case.chat.call(lambda session: audit.about(session, reference, (Action.REFERRAL_READ,)))
    assert (row.who, row.office) == (OFFICE.name, "ipam")


def test_a_case_cannot_be_said_to_be_received_by_another_office_nor_twice(case: Case) -> None:
    with pytest.raises(Exception, match="No existe el caso"):
        case.chat.call(lambda session: lifecycle.for_actor(session, OTHER_OFFICE, case.folio))
    assert case.is_allowed(RECEIVED) and not case.is_allowed(RECEIVED)
    assert case.written == ["utter_notice_received"]


def test_a_case_that_nobody_says_to_have_received_is_noticed(case: Case) -> None:
    case.day_by_day(16)
    assert case.referral.state is ReferralState.SENT and case.referral.escalated_at is not None and case.chat.has_ticket()


# A restricted role sees too much: https://github.com/chatwoot/chatwoot/issues/12855


def seen_by_the_office(case: Case) -> str:
    around = replace(case.chat.around, now=case.chat.now)
    return "\n".join(case.chat.call(lambda session: show_referral(session, OFFICE, case.folio, around)))


def test_an_office_does_not_read_that_the_person_complained_of_it_nor_why_staff_took_a_case_back(case: Case) -> None:
    case.is_answered(ReferralState.ACCEPTED)
    case.chat.call(lambda session: followups.complain(session, case.chat.conversation(session), case_in(session, case), case.chat.now))
    case.chat.call(lambda session: lifecycle.change(session, case_in(session, case), ReferralState.REVOKED, STAFF, "danger", case.chat.now))
    shown = seen_by_the_office(case)
    assert "not_attended" not in shown and "danger" not in shown


def test_an_office_that_goes_on_with_a_case_does_not_read_what_the_person_said_of_it(case: Case) -> None:
    case.is_answered(ReferralState.ACCEPTED)
    case.chat.call(lambda session: followups.complain(session, case.chat.conversation(session), case_in(session, case), case.chat.now))
    shown = seen_by_the_office(case)
    assert "accepted" in shown and "not_attended" not in shown


def test_an_office_reads_nothing_of_a_case_that_staff_took_back(case: Case) -> None:
    revoke = ReferralState.REVOKED
    around = replace(case.chat.around, now=case.chat.now)
    case.chat.call(lambda session: answers.answer(session, case_in(session, case), revoke, STAFF, "mistake", around))
    assert len(seen_by_the_office(case).splitlines()) == 2


def case_in(session: Session, case: Case) -> Referral:
    return session.scalars(select(Referral).where(Referral.folio == case.folio)).one()


def test_a_withdrawn_case_shows_the_office_nothing_but_its_state(case: Case) -> None:
    assert "Necesidad: Trabajo" in seen_by_the_office(case)
    case.chat.call(lambda session: lifecycle.withdraw(session, case.chat.conversation(session), case.folio, case.chat.now))
    shown = seen_by_the_office(case)
    assert shown.splitlines() == [f"Folio: {case.folio}", "Estado: Retirado por la persona (withdrawn)"]
    [consent] = case.chat.call(lambda session: list(session.scalars(select(Consent).where(Consent.referral_id == case.referral.id))))
    assert consent.withdrawn_at == case.chat.now
