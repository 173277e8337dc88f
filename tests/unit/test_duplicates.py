"""A second case like one that is open: pointed out before it is agreed to, and never made by pressing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.records.referrals import Priority, ReferralState
from bot.referrals import creation, lifecycle
from tests import intake
from tests.chats import Chat
from tests.one_case import AGREED, MONDAY, REJECTED, Case

YES = "referral_intake.consent=yes"


def reaches_consent(chat: Chat, need: str = "work") -> list[str]:
    """Answers all that is asked, and stands before the consent."""
    chat.is_at(intake.at("notices", need=[need, need]))
    chat.says("seguir")
    return chat.presses(intake.button(chat, "referral_intake.notices=yes"))


def agrees(chat: Chat) -> list[str]:
    return chat.presses(intake.button(chat, YES))


def test_a_second_case_for_the_same_is_pointed_out_before_it_is_agreed_to(ana: Chat) -> None:
    assert "utter_referral_duplicate" not in reaches_consent(ana)
    assert agrees(ana) == ["utter_referral_sent"]
    [first] = intake.referrals(ana)
    assert "utter_referral_duplicate" in reaches_consent(ana)
    told = next(each for each in ana.transcript() if each.response == "utter_referral_duplicate")
    assert first.folio in told.text and "/cancel" in [payload for _, payload in told.buttons]
    assert len(intake.referrals(ana)) == 1
    assert agrees(ana) == ["utter_referral_sent"]
    assert [each.may_duplicate for each in intake.referrals(ana)] == [first.folio, None]


def test_who_does_not_want_another_makes_none(ana: Chat) -> None:
    reaches_consent(ana)
    agrees(ana)
    reaches_consent(ana)
    ana.presses("/cancel")
    assert len(intake.referrals(ana)) == 1 and ana.pending is None


def test_pressing_yes_twice_makes_one(ana: Chat) -> None:
    reaches_consent(ana)
    yes = intake.button(ana, YES)
    assert ana.presses(yes) == ["utter_referral_sent"]
    ana.presses(yes)
    ana.presses(yes)
    assert len(intake.referrals(ana)) == 1


def test_for_another_need_nothing_is_pointed_out(ana: Chat) -> None:
    reaches_consent(ana)
    agrees(ana)
    assert "utter_referral_duplicate" not in reaches_consent(ana, "health")


LOOKS_THE_SAME = timedelta(days=30)


@pytest.mark.parametrize(
    ("what", "is_twin"),
    [("nothing", True), ("forgotten", True), ("a month", False), ("almost a month", True), ("rejected", False), ("withdrawn", False)],
)
def test_only_what_is_open_and_of_this_month_looks_the_same(what: str, is_twin: bool, ana: Chat) -> None:
    ana.now = MONDAY
    ana.says("gracias")
    case = Case(ana)
    if what == "forgotten":
        ana.says("/olvidar")
    elif what == "rejected":
        case.is_answered(REJECTED, "full")
    elif what == "withdrawn":
        ana.call(lambda session: lifecycle.withdraw(session, ana.conversation(session), case.folio, ana.now))
    elif what != "nothing":
        ana.now += LOOKS_THE_SAME - timedelta(seconds=1 if what == "almost a month" else 0)

    def twin(session: Session, organization: str = "ipam", need: str = "work") -> str | None:
        found = creation.duplicate_of(session, ana.conversation(session), organization, need, ana.now)
        return found.folio if found else None

    assert ana.call(twin) == (case.folio if is_twin else None)
    assert ana.call(lambda session: twin(session, need="health")) is None
    assert ana.call(lambda session: twin(session, organization="naucalpan")) is None


def test_somebody_else_s_case_is_no_twin(ana: Chat) -> None:
    ana.now = MONDAY
    ana.says("gracias")
    Case(ana)
    other = Chat(ana.database, ana.around)
    other.says("gracias")
    assert other.call(lambda session: creation.duplicate_of(session, other.conversation(session), "ipam", "work", ana.now)) is None


@pytest.mark.parametrize(("days", "priority"), [(0, Priority.URGENT), (2, Priority.URGENT), (3, Priority.NORMAL)])
def test_a_danger_that_was_told_lately_makes_a_case_urgent(days: int, priority: Priority, ana: Chat) -> None:
    ana.now = MONDAY
    ana.says("me quiero matar")
    ana.later(days=days)
    assert Case(ana).referral.priority is priority


def test_a_case_is_sent_with_a_deadline_and_the_end_of_its_permission(ana: Chat) -> None:
    ana.now = MONDAY
    ana.says("gracias")
    case = Case(ana, agreed=replace(AGREED, expires_in=10))
    found = case.referral
    assert (found.state, found.sender, found.may_duplicate, found.asked) == (ReferralState.SENT, "person", None, 0)
    assert found.answer_by == MONDAY + timedelta(days=14) and found.expires_at == MONDAY + timedelta(days=10)
