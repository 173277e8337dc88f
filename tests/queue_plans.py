"""What is asked of the queue all day, with ten thousand open tickets, and how the database goes about it."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from bot import today
from bot.handoff import queue, search
from bot.handoff.order import Place
from bot.handoff.queue import Tab, Wanted
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.staff import Role
from tests.asking import NOW

ROSA = Actor("rosa", Role.AGENT)
TOPICS = {"health": "Salud", "employment": "Trabajo"}
OPEN_ONES, CLOSED = 10_000, 5_000
LARGE = "ticket|ticket_tag|viewing|ticket_event|conversation|referral|message"


def _page(**wanted: Any) -> Callable[[Session], object]:
    return lambda session: queue.show(session, ROSA, Wanted(**wanted), NOW, is_again=True)


def _search(text: str) -> Callable[[Session], object]:
    return lambda session: search.find(session, ROSA, text, TOPICS, NOW)


ASKED: Mapping[str, Callable[[Session], object]] = {
    **{f"tab {tab}": _page(tab=tab) for tab in Tab},
    "deep page": _page(after=Place(2, NOW - timedelta(minutes=300), 1)),
    "topic": _page(topic="health"),
    "topic that nobody has": _page(topic="rights"),
    "tag": _page(tag="queja"),
    "tag that nobody has": _page(tag="nada"),
    "late": _page(only_late=True, tab=Tab.ALL),
    "longer than a day": _page(longer_than=timedelta(days=1)),
    "holder": _page(holder="luis", tab=Tab.ALL),
    "municipality": _page(municipality="15057"),
    "new ones": lambda session: queue.show(session, ROSA, Wanted(), NOW, 1),
    "search: number": _search("77"),
    "search: folio": _search("PTE-26-ABC234"),
    "search: topic": _search("salud"),
    "search: tag": _search("queja"),
    "search: nothing": _search("zzz"),
    "first page": lambda session: today.numbers(session, ROSA, NOW),
}


def plans(database: Database, asked: Callable[[Session], object], tables: str = LARGE) -> list[tuple[str, str]]:
    """Each question about one of these tables, and its plan."""
    seen: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *more: object) -> None:
        seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        database.call(asked)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    found = []
    for statement, parameters in seen:
        if statement.startswith("SELECT") and re.search(rf"FROM ({tables})\b", statement):
            rows = database.call(lambda session, s=statement, p=parameters: session.connection().exec_driver_sql(f"{explain} {s}", p).all())
            found.append((statement, "\n".join(str(row[-1]) for row in rows)))
    return found
