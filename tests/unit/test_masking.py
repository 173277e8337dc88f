"""What identifies somebody and was typed without being asked for is kept nowhere; the person is told, and may have it deleted."""

import json
import logging
from datetime import timedelta

import pytest

from bot.conversation import turn as turns
from bot.records.conversations import Direction
from bot.records.deliveries import Call
from tests import intake
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, THANKS, Chat

CURP, TELEPHONE, CARD = "BOXW310820HNERXN09", "222 765 4321", "4111 1111 1111 1111"
SAID = f"mi curp es {CURP} y sale mal mi apellido"
KEPT = "mi curp es [CURP …09] y sale mal mi apellido"
NOTICE, DELETED, NOT_DELETED = "utter_identifier_masked", "utter_message_deleted", "utter_message_not_deleted"
DANGER = f"me quiero matar, mi curp es {CURP}"
AT_TELEPHONE = intake.at("telephone", contact_way=["telephone", "Por teléfono"])
AT_STORY = intake.at("story")


def all_kept(ana: Chat) -> str:
    """Everything that is written down about the chat."""
    said = [[each.text, each.buttons] for each in ana.transcript()]
    conversation = [ana.get("state"), ana.pending]
    return json.dumps([said, conversation, [each.incoming for each in ana.inbox()]], ensure_ascii=False, default=str)


def payloads(ana: Chat) -> list[str]:
    """Of the buttons under the last notice."""
    [*_, notice] = [each for each in ana.transcript() if each.response == NOTICE]
    return [payload for _, payload in notice.buttons or ()]


# Kept


def test_the_transcript_the_inbox_and_rasa_get_no_identifier(ana: Chat) -> None:
    ana.says(SAID)
    assert ana.heard()[0].text == KEPT
    assert ana.asked == ["mi curp es y sale mal mi apellido"]
    assert ana.inbox()[0].incoming is None and CURP not in all_kept(ana)


def test_what_holds_no_identifier_is_kept_as_it_was(ana: Chat) -> None:
    ana.says("¿cuánto cuesta el pasaporte en 2026?")
    assert ana.heard()[0].text == ana.asked[0] == "¿cuánto cuesta el pasaporte en 2026?"
    assert ana.inbox()[0].incoming is not None


@pytest.mark.parametrize("way", ["caption", "voice", "correction", "forwarded"])
def test_it_is_masked_whatever_way_it_came(ana: Chat, way: str) -> None:
    if way == "caption":
        ana.sends(**{**telegram.file("photo"), "caption": SAID})
    elif way == "voice":
        ana.hears = SAID
        ana.sends(**telegram.file("voice"))
    elif way == "correction":
        ana.says("mi curp sale mal")
        ana.edits(SAID)
    else:
        ana.says(SAID, forward_origin={"type": "hidden_user", "sender_user_name": "Beto", "date": telegram.SENT_AT})
    assert KEPT in all_kept(ana) and CURP not in all_kept(ana) + "".join(ana.asked)


def test_staff_read_it_masked_and_nothing_is_said_while_they_hold_the_chat(ana: Chat) -> None:
    ana.person_holds()
    assert ana.says(SAID) == []
    assert ana.heard()[-1].text == KEPT and CURP not in all_kept(ana)


def test_what_waits_for_rasa_is_asked_again_masked(ana: Chat) -> None:
    ana.understands = None
    ana.says(SAID)
    ana.understands = THANKS
    said = ana.asks_again(ana.heard()[0].text)
    assert NOTICE not in said and ana.asked[-1] == "mi curp es y sale mal mi apellido" and CURP not in all_kept(ana)


@pytest.mark.parametrize("fails", [False, True])
def test_no_log_holds_it(ana: Chat, fails: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG)
    if fails:
        monkeypatch.setattr(turns, "typed_command", lambda turn, incoming: 1 / 0)
        with pytest.raises(turns.TurnFailedError) as failed:
            ana.says(SAID)
        logging.getLogger("bot.test").error("it failed", exc_info=failed.value)
    else:
        ana.says(SAID)
    assert CURP not in caplog.text


# Told


def test_the_person_is_told_after_the_answer_and_may_have_it_deleted(ana: Chat) -> None:
    assert ana.says(SAID) == ["utter_thank", NOTICE]
    assert payloads(ana) == [f"/delete_message={ana.number}"]
    assert "una CURP" in ana.transcript()[-1].text


def test_every_kind_is_named_once(ana: Chat) -> None:
    ana.says(f"mi curp {CURP}, mi tarjeta {CARD} y mi otro curp {CURP}")
    assert "una CURP, un número de tarjeta." in ana.transcript()[-1].text


def test_it_is_told_once_a_day(ana: Chat) -> None:
    assert NOTICE in ana.says(SAID)
    assert NOTICE not in ana.says(f"mi teléfono es {TELEPHONE}")
    ana.later(hours=25)
    assert NOTICE in ana.says(SAID)


def test_a_danger_is_answered_without_it(ana: Chat) -> None:
    said = ana.says(DANGER)
    assert len(said) == 1 and NOTICE not in said
    assert CURP not in all_kept(ana) and ana.inbox()[0].incoming is None
    assert NOTICE in ana.says(SAID)


def test_too_many_messages_are_not_answered_with_it(ana: Chat) -> None:
    for _ in range(30):
        ana.says("mil gracias")
    assert ana.says(SAID) == ["utter_too_many"]
    assert CURP not in all_kept(ana)


def test_a_corrected_message_that_is_answered_the_same_is_not_answered_again(ana: Chat) -> None:
    ana.says(SAID)
    assert ana.edits(SAID + ", mil gracias") == ["utter_correction_same"]
    assert ana.edits(SAID + ", mil gracias") == []


def test_a_door_that_is_not_sent_to_offers_no_deletion(ana: Chat) -> None:
    ana.bot_id = "web"
    assert NOTICE in ana.says(SAID)
    assert payloads(ana) == []


# Deleted


def test_the_button_deletes_the_message(ana: Chat) -> None:
    ana.says(SAID)
    number = ana.number
    assert ana.presses(f"/delete_message={number}") == [DELETED]
    assert [row.door_ids for row in ana.outbox(call=Call.DELETE)] == [[number]]


def test_the_title_of_the_button_may_be_typed(ana: Chat) -> None:
    ana.says(SAID)
    assert ana.says("borrar mi mensaje") == [DELETED]


def test_what_was_not_offered_is_not_deleted(ana: Chat) -> None:
    ana.says("mil gracias")
    assert ana.presses(f"/delete_message={ana.number}") == ["utter_button_unknown"]
    assert ana.outbox(call=Call.DELETE) == []


@pytest.mark.parametrize(("age", "said"), [(timedelta(hours=47), DELETED), (timedelta(hours=49), NOT_DELETED)])
def test_what_telegram_no_longer_lets_us_delete_is_said_so(ana: Chat, age: timedelta, said: str) -> None:
    ana.says(SAID)
    ana.now += age
    assert said in ana.presses(f"/delete_message={ana.number}")
    assert len(ana.outbox(call=Call.DELETE)) == (said == DELETED)


# Questions of ours


def test_the_telephone_that_is_asked_for_is_taken_and_not_kept_elsewhere(ana: Chat) -> None:
    ana.is_at(AT_TELEPHONE)
    assert ana.says(TELEPHONE) == ["ask_referral_intake_consent"]
    assert ana.answers["telephone"] == "2227654321"
    assert ana.heard()[-1].text == "[teléfono …21]" and ana.inbox()[-1].incoming is None


def test_a_telephone_that_is_corrected_is_heard_even_where_the_masked_texts_are_the_same(ana: Chat) -> None:
    ana.is_at(AT_TELEPHONE)
    ana.says(TELEPHONE)
    assert ana.edits("222 565 4321") == ["utter_correction_in_form", "ask_referral_intake_consent"]


def test_another_identifier_there_is_told(ana: Chat) -> None:
    ana.is_at(AT_TELEPHONE)
    ana.understands = NOT_UNDERSTOOD
    said = ana.says(SAID)
    assert NOTICE in said and said[-1] == "ask_referral_intake_telephone"
    assert CURP not in all_kept(ana)


def test_a_story_is_taken_without_it_and_the_next_question_stays_last(ana: Chat) -> None:
    ana.is_at(AT_STORY)
    ana.understands = NOT_UNDERSTOOD
    assert ana.says(f"no me pagaron, {SAID}") == [NOTICE, "ask_referral_intake_municipality"]
    assert ana.answers["story"] == f"no me pagaron, {KEPT}"
    assert CURP not in all_kept(ana)


def test_only_what_the_person_typed_is_masked(ana: Chat) -> None:
    ana.says("¿a dónde llamo?")
    ana.person_holds()
    ana.staff_says(f"Llame al {TELEPHONE}")
    assert [each.text for each in ana.transcript() if each.direction is Direction.STAFF] == [f"Llame al {TELEPHONE}"]
