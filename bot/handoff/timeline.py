"""What was said and done in a conversation, as staff read it: messages, notes and events at their time, some at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.handoff import attachments, fates
from bot.permissions import Actor, Field, Sight, sight
from bot.records.conversations import Attachment, Direction, Message
from bot.records.reviews import MessageTranslation
from bot.records.tickets import Ticket, TicketEvent, TicketNote

AT_ONCE = 40  # messages
QUIET = ("viewed", "note", "wrote", "replied")  # shown otherwise, or to nobody


@dataclass(frozen=True)
class File:
    """Its name is shown once a reason opened it: it may name the person."""

    id: int
    kind: str
    size: int | None
    is_open: bool
    name: str = ""


@dataclass(frozen=True)
class Translated:
    text: str
    made_by: str

    @property
    def is_machine(self) -> bool:
        return self.made_by == MACHINE


MACHINE = "machine"


@dataclass(frozen=True)
class Said:
    id: int
    direction: Direction
    at: datetime
    text: str
    who: str = ""  # of the staff
    buttons: tuple[str, ...] = ()
    fate: fates.Delivered | None = None
    files: tuple[File, ...] = ()
    translation: Translated | None = None
    safety: str | None = None


@dataclass(frozen=True)
class Noted:
    id: int
    who: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Happened:
    what: str
    who: str
    at: datetime
    why: str | None
    ticket_id: int


@dataclass(frozen=True)
class Talk:
    """`older`: the message before which earlier ones stand; None: there are none. `last`: the newest of the conversation."""

    entries: tuple[Said | Noted | Happened, ...]
    older: int | None
    last: int
    is_newest: bool


def read(session: Session, actor: Actor, ticket: Ticket, language: str, now: datetime, before: int | None = None) -> Talk:
    """The newest, or those `before` a message. `language`: into which translations are shown. The caller writes the audit."""
    mine = Message.conversation_id == ticket.conversation_id
    newest = session.scalar(select(Message.id).where(mine).order_by(Message.id.desc()).limit(1)) or 0
    query = select(Message).where(mine, Message.id < before) if before else select(Message).where(mine)
    found = list(session.scalars(query.order_by(Message.id.desc()).limit(AT_ONCE + 1)))
    older = found[AT_ONCE - 1].id if len(found) > AT_ONCE else None
    messages = found[:AT_ONCE][::-1]
    said = _said(session, actor, ticket, messages, language, now)
    since = messages[0].created_at if messages and older else None
    until = messages[-1].created_at if messages and before else None
    beside = [each for each in _beside(session, ticket) if (not since or each.at >= since) and (not until or each.at <= until)]
    return Talk(_merged(said, beside), older, newest, before is None)


def _merged(said: Sequence[Said], beside: Iterable[Noted | Happened]) -> tuple[Said | Noted | Happened, ...]:
    """Messages keep their order; the rest stands before the first message that is later."""
    waiting = sorted(beside, key=lambda each: each.at)
    merged: list[Said | Noted | Happened] = []
    for message in said:
        while waiting and waiting[0].at <= message.at:
            merged.append(waiting.pop(0))
        merged.append(message)
    return (*merged, *waiting)


def _said(session: Session, actor: Actor, ticket: Ticket, messages: list[Message], language: str, now: datetime) -> list[Said]:
    ids = [each.id for each in messages]
    delivered = fates.of_messages(session, ids)
    files = attachments.of_messages(session, ids)
    translated = _translations(session, ids, language)
    writers, opened = _writers(session, ticket), _opened(session, actor, ticket, now)
    is_clear = sight(actor.role, Field.TRANSCRIPT) is Sight.CLEAR
    return [
        Said(
            each.id, each.direction, each.created_at, each.text if is_clear else "", writers.get(each.id, ""),
            tuple(title for title, _ in each.buttons or ()), delivered.get(each.id),
            tuple(_file(file, opened) for file in files.get(each.id, ())), translated.get(each.id) if is_clear else None, each.safety,
        )
        for each in messages
    ]  # fmt: skip


def _file(file: Attachment, opened: frozenset[int]) -> File:
    is_open = file.id in opened
    return File(file.id, file.kind, file.size, is_open, (file.file_name or "") if is_open else "")


def _opened(session: Session, actor: Actor, ticket: Ticket, now: datetime) -> frozenset[int]:
    mine = select(TicketEvent.why).where(TicketEvent.ticket_id == ticket.id, TicketEvent.what == "file", TicketEvent.who == actor.name)
    lately = session.scalars(mine.where(TicketEvent.at > now - attachments.OPEN_FOR))
    return frozenset(int(why) for why in lately if why and why.isdecimal())


def _writers(session: Session, ticket: Ticket) -> Mapping[int, str]:
    """Which member wrote which message, also of earlier tickets of the conversation."""
    query = select(TicketEvent.why, TicketEvent.who).join(Ticket, Ticket.id == TicketEvent.ticket_id)
    rows = session.execute(query.where(Ticket.conversation_id == ticket.conversation_id, TicketEvent.what == "wrote"))
    return {int(why): who for why, who in rows if why}


def _translations(session: Session, ids: list[int], language: str) -> Mapping[int, Translated]:
    query = select(MessageTranslation).where(MessageTranslation.message_id.in_(ids), MessageTranslation.language == language)
    return {each.message_id: Translated(each.text, each.made_by) for each in session.scalars(query)}


def _beside(session: Session, ticket: Ticket) -> list[Noted | Happened]:
    """Notes and events of all tickets of this conversation."""
    all_of = select(Ticket.id).where(Ticket.conversation_id == ticket.conversation_id)
    notes = session.scalars(select(TicketNote).where(TicketNote.ticket_id.in_(all_of)))
    events = session.scalars(select(TicketEvent).where(TicketEvent.ticket_id.in_(all_of), TicketEvent.what.not_in(QUIET)))
    return [
        *(Noted(each.id, each.who, each.at, each.text) for each in notes),
        *(Happened(each.what, each.who, each.at, each.why, each.ticket_id) for each in events),
    ]
