"""What a message says in the language of the staff, beside the original and never instead of it: by a program here, or by hand.

The program (PUENTE_TRANSLATOR) gets the two languages as its last arguments and the text on its standard input, and prints the translation.
Nothing leaves this machine.
"""

import logging
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError
from bot.handoff import tickets
from bot.handoff.timeline import AT_ONCE, MACHINE
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.reviews import MessageTranslation
from bot.records.tickets import Ticket

logger = logging.getLogger(__name__)

SECONDS = 20.0  # for one message
LONGEST = 8000  # characters


class Translator:
    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)

    def translate(self, text: str, source: str, target: str) -> str | None:
        """None when the program fails, says nothing or takes too long."""
        try:
            done = subprocess.run(
                [*self._command, source, target], input=text.encode(), capture_output=True, timeout=SECONDS, check=False
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            logger.warning("A message could not be translated (%s)", type(error).__name__)
            return None
        if done.returncode != 0:
            logger.warning("The translator ended with %s", done.returncode)
            return None
        return done.stdout.decode("utf-8", "replace").strip()[:LONGEST] or None


def untranslated(session: Session, ticket_id: int, actor: Actor, language: str, now: datetime) -> tuple[str, Sequence[tuple[int, str]]]:
    """The person's language, and what they wrote last that is not yet there in `language`. One row of the audit."""
    ticket = tickets.get(session, ticket_id)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    audit.write(session, actor, Action.TICKET_READ, conversation.reference, now, why="translate")
    query = select(Message.id, Message.text).where(Message.conversation_id == conversation.id, Message.direction == Direction.IN)
    known = select(MessageTranslation.message_id).where(MessageTranslation.language == language)
    rows = session.execute(query.where(Message.id.not_in(known)).order_by(Message.id.desc()).limit(AT_ONCE))
    return conversation.language, [(number, text) for number, text in rows if _says_something(text)][::-1]


def made(translator: Translator, texts: Sequence[tuple[int, str]], source: str, target: str) -> Mapping[int, str]:
    """Slow: not within a transaction. Raises RefusedError when none could be translated."""
    found = {number: said for number, text in texts if (said := translator.translate(text, source, target))}
    if texts and not found:
        raise RefusedError("La traducción automática no está disponible ahora; puede escribir una usted")
    return found


def keep(session: Session, ticket_id: int, texts: Mapping[int, str], language: str, actor: Actor, now: datetime) -> None:
    """A machine's, where there is none yet."""
    ticket = tickets.get(session, ticket_id)
    for number, text in texts.items():
        if _of(session, ticket, number, language) is None:
            session.add(MessageTranslation(message_id=number, language=language, text=text, made_by=MACHINE, at=now))
    audit.write_about(session, actor, Action.TICKET_READ, ticket.conversation_id, now, "translated")


def write(session: Session, ticket_id: int, number: int, text: str, language: str, actor: Actor, now: datetime) -> None:
    """A member's own, in place of what was there. Raises RefusedError."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise RefusedError("Escriba la traducción, en un solo texto")
    ticket = tickets.get(session, ticket_id)
    if session.scalar(select(Message.id).where(Message.id == number, Message.conversation_id == ticket.conversation_id)) is None:
        raise RefusedError(f"La petición {ticket_id} no tiene ese mensaje")
    found = _of(session, ticket, number, language)
    if found is None:
        session.add(MessageTranslation(message_id=number, language=language, text=said, made_by=actor.name, at=now))
    else:
        found.text, found.made_by, found.at = said, actor.name, now
    audit.write_about(session, actor, Action.TICKET_READ, ticket.conversation_id, now, "translated")


def _of(session: Session, ticket: Ticket, number: int, language: str) -> MessageTranslation | None:
    query = select(MessageTranslation).where(MessageTranslation.message_id == number, MessageTranslation.language == language)
    return session.scalar(query)


def _says_something(text: str) -> bool:
    """Not what a button or a file left in the transcript."""
    return bool(text.strip()) and not text.startswith(("/", "["))
