"""What is known of a conversation beside its words: what was understood, how urgent it is, who agreed to what, what the bot answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.conversation.replies import render, render_rest
from bot.handoff import presence, proposals, tags, topics
from bot.permissions import Actor, Field, Sight, sight
from bot.records.conversations import Conversation, Direction, Message
from bot.records.referrals import Consent, ConsentKind, Referral
from bot.records.tickets import Ticket, TicketState, Urgency
from bot.referrals import lifecycle, visible

LOOKED_AT = 60  # messages, for what was understood and answered
MOST = 6  # of each list


@dataclass(frozen=True)
class Recognized:
    topic: str
    question: str
    confidence: float
    at: datetime


@dataclass(frozen=True)
class Answered:
    """`title`: empty for what answers a danger. `changed`: the answer says something else today."""

    title: str
    version: str
    at: datetime
    changed: bool


@dataclass(frozen=True)
class Agreed:
    kind: ConsentKind
    recipient: str
    until: datetime


@dataclass(frozen=True)
class KnownCase:
    folio: str
    state: str
    office: str
    need: str


@dataclass(frozen=True)
class Packet:
    ticket_id: int
    state: TicketState
    holder: str | None
    reason: str
    urgency: Urgency
    topic: str
    topic_name: str | None
    language: str
    municipality: str
    opened_at: datetime
    waiting_since: datetime | None
    reply_by: datetime | None
    snoozed_until: datetime | None
    is_blocked: bool
    two_readers: bool
    recognized: tuple[Recognized, ...]
    answered: tuple[Answered, ...]
    agreed: tuple[Agreed, ...]
    cases: tuple[KnownCase, ...]
    tags: tuple[str, ...]
    viewers: tuple[presence.Viewer, ...]
    hidden: tuple[Field, ...]  # what this role does not see


def packet_of(session: Session, ticket: Ticket, actor: Actor, content: Content, now: datetime) -> Packet:
    """The caller writes the audit."""
    conversation = session.get_one(Conversation, ticket.conversation_id)
    messages = _latest(session, conversation)
    referrals = lifecycle.of_conversation(session, conversation)
    hidden = tuple(
        each for each in (Field.TRANSCRIPT, Field.LANGUAGE, Field.PLACE, Field.FOLIO, Field.STATE, Field.NEED) if not _sees(actor, each)
    )
    place = content.municipalities.get(ticket.municipality) if ticket.municipality else None
    return Packet(
        ticket.id, ticket.state, ticket.holder, ticket.reason, Urgency(ticket.urgency),
        topics.title_of(content, ticket.topic), ticket.topic,
        content.languages.get(conversation.language, conversation.language) if Field.LANGUAGE not in hidden else "",
        place.title if place and Field.PLACE not in hidden else "",
        ticket.opened_at, ticket.waiting_since, ticket.reply_by, ticket.snoozed_until, conversation.blocked_at is not None,
        proposals.is_needed(ticket, content),
        _recognized(messages, content) if Field.TRANSCRIPT not in hidden else (),
        _answered(messages, conversation.language, content) if Field.TRANSCRIPT not in hidden else (),
        _agreed(session, conversation, referrals, content, now),
        _cases(referrals, content) if Field.FOLIO not in hidden else (),
        tags.of_ticket(session, ticket.id),
        tuple(presence.others(session, ticket.id, actor.name, now)),
        hidden,
    )  # fmt: skip


def _sees(actor: Actor, field: Field) -> bool:
    return sight(actor.role, field) is Sight.CLEAR


def _latest(session: Session, conversation: Conversation) -> list[Message]:
    query = select(Message).where(Message.conversation_id == conversation.id).order_by(Message.id.desc()).limit(LOOKED_AT)
    return list(session.scalars(query))


def _recognized(messages: Sequence[Message], content: Content) -> tuple[Recognized, ...]:
    """The newest first, each question once."""
    found: dict[str, Recognized] = {}
    for each in messages:
        topic = content.topic_of(each.intent) if each.direction is Direction.IN and each.intent else None
        if topic and topic != "dialogue" and each.intent and each.intent not in found:
            title = content.titles.get(each.intent, each.intent)
            found[each.intent] = Recognized(topics.title_of(content, topic), title, each.confidence or 0.0, each.created_at)
    return tuple(found.values())[:MOST]


def _answered(messages: Sequence[Message], language: str, content: Content) -> tuple[Answered, ...]:
    found: dict[str, Answered] = {}
    for each in messages:
        name = each.response or ""
        if each.direction is not Direction.OUT or name in found:
            continue
        response = content.responses.get(name)
        if response is None or response.review:
            title = content.titles.get(name.removeprefix("utter_"), "" if content.answers_danger(name) else name)
            changed = each.content_version != content.version and not _says_the_same(each, name, language, content)
            found[name] = Answered(title, each.content_version or "", each.created_at, changed)
    found.pop("", None)
    return tuple(found.values())[:MOST]


def _says_the_same(message: Message, name: str, language: str, content: Content) -> bool:
    """Said on that day, would today's answer read as it did then?"""
    if name not in content.responses:
        return False
    day = message.created_at.replace(tzinfo=message.created_at.tzinfo or UTC).astimezone(MEXICO).date()
    said = (render(content, name, language, day).text, render_rest(content, name, language, day).text)
    return any(message.text.startswith(each) for each in said)


def _agreed(
    session: Session, conversation: Conversation, referrals: Sequence[Referral], content: Content, now: datetime
) -> tuple[Agreed, ...]:  # fmt: skip
    """What still stands: neither taken back nor run out."""
    theirs = or_(Consent.conversation_id == conversation.id, Consent.referral_id.in_([each.id for each in referrals]))
    query = select(Consent).where(theirs, Consent.withdrawn_at.is_(None), Consent.expires_at > now).order_by(Consent.expires_at)
    return tuple(Agreed(each.kind, content.name_of(each.recipient), each.expires_at) for each in session.scalars(query))


def _cases(referrals: Sequence[Referral], content: Content) -> tuple[KnownCase, ...]:
    newest = sorted(referrals, key=lambda each: each.id, reverse=True)
    return tuple(
        KnownCase(each.folio, visible.STATES[each.state], content.name_of(each.organization_id), each.need) for each in newest[:MOST]
    )
