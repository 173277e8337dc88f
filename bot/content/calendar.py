"""Days on which offices are closed."""

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=16)
def days_of_rest(year: int) -> frozenset[date]:
    """The compulsory days of rest of Mexican law."""
    return frozenset(holidays.country_holidays("MX", years=year))
