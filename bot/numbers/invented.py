"""Invented people who write, wait for staff and have cases: for load tests and demonstrations, in a database that has nobody else.

The same seed, sizes and day make the same people. Who writes how much is as uneven as it is with real ones: most say a few things, a
few hundreds of them.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.conversation.inbox import chat_hash
from bot.errors import RefusedError
from bot.numbers.bulk import count_on, in_parts, write_rows
from bot.numbers.invented_cases import CASES, case_rows, referral_starts
from bot.numbers.invented_officials import officials
from bot.numbers.invented_tickets import ASKED_COLUMNS, Asked
from bot.records.conversations import Attachment, ButtonOffer, Conversation, Direction, LanguageFrom, Message
from bot.records.database import Database
from bot.records.deliveries import Call, InboxUpdate, OutboxMessage, OutboxState
from bot.records.tables import Instance
from bot.records.tables import Table as Model
from bot.records.tickets import Ticket, TicketEvent, TicketState, TicketTag, Urgency

BOT_ID = "telegram:1"
SPAN = timedelta(days=730)
LANGUAGES = (("es", 80), ("ht", 8), ("en", 5), ("fr", 4), ("pt", 3))
DECISIONS = (("answer", 78), ("suggest", 13), ("fallback", 9))
REASONS = (("asked", 60), ("fallback", 20), ("no_recipient", 8), ("not_attended", 7), ("failed", 5))
OPENINGS = ("hola, ", "buenas tardes, quisiera saber: ", "disculpe, ", "", "oiga una pregunta, ", "ayuda por favor, ")
OPEN_TICKETS = 60
OFFICIALS = 300
OPEN_STATES = ((TicketState.WAITING, 65), (TicketState.ASSIGNED, 28), (TicketState.SNOOZED, 7))
URGENCIES = ((Urgency.DANGER, 4), (Urgency.HIGH, 16), (Urgency.NORMAL, 80))
HOLDERS = ("rosa", "luis", "ana", "jorge", "itzel")
PURGED_AFTER = timedelta(hours=48)


@dataclass(frozen=True)
class Size:
    chats: int
    messages: int
    referrals: int
    seed: int = 1
    tickets: int = OPEN_TICKETS  # open at the end, at most one of each chat
    officials: int = OFFICIALS


@dataclass(frozen=True)
class Exchange:
    """One message of a person and its answer."""

    number: int  # from 1; its rows are message 2n-1 and 2n, inbox n, outbox n
    chat: int
    at: datetime


def mark_invented(session: Session) -> None:
    """From now on this database is for invented people only. Raises RefusedError if it holds anybody."""
    anybody = session.scalar(select(Conversation.id).limit(1)) is not None
    instance = session.get_one(Instance, 1)
    if anybody and not instance.is_invented:
        raise RefusedError("Esta base de datos tiene conversaciones de personas: use otra carpeta (PUENTE_VAR) u otra DATABASE_URL")
    if anybody:
        raise RefusedError("Esta base de datos ya tiene personas inventadas: bórrela o use otra carpeta (PUENTE_VAR)")
    instance.is_invented = True


def fill(database: Database, content: Content, size: Size, today: datetime, say: Callable[[str], object] = lambda line: None) -> None:
    """Raises RefusedError when the database holds anybody. Each part is committed by itself; the mark comes first."""
    if size.chats < 1 or size.messages < 2 * size.chats or min(size.referrals, size.tickets, size.officials) < 0:
        raise RefusedError("Hace falta por lo menos una conversación, y dos mensajes por conversación")
    database.call(mark_invented)
    made = _People(content, size, today)
    for model, columns, rows in made.tables():
        count = sum(database.call(write_rows, model, columns, part) for part in in_parts(rows))
        if "id" in columns:
            database.call(count_on, model)
        say(f"{model.__tablename__}: {count}")
    _note_how_much(database)


def _note_how_much(database: Database) -> None:
    """PostgreSQL plans by what it knows of the tables; SQLite does without."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


type Rows = Iterable[Sequence[Any]]


class _People:
    """All draws are made from one source in a fixed order, so that the seed decides them."""

    def __init__(self, content: Content, size: Size, today: datetime) -> None:
        self.content, self.size, self.today = content, size, today
        self.draw = random.Random(size.seed)
        self.began = today - SPAN
        self.intents = [intent for intent in content.titles if f"utter_{intent}" in content.responses]
        self.weights = [1 / (place + 3) for place in range(len(self.intents))]
        self.draw.shuffle(self.intents)
        self.topics = sorted(content.topics)
        self.dangers = [each.name for each in content.safety.categories]
        self.places = [place.key for place in content.municipalities.places if place.key[:2] in content.municipalities.home_states][:40]
        self.languages = {chat: self._one_of(LANGUAGES) for chat in range(1, size.chats + 1)}
        self.exchanges = self._exchanges()
        self.first: dict[int, datetime] = {}
        self.last: dict[int, datetime] = {}
        for each in self.exchanges:
            self.first.setdefault(each.chat, each.at)
            self.last[each.chat] = each.at

    def _exchanges(self) -> list[Exchange]:
        """In the order of time. Everybody writes at least once; the rest falls unevenly."""
        total = self.size.messages // 2
        chats = [*range(1, self.size.chats + 1), *(self._somebody() for _ in range(total - self.size.chats))]
        self.draw.shuffle(chats)
        return [Exchange(number, chat, self.began + SPAN * number / (total + 1)) for number, chat in enumerate(chats, 1)]

    def _somebody(self) -> int:
        return 1 + int(self.size.chats * self.draw.random() ** 3)

    def _one_of[T](self, choices: Sequence[tuple[T, int]]) -> T:
        return self.draw.choices([name for name, _ in choices], [weight for _, weight in choices])[0]

    def chat_id(self, chat: int) -> str:
        return str(7_000_000_000 + chat)

    def tables(self) -> Iterator[tuple[type[Model], tuple[str, ...], Rows]]:
        yield Conversation, (
            "id", "bot_id", "chat", "reference", "chat_id", "language", "language_from", "state", "misses", "created_at", "updated_at",
        ), self._conversations()  # fmt: skip
        yield InboxUpdate, ("id", "bot_id", "update_id", "chat", "incoming", "received_at", "attempts", "done_at"), self._inbox()
        yield Message, (
            "id", "conversation_id", "inbox_id", "direction", "place", "text", "buttons", "response", "intent", "confidence", "decision",
            "content_version", "model_version", "door_id", "created_at",
        ), self._messages()  # fmt: skip
        yield OutboxMessage, (
            "id", "bot_id", "conversation_id", "call", "message_id", "part", "door_id", "chat_id", "state", "attempts", "unknown",
            "created_at", "sent_at",
        ), self._outbox()  # fmt: skip
        yield ButtonOffer, ("conversation_id", "payload", "offered_at"), self._offers()
        yield Attachment, ("message_id", "kind", "file_id", "mime_type", "size", "created_at"), self._files()
        asked = self._asked()
        yield Ticket, ASKED_COLUMNS, (each.row() for each in asked)
        yield TicketEvent, ("ticket_id", "what", "who", "why", "at"), (event for each in asked for event in each.events())
        yield TicketTag, ("ticket_id", "tag", "who", "at"), self._tags(asked)
        cases = referral_starts(self.draw, self.content, self.first, self.size.referrals, self.today)
        for model, columns, kind in CASES:
            yield model, columns, case_rows(kind, cases)
        yield from officials(random.Random(self.size.seed), self.content, self.size.officials, self.today).tables()

    def _conversations(self) -> Rows:
        for chat in range(1, self.size.chats + 1):
            chat_id, last = self.chat_id(chat), self.last[chat]
            state = {"slots": {"topic": "work"}} if self.today - last < timedelta(hours=24) else None
            yield (
                chat, BOT_ID, chat_hash(BOT_ID, chat_id), f"{self.draw.getrandbits(128):032x}", chat_id, self.languages[chat],
                LanguageFrom.HEARD, state, 0, self.first[chat], last,
            )  # fmt: skip

    def _inbox(self) -> Rows:
        for each in self.exchanges:
            chat_id = self.chat_id(each.chat)
            came = {"chat_id": chat_id, "kind": "text", "text": "hola"} if self.today - each.at < PURGED_AFTER else None
            yield each.number, BOT_ID, str(each.number), chat_hash(BOT_ID, chat_id), came, each.at, 1, each.at

    def _messages(self) -> Rows:
        for each in self.exchanges:
            [intent] = self.draw.choices(self.intents, self.weights)
            decision = self._one_of(DECISIONS)
            response = "utter_fallback" if decision == "fallback" else f"utter_{intent}"
            said = f"{self.draw.choice(OPENINGS)}{self.content.titles[intent].lower()}"
            shown = self.content.responses[response]
            buttons = [[button.title, button.payload] for button in shown.buttons] or None
            versions = (self.content.version, "invented")
            heard = round(0.5 + self.draw.random() / 2, 3)
            yield (
                2 * each.number - 1, each.chat, each.number, Direction.IN, 0, said, None, None, intent, heard, decision, *versions,
                str(2 * each.number - 1), each.at,
            )  # fmt: skip
            yield (
                2 * each.number, each.chat, each.number, Direction.OUT, 0, shown.text, buttons, response, None, None, None, *versions,
                None, each.at,
            )  # fmt: skip

    def _outbox(self) -> Rows:
        for each in self.exchanges:
            yield (
                each.number, BOT_ID, each.chat, Call.SEND, 2 * each.number, 0, str(2 * each.number), self.chat_id(each.chat),
                OutboxState.SENT, 1, 0, each.at, each.at,
            )  # fmt: skip

    def _offers(self) -> Rows:
        for chat in range(1, self.size.chats + 1):
            for intent in self.draw.sample(self.intents, 6):
                yield chat, f"/{intent}", self.last[chat]

    def _files(self) -> Rows:
        for each in self.exchanges:
            if each.number % 100 == 0:
                yield 2 * each.number - 1, "photo", f"invented-{each.number}", "image/jpeg", self.draw.randrange(40_000, 4_000_000), each.at

    def _asked(self) -> list[Asked]:
        """One in twenty exchanges ended in a request for a person. Those of the people who wrote last are still open."""
        last = sorted(self.last, key=self.last.__getitem__, reverse=True)
        still_open = set(last[: min(self.size.tickets, len(last))])
        every = [(each.at, each.chat, False) for each in self.exchanges if each.number % 20 == 0 and each.at < self.last[each.chat]]
        every += [(self.last[chat], chat, True) for chat in still_open]
        return [self._request(number, *each) for number, each in enumerate(sorted(every), 1)]

    def _request(self, number: int, at: datetime, chat: int, is_open: bool) -> Asked:
        state = self._one_of(OPEN_STATES) if is_open else TicketState.RESOLVED
        is_held = state is not TicketState.WAITING
        is_danger = (urgency := self._one_of(URGENCIES)) is Urgency.DANGER
        has_last_word = is_held and self.draw.random() < 0.5
        return Asked(
            number, chat, state,
            self.draw.choice(self.dangers) if is_danger else self._one_of(REASONS),
            self.draw.choice(HOLDERS) if is_held else None,
            at, at + timedelta(minutes=self.draw.lognormvariate(3.5, 1) if is_held else 0),
            urgency, self.draw.choice((*self.topics, None)), self.languages[chat], self.draw.choice((*self.places, None, None)),
            None if has_last_word or not is_open else at, self.content.team.reply_within[urgency.name.lower()],
        )  # fmt: skip

    def _tags(self, asked: Iterable[Asked]) -> Rows:
        words = self.content.team.tags or ("albergue",)
        for each in asked:
            for word in self.draw.sample(words, min(len(words), self.draw.choice((0, 0, 1, 2)))):
                yield each.number, word, each.holder or "rosa", each.opened
