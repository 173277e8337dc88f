"""What staff do with a ticket: take it, pass it on, put it off, write to the person, hand the chat back. Each is one row of the audit.

What staff write goes out by `sending.deliver` alone: `reply_to` calls it, and `proposals.approve` where two people read a reply first.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import PLACEHOLDER
from bot.conversation.surroundings import Surroundings
from bot.conversation.unasked import rendered, tell
from bot.errors import RefusedError
from bot.handoff import attachments, proposals, putting_off, sending, survey, tickets
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketState
from bot.referrals import visible

LONGEST = 8000  # characters: two messages of Telegram
SOONEST, LATEST = 5, 60 * 24 * 60  # minutes until a ticket that was put off comes back


def open_file(session: Session, ticket_id: int, number: int, actor: Actor, why: str, now: datetime) -> attachments.SentFile:
    """What the file is fetched by, and the opening written down with its reason. Raises RefusedError."""
    reason = visible.checked_reason(why)
    file = attachments.open_for(session, ticket_id, number, actor.name, now)
    audit.write_about(session, actor, Action.FILE_OPEN, tickets.get(session, ticket_id).conversation_id, now, reason)
    return file


def claim_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> Ticket:
    ticket = tickets.claim(session, ticket_id, actor.name, around.now)
    audit.write_about(session, actor, Action.TICKET_CLAIM, ticket.conversation_id, around.now)
    return ticket


def release_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> Ticket:
    """Back to the queue: the assistant speaks again and others can take it."""
    writable(session, ticket_id, actor)
    ticket = tickets.release(session, ticket_id, actor.name, around.now, around.content.team)
    audit.write_about(session, actor, Action.TICKET_CLAIM, ticket.conversation_id, around.now, "release")
    return ticket


def assign_ticket(session: Session, ticket_id: int, actor: Actor, to: str, around: Surroundings) -> Ticket:
    """To another member who attends people. Raises RefusedError."""
    ticket = tickets.assign(session, ticket_id, to, actor.name, around.now)
    audit.write_about(session, actor, Action.TICKET_ASSIGN, ticket.conversation_id, around.now, to)
    return ticket


def snooze_ticket(session: Session, ticket_id: int, actor: Actor, until: datetime, around: Surroundings) -> Ticket:
    """Put off until then: meanwhile the assistant speaks. Raises RefusedError."""
    minutes = (until - around.now).total_seconds() / 60
    if not SOONEST <= minutes <= LATEST:
        raise RefusedError("Elija un momento que venga: desde cinco minutos hasta dos meses")
    writable(session, ticket_id, actor)
    ticket = putting_off.snooze(session, ticket_id, until, actor.name, around.now)
    audit.write_about(session, actor, Action.TICKET_SNOOZE, ticket.conversation_id, around.now)
    return ticket


def may_write(ticket: Ticket, actor: Actor) -> bool:
    """Who holds it writes to the person, or a supervisor beside them."""
    is_beside = ticket.state is TicketState.ASSIGNED and actor.role is Role.SUPERVISOR
    return is_beside or tickets.is_held_by(ticket, actor.name)


def writable(session: Session, ticket_id: int, actor: Actor) -> Ticket:
    """The ticket, if the actor may write to the person. Raises RefusedError."""
    ticket = tickets.get(session, ticket_id)
    return ticket if may_write(ticket, actor) else tickets.held(session, ticket_id, actor.name)


def checked_text(text: str) -> str:
    """What can be sent as it is. Raises RefusedError."""
    said = text.strip()
    if not said:
        raise RefusedError("Falta el texto: escriba lo que quiere decirle a la persona")
    if len(said) > LONGEST:
        raise RefusedError(f"El texto tiene {len(said)} letras; mande hasta {LONGEST}, o en dos partes")
    if left := PLACEHOLDER.search(said):
        raise RefusedError(f"Falta poner algo en «{left[0]}»; escríbalo o quite esas llaves antes de mandar")
    return said


def reply_to(session: Session, ticket_id: int, actor: Actor, text: str, around: Surroundings) -> bool:
    """False: it is written down, but the person has blocked the bot. Raises RefusedError, also where a second person has to read it."""
    ticket = writable(session, ticket_id, actor)
    said = checked_text(text)
    if proposals.is_needed(ticket, around.content):
        raise RefusedError("En este tema otra persona lee la respuesta antes de que salga: propóngala en la consola")
    return sending.deliver(session, ticket, actor.name, actor, Action.TICKET_REPLY, said, around)


def close_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> None:
    """Handed back to the assistant, and the person is told. Raises RefusedError while somebody else has it, also put off."""
    found = tickets.get(session, ticket_id)
    if found.state is TicketState.ASSIGNED:
        writable(session, ticket_id, actor)
    elif found.state is TicketState.SNOOZED and found.holder not in (None, actor.name) and actor.role is not Role.SUPERVISOR:
        raise RefusedError(f"{found.holder} la pospuso y la va a retomar; si ya no puede, tómela primero")
    ticket = tickets.close(session, ticket_id, actor.name, around.now)
    proposals.drop_waiting(session, ticket_id, actor.name, around.now)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    conversation.misses = 0
    tell(session, conversation, rendered(conversation, "utter_ticket_closed", around), around)
    survey.ask(session, ticket, conversation, around)
    audit.write(session, actor, Action.TICKET_CLOSE, conversation.reference, around.now)
