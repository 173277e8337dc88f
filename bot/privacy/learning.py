"""What is kept of an official who learns, found by their chat: for their copy, and to be erased with the rest of theirs."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records.conversations import OF_OFFICIALS, Conversation
from bot.records.learning import Assessment, Certificate, Enrolment, FinalAttempt, Learner, LessonResult, Recall, SimulationRun


def learner_of(session: Session, conversations: Iterable[Conversation], *, locked: bool = False) -> Learner | None:
    """Who joined from that chat, also if they may not learn any more. `locked`: until the transaction ends nobody else is at them."""
    chats = {(each.bot_id, chat) for each in conversations for chat in (each.chat, each.former_chat) if chat}
    for bot_id, chat in sorted(each for each in chats if each[0].endswith(OF_OFFICIALS)):
        query = select(Learner).where(Learner.bot_id == bot_id, Learner.chat == chat)
        found = session.scalar(query.with_for_update() if locked else query)
        if found:
            return found
    return None


def copy_of(session: Session, learner: Learner) -> dict[str, Any]:
    """All of it, for themselves alone."""
    return {
        "name": learner.name, "office": learner.office, "organization": learner.organization_id, "municipality": learner.municipality,
        "post": learner.post, "invited_at": learner.invited_at, "joined_at": learner.joined_at, "accepted_privacy": learner.privacy_version,
        "last_seen_at": learner.seen_at, "wants_reminders": learner.wants_reminders, "last_reminded_at": learner.reminded_at,
        "access_withdrawn_at": learner.withdrawn_at,
        "courses": [_course(session, each) for each in _theirs(session, Enrolment, learner)],
        "questions_that_come_back": [
            {"question": each.item, "box": each.box, "due_at": each.due_at} for each in _theirs(session, Recall, learner)
        ],
        "practice": [
            {"case": each.simulation, "version": each.version, "began_at": each.began_at, "ended_at": each.ended_at, "points": each.points,
             "passed": each.passed, "criteria_kept": each.kept, "said_and_pressed": each.moves}
            for each in _theirs(session, SimulationRun, learner)
        ],
        "self_assessments": [
            {"name": each.name, "version": each.version, "municipality": each.municipality, "at": each.at, "answers": each.answers}
            for each in _theirs(session, Assessment, learner)
        ],
        "certificates": [_certificate(each) for each in _theirs(session, Certificate, learner)],
    }  # fmt: skip


def _course(session: Session, enrolment: Enrolment) -> dict[str, Any]:
    lessons = select(LessonResult).where(LessonResult.enrolment_id == enrolment.id).order_by(LessonResult.id)
    finals = select(FinalAttempt).where(FinalAttempt.enrolment_id == enrolment.id).order_by(FinalAttempt.number)
    return {
        "course": enrolment.course, "version": enrolment.version, "began_at": enrolment.began_at, "finished_at": enrolment.finished_at,
        "lessons": [
            {"lesson": each.lesson, "asked": each.asked, "right": each.right, "finished_at": each.finished_at}
            for each in session.scalars(lessons)
        ],
        "finals": [
            {"number": each.number, "began_at": each.began_at, "ended_at": each.ended_at, "asked": each.asked, "right": each.right,
             "passed": each.passed}
            for each in session.scalars(finals)
        ],
    }  # fmt: skip


def _certificate(each: Certificate) -> dict[str, Any]:
    return {
        "number": each.number, "course": each.course, "version": each.version, "rests_on": each.protocols, "issued_at": each.issued_at,
        "expires_at": each.expires_at, "refresh_asked_at": each.told_at, "revoked_at": each.revoked_at, "revoked_for": each.revoked_for,
        "state": "revoked" if each.revoked_at else "refresh_due" if each.told_at else "issued", "signed": each.signed,
    }  # fmt: skip


def _theirs[T: (Enrolment, Recall, SimulationRun, Assessment, Certificate)](session: Session, table: type[T], learner: Learner) -> list[T]:
    return list(session.scalars(select(table).where(table.learner_id == learner.id).order_by(table.id)))
