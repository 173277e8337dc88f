"""Hours, days of rest, roster and state of the ticket, in every combination: what somebody who asks for a person is told, and what not.

The expected hours and days are counted by hand for Monday to Friday, 9 to 18. The 16th of November and Christmas are days of rest.
"""

import itertools
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.content.team import WORKING_DAYS
from bot.conversation.surroundings import Surroundings
from bot.handoff import attending, putting_off, tickets
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import TicketState
from tests.chats import ON_DUTY, STAFF, THANKS, Chat, names
from tests.shifts import alerts as alerts_of
from tests.shifts import at, member, nobody_and_nothing
from tests.telegram_json import text as typed


@dataclass(frozen=True)
class Hour:
    now: str
    opens: str = ""  # as it is said; empty: the team works
    choices: tuple[str, ...] = ()
    rest: str = ""


HOURS = {
    "in the middle of a day": Hour("2026-11-24 11:00"),
    "the first minute": Hour("2026-11-24 09:00"),
    "the last minute": Hour("2026-11-24 17:59"),
    "before it opens": Hour("2026-11-24 08:59", "hoy, a las 09:00", ("En cuanto abran", "Martes en la tarde", "Miércoles en la mañana")),
    "the minute it closes": Hour(
        "2026-11-24 18:00", "miércoles 25/11/2026, a las 09:00", ("En cuanto abran", "Miércoles en la tarde", "Jueves en la mañana")
    ),
    "at night": Hour("2026-11-25 03:00", "hoy, a las 09:00", ("En cuanto abran", "Miércoles en la tarde", "Jueves en la mañana")),
    "a day on which London and Mexico differ": Hour(
        "2026-11-25 23:30", "jueves 26/11/2026, a las 09:00", ("En cuanto abran", "Jueves en la tarde", "Viernes en la mañana")
    ),
    "Friday evening": Hour(
        "2026-11-27 18:30", "lunes 30/11/2026, a las 09:00", ("En cuanto abran", "Lunes en la tarde", "Martes en la mañana")
    ),
    "Saturday": Hour("2026-11-28 12:00", "lunes 30/11/2026, a las 09:00", ("En cuanto abran", "Lunes en la tarde", "Martes en la mañana")),
    "Thursday evening": Hour(
        "2026-11-26 20:00", "viernes 27/11/2026, a las 09:00", ("En cuanto abran", "Viernes en la tarde", "Lunes en la mañana")
    ),
    "Friday evening before a day of rest": Hour(
        "2026-11-13 19:00", "martes 17/11/2026, a las 09:00", ("En cuanto abran", "Martes en la tarde", "Miércoles en la mañana"),
        "lunes 16/11/2026 (Día de la Revolución)",
    ),
    "a day of rest": Hour(
        "2026-11-16 11:00", "martes 17/11/2026, a las 09:00", ("En cuanto abran", "Martes en la tarde", "Miércoles en la mañana"),
        "hoy (Día de la Revolución)",
    ),
    "the evening of a day of rest": Hour(
        "2026-11-16 20:00", "martes 17/11/2026, a las 09:00", ("En cuanto abran", "Martes en la tarde", "Miércoles en la mañana")
    ),
    "Christmas Eve, late": Hour(
        "2026-12-24 19:00", "lunes 28/12/2026, a las 09:00", ("En cuanto abran", "Lunes en la tarde", "Martes en la mañana"),
        "viernes 25/12/2026 (Navidad)",
    ),
}  # fmt: skip


def on_duty(session: Session) -> None:
    member(session, STAFF)


def away(session: Session) -> None:
    member(session, STAFF, away=True)


def gone(session: Session) -> None:
    member(session, STAFF, revoked=True)
    member(session, "sofia", Role.SUPERVISOR, accepted=False)


def of_other_work(session: Session) -> None:
    for role in set(Role) - {Role.AGENT, Role.SUPERVISOR}:
        member(session, role, role)


def supervising(session: Session) -> None:
    member(session, "sofia", Role.SUPERVISOR)


ROSTERS = {each.__name__: each for each in (on_duty, away, gone, of_other_work, supervising)}
HERE, HAVE_ACCOUNT = {"on_duty", "supervising"}, {"on_duty", "supervising", "away"}
STATES = ("bot", "waiting", "assigned", "snoozed", "called back", "resolved")


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Chat:
    chats_database.call(nobody_and_nothing)
    return Chat(chats_database, content_around)


def brought(ana: Chat, state: str) -> None:
    """The ticket comes into that state."""
    if state == "bot":
        return
    ana.person_waits()

    def change(session: Session) -> None:
        ticket = ana.ticket(session)
        if state == "called back":
            putting_off.call_back(session, ticket, ana.now + timedelta(days=5), ana.now)
        if state in ("assigned", "snoozed"):
            tickets.claim(session, ticket.id, STAFF, ana.now)
        if state == "snoozed":
            putting_off.snooze(session, ticket.id, ana.now + timedelta(days=5), STAFF, ana.now)
        if state == "resolved":
            tickets.close(session, ticket.id, STAFF, ana.now)

    ana.call(change)
    ana.later(seconds=5)


def test_the_hours_of_the_matrix_are_those_of_the_content(ana: Chat) -> None:
    team = ana.around.content.team
    assert (team.schedules, team.open_on_holidays) == (WORKING_DAYS, False)


@pytest.mark.parametrize("hour", HOURS)
@pytest.mark.parametrize(("roster", "state"), list(itertools.product(ROSTERS, STATES)))
def test_who_asks_for_a_person_is_told_the_truth(hour: str, roster: str, state: str, ana: Chat) -> None:
    when = HOURS[hour]
    ana.now = at(when.now)
    ana.call(ROSTERS[roster])
    brought(ana, state)
    taken = ana.takes(typed("persona", at=int(ana.now.timestamp()), number=900))
    if state == "assigned":
        assert taken.replies == ()
        return
    assert names(taken) == ["utter_person_requested" if state in ("bot", "resolved") else "utter_person_still_waiting"]
    [reply] = taken.replies
    is_open, has_somebody = not when.opens, roster in (HERE if not when.opens else HAVE_ACCOUNT)
    said = {
        "Todavía no sé cuánto tarda en contestar": is_open and has_somebody,
        "Ahora no hay nadie del equipo que pueda contestarle": not has_somebody,
        "Horario: lunes a viernes, de 09:00 a 18:00 (hora del centro de México)": not is_open and has_somebody,
        f"Vuelve a atender {when.opens}.": not is_open and has_somebody,
        f"Día de descanso sin atención: {when.rest}.": bool(when.rest) and has_somebody,
        "Usted pidió que le escriban desde esta hora": False,
    }
    if state == "called back" and not is_open:  # what they chose stands until they choose anew
        said = dict.fromkeys(said, False) | {"Usted pidió que le escriban desde esta hora": True}
    assert {text: text in reply.text for text in said} == said, reply.text
    assert "911" in reply.text and "Personas antes que usted: 0" in reply.text
    choices = [button.title for button in reply.buttons]
    assert choices == [*(when.choices if has_somebody else ()), "Ver los temas"]
    ticket, alerts = ana.call(lambda session: (ana.ticket(session), alerts_of(session, ana.ticket(session))))
    assert ticket.state is (TicketState.SNOOZED if state == "called back" and not is_open else TicketState.WAITING)
    woken = state == "snoozed" or (state == "called back" and is_open)
    assert alerts.count("escalated") == (0 if has_somebody else 1 + woken), "those who supervise are told once each time that it waits"


@pytest.mark.parametrize("hour", ["in the middle of a day", "a day of rest", "at night"])
@pytest.mark.parametrize("state", STATES)
def test_the_assistant_goes_on_answering_unless_a_person_holds_the_chat(state: str, hour: str, ana: Chat) -> None:
    ana.now = at(HOURS[hour].now)
    ana.call(on_duty)
    brought(ana, state)
    ana.understands = THANKS
    assert ana.says("gracias") == ([] if state == "assigned" else ["utter_thank"])
    said = ana.says("me quiero matar")
    assert said == ["utter_danger_while_assigned"] if state == "assigned" else said[0].startswith("utter_safety_")
    if state not in ("bot", "resolved"):
        ticket = ana.call(ana.ticket)
        assert ticket.urgency == 0 and ticket.state is (TicketState.ASSIGNED if state == "assigned" else TicketState.WAITING)
        assert "danger" in ana.call(lambda session: alerts_of(session, ana.ticket(session)))


@pytest.mark.parametrize("state", STATES)
def test_after_any_handoff_another_one_works_and_each_hand_back_is_said_once(state: str, ana: Chat) -> None:
    ana.now = at(HOURS["in the middle of a day"].now)
    ana.call(on_duty)
    brought(ana, state)
    for _ in range(2):
        ana.later(minutes=1)
        ana.says("persona")
        ana.call(lambda session: attending.claim_ticket(session, ana.ticket(session).id, ON_DUTY, ana._around()))
        assert ana.says("¿está ahí?") == []
        ana.staff_closes()
        ana.understands = THANKS
        assert ana.says("gracias") == ["utter_thank"]
    handed_back = [each for each in ana.transcript() if each.response == "utter_ticket_closed"]
    assert len(handed_back) == 2 and not ana.has_ticket()
