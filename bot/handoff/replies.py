"""A reply of the staff, and what became of it."""

from enum import StrEnum

from sqlalchemy.orm import Session

from bot.conversation.surroundings import Surroundings
from bot.handoff import attending
from bot.permissions import Actor


class Outcome(StrEnum):
    SENT = "sent"
    MEANWHILE = "meanwhile"  # sent, and the person has written since the page was shown
    BLOCKED = "blocked"  # written down; the person has blocked the bot
    PROPOSED = "proposed"
    OVERTAKEN = "overtaken"  # not sent: another member has answered since the page was shown


def write(
    session: Session, ticket_id: int, actor: Actor, text: str, around: Surroundings, seen: int | None = None, template: str = ""
) -> Outcome:  # fmt: skip
    return Outcome.SENT if attending.reply_to(session, ticket_id, actor, text, around) else Outcome.BLOCKED
