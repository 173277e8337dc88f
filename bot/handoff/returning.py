"""What the clock does to tickets: one whose holder keeps silent goes back to the queue, one that nobody takes and one that is answered late
are told of, what was put off wakes, and whoever waits hears how it stands.

Each ticket is dealt with in a transaction of its own. Its row is locked, and one that another process has locked is left to it; what was
done makes it no longer due, so several processes may do this, and again after a crash.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.team import Team
from bot.conversation.surroundings import Surroundings
from bot.conversation.unasked import rendered, tell
from bot.handoff import clocks, order, tickets, waiting
from bot.handoff.alerts import raise_alert
from bot.records.conversations import Conversation, Message
from bot.records.tickets import ProposalState, ReplyProposal, Ticket, TicketEvent, TicketState
from bot.referrals import notices

logger = logging.getLogger(__name__)

BATCH = 50
MOST_TOLD = 3  # times a day that somebody who waits is told how it stands
DAYTIME = range(8, 21)  # hours in Mexico at which they are
NOT_FORGOTTEN = "utter_person_not_forgotten"
_WAITS_FOR_READER = ReplyProposal.state == ProposalState.WAITING


@dataclass(frozen=True)
class Job:
    """What is done to every ticket that is due."""

    name: str
    due: Callable[[Team, datetime], ColumnElement[bool]]
    do: Callable[[Session, Ticket, Surroundings], None]


def due(session: Session, job: Job, team: Team, now: datetime, after: int = 0) -> list[int]:
    """The next of the tickets that are due, by number."""
    query = select(Ticket.id).where(job.due(team, now), Ticket.id > after)
    return list(session.scalars(query.order_by(Ticket.id).limit(BATCH)))


def follow(session: Session, job: Job, ticket_id: int, around: Surroundings) -> bool:
    """One ticket. False: it is not due any more, or another process has it."""
    query = select(Ticket).where(job.due(around.content.team, around.now), Ticket.id == ticket_id)
    ticket = session.scalar(query.with_for_update(of=Ticket, skip_locked=True))
    if ticket is None:
        return False
    job.do(session, ticket, around)
    logger.info("Ticket %s: %s", ticket_id, job.name)
    return True


def _wakes(team: Team, now: datetime) -> ColumnElement[bool]:
    return and_(Ticket.state == TicketState.SNOOZED, Ticket.snoozed_until <= now)


def _wake(session: Session, ticket: Ticket, around: Surroundings) -> None:
    tickets.wake(session, ticket, tickets.ASSISTANT, around.now, around.content.team)


def _has_no_term(team: Team, now: datetime) -> ColumnElement[bool]:
    """Opened or let go where the hours of the team were not known."""
    unset = or_(and_(Ticket.waiting_since.is_not(None), Ticket.reply_by.is_(None)), Ticket.resolve_by.is_(None))
    return and_(Ticket.state != TicketState.RESOLVED, unset)


def _set_terms(session: Session, ticket: Ticket, around: Surroundings) -> None:
    team, urgency = around.content.team, ticket.urgency
    if ticket.waiting_since and ticket.reply_by is None:
        ticket.reply_by = clocks.reply_by(team, urgency, ticket.waiting_since)
    ticket.resolve_by = ticket.resolve_by or clocks.resolve_by(team, urgency, ticket.opened_at)


def _holder_is_silent(team: Team, now: datetime) -> ColumnElement[bool]:
    """Not who has written and waits for a second reader, or has just had their reply back to change it."""
    long_ago = clocks.open_minutes_ago(team, now, team.silent_after)
    written = exists().where(ReplyProposal.ticket_id == Ticket.id, or_(_WAITS_FOR_READER, ReplyProposal.decided_at > long_ago))
    return and_(Ticket.state == TicketState.ASSIGNED, Ticket.waiting_since <= long_ago, Ticket.held_since <= long_ago, ~written)


def _return(session: Session, ticket: Ticket, around: Surroundings) -> None:
    """The person is told, since from now on the assistant speaks again."""
    conversation = session.get_one(Conversation, ticket.conversation_id)
    tickets.release(session, ticket.id, tickets.ASSISTANT, around.now, around.content.team, why="silent")
    conversation.misses = 0
    _tell(session, ticket, conversation, "utter_person_returned", around)


def _nobody_reads_it(team: Team, now: datetime) -> ColumnElement[bool]:
    """Its reply waits for a second reader for as long as a holder may be silent; once for each reply."""
    long_ago = clocks.open_minutes_ago(team, now, team.silent_after)
    told = exists().where(TicketEvent.ticket_id == Ticket.id, TicketEvent.what == "unread", TicketEvent.at >= ReplyProposal.proposed_at)
    unread = exists().where(ReplyProposal.ticket_id == Ticket.id, _WAITS_FOR_READER, ReplyProposal.proposed_at <= long_ago, ~told)
    return and_(Ticket.state == TicketState.ASSIGNED, unread)


def _call_reader(session: Session, ticket: Ticket, around: Surroundings) -> None:
    session.add(TicketEvent(ticket_id=ticket.id, what="unread", who=tickets.ASSISTANT, why=None, at=around.now))
    raise_alert(session, ticket, "late", around.now, to_supervisors=True)


def _was_handed_back(team: Team, now: datetime) -> ColumnElement[bool]:
    """Let go or put off by staff, or their account was closed: the assistant speaks again, and the person does not know it yet."""
    by_staff = exists().where(
        TicketEvent.ticket_id == Ticket.id,
        TicketEvent.at == Ticket.changed_at,
        or_(
            and_(TicketEvent.what == TicketState.WAITING, TicketEvent.why == "released"),
            and_(TicketEvent.what == TicketState.SNOOZED, TicketEvent.why.is_(None)),
        ),
    )
    back = Ticket.state.in_((TicketState.WAITING, TicketState.SNOOZED))
    return and_(back, or_(Ticket.told_at.is_(None), Ticket.told_at < Ticket.changed_at), by_staff)


def _announce(session: Session, ticket: Ticket, around: Surroundings) -> None:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    ticket.told_at, conversation.misses = around.now, 0
    if not (conversation.former_chat or conversation.leaves_at):
        tell(session, conversation, rendered(conversation, "utter_person_meanwhile", around), around)


def _nobody_takes_it(team: Team, now: datetime) -> ColumnElement[bool]:
    """Once each time that it waits, unless somebody has said that they have seen it."""
    long_ago = clocks.open_minutes_ago(team, now, team.escalate_after)
    told = and_(Ticket.escalated_at.is_not(None), Ticket.escalated_at >= Ticket.changed_at)
    seen = and_(Ticket.acknowledged_at.is_not(None), Ticket.acknowledged_at >= Ticket.changed_at)
    return and_(Ticket.state == TicketState.WAITING, Ticket.changed_at <= long_ago, ~told, ~seen)


def _escalate(session: Session, ticket: Ticket, around: Surroundings) -> None:
    waiting.escalate(session, ticket, None, around.now)


def _is_late(team: Team, now: datetime) -> ColumnElement[bool]:
    """Once for each time that the person waits."""
    noted = exists().where(TicketEvent.ticket_id == Ticket.id, TicketEvent.what == "late", TicketEvent.at >= Ticket.waiting_since)
    return and_(order.is_late(now), Ticket.waiting_since.is_not(None), ~noted)


def _note_late(session: Session, ticket: Ticket, around: Surroundings) -> None:
    session.add(TicketEvent(ticket_id=ticket.id, what="late", who=tickets.ASSISTANT, why=None, at=around.now))
    raise_alert(session, ticket, "late", around.now)


def _is_to_be_told(team: Team, now: datetime) -> ColumnElement[bool]:
    """While the team works and not at night; whoever blocked the assistant or had the conversation forgotten is not."""
    local = now.astimezone(MEXICO)
    if local.hour not in DAYTIME or not clocks.is_open(team, now):
        return false()
    long_ago = clocks.open_minutes_ago(team, now, team.tell_every)
    midnight = datetime.combine(local.date(), time(), MEXICO).astimezone(UTC)
    told_today = select(func.count()).where(
        Message.conversation_id == Ticket.conversation_id, Message.response == NOT_FORGOTTEN, Message.created_at >= midnight
    )
    reachable = exists().where(
        Conversation.id == Ticket.conversation_id, Conversation.blocked_at.is_(None), Conversation.former_chat.is_(None),
        Conversation.leaves_at.is_(None),
    )  # fmt: skip
    return and_(
        Ticket.state == TicketState.WAITING, Ticket.changed_at <= long_ago, or_(Ticket.told_at.is_(None), Ticket.told_at <= long_ago),
        reachable, told_today.scalar_subquery() < MOST_TOLD,
    )  # fmt: skip


def _tell_how_it_stands(session: Session, ticket: Ticket, around: Surroundings) -> None:
    """Who said that they want no messages is not told; that this was due is noted all the same, so that it is not due at once again."""
    conversation = session.get_one(Conversation, ticket.conversation_id)
    if notices.may_write(session, conversation, around.now):
        _tell(session, ticket, conversation, NOT_FORGOTTEN, around)
    ticket.told_at = around.now


def _tell(session: Session, ticket: Ticket, conversation: Conversation, name: str, around: Surroundings) -> None:
    if conversation.former_chat or conversation.leaves_at:
        return
    content, language = around.content, conversation.language
    view = waiting.outlook(session, content.team, ticket, around.now)
    waiting.note_nobody(session, ticket, view, around.now)
    ticket.told_at = around.now
    reply = rendered(conversation, name, around, waiting.in_words(content, view, language, around.now))
    choices = waiting.callbacks(content, view, ticket, language)
    tell(session, conversation, replace(reply, buttons=(*choices, *reply.buttons)), around)


JOBS = (
    Job("has woken", _wakes, _wake),
    Job("has its terms", _has_no_term, _set_terms),
    Job("went back to the queue", _holder_is_silent, _return),
    Job("its reply is read by nobody", _nobody_reads_it, _call_reader),
    Job("was handed back", _was_handed_back, _announce),
    Job("is late", _is_late, _note_late),
    Job("is taken by nobody", _nobody_takes_it, _escalate),
    Job("its person was told how it stands", _is_to_be_told, _tell_how_it_stands),
)
