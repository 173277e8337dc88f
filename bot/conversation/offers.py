"""The buttons on offer in a conversation: by what was pressed, by the title that was typed, and by how they begin."""

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from bot.questionnaires.answer_words import NO, YES
from bot.records.conversations import ButtonOffer, Conversation, Direction, Message
from nlu.components.spelling import by_sound, plain

_OFFERED = select(ButtonOffer.payload).where(
    ButtonOffer.conversation_id == bindparam("conversation"),
    or_(ButtonOffer.payload == bindparam("pressed"), ButtonOffer.key == bindparam("pressed")),
)
_LAST_BUTTONS = (
    select(Message.buttons)
    .where(Message.conversation_id == bindparam("conversation"), Message.direction == Direction.OUT, Message.buttons.is_not(None))
    .order_by(Message.id.desc())
    .limit(10)
)


def of(session: Session, conversation: Conversation, pressed: str) -> str | None:
    """What the button with that data does, if it was offered to this chat."""
    return session.scalar(_OFFERED, {"conversation": conversation.id, "pressed": pressed})


def named(session: Session, conversation: Conversation, typed: str) -> str | None:
    """What the button of that title does, as `plain` writes it; a plain yes or no is one of the last message's."""
    latest = _latest(session, conversation)
    found = (payload for buttons in latest for title, payload in buttons if plain(title) == typed)
    return next(found, _yes_or_no(latest[0], typed) if latest else None)


def last_of(session: Session, conversation: Conversation, beginning: str) -> str:
    """What followed the "=" in the latest payload that began so; empty when there was none among the last messages."""
    payloads = (payload.partition("=") for buttons in _latest(session, conversation) for _, payload in buttons)
    return next((value for name, _, value in payloads if name == beginning), "")


def _latest(session: Session, conversation: Conversation) -> list[list[list[str]]]:
    return [buttons for buttons in session.scalars(_LAST_BUTTONS, {"conversation": conversation.id}) if buttons]


def _yes_or_no(buttons: list[list[str]], typed: str) -> str | None:
    """What a plain yes or no presses of the last message's buttons: `/attended=yes.…`."""
    sound = by_sound(typed)
    meant = "=yes." if sound in YES else "=no." if sound in NO else None
    return next((payload for _, payload in buttons if meant and meant in payload and payload.startswith("/")), None)
