"""A corrected message is no new question, unless it corrects the last one."""

import pytest

from bot.conversation import deferred
from tests import intake
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, THANKS, Chat, understood

DANGER = "me quiero matar"
PASSPORT = understood("utter_help", intent="help")


def test_a_corrected_last_message_is_answered_anew_and_said_so(ana: Chat) -> None:
    ana.says("cuánto cuesta el pasaprote")
    ana.understands = PASSPORT
    assert ana.edits("cuánto cuesta el pasaporte") == ["utter_corrected", "utter_help"]
    assert ana.asked == ["cuánto cuesta el pasaprote", "cuánto cuesta el pasaporte"]


def test_a_correction_that_changes_nothing_in_the_answer_is_not_answered_with_the_same_again(ana: Chat) -> None:
    ana.says("mil grasias")
    assert ana.edits("mil gracias") == ["utter_correction_same"]


def test_the_same_text_edited_is_no_correction(ana: Chat) -> None:
    """So Telegram says that it shows a link's page, for instance."""
    ana.says("mil gracias")
    assert ana.edits("mil gracias") == []
    assert ana.edits(" mil gracias ") == []
    assert ana.asked == ["mil gracias"]


def test_a_message_is_compared_with_its_latest_wording(ana: Chat) -> None:
    ana.says("mil grasias")
    ana.edits("mil gracias")
    assert ana.edits("mil gracias") == []
    assert ana.edits("mil grasias") != []


def test_a_corrected_earlier_message_is_noted_and_no_new_question(ana: Chat) -> None:
    ana.says("mil gracias")
    first = ana.number
    ana.says("hola buenas")
    asked = len(ana.asked)
    assert ana.edits("mil gracias a todos", first) == ["utter_correction_noted"]
    assert len(ana.asked) == asked and ana.heard()[-1].text == "mil gracias a todos"


def test_every_wording_is_kept_under_the_messages_number(ana: Chat) -> None:
    ana.says("mil grasias")
    ana.edits("mil gracias")
    heard = ana.heard()
    assert [(each.text, each.response) for each in heard] == [("mil grasias", None), ("mil gracias", "correction")]
    assert {each.door_id for each in heard} == {str(ana.number)}


def test_a_correction_of_what_we_never_saw_is_answered_as_a_message(ana: Chat) -> None:
    assert ana.edits("mil gracias", 12) == ["utter_thank"]


def test_a_correction_of_what_nobody_saw_yesterday_is_not_said_to_come_late(ana: Chat) -> None:
    yesterday = int(ana.now.timestamp()) - 90_000
    assert ana.edits("mil gracias", 12, at=yesterday) == ["utter_thank"]


def test_a_corrected_caption_is_answered_and_the_file_is_kept_once(ana: Chat) -> None:
    ana.sends(**telegram.file("photo"), caption="mil grasias")
    ana.understands = PASSPORT
    raw = telegram.message("edited_message", number=ana.number, edit_date=telegram.SENT_AT, **telegram.file("photo"), caption="ayúdeme")
    assert ana.gets(raw) == ["utter_corrected", "utter_help"]
    assert len(ana.attachments()) == 1


def test_words_added_to_a_photo_are_answered(ana: Chat) -> None:
    ana.sends(**telegram.file("photo"))
    assert ana.edits("mil gracias") == ["utter_corrected", "utter_thank"]


def test_danger_in_a_correction_is_danger_also_of_an_earlier_message(ana: Chat) -> None:
    ana.says("hola buenas")
    first = ana.number
    ana.says("mil gracias")
    raw = telegram.edited(DANGER, first)
    danger = ana.takes(raw)
    assert danger.safety is not None and "utter_corrected" not in [reply.response for reply in danger.replies]


def test_a_command_written_correctly_at_last_is_done(ana: Chat) -> None:
    ana.says("persoan")
    assert ana.edits("persona") == ["utter_corrected", "utter_person_requested"]


def test_the_title_of_a_button_written_correctly_at_last_is_its_press(ana: Chat) -> None:
    ana.says("ayuda")
    title, payload = ana.transcript()[-1].buttons[0]
    ana.understands = NOT_UNDERSTOOD
    ana.says("zzz")
    would = ana.tried(telegram.pressed(payload), lambda session, taken: [reply.response for reply in taken.replies])
    assert ana.edits(title) == ["utter_corrected", *would]


def test_a_correction_is_heard_in_its_language_and_counts_as_a_message(ana: Chat) -> None:
    ana.says("mil grasias")
    ana.edits("mil gracias")
    assert len(ana.heard()) == 2


def test_a_folio_corrected_is_looked_for(ana: Chat) -> None:
    ana.says("PTE-26-ABCDE")
    assert ana.edits("PTE-26-ABCDEF") == ["utter_corrected", "utter_referral_none"]


def test_a_correction_while_rasa_is_down_is_answered_later(ana: Chat) -> None:
    ana.says("mil grasias")
    ana.understands = None
    assert ana.edits("cuánto cuesta el pasaporte") == ["utter_corrected", "utter_understanding_down"]
    assert ana.heard()[-1].unanswered is True


def test_a_correction_while_a_person_holds_the_ticket_is_written_down_in_silence(ana: Chat) -> None:
    ana.says("mil grasias")
    ana.person_holds()
    assert ana.edits("mil gracias") == []
    assert ana.heard()[-1].text == "mil gracias"
    assert ana.edits(DANGER) == ["utter_danger_while_assigned"]


# In the middle of a request


def at_municipality(ana: Chat) -> None:
    ana.is_at(intake.at("municipality"))


def test_an_answer_already_given_is_not_changed_by_an_edit(ana: Chat) -> None:
    at_municipality(ana)
    ana.says("Atlixco")
    before = ana.pending
    assert ana.edits("Naucalpan") == ["utter_correction_in_form", "ask_referral_intake_contact_way"]
    assert ana.pending == before


def test_an_answer_that_was_not_understood_may_be_corrected(ana: Chat) -> None:
    at_municipality(ana)
    ana.understands = NOT_UNDERSTOOD
    ana.says("Atlizzcoco norte sur")
    assert ana.pending is not None and ana.pending["misses"] == 1
    assert ana.edits("Atlixco") == ["utter_corrected", "ask_referral_intake_contact_way"]


def test_an_earlier_message_corrected_in_a_request_answers_none_of_its_questions(ana: Chat) -> None:
    ana.says("mil grasias")
    first = ana.number
    at_municipality(ana)
    ana.understands = NOT_UNDERSTOOD
    ana.says("Atlizzcoco norte sur")
    ana.understands = THANKS
    assert ana.edits("Atlixco", first) == ["utter_correction_in_form", "ask_referral_intake_municipality"]


@pytest.mark.parametrize("kind", ["forward", "reply"])
def test_an_edit_of_a_forwarded_or_replying_message_is_a_correction_like_any_other(ana: Chat, kind: str) -> None:
    more = telegram.FORWARDED if kind == "forward" else telegram.reply_to(55)
    ana.says("mil grasias", **more)
    assert ana.edits("mil gracias", **more)[-1] in {"utter_correction_same", "utter_thank"}


def test_the_last_message_is_still_the_last_after_it_was_asked_again(ana: Chat) -> None:
    ana.understands = None
    ana.says("cuánto cuesta el pasaprote")
    ana.call(lambda session: deferred.ask_again(session, ana.now))
    ana.understands = NOT_UNDERSTOOD
    assert len(ana.goes_on()) == 1
    ana.understands = PASSPORT
    assert ana.edits("cuánto cuesta el pasaporte") == ["utter_corrected", "utter_help"]
