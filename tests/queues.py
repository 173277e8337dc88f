"""Tickets as tests of the queue want them: one with these fields, or many at once."""

import random
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from bot.numbers.bulk import in_parts, write_rows
from bot.records.conversations import Conversation, LanguageFrom
from bot.records.database import Database
from bot.records.tickets import Ticket, TicketState, TicketTag
from tests.asking import BOT, NOW

CHATS = count(1)
STATES = (TicketState.WAITING, TicketState.ASSIGNED, TicketState.SNOOZED)


def ticket(session: Session, **fields: Any) -> Ticket:
    """Of a conversation of its own, waiting for an hour."""
    chat = f"chat {next(CHATS)}"
    conversation = Conversation(bot_id=BOT, chat=chat, chat_id=chat, created_at=NOW, updated_at=NOW)
    session.add(conversation)
    session.flush()
    made = Ticket(**{
        "conversation_id": conversation.id, "state": TicketState.WAITING, "reason": "asked", "opened_at": NOW - timedelta(hours=1),
        "changed_at": NOW - timedelta(hours=1), "waiting_since": NOW - timedelta(hours=1), **fields,
    })  # fmt: skip
    session.add(made)
    session.flush()
    return made


def tag(session: Session, of: Ticket, *words: str) -> None:
    session.add_all(TicketTag(ticket_id=of.id, tag=word, who="rosa", at=NOW) for word in words)
    session.flush()


def crowd(database: Database, open_ones: int, closed: int = 0, seed: int = 1) -> None:
    """That many tickets, most of them waiting, of as many conversations."""
    draw = random.Random(seed)
    chats = range(1, open_ones + closed + 1)
    people = [(each, BOT, f"crowd {each}", f"{each:032x}", "1", "es", LanguageFrom.HEARD, 0, NOW, NOW) for each in chats]
    columns = ("id", "bot_id", "chat", "reference", "chat_id", "language", "language_from", "misses", "created_at", "updated_at")
    made = [_of_crowd(draw, each, each <= open_ones) for each in chats]
    tags = [
        (each, word, "rosa", NOW) for each in chats for word in draw.sample(("papeles", "albergue", "salud", "queja"), draw.randrange(3))
    ]
    of_tickets = (
        "id", "conversation_id", "state", "reason", "holder", "opened_at", "changed_at", "urgency", "topic", "language", "municipality",
        "waiting_since", "reply_by",
    )  # fmt: skip
    parts = ((Conversation, columns, people), (Ticket, of_tickets, made), (TicketTag, ("ticket_id", "tag", "who", "at"), tags))
    for model, names, rows in parts:
        for part in in_parts(rows):
            database.call(write_rows, model, names, part)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _of_crowd(draw: random.Random, number: int, is_open: bool) -> tuple[Any, ...]:
    state = draw.choices(STATES, (70, 25, 5))[0] if is_open else TicketState.RESOLVED
    at = NOW - timedelta(minutes=draw.randrange(20_000))
    waits = state is TicketState.WAITING or draw.random() < 0.5
    return (
        number, number, state, "asked", None if state is TicketState.WAITING else draw.choice(("rosa", "luis", "ana")), at, at,
        draw.choices((0, 1, 2), (5, 15, 80))[0], draw.choice(("identity", "employment", "health", "women", None)),
        draw.choice(("es", "es", "es", "ht", "en")), draw.choice(("21114", "15057", "21156", None)), at if waits else None,
        at + timedelta(hours=2) if waits else None,
    )  # fmt: skip
