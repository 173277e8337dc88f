"""Tickets by their number, by the folio of a case, by a word of their topic or by a tag.

Words of conversations are not searched: they are kept encrypted, and nothing of them stands anywhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session

from bot import audit
from bot.handoff import order, queue
from bot.handoff.queue import Line
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, of_migrants
from bot.records.referrals import Referral
from bot.records.tickets import Ticket
from bot.referrals.lifecycle import FOLIO
from nlu.components.spelling import plain

LONGEST = 64
_LARGEST = 2**31  # more is no number of a ticket


class By(StrEnum):
    NUMBER = "number"
    FOLIO = "folio"
    WORD = "word"


@dataclass(frozen=True)
class Search:
    by: By
    lines: tuple[Line, ...]
    is_more: bool = False


def find(session: Session, actor: Actor, asked: str, topics: Mapping[str, str], now: datetime) -> Search:
    """`topics`: the title of each topic. The audit names whom a folio belongs to."""
    text = asked.strip()[:LONGEST]
    folio = "".join(text.upper().split())
    subject = None
    if text.removeprefix("#").isdecimal():
        by, rows = By.NUMBER, _numbered(session, int(text.removeprefix("#")))
    elif FOLIO.fullmatch(folio):
        by = By.FOLIO
        subject, rows = _of_folio(session, folio)
    else:
        by, rows = By.WORD, _of_word(session, text, topics)
    audit.write(session, actor, Action.TICKET_LIST, subject, now, why=f"search {folio if by is By.FOLIO else by}")
    return Search(by, queue.lines_of(session, rows[: queue.SHOWN], actor, now), len(rows) > queue.SHOWN)


def _numbered(session: Session, number: int) -> Sequence[Row[Any]]:
    return order.picked(session, Ticket.id == number, queue.SHOWN + 1) if number < _LARGEST else ()


def _of_folio(session: Session, folio: str) -> tuple[str | None, Sequence[Row[Any]]]:
    query = select(Conversation.id, Conversation.reference).join(Referral, Referral.conversation_id == Conversation.id)
    found = session.execute(query.where(Referral.folio == folio, of_migrants())).first()
    return (found.reference, order.picked(session, Ticket.conversation_id == found.id, queue.SHOWN + 1)) if found else (None, ())


def _of_word(session: Session, text: str, topics: Mapping[str, str]) -> Sequence[Row[Any]]:
    """The open ones as staff take them, then the last that were closed."""
    word = plain(text)
    named = [topic for topic, title in topics.items() if len(word) > 2 and word in plain(title)]
    conditions: list[ColumnElement[bool]] = [queue.tagged(" ".join(text.casefold().replace("#", " ").split()))]
    if named:
        conditions = [or_(Ticket.topic.in_(named), *conditions)]
    most = queue.SHOWN + 1
    found = order.in_order(session, order.OPEN, conditions, most)
    return [*found, *(order.resolved(session, conditions, most - len(found)) if len(found) < most else ())]
