"""Questions that come back after days: the longer apart, the oftener they were known (Leitner's boxes)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.records.learning import Learner, Recall

AT_ONCE = 3  # questions, so that it takes two minutes


def note(session: Session, learner: Learner, firsts: Mapping[str, bool], days: Sequence[int], now: datetime) -> None:
    """What was known on its day goes one box on and out after the last; known before its day it stays; what was not known begins anew.
    `firsts`: item to whether it was known."""
    known = {
        each.item: each
        for each in session.scalars(select(Recall).where(Recall.learner_id == learner.id, Recall.item.in_(list(firsts))))
    }  # fmt: skip
    for item, was_right in firsts.items():
        row = known.get(item)
        if was_right and row and row.due_at > now:  # the same lesson once more proves nothing of after days
            continue
        box = 0 if not was_right else row.box + 1 if row else 1
        if box >= len(days):
            if row:
                session.delete(row)
            continue
        if row is None:
            row = Recall(learner_id=learner.id, item=item)
            session.add(row)
        row.box, row.due_at = box, now + timedelta(days=days[box])
    session.flush()


def items_of(content: Content) -> list[str]:
    """All that is taught: `course-lesson-question`."""
    return [f"{course.name}-{item}" for course in content.courses.values() for item in course.items]


def due(session: Session, learner: Learner, known: Sequence[str], now: datetime, most: int = AT_ONCE) -> list[str]:
    """Items to ask now, longest due first; of those that are still taught."""
    query = select(Recall.item).where(Recall.learner_id == learner.id, Recall.due_at <= now).order_by(Recall.due_at, Recall.id)
    wanted = set(known)
    return [item for item in session.scalars(query) if item in wanted][:most]
