"""Days on which offices are closed."""

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=16)
def days_of_rest(year: int) -> frozenset[date]:
    """The compulsory days of rest of Mexican law."""
    return frozenset(holidays.country_holidays("MX", years=year))


def name_of_rest(day: date, language: str) -> str:
    """What that day of rest is called: in English for who reads English, for everybody else by its name in Mexico."""
    return str(holidays.country_holidays("MX", years=day.year, language="en_US" if language == "en" else "es").get(day, ""))
