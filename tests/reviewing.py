"""Messages to be read: what people say to the assistant and what it understands, for the tests of review."""

from typing import Any

from sqlalchemy.orm import Session

from bot.permissions import Actor
from bot.records.conversations import Message
from bot.records.staff import Role
from bot.review import opinions
from bot.review.opinions import Given
from tests.chats import Chat, understood

LUZ, MEMO, SARA = Actor("luz", Role.REVIEWER), Actor("memo", Role.REVIEWER), Actor("sara", Role.SUPERVISOR)
PASSPORT, VISA = "consular_passport", "consular_id_card"


def asks(chat: Chat, said: str, intent: str = PASSPORT, decision: str = "answer", confidence: float = 0.9) -> int:
    """A question and its answer; the number of the message."""
    response = {"answer": f"utter_{intent}", "suggest": "utter_suggest_1", "fallback": "utter_fallback"}[decision]
    chat.understands = understood(response, intent=intent, decision=decision, confidence=confidence)
    chat.says(said)
    return heard(chat).id


def heard(chat: Chat) -> Message:
    """What the person said last."""
    return chat.heard()[-1]


def reads(chat: Chat, actor: Actor, message_id: int, intent: str, **more: Any) -> None:
    def give(session: Session) -> None:
        opinions.give(session, actor, message_id, Given(intent, **more), chat.around.content, chat.now)

    chat.call(give)
