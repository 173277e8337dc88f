"""Files that people sent, for the staff member who holds their ticket: fetched only then, and looked at before they are kept."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.file_types import LARGEST, is_kept_type, kind_of
from bot.handoff import tickets
from bot.records.conversations import Attachment, Conversation, Message
from bot.records.tickets import Ticket, TicketEvent

OPEN_FOR = timedelta(minutes=10)  # a file, after its reason was said
KEPT = re.compile(r"(\d+)-(\d+)(?:\..*)?")  # the name of a fetched file: ticket, attachment


@dataclass(frozen=True)
class SentFile:
    """A file that stays with a door: nobody but that bot can fetch it."""

    bot_id: str
    file_id: str


type Fetch = Callable[[SentFile, Path], None]


def of_conversation(session: Session, conversation_id: int) -> dict[int, list[Attachment]]:
    """By the message they came with."""
    return of_messages(session, select(Message.id).where(Message.conversation_id == conversation_id))


def of_messages(session: Session, message_ids: Collection[int] | Select[int]) -> dict[int, list[Attachment]]:
    """The same of some messages."""
    found: dict[int, list[Attachment]] = {}
    for each in session.scalars(select(Attachment).where(Attachment.message_id.in_(message_ids)).order_by(Attachment.id)):
        found.setdefault(each.message_id, []).append(each)
    return found


def open_for(session: Session, ticket_id: int, attachment_id: int, who: str, now: datetime) -> SentFile:
    """What the file is fetched by, and the opening written down. Raises RefusedError unless `who` holds the ticket it belongs to."""
    ticket = tickets.held(session, ticket_id, who)
    found = _of_ticket(session, ticket, attachment_id)
    if found is None:
        raise RefusedError(f"La petición {ticket_id} no tiene el archivo {attachment_id}")
    session.add(TicketEvent(ticket_id=ticket.id, what="file", who=who, why=str(attachment_id), at=now))
    return found


def opened_by(session: Session, ticket_id: int, attachment_id: int, who: str, now: datetime) -> SentFile:
    """What the file is fetched by, for some minutes after `who` said why they need it. Raises RefusedError."""
    ticket = tickets.get(session, ticket_id)
    mine = select(TicketEvent.id).where(TicketEvent.ticket_id == ticket.id, TicketEvent.what == "file", TicketEvent.who == who)
    lately = mine.where(TicketEvent.why == str(attachment_id), TicketEvent.at > now - OPEN_FOR)
    found = _of_ticket(session, ticket, attachment_id)
    if found is None or session.scalar(lately.limit(1)) is None:
        raise RefusedError("Para ver el archivo, diga primero en la conversación para qué lo necesita")
    return found


def _of_ticket(session: Session, ticket: Ticket, attachment_id: int) -> SentFile | None:
    query = select(Attachment.file_id).join(Message, Message.id == Attachment.message_id)
    found = session.scalar(query.where(Attachment.id == attachment_id, Message.conversation_id == ticket.conversation_id))
    return SentFile(session.get_one(Conversation, ticket.conversation_id).bot_id, found) if found else None


def keep(fetch: Fetch, file: SentFile, folder: Path, name: str) -> Path:
    """The file in the folder, readable by its owner alone. Raises RefusedError when it is too big or not of a kind that is kept."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"{name}.new"
    draft.touch(mode=0o600)
    try:
        fetch(file, draft)
        if draft.stat().st_size > LARGEST:
            raise RefusedError(f"El archivo pasa de {LARGEST // 1_000_000} MB y no se guardó")
        kind, ending = kind_of(draft.read_bytes())
        if not is_kept_type(kind):
            raise RefusedError("El archivo no es una foto, un audio, un video ni un documento; no se guardó, porque podría hacer daño")
        return draft.rename(folder / f"{name}{ending}")
    finally:
        draft.unlink(missing_ok=True)


def forget(folder: Path, ticket_ids: Collection[int]) -> int:
    """What was fetched for these tickets. Returns how many files."""
    found = [path for path, ticket_id, _ in _kept(folder) if ticket_id in ticket_ids] if ticket_ids else []
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def files_of(folder: Path, attachment_ids: Collection[int]) -> list[Path]:
    return [path for path, _, attachment_id in _kept(folder) if attachment_id in attachment_ids] if attachment_ids else []


def _kept(folder: Path) -> Iterator[tuple[Path, int, int]]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := KEPT.fullmatch(path.name):
            yield path, int(match[1]), int(match[2])
