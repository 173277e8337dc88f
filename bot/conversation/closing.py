"""A conversation ends: the person has it forgotten on a shared telephone, nobody goes on with it for a day, or the chat moves.

What is forgotten here is what the next person at the telephone could see or continue. The records of the institution stay until their
own dates; erasing those is another request.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from bot.conversation import outbox
from bot.conversation.context import Turn
from bot.conversation.deferred import DEFERRED
from bot.conversation.inbox import chat_hash
from bot.conversation.transcript import PUSHED, new_conversation
from bot.handoff import tickets
from bot.records.columns import KeyRing
from bot.records.conversations import Conversation, Direction, Message, of_migrants
from bot.records.deliveries import InboxUpdate, OutboxMessage
from bot.referrals.notices import refuse_notices

IDLE = timedelta(hours=24)


def forget_chat(turn: Turn, arguments: Mapping[str, Any]) -> None:
    """The next message starts from nothing, and what Telegram still lets us delete goes from the screen. Works at any point, also while
    a person holds the chat: who writes may not be alone."""
    session, old = turn.session, turn.conversation
    ticket = tickets.open_of(session, old.id)
    if ticket:
        tickets.close(session, ticket.id, "person", turn.now)
    outbox.drop(session, old.id, "forgotten")
    _leave_unanswered(turn)
    seen = on_screen(session, old, turn.now - outbox.DELETABLE)
    old.former_chat, old.chat = old.chat, KeyRing.current().hash("forgotten", old.chat, str(old.id))
    old.state = old.questionnaire = old.dropped_at = None
    session.flush()
    turn.conversation = new_conversation(session, old.bot_id, turn.claimed.chat, turn.claimed.chat_id, old.language, turn.now)
    turn.conversation.language_from = old.language_from
    if old.bot_id.startswith(PUSHED):
        own = [int(turn.incoming.door_id)] if turn.incoming.door_id else []
        outbox.delete_messages(session, turn.conversation, sorted({*seen, *own}), turn.now)
    turn.say("utter_forgotten")


def _leave_unanswered(turn: Turn) -> None:
    """Questions that wait for Rasa are not answered any more, also those that are about to be asked again."""
    conversation = turn.conversation
    waiting = update(Message).where(Message.conversation_id == conversation.id, Message.unanswered.is_(True))
    turn.session.execute(waiting.values(unanswered=None))
    asked_again = update(InboxUpdate).where(
        InboxUpdate.bot_id == conversation.bot_id, InboxUpdate.chat == conversation.chat, InboxUpdate.done_at.is_(None),
        InboxUpdate.update_id.startswith(DEFERRED), InboxUpdate.id != turn.claimed.id,
    )  # fmt: skip
    turn.session.execute(asked_again.values(done_at=turn.now, incoming=None))


def on_screen(session: Session, conversation: Conversation, since: datetime) -> list[int]:
    """Telegram's names for what either side said since then."""
    theirs = select(Message.door_id).where(
        Message.conversation_id == conversation.id,
        Message.direction == Direction.IN,
        Message.door_id.is_not(None),
        Message.response.is_distinct_from("correction"),  # its date is not that of the message on the screen
        Message.created_at > since,
    )
    ours = select(OutboxMessage.door_id).where(
        OutboxMessage.conversation_id == conversation.id, OutboxMessage.door_id.is_not(None), OutboxMessage.sent_at > since
    )
    return [int(each) for query in (theirs, ours) for each in session.scalars(query) if each]


def stop_writing(turn: Turn, arguments: Mapping[str, Any]) -> None:
    stop_quietly(turn)
    turn.say("utter_stopped")


def stop_quietly(turn: Turn) -> None:
    """ "Alto": what is still queued is not sent, and no question stays open, ours or theirs. About their cases only when they ask."""
    outbox.drop(turn.session, turn.conversation.id, "stopped")
    refuse_notices(turn.session, turn.conversation, turn.hidden.text or turn.incoming.payload, turn.now)
    _leave_unanswered(turn)
    turn.set_progress(None)


def drop_idle(session: Session, now: datetime) -> int:
    """What nobody went on with for a day is forgotten: half a request may hold names. Half a lesson holds none, and waits. Returns in how
    many conversations."""
    pending = Conversation.questionnaire.is_not(None)
    idle = (
        update(Conversation)
        .where(Conversation.updated_at < now - IDLE, or_(Conversation.state.is_not(None), pending), of_migrants())
        .values(state=None, questionnaire=None, misses=0, dropped_at=case((pending, now), else_=Conversation.dropped_at))
    )
    return int(session.execute(idle).rowcount)  # type: ignore[attr-defined]


def drop_if_idle(turn: Turn) -> None:
    """The same for one conversation, whose person comes back before the others are looked at."""
    conversation = turn.conversation
    if conversation.updated_at < turn.now - IDLE and not turn.is_of_officials:  # a lesson waits for days
        if conversation.questionnaire:
            conversation.dropped_at = turn.now
        conversation.state = conversation.questionnaire = None
        conversation.misses = 0


def move_chat(session: Session, conversation: Conversation, chat_id: str) -> None:
    """Telegram gave the chat another number."""
    conversation.chat_id = chat_id
    outbox.move(session, conversation.id, chat_id)
    chat = chat_hash(conversation.bot_id, chat_id)
    taken = session.scalar(select(Conversation.id).where(Conversation.bot_id == conversation.bot_id, Conversation.chat == chat))
    if taken is None:
        conversation.chat = chat
