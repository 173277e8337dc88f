"""Self-assessments: what the last answers of a municipality come to, and which municipalities somebody may look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from bot.content.assessments import NO, PARTLY, YES, AssessedQuestion, Assessment
from bot.permissions import Action, Actor, require
from bot.records import learning as records
from bot.records.learning import Learner
from bot.records.staff import Role

NEXT_STEPS = 3


@dataclass(frozen=True)
class Outcome:
    """Each in the order it was asked; `next_steps`: what to do first, first. What was not asked yet is not known either."""

    exists: tuple[AssessedQuestion, ...]
    partly: tuple[AssessedQuestion, ...]
    lacks: tuple[AssessedQuestion, ...]
    unknown: tuple[AssessedQuestion, ...]
    next_steps: tuple[AssessedQuestion, ...]

    @property
    def groups(self) -> Mapping[str, tuple[AssessedQuestion, ...]]:
        return {"exists": self.exists, "partly": self.partly, "lacks": self.lacks, "unknown": self.unknown}


def outcome(assessment: Assessment, answers: Mapping[str, str]) -> Outcome:
    """Next steps: of what lacks, then of what is there in part, then of what nobody knows; in each the smallest priority first."""
    said: dict[str, list[AssessedQuestion]] = {YES: [], PARTLY: [], NO: []}
    unknown: list[AssessedQuestion] = []
    for question in assessment.questions:
        said.get(answers.get(question.id, ""), unknown).append(question)
    wanting = [each for group in (said[NO], said[PARTLY], unknown) for each in sorted(group, key=lambda each: each.priority)]
    return Outcome(tuple(said[YES]), tuple(said[PARTLY]), tuple(said[NO]), tuple(unknown), tuple(wanting[:NEXT_STEPS]))


def save(session: Session, learner: Learner, assessment: Assessment, answers: Mapping[str, str], now: datetime) -> records.Assessment:
    """In the name of the learner's municipality. Earlier answers stay; the last ones count."""
    asked = {question.id for question in assessment.questions}
    row = records.Assessment(
        learner_id=learner.id, municipality=learner.municipality, name=assessment.name, version=assessment.version,
        answers={name: value for name, value in answers.items() if name in asked}, at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def last_of(session: Session, municipality: str, name: str) -> records.Assessment | None:
    """The answers that count, whoever gave them."""
    return _last(session, records.Assessment.municipality == municipality, name)


def last_by(session: Session, learner: Learner, name: str) -> records.Assessment | None:
    """What they answered themselves: in the chat nobody is shown what a colleague did."""
    return _last(session, records.Assessment.learner_id == learner.id, name)


def seen_by(session: Session, actor: Actor, municipality: str, name: str) -> records.Assessment | None:
    """The last answers of a municipality, if the actor may look at it. Raises RefusedError where the role may look at none."""
    require(actor, Action.LEARNING_REPORT)
    if actor.role is Role.PARTNER and not session.scalar(_of_office(actor).where(Learner.municipality == municipality).limit(1)):
        return None
    return last_of(session, municipality, name)


def listed(session: Session, actor: Actor, names: Sequence[str]) -> list[records.Assessment]:
    """The last answers of each municipality that the actor may look at, of the assessments of those names. Raises RefusedError."""
    require(actor, Action.LEARNING_REPORT)
    table = records.Assessment
    place = func.row_number().over(partition_by=(table.municipality, table.name), order_by=(table.at.desc(), table.id.desc()))
    ranked = select(table.id, place.label("place")).where(table.name.in_(names)).subquery()
    query = select(table).join(ranked, ranked.c.id == table.id).where(ranked.c.place == 1)
    if actor.role is Role.PARTNER:
        query = query.where(table.municipality.in_(_of_office(actor)))
    return list(session.scalars(query.order_by(table.municipality, table.name)))


def _of_office(actor: Actor) -> Select[str]:
    """Municipalities in which the actor's own office has learners."""
    return select(Learner.municipality).where(
        Learner.organization_id == (actor.organization_id or ""), Learner.joined_at.is_not(None), Learner.withdrawn_at.is_(None)
    )  # fmt: skip


def _last(session: Session, whose: ColumnElement[bool], name: str) -> records.Assessment | None:
    query = select(records.Assessment).where(whose, records.Assessment.name == name)
    return session.scalar(query.order_by(records.Assessment.at.desc(), records.Assessment.id.desc()).limit(1))
