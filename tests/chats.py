"""A chat with the bot on Telegram, turn by turn, with a real database and the real content. Nothing is sent and Rasa is not asked: the
test says what is understood.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import Bot

from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.inbox import Arrival
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.surroundings import Surroundings
from bot.conversation.turn import Question, Recording, begin_next, finish, go_on_heard
from bot.handoff import proposals, replies, tickets
from bot.handoff.attending import close_ticket
from bot.permissions import Actor
from bot.questionnaires.run import Progress
from bot.rasa.client import Understanding
from bot.records.conversations import Attachment, Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import Call, InboxUpdate, OutboxMessage, OutboxState
from bot.records.staff import Role
from bot.records.tickets import Ticket
from bot.telegram_adapter.updates import arrival_of
from tests import telegram_json as telegram

BOT = Bot("1:nobody-asks-Telegram")
STAFF = "rosa"
ON_DUTY = Actor(STAFF, Role.AGENT)
SUPERVISES = Actor("vera", Role.SUPERVISOR)
NUMBERS = itertools.count(1)


def understood(*decisions: str, intent: str = "thank", decision: str = "answer", **more: Any) -> Understanding:
    values: dict[str, Any] = {"state": {"slots": {}}, "confidence": 0.9, "topic": "dialogue", "suggestions": [], "entities": [], **more}
    return Understanding(decisions=list(decisions), intent=intent, decision=decision, **values)


THANKS = understood("utter_thank")
NOT_UNDERSTOOD = understood("utter_fallback", intent="nlu_fallback", decision="fallback")
UNRELATED = understood("utter_out_of_scope", intent="out_of_scope", decision="answer")


class UndoneError(Exception):
    """What happened in a transaction is looked at and taken back."""


class Chat:
    """One private chat of one bot. Every bot is another one, so that chats of one database know nothing of each other."""

    def __init__(self, database: Database, around: Surroundings, hears: str | None = None) -> None:
        self.database, self.around, self.now = database, around, datetime.fromtimestamp(telegram.SENT_AT, UTC)
        self.bot_id, self.id = f"telegram:{next(NUMBERS)}", str(telegram.ANA)
        self.understands: Understanding | None = THANKS  # None: Rasa is down
        self.hears = hears  # what the transcriber says of a voice note
        self.asked: list[str] = []  # what Rasa was asked
        self.while_rasa_is_asked: Callable[[Session], object] = lambda session: None
        self._messages = itertools.count(100)
        self.number = 0  # of the last message, as Telegram counts

    # The person's side

    def says(self, said: str, **more: Any) -> list[str]:
        return self.sends(text=said, **more)

    def sends(self, **content: Any) -> list[str]:
        self.number = next(self._messages)
        return self.gets(telegram.message(**{"number": self.number, "at": int(self.now.timestamp()), **content}))

    def edits(self, said: str, number: int | None = None, **more: Any) -> list[str]:
        """The text of the last message, or of that one, is another now."""
        times = {"at": int(self.now.timestamp()), "edit_date": int(self.now.timestamp())}
        return self.gets(telegram.edited(said, number or self.number, **{**times, **more}))

    def presses(self, payload: str) -> list[str]:
        return self.gets(telegram.pressed(payload))

    def gets(self, raw: dict[str, Any]) -> list[str]:
        """An update comes: the names of what is answered, in order."""
        return names(self.takes(raw))

    def takes(self, raw: dict[str, Any]) -> Taken:
        arrival = arrival_of(raw, BOT, self.bot_id, self.now)
        assert arrival is not None, "nothing is taken in"
        return self.database.call(self.turn, arrival)

    def would_say(self, said: str, **more: Any) -> list[str]:
        return names(self.tried(telegram.text(said, at=int(self.now.timestamp()), number=99, **more), lambda session, taken: taken))

    def tried[R](self, raw: dict[str, Any], look: Callable[[Session, Taken], R]) -> R:
        """What would be seen after an update, and nothing of it stays."""
        arrival = arrival_of(raw, BOT, self.bot_id, self.now)
        assert arrival is not None
        seen: list[R] = []

        def turn_and_look(session: Session) -> None:
            taken = self.turn(session, arrival)
            session.flush()
            seen.append(look(session, taken))
            raise UndoneError

        with suppress(UndoneError):
            self.database.call(turn_and_look)
        return seen[0]

    def asks_again(self, said: str) -> list[str]:
        """The assistant itself, when Rasa is back."""
        return names(self.database.call(self.turn, self._arrival(Incoming(Kind.DEFERRED, said))))

    def goes_on(self) -> list[Taken]:
        """The turns of all that waits in the inbox."""
        taken = []
        while (each := self.database.call(self.next_turn)) is not None:
            taken.append(each)
        return taken

    def _arrival(self, incoming: Incoming) -> Arrival:
        return Arrival(self.bot_id, f"own {next(NUMBERS)}", self.id, incoming, self.now)

    def turn(self, session: Session, arrival: Arrival) -> Taken:
        [accepted] = inbox.accept(session, [arrival])
        assert not accepted.done, "it is known already"
        taken = self.next_turn(session)
        assert taken is not None
        return taken

    def next_turn(self, session: Session) -> Taken | None:
        around = replace(self.around, now=self.now, hears_voice=self.around.hears_voice or self.hears is not None)
        begun = begin_next(session, [self.bot_id], around)
        if begun is None:
            return None
        claimed, outcome = begun
        if isinstance(outcome, Recording):
            claimed, outcome = go_on_heard(session, claimed, around, self.hears or None)
        if isinstance(outcome, Question):
            self.asked.append(outcome.text)
            self.while_rasa_is_asked(session)
            outcome = finish(session, claimed, around, self.understands)
        return outcome

    # Time and staff

    def later(self, **much: float) -> None:
        self.now += timedelta(**much)

    def person_waits(self) -> None:
        self.says("persona")

    def person_holds(self) -> None:
        self.person_waits()
        self.call(lambda session: tickets.claim(session, self.ticket(session).id, STAFF, self.now))

    def staff_says(self, said: str) -> None:
        """Where two people read a reply, the second one approves it."""

        def say(session: Session) -> None:
            ticket = self.ticket(session).id
            replies.write(session, ticket, ON_DUTY, said, self._around())
            if proposal := proposals.waiting_of(session, ticket):
                proposals.approve(session, ticket, proposal.id, SUPERVISES, self._around())

        self.call(say)

    def staff_closes(self) -> None:
        self.call(lambda session: close_ticket(session, self.ticket(session).id, ON_DUTY, self._around()))

    def ticket(self, session: Session) -> Ticket:
        found = tickets.open_of(session, self.conversation(session).id)
        assert found is not None, "no ticket is open"
        return found

    def has_ticket(self) -> bool:
        return self.call(lambda session: tickets.open_of(session, self.conversation(session).id) is not None)

    def _around(self) -> Surroundings:
        return replace(self.around, now=self.now)

    # Questionnaires

    def is_at(self, progress: Progress) -> None:
        def begin(session: Session) -> None:
            self.conversation(session).questionnaire = progress.to_json()

        if not self.transcript():
            self.says("gracias")
        self.call(begin)

    @property
    def pending(self) -> dict[str, Any] | None:
        return self.call(lambda session: self.conversation(session).questionnaire)

    @property
    def answers(self) -> dict[str, Any]:
        """What the questionnaire holds: step to value."""
        pending = self.pending
        assert pending is not None
        return {step: value for step, (value, _) in pending["answers"].items()}

    # Looking

    def call[R](self, look: Callable[[Session], R]) -> R:
        return self.database.call(look)

    def conversation(self, session: Session) -> Conversation:
        chat = inbox.chat_hash(self.bot_id, self.id)
        return session.scalars(select(Conversation).where(Conversation.bot_id == self.bot_id, Conversation.chat == chat)).one()

    def get(self, name: str) -> Any:
        """A field of the conversation."""
        return self.call(lambda session: getattr(self.conversation(session), name))

    def transcript(self) -> list[Message]:
        """All that was said with this bot, in order."""
        query = select(Message).join(Conversation).where(Conversation.bot_id == self.bot_id).order_by(Message.id)
        return self.call(lambda session: list(session.scalars(query)))

    def heard(self) -> list[Message]:
        return [each for each in self.transcript() if each.direction is Direction.IN]

    def staff_said(self) -> list[str]:
        """What staff have said to the person, in order."""
        return [each.text for each in self.transcript() if each.direction is Direction.STAFF]

    def attachments(self) -> list[Attachment]:
        query = (
            select(Attachment)
            .join(Message, Message.id == Attachment.message_id)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Conversation.bot_id == self.bot_id)
        )
        return self.call(lambda session: list(session.scalars(query)))

    def inbox(self) -> list[InboxUpdate]:
        query = select(InboxUpdate).where(InboxUpdate.bot_id == self.bot_id).order_by(InboxUpdate.id)
        return self.call(lambda session: list(session.scalars(query)))

    def outbox(self, *, call: Call = Call.SEND, state: OutboxState | None = None) -> list[OutboxMessage]:
        query = select(OutboxMessage).where(OutboxMessage.bot_id == self.bot_id, OutboxMessage.call == call).order_by(OutboxMessage.id)
        found = self.call(lambda session: list(session.scalars(query)))
        return [each for each in found if state in (None, each.state)]

    def delivers(self, first: int = 500) -> list[int]:
        """Telegram takes all that is queued; its numbers for it."""

        def send(session: Session) -> list[int]:
            query = select(OutboxMessage).where(OutboxMessage.bot_id == self.bot_id, OutboxMessage.state == OutboxState.QUEUED)
            rows = list(session.scalars(query.order_by(OutboxMessage.id)))
            for number, row in enumerate(rows, first):
                row.state, row.sent_at, row.door_id = OutboxState.SENT, self.now, str(number)
            return [int(row.door_id or 0) for row in rows]

        return self.call(send)


def names(taken: Taken) -> list[str]:
    return [reply.response or "" for reply in taken.replies]
