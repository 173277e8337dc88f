"""What officials are told without having written: that their certificate was signed again, that a protocol has changed under it, a course
left half-way, questions that are due.

Housekeeping goes through the learners of each job by id, each in a transaction of their own. The row is locked, and one that another
process has locked is left to it. Whatever it is, it is one message in a day and none in the quiet hours. An unfinished course is spoken
of at the steps of `reminders` in flows/learning.yml, each once, counted from the last thing they did; questions that are due at those
steps too, and once as soon as they are due. After the last step there is silence until they come back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, defer

from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.conversation.unasked import tell
from bot.courses import recall, refreshing, urging
from bot.courses.quiet import is_quiet
from bot.records.conversations import Conversation
from bot.records.learning import Certificate, Enrolment, Learner, Recall

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
BATCH = 50
_THEIRS = and_(Conversation.bot_id == Learner.bot_id, Conversation.chat == Learner.chat)


@dataclass(frozen=True)
class Job:
    """What learners are told. `do` is False where there is nothing to say after all."""

    name: str
    due: Callable[[Session, Surroundings, int], list[int]]
    do: Callable[[Session, Learner, Conversation, Surroundings], bool]


def due(session: Session, job: Job, around: Surroundings, after: int = 0) -> list[int]:
    """The next of those whom it may be about, by id; nobody in the quiet hours."""
    return [] if is_quiet(around.content.learning, around.now) else job.due(session, around, after)


def follow(session: Session, job: Job, learner_id: int, around: Surroundings) -> None:
    """One learner, unless they may not be written to any more or another process is at it."""
    if is_quiet(around.content.learning, around.now):  # it has begun since
        return
    query = select(Learner, Conversation).join(Conversation, _THEIRS).where(_may_be_written_to(around.now), Learner.id == learner_id)
    found = session.execute(query.with_for_update(of=Learner, skip_locked=True)).first()
    if found is not None and job.do(session, found[0], found[1], around):
        found[0].reminded_at = around.now
        logger.info("Learner %s is written to (%s)", learner_id, job.name)


def _may_be_written_to(now: datetime) -> ColumnElement[bool]:
    """Who joined, is still there, has a chat that takes messages, and got none of these for a day."""
    return and_(
        Learner.joined_at.is_not(None), Learner.withdrawn_at.is_(None), Conversation.blocked_at.is_(None), Conversation.leaves_at.is_(None),
        or_(Learner.reminded_at.is_(None), Learner.reminded_at <= now - DAY),
    )  # fmt: skip


# A signing key got out


def _holders_of_new_files(session: Session, around: Surroundings, after: int) -> list[int]:
    query = select(Learner.id).join(Conversation, _THEIRS).where(_may_be_written_to(around.now), Learner.id > after)
    query = query.where(Learner.id.in_(select(Certificate.learner_id).where(_is_new(around.now))))
    return list(session.scalars(query.order_by(Learner.id).limit(BATCH)))


def _tell_of_new_files(session: Session, learner: Learner, conversation: Conversation, around: Surroundings) -> bool:
    """All of theirs that were signed again, in one message, once."""
    query = select(Certificate).where(Certificate.learner_id == learner.id, _is_new(around.now)).order_by(Certificate.id)
    untold = list(session.scalars(query))
    if not untold:
        return False
    tell(session, conversation, urging.of_new_files(conversation, untold, around), around)
    for certificate in untold:
        certificate.signed_anew_at = None
    return True


def _is_new(now: datetime) -> ColumnElement[bool]:
    return and_(Certificate.signed_anew_at.is_not(None), Certificate.revoked_at.is_(None), Certificate.expires_at >= now)


# A protocol has changed


def _holders_to_tell(session: Session, around: Surroundings, after: int) -> list[int]:
    holding = and_(Certificate.learner_id == Learner.id, Certificate.revoked_at.is_(None), Certificate.expires_at >= around.now)
    query = select(Certificate).options(defer(Certificate.signed)).join(Learner, holding).join(Conversation, _THEIRS)
    query = query.where(_may_be_written_to(around.now), Learner.id > after).order_by(Learner.id)
    found: list[int] = []
    for certificate in session.scalars(query.execution_options(yield_per=500)):
        waits = any(refreshing.is_untold(around.content, certificate, each) for each in refreshing.changed(around.content, certificate))
        if waits and certificate.learner_id and certificate.learner_id not in found[-1:]:
            found.append(certificate.learner_id)
        if len(found) == BATCH:
            break
    return found


def _tell_of_changes(session: Session, learner: Learner, conversation: Conversation, around: Surroundings) -> bool:
    """All that has changed since they were last told, in one message."""
    untold = refreshing.untold_of(session, around.content, learner, around.now)
    if not untold:
        return False
    tell(session, conversation, urging.of_changes(conversation, untold, around), around)
    refreshing.note_told(around.content, untold, around.now)
    return True


# Something was left half-way, or is due


def _learners_to_remind(session: Session, around: Surroundings, after: int) -> list[int]:
    content, now = around.content, around.now
    unfinished = exists().where(
        Enrolment.learner_id == Learner.id, Enrolment.finished_at.is_(None), Enrolment.course.in_(list(content.courses))
    )
    questions = exists().where(Recall.learner_id == Learner.id, Recall.due_at <= now, Recall.item.in_(recall.items_of(content)))
    query = select(Learner.id).join(Conversation, _THEIRS).where(
        _may_be_written_to(now), Learner.id > after, Learner.wants_reminders,
        Learner.seen_at <= now - DAY, Learner.reminders < len(content.learning.reminders),
        or_(and_(_is_at_a_step(content, now), or_(unfinished, questions)), and_(_is_first(), questions)),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Learner.id).limit(BATCH)))


def _is_at_a_step(content: Content, now: datetime) -> ColumnElement[bool]:
    """Without going on for the days of a step that they were not reminded at."""
    steps = enumerate(content.learning.reminders)
    return or_(*(and_(Learner.reminders <= number, Learner.seen_at <= now - timedelta(days=days)) for number, days in steps))


def _is_first() -> ColumnElement[bool]:
    """Nothing of this was written to them since they last did something."""
    return or_(Learner.reminded_at.is_(None), Learner.reminded_at < Learner.seen_at)


def _remind(session: Session, learner: Learner, conversation: Conversation, around: Surroundings) -> bool:
    """Of the course first. A step that is over counts as done, also one that was missed or at which there was nothing to say."""
    steps, seen = around.content.learning.reminders, learner.seen_at or around.now
    passed = sum(seen <= around.now - timedelta(days=days) for days in steps)
    is_first = learner.reminded_at is None or learner.reminded_at < seen
    if not learner.wants_reminders or seen > around.now - DAY or learner.reminders >= len(steps):
        return False
    reply = None
    if passed > learner.reminders:
        reply = urging.of_course(session, learner, conversation, around)
    if reply is None and (passed > learner.reminders or is_first):
        reply = urging.of_questions(session, learner, conversation, around)
    learner.reminders = max(passed, learner.reminders)
    if reply is not None:
        tell(session, conversation, reply, around)
    return reply is not None


JOBS = (
    Job("signed anew", _holders_of_new_files, _tell_of_new_files),
    Job("protocol changed", _holders_to_tell, _tell_of_changes),
    Job("reminder", _learners_to_remind, _remind),
)
"""In this order: what concerns a certificate comes before a reminder, and leaves none for that day."""
