"""From when the time of each class of records runs, and what puts its end off: an open request or case, or a legal hold."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from bot.keeping.belongings import pointing_to
from bot.records.cases import CaseDocument, CaseFile, Stage
from bot.records.conversations import ButtonOffer, Conversation, Message
from bot.records.deliveries import InboxUpdate, OutboxMessage, OutboxState
from bot.records.learning import Learner
from bot.records.privacy import ArcoRequest, ArcoState, LegalHold
from bot.records.referrals import MAY_BECOME, Consent, Referral
from bot.records.tickets import GroupTopic, Ticket, TicketState

SETTLED = [ArcoState.DENIED, ArcoState.DONE]
ENDED = [state for state, following in MAY_BECOME.items() if not following]


@dataclass(frozen=True)
class Rule:
    """Rows of one kind. `since`: from when their time runs, once `ended`; they stay while `held` or `open`."""

    kept: str  # the class in flows/retention.yml
    of: type[Any]
    since: ColumnElement[datetime]
    ended: ColumnElement[bool]
    held: ColumnElement[bool]
    open: ColumnElement[bool] = field(default_factory=false)

    @property
    def table(self) -> Table:
        return cast(Table, self.of.__table__)

    def aged(self, before: datetime) -> ColumnElement[bool]:
        return and_(self.ended, self.since < before)

    def due(self, before: datetime) -> ColumnElement[bool]:
        return and_(self.aged(before), ~self.held, ~self.open)


def _held(conversation: SQLCoreOperations[Any]) -> ColumnElement[bool]:
    """Also by an order over the official whose chat it is: it may be older than what was said there."""
    chat = aliased(Conversation)
    over_official = exists().where(
        LegalHold.lifted_at.is_(None), Learner.id == LegalHold.learner_id, chat.id == conversation, chat.bot_id == Learner.bot_id,
        or_(chat.chat == Learner.chat, chat.former_chat == Learner.chat),
    )  # fmt: skip
    return or_(exists().where(LegalHold.conversation_id == conversation, LegalHold.lifted_at.is_(None)), over_official)


def _nothing_points_to_it() -> ColumnElement[bool]:
    """But what goes with it: the buttons it was offered, holds that were lifted, and its topic in the staff's group."""
    going: set[Any] = {ButtonOffer.__table__, LegalHold.__table__, GroupTopic.__table__}
    kept = [column for column in pointing_to(cast(Table, Conversation.__table__)) if column.table not in going]
    return and_(*(~exists().where(column == Conversation.id) for column in kept))


_last_message = (
    select(Message.created_at).where(Message.conversation_id == Conversation.id).order_by(Message.id.desc()).limit(1).scalar_subquery()
)
_open_ticket = exists().where(Ticket.conversation_id == Conversation.id, Ticket.state != TicketState.RESOLVED)
_open_referral = exists().where(Referral.conversation_id == Conversation.id, Referral.state.not_in(ENDED))
_case = select(CaseFile.changed_at).where(CaseFile.referral_id == Referral.id).scalar_subquery()
_papers_kept = exists().where(
    CaseFile.referral_id == Referral.id,
    CaseDocument.case_file_id == CaseFile.id,
    or_(CaseDocument.stored.is_not(None), CaseDocument.file_id.is_not(None)),
)
_case_of_paper = select(CaseFile.changed_at).where(CaseFile.id == CaseDocument.case_file_id).scalar_subquery()
_case_ended = exists().where(
    CaseFile.id == CaseDocument.case_file_id,
    Referral.id == CaseFile.referral_id,
    or_(CaseFile.stage == Stage.CLOSED, Referral.state.in_(ENDED)),
)
_held_paper = exists().where(
    CaseFile.id == CaseDocument.case_file_id,
    Referral.id == CaseFile.referral_id,
    LegalHold.conversation_id == Referral.conversation_id,
    LegalHold.lifted_at.is_(None),
)
_held_update = or_(
    exists().where(
        LegalHold.conversation_id == Conversation.id,
        LegalHold.lifted_at.is_(None),
        Conversation.bot_id == InboxUpdate.bot_id,
        or_(Conversation.chat == InboxUpdate.chat, Conversation.former_chat == InboxUpdate.chat),
    ),
    exists().where(
        LegalHold.learner_id == Learner.id,
        LegalHold.lifted_at.is_(None),
        Learner.bot_id == InboxUpdate.bot_id,
        Learner.chat == InboxUpdate.chat,
    ),
)

_held_by_chat = exists().where(
    LegalHold.conversation_id == Conversation.id,
    LegalHold.lifted_at.is_(None),
    Conversation.bot_id == Learner.bot_id,
    or_(Conversation.chat == Learner.chat, Conversation.former_chat == Learner.chat),
)
_held_learner = or_(_held_by_chat, exists().where(LegalHold.learner_id == Learner.id, LegalHold.lifted_at.is_(None)))
_open_request = exists().where(ArcoRequest.learner_id == Learner.id, ArcoRequest.state.not_in(SETTLED))

DOCUMENTS = Rule(
    "document",
    CaseDocument,
    func.coalesce(_case_of_paper, CaseDocument.changed_at),
    and_(_case_ended, or_(CaseDocument.stored.is_not(None), CaseDocument.file_id.is_not(None))),
    _held_paper,
)
TRANSCRIPTS = Rule(
    "transcript",
    Conversation,
    func.coalesce(_last_message, Conversation.updated_at),
    or_(
        exists().where(Message.conversation_id == Conversation.id), Conversation.state.is_not(None), Conversation.questionnaire.is_not(None)
    ),
    _held(Conversation.id),
    or_(_open_ticket, _open_referral),
)
TICKETS = Rule("ticket", Ticket, cast(Any, Ticket.changed_at), Ticket.state == TicketState.RESOLVED, _held(Ticket.conversation_id))
REFERRALS = Rule(
    "referral",
    Referral,
    case((_case > Referral.changed_at, _case), else_=Referral.changed_at),
    Referral.state.in_(ENDED),
    _held(Referral.conversation_id),
    _papers_kept,
)
CONSENTS = Rule(
    "referral",
    Consent,
    func.coalesce(Consent.withdrawn_at, Consent.expires_at),
    Consent.referral_id.is_(None),
    _held(Consent.conversation_id),
)
SENDINGS = Rule(
    "delivery",
    OutboxMessage,
    func.coalesce(OutboxMessage.sent_at, OutboxMessage.created_at),
    OutboxMessage.state.in_([OutboxState.SENT, OutboxState.FAILED]),
    _held(OutboxMessage.conversation_id),
)
UPDATES = Rule("delivery", InboxUpdate, cast(Any, InboxUpdate.done_at), ~exists().where(Message.inbox_id == InboxUpdate.id), _held_update)
REQUESTS = Rule(
    "arco",
    ArcoRequest,
    func.coalesce(ArcoRequest.answered_at, ArcoRequest.received_at),
    ArcoRequest.state.in_(SETTLED),
    or_(_held(ArcoRequest.conversation_id), exists().where(LegalHold.learner_id == ArcoRequest.learner_id, LegalHold.lifted_at.is_(None))),
)
EMPTY = Rule(
    "transcript",
    Conversation,
    cast(Any, Conversation.updated_at),
    _nothing_points_to_it(),
    _held(Conversation.id),
    Conversation.leaves_at.is_not(None),
)
LEARNERS = Rule(
    "learning",
    Learner,
    func.coalesce(Learner.seen_at, Learner.joined_at),
    Learner.joined_at.is_not(None),
    _held_learner,
    _open_request,
)
INVITATIONS = Rule(
    "invitation",
    Learner,
    func.coalesce(Learner.invitation_expires_at, Learner.withdrawn_at, Learner.invited_at),
    Learner.joined_at.is_(None),
    _held_learner,
    _open_request,
)
RULES = (DOCUMENTS, TRANSCRIPTS, TICKETS, REFERRALS, CONSENTS, SENDINGS, UPDATES, REQUESTS, LEARNERS, INVITATIONS, EMPTY)
"""In the order they are kept: what empties a conversation comes before the conversation itself."""
