"""The staff's clock: who is on duty when, and what somebody who waits for them is told at that hour."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.team import Team
from bot.conversation.surroundings import Surroundings
from bot.handoff import returning
from bot.records.database import Database
from bot.records.staff import Role, Staff
from bot.records.tickets import Alert, Ticket, TicketEvent, TicketState
from tests.chats import STAFF, Chat

TUESDAY = "2026-11-24"
HALF = Team(
    two_readers=("women",), silent_after=60, escalate_after=30, tell_every=120, reply_within={"danger": 10, "high": 60, "normal": 120}
)


def at(said: str) -> datetime:
    """By the clocks of Mexico City."""
    return datetime.fromisoformat(said).replace(tzinfo=MEXICO).astimezone(UTC)


def member(
    session: Session,
    name: str,
    role: Role = Role.AGENT,
    *,
    accepted: bool = True,
    away: bool = False,
    revoked: bool = False,
    email: str | None = None,
) -> None:
    then = at("2026-01-05 09:00")
    session.add(
        Staff(
            name=name, role=role, created_at=then, created_by="operator", accepted_at=then if accepted else None, is_away=away, email=email,
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


def on_duty(database: Database, around: Surroundings) -> Chat:
    """A chat on a Tuesday at eleven, with somebody on duty."""
    database.call(nobody_and_nothing)
    database.call(member, STAFF)
    chat = Chat(database, replace(around, content=replace(around.content, team=HALF)))
    chat.now = at("2026-11-24 11:00")
    return chat


def time_goes_on(ana: Chat, until: str) -> dict[str, int]:
    """What the jobs do at that moment."""
    ana.now = at(until)
    return follow(ana.database, replace(ana.around, now=ana.now))


def answered(ana: Chat) -> None:
    ana.person_holds()
    ana.staff_says("Buenas tardes")


def state(ana: Chat) -> TicketState:
    return ana.call(lambda session: ana.ticket(session).state)


def responses(ana: Chat) -> list[str | None]:
    return [each.response for each in ana.transcript()]


def told(ana: Chat, name: str) -> int:
    return responses(ana).count(name)
