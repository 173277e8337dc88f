"""Files that people sent: fetched for the one who holds the ticket, looked at, and kept where only Puente reads."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.file_types import LARGEST
from bot.handoff import attachments, attending, tickets
from bot.handoff.attachments import SentFile
from bot.permissions import Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Attachment, Conversation, Direction, Message
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import TicketEvent

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
ROSA = Actor("rosa", Role.AGENT)
SENT = SentFile("telegram:1", "AgAC")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 64
PDF = b"%PDF-1.4\n" + b"\0" * 64
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\0" * 64
ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch(1)</script></svg>'


def sent_file(session: Session, chat: str, file_id: str) -> tuple[int, int]:
    """A ticket of that chat and the file that came in it."""
    conversation = Conversation(bot_id="telegram:1", chat=chat, chat_id=chat, created_at=NOW, updated_at=NOW)
    session.add(conversation)
    session.flush()
    message = Message(conversation_id=conversation.id, direction=Direction.IN, text="[photo]", created_at=NOW)
    session.add(message)
    session.flush()
    file = Attachment(message_id=message.id, kind="photo", file_id=file_id, created_at=NOW)
    session.add(file)
    session.flush()
    return tickets.open_ticket(session, conversation, "asked", NOW).id, file.id


def giving(data: bytes) -> attachments.Fetch:
    return lambda file, target: target.write_bytes(data) and None


def test_only_who_holds_the_ticket_opens_its_files(database: Database) -> None:
    ticket, file = database.call(sent_file, "ana", "AgAC")
    with pytest.raises(RefusedError, match="tómela"):
        database.call(attachments.open_for, ticket, file, "rosa", NOW)
    database.call(tickets.claim, ticket, "rosa", NOW)
    with pytest.raises(RefusedError, match="tómela"):
        database.call(attachments.open_for, ticket, file, "luis", NOW)
    assert database.call(attachments.open_for, ticket, file, "rosa", NOW) == SENT, "and by the bot it was sent to"


def test_a_file_of_another_conversation_is_not_there(database: Database) -> None:
    ticket, _ = database.call(sent_file, "ana", "AgAC")
    _, other = database.call(sent_file, "beto", "BgAC")
    database.call(tickets.claim, ticket, "rosa", NOW)
    with pytest.raises(RefusedError, match="no tiene el archivo"):
        database.call(attachments.open_for, ticket, other, "rosa", NOW)


def test_every_opening_is_written_down(database: Database) -> None:
    ticket, file = database.call(sent_file, "ana", "AgAC")
    database.call(tickets.claim, ticket, "rosa", NOW)
    database.call(attachments.open_for, ticket, file, "rosa", NOW)
    [event] = database.call(lambda session: list(session.scalars(select(TicketEvent).where(TicketEvent.what == "file"))))
    assert (event.who, event.why, event.ticket_id) == ("rosa", str(file), ticket)


@pytest.mark.parametrize("why", ["", "   ", "ver"])
def test_no_file_is_opened_without_a_reason(why: str, database: Database) -> None:
    ticket, file = database.call(sent_file, "ana", "AgAC")
    database.call(tickets.claim, ticket, ROSA.name, NOW)
    with pytest.raises(RefusedError, match="para qué"):
        database.call(attending.open_file, ticket, file, ROSA, why, NOW)
    assert database.call(lambda session: list(session.scalars(select(AuditEntry)))) == []


def test_the_reason_stands_in_the_audit(database: Database) -> None:
    ticket, file = database.call(sent_file, "ana", "AgAC")
    database.call(tickets.claim, ticket, ROSA.name, NOW)
    assert database.call(attending.open_file, ticket, file, ROSA, " ver su documento ", NOW) == SENT
    [entry] = database.call(lambda session: list(session.scalars(select(AuditEntry))))
    assert (entry.who, entry.action, entry.why) == ("rosa", "file.open", "ver su documento")


@pytest.mark.parametrize(("data", "ending"), [(JPEG, ".jpg"), (PDF, ".pdf"), ("su recado, señora".encode(), ".txt")])
def test_a_file_is_named_by_what_is_in_it_and_read_by_its_owner_alone(tmp_path: Path, data: bytes, ending: str) -> None:
    kept = attachments.keep(giving(data), SENT, tmp_path / "files", "12-34")
    assert kept.name == f"12-34{ending}" and kept.read_bytes() == data
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "data", [PROGRAM, ELF, SVG, b"\x00\xff\xfe\x80" * 20, JPEG + b"\0" * LARGEST], ids=["exe", "elf", "svg", "bytes", "big"]
)
def test_what_could_do_harm_or_is_too_big_is_not_kept(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RefusedError):
        attachments.keep(giving(data), SENT, tmp_path / "files", "12-34")
    assert list((tmp_path / "files").iterdir()) == []


def test_a_failed_download_leaves_nothing(tmp_path: Path) -> None:
    def broken(file: SentFile, target: Path) -> None:
        target.write_bytes(b"half")
        raise RefusedError("Telegram no da el archivo")

    with pytest.raises(RefusedError):
        attachments.keep(broken, SENT, tmp_path / "files", "12-34")
    assert list((tmp_path / "files").iterdir()) == []
