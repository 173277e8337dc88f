"""A conversation ends: forgotten on a shared telephone, left alone for a day, or stopped."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.conversation import closing, deferred, inbox, outbox
from bot.conversation.outbox import DELETABLE, DELETED_AT_ONCE
from bot.records.deliveries import Call, InboxUpdate, OutboxState
from bot.records.tickets import TicketState
from bot.referrals.lifecycle import FOLIO
from bot.telegram_adapter.updates import arrival_of
from tests import intake
from tests import telegram_json as telegram
from tests.chats import BOT, NOT_UNDERSTOOD, STAFF, Chat, names, understood

PASSPORT = understood("utter_thank", intent="thank", state={"slots": {"topic": "documents", "last_answer": "documents_passport"}})
HALF = intake.at("municipality", story=["Me llamo Ana Secreta", "Me llamo Ana Secreta"])


def deleted(ana: Chat) -> list[int]:
    """Telegram's numbers of the messages whose deletion is queued."""
    return [number for row in ana.outbox(call=Call.DELETE) for number in row.door_ids]


def has_referral(ana: Chat) -> str:
    """A request sent; its folio."""
    ana.is_at(intake.at("contact_way", **HALF.answers))
    ana.says("por este chat")
    ana.says("sí")
    assert ana.says("sí autorizo") == ["utter_referral_sent"]
    found = FOLIO.search(ana.transcript()[-1].text)
    assert found is not None
    return found[0]


# Forgotten


@pytest.mark.parametrize("word", ["/olvidar", "olvidar", "Borra este chat", "/forget", "bliye mwen"])
def test_after_forgetting_the_next_message_knows_nothing(ana: Chat, word: str) -> None:
    ana.understands = PASSPORT
    ana.says("cuánto cuesta el pasaporte")
    ana.is_at(HALF)
    ana.understands = NOT_UNDERSTOOD
    assert ana.says(word) == ["utter_forgotten"]
    assert (ana.pending, ana.get("state"), ana.get("misses")) == (None, None, 0)
    assert ana.says("cancelar") == ["utter_nothing_to_cancel"]


def test_who_forgot_is_still_written_to_in_the_chosen_language(ana: Chat) -> None:
    ana.says("idioma")
    ana.presses("/change_language=en")
    ana.says("olvidar")
    assert ana.get("language") == "en"


def test_what_both_sides_said_in_two_days_is_deleted_from_the_chat(ana: Chat) -> None:
    ana.says("gracias")
    old = {ana.number, *ana.delivers(500)}
    ana.later(hours=47)
    ana.says("gracias")
    new = {ana.number, *ana.delivers(600)}
    ana.later(hours=2)
    ana.says("/olvidar")
    assert set(deleted(ana)) == {*new, ana.number} and old.isdisjoint(deleted(ana))
    assert timedelta(hours=49) > DELETABLE


def test_what_staff_wrote_is_deleted_from_the_chat_too(ana: Chat) -> None:
    ana.person_holds()
    ana.staff_says("Señora Ana Secreta, buenas tardes")
    sent = ana.delivers()
    ana.says("/olvidar")
    assert set(sent) <= set(deleted(ana))


def test_so_many_messages_are_deleted_with_each_call(ana: Chat) -> None:
    for _ in range(DELETED_AT_ONCE + 5):
        ana.later(minutes=1)
        ana.sends(**telegram.DICE)
    ana.says("/olvidar")
    assert [len(row.door_ids) for row in ana.outbox(call=Call.DELETE)] == [DELETED_AT_ONCE, 6]
    assert len(set(deleted(ana))) == DELETED_AT_ONCE + 6


def test_the_screen_is_cleared_before_it_is_said_so_and_nothing_else_is_sent(ana: Chat) -> None:
    ana.says("gracias")
    ana.says("/olvidar")
    queued = sorted([*ana.outbox(state=OutboxState.QUEUED), *ana.outbox(call=Call.DELETE)], key=lambda row: row.id)
    assert [row.call for row in queued] == [Call.DELETE, Call.SEND]
    assert [row.failure for row in ana.outbox(state=OutboxState.FAILED)] == ["forgotten"]


def test_a_correction_of_an_old_message_does_not_make_it_deletable(ana: Chat) -> None:
    ana.says("mil grasias")
    old, at = ana.number, int(ana.now.timestamp())
    ana.later(hours=49)
    ana.gets(telegram.edited("mil gracias", old, at=at, edit_date=int(ana.now.timestamp())))
    ana.says("/olvidar")
    assert deleted(ana) == [ana.number]


def test_forgetting_closes_the_ticket_that_waits(ana: Chat) -> None:
    ana.person_waits()
    ticket = ana.call(ana.ticket)
    ana.says("/olvidar")
    assert not ana.has_ticket()
    assert ana.call(lambda session: session.get_one(type(ticket), ticket.id).state) is TicketState.RESOLVED


def test_forgetting_works_while_a_person_holds_the_ticket_who_can_write_no_more(ana: Chat) -> None:
    ana.person_holds()
    ticket = ana.call(ana.ticket)
    assert ana.says("/olvidar") == ["utter_forgotten"]
    assert ana.call(lambda session: session.get_one(type(ticket), ticket.id).state) is TicketState.RESOLVED
    assert ana.says("gracias") == ["utter_thank"]
    assert ticket.holder == STAFF


def test_old_buttons_are_dead_after_forgetting(ana: Chat) -> None:
    ana.says("ayuda")
    offered = [payload for _, payload in ana.transcript()[-1].buttons]
    ana.says("/olvidar")
    pressed = [ana.tried(telegram.pressed(payload), lambda session, taken: names(taken)) for payload in offered]
    assert pressed == [["utter_button_unknown"]] * len(offered)


def test_old_buttons_are_not_pressed_by_typing_their_titles_after_forgetting(ana: Chat) -> None:
    ana.says("ayuda")
    title = next(title for title, payload in ana.transcript()[-1].buttons if payload != "/talk_to_human")
    ana.says("/olvidar")
    ana.understands = NOT_UNDERSTOOD
    assert ana.says(title) == ["utter_fallback_rephrase"]


def test_an_answer_that_was_forgotten_is_no_subject_any_more(ana: Chat) -> None:
    ana.says("/start migrante_emprende")
    [number] = ana.delivers(987_001)
    ana.says("/olvidar")
    ana.understands = None
    ana.says("y cuánto cuesta", **telegram.reply_to(number))
    assert ana.get("state") is None


def test_questions_that_waited_for_rasa_are_forgotten(ana: Chat) -> None:
    """Otherwise the next person at the telephone reads them."""
    ana.understands = None
    ana.says("mi esposo me pega y quiero irme sin que sepa")
    ana.says("cuánto cuesta el pasaporte para Ana Secreta")
    assert len(waiting(ana)) >= 1
    ana.says("/olvidar")
    assert waiting(ana) == []


def waiting(ana: Chat) -> list[str]:
    """What is asked of Rasa again now."""

    def ask(session: Session) -> list[str]:
        deferred.ask_again(session, ana.now)
        rows = session.query(InboxUpdate).filter(InboxUpdate.bot_id == ana.bot_id, InboxUpdate.done_at.is_(None))
        found = [row.incoming["text"] for row in rows]
        session.rollback()
        return found

    return ana.call(ask)


def test_a_folio_is_still_answered_in_its_chat_and_in_no_other(ana: Chat) -> None:
    folio = has_referral(ana)
    ana.says("/olvidar")
    assert ana.says(folio) == ["utter_referral_status_of"]
    assert ana.says("otra vez") == ["utter_thank"]
    beto = Chat(ana.database, ana.around)
    beto.bot_id, beto.id = ana.bot_id, "555"
    stranger = {**telegram.PRIVATE, "id": 555}
    assert beto.gets(telegram.text(folio, chat=stranger)) == ["utter_referral_none"]
    beto.gets(telegram.text("/olvidar", chat=stranger))
    assert beto.gets(telegram.text(folio, chat=stranger)) == ["utter_referral_none"]


def test_a_folio_is_not_told_to_who_does_not_know_it(ana: Chat) -> None:
    folio = has_referral(ana)
    ana.says("/olvidar")
    ana.understands = understood("utter_referral_status", intent="referral_status")
    said = ana.says("cómo va mi caso")
    assert "utter_referral_status_of" not in said and not any(folio in each.text for each in ana.transcript()[-2:])


def test_forgetting_twice_and_a_chat_without_a_word_is_no_error(ana: Chat) -> None:
    assert [ana.says("/olvidar") for _ in range(3)] == [["utter_forgotten"]] * 3


# A day without a word


def test_half_a_request_is_dropped_after_a_day_and_that_is_said_once(ana: Chat) -> None:
    ana.is_at(HALF)
    ana.later(hours=25)
    assert ana.says("hola buenas") == ["utter_idle_closed", "utter_thank"]
    assert ana.pending is None
    assert ana.says("hola buenas") == ["utter_thank"]


def test_housekeeping_drops_it_before_the_person_comes_back_and_the_person_is_told_then(ana: Chat) -> None:
    ana.is_at(HALF)
    ana.later(hours=25)
    ana.call(lambda session: closing.drop_idle(session, ana.now))
    assert ana.pending is None and ana.get("state") is None
    ana.later(hours=48)
    assert ana.says("hola buenas") == ["utter_idle_closed", "utter_thank"]
    assert ana.says("hola buenas") == ["utter_thank"]


def test_within_a_day_the_request_goes_on(ana: Chat) -> None:
    ana.is_at(HALF)
    ana.later(hours=23, minutes=59)
    ana.call(lambda session: closing.drop_idle(session, ana.now))
    assert ana.says("Atlixco") == ["ask_referral_intake_contact_way"]


def test_who_had_nothing_half_done_is_told_nothing_and_the_subject_is_forgotten(ana: Chat) -> None:
    ana.understands = PASSPORT
    ana.says("cuánto cuesta el pasaporte")
    assert ana.get("state")["slots"]
    ana.later(hours=25)
    ana.call(lambda session: closing.drop_idle(session, ana.now))
    assert ana.get("state") is None
    ana.understands = understood("utter_thank")
    assert ana.says("hola buenas") == ["utter_thank"]


def test_what_was_dropped_stays_unsaid_while_a_person_holds_the_ticket(ana: Chat) -> None:
    ana.is_at(HALF)
    ana.person_holds()
    ana.later(hours=25)
    assert ana.says("hola buenas") == []
    ana.staff_closes()
    assert ana.says("hola buenas")[0] == "utter_idle_closed"


# Stopped


@pytest.mark.parametrize("word", ["alto", "/alto", "Stop", "kanpe"])
def test_who_says_stop_gets_nothing_that_was_queued_and_no_open_question(ana: Chat, word: str) -> None:
    ana.is_at(HALF)
    assert ana.says(word) == ["utter_stopped"]
    assert ana.pending is None
    states = [(row.state, row.failure) for row in ana.outbox()]
    assert states == [(OutboxState.FAILED, "stopped"), (OutboxState.QUEUED, None)]


def test_who_says_stop_is_not_answered_late(ana: Chat) -> None:
    ana.understands = None
    ana.says("cuánto cuesta el pasaporte")
    assert waiting(ana) == ["cuánto cuesta el pasaporte"]
    ana.says("alto")
    assert waiting(ana) == []


def test_who_says_stop_may_go_on_and_keeps_the_ticket(ana: Chat) -> None:
    ana.person_waits()
    ana.says("alto")
    assert ana.has_ticket() and ana.says("gracias") == ["utter_thank"]


@pytest.mark.parametrize(("word", "said"), [("/olvidar", "utter_forgotten"), ("alto", "utter_stopped")])
def test_a_question_about_to_be_asked_again_is_left_when_the_word_came_first(ana: Chat, word: str, said: str) -> None:
    """Rasa was back, and the question went behind the word in the inbox."""
    ana.understands = None
    ana.says("cuánto cuesta el pasaporte")
    arrival = arrival_of(telegram.text(word, number=900), BOT, ana.bot_id, ana.now)
    assert arrival is not None
    ana.call(lambda session: inbox.accept(session, [arrival]))
    ana.call(lambda session: deferred.ask_again(session, ana.now))
    ana.understands = PASSPORT
    assert [names(taken) for taken in ana.goes_on()] == [[said]]
    assert ana.inbox()[-1].incoming is None and len(ana.asked) == 1


@pytest.mark.parametrize("how", ["failed", "died"])
def test_what_was_under_way_and_failed_is_not_tried_again_after_forgetting(ana: Chat, how: str) -> None:
    ana.says("gracias")
    [delivery] = ana.call(lambda session: outbox.take(session, ana.bot_id, [], 5))
    ana.says("/olvidar")
    if how == "failed":
        failed = outbox.Outcome(delivery.id, "network", again=True)
        ana.call(lambda session: outbox.settle_and_take(session, [failed], ana.bot_id, [], 0, ana.now))
    else:
        ana.call(lambda session: outbox.recover(session, ana.bot_id))
    assert [(row.state, row.failure) for row in ana.outbox()] == [(OutboxState.FAILED, "forgotten"), (OutboxState.QUEUED, None)]
