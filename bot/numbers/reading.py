"""What the numbers are counted from, read in one look that nobody waits for. No name, story, folio or telephone is read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, create_engine, event, func, literal, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.numbers.cells import Cell, Count
from bot.numbers.period import Period
from bot.records.conversations import UNDERSTOOD, Conversation, Message, of_migrants
from bot.records.database import Database
from bot.records.referrals import Referral, ReferralEvent, ReferralState
from bot.records.tickets import Ticket, TicketEvent

ANSWERS = (ReferralState.ACCEPTED, ReferralState.REJECTED)
NOT_ANSWERED = (ReferralState.SENT, ReferralState.RECEIVED)

PERSON = func.coalesce(Conversation.former_chat, Conversation.chat)
"""Also in the conversations that they had forgotten: one person is counted once."""


@dataclass(frozen=True, slots=True)
class CaseFact:
    person: str
    need: str
    municipality: str | None
    organization: str
    month: str
    state: str
    attended: bool | None
    is_late: bool
    refusal: str | None
    hours: Mapping[str, float]  # from sent to the first time in each state; `answered` is the sooner of accepted and rejected


@dataclass(frozen=True, slots=True)
class RequestFact:
    person: str
    reason: str
    hours: float | None  # until somebody took it


@contextmanager
def snapshot(database: Database) -> Iterator[Session]:
    """A session that only reads: on SQLite it keeps no writer waiting, on both it sees one moment."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, Session(connection) as session:
            yield session
        return
    engine = create_engine(database.engine.url)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def read_cases(session: Session, period: Period, now: datetime) -> list[CaseFact]:
    reached, refusals = _reached(session, period)
    query = (
        select(
            Referral.id, PERSON.label("person"), Referral.need, Referral.municipality, Referral.organization_id, Referral.created_at,
            Referral.state, Referral.attended, Referral.escalated_at, Referral.answer_by,
        )
        .join(Conversation, Conversation.id == Referral.conversation_id)
        .where(Referral.created_at >= period.begins, Referral.created_at < period.ends, of_migrants())
    )  # fmt: skip
    facts = []
    for row in session.execute(query):
        overdue = row.answer_by is not None and row.answer_by < now and row.state in NOT_ANSWERED
        facts.append(
            CaseFact(
                row.person,
                row.need,
                row.municipality,
                row.organization_id,
                f"{row.created_at.astimezone(MEXICO):%Y-%m}",
                str(row.state),
                row.attended,
                row.escalated_at is not None or overdue,
                refusals.get(row.id),
                _hours(reached.get(row.id, {})),
            )
        )
    return facts


def _reached(session: Session, period: Period) -> tuple[dict[int, dict[str, datetime]], dict[int, str]]:
    """When each case first came to each state, and why it was rejected."""
    query = (
        select(ReferralEvent.referral_id, ReferralEvent.after, ReferralEvent.at, ReferralEvent.why)
        .join(Referral, Referral.id == ReferralEvent.referral_id)
        .where(
            Referral.created_at >= period.begins,
            Referral.created_at < period.ends,
            ReferralEvent.before.is_distinct_from(ReferralEvent.after),
        )
        .order_by(ReferralEvent.id)
    )
    reached: dict[int, dict[str, datetime]] = {}
    refusals: dict[int, str] = {}
    for number, after, at, why in session.execute(query):
        reached.setdefault(number, {}).setdefault(after, at)
        if after is ReferralState.REJECTED and why:
            refusals[number] = why
    return reached, refusals


def _hours(reached: Mapping[str, datetime]) -> dict[str, float]:
    sent = reached.get(ReferralState.SENT)
    if sent is None:
        return {}
    hours = {str(state): (at - sent).total_seconds() / 3600 for state, at in reached.items() if state != ReferralState.SENT and at >= sent}
    answers = [hours[state] for state in ANSWERS if state in hours]
    return {**hours, "answered": min(answers)} if answers else hours


def read_requests(session: Session, period: Period) -> list[RequestFact]:
    taken = (
        select(TicketEvent.ticket_id, func.min(TicketEvent.at).label("at"))
        .where(TicketEvent.what == "assigned")
        .group_by(TicketEvent.ticket_id)
        .subquery()
    )
    query = (
        select(PERSON, Ticket.reason, Ticket.opened_at, taken.c.at)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(taken, taken.c.ticket_id == Ticket.id)
        .where(Ticket.opened_at >= period.begins, Ticket.opened_at < period.ends, of_migrants())
    )
    return [
        RequestFact(person, reason, None if at is None else max(0.0, (at - opened).total_seconds() / 3600))
        for person, reason, opened, at in session.execute(query)
    ]


def read_questions(session: Session, period: Period, topics: Mapping[str, tuple[str, ...]]) -> dict[Cell, Count]:
    """By topic and by what was done: answered, suggested, not understood. Read from an index alone, so far as that is possible."""
    found = [(Message.intent.in_(intents), literal(topic)) for topic, intents in topics.items() if intents]
    topic: ColumnElement[str] = case(*found, else_=literal("")) if found else literal("")
    asked = (
        select(topic.label("topic"), Message.decision.label("decision"), Message.conversation_id, func.count().label("rows"))
        .where(Message.decision.is_not(None), Message.decision.in_(UNDERSTOOD))  # the first is the index's own
        .where(Message.created_at >= period.begins, Message.created_at < period.ends)
        .group_by(topic, Message.decision, Message.conversation_id)
        .subquery()
    )
    query = (
        select(asked.c.topic, asked.c.decision, func.sum(asked.c.rows), func.count(PERSON.distinct()))
        .join(Conversation, Conversation.id == asked.c.conversation_id)
        .where(of_migrants())
        .group_by(asked.c.topic, asked.c.decision)
    )
    return {(topic, decision): Count(int(rows), people) for topic, decision, rows, people in session.execute(query)}


def read_languages(session: Session, period: Period) -> dict[str, Count]:
    """By the conversations begun in the period; one that was forgotten and begun again is two, of one person."""
    query = (
        select(Conversation.language, func.count(), func.count(PERSON.distinct()))
        .where(Conversation.created_at >= period.begins, Conversation.created_at < period.ends, Conversation.leaves_at.is_(None))
        .where(of_migrants())
        .group_by(Conversation.language)
    )
    return {language: Count(rows, people) for language, rows, people in session.execute(query)}
