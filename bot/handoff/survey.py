"""One question after a person has helped: did it serve? Three answers in words, and to the lesser two a reason if they like.

The answer stands on the ticket: given once, changed by pressing another of its buttons, however late.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Button
from bot.conversation.replies import sentence
from bot.conversation.surroundings import Surroundings
from bot.conversation.unasked import rendered, tell
from bot.handoff.alerts import raise_alert
from bot.records.conversations import Conversation, Message
from bot.records.tickets import Ticket, TicketEvent
from bot.referrals import notices

AGAIN_AFTER = timedelta(days=7)
QUESTION = "utter_survey"
RATINGS: Mapping[str, int] = {"yes": 3, "some": 2, "no": 1}
WELL = 3
_TITLES = {"yes": "utter_button_survey_yes", "some": "utter_button_survey_some", "no": "utter_button_survey_no"}


def ask(session: Session, ticket: Ticket, conversation: Conversation, around: Surroundings) -> bool:
    """When staff have closed a ticket in which they wrote. False: nobody is asked who may not be written to or was asked lately."""
    if ticket.first_replied_at is None or not notices.may_write(session, conversation, around.now):
        return False
    lately = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.response == QUESTION, Message.created_at > around.now - AGAIN_AFTER
    )
    if session.scalar(lately.limit(1)) is not None:
        return False
    choices = tuple(
        Button(sentence(around.content, title, conversation.language), f"/rate={answer}.{ticket.id}") for answer, title in _TITLES.items()
    )
    tell(session, conversation, replace(rendered(conversation, QUESTION, around), buttons=choices), around)
    return True


def rate(session: Session, conversation: Conversation, value: str, now: datetime) -> int | None:
    """The answer, as `yes.12`. None: it is no answer to a ticket of this conversation."""
    answer, _, number = value.partition(".")
    rating = RATINGS.get(answer)
    ticket = session.get(Ticket, int(number), with_for_update=True) if rating and number.isdecimal() else None
    if rating is None or ticket is None or ticket.conversation_id != conversation.id:
        return None
    if ticket.rating != rating:
        session.add(TicketEvent(ticket_id=ticket.id, what="rated", who="person", why=answer, at=now))
        if rating == RATINGS["no"]:
            raise_alert(session, ticket, "survey", now)
    ticket.rating, ticket.rated_at = rating, now
    return rating


def keep_reason(session: Session, conversation: Conversation, why: str) -> None:
    """In their own words, for the answer they gave last."""
    rated = select(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.rated_at.is_not(None))
    ticket = session.scalar(rated.order_by(Ticket.rated_at.desc(), Ticket.id.desc()).limit(1))
    if ticket is not None:
        ticket.rating_why = why
