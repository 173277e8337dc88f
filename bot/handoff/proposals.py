"""A reply on a sensitive topic goes out when a supervisor who did not write it has approved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import drafts, tickets
from bot.handoff.sending import deliver
from bot.permissions import Action, Actor, require
from bot.records.conversations import of_migrants
from bot.records.tickets import ProposalState, ReplyProposal, Ticket, TicketEvent, TicketState, Urgency

SHORTEST_REASON = 5  # characters


@dataclass(frozen=True)
class Waiting:
    """One line of the list of who has to read. No text of anybody."""

    ticket_id: int
    topic: str | None
    urgency: Urgency
    language: str
    who: str
    proposed_at: datetime


def is_needed(ticket: Ticket, content: Content) -> bool:
    """Do two people read a reply to this ticket before it goes out?"""
    return ticket.urgency == Urgency.DANGER or ticket.topic in content.team.two_readers


def propose(session: Session, ticket: Ticket, actor: Actor, text: str, now: datetime) -> ReplyProposal:
    """In place of what the same member had proposed. Raises RefusedError while somebody else's waits."""
    before = waiting_of(session, ticket.id)
    if before is not None:
        if before.who != actor.name:
            raise RefusedError(f"Ya espera una respuesta de {before.who}; que la aprueben o la devuelvan primero")
        _decide(before, ProposalState.RETURNED, actor.name, None, now)
        session.flush()
    proposal = ReplyProposal(ticket_id=ticket.id, who=actor.name, text=text, proposed_at=now, state=ProposalState.WAITING)
    session.add(proposal)
    session.add(TicketEvent(ticket_id=ticket.id, what="proposed", who=actor.name, at=now))
    drafts.drop(session, ticket.id, actor.name)
    audit.write_about(session, actor, Action.TICKET_REPLY, ticket.conversation_id, now, "proposed")
    return proposal


def approve(session: Session, ticket_id: int, number: int, actor: Actor, around: Surroundings) -> bool:
    """It goes out as its writer's. False: the person has blocked the bot. Raises RefusedError."""
    ticket, proposal = _readable(session, ticket_id, number, actor)
    if ticket.state is not TicketState.ASSIGNED:
        raise RefusedError("Nadie atiende esta petición ahora; tómela o pásela a alguien antes de aprobar la respuesta")
    _decide(proposal, ProposalState.APPROVED, actor.name, None, around.now)
    session.add(TicketEvent(ticket_id=ticket.id, what="approved", who=actor.name, why=proposal.who, at=around.now))
    return deliver(session, ticket, proposal.who, actor, Action.TICKET_APPROVE, proposal.text, around)


def give_back(session: Session, ticket_id: int, number: int, actor: Actor, why: str, now: datetime) -> None:
    """To its writer, who finds it as their draft beside what is to be changed. Raises RefusedError."""
    if len(why.strip()) < SHORTEST_REASON:
        raise RefusedError("Diga en pocas palabras qué hay que cambiar")
    ticket, proposal = _readable(session, ticket_id, number, actor)
    _decide(proposal, ProposalState.RETURNED, actor.name, why.strip(), now)
    drafts.save(session, ticket.id, proposal.who, drafts.text_of(session, ticket.id, proposal.who) or proposal.text, now)
    session.add(TicketEvent(ticket_id=ticket.id, what="returned", who=actor.name, why=proposal.who, at=now))
    audit.write_about(session, actor, Action.TICKET_APPROVE, ticket.conversation_id, now, "returned")


def waiting_of(session: Session, ticket_id: int) -> ReplyProposal | None:
    query = select(ReplyProposal).where(ReplyProposal.ticket_id == ticket_id, ReplyProposal.state == ProposalState.WAITING)
    return session.scalar(query)


def last_returned(session: Session, ticket_id: int, who: str) -> ReplyProposal | None:
    """What the second reader asked this writer to change, until they have written again."""
    query = select(ReplyProposal).where(ReplyProposal.ticket_id == ticket_id, ReplyProposal.who == who)
    last = session.scalar(query.order_by(ReplyProposal.id.desc()).limit(1))
    return last if last and last.state is ProposalState.RETURNED and last.why else None


def waiting(session: Session, actor: Actor, now: datetime) -> Sequence[Waiting]:
    """All that wait for a second reader, the oldest first; looked at by a supervisor, which is written down."""
    require(actor, Action.TICKET_APPROVE)
    query = select(ReplyProposal, Ticket).join(Ticket, Ticket.id == ReplyProposal.ticket_id)
    rows = session.execute(
        query.where(ReplyProposal.state == ProposalState.WAITING, of_migrants(Ticket.conversation_id)).order_by(ReplyProposal.id)
    )
    audit.write(session, actor, Action.TICKET_APPROVE, None, now, why="list")
    return [Waiting(each.id, each.topic, Urgency(each.urgency), each.language, said.who, said.proposed_at) for said, each in rows]


def drop_waiting(session: Session, ticket_id: int, who: str, now: datetime) -> None:
    """The ticket was closed: nothing of it goes out any more."""
    proposal = waiting_of(session, ticket_id)
    if proposal is not None:
        _decide(proposal, ProposalState.RETURNED, who, None, now)


def _readable(session: Session, ticket_id: int, number: int, actor: Actor) -> tuple[Ticket, ReplyProposal]:
    require(actor, Action.TICKET_APPROVE)
    ticket = tickets.get(session, ticket_id)
    proposal = waiting_of(session, ticket_id)
    if proposal is None or proposal.id != number:
        raise RefusedError("Esa respuesta ya no espera: alguien la decidió o quien la escribió la cambió; vea la página otra vez")
    if proposal.who == actor.name:
        raise RefusedError("Usted la escribió: la tiene que leer otra persona que supervise")
    return ticket, proposal


def _decide(proposal: ReplyProposal, state: ProposalState, who: str, why: str | None, now: datetime) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.why = state, who, now, why
