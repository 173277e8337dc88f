"""A person is asked for in the chat: what is said of the queue, and when they want to be written to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.conversation import hours
from bot.conversation.context import Turn
from bot.errors import RefusedError
from bot.handoff import clocks, putting_off, tickets, waiting
from bot.records.tickets import Ticket, TicketState, Urgency

AT_ONCE = timedelta(minutes=1)  # after the team opens


def request_person(turn: Turn, arguments: Mapping[str, Any]) -> None:
    waits_already = tickets.open_of(turn.session, turn.conversation.id) is not None
    ticket = open_for(turn, str(arguments.get("reason", "asked")))
    if ticket.state is TicketState.SNOOZED and clocks.is_open(turn.content.team, turn.now):  # they do not want to wait so long after all
        tickets.wake(turn.session, ticket, "person", turn.now, turn.content.team)
    if ticket.state is not TicketState.ASSIGNED:
        say_queue(turn, "utter_person_still_waiting" if waits_already else "utter_person_requested", ticket)


def open_for(turn: Turn, reason: str) -> Ticket:
    return tickets.open_ticket(turn.session, turn.conversation, reason, turn.now, content=turn.content)


def say_queue(turn: Turn, name: str, ticket: Ticket, **variables: str) -> None:
    """How it stands with the ticket, and where the team is closed the times at which they may be written to."""
    view = waiting.outlook(turn.session, turn.content.team, ticket, turn.now)
    waiting.note_nobody(turn.session, ticket, view, turn.now)
    ticket.told_at = turn.now
    turn.say(name, **waiting.in_words(turn.content, view, turn.language, turn.now), **variables)
    choices = waiting.callbacks(turn.content, view, ticket, turn.language)
    turn.replies[-1] = replace(turn.replies[-1], buttons=(*choices, *turn.replies[-1].buttons))


def call_back(turn: Turn, arguments: Mapping[str, Any]) -> None:
    """They chose from when on. As soon as the team opens is simply their place in the queue."""
    at, ticket = waiting.chosen(str(arguments.get("value") or "")), tickets.open_of(turn.session, turn.conversation.id)
    team = turn.content.team
    if at is None or ticket is None or at <= turn.now:
        turn.say("utter_button_old")
        return
    opens_at = None if clocks.is_open(team, turn.now) else clocks.next_opening(team, turn.now)
    try:
        if ticket.urgency == Urgency.DANGER or (opens_at and at < opens_at + AT_ONCE):
            at = opens_at or turn.now
            if ticket.state is TicketState.SNOOZED:
                tickets.wake(turn.session, ticket, "person", turn.now, team)
        else:
            putting_off.call_back(turn.session, ticket, at, turn.now, team)
    except RefusedError:  # somebody took it meanwhile
        return
    day = hours.day_of(turn.content, at, turn.today, turn.language)
    turn.say("utter_callback_noted", day=day, at=hours.clock(at))
