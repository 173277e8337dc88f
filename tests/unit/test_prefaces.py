"""What is said in front of an answer: that it comes late, that the words were somebody else's, what we heard."""

from datetime import timedelta

import pytest

from bot.conversation.prefaces import LATE
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, UNRELATED, Chat

DANGER = "me quiero matar"


def sent_before(ana: Chat, ago: timedelta, said: str = "mil gracias") -> list[str]:
    return ana.sends(text=said, at=int((ana.now - ago).timestamp()))


# Late


def test_who_waited_long_is_told_why_and_which_message_is_answered(ana: Chat) -> None:
    ana.says("hola buenas")
    ana.later(hours=1)
    assert sent_before(ana, LATE) == ["utter_late", "utter_thank"]
    assert "12:50" in ana.transcript()[-2].text, "the time in Mexico at which it was said"


def test_who_waited_a_little_is_just_answered(ana: Chat) -> None:
    assert sent_before(ana, LATE - timedelta(seconds=1)) == ["utter_thank"]


def test_of_several_that_waited_only_the_first_is_said_to_be_late(ana: Chat) -> None:
    assert sent_before(ana, timedelta(hours=1)) == ["utter_late", "utter_thank"]
    assert sent_before(ana, timedelta(minutes=50)) == ["utter_thank"]


def test_danger_said_long_ago_is_answered_first_and_its_hour_said_after(ana: Chat) -> None:
    said = sent_before(ana, timedelta(hours=1), DANGER)
    assert said[-1] == "utter_late" and len(said) == 2


def test_a_press_has_no_hour_and_is_never_late(ana: Chat) -> None:
    ana.says("ayuda")
    ana.later(hours=1)
    assert "utter_late" not in ana.presses("/talk_to_human")


# Somebody else's words


def test_a_forwarded_text_is_answered_with_a_caution(ana: Chat) -> None:
    assert ana.says("mil gracias", **telegram.FORWARDED) == ["utter_received_forward", "utter_thank"]


def test_danger_in_a_forwarded_text_is_answered_without_ado(ana: Chat) -> None:
    assert len(ana.says(DANGER, **telegram.FORWARDED)) == 1


@pytest.mark.parametrize("word", ["persona", "/persona", "cancelar", "olvidar", "/olvidar", "alto", "/start persona"])
def test_a_forwarded_command_is_not_obeyed(ana: Chat, word: str) -> None:
    ana.understands = UNRELATED
    assert ana.says(word, **telegram.FORWARDED) == ["utter_received_forward", "utter_out_of_scope_once"]
    assert not ana.has_ticket() and ana.asked == [word]


def test_the_title_of_a_button_in_a_forwarded_text_presses_nothing(ana: Chat) -> None:
    ana.says("ayuda")
    title = next(title for title, payload in ana.transcript()[-1].buttons if payload == "/talk_to_human")
    ana.says(title, **telegram.FORWARDED)
    assert not ana.has_ticket()


def test_a_forwarded_file_is_answered_as_what_it_is(ana: Chat) -> None:
    assert ana.sends(**telegram.file("photo"), **telegram.FORWARDED) == ["utter_received_photo"]


# What was heard


def test_what_was_heard_is_said_before_its_answer(ana: Chat) -> None:
    ana.hears = "mil gracias"
    assert ana.sends(**telegram.file("voice")) == ["utter_heard", "utter_thank"]
    assert "«mil gracias»" in ana.transcript()[-2].text


def test_what_was_heard_of_a_long_note_is_said_in_part(ana: Chat) -> None:
    ana.hears = "mil gracias por todo " * 40
    ana.sends(**telegram.file("voice"))
    assert len(ana.transcript()[-2].text) < 500


def test_late_comes_before_heard(ana: Chat) -> None:
    ana.hears = "mil gracias"
    ana.number += 1
    hour_ago = int((ana.now - timedelta(hours=1)).timestamp())
    assert set(ana.sends(**telegram.file("voice"), at=hour_ago)) == {"utter_late", "utter_heard", "utter_thank"}


def test_a_forwarded_text_is_no_answer_to_the_story_that_is_asked_for(ana: Chat) -> None:
    ana.says("menu")
    ana.presses("/referral_request")
    ana.presses("referral_intake.for_whom=self")
    ana.presses("referral_intake.need=work")
    before = ana.answers
    ana.understands = NOT_UNDERSTOOD
    ana.says("se busca gente para cosechar pepino en canada, se paga por adelantado", **telegram.FORWARDED)
    assert ana.answers == before
