"""What the clock does to cases: expiry, the alert when nobody answers, the question whether they were attended, and where each stops."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import MEXICO
from bot.permissions import Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.referrals import Priority, ReferralState
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketEvent
from bot.referrals import answers, followups, lifecycle
from tests.chats import Chat
from tests.one_case import ACCEPTED, AGREED, DONE, IN_SERVICE, MONDAY, RECEIVED, REJECTED, Case


@pytest.fixture
def case(ana: Chat) -> Case:
    return Case(ana)


def test_a_case_ends_when_its_permission_does_and_the_person_is_told(case: Case) -> None:
    case.is_answered(ACCEPTED)
    case.chat.now = MONDAY + timedelta(days=180) - timedelta(seconds=1)
    case.looks()
    assert case.referral.state is ACCEPTED
    case.after(seconds=1)
    assert (case.referral.state, case.referral.changed_at) == (ReferralState.EXPIRED, MONDAY + timedelta(days=180))
    assert case.written[-1] == "utter_notice_expired" and case.folio in case.chat.transcript()[-1].text
    assert case.events[-1] == ("assistant", "consent_ended")
    written = case.written
    case.after(days=30)
    assert case.written == written


def test_who_does_not_answer_in_time_is_noticed_once_with_a_ticket(case: Case) -> None:
    due = case.referral.answer_by
    assert due == datetime(2026, 12, 7, 10, 0, tzinfo=MEXICO)
    case.is_answered(RECEIVED)
    case.chat.now = due - timedelta(seconds=1)
    case.looks()
    assert case.referral.escalated_at is None and not case.chat.has_ticket()
    case.after(seconds=1)
    assert case.referral.escalated_at == due
    assert [each for each in case.events if each[1] == "late"] == [("assistant", "late")]
    ticket = case.chat.call(case.chat.ticket)
    assert ticket.reason == "referral_late"
    opened = case.chat.call(lambda session: session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)).one())
    assert (opened.what, opened.who, opened.why) == ("opened", "assistant", "referral_late")
    case.day_by_day(3)
    assert len([each for each in case.events if each[1] == "late"]) == 1


@pytest.mark.parametrize("state", [ACCEPTED, REJECTED, DONE])
def test_who_has_answered_is_not_late(state: ReferralState, case: Case) -> None:
    if state is DONE:
        case.is_answered(ACCEPTED)
    case.is_answered(state, "full" if state is REJECTED else None)
    case.day_by_day(20)
    assert case.referral.escalated_at is None and not case.chat.has_ticket()


def test_an_urgent_case_is_late_after_one_working_day(ana: Chat) -> None:
    ana.now = MONDAY
    ana.says("gracias")
    urgent = Case(ana, need="legal")
    assert (urgent.referral.priority, urgent.referral.answer_by) == (Priority.URGENT, MONDAY + timedelta(days=1))
    assert urgent.after(days=1).referral.escalated_at == MONDAY + timedelta(days=1)


def test_where_a_ticket_is_open_already_lateness_is_an_alert_in_it(case: Case) -> None:
    case.chat.person_waits()
    case.after(days=15)
    ticket = case.chat.call(case.chat.ticket)
    happened = case.chat.call(
        lambda session: [(e.what, e.why) for e in session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id))]
    )
    assert happened == [("opened", "asked"), ("escalated", "nobody"), ("alert", "referral_late")]  # nobody is on duty here


@pytest.mark.parametrize("state", [ACCEPTED, IN_SERVICE, DONE])
def test_the_person_is_asked_a_week_after_the_last_word_of_the_office_and_twice_at_most(state: ReferralState, case: Case) -> None:
    case.is_answered(ACCEPTED)
    if state is not ACCEPTED:
        case.is_answered(state)
    case.after(days=6, hours=23)
    assert case.questions == []
    case.after(hours=1)
    [question] = case.questions
    assert case.folio in question.text and "Poblano" in question.text
    assert [payload for _, payload in question.buttons or []] == [f"/attended={answer}.{case.folio}" for answer in ("yes", "not_yet", "no")]
    assert (case.referral.asked, case.referral.asked_at) == (1, case.chat.now)
    case.after(days=6, hours=23)
    assert len(case.questions) == 1
    case.after(hours=1)
    assert len(case.questions) == 2
    case.day_by_day(40)
    assert len(case.questions) == 2 == case.referral.asked


def test_when_nobody_answers_the_person_is_asked_once_the_deadline_has_passed(case: Case) -> None:
    case.chat.now = datetime(2026, 12, 7, 9, 59, tzinfo=MEXICO)
    case.looks()
    assert case.questions == []
    case.after(minutes=1)
    [question] = case.questions
    assert question.response == "utter_ask_attended_late" and "07/12/2026, 10:00" in question.text


@pytest.mark.parametrize(("hour", "is_asked"), [(8, False), (9, True), (19, True), (20, False), (2, False)])
def test_nobody_is_asked_at_night(hour: int, is_asked: bool, case: Case) -> None:
    case.is_answered(ACCEPTED)
    case.chat.now = MONDAY.replace(hour=hour) + timedelta(days=9)
    case.looks()
    assert bool(case.questions) is is_asked


def test_what_was_over_long_ago_is_not_asked_about(case: Case) -> None:
    case.is_answered(ACCEPTED)
    case.is_answered(DONE)
    case.chat.now = MONDAY + timedelta(days=30)
    case.looks()
    assert case.questions == []


def test_nobody_is_asked_while_a_person_talks_with_them(case: Case) -> None:
    case.is_answered(ACCEPTED)
    case.chat.person_holds()
    case.after(days=8)
    assert case.questions == []
    case.chat.staff_closes()
    case.looks()
    assert len(case.questions) == 1


@pytest.mark.parametrize("state", [ReferralState.SENT, RECEIVED, REJECTED, ReferralState.WITHDRAWN, ReferralState.REVOKED])
def test_who_has_nothing_to_be_attended_for_is_not_asked(state: ReferralState, case: Case) -> None:
    if state is ReferralState.WITHDRAWN:
        case.chat.call(lambda session: lifecycle.withdraw(session, case.chat.conversation(session), case.folio, case.chat.now))
    elif state is ReferralState.REVOKED:
        supervisor = Actor("sofia", Role.SUPERVISOR)

        def revoke(session: Session) -> bool:
            found = lifecycle.for_actor(session, supervisor, case.folio)
            return answers.answer(session, found, state, supervisor, "mistake", replace(case.chat.around, now=case.chat.now))

        assert case.chat.call(revoke)
    elif state is not ReferralState.SENT:
        case.is_answered(state, "full" if state is REJECTED else None)
    case.after(days=10)
    assert case.questions == []


def test_many_cases_are_dealt_with_batch_by_batch_and_none_twice(ana: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followups, "BATCH", 3)
    ana.now = MONDAY
    ana.says("gracias")
    many = [Case(ana, need=f"need {number}") for number in range(8)]
    many[0].after(days=15)
    assert {each.referral.escalated_at for each in many} == {ana.now}
    assert sorted(each.referral.asked for each in many) == [1] * 8
    many[0].looks()
    assert sorted(each.referral.asked for each in many) == [1] * 8


def test_a_case_that_cannot_be_dealt_with_holds_up_no_other(ana: Chat, caplog: pytest.LogCaptureFixture) -> None:
    """One row that nobody can decrypt."""
    ana.now = MONDAY
    ana.says("gracias")
    ended = Case(ana, agreed=replace(AGREED, expires_in=15))
    ended_too, late = Case(ana, need="health", agreed=replace(AGREED, expires_in=15)), Case(ana, need="other")
    details = written_over(ana, ended.folio, b"cannot be read")
    late.after(days=15)
    assert ended_too.referral.state is ReferralState.EXPIRED
    assert late.referral.escalated_at == ana.now and late.referral.asked == 1
    assert "cannot be followed up (expire)" in caplog.text and ended.folio not in caplog.text
    written_over(ana, ended.folio, details)
    late.after(minutes=2)
    assert ended.referral.state is ReferralState.EXPIRED, "it is tried again"


def written_over(chat: Chat, folio: str, stored: bytes) -> bytes:
    """What stood in the row before."""

    def write(session: Session) -> bytes:
        where = {"folio": folio}
        before = session.execute(text("SELECT details FROM referral WHERE folio = :folio"), where).scalar_one()
        session.execute(text("UPDATE referral SET details = :stored WHERE folio = :folio"), {**where, "stored": stored})
        return bytes(before)

    return chat.call(write)


def test_every_step_of_the_clock_stands_in_the_audit(case: Case) -> None:
    case.after(days=15)
    case.chat.now = MONDAY + timedelta(days=181)
    case.looks()

    def written(session: Session) -> list[AuditEntry]:
        reference = session.get_one(Conversation, case.referral.conversation_id).reference
        return audit.about(session, reference)

    found = case.chat.call(written)
    assert [(each.who, each.action, each.why) for each in found] == [
        ("assistant", action, case.folio) for action in ("referral.escalate", "referral.ask", "referral.expire")
    ]


def test_a_late_case_opens_one_ticket_for_a_person_with_several(case: Case) -> None:
    Case(case.chat, need="health")
    case.after(days=15)
    assert (
        len(
            case.chat.call(
                lambda session: list(session.scalars(select(Ticket).where(Ticket.conversation_id == case.referral.conversation_id)))
            )
        )
        == 1
    )
