"""Days and hours in words, in the language of the person and the time of Mexico City."""

from collections.abc import Iterable
from datetime import date, datetime

from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.content.services import Schedule
from bot.conversation.replies import sentence, shown

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def clock(moment: datetime) -> str:
    return moment.astimezone(MEXICO).strftime("%H:%M")


def day_of(content: Content, moment: datetime, today: date, language: str) -> str:
    """ "hoy", or the day of the week and the date."""
    day = moment.astimezone(MEXICO).date()
    if day == today:
        return sentence(content, "utter_today", language)
    return f"{weekday_of(content, day, language)} {shown(day, language)}"


def weekday_of(content: Content, day: date, language: str) -> str:
    return weekdays(content, language)[day.weekday()]


def days_of(content: Content, byday: str, language: str) -> str:
    """ "lunes a viernes", or the days one by one."""
    names, places = weekdays(content, language), sorted(DAYS.index(day) for day in byday.split(",") if day in DAYS)
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return sentence(content, "utter_days_from_to", language, {"first": names[places[0]], "last": names[places[-1]]})
    return ", ".join(names[place] for place in places)


def regular(content: Content, schedules: Iterable[Schedule], name: str, language: str) -> list[str]:
    """One sentence of that name for each of the weekly hours, in their order."""
    return [
        sentence(
            content, name, language,
            {
                "days": days_of(content, each.byday, language), "opens": f"{each.opens_at:%H:%M}",
                "closes": f"{each.closes_at:%H:%M}" if each.closes_at else "24:00",
            },
        )
        for each in schedules if each.freq == "WEEKLY"
    ]  # fmt: skip


def weekdays(content: Content, language: str) -> list[str]:
    return [name.strip() for name in sentence(content, "utter_weekdays", language).split(",")]
