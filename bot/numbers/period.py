"""Whole calendar months of Mexico that are over: who could ask for single days could subtract one report from the next."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.content.languages import MEXICO
from bot.errors import RefusedError


@dataclass(frozen=True)
class Period:
    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, datetime.min.time(), MEXICO)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), MEXICO)


def read_period(first: str | None, last: str | None, now: datetime) -> Period:
    """Without dates the year up to the end of last month. Raises RefusedError."""
    last_finished = now.astimezone(MEXICO).date().replace(day=1) - timedelta(days=1)
    until = _day(last) if last else last_finished
    since = _day(first) if first else (until + timedelta(days=1)).replace(year=until.year - (0 if until.month == 12 else 1))
    if since.day != 1 or (until + timedelta(days=1)).day != 1 or since > until or until > last_finished:
        raise RefusedError(
            "El informe es de meses completos que ya terminaron: --from el día 1 de un mes y --to el último día de otro,"
            f" por ejemplo --from {last_finished.replace(day=1)} --to {last_finished}"
        )
    return Period(since, until)


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise RefusedError(f"«{text}» no es una fecha: escriba año-mes-día, por ejemplo 2026-01-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(f"«{text}» no existe en el calendario") from None
