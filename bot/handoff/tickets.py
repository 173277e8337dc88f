"""Requests for a person: opened by the assistant, held and closed by staff. One open ticket for each conversation."""

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.handoff.alerts import raise_alert
from bot.records.conversations import Conversation
from bot.records.privacy import Erasure
from bot.records.tickets import MAY_BECOME, Ticket, TicketEvent, TicketState, Urgency

OPEN = [state for state, following in MAY_BECOME.items() if following]
_OPEN_OF = select(Ticket).where(Ticket.conversation_id == bindparam("conversation"), Ticket.state != TicketState.RESOLVED)


def open_of(session: Session, conversation_id: int) -> Ticket | None:
    """The ticket of this conversation that is not resolved."""
    return session.scalar(_OPEN_OF, {"conversation": conversation_id})


def held_of(session: Session, conversation_id: int) -> Ticket | None:
    """The ticket of this conversation that a person holds: meanwhile the assistant keeps quiet."""
    ticket = open_of(session, conversation_id)
    return ticket if ticket and ticket.state is TicketState.ASSIGNED else None


def open_ticket(session: Session, conversation: Conversation, reason: str, now: datetime, who: str = "person") -> Ticket:
    """The open ticket of the conversation, made if there is none."""
    ticket = open_of(session, conversation.id)
    if ticket is None:
        slots = (conversation.state or {}).get("slots") or {}
        ticket = Ticket(
            conversation_id=conversation.id, state=TicketState.WAITING, reason=reason, opened_at=now, changed_at=now, waiting_since=now,
            language=conversation.language, topic=slots.get("topic"),
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        raise_alert(session, ticket, "new", now)
        session.add(TicketEvent(ticket_id=ticket.id, what="opened", who=who, why=reason, at=now))
    return ticket


def ahead_of(session: Session, ticket: Ticket) -> int:
    """How many people wait who came before."""
    earlier = select(func.count()).where(Ticket.state == TicketState.WAITING, Ticket.id < ticket.id)
    return session.scalar(earlier) or 0


def person_wrote(session: Session, conversation_id: int, now: datetime) -> None:
    """The person waits for a word of the staff from the first message on that they have not answered."""
    ticket = open_of(session, conversation_id)
    if ticket is not None and ticket.waiting_since is None:
        ticket.waiting_since = now


def replied(session: Session, ticket: Ticket, now: datetime) -> None:
    """Staff have the last word."""
    ticket.waiting_since = ticket.reply_by = None
    ticket.first_replied_at = ticket.first_replied_at or now


def alert(session: Session, ticket: Ticket, category: str, now: datetime) -> None:
    """Danger was said while a person holds the chat: written down for the staff at once."""
    ticket.urgency = Urgency.DANGER
    raise_alert(session, ticket, "danger", now)
    session.add(TicketEvent(ticket_id=ticket.id, what="alert", who="assistant", why=category, at=now))


def claim(session: Session, ticket_id: int, holder: str, now: datetime) -> Ticket:
    """Take a ticket. Raises RefusedError when somebody else has it or it is closed."""
    ticket = get(session, ticket_id)
    if ticket.state is TicketState.ASSIGNED and ticket.holder != holder:
        raise RefusedError(f"La petición {ticket_id} ya la atiende {ticket.holder}")
    if ticket.state is not TicketState.ASSIGNED:
        ticket.holder = holder
        _change(session, ticket, TicketState.ASSIGNED, holder, None, now)
    return ticket


def close(session: Session, ticket_id: int, who: str, now: datetime) -> Ticket:
    """Hand the chat back to the assistant. Raises RefusedError when it is closed already."""
    ticket = get(session, ticket_id)
    _change(session, ticket, TicketState.RESOLVED, who, None, now)
    return ticket


def release(session: Session, ticket_id: int, who: str, now: datetime) -> Ticket:
    """Back to the queue. Raises RefusedError when nobody holds it."""
    ticket = get(session, ticket_id)
    _change(session, ticket, TicketState.WAITING, who, "released", now)
    ticket.holder = ticket.held_since = None
    return ticket


def assign(session: Session, ticket_id: int, to: str, by: str, now: datetime) -> Ticket:
    """To somebody, whoever has it now. Raises RefusedError when it is closed."""
    ticket = get(session, ticket_id)
    if ticket.state is TicketState.ASSIGNED:
        session.add(TicketEvent(ticket_id=ticket.id, what="passed", who=by, why=to, at=now))
    else:
        _change(session, ticket, TicketState.ASSIGNED, by, to, now)
    ticket.holder, ticket.held_since, ticket.snoozed_until = to, now, None
    return ticket


def snooze(session: Session, ticket_id: int, until: datetime, who: str, now: datetime) -> Ticket:
    """Put off until then. Raises RefusedError when nobody holds it."""
    ticket = get(session, ticket_id)
    _change(session, ticket, TicketState.SNOOZED, who, None, now)
    ticket.snoozed_until = until
    return ticket


def release_all(session: Session, holder: str, who: str, now: datetime) -> list[Ticket]:
    """Whom somebody held who is here no more waits again, so that the assistant speaks and others can take them."""
    query = select(Ticket).where(Ticket.state == TicketState.ASSIGNED, Ticket.holder == holder).order_by(Ticket.id).with_for_update()
    released = list(session.scalars(query))
    for ticket in released:
        ticket.holder = None
        _change(session, ticket, TicketState.WAITING, who, "released", now)
    return released


def held(session: Session, ticket_id: int, who: str) -> Ticket:
    """The ticket, if `who` holds it: only the holder may write to the person. Raises RefusedError."""
    ticket = get(session, ticket_id)
    if ticket.state is not TicketState.ASSIGNED or ticket.holder != who:
        raise RefusedError(f"La petición {ticket_id} no la atiende {who}; tómela primero")
    return ticket


def waiting_or_held(session: Session) -> list[Ticket]:
    return list(session.scalars(select(Ticket).where(Ticket.state.in_(OPEN)).order_by(Ticket.id)))


def get(session: Session, ticket_id: int) -> Ticket:
    ticket = session.get(Ticket, ticket_id, with_for_update=True)
    if ticket is None:
        erased = next(
            (each for each in session.scalars(select(Erasure)) if ticket_id in [number for number, _ in each.left["tickets"]]), None
        )
        if erased:
            raise RefusedError(f"La petición {ticket_id} ya no existe: la persona pidió borrar sus datos ({erased.folio})")
        raise RefusedError(f"No existe la petición {ticket_id}")
    return ticket


def _change(session: Session, ticket: Ticket, state: TicketState, who: str, why: str | None, now: datetime) -> None:
    if state not in MAY_BECOME[ticket.state]:
        raise RefusedError(f"La petición {ticket.id} está en «{ticket.state}» y no puede pasar a «{state}»")
    ticket.state, ticket.changed_at = state, now
    session.add(TicketEvent(ticket_id=ticket.id, what=state, who=who, why=why, at=now))
