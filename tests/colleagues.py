"""Everybody of the staff, and people who wait for them, in a data folder of their own: for tests of the command line."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot import staff
from bot.handoff import tickets
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import open_database
from bot.records.staff import Role
from bot.settings import Settings

NOW = datetime.now(UTC)
ACCOUNTS: dict[str, tuple[Role, str | None]] = {
    "ines": (Role.ADMIN, None), "rosa": (Role.AGENT, None), "sofia": (Role.SUPERVISOR, None), "elias": (Role.EDITOR, None),
    "raul": (Role.REVIEWER, None), "dora": (Role.DATA_OFFICER, None), "pablo": (Role.PARTNER, "ipam"), "paula": (Role.PARTNER, "naucalpan"),
}  # fmt: skip
CHAT_ID = "5512345678"


def office_in(var: Path, waiting: Callable[[Session], Conversation]) -> str:
    """Everybody, and who waits for a person; the name the audit has for that conversation."""

    def fill(session: Session) -> str:
        for name, (role, organization) in ACCOUNTS.items():
            staff.invite(session, staff.OPERATOR, name, role, organization, NOW)
        return waiting(session).reference

    database = open_database(f"sqlite:///{var}/puente.db", Settings(puente_var=var, _env_file=None).keys_file)
    reference = database.call(fill)
    database.close()
    return reference


def waits(session: Session, chat: str, text: str) -> Conversation:
    """Somebody who wrote this and waits for a person."""
    conversation = Conversation(bot_id="telegram:1", chat=chat, chat_id=CHAT_ID, created_at=NOW, updated_at=NOW)
    session.add(conversation)
    session.flush()
    session.add(Message(conversation_id=conversation.id, direction=Direction.IN, text=text, created_at=NOW))
    tickets.open_ticket(session, conversation, "asked", NOW)
    return conversation


def everything(var: Path, *, but: str = "") -> list[str]:
    """Every row of every table."""
    with sqlite3.connect(var / "puente.db") as connection:
        return [line for line in connection.iterdump() if not but or not line.startswith(f'INSERT INTO "{but}"')]
