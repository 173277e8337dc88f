"""What the records say of each chat, to hold against what was said and what was delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation.formatting import as_plain
from bot.identifiers import masked
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import open_database
from bot.records.deliveries import OutboxMessage, OutboxState
from bot.settings import Settings
from tests.e2e.peer import Sent


@dataclass
class Account:
    """One chat: what was kept of what the person said, what was answered, and how often a send was repeated."""

    said: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)  # said and never answered
    answers: list[str] = field(default_factory=list)
    repeats: int = 0
    undelivered: list[str] = field(default_factory=list)

    def faults(self, script: Sequence[str], got: Sequence[Sent]) -> list[str]:
        """What is wrong; nothing, when all was kept, answered and delivered in order."""
        texts = [each.text for each in got]
        checks = {
            f"kept {len(self.said)} of {len(script)} or in another order": self.said == [masked(text).text for text in script],
            f"never answered: {self.silent}": not self.silent,
            f"lost or out of order: {len(texts)} delivered of {len(self.answers)}": delivered(texts, self.answers),
            f"{len(texts) - len(self.answers)} doubled, {self.repeats} of unknown fate": len(texts) <= len(self.answers) + self.repeats,
        }
        return [fault for fault, is_well in checks.items() if not is_well]


def accounts(var: Path, bot_id: str = "%") -> dict[str, Account]:
    """By chat, of one bot where there are two. The service must have been stopped."""
    database = open_database(f"sqlite:///{var}/puente.db", Settings(puente_var=var, _env_file=None).keys_file)
    found = database.call(_read, bot_id)
    database.close()
    return found


def _read(session: Session, bot_id: str) -> dict[str, Account]:
    outbox = {row.message_id: row for row in session.scalars(select(OutboxMessage).where(OutboxMessage.bot_id.like(bot_id)))}
    chats = {row.id: row.chat_id for row in session.scalars(select(Conversation).where(Conversation.bot_id.like(bot_id)))}
    found: dict[str, Account] = {chat: Account() for chat in chats.values()}
    messages = session.scalars(select(Message).where(Message.conversation_id.in_(chats)).order_by(Message.id)).all()
    answered = {each.inbox_id for each in messages if each.direction is Direction.OUT}
    for each in messages:
        account = found[chats[each.conversation_id]]
        if each.direction is Direction.IN and each.response != "deferred":
            account.said.append(each.text)
            if each.inbox_id not in answered or each.unanswered:
                account.silent.append(each.text)
        elif each.direction is Direction.OUT:
            account.answers.append(as_plain(each.text))  # the peer tells what a person sees
            row = outbox[each.id]
            account.repeats += row.unknown
            if row.state is not OutboxState.SENT:
                account.undelivered.append(f"{row.state} {row.failure}: {each.text[:40]}")
    return found


def delivered(got: list[str], expected: list[str]) -> bool:
    """Is `got` the expected sequence, each one there, an immediate repeat of the last one apart?"""
    place = 0
    for text in got:
        if place < len(expected) and text == expected[place]:
            place += 1
        elif place == 0 or text != expected[place - 1]:
            return False
    return place == len(expected)
