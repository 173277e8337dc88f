"""A request for a person: at most one open ticket for each conversation, and what staff write about it for each other."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedText, Word
from bot.records.tables import Table


class TicketState(StrEnum):
    WAITING = "waiting"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Urgency(IntEnum):
    """In the order in which staff take them."""

    DANGER = 0
    HIGH = 1
    NORMAL = 2


MAY_BECOME = {
    TicketState.WAITING: {TicketState.ASSIGNED, TicketState.SNOOZED, TicketState.RESOLVED},  # snoozed: the person chose when
    TicketState.ASSIGNED: {TicketState.WAITING, TicketState.SNOOZED, TicketState.RESOLVED},
    TicketState.SNOOZED: {TicketState.WAITING, TicketState.ASSIGNED, TicketState.RESOLVED},
    TicketState.RESOLVED: set[TicketState](),
}

_OPEN = text("state <> 'resolved'")


class Ticket(Table):
    __tablename__ = "ticket"
    __table_args__ = (
        Index("uq_ticket_open", "conversation_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_ticket_state", "state", "id"),
        Index("ix_ticket_conversation", "conversation_id"),
        Index("ix_ticket_queue", "state", "urgency", "waiting_since", "id"),
        Index("ix_ticket_holder", "holder", "state", "id"),
        Index("ix_ticket_changed", "state", "changed_at", "id"),
        Index("ix_ticket_first_replied", "first_replied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    state: Mapped[TicketState] = mapped_column(Word(TicketState), default=TicketState.WAITING)
    reason: Mapped[str] = mapped_column(String(32), comment="Why: asked, danger category, fallback")
    holder: Mapped[str | None] = mapped_column(String(64), comment="Staff member who holds it")
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    urgency: Mapped[int] = mapped_column(default=Urgency.NORMAL, server_default="2", comment="0 danger, 1 high, 2 normal")
    topic: Mapped[str | None] = mapped_column(String(32), comment="What was spoken of when it was opened; staff correct it")
    language: Mapped[str] = mapped_column(String(8), default="es", server_default="es", comment="Of the conversation, for the queue")
    municipality: Mapped[str | None] = mapped_column(String(5), comment="Of the last request or office asked for, as far as it is known")
    waiting_since: Mapped[datetime | None] = mapped_column(
        comment="The person's oldest word that staff have not answered, or the opening; none: they have the last word"
    )
    reply_by: Mapped[datetime | None] = mapped_column(comment="Until when that is to be answered, in office hours")
    resolve_by: Mapped[datetime | None] = mapped_column(comment="Until when it is to be resolved, in office hours")
    first_replied_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    held_since: Mapped[datetime | None] = mapped_column(comment="Since when the holder has it")
    snoozed_until: Mapped[datetime | None]
    told_at: Mapped[datetime | None] = mapped_column(comment="When the person was last told how the queue stands")
    callback_at: Mapped[datetime | None] = mapped_column(comment="Beginning of the time at which the person wants to be written to")
    acknowledged_at: Mapped[datetime | None] = mapped_column(comment="When somebody said that they have seen it")
    acknowledged_by: Mapped[str | None] = mapped_column(String(64))
    escalated_at: Mapped[datetime | None] = mapped_column(comment="When the supervisors were told that nobody answers")
    rating: Mapped[int | None] = mapped_column(comment="1 to 3, what the person said of the help")
    rating_why: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True})
    rated_at: Mapped[datetime | None]


class TicketEvent(Table):
    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    what: Mapped[str] = mapped_column(String(32), comment="opened, a new state, or alert")
    who: Mapped[str] = mapped_column(String(64), comment="person, assistant or the staff member")
    why: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


class TicketTag(Table):
    """A word of the staff's own, such as «albergue» or «vuelve el lunes». Searched, so not encrypted: it names nobody."""

    __tablename__ = "ticket_tag"
    __table_args__ = (UniqueConstraint("ticket_id", "tag"), Index("ix_ticket_tag_tag", "tag", "ticket_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    tag: Mapped[str] = mapped_column(String(32))
    who: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class TicketNote(Table):
    """What staff write for each other. It is no message: nothing that sends ever reads this table."""

    __tablename__ = "ticket_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    who: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(EncryptedText, info={"personal": True})
    at: Mapped[datetime]


class ReplyDraft(Table):
    """What somebody of the staff has begun to write: one for each of them, kept until it is sent or emptied."""

    __tablename__ = "reply_draft"
    __table_args__ = (UniqueConstraint("ticket_id", "who"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    who: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(EncryptedText, info={"personal": True})
    saved_at: Mapped[datetime]


class ProposalState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"


_WAITS = text("state = 'waiting'")


class ReplyProposal(Table):
    """A reply on a sensitive topic: it goes out when a second pair of eyes has approved it."""

    __tablename__ = "reply_proposal"
    __table_args__ = (
        Index("uq_reply_proposal_waiting", "ticket_id", unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_reply_proposal_ticket", "ticket_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    who: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(EncryptedText, info={"personal": True})
    proposed_at: Mapped[datetime]
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState), default=ProposalState.WAITING)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="What the second reader asks to change")


class Viewing(Table):
    """Who has the page of a ticket open, so that two do not write the same."""

    __tablename__ = "viewing"
    __table_args__ = (UniqueConstraint("ticket_id", "who"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    who: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime]
    writing_at: Mapped[datetime | None] = mapped_column(comment="When they last typed")
    read_at: Mapped[datetime | None] = mapped_column(comment="When the page was last given to them, which the audit knows of")


class AlertState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Channel(StrEnum):
    EMAIL = "email"
    GROUP = "group"  # the staff's own group on Telegram


class Alert(Table):
    """Staff are to be told of a ticket on one channel: tried until it is sent. It says a number and a topic, never what was said."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_due", "state", "try_at"),
        Index("ix_alert_ticket", "ticket_id"),
        UniqueConstraint("ticket_id", "kind", "channel", "recipient", "round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(16), comment="new, danger, late, silent, escalated, survey")
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    recipient: Mapped[str] = mapped_column(String(64), default="", comment="Name of the member of staff; empty: the group")
    round: Mapped[int] = mapped_column(default=0, comment="The same alert once more, as after another opening or a second silence")
    state: Mapped[AlertState] = mapped_column(Word(AlertState), default=AlertState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(String(32), comment="Why it failed: a kind, never the server's text")
    created_at: Mapped[datetime]
    try_at: Mapped[datetime] = mapped_column(comment="Not before")
    sent_at: Mapped[datetime | None]
    door_id: Mapped[str | None] = mapped_column(String(32), comment="Telegram's name for it in the group: buttons refer to it")


class GroupTopic(Table):
    """The topic of the staff's group in which a conversation is attended. Found by its number: names are for people."""

    __tablename__ = "group_topic"
    __table_args__ = (UniqueConstraint("conversation_id"), UniqueConstraint("group_id", "thread_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    group_id: Mapped[str] = mapped_column(String(32))
    thread_id: Mapped[str] = mapped_column(String(32))
    last_message_id: Mapped[int] = mapped_column(default=0, comment="Up to which message the topic shows the conversation")
    closed_at: Mapped[datetime | None]


class GroupThread(Table):
    """A topic that exists in the staff's group. One that no GroupTopic names belongs to nobody any more, and is deleted there."""

    __tablename__ = "group_thread"
    __table_args__ = (UniqueConstraint("group_id", "thread_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(String(32))
    thread_id: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]


class GroupNotice(Table):
    """What is said to staff on Telegram about something they did there. It holds no word of any person."""

    __tablename__ = "group_notice"
    __table_args__ = (Index("ix_group_notice_due", "state", "try_at"), Index("ix_group_notice_whom", "whom", "says"))

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[str] = mapped_column(EncryptedText, comment="The group, or the member's own chat")
    thread_id: Mapped[str | None] = mapped_column(String(32), comment="The topic in which it is said")
    answers: Mapped[str | None] = mapped_column(String(32), comment="The message it answers, by Telegram's name")
    edits: Mapped[str | None] = mapped_column(String(32), comment="Our own message that is to say this from now on")
    query: Mapped[str | None] = mapped_column(String(64), comment="The pressed button: only who pressed it sees the answer")
    says: Mapped[str] = mapped_column(String(32), comment="Name of the sentence")
    values: Mapped[Any] = mapped_column(JSON, comment="Numbers of tickets, names of staff")
    whom: Mapped[str | None] = mapped_column(String(64), comment="Keyed hash of who is not to be told the same again")
    state: Mapped[AlertState] = mapped_column(Word(AlertState), default=AlertState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    try_at: Mapped[datetime] = mapped_column(comment="Not before")
    sent_at: Mapped[datetime | None]
