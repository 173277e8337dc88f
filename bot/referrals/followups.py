"""What the clock does to cases: they expire with their consent, an institution that does not answer is noticed, people are asked whether
they were attended.

Housekeeping goes through the cases of every job by id, each in a transaction of its own. The row is locked, and one that another process
has locked is left to it, so several processes may do it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.handoff import tickets
from bot.permissions import ASSISTANT, PERSON, Actor
from bot.records.conversations import Conversation
from bot.records.referrals import Referral, ReferralState
from bot.referrals import lifecycle, notices

logger = logging.getLogger(__name__)

ASKED_AFTER = timedelta(days=7)  # since the institution's last word; and since the first question
DONE_ASKED_WITHIN = timedelta(days=30)  # nobody is asked about what was over long ago
MOST_QUESTIONS = 2
BATCH = 50
DAYTIME = range(9, 20)  # hours in Mexico at which somebody may be asked

NOT_ATTENDED, LATE = "not_attended", "late"
_UNDER_WAY = (ReferralState.ACCEPTED, ReferralState.IN_SERVICE)


@dataclass(frozen=True)
class Job:
    """What is done to every case that is due."""

    name: str
    due: Callable[[datetime], ColumnElement[bool]]
    do: Callable[[Session, Referral, Surroundings], bool]
    """False: nothing was done after all."""


def due(session: Session, job: Job, now: datetime, after: int = 0) -> list[int]:
    """The next of the cases that are due. Only their numbers: one that cannot be decrypted must not hide the others."""
    query = select(Referral.id).join(Conversation, Conversation.id == Referral.conversation_id)
    return list(session.scalars(query.where(job.due(now), Referral.id > after).order_by(Referral.id).limit(BATCH)))


def follow(session: Session, job: Job, referral_id: int, around: Surroundings) -> None:
    """One case, unless it is not due any more or another process has it."""
    query = select(Referral).join(Conversation, Conversation.id == Referral.conversation_id)
    still_due = query.where(job.due(around.now), Referral.id == referral_id)
    referral = session.scalar(still_due.with_for_update(of=Referral, skip_locked=True))
    if referral is not None and job.do(session, referral, around):
        audit.write_about(session, ASSISTANT, f"referral.{job.name}", referral.conversation_id, around.now, referral.folio)


def _has_expired(now: datetime) -> ColumnElement[bool]:
    return and_(Referral.state.in_(lifecycle.OPEN), Referral.expires_at <= now)


def _expire(session: Session, referral: Referral, around: Surroundings) -> bool:
    """A case whose consent ended ends too."""
    lifecycle.change(session, referral, ReferralState.EXPIRED, ASSISTANT, "consent_ended", around.now)
    notices.tell_state(session, referral, None, around)
    logger.info("Referral %s has expired", referral.id)
    return True


def _is_late(now: datetime) -> ColumnElement[bool]:
    return and_(Referral.state.in_(lifecycle.UNANSWERED), Referral.answer_by <= now, Referral.escalated_at.is_(None))


def _escalate(session: Session, referral: Referral, around: Surroundings) -> bool:
    """An institution that did not answer in time: written down, and the supervisor is alerted with a ticket."""
    referral.escalated_at = around.now
    lifecycle.happened(session, referral, ASSISTANT, LATE, around.now)
    conversation = session.get_one(Conversation, referral.conversation_id)
    if conversation.blocked_at is None and conversation.former_chat is None:  # a ticket is for writing to somebody
        alert(session, conversation, "referral_late", ASSISTANT, around.now, around.content)
    logger.info("Referral %s is late", referral.id)
    return True


def _ask(session: Session, referral: Referral, around: Surroundings) -> bool:
    """Not while a person talks with them, and nobody who does not want it."""
    conversation = session.get_one(Conversation, referral.conversation_id)
    if tickets.held_of(session, conversation.id) or not notices.may_write(session, conversation, around.now):
        return False
    notices.ask_whether_attended(session, referral, around)
    referral.asked_at, referral.asked = around.now, referral.asked + 1
    lifecycle.happened(session, referral, ASSISTANT, "asked", around.now)
    logger.info("The person of referral %s is asked", referral.id)
    return True


def _is_to_be_asked(now: datetime) -> ColumnElement[bool]:
    """Who should have been attended by now; twice at most, and not at night."""
    if now.astimezone(MEXICO).hour not in DAYTIME:
        return false()
    long_ago = now - ASKED_AFTER
    under_way = and_(Referral.state.in_(_UNDER_WAY), Referral.changed_at <= long_ago)
    done = and_(Referral.state == ReferralState.DONE, Referral.changed_at <= long_ago, Referral.changed_at > now - DONE_ASKED_WITHIN)
    late = and_(Referral.state.in_(lifecycle.UNANSWERED), Referral.answer_by <= now)
    may_be_asked = and_(
        Referral.attended.is_(None), Referral.complained_at.is_(None), Referral.asked < MOST_QUESTIONS,
        or_(Referral.asked_at.is_(None), Referral.asked_at <= long_ago),
        Conversation.blocked_at.is_(None), Conversation.former_chat.is_(None),
    )  # fmt: skip
    return and_(may_be_asked, or_(under_way, done, late))


JOBS = (Job("expire", _has_expired, _expire), Job("escalate", _is_late, _escalate), Job("ask", _is_to_be_asked, _ask))


def attended(
    session: Session, conversation: Conversation, referral: Referral, answer: str, now: datetime, content: Content | None = None
) -> None:
    """What the person answered: `yes`, `not_yet` or `no`."""
    if is_complaint(referral, answer, now):
        complain(session, conversation, referral, now, attended=False if answer == "no" else None, content=content)
    elif answer == "yes" and referral.attended is not True:
        referral.attended = True
        lifecycle.happened(session, referral, PERSON, "attended", now)


def is_complaint(referral: Referral, answer: str, now: datetime) -> bool:
    return answer == "no" or (answer == "not_yet" and notices.is_late(referral, now))


def may_be_complained_of(referral: Referral, now: datetime) -> bool:
    """An office has it, or had it not long ago."""
    ended_lately = referral.state in (ReferralState.DONE, ReferralState.REJECTED) and referral.changed_at > now - DONE_ASKED_WITHIN
    return referral.state in lifecycle.OPEN or ended_lately


def complain(
    session: Session, conversation: Conversation, referral: Referral, now: datetime, *, attended: bool | None = False,
    content: Content | None = None,
) -> None:  # fmt: skip
    """Nobody attended the person: written down once, and the supervisor is alerted."""
    if attended is not None:
        referral.attended = attended
    if referral.complained_at is None:
        referral.complained_at = now
        lifecycle.happened(session, referral, PERSON, NOT_ATTENDED, now)
        alert(session, conversation, NOT_ATTENDED, PERSON, now, content)


def alert(session: Session, conversation: Conversation, reason: str, who: Actor, now: datetime, content: Content | None = None) -> None:
    """A ticket of that reason; where one is open already, an alert in it."""
    ticket = tickets.open_of(session, conversation.id)
    if ticket is None:
        tickets.open_ticket(session, conversation, reason, now, who.name, content)
    elif ticket.reason != reason:
        tickets.press(session, ticket, reason, now, content.team if content else tickets.USUAL)
