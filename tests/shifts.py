"""The staff's clock: who is on duty when, and what somebody who waits for them is told at that hour."""

from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.conversation.surroundings import Surroundings
from bot.handoff import returning
from bot.records.database import Database
from bot.records.staff import Role, Staff
from bot.records.tickets import Alert, Ticket, TicketEvent, TicketState

TUESDAY = "2026-11-24"


def at(said: str) -> datetime:
    """By the clocks of Mexico City."""
    return datetime.fromisoformat(said).replace(tzinfo=MEXICO).astimezone(UTC)


def member(
    session: Session, name: str, role: Role = Role.AGENT, *, accepted: bool = True, away: bool = False, revoked: bool = False
) -> None:
    then = at("2026-01-05 09:00")
    session.add(
        Staff(
            name=name, role=role, created_at=then, created_by="operator", accepted_at=then if accepted else None, is_away=away,
            revoked_at=then if revoked else None,
        )
    )  # fmt: skip


def nobody_and_nothing(session: Session) -> None:
    """No staff, and no ticket of another test that waits or was answered."""
    session.execute(delete(Staff))
    session.execute(update(Ticket).values(state=TicketState.RESOLVED, first_replied_at=None))


def follow(database: Database, around: Surroundings) -> dict[str, int]:
    """Every job once, as housekeeping does it: how many tickets each dealt with."""
    done: dict[str, int] = {}
    for job in returning.JOBS:
        for ticket_id in database.call(returning.due, job, around.content.team, around.now):
            if database.call(returning.follow, job, ticket_id, around):
                done[job.name] = done.get(job.name, 0) + 1
    return done


def alerts(session: Session, ticket: Ticket) -> list[str]:
    return list(session.scalars(select(Alert.kind).where(Alert.ticket_id == ticket.id).order_by(Alert.id)))


def events(session: Session, ticket: Ticket) -> list[tuple[str, str, str | None]]:
    found = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
    return [(each.what, each.who, each.why) for each in session.scalars(found)]
