"""When nobody who learns is written to first: at night, on weekends, on days of rest. In the time of Mexico City."""

from datetime import datetime

from bot.content.calendar import days_of_rest
from bot.content.languages import MEXICO
from bot.content.learning import Learning

SATURDAY = 5


def is_quiet(learning: Learning, now: datetime) -> bool:
    """The hours may cross midnight; where they begin as they end there are none."""
    here = now.astimezone(MEXICO)
    if learning.weekdays_only and (here.weekday() >= SATURDAY or here.date() in days_of_rest(here.year)):
        return True
    since, until, clock = learning.quiet_from, learning.quiet_to, here.time()
    return since <= clock < until if since <= until else clock >= since or clock < until
