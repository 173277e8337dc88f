"""A ticket put off: by staff until a moment of theirs, or by the person, who chose when they want to be written to."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.content.team import Team
from bot.errors import RefusedError
from bot.handoff import clocks, tickets
from bot.records.tickets import Ticket, TicketState


def snooze(session: Session, ticket_id: int, until: datetime, who: str, now: datetime) -> Ticket:
    """Who holds it puts it off; the assistant speaks meanwhile. Raises RefusedError."""
    ticket = tickets.get(session, ticket_id)
    if ticket.state is not TicketState.ASSIGNED:
        raise RefusedError(f"La petición {ticket_id} no la atiende nadie; tómela antes de posponerla")
    if until <= now:
        raise RefusedError("Esa hora ya pasó; elija una que venga")
    tickets.change(session, ticket, TicketState.SNOOZED, who, None, now)
    ticket.snoozed_until, ticket.callback_at, ticket.held_since = until, None, None
    return ticket


def call_back(session: Session, ticket: Ticket, at: datetime, now: datetime, team: Team = tickets.USUAL) -> None:
    """The person chose from when on they want to be written to: until then nobody is to take it. Raises RefusedError while it is held."""
    if ticket.state is not TicketState.SNOOZED:
        if ticket.state is not TicketState.WAITING:
            raise RefusedError(f"La petición {ticket.id} ya la atiende alguien")
        tickets.change(session, ticket, TicketState.SNOOZED, "person", "callback", now)
    ticket.snoozed_until = ticket.callback_at = at
    ticket.reply_by = clocks.reply_by(team, ticket.urgency, at)
