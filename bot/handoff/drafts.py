"""What a member of the staff has begun to write to a person: their own, kept until it is sent or emptied.

It is not audited: it is saved every few seconds, and nobody but its writer reads it.
"""

from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.handoff import presence, tickets
from bot.records.tickets import ReplyDraft, TicketState

LONGEST = 20_000  # characters


def save(session: Session, ticket_id: int, who: str, text: str, now: datetime) -> None:
    """An empty one is forgotten. Raises RefusedError when the ticket is closed or gone."""
    if tickets.get(session, ticket_id).state is TicketState.RESOLVED:
        raise RefusedError(f"La petición {ticket_id} ya está cerrada")
    found = session.scalar(_of(ticket_id, who))
    if not text.strip():
        drop(session, ticket_id, who)
    elif found is None:
        session.add(ReplyDraft(ticket_id=ticket_id, who=who, text=text[:LONGEST], saved_at=now))
    else:
        found.text, found.saved_at = text[:LONGEST], now
    session.flush()


def type_on(session: Session, ticket_id: int, who: str, text: str, now: datetime) -> None:
    """Kept while they type: colleagues who have the page open see that they do. Raises RefusedError."""
    save(session, ticket_id, who, text, now)
    presence.mark(session, ticket_id, who, now, is_writing=bool(text.strip()))


def text_of(session: Session, ticket_id: int, who: str) -> str:
    found = session.scalar(_of(ticket_id, who))
    return found.text if found else ""


def drop(session: Session, ticket_id: int, who: str) -> None:
    session.execute(delete(ReplyDraft).where(ReplyDraft.ticket_id == ticket_id, ReplyDraft.who == who))


def _of(ticket_id: int, who: str) -> Select[ReplyDraft]:
    return select(ReplyDraft).where(ReplyDraft.ticket_id == ticket_id, ReplyDraft.who == who)
