"""An update whose turn failed again and again: a person gets it, and nobody is spoken to who should not be."""

from typing import Any

import pytest
from sqlalchemy import update

from bot.conversation import deferred, inbox
from bot.conversation.deferred import MOST_TRIES
from bot.conversation.turn import MOST_ATTEMPTS
from bot.records.deliveries import InboxUpdate
from bot.telegram_adapter.updates import arrival_of
from tests import telegram_json as telegram
from tests.chats import BOT, THANKS, Chat, names

FAILED = "utter_failed"


def gives_up(ana: Chat, raw: dict[str, Any]) -> list[str]:
    """What is said after the last attempt."""
    arrival = arrival_of(raw, BOT, ana.bot_id, ana.now)
    assert arrival is not None
    [accepted] = ana.call(lambda session: inbox.accept(session, [arrival]))
    tried = update(InboxUpdate).where(InboxUpdate.id == accepted.id).values(attempts=MOST_ATTEMPTS)
    ana.call(lambda session: session.execute(tried) and None)
    [taken] = ana.goes_on()
    return names(taken)


def test_who_wrote_it_is_told_and_a_person_gets_it_with_its_file(ana: Chat) -> None:
    assert gives_up(ana, telegram.message(**telegram.file("photo"))) == [FAILED]
    assert ana.has_ticket() and [each.kind for each in ana.attachments()] == ["photo"]


def test_while_a_person_holds_the_ticket_it_is_written_down_in_silence(ana: Chat) -> None:
    ana.person_holds()
    assert gives_up(ana, telegram.text("hola buenas")) == []
    assert ana.heard()[-1].text == "hola buenas"


@pytest.mark.parametrize("status", ["kicked", "member"])
def test_who_blocked_or_unblocked_us_is_told_nothing_and_asked_for_nobody(ana: Chat, status: str) -> None:
    ana.says("gracias")
    assert gives_up(ana, telegram.membership(status)) == [] and not ana.has_ticket()


def test_a_group_is_told_nothing_and_asked_for_nobody(ana: Chat) -> None:
    ana.id = str(telegram.GROUP["id"])
    assert gives_up(ana, telegram.text("hola a todos", chat=telegram.GROUP)) == [] and not ana.has_ticket()


def test_a_question_that_rasa_never_answers_is_given_to_a_person_after_three_more_tries(ana: Chat) -> None:
    """Rasa looks well and this question always fails."""
    ana.understands = None
    assert ana.says("cuánto cuesta la matrícula") == ["utter_understanding_down"]
    said = [asks_again(ana) for _ in range(MOST_TRIES)]
    assert said == [*([[]] * (MOST_TRIES - 1)), [FAILED]]
    assert ana.has_ticket()
    assert ana.call(lambda session: deferred.ask_again(session, ana.now)) == 0, "it is asked again for ever"


def test_a_question_that_is_answered_in_the_end_calls_nobody(ana: Chat) -> None:
    ana.understands = None
    ana.says("cuánto cuesta la matrícula")
    asks_again(ana)
    ana.understands = THANKS
    assert asks_again(ana) == ["utter_late_answer", "utter_thank"] and not ana.has_ticket()


def asks_again(ana: Chat) -> list[str]:
    ana.later(minutes=2)
    assert ana.call(lambda session: deferred.ask_again(session, ana.now, deferred.AGAIN_AFTER)) == 1
    [taken] = ana.goes_on()
    return names(taken)
