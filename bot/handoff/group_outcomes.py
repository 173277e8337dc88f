"""What came of a call in the staff's group on Telegram: written down, so that `group_topics.next_post` knows what is left to do."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot import audit
from bot.handoff import alerts
from bot.handoff.group_topics import Do, Post
from bot.permissions import Action, Actor
from bot.records.conversations import Message
from bot.records.staff import Role
from bot.records.tickets import AlertState, GroupNotice, GroupThread, GroupTopic, Ticket, TicketState

SHOWN = 10  # messages of before, when a topic is opened
KEPT_NOTICES = timedelta(days=2)
IN_GROUP = Actor("staff", Role.AGENT)  # who reads what is shown there
_NOTICE_TRIES = 5


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
    audit.write_about(session, IN_GROUP, Action.TICKET_READ, topic.conversation_id, now, "group")


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
