"""What the clock does to cases: they expire with their consent, an institution that does not answer is noticed, people are asked whether
they were attended.

Every job goes through its cases by id, a small batch in a transaction. The rows of a batch are locked and those that another process has
locked are left to it, so several processes may run it.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from bot import audit, tickets
from bot.content.languages import MEXICO
from bot.conversation.surroundings import Surroundings
from bot.permissions import ASSISTANT, PERSON, Actor
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.referrals import Referral, ReferralState
from bot.referrals import lifecycle, notices

logger = logging.getLogger(__name__)

ASKED_AFTER = timedelta(days=7)  # since the institution's last word; and since the first question
DONE_ASKED_WITHIN = timedelta(days=30)  # nobody is asked about what was over long ago
MOST_QUESTIONS = 2
BATCH = 50
DAYTIME = range(9, 20)  # hours in Mexico at which somebody may be asked

NOT_ATTENDED, LATE = "not_attended", "late"
_UNANSWERED = (ReferralState.SENT, ReferralState.RECEIVED)
_UNDER_WAY = (ReferralState.ACCEPTED, ReferralState.IN_SERVICE)

type Job = Callable[[Session, Surroundings, int], int | None]


async def run(database: Database, around: Surroundings) -> None:
    """All that is due, batch by batch."""
    for job in (expire, escalate, ask):
        last: int | None = 0
        while last is not None:
            last = await database.run(job, around, last)


def expire(session: Session, around: Surroundings, after: int = 0) -> int | None:
    """Cases whose consent ended end too. Returns the last one looked at, None when there are no more."""
    due = _batch(session, after, Referral.state.in_(lifecycle.OPEN), Referral.expires_at <= around.now)
    for referral in due:
        lifecycle.change(session, referral, ReferralState.EXPIRED, ASSISTANT, "consent_ended", around.now)
        _note(session, referral, "referral.expire", around.now)
        notices.tell_state(session, referral, None, around)
        logger.info("Referral %s has expired", referral.id)
    return due[-1].id if due else None


def escalate(session: Session, around: Surroundings, after: int = 0) -> int | None:
    """An institution that did not answer in time: written down, and the supervisor is alerted with a ticket."""
    late = (Referral.state.in_(_UNANSWERED), Referral.answer_by <= around.now, Referral.escalated_at.is_(None))
    due = _batch(session, after, *late)
    for referral in due:
        referral.escalated_at = around.now
        lifecycle.happened(session, referral, ASSISTANT, LATE, around.now)
        _note(session, referral, "referral.escalate", around.now)
        conversation = session.get_one(Conversation, referral.conversation_id)
        if conversation.blocked_at is None and conversation.former_chat is None:  # a ticket is for writing to somebody
            alert(session, conversation, "referral_late", ASSISTANT, around.now)
        logger.info("Referral %s is late", referral.id)
    return due[-1].id if due else None


def ask(session: Session, around: Surroundings, after: int = 0) -> int | None:
    """Who should have been attended by now is asked, twice at most; not at night and not while a person talks with them."""
    if around.now.astimezone(MEXICO).hour not in DAYTIME:
        return None
    due = _batch(session, after, _is_to_be_asked(around.now))
    for referral in due:
        conversation = session.get_one(Conversation, referral.conversation_id)
        if tickets.held_of(session, conversation.id) or not notices.may_write(session, conversation, around.now):
            continue
        notices.ask_whether_attended(session, referral, around)
        referral.asked_at, referral.asked = around.now, referral.asked + 1
        lifecycle.happened(session, referral, ASSISTANT, "asked", around.now)
        _note(session, referral, "referral.ask", around.now)
        logger.info("The person of referral %s is asked", referral.id)
    return due[-1].id if due else None


def _is_to_be_asked(now: datetime) -> ColumnElement[bool]:
    long_ago = now - ASKED_AFTER
    under_way = and_(Referral.state.in_(_UNDER_WAY), Referral.changed_at <= long_ago)
    done = and_(Referral.state == ReferralState.DONE, Referral.changed_at <= long_ago, Referral.changed_at > now - DONE_ASKED_WITHIN)
    late = and_(Referral.state.in_(_UNANSWERED), Referral.answer_by <= now)
    may_be_asked = and_(
        Referral.attended.is_(None), Referral.complained_at.is_(None), Referral.asked < MOST_QUESTIONS,
        or_(Referral.asked_at.is_(None), Referral.asked_at <= long_ago),
        Conversation.blocked_at.is_(None), Conversation.former_chat.is_(None),
    )  # fmt: skip
    return and_(may_be_asked, or_(under_way, done, late))


def _batch(session: Session, after: int, *due: ColumnElement[bool]) -> list[Referral]:
    query = (
        select(Referral)
        .join(Conversation, Conversation.id == Referral.conversation_id)
        .where(Referral.id > after, *due)
        .order_by(Referral.id)
        .limit(BATCH)
        .with_for_update(of=Referral, skip_locked=True)
    )
    return list(session.scalars(query))


def attended(session: Session, conversation: Conversation, referral: Referral, answer: str, now: datetime) -> None:
    """What the person answered: `yes`, `not_yet` or `no`."""
    if is_complaint(referral, answer, now):
        complain(session, conversation, referral, now, attended=False if answer == "no" else None)
    elif answer == "yes" and referral.attended is not True:
        referral.attended = True
        lifecycle.happened(session, referral, PERSON, "attended", now)


def is_complaint(referral: Referral, answer: str, now: datetime) -> bool:
    return answer == "no" or (answer == "not_yet" and notices.is_late(referral, now))


def may_be_complained_of(referral: Referral, now: datetime) -> bool:
    """An office has it, or had it not long ago."""
    ended_lately = referral.state in (ReferralState.DONE, ReferralState.REJECTED) and referral.changed_at > now - DONE_ASKED_WITHIN
    return referral.state in lifecycle.OPEN or ended_lately


def complain(session: Session, conversation: Conversation, referral: Referral, now: datetime, *, attended: bool | None = False) -> None:
    """Nobody attended the person: written down once, and the supervisor is alerted."""
    if attended is not None:
        referral.attended = attended
    if referral.complained_at is None:
        referral.complained_at = now
        lifecycle.happened(session, referral, PERSON, NOT_ATTENDED, now)
        alert(session, conversation, NOT_ATTENDED, PERSON, now)


def alert(session: Session, conversation: Conversation, reason: str, who: Actor, now: datetime) -> None:
    """A ticket of that reason; where one is open already, an alert in it."""
    ticket = tickets.open_of(session, conversation.id)
    if ticket is None:
        tickets.open_ticket(session, conversation, reason, now, who.name)
    elif ticket.reason != reason:
        tickets.alert(session, ticket, reason, now)


def _note(session: Session, referral: Referral, action: str, now: datetime) -> None:
    reference = session.get_one(Conversation, referral.conversation_id).reference
    audit.write(session, ASSISTANT, action, reference, now, why=referral.folio)
