"""Whose data: all conversations of one chat, also those it had forgotten since."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.records.conversations import Conversation
from bot.records.privacy import ArcoRequest, LegalHold
from bot.records.referrals import Referral


def selves(session: Session, conversation: Conversation) -> list[Conversation]:
    """The conversation and its former ones, oldest first."""
    chat = conversation.former_chat or conversation.chat
    here = Conversation.bot_id == conversation.bot_id
    same = or_(and_(here, Conversation.chat == chat), and_(here, Conversation.former_chat == chat))  # written so that each has its index
    return list(session.scalars(select(Conversation).where(same).order_by(Conversation.id)))


def of_folio(session: Session, word: str) -> Conversation:
    """By the folio of a referral or of a request, or by the reference the audit uses. Raises RefusedError."""
    wanted = word.strip()
    for table in (Referral, ArcoRequest):
        made_in = select(table.conversation_id).where(table.folio == wanted.upper())
        found = session.scalar(select(Conversation).where(Conversation.id.in_(made_in)))
        if found:
            return found
    found = session.scalar(select(Conversation).where(Conversation.reference == wanted, Conversation.leaves_at.is_(None)))
    if found is None:
        raise RefusedError(f"No hay nada guardado con «{word}»: revise el folio o la referencia; quizá ya se borró")
    return found


def is_held(session: Session, conversations: list[Conversation]) -> bool:
    """Must something of it be kept, by order of an authority?"""
    ids = [each.id for each in conversations]
    return (
        session.scalar(select(LegalHold.id).where(LegalHold.conversation_id.in_(ids), LegalHold.lifted_at.is_(None)).limit(1)) is not None
    )
