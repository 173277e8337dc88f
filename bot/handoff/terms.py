"""How urgent a ticket is, since when the person waits, and the terms that follow from it. The caller writes the event."""

from datetime import datetime

from bot.content.team import Team
from bot.handoff import clocks
from bot.records.tickets import Ticket, Urgency


def waits(ticket: Ticket, since: datetime, team: Team) -> None:
    ticket.waiting_since, ticket.reply_by = since, clocks.reply_by(team, ticket.urgency, since)


def chose_when(ticket: Ticket) -> bool:
    """The person, not the staff, put it off."""
    return ticket.callback_at is not None and ticket.snoozed_until == ticket.callback_at


def press(ticket: Ticket, urgency: Urgency, now: datetime, team: Team) -> None:
    """At least that urgent from now on, and they wait for a word."""
    ticket.urgency, ticket.waiting_since = min(ticket.urgency, urgency), ticket.waiting_since or now
    _shorten(ticket, now, team)


def weigh(ticket: Ticket, urgency: Urgency, now: datetime, team: Team) -> None:
    """As urgent as staff say. More than before: its terms begin now. Less: those of that urgency, since the person waits."""
    is_more = urgency < ticket.urgency
    ticket.urgency = urgency
    asked_at = max(ticket.opened_at, ticket.callback_at or ticket.opened_at)
    if is_more:
        _shorten(ticket, max(now, asked_at), team)
        return
    ticket.resolve_by = clocks.resolve_by(team, urgency, asked_at)
    if ticket.waiting_since is not None:
        ticket.reply_by = clocks.reply_by(team, urgency, max(ticket.waiting_since, asked_at))


def _shorten(ticket: Ticket, since: datetime, team: Team) -> None:
    """No term gets longer, and nobody is late for a word that nobody waits for."""
    if ticket.waiting_since is not None:
        ticket.reply_by = min(clocks.reply_by(team, ticket.urgency, since), ticket.reply_by or since + clocks.HORIZON)
    ticket.resolve_by = min(clocks.resolve_by(team, ticket.urgency, since), ticket.resolve_by or since + clocks.HORIZON)
