"""Staff are told of a ticket outside the console: queued in the transaction of what happened, tried until it is sent or needed no more.

An alert says a number, how urgent it is, the topic and how long somebody waits. Nothing in it names a person or repeats what they said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.permissions import Action, Actor, require
from bot.records.conversations import Conversation, of_migrants
from bot.records.staff import Role, Staff
from bot.records.tickets import Alert, AlertState, Channel, GroupNotice, Ticket, TicketEvent, TicketState, Urgency

GAPS = tuple(timedelta(seconds=each) for each in (5, 15, 30, 60, 120, 300, 600))
"""Between one try and the next; the last one again and again."""
TO_SUPERVISORS = ("escalated", "survey")
WHILE_WAITING = ("new", "escalated")  # they say that nobody has it


@dataclass(frozen=True)
class Notice:
    """One alert as it is worded."""

    id: int
    kind: str
    ticket_id: int
    urgency: Urgency
    topic: str
    minutes: int  # that the person has waited
    attempts: int = 0


def raise_alert(session: Session, ticket: Ticket, kind: str, now: datetime, *, to_supervisors: bool = False) -> None:
    """`kind`: new, danger, late, silent, escalated or survey. Some go to those who supervise alone, others only when it is asked for."""
    if session.scalar(select(Conversation.id).where(Conversation.id == ticket.conversation_id, of_migrants())) is None:
        return  # nobody of theirs
    earlier = select(func.count()).where(Alert.ticket_id == ticket.id, Alert.kind == kind, Alert.channel == Channel.GROUP)
    again = session.scalar(earlier) or 0
    members = _recipients(session, to_supervisors or kind in TO_SUPERVISORS)
    for channel, recipient in ((Channel.GROUP, ""), *((Channel.EMAIL, name) for name in members)):
        alert = Alert(ticket_id=ticket.id, kind=kind, channel=channel, recipient=recipient, round=again, created_at=now, try_at=now)
        session.add(alert)


def _recipients(session: Session, only_supervisors: bool) -> Sequence[str]:
    """Members of the desk who have an address: those who are here, and if no supervisor is, all supervisors."""
    roles = (Role.SUPERVISOR,) if only_supervisors else (Role.AGENT, Role.SUPERVISOR)
    at_all = select(Staff.name).where(Staff.role.in_(roles), Staff.revoked_at.is_(None), Staff.email.is_not(None)).order_by(Staff.id)
    here = session.scalars(at_all.where(Staff.is_away.is_(False))).all()
    return here if here or not only_supervisors else session.scalars(at_all).all()


def due(session: Session, channel: Channel, now: datetime, recipient: str = "") -> list[Notice]:
    """What is to be tried now, the most urgent first. What is needed no more is settled on the way."""
    query = select(Alert, Ticket).join(Ticket, Ticket.id == Alert.ticket_id).order_by(Ticket.urgency, Alert.id)
    wanted = query.where(Alert.state == AlertState.QUEUED, Alert.channel == channel, Alert.recipient == recipient, Alert.try_at <= now)
    wanted = wanted.with_for_update(of=Alert, skip_locked=True)  # another process may be at it
    found = []
    for alert, ticket in session.execute(wanted):
        why = _needless(alert, ticket)
        if why:
            alert.state, alert.failure = AlertState.FAILED, why
        else:
            found.append(notice_of(alert, ticket, now))
    return found


def notice_of(alert: Alert, ticket: Ticket, now: datetime) -> Notice:
    waited = max(0, int((now - (ticket.waiting_since or ticket.opened_at)).total_seconds() // 60))
    return Notice(alert.id, alert.kind, ticket.id, Urgency(ticket.urgency), ticket.topic or "", waited, alert.attempts)


def _needless(alert: Alert, ticket: Ticket) -> str | None:
    """A rating comes after the end; all else is about a ticket that is open, and stops when somebody has seen it."""
    if alert.kind == "survey":
        return None
    if ticket.state is TicketState.RESOLVED:
        return "resolved"
    if alert.kind in WHILE_WAITING and ticket.state is TicketState.ASSIGNED:
        return "assigned"
    return "acknowledged" if ticket.acknowledged_at and ticket.acknowledged_at >= alert.created_at else None


def sent(session: Session, ids: Sequence[int], now: datetime, door_id: str | None = None) -> None:
    for alert in _those(session, ids):
        alert.state, alert.sent_at, alert.door_id, alert.failure = AlertState.SENT, now, door_id, None
        alert.attempts += 1


def failed(session: Session, ids: Sequence[int], why: str, now: datetime) -> None:
    """Tried again after a longer wait each time. `why`: a kind of failure, never a server's words."""
    for alert in _those(session, ids):
        alert.try_at, alert.failure = now + GAPS[min(alert.attempts, len(GAPS) - 1)], why[:32]
        alert.attempts += 1


def lend(session: Session, ids: Sequence[int], until: datetime) -> None:
    """Whoever sends them has until then: no other process sends them too."""
    for alert in _those(session, ids):
        alert.try_at = until


def drop(session: Session, ids: Sequence[int], why: str) -> None:
    """Not tried any more."""
    for alert in _those(session, ids):
        alert.state, alert.failure = AlertState.FAILED, why


def turn_off(session: Session, channel: Channel) -> None:
    """Nobody has set this channel up: what is queued for it waits for nothing."""
    queued = update(Alert).where(Alert.channel == channel, Alert.state == AlertState.QUEUED)
    session.execute(queued.values(state=AlertState.FAILED, failure="off"))


def waiting(session: Session) -> int:
    """Alerts that have not gone out yet."""
    return session.scalar(select(func.count()).where(Alert.state == AlertState.QUEUED)) or 0


def of_group_message(session: Session, door_id: str) -> Ticket | None:
    """The ticket of an alert in the group, by Telegram's name for it: a ticket's own number may be given out again after an erasure."""
    query = select(Ticket).join(Alert, Alert.ticket_id == Ticket.id).where(Alert.channel == Channel.GROUP, Alert.door_id == door_id)
    return session.scalar(query.limit(1))


def acknowledge(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> bool:
    """Somebody has seen it. False: it is closed, or was seen since it was last called for."""
    require(actor, Action.TICKET_LIST)
    latest = select(func.max(Alert.created_at)).where(Alert.ticket_id == ticket.id, Alert.kind != "survey")
    called = session.scalar(latest)
    if ticket.state is TicketState.RESOLVED or (ticket.acknowledged_at and called and ticket.acknowledged_at >= called):
        return False
    ticket.acknowledged_at, ticket.acknowledged_by = now, actor.name
    session.add(TicketEvent(ticket_id=ticket.id, what="acknowledged", who=actor.name, at=now))
    return True


def mark_in_group(session: Session, ticket: Ticket, group_id: str, how: str, who: str, now: datetime) -> None:
    """Every alert of that ticket in the group says from now on who has seen it or has it (`how`: "seen" or "held")."""
    shown = select(Alert).where(Alert.ticket_id == ticket.id, Alert.channel == Channel.GROUP, Alert.door_id.is_not(None))
    for alert in session.scalars(shown.order_by(Alert.id)):
        notice = notice_of(alert, ticket, now)
        values = {
            "kind": notice.kind, "number": ticket.id, "urgency": int(notice.urgency), "topic": notice.topic, "minutes": notice.minutes,
            "how": how, "who": who,
        }  # fmt: skip
        session.add(GroupNotice(chat_id=group_id, edits=alert.door_id, says="alert", values=values, created_at=now, try_at=now))


def _those(session: Session, ids: Sequence[int]) -> Sequence[Alert]:
    """Without those whose ticket was erased meanwhile."""
    return session.scalars(select(Alert).where(Alert.id.in_(ids), Alert.state == AlertState.QUEUED)).all()
