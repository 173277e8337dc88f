"""What the dashboard is counted from: requests for a person, what was asked, the way of the cases, what readers found missing.

Counted by the database as far as it can be; of the requests one row each is read, without a word of what was said.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.orm import Session

from bot.content.team import Team
from bot.handoff import clocks, order
from bot.handoff.clocks import Times
from bot.numbers.cells import Count
from bot.numbers.period import Period
from bot.numbers.reading import PERSON
from bot.records.conversations import Conversation, Message, of_migrants
from bot.records.referrals import Referral, ReferralEvent, ReferralState
from bot.records.reviews import Review
from bot.records.tickets import Ticket, TicketState

STEPS = (ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.IN_SERVICE, ReferralState.DONE)


@dataclass(frozen=True)
class Today:
    """The queue as it is at this moment."""

    waiting: int
    held: int
    snoozed: int
    late: int
    opened: int
    resolved: int


@dataclass(frozen=True, slots=True)
class TicketFact:
    person: str
    reason: str
    times: Times
    rating: int | None


def read_today(session: Session, midnight: datetime, now: datetime) -> Today:
    theirs = of_migrants(Ticket.conversation_id)
    by_state = select(Ticket.state, func.count()).where(Ticket.state.in_(order.OPEN), theirs).group_by(Ticket.state)
    states: dict[str, int] = {str(state): count for state, count in session.execute(by_state)}
    late = select(func.count()).select_from(Ticket).where(order.is_late(now), Ticket.waiting_since.is_not(None), theirs)
    opened = select(func.count()).select_from(Ticket).where(Ticket.opened_at >= midnight, theirs)
    resolved = select(func.count()).select_from(Ticket).where(Ticket.state == TicketState.RESOLVED, Ticket.changed_at >= midnight, theirs)
    return Today(
        states.get("waiting", 0), states.get("assigned", 0), states.get("snoozed", 0),
        *(session.scalar(query) or 0 for query in (late, opened, resolved)),
    )  # fmt: skip


def read_tickets(session: Session, period: Period, team: Team, now: datetime) -> list[TicketFact]:
    query = (
        select(
            PERSON.label("person"), Ticket.reason, Ticket.urgency, Ticket.opened_at, Ticket.callback_at, Ticket.first_replied_at,
            Ticket.resolved_at, Ticket.rating,
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.opened_at >= period.begins, Ticket.opened_at < period.ends, of_migrants())
    )  # fmt: skip
    return [TicketFact(row.person, row.reason, clocks.times_of(team, row, now), row.rating) for row in session.execute(query)]


def read_places(session: Session, period: Period, organization: str) -> dict[str, Count]:
    return _counted(session, _cases(Referral.municipality, period, organization).group_by(Referral.municipality))


def people_in(session: Session, period: Period, organization: str, municipalities: Collection[str]) -> int:
    """How many different people have a case in one of these."""
    query = _cases(literal(""), period, organization).where(func.coalesce(Referral.municipality, "").in_(municipalities))
    return int(session.execute(query).one()[2])


def read_steps(session: Session, period: Period, organization: str) -> dict[str, Count]:
    """How many cases came to each step, or past it."""
    rank = case({str(step): place for place, step in enumerate(STEPS, 1)}, value=ReferralEvent.after, else_=0)
    furthest = (
        select(ReferralEvent.referral_id, func.max(rank).label("rank"))
        .where(ReferralEvent.after.in_(STEPS))
        .group_by(ReferralEvent.referral_id)
    ).subquery()
    reached = func.coalesce(furthest.c.rank, 0)
    query = _cases(reached, period, organization, PERSON).outerjoin(furthest, furthest.c.referral_id == Referral.id)
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for place, rows, _, person in session.execute(query.group_by(reached, PERSON)):
        found[place].append((rows, person))
    return {
        name: Count(sum(rows for rows, _ in came), len({person for _, person in came}))
        for place, name in enumerate(("sent", *map(str, STEPS)))
        for came in [[each for at, counts in found.items() if at >= place for each in counts]]
    }


def _cases(label: Any, period: Period, organization: str, *more: Any) -> Select[*tuple[Any, ...]]:
    query = (
        select(label, func.count(), func.count(PERSON.distinct()), *more)
        .select_from(Referral)
        .join(Conversation, Conversation.id == Referral.conversation_id)
        .where(Referral.created_at >= period.begins, Referral.created_at < period.ends, Referral.state != ReferralState.DRAFT)
        .where(of_migrants())
    )
    return query.where(Referral.organization_id == organization) if organization else query


def read_gaps(session: Session, period: Period) -> dict[str, Count]:
    """Messages for which readers found no answer or too little, by what was meant."""
    query = (
        select(Review.intent, func.count(Review.message_id.distinct()), func.count(PERSON.distinct()))
        .join(Message, Message.id == Review.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Review.is_gap, Review.at >= period.begins, Review.at < period.ends, of_migrants())
        .group_by(Review.intent)
    )
    return _counted(session, query)


def _counted(session: Session, query: Select[*tuple[Any, ...]]) -> dict[str, Count]:
    return {label or "": Count(rows, people) for label, rows, people in session.execute(query)}
