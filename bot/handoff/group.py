"""What members of the staff write and press in their group on Telegram: taken from the inbox like all updates, and never shown to Rasa.

A topic leads to its conversation by its number alone. What the holder of the ticket writes there is the reply, by the same service and the
same rules as in the console; from anybody else nothing goes to the person, and they are told so.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot import audit
from bot.accounts import telegram_link
from bot.conversation import inbox
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import alerts, attending, group_topics, notes, replies, tickets
from bot.handoff.replies import Outcome
from bot.permissions import Action, Actor, require
from bot.records.columns import KeyRing
from bot.records.conversations import Direction, Message
from bot.records.staff import Staff
from bot.records.tickets import GroupNotice, GroupTopic, Ticket, TicketState

MOST_ATTEMPTS = 3
TOLD_AGAIN_AFTER = timedelta(hours=24)
NOTE = "//"
_COMMAND = re.compile(r"/([a-z]+)(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_SAID = {Outcome.BLOCKED: "blocked", Outcome.PROPOSED: "proposed", Outcome.OVERTAKEN: "overtaken"}


class GroupFailedError(Exception):
    """Dealing with `claimed` raised something unforeseen; it and its claim are rolled back."""

    def __init__(self, claimed: inbox.Claimed) -> None:
        super().__init__(f"update {claimed.id}")
        self.claimed = claimed


def desk_of(bot_id: str) -> str:
    """Under which name the inbox keeps what staff write to this bot: the dialogue never claims it."""
    return f"staff-{bot_id}"


def take_next(session: Session, bot_id: str, group_id: str, around: Surroundings) -> bool:
    """Deal with the next update of the group, in one transaction. False: there is none. Raises GroupFailedError."""
    claimed = inbox.claim(session, [desk_of(bot_id)], around.worker, around.now)
    if claimed is None:
        return False
    said = _Said(session, claimed.incoming, claimed.chat_id, group_id, around)
    try:
        if claimed.attempts > MOST_ATTEMPTS:
            said.hint("failed")
        else:
            _deal(said)
    except SQLAlchemyError as error:
        if isinstance(error, DataError):
            raise GroupFailedError(claimed) from error
        raise
    except Exception as error:
        raise GroupFailedError(claimed) from error
    inbox.finish(session, claimed.id, around.worker, around.now)
    inbox.forget(session, claimed.id)  # what is kept of it stands in the conversation
    return True


@dataclass
class _Said:
    """One update of the group, or of a member's own chat."""

    session: Session
    came: Incoming
    chat_id: str
    group_id: str
    around: Surroundings

    @property
    def is_here(self) -> bool:
        return self.chat_id == self.group_id

    def hint(self, says: str, **values: Any) -> None:
        """In answer to what was written, where it was written; or to who pressed, whom alone it is shown."""
        place = {"query": self.came.door_id} if self.came.kind is Kind.BUTTON else {"answers": self.came.door_id}
        thread = {"thread_id": self.came.thread} if self.came.thread and self.is_here else {}
        group_topics.notify(self.session, says, self.chat_id, self.around.now, **place, **thread, **values)

    def say_not_linked(self) -> None:
        """Once a day, in private; who pressed sees it at each press."""
        if self.came.kind is Kind.BUTTON:
            self.hint("not_linked")
            return
        whom = KeyRing.current().hash("told in the group", self.came.sender)
        told = select(GroupNotice.id).where(GroupNotice.whom == whom, GroupNotice.says == "not_linked")
        if self.session.scalar(told.where(GroupNotice.created_at > self.around.now - TOLD_AGAIN_AFTER).limit(1)) is None:
            group_topics.notify(self.session, "not_linked", self.came.sender, self.around.now, whom=whom)


def _deal(said: _Said) -> None:
    came = said.came
    command, rest = _command(came.text) if came.kind is Kind.TEXT else ("", "")
    if command == "soy":
        _link(said, rest)
        return
    is_about_ticket = came.kind is Kind.BUTTON or came.thread
    if not said.is_here or not is_about_ticket:
        return  # staff talk to each other
    member = telegram_link.of(said.session, came.sender)
    if member is None:
        said.say_not_linked()
        return
    _try(said, lambda: _press(said, _actor(member)) if came.kind is Kind.BUTTON else _in_topic(said, _actor(member), command))


def _try(said: _Said, do: Callable[[], None]) -> None:
    """What is refused changes nothing, and who tried is told why."""
    try:
        with said.session.begin_nested():
            do()
    except RefusedError as error:
        said.hint("refused", why=str(error))


def _link(said: _Said, code: str) -> None:
    member = telegram_link.take(said.session, code, said.came.sender, said.around.now)
    said.hint("linked", who=member.name) if member else said.hint("wrong_code")


def _press(said: _Said, actor: Actor) -> None:
    ticket = alerts.of_group_message(said.session, said.came.reply_to)
    if ticket is None:
        said.hint("gone")
    elif said.came.payload == "own":
        _claim(said, actor, ticket)
    elif alerts.acknowledge(said.session, ticket, actor, said.around.now):
        audit.write_about(said.session, actor, Action.TICKET_LIST, ticket.conversation_id, said.around.now, "acknowledged")
        if ticket.state is not TicketState.ASSIGNED:
            alerts.mark_in_group(said.session, ticket, said.group_id, "seen", actor.name, said.around.now)
        said.hint("seen", number=ticket.id)
    else:
        said.hint("seen_before", number=ticket.id)


def _claim(said: _Said, actor: Actor, ticket: Ticket) -> None:
    require(actor, Action.TICKET_CLAIM)
    attending.claim_ticket(said.session, ticket.id, actor, said.around)
    alerts.acknowledge(said.session, ticket, actor, said.around.now)
    alerts.mark_in_group(said.session, ticket, said.group_id, "held", actor.name, said.around.now)
    said.hint("held", number=ticket.id)


def _in_topic(said: _Said, actor: Actor, command: str) -> None:
    topic = said.session.scalar(select(GroupTopic).where(GroupTopic.group_id == said.group_id, GroupTopic.thread_id == said.came.thread))
    if topic is None:
        said.hint("no_topic")
        return
    if said.came.kind is Kind.EDIT:
        _edited(said, topic)
        return
    ticket = tickets.open_of(said.session, topic.conversation_id)
    if ticket is None:
        said.hint("not_open")
    elif said.came.kind is not Kind.TEXT:
        said.hint("only_text")
    elif said.came.text.startswith(NOTE):
        require(actor, Action.TICKET_NOTE)
        notes.add(said.session, ticket.id, actor, said.came.text.removeprefix(NOTE), said.around.now)
        said.hint("noted", number=ticket.id)
    elif command == "tomar":
        _claim(said, actor, ticket)
    elif not tickets.is_held_by(ticket, actor.name):
        said.hint("not_holder", number=ticket.id)
    elif command == "soltar":
        attending.release_ticket(said.session, ticket.id, actor, said.around)
        said.hint("released", number=ticket.id)
    elif command == "cerrar":
        require(actor, Action.TICKET_CLOSE)
        attending.close_ticket(said.session, ticket.id, actor, said.around)
        alerts.mark_in_group(said.session, ticket, said.group_id, "closed", actor.name, said.around.now)
        said.hint("closed", number=ticket.id)
    elif said.came.text.startswith("/"):
        said.hint("unknown_command")
    else:
        _reply(said, actor, ticket, topic)


def _reply(said: _Said, actor: Actor, ticket: Ticket, topic: GroupTopic) -> None:
    """The words of the holder go to the person of this topic."""
    require(actor, Action.TICKET_REPLY)
    last = select(func.max(Message.id)).where(Message.conversation_id == ticket.conversation_id, Message.direction == Direction.STAFF)
    before = said.session.scalar(last) or 0
    outcome = replies.write(said.session, ticket.id, actor, said.came.text, said.around, group_topics.shown_up_to(said.session, topic))
    said.session.flush()
    written = said.session.scalar(last) or 0
    if written > before:  # it stands in the topic already, and a correction of it is recognized
        said.session.get_one(Message, written).door_id = f"{group_topics.HERE}{said.came.door_id}"
    if outcome in _SAID:
        said.hint(_SAID[outcome])


def _edited(said: _Said, topic: GroupTopic) -> None:
    sent = select(Message.id).where(
        Message.conversation_id == topic.conversation_id, Message.door_id == f"{group_topics.HERE}{said.came.door_id}"
    )
    said.hint("edited" if said.session.scalar(sent.limit(1)) else "edited_unsent")


def _actor(member: Staff) -> Actor:
    return Actor(member.name, member.role, member.organization_id)


def _command(text: str) -> tuple[str, str]:
    found = _COMMAND.fullmatch(text.strip())
    return (found[1].lower(), (found[2] or "").strip()) if found else ("", "")
