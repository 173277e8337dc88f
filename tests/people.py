"""People who talk to the assistant in tests: they say something, read the answer and press its buttons.

Assertions are on the conversation as the person sees it, in order. Everything is real: the turn, the database,
and Rasa unless a test stops it.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.app import App, compose
from bot.content.published import Button
from bot.conversation import deferred, inbox
from bot.conversation.context import Taken
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.worker import utc_now
from bot.errors import UnderstandingError
from bot.handoff import order, proposals, replies, tickets
from bot.handoff.attending import close_ticket
from bot.local_chat.exchange import exchange, history
from bot.permissions import Actor
from bot.rasa.client import RasaClient, Understanding
from bot.records.conversations import Message
from bot.records.deliveries import InboxUpdate
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketState
from bot.settings import Settings

BOT_ID = "terminal"
ANSWERS_AT_ONCE = {
    "ask_referral_intake_for_whom": "referral_intake.for_whom=self",
    "ask_referral_intake_notices": "referral_intake.notices=yes",
}
"""How a person who asks for themselves, by chat, answers what most tests are not about."""


@dataclass(frozen=True)
class Heard:
    """What came back for one thing said."""

    taken: Taken

    @property
    def responses(self) -> list[str]:
        """Names of the responses, in order."""
        return [reply.response or "" for reply in self.taken.replies]

    @property
    def text(self) -> str:
        return "\n\n".join(reply.text for reply in self.taken.replies)

    @property
    def buttons(self) -> list[Button]:
        return [button for reply in self.taken.replies for button in reply.buttons]

    @property
    def titles(self) -> list[str]:
        return [button.title for button in self.buttons]

    @property
    def payloads(self) -> list[str]:
        return [button.payload for button in self.buttons]

    @property
    def safety(self) -> str | None:
        return self.taken.safety

    @property
    def is_silent(self) -> bool:
        return not self.taken.replies


class Stoppable(RasaClient):
    """Real Rasa, with a switch."""

    def __init__(self, client: RasaClient) -> None:
        super().__init__(client.http)
        self.stopped = False

    async def understand(self, text: str, state: dict[str, Any] | None) -> Understanding:
        if self.stopped:
            raise UnderstandingError("stopped by the test")
        return await super().understand(text, state)

    async def is_ready(self) -> bool:
        return not self.stopped and await super().is_ready()


class Office:
    """The service under test with its clock, its staff desk and its records."""

    def __init__(self, settings: Settings, rasa_port: int) -> None:
        self._runner = asyncio.Runner()
        self._rasa_port, self._settings = rasa_port, settings
        self._ids = itertools.count(1)
        self._clock_shift = utc_now() - utc_now()
        self.app: App
        self.open()

    def open(self) -> None:
        self._runner.run(self._open())

    async def _open(self) -> None:
        self.rasa = Stoppable(RasaClient.at(self._rasa_port))
        self.app = compose(self._settings, self.rasa, [BOT_ID], "tests", self.now)
        self._worker = asyncio.create_task(self.app.worker.run())

    def close(self) -> None:
        self._runner.run(self._close())
        self._runner.close()

    async def _close(self) -> None:
        self.app.worker.stop()
        await self._worker
        await self.app.close()

    def restart(self) -> None:
        """The process ends and another begins: what was not written down is gone."""
        self._runner.run(self._close())
        self.open()

    def now(self) -> datetime:
        return utc_now() + self._clock_shift

    def set_clock(self, moment: datetime) -> None:
        self._clock_shift = moment - utc_now()

    def call[R](self, function: Callable[..., R], *arguments: Any) -> R:
        """A service or query function, in one transaction."""
        return self.app.database.call(function, *arguments)

    def person(self, chat: str = "ana") -> "Person":
        return Person(self, chat)

    def take(self, chat: str, incoming: Incoming, update_id: str | None = None) -> Heard:
        arrival = inbox.Arrival(BOT_ID, update_id or f"u{next(self._ids)}", chat, incoming, self.now())
        return Heard(self._runner.run(exchange(self.app, arrival)))

    def answer_deferred(self) -> None:
        """What housekeeping does when Rasa is back."""

        async def go() -> None:
            count = await self.app.database.run(deferred.ask_again, self.now())
            for _ in range(count):
                self.app.worker.ring()
            for _ in range(200):
                await asyncio.sleep(0.02)
                if not await self.app.database.run(_open_updates):
                    return

        self._runner.run(go())

    # The staff's side, as ./puente tickets does it.
    def waiting_tickets(self) -> list[int]:
        return self.call(lambda session: [row.id for row in order.in_order(session, order.OPEN, (), 99)])

    def claim(self, ticket_id: int, who: str = "rosa") -> None:
        self.call(tickets.claim, ticket_id, who, self.now())

    def reply(self, ticket_id: int, text: str, who: str = "rosa") -> None:
        """Where two people read a reply, the second one approves it."""
        around = self.app.worker.around()
        self.call(replies.write, ticket_id, Actor(who, Role.AGENT), text, around)
        if proposal := self.call(proposals.waiting_of, ticket_id):
            self.call(proposals.approve, ticket_id, proposal.id, Actor("vera", Role.SUPERVISOR), around)

    def hand_back(self, ticket_id: int, who: str = "rosa") -> None:
        self.call(close_ticket, ticket_id, Actor(who, Role.AGENT), self.app.worker.around())


class Person:
    def __init__(self, office: Office, chat: str) -> None:
        self.office, self.chat = office, chat
        self.last: Heard | None = None
        self.answers_everything = False  # also what ANSWERS_AT_ONCE would answer

    def says(self, text: str, update_id: str | None = None) -> Heard:
        return self._sends(text_message(text), update_id)

    def presses(self, title: str) -> Heard:
        """The button with that title in the last answer that had buttons."""
        assert self.last is not None, "nothing was said yet"
        found = next((button for button in self.last.buttons if button.title == title), None)
        assert found, f"no button «{title}» among {self.last.titles}"
        return self.sends_payload(found.payload)

    def sends_payload(self, payload: str) -> Heard:
        return self._sends(Incoming(Kind.BUTTON, payload=payload), None)

    def sends(self, incoming: Incoming) -> Heard:
        return self._sends(incoming, None)

    def _sends(self, incoming: Incoming, update_id: str | None) -> Heard:
        heard = self._goes_on(self.office.take(self.chat, incoming, update_id))
        if heard.buttons:
            self.last = heard
        return heard

    def _goes_on(self, heard: Heard) -> Heard:
        """Answers the questions of a request that a test is not about, and hears what follows as one answer."""
        asked = heard.responses[-1] if heard.responses else ""
        beginning = ANSWERS_AT_ONCE.get(asked)
        if beginning is None or self.answers_everything:
            return heard
        payload = next(payload for payload in heard.payloads if payload.startswith(beginning))
        then = self._goes_on(self.office.take(self.chat, Incoming(Kind.BUTTON, payload=payload)))
        return Heard(replace(heard.taken, replies=(*heard.taken.replies[:-1], *then.taken.replies), language=then.taken.language))

    def transcript(self) -> list[Message]:
        """Everything said in this chat, in order."""
        return self.office.call(history, BOT_ID, self.chat, 1000)


def requests(office: Office) -> list[tuple[TicketState, str]]:
    """State and reason of every request for a person, oldest first."""
    return office.call(lambda session: [(each.state, each.reason) for each in session.scalars(select(Ticket).order_by(Ticket.id))])


def _open_updates(session: Session) -> int:
    return session.scalar(select(func.count()).where(InboxUpdate.done_at.is_(None))) or 0
