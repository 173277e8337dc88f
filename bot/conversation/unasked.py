"""What is said to a person outside a turn, because staff, an institution or the clock has done something. In their language."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.conversation.replies import Reply, render, sentence
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import put
from bot.records.conversations import Conversation, Direction


def rendered(conversation: Conversation, name: str, around: Surroundings, values: Mapping[str, str] | None = None) -> Reply:
    return render(around.content, name, conversation.language, around.now.astimezone(MEXICO).date(), values)


def tell(session: Session, conversation: Conversation, reply: Reply, around: Surroundings) -> None:
    """A translation that nobody has checked says so. The caller has asked whether they may be written to."""
    if reply.unreviewed:
        mark = sentence(around.content, "utter_unreviewed", conversation.language)
        reply = replace(reply, text=f"{reply.text}\n\n{mark}")
    put(session, conversation, [reply], Direction.OUT, around)
