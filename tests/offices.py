"""Opening hours and the clock they are held against, for tests of offices."""

from datetime import date, datetime, time

from bot.content.languages import MEXICO
from bot.content.review import Review, Source, Where
from bot.content.services import Schedule
from bot.settings import ROOT

HERE = Where(ROOT, 1)
REVIEW = Review("directory", date(2026, 11, 1), 90, (Source("Gaceta"),))


def clock(text: str) -> datetime:
    """A moment as the clocks of Mexico City show it."""
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


def hours(byday: str, opens: str, closes: str, freq: str = "WEEKLY") -> Schedule:
    return Schedule(byday, time.fromisoformat(opens), None if closes == "24:00" else time.fromisoformat(closes), freq)
