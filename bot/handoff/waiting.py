"""What a person who waits for the staff is told: how many are before them, how long it has taken of late, or when the team works again.

How long it takes is what the last thirty days show, in the hours of the team; where they show too little, that is said. It is no promise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.calendar import days_of_rest, name_of_rest
from bot.content.languages import MEXICO
from bot.content.published import Button, Content
from bot.content.team import Team
from bot.conversation import hours
from bot.conversation.replies import sentence
from bot.handoff import clocks, order, roster, terms, tickets
from bot.handoff.alerts import raise_alert
from bot.records.conversations import of_migrants
from bot.records.tickets import Ticket, TicketEvent, TicketState, Urgency

REMEMBERED = timedelta(days=30)
MOST_REMEMBERED = 1000  # tickets
ENOUGH_LIKE_NOW, ENOUGH = 10, 5  # tickets
HOURS_ALIKE = 3  # of one day of the week: who writes then waits alike
NOON, AFTERNOON = time(12), time(14)
CALL_BACK = "/call_back"


@dataclass(frozen=True)
class Outlook:
    """How it stands for one ticket."""

    ahead: int
    is_open: bool
    has_nobody: bool  # nobody has an account, or all are away while it is open
    wait: int | None = None  # minutes of the team's hours; none: closed, or too little is known
    opens_at: datetime | None = None  # while it is closed; none: not for long
    rest: date | None = None  # the first day of rest on which it would have been open
    callback_at: datetime | None = None  # the person chose to be written to from then on


def outlook(session: Session, team: Team, ticket: Ticket, now: datetime) -> Outlook:
    ahead, is_open = order.ahead_of(session, ticket), clocks.is_open(team, now)
    nobody = not (roster.is_anyone_here(session) if is_open else roster.has_anyone(session))
    chosen = ticket.callback_at if terms.chose_when(ticket) and ticket.state is TicketState.SNOOZED else None
    if is_open:
        return Outlook(ahead, True, nobody, expected_wait(session, team, now), callback_at=chosen)
    opens_at = clocks.next_opening(team, now)
    return Outlook(ahead, False, nobody, None, opens_at, _rest_until(team, now, opens_at), chosen)


def expected_wait(session: Session, team: Team, now: datetime) -> int | None:
    """The median of what first replies took, in minutes of the team's hours: of tickets opened on this day of the week about this hour, or
    of all. None: there are too few to say."""
    query = select(Ticket.opened_at, Ticket.callback_at, Ticket.first_replied_at).where(Ticket.first_replied_at > now - REMEMBERED)
    query = query.where(of_migrants(Ticket.conversation_id))
    taken = []
    for opened_at, callback_at, replied_at in session.execute(query.order_by(Ticket.first_replied_at.desc()).limit(MOST_REMEMBERED)):
        began = max(opened_at, callback_at or opened_at)
        taken.append((_alike(began), clocks.open_minutes_between(team, began, replied_at or now)))
    like_now = [minutes for when, minutes in taken if when == _alike(now)]
    if len(like_now) >= ENOUGH_LIKE_NOW:
        return ceil(median(like_now))
    return ceil(median(minutes for _, minutes in taken)) if len(taken) >= ENOUGH else None


def note_nobody(session: Session, ticket: Ticket, view: Outlook, now: datetime) -> None:
    """Those who supervise are told, once each time that it waits."""
    if view.has_nobody and (ticket.escalated_at is None or ticket.escalated_at < ticket.changed_at):
        escalate(session, ticket, "nobody", now)


def escalate(session: Session, ticket: Ticket, why: str | None, now: datetime) -> None:
    ticket.escalated_at = now
    session.add(TicketEvent(ticket_id=ticket.id, what="escalated", who=tickets.ASSISTANT, why=why, at=now))
    raise_alert(session, ticket, "escalated", now)


def in_words(content: Content, view: Outlook, language: str, now: datetime) -> Mapping[str, str]:
    """`ahead` and `when`, which the sentences about the queue mention."""
    return {"ahead": str(view.ahead), "when": " ".join(_when(content, view, language, now))}


def _when(content: Content, view: Outlook, language: str, now: datetime) -> list[str]:
    today = now.astimezone(MEXICO).date()

    def moment(at: datetime) -> dict[str, str]:
        return {"day": hours.day_of(content, at, today, language), "at": hours.clock(at)}

    if view.callback_at:
        return [sentence(content, "utter_wait_callback", language, moment(view.callback_at))]
    if view.has_nobody:
        return [sentence(content, "utter_wait_nobody", language)]
    if view.is_open:
        return [_while_open(content, view.wait, language, now)]
    if view.opens_at is None:
        return [sentence(content, "utter_wait_closed_long", language)]
    said = []
    if view.rest:
        day = hours.day_of(content, datetime.combine(view.rest, NOON, MEXICO), today, language)
        said.append(sentence(content, "utter_wait_rest", language, {"day": day, "holiday": name_of_rest(view.rest, language)}))
    regular = "; ".join(hours.regular(content, content.team.schedules, "utter_wait_schedule", language))
    return [sentence(content, "utter_wait_closed", language, {"hours": regular, **moment(view.opens_at)}), *said]


def _while_open(content: Content, wait: int | None, language: str, now: datetime) -> str:
    if wait is None:
        return sentence(content, "utter_wait_unknown", language)
    today, expected = now.astimezone(MEXICO).date(), clocks.add_open_minutes(content.team, now, wait)
    if expected.astimezone(MEXICO).date() > today:
        return sentence(content, "utter_wait_not_today", language, {"day": hours.day_of(content, expected, today, language)})
    return sentence(content, "utter_wait_known", language, {"wait": duration(content, wait, language)})


def duration(content: Content, minutes: int, language: str) -> str:
    """About how long, never less: "unos 20 minutos", "unas 2 horas"."""
    step = 5 if minutes <= 30 else 10
    up = max(step, ceil(minutes / step) * step)
    if up < 60:
        return sentence(content, "utter_wait_minutes", language, {"minutes": str(up)})
    if up == 60:
        return sentence(content, "utter_wait_hour", language)
    return sentence(content, "utter_wait_hours", language, {"hours": str(ceil(minutes / 60))})


def callbacks(content: Content, view: Outlook, ticket: Ticket, language: str) -> tuple[Button, ...]:
    """When they may be written to, while the team is closed: once it opens, that afternoon, the next morning. Danger does not wait."""
    if view.is_open or view.has_nobody or view.opens_at is None or ticket.urgency == Urgency.DANGER:
        return ()
    choices = [Button(sentence(content, "utter_button_callback_soon", language), _payload(view.opens_at))]
    for name, at in _later(content.team, view.opens_at):
        day = hours.weekday_of(content, at.astimezone(MEXICO).date(), language)
        title = sentence(content, name, language, {"day": day})
        choices.append(Button(title[:1].upper() + title[1:], _payload(at)))
    return tuple(choices)


def chosen(value: str) -> datetime | None:
    """The moment that such a button names."""
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M").replace(tzinfo=MEXICO)
    except ValueError:
        return None


def _later(team: Team, opens_at: datetime) -> list[tuple[str, datetime]]:
    day, found = opens_at.astimezone(MEXICO).date(), []
    two = datetime.combine(day, AFTERNOON, MEXICO)
    if opens_at.astimezone(MEXICO).time() < NOON and clocks.is_open(team, two):
        found.append(("utter_button_callback_afternoon", two))
    following = clocks.next_opening(team, datetime.combine(day + timedelta(days=1), time(), MEXICO) - clocks.MINUTE)
    if following and following.astimezone(MEXICO).time() < NOON:
        found.append(("utter_button_callback_morning", following))
    return found


def _payload(at: datetime) -> str:
    return f"{CALL_BACK}={at.astimezone(MEXICO):%Y%m%dT%H%M}"


def _alike(moment: datetime) -> tuple[int, int]:
    local = moment.astimezone(MEXICO)
    return local.weekday(), local.hour // HOURS_ALIKE


def _rest_until(team: Team, now: datetime, opens_at: datetime | None) -> date | None:
    if team.open_on_holidays or opens_at is None:
        return None
    first, last = now.astimezone(MEXICO).date(), opens_at.astimezone(MEXICO).date()
    always = Team(team.schedules, open_on_holidays=True)
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        begins = datetime.combine(day, time(), MEXICO)
        if day in days_of_rest(day.year) and clocks.open_minutes_between(always, max(now, begins), begins + timedelta(days=1)):
            return day
    return None
