"""Invented cases: each goes along the transition table until it ends or nobody has answered yet."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.content.published import Content
from bot.records.referrals import Consent, ConsentKind, ForWhom, Priority, Referral, ReferralEvent, ReferralState
from bot.records.tables import Table as Model
from bot.referrals.lifecycle import FOLIO_LETTERS

S = ReferralState
NEEDS = (("documents", 30), ("work", 22), ("business", 12), ("legal", 12), ("health", 11), ("family", 8), ("other", 5))
RECEIVERS = ("ipam", "naucalpan", "comar", "inm", "iom", "unhcr", "sne", "ifdp", "imss_bienestar", "cndh")
ENDS = ("sent", "received", "accepted", "rejected", "in_service", "done", "withdrawn", "expired")
END_WEIGHTS = (6, 5, 8, 14, 9, 46, 5, 7)
WAYS: Mapping[str, tuple[ReferralState, ...]] = {
    "sent": (S.SENT,), "received": (S.SENT, S.RECEIVED), "accepted": (S.SENT, S.RECEIVED, S.ACCEPTED),
    "rejected": (S.SENT, S.RECEIVED, S.REJECTED), "in_service": (S.SENT, S.RECEIVED, S.ACCEPTED, S.IN_SERVICE),
    "done": (S.SENT, S.RECEIVED, S.ACCEPTED, S.IN_SERVICE, S.DONE), "withdrawn": (S.SENT, S.WITHDRAWN),
    "expired": (S.SENT, S.RECEIVED, S.EXPIRED),
}  # fmt: skip
REFUSALS = ("full", "not_eligible", "wrong_place", "not_reachable", "other")
ANSWER_WITHIN = {Priority.URGENT: timedelta(hours=24), Priority.SOON: timedelta(hours=72), Priority.NORMAL: timedelta(days=14)}
STORY = "Llegué hace {days} días con mi familia y no sé a dónde ir para que me ayuden con {what}."
AGREED = (
    "Esto es lo que quedaría registrado: necesidad, municipio y cómo avisarle. Lo recibiría la oficina que aparece arriba, solo para"
    " atender su caso. El permiso dura 180 días y lo puede retirar cuando quiera. ¿Autoriza que se registre y se envíe?"
)


@dataclass(frozen=True)
class Case:
    number: int
    folio: str
    chat: int
    organization: str
    need: str
    municipality: str
    priority: Priority
    made_at: datetime
    events: tuple[tuple[ReferralState, datetime, str | None], ...]
    details: Mapping[str, Any]
    attended: bool | None
    today: datetime

    @property
    def state(self) -> ReferralState:
        return self.events[-1][0]

    @property
    def answer_by(self) -> datetime:
        return self.made_at + ANSWER_WITHIN[self.priority]

    @property
    def is_late(self) -> bool:
        answered = next((at for state, at, _ in self.events[1:]), self.today)
        return answered > self.answer_by


def referral_starts(draw: random.Random, content: Content, first: Mapping[int, datetime], count: int, today: datetime) -> list[Case]:
    """In the order of time, each after its person first wrote."""
    chats = sorted(first)
    receivers = [each for each in RECEIVERS if each in content.organizations]
    towns = content.municipalities.places
    weights = [town.population * (12 if town.key[:2] in content.municipalities.home_states else 1) for town in towns]
    places = draw.choices([town.key for town in towns], weights, k=count)
    when = sorted(_after(draw, first, draw.choice(chats), today) for _ in range(count))
    return [_case(draw, number, chat, at, places[number - 1], receivers, today) for number, (at, chat) in enumerate(when, 1)]


def _after(draw: random.Random, first: Mapping[int, datetime], chat: int, today: datetime) -> tuple[datetime, int]:
    return first[chat] + (today - first[chat]) * draw.random(), chat


def _case(draw: random.Random, number: int, chat: int, at: datetime, place: str, receivers: Sequence[str], today: datetime) -> Case:
    [need] = draw.choices([name for name, _ in NEEDS], [weight for _, weight in NEEDS])
    priority = Priority.URGENT if need in ("legal", "family") else draw.choice((Priority.SOON, Priority.NORMAL, Priority.NORMAL))
    events: list[tuple[ReferralState, datetime, str | None]] = []
    moment = at
    for state in WAYS[draw.choices(ENDS, END_WEIGHTS)[0]]:
        if events and moment > today:  # it has not happened yet
            break
        events.append((state, moment, draw.choice(REFUSALS) if state is S.REJECTED else None))
        moment += timedelta(hours=min(draw.lognormvariate(3.2, 1.1), 4000))
    was_seen = events[-1][0] in (S.DONE, S.IN_SERVICE, S.ACCEPTED) and draw.random() < 0.6
    folio = f"PTE-{at:%y}-{_letters(number * 7919 % len(FOLIO_LETTERS) ** 6)}"
    details = {"need": need, "municipality": place, "story": STORY.format(days=draw.randrange(2, 400), what=need), "contact_way": "chat"}
    receiver = receivers[int(len(receivers) * draw.random() ** 2)]
    attended = draw.random() < 0.8 if was_seen else None
    return Case(number, folio, chat, receiver, need, place, priority, at, tuple(events), details, attended, today)


def _letters(number: int) -> str:
    written = ""
    for _ in range(6):
        number, rest = divmod(number, len(FOLIO_LETTERS))
        written = FOLIO_LETTERS[rest] + written
    return written


def _referrals(each: Case) -> Iterator[Sequence[Any]]:
    yield (
        each.number, each.folio, f"invented:{each.number}", each.chat, each.organization, each.state, each.need, each.municipality,
        each.details, each.priority, each.answer_by, each.made_at + timedelta(days=180), "person", ForWhom.SELF,
        each.answer_by if each.is_late else None, each.attended, each.made_at, each.events[-1][1],
    )  # fmt: skip


def _consents(each: Case) -> Iterator[Sequence[Any]]:
    withdrawn = each.events[-1][1] if each.state is S.WITHDRAWN else None
    yield (
        ConsentKind.SHARE, each.chat, each.number, "person", "invented", AGREED, "es", each.organization, "referral_intake",
        sorted(each.details), each.made_at, each.made_at + timedelta(days=180), withdrawn,
    )  # fmt: skip


def _events(each: Case) -> Iterator[Sequence[Any]]:
    yield each.number, None, S.DRAFT, "person", None, each.made_at
    before = S.DRAFT
    for state, at, why in each.events:
        who = "person" if state in (S.SENT, S.WITHDRAWN) else "assistant" if state is S.EXPIRED else "rosa"
        yield each.number, before, state, who, why, at
        before = state


CASES: tuple[tuple[type[Model], tuple[str, ...], Any], ...] = (
    (
        Referral,
        (
            "id", "folio", "idempotency_key", "conversation_id", "organization_id", "state", "need", "municipality", "details", "priority",
            "answer_by", "expires_at", "sender", "for_whom", "escalated_at", "attended", "created_at", "changed_at",
        ),
        _referrals,
    ),
    (
        Consent,
        (
            "kind", "conversation_id", "referral_id", "given_by", "version", "text", "language", "recipient", "purpose", "fields",
            "given_at", "expires_at", "withdrawn_at",
        ),
        _consents,
    ),
    (ReferralEvent, ("referral_id", "before", "after", "who", "why", "at"), _events),
)  # fmt: skip


def case_rows(kind: Any, cases: Iterable[Case]) -> Iterator[Sequence[Any]]:
    for each in cases:
        yield from kind(each)
