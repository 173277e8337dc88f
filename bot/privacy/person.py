"""Whose data: all conversations of one chat, also those it had forgotten since, and what an official learned in it.

Whoever writes to the migrants' bot and to the officials' is two people: nothing here leads from one chat to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.privacy import learning
from bot.records.conversations import OF_OFFICIALS, Conversation, of_migrants
from bot.records.learning import Certificate, Learner
from bot.records.privacy import ArcoRequest, LegalHold
from bot.records.referrals import Referral

URN = "urn:uuid:"  # what stands before the number in the file of a certificate


@dataclass(frozen=True)
class Person:
    """Somebody of whom something is kept: a chat, an official who learns, or both. Never of two chats."""

    conversations: Sequence[Conversation]  # oldest first
    named: Conversation | None  # the one by which they were found; of an official found otherwise, the latest
    learner: Learner | None = None

    @property
    def is_official(self) -> bool:
        return self.learner is not None or (self.named is not None and self.named.bot_id.endswith(OF_OFFICIALS))

    @property
    def ids(self) -> list[int]:
        return [each.id for each in self.conversations]

    @property
    def reference(self) -> str:
        """What the audit calls them."""
        of_both = self.learner or self.named
        assert of_both is not None, "somebody was found by one of the two"
        return of_both.reference

    @property
    def references(self) -> list[str]:
        return [*(each.reference for each in self.conversations), *([self.learner.reference] if self.learner else [])]


def of_conversation(session: Session, conversation: Conversation, *, locked: bool = False) -> Person:
    """`locked`: until the transaction ends nobody else is at the official."""
    chats = selves(session, conversation)
    return Person(chats, conversation, learning.learner_of(session, chats, locked=locked))


def of_learner(session: Session, learner: Learner) -> Person:
    """Also one who has not joined yet, or whose chat was thrown away by age."""
    if learner.bot_id is None or learner.chat is None:
        return Person([], None, learner)
    chats = _of_chat(session, learner.bot_id, learner.chat)
    return Person(chats, chats[-1] if chats else None, learner)


def of_word(session: Session, word: str, *, locked: bool = False) -> Person:
    """By whatever names one person alone: as `of_folio`, and an official by the reference of their invitation, the number of a certificate,
    the folio of their request or the reference of their chat. Raises RefusedError."""
    official = _official_of(session, word.strip(), locked)
    return official or of_conversation(session, of_folio(session, word))


def official_of(session: Session, word: str, *, locked: bool = False) -> Person:
    """As `of_word`, and nobody but an official. Raises RefusedError."""
    official = _official_of(session, word.strip(), locked)
    if official is None:
        raise RefusedError(
            "No hay nadie que tome los cursos con eso: revise la referencia de la invitación, el número de la constancia o el folio"
        )
    return official


def selves(session: Session, conversation: Conversation) -> list[Conversation]:
    """The conversation and its former ones, oldest first."""
    return _of_chat(session, conversation.bot_id, conversation.former_chat or conversation.chat)


def of_folio(session: Session, word: str) -> Conversation:
    """Of a migrant: by the folio of a referral or of a request, or by the reference the audit uses. Raises RefusedError."""
    wanted = word.strip()
    for table in (Referral, ArcoRequest):
        made_in = select(table.conversation_id).where(table.folio == wanted.upper())
        found = session.scalar(select(Conversation).where(Conversation.id.in_(made_in), of_migrants()))
        if found:
            return found
    by_reference = select(Conversation).where(Conversation.reference == wanted, Conversation.leaves_at.is_(None), of_migrants())
    found = session.scalar(by_reference)
    if found is None:
        raise RefusedError(f"No hay nada guardado con «{word}»: revise el folio o la referencia; quizá ya se borró")
    return found


def is_held(session: Session, whose: Person) -> bool:
    """Must something of it be kept, by order of an authority?"""
    standing = select(LegalHold.id).where(of_whom(whose), LegalHold.lifted_at.is_(None))
    return session.scalar(standing.limit(1)) is not None


def of_whom(whose: Person) -> ColumnElement[bool]:
    """A condition on orders to keep."""
    theirs = LegalHold.learner_id == whose.learner.id if whose.learner else false()
    return or_(LegalHold.conversation_id.in_(whose.ids), theirs)


def _official_of(session: Session, wanted: str, locked: bool) -> Person | None:
    number = wanted.lower().removeprefix(URN)
    certified = select(Certificate.learner_id).where(Certificate.number == number)
    asked = select(ArcoRequest.learner_id).where(ArcoRequest.folio == wanted.upper())
    by = or_(Learner.reference == wanted, Learner.id.in_(certified), Learner.id.in_(asked))
    query = select(Learner).where(by)
    learner = session.scalar(query.with_for_update() if locked else query)
    if learner:
        return of_learner(session, learner)
    asked_in = select(ArcoRequest.conversation_id).where(ArcoRequest.folio == wanted.upper())
    by_chat = or_(Conversation.reference == wanted, Conversation.id.in_(asked_in))
    found = session.scalar(select(Conversation).where(by_chat, Conversation.leaves_at.is_(None), ~of_migrants()))
    return of_conversation(session, found, locked=locked) if found else None


def _of_chat(session: Session, bot_id: str, chat: str) -> list[Conversation]:
    here = Conversation.bot_id == bot_id
    same = or_(and_(here, Conversation.chat == chat), and_(here, Conversation.former_chat == chat))  # written so that each has its index
    return list(session.scalars(select(Conversation).where(same).order_by(Conversation.id)))
