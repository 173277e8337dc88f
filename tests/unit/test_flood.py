"""How much of one chat is answered one by one; what was said over hours and comes at once is no flood."""

from bot.conversation.flood import BUDGET
from bot.records.deliveries import OutboxState
from tests import telegram_json as telegram
from tests.chats import Chat

DANGER, OTHER_DANGER = "me quiero matar", "me secuestraron y no me dejan salir"


def fill(ana: Chat, seconds: float = 1.0) -> None:
    """As many messages as are answered, so many seconds apart."""
    for _ in range(BUDGET):
        assert ana.says("gracias") == ["utter_thank"]
        ana.later(seconds=seconds)


def test_one_message_too_many_in_a_minute_is_said_once_and_then_silence(ana: Chat) -> None:
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]
    assert [ana.says("gracias") for _ in range(5)] == [[]] * 5


def test_what_is_not_answered_is_written_down(ana: Chat) -> None:
    fill(ana)
    for number in range(5):
        ana.says(f"mensaje {number}")
    assert [(each.text, each.decision) for each in ana.heard()[-5:]] == [(f"mensaje {number}", "flood") for number in range(5)]
    assert len(ana.asked) == BUDGET


def test_as_many_in_more_than_a_minute_are_all_answered(ana: Chat) -> None:
    fill(ana, seconds=2.1)
    assert ana.says("gracias") == ["utter_thank"]


def test_after_a_quiet_minute_all_is_answered_again(ana: Chat) -> None:
    fill(ana)
    ana.says("gracias")
    ana.says("gracias")
    ana.later(seconds=61)
    assert ana.says("gracias") == ["utter_thank"]


def test_a_second_flood_is_said_again(ana: Chat) -> None:
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]
    ana.later(seconds=61)
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]


def test_danger_is_answered_in_a_flood_and_not_the_same_one_over_and_over(ana: Chat) -> None:
    fill(ana)
    ana.says("gracias")
    first = ana.takes(telegram.text(DANGER, at=int(ana.now.timestamp())))
    assert first.safety is not None and first.replies
    assert ana.says(DANGER) in ([], ["utter_too_many"])
    other = ana.takes(telegram.text(OTHER_DANGER, at=int(ana.now.timestamp())))
    assert other.safety not in (None, first.safety) and other.replies
    assert [each.safety for each in ana.heard()[-3:]] == [first.safety, first.safety, other.safety]


def test_danger_that_is_answered_in_a_flood_does_not_let_it_be_said_again_that_it_is_one(ana: Chat) -> None:
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]
    ana.says(DANGER)
    assert ana.says("gracias") == []


def test_buttons_and_files_count_too(ana: Chat) -> None:
    fill(ana)
    assert ana.presses("/help") == ["utter_too_many"]
    assert ana.sends(**telegram.file("photo")) == []
    assert len(ana.attachments()) == 1, "it is kept for staff all the same"


def test_who_wants_to_be_forgotten_is_in_a_flood_too(ana: Chat) -> None:
    fill(ana)
    ana.says("gracias")
    assert ana.says("olvidar") == ["utter_forgotten"]


def test_a_flood_of_one_chat_is_not_one_of_another(ana: Chat) -> None:
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]
    beto = Chat(ana.database, ana.around)
    assert beto.says("gracias") == ["utter_thank"]


def test_what_was_said_over_hours_and_comes_at_once_is_no_flood(ana: Chat) -> None:
    """Telegram keeps what is said while we are down for a day."""
    start = int(ana.now.timestamp()) - 10 * 3600
    for number in range(BUDGET + 10):
        said = ana.sends(text="gracias", at=start + number * 900)
        assert said[-1] == "utter_thank"
    assert len(ana.asked) == BUDGET + 10


def test_what_was_said_in_a_minute_and_comes_hours_later_is_a_flood(ana: Chat) -> None:
    start = int(ana.now.timestamp()) - 10 * 3600
    said = [ana.sends(text="gracias", at=start + number) for number in range(BUDGET + 3)]
    assert said[BUDGET][-1] == "utter_too_many" and said[BUDGET + 1 :] == [[], []]


def test_a_clock_of_telegrams_that_is_ahead_of_ours_changes_nothing(ana: Chat) -> None:
    ahead = int(ana.now.timestamp()) + 3600
    for _ in range(BUDGET):
        ana.sends(text="gracias", at=ahead)
    assert ana.sends(text="gracias", at=ahead) == ["utter_too_many"]
    assert max(each.created_at for each in ana.heard()) <= ana.now


def test_questions_that_waited_for_rasa_are_all_answered(ana: Chat) -> None:
    for _ in range(BUDGET + 3):
        assert ana.asks_again("¿cuánto cuesta el pasaporte?") == ["utter_late_answer", "utter_thank"]


def test_a_question_that_waited_for_rasa_is_answered_in_a_flood_too(ana: Chat) -> None:
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]
    assert ana.asks_again("¿cuánto cuesta el pasaporte?") == ["utter_late_answer", "utter_thank"]


def test_questions_that_waited_for_rasa_are_not_counted_against_the_person(ana: Chat) -> None:
    for _ in range(BUDGET):
        ana.asks_again("¿cuánto cuesta el pasaporte?")
    assert ana.says("gracias") == ["utter_thank"]


def test_an_old_message_corrected_after_a_long_talk_is_no_flood(ana: Chat) -> None:
    ana.says("mil grasias")
    first, at = ana.number, int(ana.now.timestamp())
    for _ in range(BUDGET):
        ana.later(minutes=5)
        ana.says("gracias")
    raw = telegram.edited("mil gracias", first, at=at, edit_date=int(ana.now.timestamp()))
    assert ana.gets(raw) == ["utter_correction_noted"]


def test_while_a_person_holds_the_ticket_a_flood_is_not_said(ana: Chat) -> None:
    ana.person_holds()
    assert [ana.says("gracias") for _ in range(BUDGET + 5)] == [[]] * (BUDGET + 5)


def test_a_person_is_asked_for_in_any_flood_once(ana: Chat) -> None:
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]
    assert ana.says("persona")[-1] == "utter_person_requested"
    assert ana.says("persona") in ([], ["utter_too_many"])


def test_alto_is_heard_in_any_flood(ana: Chat) -> None:
    fill(ana)
    assert ana.says("gracias") == ["utter_too_many"]
    assert ana.outbox(state=OutboxState.QUEUED)
    assert ana.says("alto") == []
    assert not ana.outbox(state=OutboxState.QUEUED)
