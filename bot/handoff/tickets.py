"""Requests for a person: opened by the assistant, held and closed by staff. One open ticket for each conversation.

Every function here that changes a ticket sets its clocks and writes its event. Terms are counted in the hours of the team.
"""

from datetime import datetime
from typing import NoReturn

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.content.team import Team
from bot.errors import RefusedError
from bot.handoff import clocks, roster, sorting, terms
from bot.handoff.alerts import raise_alert
from bot.records.conversations import Conversation, of_migrants
from bot.records.privacy import Erasure
from bot.records.tickets import MAY_BECOME, Ticket, TicketEvent, TicketState, Urgency

USUAL = Team()  # where the caller knows no content
ASSISTANT = "assistant"
_OPEN_OF = select(Ticket).where(Ticket.conversation_id == bindparam("conversation"), Ticket.state != TicketState.RESOLVED)


def open_of(session: Session, conversation_id: int) -> Ticket | None:
    """The ticket of this conversation that is not resolved."""
    return session.scalar(_OPEN_OF, {"conversation": conversation_id})


def held_of(session: Session, conversation_id: int) -> Ticket | None:
    """The ticket of this conversation that a person holds: meanwhile the assistant keeps quiet."""
    ticket = open_of(session, conversation_id)
    return ticket if ticket and ticket.state is TicketState.ASSIGNED else None


def open_ticket(
    session: Session, conversation: Conversation, reason: str, now: datetime, who: str = "person", content: Content | None = None
) -> Ticket:
    """The open ticket of the conversation, made if there is none. One that staff put off waits again; one that the person did does not."""
    ticket = open_of(session, conversation.id)
    if ticket is not None:
        if ticket.state is TicketState.SNOOZED and not terms.chose_when(ticket):
            wake(session, ticket, who, now, content.team if content else USUAL)
        if reason in sorting.DANGEROUS:
            alert(session, ticket, reason, now, content.team if content else USUAL)
        return ticket
    team, topic = content.team if content else USUAL, sorting.topic_of(conversation)
    urgency = sorting.urgency_of(session, conversation, reason, topic, content, now)
    ticket = Ticket(
        conversation_id=conversation.id, state=TicketState.WAITING, reason=reason, opened_at=now, changed_at=now, waiting_since=now,
        language=conversation.language, topic=topic, urgency=urgency, municipality=sorting.municipality_of(session, conversation),
        reply_by=clocks.reply_by(team, urgency, now), resolve_by=clocks.resolve_by(team, urgency, now),
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    raise_alert(session, ticket, "new", now)
    _happened(session, ticket, "opened", who, reason, now)
    return ticket


def person_wrote(session: Session, conversation_id: int, now: datetime, team: Team = USUAL, *, is_word: bool = True) -> None:
    """They wait from the first message on that staff have not answered. A word, more than a button, ends what staff put off."""
    ticket = open_of(session, conversation_id)
    if ticket is None:
        return
    if ticket.state is TicketState.SNOOZED and not terms.chose_when(ticket) and is_word:
        wake(session, ticket, "person", now, team)
    if ticket.waiting_since is None:
        terms.waits(ticket, now, team)


def replied(session: Session, ticket: Ticket, now: datetime) -> None:
    """Staff have the last word. The event says since when the person had waited for it."""
    if ticket.waiting_since is not None:
        _happened(session, ticket, "replied", ticket.holder or ASSISTANT, ticket.waiting_since.isoformat(), now)
    ticket.waiting_since = ticket.reply_by = None
    ticket.first_replied_at = ticket.first_replied_at or now


def alert(session: Session, ticket: Ticket, category: str, now: datetime, team: Team = USUAL) -> None:
    """Danger was said while somebody waits or a person holds the chat: nobody is before them, and the staff are told at once."""
    if ticket.state is TicketState.SNOOZED:
        wake(session, ticket, ASSISTANT, now, team)
    _happened(session, ticket, "alert", ASSISTANT, category, now)
    terms.press(ticket, Urgency.DANGER, now, team)
    raise_alert(session, ticket, "danger", now)


def press(session: Session, ticket: Ticket, reason: str, now: datetime, team: Team = USUAL) -> None:
    """Something has gone wrong for somebody who has a ticket already: those who supervise are told."""
    _happened(session, ticket, "alert", ASSISTANT, reason, now)
    terms.press(ticket, Urgency.HIGH, now, team)
    raise_alert(session, ticket, "escalated", now)


def claim(session: Session, ticket_id: int, holder: str, now: datetime) -> Ticket:
    """Take a ticket. Raises RefusedError when somebody else has it or it is closed."""
    ticket = get(session, ticket_id)
    if ticket.state is TicketState.ASSIGNED and ticket.holder != holder:
        raise RefusedError(f"La petición {ticket_id} ya la atiende {ticket.holder}")
    if ticket.state is not TicketState.ASSIGNED:
        change(session, ticket, TicketState.ASSIGNED, holder, None, now)
        _give(ticket, holder, now)
    return ticket


def assign(session: Session, ticket_id: int, to: str, by: str, now: datetime) -> Ticket:
    """Give it to somebody, whoever has it. Raises RefusedError when it is closed or they cannot take it."""
    ticket = get(session, ticket_id)
    roster.check_takes(session, to)
    if ticket.state is not TicketState.ASSIGNED:
        change(session, ticket, TicketState.ASSIGNED, by, to, now)
    elif ticket.holder != to:
        ticket.changed_at = now
        _happened(session, ticket, "passed", by, to, now)
    if ticket.holder != to or ticket.held_since is None:
        _give(ticket, to, now)
    return ticket


def release(session: Session, ticket_id: int, who: str, now: datetime, team: Team = USUAL, why: str = "released") -> Ticket:
    """Back to the queue: the assistant speaks and others can take it. Raises RefusedError unless somebody holds it."""
    ticket = get(session, ticket_id)
    if ticket.state is not TicketState.ASSIGNED:
        raise RefusedError(f"La petición {ticket_id} no la atiende nadie; no hace falta soltarla")
    _back_to_queue(session, ticket, who, why, now, team)
    return ticket


def release_all(session: Session, holder: str, who: str, now: datetime, team: Team = USUAL) -> list[Ticket]:
    """Whom somebody held who is here no more waits again, so that the assistant speaks and others can take them."""
    query = select(Ticket).where(Ticket.state == TicketState.ASSIGNED, Ticket.holder == holder).order_by(Ticket.id).with_for_update()
    released = list(session.scalars(query))
    for ticket in released:
        _back_to_queue(session, ticket, who, "released", now, team)
    return released


def wake(session: Session, ticket: Ticket, who: str, now: datetime, team: Team = USUAL) -> None:
    """What was put off waits again, and the staff are told."""
    _back_to_queue(session, ticket, who, "woken", now, team)


def close(session: Session, ticket_id: int, who: str, now: datetime) -> Ticket:
    """Hand the chat back to the assistant. Raises RefusedError when it is closed already."""
    ticket = session.get(Ticket, ticket_id, with_for_update=True) or _missing(session, ticket_id)
    change(session, ticket, TicketState.RESOLVED, who, None, now)
    ticket.resolved_at, ticket.snoozed_until = now, None
    return ticket


def is_held_by(ticket: Ticket, who: str) -> bool:
    return ticket.state is TicketState.ASSIGNED and ticket.holder == who


def held(session: Session, ticket_id: int, who: str) -> Ticket:
    """The ticket, if `who` holds it: only the holder may write to the person. Raises RefusedError."""
    ticket = get(session, ticket_id)
    if not is_held_by(ticket, who):
        raise RefusedError(f"La petición {ticket_id} no la atiende {who}; tómela primero")
    return ticket


def get(session: Session, ticket_id: int) -> Ticket:
    """For staff. Raises RefusedError."""
    ticket = session.get(Ticket, ticket_id, with_for_update=True)
    is_theirs = session.scalar(select(Ticket.id).where(Ticket.id == ticket_id, of_migrants(Ticket.conversation_id)))
    return ticket if ticket and is_theirs else _missing(session, ticket_id)


def _missing(session: Session, ticket_id: int) -> NoReturn:
    erased = next((each for each in session.scalars(select(Erasure)) if ticket_id in [number for number, _ in each.left["tickets"]]), None)
    if erased:
        raise RefusedError(f"La petición {ticket_id} ya no existe: la persona pidió borrar sus datos ({erased.folio})")
    raise RefusedError(f"No existe la petición {ticket_id}")


def change(session: Session, ticket: Ticket, state: TicketState, who: str, why: str | None, now: datetime) -> None:
    """Into another state, with its event. Raises RefusedError where it may not follow."""
    if state not in MAY_BECOME[ticket.state]:
        raise RefusedError(f"La petición {ticket.id} está en «{ticket.state}» y no puede pasar a «{state}»")
    ticket.state, ticket.changed_at = state, now
    _happened(session, ticket, state, who, why, now)


def _back_to_queue(session: Session, ticket: Ticket, who: str, why: str, now: datetime, team: Team) -> None:
    change(session, ticket, TicketState.WAITING, who, why, now)
    ticket.holder = ticket.held_since = ticket.snoozed_until = None
    if ticket.waiting_since is None:
        terms.waits(ticket, now, team)
    raise_alert(session, ticket, "silent" if why == "silent" else "new", now)


def _give(ticket: Ticket, holder: str, now: datetime) -> None:
    ticket.holder, ticket.held_since, ticket.snoozed_until = holder, now, None


def _happened(session: Session, ticket: Ticket, what: str, who: str, why: str | None, now: datetime) -> None:
    session.add(TicketEvent(ticket_id=ticket.id, what=what, who=who, why=why, at=now))
