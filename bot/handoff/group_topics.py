"""The staff's group on Telegram as it should look: one topic for each open ticket, in which the conversation is read and answered.

What is still to be done there follows from the records alone, so that a crash in the middle loses nothing: `next_post` says what comes
next, and `done` or `failed` writes down what came of it. A topic is found by its number and never by its name. One that no conversation
has any more, because the person was erased, is deleted.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.conversation.formatting import as_plain
from bot.conversation.surroundings import Surroundings
from bot.handoff import alerts, attachments
from bot.handoff.wording import alert_text, say, title_of
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.staff import Role
from bot.records.tickets import AlertState, Channel, GroupNotice, GroupThread, GroupTopic, Ticket, TicketState

SHOWN = 10  # messages of before, when a topic is opened
AT_ONCE = 20  # messages in one copy
LONGEST_OF_OURS = 300  # characters of what the assistant said
LONGEST_NAME = 128  # of a topic: https://core.telegram.org/bots/api#createforumtopic
KEPT_NOTICES = timedelta(days=2)
HERE = "group:"  # begins the name of a message that staff wrote in the group
IN_GROUP = Actor("staff", Role.AGENT)  # who reads what is shown there
_NOTICE_TRIES = 5


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


def done(session: Session, post: Post, name: str, now: datetime) -> None:
    """The call was made. `name`: what Telegram calls the message or the topic."""
    if post.do in (Do.SAY, Do.ANSWER, Do.EDIT):
        _settle_notice(session, post.id, AlertState.SENT, None, now)
    elif post.do is Do.ALERT:
        alerts.sent(session, [post.id], now, name)
    elif post.do is Do.OPEN:
        _opened(session, post, name, now)
    elif post.do is Do.DELETE:
        session.execute(delete(GroupThread).where(GroupThread.id == post.id, GroupThread.thread_id == post.thread_id))
    elif topic := _topic(session, post):
        if post.do is Do.COPY:
            topic.last_message_id = max(topic.last_message_id, post.up_to)
            _note(session, topic, now)
        elif post.do is Do.CLOSE:
            topic.closed_at = now
        else:
            topic.closed_at = None
            topic.last_message_id = max(topic.last_message_id, _before_the_last(session, topic.conversation_id))


def is_current(session: Session, post: Post) -> bool:
    """False: the person was erased since the call was decided on, and nothing of them is to be shown."""
    return post.do is not Do.COPY or _topic(session, post) is not None


def failed(session: Session, post: Post, why: str, now: datetime, for_good: bool = False) -> None:
    """It may be tried again, unless `for_good`."""
    if post.do is Do.ALERT:
        alerts.failed(session, [post.id], why, now)
    elif post.do in (Do.SAY, Do.ANSWER, Do.EDIT):
        row = session.get(GroupNotice, post.id)
        if row is None:
            return
        gap = alerts.GAPS[min(row.attempts, len(alerts.GAPS) - 1)]
        is_over = for_good or row.attempts + 1 >= _NOTICE_TRIES or post.do is Do.ANSWER
        row.try_at, row.failure, row.attempts = now + gap, why[:32], row.attempts + 1
        row.state = AlertState.FAILED if is_over else AlertState.QUEUED
    elif post.do in (Do.DELETE, Do.COPY) and for_good:
        done(session, post, "", now)  # Telegram will never do it: what follows must not wait for it
    elif post.do is Do.COPY and why == "unknown" and (topic := _topic(session, post)):
        _note(session, topic, now)  # it may have been shown


def topic_is_gone(session: Session, post: Post) -> None:
    """Somebody deleted it in the group: another one is made, and shows the last messages again."""
    if topic := _topic(session, post):
        session.delete(topic)
    session.execute(delete(GroupThread).where(GroupThread.group_id == post.chat_id, GroupThread.thread_id == post.thread_id))


def redirect(session: Session, post: Post, group_id: str, now: datetime) -> None:
    """The member cannot be written to in private, because they have never opened a chat with us: it is said in the group."""
    row = session.get(GroupNotice, post.id)
    if row is not None:
        row.chat_id, row.try_at = group_id, now


def forget_notices(session: Session, now: datetime) -> int:
    gone = session.execute(delete(GroupNotice).where(GroupNotice.created_at < now - KEPT_NOTICES, GroupNotice.state != AlertState.QUEUED))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _note(session: Session, topic: GroupTopic, now: datetime) -> None:
    conversation = session.get_one(Conversation, topic.conversation_id)
    audit.write(session, IN_GROUP, Action.TICKET_READ, conversation.reference, now, why="group")


def _topic(session: Session, post: Post) -> GroupTopic | None:
    """The row it was made for, if it is still that of the same topic: numbers of deleted rows are given out again."""
    topic = session.get(GroupTopic, post.id)
    return topic if topic and topic.thread_id == post.thread_id and topic.group_id == post.chat_id else None


def _opened(session: Session, post: Post, thread_id: str, now: datetime) -> None:
    """Without its ticket, erased meanwhile, it belongs to nobody and is deleted in its turn."""
    session.add(GroupThread(group_id=post.chat_id, thread_id=thread_id, made_at=now))
    ticket = session.get(Ticket, post.id)
    if ticket is None or ticket.state is TicketState.RESOLVED:
        return
    session.execute(delete(GroupTopic).where(GroupTopic.conversation_id == ticket.conversation_id))  # of a group that staff have left
    session.add(
        GroupTopic(
            conversation_id=ticket.conversation_id, group_id=post.chat_id, thread_id=thread_id,
            last_message_id=_before_the_last(session, ticket.conversation_id),
        )
    )  # fmt: skip


def _before_the_last(session: Session, conversation_id: int) -> int:
    query = select(Message.id).where(Message.conversation_id == conversation_id).order_by(Message.id.desc())
    return session.scalar(query.offset(SHOWN).limit(1)) or 0


def _settle_notice(session: Session, number: int, state: AlertState, why: str | None, now: datetime) -> None:
    row = session.get(GroupNotice, number)
    if row is not None:
        row.state, row.failure, row.sent_at, row.attempts = state, why, now, row.attempts + 1
