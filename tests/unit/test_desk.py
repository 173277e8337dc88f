"""The desk: whatever staff read or do with a ticket is one row of the audit, and what is refused leaves none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import attending, printed, tickets
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Attachment, Conversation, Direction, Message
from bot.records.database import Database
from bot.records.staff import Role

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
ROSA, LUIS = Actor("rosa", Role.AGENT), Actor("luis", Role.SUPERVISOR)
MARTA = Actor("marta", Role.AGENT)
WHY = "ver su documento"


@pytest.fixture(scope="module")
def around(live: LiveContent) -> Surroundings:
    content, detector = live.current()
    return Surroundings(content, detector, "desk", "", NOW)


@pytest.fixture
def ticket(database: Database) -> int:
    """Ana sent a photograph and asked for a person; Beto too."""
    beto = database.call(waiting, "beto")
    ana = database.call(waiting, "ana")
    assert beto != ana
    return ana


def waiting(session: Session, chat: str) -> int:
    conversation = Conversation(bot_id="telegram:1", chat=chat, chat_id=f"number of {chat}", created_at=NOW, updated_at=NOW)
    session.add(conversation)
    session.flush()
    message = Message(conversation_id=conversation.id, direction=Direction.IN, text=f"soy {chat}", created_at=NOW)
    session.add(message)
    session.flush()
    session.add(Attachment(message_id=message.id, kind="photo", file_id=f"file of {chat}", created_at=NOW))
    return tickets.open_ticket(session, conversation, "asked", NOW).id


def written(database: Database) -> list[tuple[str, str, str | None]]:
    """Who, what and the chat it is about, of every row of the audit."""

    def look(session: Session) -> list[tuple[str, str, str | None]]:
        chats = dict(session.execute(select(Conversation.reference, Conversation.chat)).all())
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(each.who, each.action, chats[each.subject] if each.subject else None) for each in rows]

    return database.call(look)


def test_every_look_at_a_conversation_is_one_row_of_who_saw(database: Database, ticket: int, around: Surroundings) -> None:
    for actor in (ROSA, LUIS, ROSA):
        assert any("soy ana" in line for line in database.call(printed.shown, ticket, actor, around))
    reads = [("rosa", Action.TICKET_READ, "ana"), ("luis", Action.TICKET_READ, "ana"), ("rosa", Action.TICKET_READ, "ana")]
    assert written(database) == reads
    reference = database.call(lambda session: session.scalar(select(Conversation.reference).where(Conversation.chat == "ana")))
    assert len(database.call(audit.about, reference or "", (Action.TICKET_READ,))) == 3


def test_looking_at_the_list_is_a_row_that_is_about_nobody(database: Database, ticket: int, around: Surroundings) -> None:
    lines = database.call(printed.listed, ROSA, around)
    assert len(lines) == 2 and not any("ana" in line for line in lines)
    assert written(database) == [("rosa", Action.TICKET_LIST, None)]


def test_taking_answering_opening_a_file_and_closing_are_each_a_row(database: Database, ticket: int, around: Surroundings) -> None:
    database.call(attending.claim_ticket, ticket, ROSA, around)
    database.call(attending.reply_to, ticket, ROSA, "Buenas tardes", around)
    assert database.call(attending.open_file, ticket, 2, ROSA, WHY, NOW).file_id == "file of ana"
    database.call(attending.close_ticket, ticket, ROSA, around)
    done = [Action.TICKET_CLAIM, Action.TICKET_REPLY, Action.FILE_OPEN, Action.TICKET_CLOSE]
    assert written(database) == [("rosa", action, "ana") for action in done]
    assert database.call(audit.verify) == (4, None)


def test_what_is_refused_leaves_no_row(database: Database, ticket: int, around: Surroundings) -> None:
    database.call(attending.claim_ticket, ticket, ROSA, around)
    refused = [
        lambda session: attending.claim_ticket(session, ticket, LUIS, around),
        lambda session: attending.reply_to(session, ticket, MARTA, "Buenas tardes", around),
        lambda session: attending.reply_to(session, ticket, ROSA, " ", around),
        lambda session: attending.open_file(session, ticket, 2, LUIS, WHY, NOW),
        lambda session: attending.open_file(session, ticket, 1, ROSA, WHY, NOW),
        lambda session: printed.shown(session, 77, ROSA, around),
    ]
    for attempt in refused:
        with pytest.raises(RefusedError):
            database.call(attempt)
    assert written(database) == [("rosa", Action.TICKET_CLAIM, "ana")]


def test_no_row_of_the_audit_holds_what_was_said(database: Database, ticket: int, around: Surroundings, tmp_path: Path) -> None:
    database.call(attending.claim_ticket, ticket, ROSA, around)
    database.call(attending.reply_to, ticket, ROSA, "Vaya al albergue de la calle Siete", around)
    rows = database.call(lambda session: list(session.scalars(select(AuditEntry))))
    said = " ".join(str(value) for row in rows for value in vars(row).values())
    assert not any(word in said for word in ("ana", "albergue", "number of"))
