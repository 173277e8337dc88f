"""How long something took by the hours in which the team works."""

from bisect import bisect_right
from datetime import UTC, datetime

from bot.content.languages import MEXICO
from bot.content.team import Team
from bot.offices import open_spans


class WorkingTime:
    """Of one team between two moments; the hours are laid out once for all that is asked."""

    def __init__(self, team: Team, since: datetime, until: datetime) -> None:
        local = [moment.astimezone(MEXICO).replace(tzinfo=None) for moment in (since, until)]
        self._opens: list[float] = []
        self._closes: list[float] = []
        self._before: list[float] = [0.0]  # seconds of all spans before that one
        for start, end in open_spans(team.hours, *local):
            opens, closes = (each.replace(tzinfo=MEXICO).astimezone(UTC).timestamp() for each in (start, end))
            if self._closes and opens <= self._closes[-1]:  # schedules that overlap or follow on
                self._before[-1] += max(0.0, closes - self._closes[-1])
                self._closes[-1] = max(closes, self._closes[-1])
                continue
            self._opens.append(opens)
            self._closes.append(closes)
            self._before.append(self._before[-1] + closes - opens)

    def minutes(self, since: datetime, until: datetime) -> float:
        return max(0.0, self._up_to(until) - self._up_to(since)) / 60

    def _up_to(self, moment: datetime) -> float:
        at = moment.timestamp()
        place = bisect_right(self._opens, at) - 1
        return 0.0 if place < 0 else self._before[place] + min(at, self._closes[place]) - self._opens[place]
