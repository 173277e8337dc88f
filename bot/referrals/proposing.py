"""A case begun by the staff in a conversation: who could receive it, and asking the person in their chat for the rest and for leave.

Nothing is sent from here: the person answers, agrees and sends, as when they had begun it themselves.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit
from bot.content.asking import Questionnaire
from bot.content.published import Content
from bot.conversation.staff_asks import put_to_person
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import DESK
from bot.errors import RefusedError
from bot.handoff import tickets
from bot.identifiers import masked
from bot.permissions import Action, Actor, require
from bot.questionnaires import run
from bot.questionnaires.run import Progress
from bot.records.conversations import Conversation
from bot.records.referrals import Priority, Referral, ReferralState
from bot.records.tickets import TicketEvent
from bot.referrals import deadlines, lifecycle, recipients
from bot.referrals.creation import duplicate_of
from bot.referrals.recipients import Case, Choice

INTAKE = "referral_intake"
SKIPPED: list[object] = [None, "—"]


@dataclass(frozen=True)
class Wish:
    """What the member of staff knows of the case before the person is asked."""

    need: str
    municipality: str  # INEGI key
    service_id: str = ""
    story: str = ""


@dataclass(frozen=True)
class Overview:
    """What the page shows. `step`: the label of what the person is being asked now; empty: nothing."""

    ticket_id: int
    language: str
    is_held: bool  # by who asks
    can_be_asked: bool
    step: str
    answered: int
    choices: tuple[Choice, ...]
    twins: dict[str, str]  # organization to the folio of an open case that looks the same
    priority: Priority | None
    cases: tuple[tuple[str, ReferralState, str], ...]  # folio, state, organization


def overview(session: Session, actor: Actor, ticket_id: int, wish: Wish | None, content: Content, now: datetime) -> Overview:
    """The looking is written down. Raises RefusedError."""
    require(actor, Action.REFERRAL_CREATE)
    ticket = tickets.get(session, ticket_id)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    found = _choices(session, wish, content, now) if wish else ()
    twins = {each.service.organization_id: _twin(session, conversation, each, wish.need, now) for each in found} if wish else {}
    step, answered = _asked(conversation, content)
    audit.write(session, actor, Action.REFERRAL_LIST, conversation.reference, now)
    return Overview(
        ticket.id, conversation.language, tickets.is_held_by(ticket, actor.name), _can_be_asked(session, conversation, now), step, answered,
        found, {office: twin.folio for office, twin in twins.items() if twin}, _priority(wish),
        tuple((each.folio, each.state, each.organization_id) for each in lifecycle.of_conversation(session, conversation)),
    )  # fmt: skip


def ask_person(session: Session, actor: Actor, ticket_id: int, wish: Wish, around: Surroundings) -> None:
    """The questions that are left are put to the person, with the leave last. Raises RefusedError."""
    conversation = held_conversation(session, actor, ticket_id)
    if not _can_be_asked(session, conversation, around.now):
        raise RefusedError("A esta persona no se le puede escribir: bloqueó el chat o está frente a usted. Tómele el permiso en persona")
    questionnaire = intake(around.content)
    progress = begin(session, actor, questionnaire, wish, around)
    put_to_person(session, conversation, questionnaire, progress, around)
    session.add(TicketEvent(ticket_id=ticket_id, what="referral_asked", who=actor.name, why=wish.need, at=around.now))
    audit.write(session, actor, Action.REFERRAL_CREATE, conversation.reference, around.now, why="ask")


def held_conversation(session: Session, actor: Actor, ticket_id: int) -> Conversation:
    """Whose case is made by whoever attends them. Raises RefusedError."""
    require(actor, Action.REFERRAL_CREATE)
    ticket = tickets.get(session, ticket_id)
    if not tickets.is_held_by(ticket, actor.name):
        raise RefusedError("Tome primero la conversación: quien atiende a la persona le pide permiso")
    return session.get_one(Conversation, ticket.conversation_id)


def intake(content: Content) -> Questionnaire:
    if INTAKE not in content.questionnaires:
        raise RefusedError("Falta el cuestionario para pedir apoyo; avise a quien edita el contenido")
    return content.questionnaires[INTAKE]


def begin(session: Session, actor: Actor, questionnaire: Questionnaire, wish: Wish, around: Surroundings) -> Progress:
    """With what is known already. Raises RefusedError for a service that cannot be sent such a case."""
    content = around.content
    place, need = content.municipalities.get(wish.municipality), questionnaire.step("need")
    option = need.option(wish.need) if need else None
    if place is None or option is None:
        raise RefusedError("Elija la necesidad y el municipio")
    case, counts = Case({"need": wish.need, "municipality": place.key}), recipients.open_counts(session)
    if recipients.named(content, case, wish.service_id, around.now, counts) is None:
        raise RefusedError("A ese servicio no se le puede mandar este caso ahora; elija otro")
    story = masked(wish.story.strip()[:1000], content.public_numbers).text
    answers = {
        "need": [option.value, option.title],
        "municipality": [place.key, place.title],
        "story": [story, story] if story else SKIPPED,
    }
    return Progress(questionnaire.name, "need", answers, asked_by=actor.name, to=wish.service_id)


def _choices(session: Session, wish: Wish, content: Content, now: datetime) -> tuple[Choice, ...]:
    case = Case({"need": wish.need, "municipality": wish.municipality}, urgent=_priority(wish) is Priority.URGENT)
    return tuple(recipients.choices(content, case, now, recipients.open_counts(session)))


def _twin(session: Session, conversation: Conversation, choice: Choice, need: str, now: datetime) -> Referral | None:
    return duplicate_of(session, conversation, choice.service.organization_id, need, now)


def _priority(wish: Wish | None) -> Priority | None:
    return deadlines.priority_of(wish.need, in_danger=False) if wish else None


def _can_be_asked(session: Session, conversation: Conversation, now: datetime) -> bool:
    return conversation.blocked_at is None and conversation.former_chat is None and conversation.bot_id != DESK


def _asked(conversation: Conversation, content: Content) -> tuple[str, int]:
    """What the person is being asked, and how many answers there are."""
    stored = conversation.questionnaire
    if not stored or stored["name"] != INTAKE or INTAKE not in content.questionnaires:
        return "", 0
    progress = Progress.from_json(stored)
    step = run.current(content.questionnaires[INTAKE], progress)
    return step.label or {"permission": "Avisos por el chat", "consent": "Permiso de compartir"}.get(step.type, step.id), len(
        progress.answers
    )
