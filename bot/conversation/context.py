"""A turn in the making: the conversation, what is said so far, and writing it all down at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.content.danger import DangerDetector
from bot.content.published import Content
from bot.conversation import inbox
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.replies import Reply, render
from bot.errors import RefusedError
from bot.questionnaires.run import Progress, ask, unpause
from bot.rasa.client import Understanding
from bot.records.conversations import ButtonOffer, Conversation, Direction, Message
from bot.records.deliveries import OutboxMessage, OutboxState

MEXICO = ZoneInfo("America/Mexico_City")
PUSHED = "telegram:"  # doors whose replies have to be sent; the others come and fetch them


@dataclass(frozen=True)
class Surroundings:
    """What a turn needs from outside, taken once so that a publish in the middle changes nothing."""

    content: Content
    detector: DangerDetector
    worker: str
    model: str
    now: datetime


@dataclass(frozen=True)
class Taken:
    """What a turn came to, for the door that waits for it."""

    replies: tuple[Reply, ...]
    intent: str | None
    confidence: float | None
    language: str
    safety: str | None


_CONVERSATION = select(Conversation).where(Conversation.bot_id == bindparam("bot"), Conversation.chat == bindparam("chat"))
_OFFERED = select(ButtonOffer.payload).where(
    ButtonOffer.conversation_id == bindparam("conversation"), ButtonOffer.payload == bindparam("payload")
)
_messages = cast(Table, Message.__table__)
_MESSAGE = insert(_messages)
_DELIVERY = insert(cast(Table, OutboxMessage.__table__))
_OFFER = {
    name: dialect.insert(ButtonOffer.__table__).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


class LeaseLostError(RefusedError):
    """Another process took the update over: this turn is rolled back."""


@dataclass
class Turn:
    session: Session
    claimed: inbox.Claimed
    around: Surroundings
    conversation: Conversation
    incoming: Incoming
    replies: list[Reply] = field(default_factory=list)
    understanding: Understanding | None = None
    safety: str | None = None
    unanswered: bool = False
    asked_already: bool = False  # the pending question of the questionnaire is among the replies, or must not be

    @classmethod
    def open(cls, session: Session, claimed: inbox.Claimed, around: Surroundings) -> "Turn":
        conversation = session.scalar(_CONVERSATION, {"bot": claimed.bot_id, "chat": claimed.chat})
        if conversation is None:
            conversation = Conversation(
                bot_id=claimed.bot_id, chat=claimed.chat, chat_id=claimed.chat_id, language="es", state=None, questionnaire=None,
                misses=0, created_at=around.now, updated_at=around.now,
            )  # fmt: skip
            session.add(conversation)
            session.flush()
        return cls(session, claimed, around, conversation, claimed.incoming)

    @property
    def content(self) -> Content:
        return self.around.content

    @property
    def now(self) -> datetime:
        return self.around.now

    @property
    def language(self) -> str:
        return self.conversation.language

    def say(self, name: str, **variables: str) -> None:
        """One more reply, from the response of that name."""
        self.replies.append(render(self.content, name, self.language, self.now.astimezone(MEXICO).date(), variables))

    def was_offered(self, payload: str) -> bool:
        return self.session.scalar(_OFFERED, {"conversation": self.conversation.id, "payload": payload}) is not None

    def remember_subject(self, intent: str) -> None:
        """A button named the question: a follow-up ("¿y cuánto cuesta?") will be about it."""
        topic = self.content.topic_of(intent)
        if topic and topic != "dialogue":
            slots = {**(self.conversation.state or {}).get("slots", {}), "topic": topic, "last_answer": intent}
            self.conversation.state = {"slots": slots}

    @property
    def progress(self) -> Progress | None:
        stored = self.conversation.questionnaire
        if not stored or stored["name"] not in self.content.questionnaires:
            return None
        return Progress.from_json(stored)

    def set_progress(self, progress: Progress | None) -> None:
        self.conversation.questionnaire = progress.to_json() if progress else None

    def ask_step(self, with_help: bool = False) -> None:
        """The pending question of the questionnaire, once a turn."""
        progress = self.progress
        if progress and not self.asked_already:
            self.asked_already = True
            if progress.paused:
                progress = unpause(progress)
                self.set_progress(progress)
            self.replies.append(ask(self.content, self.content.questionnaires[progress.name], progress, self.language, with_help))

    def keep_quiet_about_questionnaire(self) -> None:
        self.asked_already = True

    def close(self) -> Taken:
        """Write down what was said and what is to be sent, and mark the update done: all in this transaction."""
        if self.replies:
            self.ask_step()
            if self.incoming.was_cut and not self.safety:
                self.say("utter_text_cut")
                self.replies.insert(0, self.replies.pop())
        self.session.execute(_MESSAGE, [self._incoming_row()])
        put(self.session, self.conversation, self.replies, Direction.OUT, self.around, self.claimed.id)
        self.conversation.updated_at = self.now
        if not inbox.finish(self.session, self.claimed.id, self.around.worker, self.now):
            raise LeaseLostError("Otro proceso ya tomó este mensaje")
        understood = self.understanding
        intent, confidence = (understood.intent, understood.confidence) if understood else (None, None)
        return Taken(tuple(self.replies), intent, confidence, self.language, self.safety)

    def _incoming_row(self) -> dict[str, Any]:
        understood = self.understanding
        return _row(
            self.conversation, self.around, self.claimed.id, Direction.IN, 0,
            text=self.incoming.text or self.incoming.payload or f"[{self.incoming.kind}]",
            intent=understood.intent if understood else None, confidence=understood.confidence if understood else None,
            decision=understood.decision if understood else None, safety=self.safety, unanswered=True if self.unanswered else None,
            response="deferred" if self.incoming.kind is Kind.DEFERRED else None,
        )  # fmt: skip


def put(
    session: Session,
    conversation: Conversation,
    replies: Sequence[Reply],
    direction: Direction,
    around: Surroundings,
    inbox_id: int | None = None,
) -> None:
    """Messages to the person: in the transcript, their buttons on offer, and on their way if the door has to be sent to."""
    if not replies:
        return
    rows = [
        _row(
            conversation, around, inbox_id, direction, place, text=reply.text, response=reply.response,
            buttons=[[button.title, button.payload] for button in reply.buttons] or None,
        )
        for place, reply in enumerate(replies)
    ]  # fmt: skip
    if conversation.bot_id.startswith(PUSHED):
        ids = session.execute(_MESSAGE.returning(_messages.c.id, sort_by_parameter_order=True), rows).scalars()
        deliveries = [
            {"bot_id": conversation.bot_id, "conversation_id": conversation.id, "message_id": each, "chat_id": conversation.chat_id,
             "state": OutboxState.QUEUED, "attempts": 0, "unknown": 0, "created_at": around.now}
            for each in ids
        ]  # fmt: skip
        session.execute(_DELIVERY, deliveries)
    else:
        session.execute(_MESSAGE, rows)
    payloads = {button.payload for reply in replies for button in reply.buttons}
    if payloads:
        offers = [{"conversation_id": conversation.id, "payload": payload, "offered_at": around.now} for payload in payloads]
        session.execute(_OFFER[session.get_bind().dialect.name], offers)


def _row(
    conversation: Conversation, around: Surroundings, inbox_id: int | None, direction: Direction, place: int, **values: Any
) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("buttons", "response", "intent", "confidence", "decision", "safety", "unanswered"))
    known = {"conversation_id": conversation.id, "inbox_id": inbox_id, "direction": direction, "place": place, "created_at": around.now}
    return {**empty, **known, "content_version": around.content.version, "model_version": around.model, **values}
