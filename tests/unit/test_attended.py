"""What the person answers to «¿lo atendieron?», and the complaint."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.conversation.replies import render
from bot.conversation.transcript import put
from bot.records.conversations import Direction
from tests.chats import NOT_UNDERSTOOD, Chat
from tests.one_case import ACCEPTED, Case


@pytest.fixture
def case(ana: Chat) -> Case:
    return Case(ana)


def asked(case: Case) -> Case:
    case.is_answered(ACCEPTED)
    case.after(days=7)
    assert len(case.questions) == 1
    return case


def test_who_was_attended_is_thanked_and_not_asked_again(case: Case) -> None:
    asked(case)
    assert case.chat.presses(f"/attended=yes.{case.folio}") == ["utter_attended"]
    assert case.chat.presses(f"/attended=yes.{case.folio}") == ["utter_attended"]
    assert case.referral.attended is True and case.events.count(("person", "attended")) == 1
    case.day_by_day(20)
    assert len(case.questions) == 1 and not case.chat.has_ticket()


def test_who_was_not_attended_has_a_complaint_and_a_ticket(case: Case) -> None:
    asked(case)
    said = case.chat.presses(f"/attended=no.{case.folio}")
    assert said == ["utter_referral_not_attended", "utter_person_requested"]
    complained_at = case.referral.complained_at
    assert (case.referral.attended, complained_at) == (False, case.chat.now)
    assert case.events.count(("person", "not_attended")) == 1
    assert case.chat.call(case.chat.ticket).reason == "not_attended"
    case.chat.later(hours=1)
    case.chat.presses(f"/attended=no.{case.folio}")
    assert case.referral.complained_at == complained_at and case.events.count(("person", "not_attended")) == 1
    case.day_by_day(20)
    assert len(case.questions) == 1


def test_not_yet_is_asked_once_more(case: Case) -> None:
    asked(case)
    assert case.chat.presses(f"/attended=not_yet.{case.folio}") == ["utter_not_attended_yet"]
    assert (case.referral.attended, case.referral.complained_at) == (None, None)
    case.day_by_day(30)
    assert len(case.questions) == 2


def test_not_yet_of_what_is_late_is_a_complaint(case: Case) -> None:
    case.after(days=14)
    assert case.chat.presses(f"/attended=not_yet.{case.folio}") == ["utter_referral_not_attended", "utter_person_still_waiting"]
    assert (case.referral.attended, case.referral.complained_at) == (None, case.chat.now)


def test_only_what_was_asked_in_this_chat_is_answered(case: Case, chats_database: Any, content_around: Any) -> None:
    other = Chat(chats_database, content_around)
    other.says("gracias")
    assert other.presses(f"/attended=yes.{case.folio}") == ["utter_button_unknown"]
    assert case.chat.presses(f"/attended=yes.{case.folio}") == ["utter_button_unknown"], "nobody has asked"
    assert case.referral.attended is None


def test_saying_that_nobody_attended_is_a_complaint_of_the_newest_case(case: Case) -> None:
    case.chat.later(days=1)
    newer = Case(case.chat, need="health")
    case.chat.says("¿cómo va mi caso?")
    case.chat.call(lambda session: _offer(session, case.chat))
    assert case.chat.presses("/referral_not_attended") == ["utter_referral_not_attended", "utter_person_requested"]
    assert (newer.referral.complained_at, case.referral.complained_at) == (case.chat.now, None)


def _offer(session: Session, chat: Chat) -> None:
    reply = render(chat.around.content, "utter_notice_done", "es", chat.now.date(), {"folio": "x", "recipient": "x"})
    put(session, chat.conversation(session), [reply], Direction.OUT, chat.around)


@pytest.mark.parametrize("said", ["sí", "Si", "yes", "wi"])
def test_a_plain_yes_to_the_last_question_is_its_button(case: Case, said: str) -> None:
    asked(case)
    assert case.chat.says(said) == ["utter_attended"]
    assert case.referral.attended is True


def test_more_than_a_plain_yes_is_heard_as_what_it_says(case: Case) -> None:
    asked(case)
    assert case.chat.says("sí, pero quiero saber otra cosa") == ["utter_thank"]
    assert case.referral.attended is None


def test_a_plain_no_is_a_complaint_and_only_while_it_is_the_last_question(case: Case) -> None:
    asked(case)
    assert case.chat.says("no") == ["utter_referral_not_attended", "utter_person_requested"]
    case.chat.says("menu")
    case.chat.understands = NOT_UNDERSTOOD
    assert case.chat.says("no")[0].startswith("utter_fallback")
