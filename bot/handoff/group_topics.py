"""The staff's group on Telegram as it should look: one topic for each open ticket, in which the conversation is read and answered.

What is still to be done there follows from the records alone, so that a crash in the middle loses nothing: `next_post` says what comes
next, and `group_outcomes` writes down what came of it. A topic is found by its number and never by its name. One that no conversation has
any more, because the person was erased, is deleted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.conversation.formatting import as_plain
from bot.conversation.surroundings import Surroundings
from bot.handoff import alerts, attachments
from bot.handoff.wording import alert_text, say, title_of
from bot.records.conversations import Direction, Message, of_migrants
from bot.records.tickets import AlertState, Channel, GroupNotice, GroupThread, GroupTopic, Ticket, TicketState

AT_ONCE = 20  # messages in one copy
LONGEST_OF_OURS = 300  # characters of what the assistant said
LONGEST_NAME = 128  # of a topic: https://core.telegram.org/bots/api#createforumtopic
HERE = "group:"  # begins the name of a message that staff wrote in the group


class Do(StrEnum):
    SAY = "say"
    ANSWER = "answer"  # the button that was pressed: only who pressed it sees it
    EDIT = "edit"
    ALERT = "alert"
    OPEN = "open"
    REOPEN = "reopen"
    COPY = "copy"
    CLOSE = "close"
    DELETE = "delete"


@dataclass(frozen=True)
class Desk:
    """Where staff attend on Telegram."""

    group_id: str
    has_topics: bool
    link: str | None = None  # what addresses of the console begin with


@dataclass(frozen=True)
class Post:
    """One call to make in the group."""

    do: Do
    id: int  # of the row it is made for
    chat_id: str
    text: str = field(default="", repr=False)
    thread_id: str = ""
    buttons: tuple[tuple[str, str], ...] = ()  # title and data
    answers: str = ""  # the message it answers
    edits: str = ""  # the message that says this from now on
    query: str = ""
    up_to: int = 0  # the last message that a copy holds


def next_post(session: Session, desk: Desk, around: Surroundings) -> Post | None:
    """What comes next, the most pressing first. None: the group is as it should be."""
    found = _notice(session, desk, around) or _alert(session, desk, around) or _orphan(session)
    if found or not desk.has_topics:
        return found
    return _changed(session, desk, around) or _copy(session, desk, around)


def notify(session: Session, says: str, chat_id: str, now: datetime, /, **more: Any) -> None:
    """Queue a sentence for staff. `more`: thread_id, answers, query, whom, and what the sentence names."""
    place = {name: more.pop(name) for name in ("thread_id", "answers", "query", "whom") if name in more}
    session.add(GroupNotice(chat_id=chat_id, says=says, values=more, created_at=now, try_at=now, **place))


def _notice(session: Session, desk: Desk, around: Surroundings) -> Post | None:
    query = select(GroupNotice).where(GroupNotice.state == AlertState.QUEUED, GroupNotice.try_at <= around.now)
    row = session.scalar(query.order_by(GroupNotice.id).limit(1))
    if row is None:
        return None
    do = Do.ANSWER if row.query else Do.EDIT if row.edits else Do.SAY
    text, buttons = _worded(row, desk, around.content)
    return Post(do, row.id, row.chat_id, text, row.thread_id or "", buttons, row.answers or "", row.edits or "", row.query or "")


def _worded(row: GroupNotice, desk: Desk, content: Content) -> tuple[str, tuple[tuple[str, str], ...]]:
    values = dict(row.values)
    if row.says != "alert":
        return say(content, row.says, **values), ()
    title = title_of(values.pop("topic"))
    buttons = () if values["how"] != "seen" else ((say(content, "button_own"), "own"),)
    return say(content, "alert", **values, title=title, link=desk.link or ""), buttons


def _alert(session: Session, desk: Desk, around: Surroundings) -> Post | None:
    found = alerts.due(session, Channel.GROUP, around.now)
    if not found:
        return None
    notice = found[0]
    names = () if notice.kind == "survey" else ("own", "seen")
    buttons = tuple((say(around.content, f"button_{name}"), name) for name in names)
    return Post(Do.ALERT, notice.id, desk.group_id, alert_text(around.content, notice, desk.link), buttons=buttons)


def _orphan(session: Session) -> Post | None:
    owned = exists().where(GroupTopic.group_id == GroupThread.group_id, GroupTopic.thread_id == GroupThread.thread_id)
    row = session.scalar(select(GroupThread).where(~owned).order_by(GroupThread.id).limit(1))
    return Post(Do.DELETE, row.id, row.group_id, thread_id=row.thread_id) if row else None


def _changed(session: Session, desk: Desk, around: Surroundings) -> Post | None:
    """A topic to open, to open again under the number of the new ticket, or to close."""
    here = and_(GroupTopic.conversation_id == Ticket.conversation_id, GroupTopic.group_id == desk.group_id)
    open_tickets = select(Ticket, GroupTopic).outerjoin(GroupTopic, here).where(Ticket.state != TicketState.RESOLVED)
    open_tickets = open_tickets.where(of_migrants(Ticket.conversation_id))
    wanted = open_tickets.where(or_(GroupTopic.id.is_(None), GroupTopic.closed_at.is_not(None)))
    row = session.execute(wanted.order_by(Ticket.urgency, Ticket.id).limit(1)).first()
    if row:
        ticket, topic = row
        name = _name(ticket)
        if topic is None:
            return Post(Do.OPEN, ticket.id, desk.group_id, name)
        return Post(Do.REOPEN, topic.id, desk.group_id, name, topic.thread_id)
    is_open = exists().where(Ticket.conversation_id == GroupTopic.conversation_id, Ticket.state != TicketState.RESOLVED)
    over = select(GroupTopic).where(GroupTopic.closed_at.is_(None), GroupTopic.group_id == desk.group_id, ~is_open)
    done_with = session.scalar(over.order_by(GroupTopic.id).limit(1))
    return Post(Do.CLOSE, done_with.id, desk.group_id, thread_id=done_with.thread_id) if done_with else None


def _name(ticket: Ticket) -> str:
    return f"{ticket.id} · {title_of(ticket.topic or '')} · {ticket.language}"[:LONGEST_NAME]


def _copy(session: Session, desk: Desk, around: Surroundings) -> Post | None:
    """What was said since the topic was last brought up to date. What staff wrote there itself stands there already."""
    newer = select(func.min(Message.id)).where(
        Message.conversation_id == GroupTopic.conversation_id, Message.id > GroupTopic.last_message_id, _is_told()
    )
    query = select(GroupTopic).where(GroupTopic.closed_at.is_(None), GroupTopic.group_id == desk.group_id)
    topic = session.scalar(query.where(newer.scalar_subquery().is_not(None)).order_by(newer.scalar_subquery()).limit(1))
    if topic is None:
        return None
    said = select(Message).where(Message.conversation_id == topic.conversation_id, Message.id > topic.last_message_id, _is_told())
    messages = list(session.scalars(said.order_by(Message.id).limit(AT_ONCE)))
    files = attachments.of_conversation(session, topic.conversation_id)
    lines = []
    for message in messages:
        lines.append(_line(message, around.content))
        lines += [f"    {say(around.content, 'file', number=each.id, kind=each.kind)}" for each in files.get(message.id, ())]
    return Post(Do.COPY, topic.id, desk.group_id, "\n".join(lines), topic.thread_id, up_to=messages[-1].id)


def shown_up_to(session: Session, topic: GroupTopic) -> int:
    """The message up to which whoever writes in the topic knows what colleagues have said to the person."""
    said = Message.conversation_id == topic.conversation_id
    unseen = select(func.min(Message.id)).where(said, Message.id > topic.last_message_id, Message.direction == Direction.STAFF, _is_told())
    first = session.scalar(unseen)
    return first - 1 if first else session.scalar(select(func.max(Message.id)).where(said)) or 0


def _is_told() -> Any:
    return or_(Message.door_id.is_(None), ~Message.door_id.startswith(HERE))


def _line(message: Message, content: Content) -> str:
    by = {Direction.IN: "person", Direction.OUT: "assistant", Direction.STAFF: "staff"}[message.direction]
    text = as_plain(message.text)
    if message.direction is Direction.OUT and len(text) > LONGEST_OF_OURS:
        text = f"{text[:LONGEST_OF_OURS].rstrip()}…"
    danger = f" ({say(content, 'in_danger')})" if message.direction is Direction.IN and message.safety else ""
    return f"{say(content, f'said_by_{by}')}{danger}: {text}"
