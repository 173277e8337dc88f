"""A turn in the making: the conversation, what is said so far, and writing it all down at the end."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.conversation import inbox
from bot.content.danger import DangerDetector
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.replies import Reply, render
from bot.errors import RefusedError
from bot.questionnaires.run import Progress, ask
from bot.rasa.client import Understanding
from bot.records.conversations import ButtonOffer, Conversation, Direction, Message
from bot.records.deliveries import OutboxMessage

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
        query = select(Conversation).where(Conversation.bot_id == claimed.bot_id, Conversation.chat == claimed.chat)
        conversation = session.scalar(query)
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
        return self.session.get(ButtonOffer, (self.conversation.id, payload)) is not None

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
            self.replies.append(ask(self.content, self.content.questionnaires[progress.name], progress, self.language, with_help))

    def keep_quiet_about_questionnaire(self) -> None:
        self.asked_already = True

    def close(self) -> None:
        """Write down what was said and what is to be sent, and mark the update done: all in this transaction."""
        if self.replies:
            self.ask_step()
        message = self._incoming_message()
        self.session.add(message)
        for place, reply in enumerate(self.replies):
            put(self.session, self.conversation, reply, Direction.OUT, self.around, self.claimed.id, place)
        self.conversation.updated_at = self.now
        if not inbox.finish(self.session, self.claimed.id, self.around.worker, self.now):
            raise LeaseLostError("The update was taken over by another process")

    def _incoming_message(self) -> Message:
        understood = self.understanding
        text = self.incoming.text or self.incoming.payload or f"[{self.incoming.kind}]"
        return Message(
            conversation_id=self.conversation.id, inbox_id=self.claimed.id, direction=Direction.IN, place=0, text=text,
            intent=understood.intent if understood else None, confidence=understood.confidence if understood else None,
            decision=understood.decision if understood else None, safety=self.safety, unanswered=True if self.unanswered else None,
            content_version=self.content.version, model_version=self.around.model, created_at=self.now,
            response="deferred" if self.incoming.kind is Kind.DEFERRED else None,
        )  # fmt: skip


def put(
    session: Session, conversation: Conversation, reply: Reply, direction: Direction, around: Surroundings, inbox_id: int | None = None, place: int = 0
) -> Message:
    """One message to the person: in the transcript, its buttons on offer, and on its way if the door has to be sent to."""
    message = Message(
        conversation_id=conversation.id, inbox_id=inbox_id, direction=direction, place=place, text=reply.text,
        buttons=[[button.title, button.payload] for button in reply.buttons] or None, response=reply.response,
        content_version=around.content.version, model_version=around.model, created_at=around.now,
    )  # fmt: skip
    session.add(message)
    if reply.buttons:
        _offer(session, conversation, reply, around)
    if conversation.bot_id.startswith(PUSHED):
        session.flush()
        session.add(
            OutboxMessage(bot_id=conversation.bot_id, conversation_id=conversation.id, message_id=message.id, chat_id=conversation.chat_id, created_at=around.now)
        )
    return message


def _offer(session: Session, conversation: Conversation, reply: Reply, around: Surroundings) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [{"conversation_id": conversation.id, "payload": payload, "offered_at": around.now} for payload in {button.payload for button in reply.buttons}]
    session.execute(dialect.insert(ButtonOffer).values(rows).on_conflict_do_nothing())


