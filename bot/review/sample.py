"""Which messages readers are given: a few of each kind of outcome, drawn by the day, so that all readers get the same ones.

What somebody answered to a question of ours (their story, their name) is never among them, and nothing of it is shown here: a message is
read on its own page, which writes down that it was.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, case, cast, func, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.records.conversations import UNDERSTOOD, Conversation, Direction, Message, of_migrants
from bot.records.reviews import Review

LOW = 0.6  # answered, though not by far
PER_STRATUM, OF_ONE_STRATUM, MOST = 5, 25, 100
READABLE = timedelta(days=92)
PERIODS = (1, 7, 30, 90)  # days
_MODULUS = 4_294_967_291  # the largest prime below 2³²: every number below it goes to another one


class Stratum(StrEnum):
    DANGER = "danger"
    FALLBACK = "fallback"
    SUGGEST = "suggest"
    LOW = "low"
    ANSWERED = "answered"


class Which(StrEnum):
    SAMPLE = "sample"  # of the day
    SECOND = "second"  # read by one other, so that two can be compared
    MINE = "mine"


@dataclass(frozen=True)
class Wanted:
    which: Which = Which.SAMPLE
    days: int = 7
    topic: str = ""
    language: str = ""
    stratum: str = ""
    undone: bool = False  # only what this reader has not read


@dataclass(frozen=True)
class Item:
    """A message as the list shows it: what was understood, not what was said."""

    id: int
    at: datetime
    language: str
    intent: str | None
    confidence: float | None
    decision: str | None
    safety: str | None
    is_mine: bool
    readers: int

    @property
    def stratum(self) -> Stratum:
        if self.safety:
            return Stratum.DANGER
        if self.decision != "answer":
            return Stratum.FALLBACK if self.decision == "fallback" else Stratum.SUGGEST
        return Stratum.LOW if (self.confidence or 0) < LOW else Stratum.ANSWERED


def listed(session: Session, reader: str, wanted: Wanted, content: Content, now: datetime) -> list[Item]:
    if wanted.which is Which.SAMPLE:
        rows = list(_of_the_day(session, wanted, content, now))
    else:
        read = _read_by_one_other(reader) if wanted.which is Which.SECOND else _read_by(reader)
        query = _read(wanted, content, now, read).order_by(_shuffled(_seed(now, wanted.which))).limit(MOST)
        rows = list(session.execute(query))
    readers = _readers(session, [row.id for row in rows])
    items = [_item(row, reader, readers.get(row.id, ())) for row in rows]
    return [each for each in items if not (wanted.undone and each.is_mine)]


def find(session: Session, reader: str, message_id: int, now: datetime) -> Item | None:
    """One message that may be read here, whichever list it is on."""
    query = _columns(now - READABLE).where(Message.id == message_id, Message.decision.in_(UNDERSTOOD) | Message.safety.is_not(None))
    row = session.execute(query).first()
    if row is None or _answers_us(session, row):
        return None
    return _item(row, reader, _readers(session, [row.id]).get(row.id, ()))


def _of_the_day(session: Session, wanted: Wanted, content: Content, now: datetime) -> Iterator[Row[*tuple[Any, ...]]]:
    strata = [Stratum(wanted.stratum)] if wanted.stratum in list(Stratum) else list(Stratum)
    quota = OF_ONE_STRATUM if len(strata) == 1 else PER_STRATUM
    for stratum in strata:
        drawn = _drawn(wanted, content, now).where(_is_of(stratum)).order_by(_shuffled(_seed(now, stratum))).limit(3 * quota)
        rows = {row.id: row for row in session.execute(_columns(now - READABLE).where(Message.id.in_(drawn)))}
        found = 0
        for row in sorted(rows.values(), key=lambda each: _place(each.id, _seed(now, stratum))):
            if found < quota and not _answers_us(session, row):
                found += 1
                yield row


def _columns(since: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Message.id, Message.conversation_id, Message.created_at, Conversation.language, Message.intent, Message.confidence,
            Message.decision, Message.safety,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.direction == Direction.IN, Message.created_at >= since, Conversation.leaves_at.is_(None), of_migrants())
    )  # fmt: skip


def _drawn(wanted: Wanted, content: Content, now: datetime) -> Select[int]:
    """Numbers alone, found in an index alone: of a million messages most are never looked at."""
    query = select(Message.id).where(Message.created_at >= now - min(timedelta(days=wanted.days), READABLE))
    query = query.where(Message.conversation_id.not_in(select(Conversation.id).where(~of_migrants())))  # few: looked up once
    if wanted.topic:
        query = query.where(Message.intent.in_(content.topics.get(wanted.topic, ())))
    if wanted.language:
        spoken = select(Conversation.id).where(Conversation.id == Message.conversation_id, Conversation.language == wanted.language)
        query = query.where(spoken.exists())
    return query


def _read(wanted: Wanted, content: Content, now: datetime, read: Select[int]) -> Select[*tuple[Any, ...]]:
    query = _columns(now - READABLE).where(Message.id.in_(_drawn(wanted, content, now).where(Message.id.in_(read))))
    return query.where(_is_of(Stratum(wanted.stratum))) if wanted.stratum in list(Stratum) else query


def _is_of(stratum: Stratum) -> ColumnElement[bool]:
    if stratum is Stratum.DANGER:
        return Message.safety.is_not(None)
    understood = and_(Message.decision.is_not(None), Message.safety.is_(None))
    if stratum in (Stratum.FALLBACK, Stratum.SUGGEST):
        return and_(understood, Message.decision == stratum.value)
    confident = func.coalesce(Message.confidence, 0.0) >= LOW
    return and_(understood, Message.decision == "answer", confident if stratum is Stratum.ANSWERED else ~confident)


def _shuffled(seed: int) -> ColumnElement[int]:
    """Another order for each seed, the same for all who ask; both databases can reckon it."""
    return (cast(Message.id, BigInteger) * (seed % 2_000_000_000 + 1) + seed) % _MODULUS


def _place(number: int, seed: int) -> int:
    """`_shuffled`, of one."""
    return (number * (seed % 2_000_000_000 + 1) + seed) % _MODULUS


def _seed(now: datetime, what: str) -> int:
    day = now.astimezone(MEXICO).date().isoformat()
    return int.from_bytes(hashlib.sha256(f"{day} {what}".encode()).digest()[:4], "big")


def _read_by(reader: str) -> Select[int]:
    return select(Review.message_id).where(Review.who == reader)


def _read_by_one_other(reader: str) -> Select[int]:
    return (
        select(Review.message_id)
        .group_by(Review.message_id)
        .having(func.count() == 1, func.max(Review.who) != reader, func.sum(case((Review.is_final, 1), else_=0)) == 0)
    )


def _answers_us(session: Session, row: Row[*tuple[Any, ...]]) -> bool:
    """Was a question of a questionnaire the last thing that the person had been told?"""
    query = (
        select(Message.response)
        .where(Message.conversation_id == row.conversation_id, Message.id < row.id, Message.direction != Direction.IN)
        .order_by(Message.id.desc())
        .limit(1)
    )
    return (session.scalar(query) or "").startswith("ask_")


def _readers(session: Session, ids: Sequence[int]) -> Mapping[int, Collection[str]]:
    found: dict[int, list[str]] = {}
    for message_id, who in session.execute(select(Review.message_id, Review.who).where(Review.message_id.in_(ids))):
        found.setdefault(message_id, []).append(who)
    return found


def _item(row: Row[*tuple[Any, ...]], reader: str, readers: Collection[str]) -> Item:
    return Item(row.id, row.created_at, row.language, row.intent, row.confidence, row.decision, row.safety, reader in readers, len(readers))
