"""Who does what for people, where and when, in the terms of Open Referral HSDS 3.0 (organization, service, location, schedule)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType

from bot.content.review import Review, Where


@dataclass(frozen=True)
class Organization:
    id: str
    name: str
    where: Where
    alternate_name: str = ""
    description: str = ""
    url: str = ""
    telephone: str = ""  # name of a fact

    @property
    def short_name(self) -> str:
        return self.alternate_name or self.name


@dataclass(frozen=True)
class Location:
    """Where a service is given. Without an address it is not public: nobody is told more than the municipality's name."""

    id: str
    name: str
    municipality: str  # INEGI key
    where: Where
    address: str = ""  # name of a fact
    point: tuple[float, float] | None = None  # latitude and longitude in degrees


@dataclass(frozen=True)
class Schedule:
    """Regular hours, as in HSDS: the days of RFC 5545 (`MO,TU`, `1MO` with MONTHLY) and the hours of Mexico City."""

    byday: str
    opens_at: time
    closes_at: time | None  # None: midnight
    freq: str = "WEEKLY"


@dataclass(frozen=True)
class Service:
    """Something an organization does for people; `receives_referrals` says that it takes cases from here."""

    id: str
    organization_id: str
    name: str
    where: Where
    needs: tuple[str, ...] = ()
    area: tuple[str, ...] = ()  # INEGI keys: a state ("21") or a municipality ("15057"); empty: everywhere
    receives_referrals: bool = False
    description: str = ""
    locations: tuple[str, ...] = ()  # ids; none: by telephone or on a page
    phones: tuple[str, ...] = ()  # names of facts
    url: str = ""  # name of a fact
    languages: tuple[str, ...] = ()
    cost: str = ""
    required_documents: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    hours_note: str = ""
    open_on_holidays: bool = False
    review: Review | None = None  # None: not shown to people, only receives referrals
    accepts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))  # step of the intake -> answers it takes
    capacity: int | None = None  # open referrals at once; None: no limit is known
