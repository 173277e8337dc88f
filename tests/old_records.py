"""Records of a certain age, for what is thrown away by age."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.retention import Kept
from bot.content.review import Where
from bot.conversation.inbox import chat_hash
from bot.conversation.transcript import new_conversation
from bot.records import tables
from bot.records.cases import CaseDocument, CaseEvent, CaseFile, DocumentState, Stage
from bot.records.conversations import Attachment, ButtonOffer, Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import Call, InboxUpdate, OutboxMessage, OutboxState
from bot.records.learning import Learner
from bot.records.privacy import ArcoRequest, ArcoState, LegalHold, Right
from bot.records.referrals import Consent, ConsentKind, Referral, ReferralEvent, ReferralState
from bot.records.tickets import Ticket, TicketEvent, TicketState
from bot.settings import ROOT

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
DAYS = {
    "transcript": 180,
    "ticket": 365,
    "referral": 730,
    "document": 365,
    "delivery": 30,
    "arco": 1825,
    "learning": 1825,
    "invitation": 30,
}
KEPT = {name: Kept(name, days, "", Where(ROOT, 1)) for name, days in DAYS.items()}
BOT = "telegram:1"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def person(session: Session, name: str, last: float) -> Conversation:
    """A conversation with a message and its delivery, that many days old; what came in is answered."""
    made = new_conversation(session, BOT, chat_hash(BOT, name), name, "es", ago(last))
    came = InboxUpdate(bot_id=BOT, update_id=name, chat=made.chat, received_at=ago(last), done_at=ago(last))
    session.add(came)
    session.flush()
    said = Message(conversation_id=made.id, inbox_id=came.id, direction=Direction.IN, text="hola", created_at=ago(last))
    answer = Message(conversation_id=made.id, inbox_id=came.id, direction=Direction.OUT, text="buenas", created_at=ago(last))
    session.add_all([said, answer, ButtonOffer(conversation_id=made.id, payload="/work", offered_at=ago(last))])
    session.flush()
    session.add(Attachment(message_id=said.id, kind="photo", file_id="F", created_at=ago(last)))
    session.add(sending(made, last, answer.id))
    made.state = {"slots": {"topic": "work"}}
    return made


def sending(conversation: Conversation, days: float, message_id: int | None = None, state: OutboxState = OutboxState.SENT) -> OutboxMessage:
    return OutboxMessage(
        bot_id=BOT, conversation_id=conversation.id, message_id=message_id, call=Call.SEND if message_id else Call.LEAVE, chat_id="1",
        state=state, created_at=ago(days), sent_at=ago(days) if state is OutboxState.SENT else None,
    )  # fmt: skip


def ticket(session: Session, conversation: Conversation, state: TicketState, days: float) -> None:
    made = Ticket(conversation_id=conversation.id, state=state, reason="asked", opened_at=ago(days), changed_at=ago(days))
    session.add(made)
    session.flush()
    session.add(TicketEvent(ticket_id=made.id, what="opened", who="person", at=ago(days)))


def referral(session: Session, conversation: Conversation, state: ReferralState, days: float) -> Referral:
    made = Referral(
        folio=f"PTE-{conversation.chat_id}", idempotency_key=conversation.chat_id, conversation_id=conversation.id, organization_id="ipam",
        state=state, need="work", details={"name": "Tomasa"}, created_at=ago(days), changed_at=ago(days),
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(ReferralEvent(referral_id=made.id, after=state, who="person", at=ago(days)))
    session.add(consent(conversation.id, made.id, days))
    return made


def consent(conversation_id: int, referral_id: int | None, expired: float) -> Consent:
    return Consent(
        kind=ConsentKind.WRITE, conversation_id=conversation_id, referral_id=referral_id, version="1", text="Autorizo", language="es",
        recipient="ipam", purpose="referral", fields=["name"], given_at=ago(expired + 90), expires_at=ago(expired),
    )  # fmt: skip


def case(session: Session, of: Referral, stage: Stage, days: float, stored: str | None) -> None:
    made = CaseFile(referral_id=of.id, programme="emprende", stage=stage, opened_at=ago(days), changed_at=ago(days))
    session.add(made)
    session.flush()
    session.add(CaseEvent(case_file_id=made.id, after=stage, who="person", at=ago(days)))
    session.add(CaseDocument(case_file_id=made.id, name="id", state=DocumentState.ACCEPTED, stored=stored, changed_at=ago(days)))


def hold(conversation: Conversation, lifted: bool = False) -> LegalHold:
    return LegalHold(
        conversation_id=conversation.id, why="FGR 12/2026", placed_by="ines", placed_at=ago(5), review_at=ago(-90),
        lifted_at=ago(1) if lifted else None,
    )  # fmt: skip


def request(conversation_id: int | None, state: ArcoState, days: float) -> ArcoRequest:
    return ArcoRequest(
        folio=f"ARC-{days}", idempotency_key=f"{days}", conversation_id=conversation_id, right=Right.ACCESS, state=state, asked="mis datos",
        received_at=ago(days + 20), answer_by=ago(days), answered_at=None if state is ArcoState.OPEN else ago(days),
    )  # fmt: skip


def rows(database: Database) -> Counter[str]:
    """How many rows each table has, but for those of the service itself."""

    def count(session: Session) -> Counter[str]:
        found = {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables.Table.metadata.sorted_tables}
        return +Counter({name: number for name, number in found.items() if name not in ("instance", "audit")})

    return database.call(count)


def learner(name: str, days: float, left: bool = False) -> Learner:
    """Who was last seen that many days ago, in the chat of that name."""
    return Learner(
        office="DIF", municipality="21114", post="dif", invited_by="sara", invited_at=ago(days), joined_at=ago(days), seen_at=ago(days),
        bot_id=BOT, chat=chat_hash(BOT, name), name="Eva Luz Robles", withdrawn_at=ago(days) if left else None,
    )  # fmt: skip


def invitation(days: float, left: bool = False) -> Learner:
    """Nobody used it, and it expired that many days ago."""
    return Learner(
        office="DIF", municipality="21114", post="dif", invited_by="sara", invited_at=ago(days + 30), invitation_expires_at=ago(days),
        invitation=None if left else f"i{days}", withdrawn_at=ago(days) if left else None,
    )  # fmt: skip
