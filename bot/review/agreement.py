"""How far two readers of the same messages agree: in per cent, and as Cohen's kappa, which takes off what chance alone would give.

Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960). Where more than two people
read, the first reading of each message is compared with its second, whoever made them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.records.conversations import Message, of_migrants
from bot.records.reviews import Review

MOST_LISTED = 200

type Pair = tuple[str, str]


@dataclass(frozen=True)
class Difference:
    message_id: int
    at: datetime
    labels: Pair
    settled: str | None  # the label that counts


@dataclass(frozen=True)
class Agreement:
    items: int
    agreed: int
    kappa: float | None  # None: there is nothing to compare, or all the labels are one and the same, so that chance would agree as well
    differences: tuple[Difference, ...]

    @property
    def percent(self) -> float | None:
        return round(100 * self.agreed / self.items, 1) if self.items else None


def kappa(pairs: Sequence[Pair]) -> float | None:
    if not pairs:
        return None
    count = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(first[label] * second[label] for label in first)  # of count², so that what is equal is equal exactly
    if by_chance == count * count:
        return None
    observed = sum(one == other for one, other in pairs)
    return (observed * count - by_chance) / (count * count - by_chance)


def agreement(session: Session, since: datetime) -> Agreement:
    """Of the messages whose second reading was made since then."""
    readings: dict[int, list[tuple[str, datetime]]] = {}
    settled: dict[int, str] = {}
    query = select(Review.message_id, Review.intent, Review.at, Review.is_final).order_by(Review.id)
    for message_id, intent, at, is_final in session.execute(query.where(Review.message_id.in_(_read_since(since)))):
        readings.setdefault(message_id, []).append((intent, at))
        if is_final:
            settled[message_id] = intent
    twice = {message_id: (given[0][0], given[1][0]) for message_id, given in readings.items() if len(given) > 1}
    differ = sorted(message_id for message_id, (one, other) in twice.items() if one != other)
    when = {row.id: row.created_at for row in session.execute(select(Message.id, Message.created_at).where(Message.id.in_(differ)))}
    return Agreement(
        len(twice), len(twice) - len(differ), kappa(list(twice.values())),
        tuple(Difference(each, when[each], twice[each], settled.get(each)) for each in differ[::-1][:MOST_LISTED]),
    )  # fmt: skip


def _read_since(since: datetime) -> Select[int]:
    return (
        select(Review.message_id)
        .join(Message, Message.id == Review.message_id)
        .where(Review.at >= since, of_migrants(Message.conversation_id))
    )
