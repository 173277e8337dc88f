"""One message as a reader sees it: masked, with what stood before it and what the assistant answered; that it was read is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import Action, Actor, Field, Sight, sight
from bot.records.conversations import UNDERSTOOD, Conversation, Direction, Message
from bot.records.reviews import Review
from bot.review import sample
from bot.review.masking import mask
from bot.review.sample import Item

BEFORE, MOST_ANSWERS = 2, 6
NOT_FOUND = "Ese mensaje ya no se puede revisar: se borró, es muy antiguo o no es una pregunta al asistente. Vuelva a la lista."


@dataclass(frozen=True)
class Said:
    """`text` is None where it is not shown: an answer to a question of ours, words of the staff, an answer with the person's own data."""

    who: Direction
    text: str | None
    response: str | None = None


@dataclass(frozen=True)
class Opinion:
    who: str
    intent: str
    is_gap: bool
    is_final: bool
    comment: str | None


@dataclass(frozen=True)
class Reading:
    item: Item
    text: str
    before: tuple[Said, ...]
    answers: tuple[Said, ...]
    mine: Opinion | None
    others: tuple[Opinion, ...]  # empty until this reader has given theirs

    @property
    def given(self) -> tuple[Opinion, ...]:
        return (self.mine, *self.others) if self.mine else ()

    @property
    def is_settled(self) -> bool:
        return any(each.is_final for each in self.given)

    @property
    def differ(self) -> bool:
        return len({each.intent for each in self.given}) > 1


def read(session: Session, actor: Actor, message_id: int, content: Content, now: datetime) -> Reading:
    """Raises RefusedError."""
    if sight(actor.role, Field.TRANSCRIPT) not in (Sight.MASKED, Sight.CLEAR):
        raise RefusedError("Su papel no ve mensajes")
    message, item = message_of(session, actor, message_id, now)
    reading = _reading(session, actor, message, item, content)
    audit.write(session, actor, Action.REVIEW_READ, reference_of(session, message), now)
    return reading


def message_of(session: Session, actor: Actor, message_id: int, now: datetime) -> tuple[Message, Item]:
    """Raises RefusedError for what no reader is given."""
    item = sample.find(session, actor.name, message_id, now)
    message = session.get(Message, message_id)
    if item is None or message is None:
        raise RefusedError(NOT_FOUND)
    return message, item


def reference_of(session: Session, message: Message) -> str:
    return session.get_one(Conversation, message.conversation_id).reference


def reviews_of(session: Session, message_id: int) -> Sequence[Review]:
    return session.scalars(select(Review).where(Review.message_id == message_id).order_by(Review.id)).all()


def answers_to(session: Session, message: Message) -> list[Message]:
    """What the assistant said to it, in order."""
    query = select(Message).where(Message.conversation_id == message.conversation_id, Message.id > message.id).order_by(Message.id)
    found: list[Message] = []
    for each in session.scalars(query.limit(MOST_ANSWERS)):
        if each.direction is Direction.IN:
            break
        found.append(each)
    return found


def _reading(session: Session, actor: Actor, message: Message, item: Item, content: Content) -> Reading:
    earlier = select(Message).where(Message.conversation_id == message.conversation_id, Message.id < message.id)
    before = list(session.scalars(earlier.order_by(Message.id.desc()).limit(BEFORE)))[::-1]
    reviews = reviews_of(session, message.id)
    opinions = [Opinion(each.who, each.intent, each.is_gap, each.is_final, each.comment) for each in reviews]
    mine = next((each for each in opinions if each.who == actor.name), None)
    others = tuple(each for each in opinions if each.who != actor.name) if mine else ()
    return Reading(
        item, mask(message.text, content), tuple(said(each, content) for each in before),
        tuple(said(each, content) for each in answers_to(session, message)), mine, others,
    )  # fmt: skip


def said(message: Message, content: Content) -> Said:
    if message.direction is Direction.IN:
        understood = message.decision in UNDERSTOOD or message.safety is not None
        pressed = content.titles.get(message.text.removeprefix("/")) if message.text.startswith("/") else None  # a question's own button
        return Said(message.direction, mask(message.text, content) if understood else pressed)
    if message.direction is Direction.STAFF:
        return Said(message.direction, None)
    return Said(message.direction, mask(message.text, content) if _is_same_for_all(message, content) else None, message.response)


def _is_same_for_all(message: Message, content: Content) -> bool:
    """What holds a variable may repeat the person's own answers."""
    response = content.responses.get(message.response or "")
    return response is not None and not response.variables
