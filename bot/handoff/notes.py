"""What staff write for each other about a ticket. Nothing that sends reads it: the person never sees it."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError
from bot.handoff import tickets
from bot.permissions import Action, Actor
from bot.records.tickets import TicketNote

LONGEST = 8000  # characters


def add(session: Session, ticket_id: int, actor: Actor, text: str, now: datetime) -> TicketNote:
    """Also by who does not hold the ticket, and after it is closed. Raises RefusedError."""
    said = text.strip()
    if not said:
        raise RefusedError("Falta el texto de la nota")
    if len(said) > LONGEST:
        raise RefusedError(f"La nota tiene {len(said)} letras; escriba hasta {LONGEST}")
    ticket = tickets.get(session, ticket_id)
    note = TicketNote(ticket_id=ticket.id, who=actor.name, text=said, at=now)
    session.add(note)
    audit.write_about(session, actor, Action.TICKET_NOTE, ticket.conversation_id, now)
    return note
