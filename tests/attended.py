"""A conversation that a person asked to have with somebody of the team, and those of the team who see it in the console."""

import re
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import about
from bot.conversation.surroundings import Surroundings
from bot.handoff import attending, tickets
from bot.permissions import Actor
from bot.records.audit import AuditEntry
from bot.records.deliveries import Call, OutboxMessage
from bot.records.tickets import Ticket
from tests.chats import Chat
from tests.console import Desk, Member
from tests.shifts import events

NOON = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # a Monday, in Mexico


class Attended:
    """`rosa` holds nothing yet."""

    def __init__(self, desk: Desk, chat: Chat, rosa: Member) -> None:
        self.desk, self.chat, self.rosa = desk, chat, rosa
        desk.now = chat.now = max(desk.now, chat.now)
        chat.says("necesito mi pasaporte")
        self.number, self.path = 0, ""
        self.person_asks()

    def person_asks(self) -> None:
        """For somebody of the team, once more if the last time is over."""
        if not (self.number and self.chat.has_ticket()):
            self.chat.person_waits()
        self.number = self.chat.call(lambda session: self.chat.ticket(session).id)
        self.path = f"/consola/peticiones/{self.number}"

    @property
    def around(self) -> Surroundings:
        return Surroundings(*self.desk.app.content.current(), "test", "", self.desk.now)

    def is_held(self, by: Actor | None = None) -> None:
        self.chat.call(lambda session: attending.claim_ticket(session, self.number, by or self.rosa.actor, self.around))

    def changes(self, **fields: object) -> None:
        """What stands in the ticket is that now."""

        def change(session: Session) -> None:
            for name, value in fields.items():
                setattr(tickets.get(session, self.number), name, value)

        self.chat.call(change)

    def ticket(self) -> Ticket:
        return self.chat.call(lambda session: tickets.get(session, self.number))

    def later(self, **much: float) -> None:
        self.chat.later(**much)
        self.desk.now = self.chat.now

    def person_writes(self, said: str) -> None:
        self.chat.says(said)

    def sent(self) -> list[str]:
        return self.chat.staff_said()

    def calls(self) -> list[OutboxMessage]:
        query = select(OutboxMessage).where(OutboxMessage.call == Call.SEND).order_by(OutboxMessage.id)
        return self.chat.call(lambda session: list(session.scalars(query)))

    def events(self) -> list[tuple[str, str, str | None]]:
        return self.chat.call(lambda session: events(session, tickets.get(session, self.number)))

    def audit(self, action: str) -> list[AuditEntry]:
        return self.chat.call(lambda session: about(session, self.chat.conversation(session).reference, (action,)))


def field(page: str, name: str) -> str:
    """The value of a field of the page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return found[1]


def box(page: str) -> str:
    """What stands in the box of the reply."""
    found = re.search(r'<textarea id="texto"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found, "the page has no box for the reply"
    return found[1]
