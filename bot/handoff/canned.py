"""A prepared reply with what is known of the ticket in its places: offered, put in the box, and what it does once it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.content.canned import Canned
from bot.content.languages import MEXICO
from bot.content.published import PLACEHOLDER, Content
from bot.conversation.replies import fill
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import attending, tags, topics
from bot.permissions import Actor
from bot.records.conversations import Conversation
from bot.records.tickets import Ticket, TicketState
from bot.referrals import lifecycle, visible

PUT_OFF = timedelta(days=1)


@dataclass(frozen=True)
class Offered:
    """`refused`: why it cannot be put in the box now; empty: it can."""

    id: str
    title: str
    refused: str = ""


@dataclass(frozen=True)
class Inserted:
    """`caution`: what whoever sends it should know: not_translated, unreviewed or nothing."""

    id: str
    text: str
    then: tuple[tuple[str, str], ...]
    caution: str = ""


def offered(session: Session, ticket: Ticket, actor: Actor, around: Surroundings) -> list[Offered]:
    """Those of the ticket's topic first; of another topic none."""
    values = _values(session, ticket, actor, around.content)
    fitting = [each for each in around.content.canned.values() if not each.topics or ticket.topic in each.topics]
    fitting.sort(key=lambda each: (not each.topics, each.title))
    return [Offered(each.id, each.title, _refusal(each, values, around)) for each in fitting]


def insert(session: Session, ticket: Ticket, actor: Actor, name: str, around: Surroundings) -> Inserted:
    """In the person's language, facts and variables in their places. Raises RefusedError."""
    canned = usable(session, ticket, actor, name, around)
    language = session.get_one(Conversation, ticket.conversation_id).language
    content, values = around.content, _values(session, ticket, actor, around.content)
    caution = ""
    if language != "es":
        is_known = content.is_translated(canned.text, language)
        caution = "" if is_known and not content.is_unreviewed(canned.text, language) else "unreviewed" if is_known else "not_translated"
    return Inserted(canned.id, fill(content, canned.text, language, values), canned.then, caution)


def usable(session: Session, ticket: Ticket, actor: Actor, name: str, around: Surroundings) -> Canned:
    """Raises RefusedError when it is gone, has expired, or something that it says is not known."""
    canned = around.content.canned.get(name)
    if canned is None:
        raise RefusedError("Esa respuesta preparada ya no existe; elija otra")
    if refused := _refusal(canned, _values(session, ticket, actor, around.content), around):
        raise RefusedError(f"«{canned.title}» no se puede usar: {refused}")
    return canned


def do_then(session: Session, ticket: Ticket, actor: Actor, canned: Canned, around: Surroundings) -> None:
    """What the macro does once its text has gone out, in this order."""
    for step, value in canned.then:
        if step == "tag":
            tags.add(session, ticket, value, actor, around.now)
        elif ticket.state is not TicketState.ASSIGNED:
            continue
        elif step == "snooze":
            attending.snooze_ticket(session, ticket.id, actor, around.now + PUT_OFF, around)
        else:
            attending.close_ticket(session, ticket.id, actor, around)


def _values(session: Session, ticket: Ticket, actor: Actor, content: Content) -> Mapping[str, str]:
    """What this ticket fills in; a name without a value is not there."""
    conversation = session.get_one(Conversation, ticket.conversation_id)
    referrals = lifecycle.of_conversation(session, conversation)
    last = max(referrals, key=lambda each: each.id) if referrals else None
    values = {
        "member": actor.name,
        "institution": content.institution.title,
        "topic": topics.title_of(content, ticket.topic).lower() if ticket.topic else "",
        "folio": last.folio if last else "",
        "office": content.name_of(last.organization_id) if last else "",
        "state": visible.STATES[last.state].lower() if last else "",
    }
    return {name: value for name, value in values.items() if value}


_MISSING = {"folio": "la persona no tiene un caso", "office": "la persona no tiene un caso", "state": "la persona no tiene un caso",
            "topic": "la petición no tiene tema"}  # fmt: skip


def _refusal(canned: Canned, values: Mapping[str, str], around: Surroundings) -> str:
    today = around.now.astimezone(MEXICO).date()
    if canned.has_expired(today):
        return "ya venció"
    for name in PLACEHOLDER.findall(canned.text):
        fact = around.content.facts.get(name)
        if fact is None and name not in values:
            return _MISSING.get(name, f"falta «{name}»")
        if fact is not None and not fact.may_be_said(today):
            return f"el dato «{fact.says}» ya venció o está sin confirmar"
    return ""
