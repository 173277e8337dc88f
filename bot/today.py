"""What waits for one member of the staff now, in numbers that their role may know. They name nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.handoff import queue
from bot.handoff.queue import Tab
from bot.permissions import Action, Actor, may
from bot.privacy import arco
from bot.records.conversations import of_migrants
from bot.records.privacy import ArcoRequest
from bot.records.referrals import Referral
from bot.records.reviews import ProposedExample
from bot.records.staff import Role
from bot.records.tickets import ProposalState, ReplyProposal, Ticket
from bot.referrals import lifecycle
from bot.review import proposing


@dataclass(frozen=True)
class Number:
    """`name`: how the page calls it. `count`: up to queue.MOST_COUNTED."""

    name: str
    count: int


def numbers(session: Session, actor: Actor, now: datetime) -> tuple[Number, ...]:
    """Those of the member's role, what is most pressing first."""
    found: list[Number] = []
    if may(actor.role, Action.TICKET_LIST):
        of_tabs = queue.counts(session, actor)
        found += [
            Number("waiting", of_tabs[Tab.WAITING]),
            Number("late", queue.late(session, now)),
            Number("mine", of_tabs[Tab.MINE]),
        ]
    counted: list[tuple[Action, str, Select[Any]]] = [
        (Action.TICKET_APPROVE, "proposals", _proposals(actor)),
        (Action.REFERRAL_LIST, "cases", _cases(actor)),
        (Action.REFERRAL_LIST, "late_cases", _cases(actor).where(Referral.answer_by < now)),
        (Action.ARCO_LIST, "rights", select(ArcoRequest.id).where(ArcoRequest.state.in_(arco.UNANSWERED), arco.of_a_migrant())),
        (
            Action.ARCO_ANSWER,
            "officials_rights",
            select(ArcoRequest.id).where(ArcoRequest.state.in_(arco.UNANSWERED), ~arco.of_a_migrant()),
        ),
        (Action.EXAMPLE_DECIDE, "examples", select(ProposedExample.id).where(proposing.to_be_decided())),
    ]
    return (*found, *(Number(name, _count(session, query)) for action, name, query in counted if may(actor.role, action)))


def _proposals(actor: Actor) -> Select[Any]:
    """Of others: nobody reads their own reply a second time."""
    of_others = select(ReplyProposal.id).join(Ticket, Ticket.id == ReplyProposal.ticket_id).where(ReplyProposal.who != actor.name)
    return of_others.where(ReplyProposal.state == ProposalState.WAITING, of_migrants(Ticket.conversation_id))


def _cases(actor: Actor) -> Select[Any]:
    """Without an answer; a partner counts those of its own institution."""
    query = select(Referral.id).where(Referral.state.in_(lifecycle.UNANSWERED), of_migrants(Referral.conversation_id))
    return query.where(Referral.organization_id == actor.organization_id) if actor.role is Role.PARTNER else query


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.limit(queue.MOST_COUNTED).subquery())) or 0
