"""How the service is: for the health page, for monitors and for the person who looks after the server."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.app import App
from bot.handoff import alerts
from bot.records.conversations import of_migrants
from bot.records.deliveries import IS_OPEN, InboxUpdate, OutboxMessage
from bot.records.tickets import Ticket, TicketState

TELEGRAM_STALLED_AFTER = 90  # seconds: a request without news takes 25


@dataclass(frozen=True)
class Health:
    understanding: bool
    database: bool
    content_version: str
    content_problem: str
    model: str
    updates_waiting: int
    oldest_update_seconds: int
    sends_waiting: int
    people_waiting: int
    alerts_waiting: int = 0  # «avisos sin salir»
    telegram_silent_seconds: int | None = None  # since updates could last be fetched; none where Telegram brings them

    @property
    def is_well(self) -> bool:
        return self.understanding and self.database and self.telegram

    @property
    def telegram(self) -> bool:
        return self.telegram_silent_seconds is None or self.telegram_silent_seconds <= TELEGRAM_STALLED_AFTER

    def to_json(self) -> dict[str, Any]:
        return {"status": "ok" if self.is_well else "degraded", **asdict(self)}


async def health(app: App) -> Health:
    ready = await app.rasa.is_ready()
    problem = str(app.content.problems[0]) if app.content.problems else ""
    try:
        counts = await app.database.run(_counts, datetime.now(UTC))
    except SQLAlchemyError:
        counts = None
    waiting, oldest, sends, people, unsent = counts or (0, 0, 0, 0, 0)
    version, silent = app.content.current()[0].version, int(app.silent_for()) if app.silent_for else None
    return Health(ready, counts is not None, version, problem, app.rasa.model, waiting, oldest, sends, people, unsent, silent)


async def measure(app: App) -> None:
    """Bring the gauges of /metrics up to date."""
    state, metrics = await health(app), app.metrics
    metrics.updates_waiting.set(state.updates_waiting)
    metrics.oldest_update_seconds.set(state.oldest_update_seconds)
    metrics.sends_waiting.set(state.sends_waiting)
    metrics.people_waiting.set(state.people_waiting)
    metrics.alerts_waiting.set(state.alerts_waiting)
    metrics.understanding_up.set(state.understanding)
    metrics.telegram_silent_seconds.set(state.telegram_silent_seconds or 0)


def _counts(session: Session, now: datetime) -> tuple[int, int, int, int, int]:
    waiting, first = session.execute(select(func.count(), func.min(InboxUpdate.received_at)).where(InboxUpdate.done_at.is_(None))).one()
    sends = session.scalar(select(func.count()).select_from(OutboxMessage).where(IS_OPEN)) or 0
    people = session.scalar(select(func.count()).where(Ticket.state == TicketState.WAITING, of_migrants(Ticket.conversation_id))) or 0
    return waiting, max(0, int((now - first).total_seconds())) if first else 0, sends, people, alerts.waiting(session)
