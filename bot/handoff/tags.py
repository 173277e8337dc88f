"""How staff sort a ticket: its topic, how urgent it is, and words of their own. Each change is an event and a row of the audit."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit, identifiers
from bot.content.team import Team
from bot.errors import RefusedError
from bot.handoff import terms, tickets
from bot.handoff.alerts import raise_alert
from bot.permissions import Action, Actor, may, require
from bot.records.tickets import Ticket, TicketEvent, TicketState, TicketTag, Urgency

LONGEST = 32
MOST = 8
MOST_DIGITS = 5  # more of them are somebody's number, whatever it is called
_FOLIO = re.compile(r"\b(?:pte|arc|bor)[ -]?[0-9]{2}[ -]")
_WRITTEN = re.compile(r"[^\W_](?:[^\W_]|[ .-])*")


@dataclass(frozen=True)
class Sorting:
    """What is to be; None: as it is. An empty topic: none of ours."""

    topic: str | None = None
    urgency: Urgency | None = None
    added: str = ""
    removed: tuple[str, ...] = ()


def of_ticket(session: Session, ticket_id: int) -> tuple[str, ...]:
    return tuple(session.scalars(select(TicketTag.tag).where(TicketTag.ticket_id == ticket_id).order_by(TicketTag.tag)))


def sort(
    session: Session, ticket_id: int, sorting: Sorting, actor: Actor, topics: Collection[str], now: datetime, team: Team = tickets.USUAL
) -> Ticket:
    """All of it or nothing. Raises RefusedError; what is so already leaves no trace."""
    require(actor, Action.TICKET_SORT)
    ticket = tickets.get(session, ticket_id)
    _check_stays_with_two(ticket, sorting, actor, team.two_readers)
    for tag in sorting.removed:
        remove(session, ticket, tag, actor, now)
    if sorting.added.strip():
        add(session, ticket, sorting.added, actor, now)
    if sorting.topic is not None:
        set_topic(session, ticket, sorting.topic, actor, topics, now)
    if sorting.urgency is not None:
        set_urgency(session, ticket, sorting.urgency, actor, now, team)
    return ticket


def _check_stays_with_two(ticket: Ticket, sorting: Sorting, actor: Actor, two_readers: Collection[str]) -> None:
    """Who wants to write alone must not get there by sorting: only who supervises takes a ticket from the second reader."""
    if may(actor.role, Action.TICKET_APPROVE):
        return
    leaves_topic = ticket.topic in two_readers and sorting.topic is not None and sorting.topic not in two_readers
    leaves_danger = ticket.urgency == Urgency.DANGER and sorting.urgency not in (None, Urgency.DANGER)
    if leaves_topic or leaves_danger:
        raise RefusedError("De este tema lee la respuesta otra persona; pida a quien supervisa que cambie el tema o la urgencia")


def add(session: Session, ticket: Ticket, written: str, actor: Actor, now: datetime) -> None:
    tag = normal(written)
    has = of_ticket(session, ticket.id)
    if tag in has:
        return
    if len(has) >= MOST:
        raise RefusedError(f"La petición {ticket.id} ya tiene {MOST} etiquetas: quite una antes de poner otra")
    session.add(TicketTag(ticket_id=ticket.id, tag=tag, who=actor.name, at=now))
    _note(session, ticket, "tag", tag, actor, now)


def remove(session: Session, ticket: Ticket, tag: str, actor: Actor, now: datetime) -> None:
    found = session.scalar(select(TicketTag).where(TicketTag.ticket_id == ticket.id, TicketTag.tag == tag))
    if found is not None:
        session.delete(found)
        _note(session, ticket, "untag", tag, actor, now)


def set_topic(session: Session, ticket: Ticket, topic: str, actor: Actor, topics: Collection[str], now: datetime) -> None:
    if topic and topic not in topics:
        raise RefusedError("Ese tema no existe: elija uno de la lista")
    if (ticket.topic or "") != topic:
        ticket.topic = topic or None
        _note(session, ticket, "topic", topic or "none", actor, now)


def set_urgency(session: Session, ticket: Ticket, urgency: Urgency, actor: Actor, now: datetime, team: Team = tickets.USUAL) -> None:
    """Its terms change with it. Danger waits for no time that anybody chose, and all of the desk are told."""
    if ticket.urgency == urgency:
        return
    if ticket.state is TicketState.RESOLVED:
        raise RefusedError(f"La petición {ticket.id} está cerrada: su urgencia ya no se cambia")
    terms.weigh(ticket, urgency, now, team)
    _note(session, ticket, "urgency", urgency.name.lower(), actor, now)
    if urgency is Urgency.DANGER:
        if ticket.state is TicketState.SNOOZED:
            tickets.wake(session, ticket, actor.name, now, team)
        raise_alert(session, ticket, "danger", now)


def normal(written: str) -> str:
    """As a tag is kept. Raises RefusedError when it is none, or names somebody: tags are searched, so they are not encrypted."""
    tag = " ".join(unicodedata.normalize("NFC", written).casefold().replace("#", " ").split())
    if len(tag) > LONGEST or not _WRITTEN.fullmatch(tag):
        raise RefusedError(f"Una etiqueta tiene hasta {LONGEST} letras, números, espacios o guiones, como «vuelve el lunes»")
    if sum(map(str.isdigit, tag)) > MOST_DIGITS or _FOLIO.search(tag) or identifiers.masked(tag).kinds:
        raise RefusedError("Una etiqueta no lleva teléfonos, folios, claves ni correos: la ve todo el equipo y no se guarda cifrada")
    return tag


def _note(session: Session, ticket: Ticket, what: str, why: str, actor: Actor, now: datetime) -> None:
    session.flush()  # two who add the same at once: the second is told by the database before anything of it stands in the audit
    session.add(TicketEvent(ticket_id=ticket.id, what=what, who=actor.name, why=why, at=now))
    audit.write_about(session, actor, Action.TICKET_SORT, ticket.conversation_id, now, f"{what} {why}")
