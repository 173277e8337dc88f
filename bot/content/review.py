"""Who answers for a text or a fact, where it comes from, and until when it may be said."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.content.problems import Problem


@dataclass(frozen=True)
class Where:
    file: Path
    line: int

    def problem(self, wrong: str, todo: str) -> Problem:
        return Problem(self.file, self.line, wrong, todo)


@dataclass(frozen=True)
class Source:
    title: str
    url: str = ""


@dataclass(frozen=True)
class Review:
    """Who answers for a text or a fact, since when it is known to be true, and until when it may be said."""

    owner: str
    reviewed_on: date
    review_in: int  # days
    sources: tuple[Source, ...]
    expires_on: date | None = None

    @property
    def due_on(self) -> date:
        return self.reviewed_on + timedelta(days=self.review_in)

    def has_expired(self, today: date) -> bool:
        """From the day after `expires_on` it is not said any more."""
        return self.expires_on is not None and today > self.expires_on
