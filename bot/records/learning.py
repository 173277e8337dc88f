"""What officials learn. Nothing here points to a conversation: a learner is found by the hash of their chat with the officials' bot."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedJson, EncryptedText, Word
from bot.records.tables import Table


class Learner(Table):
    """An official, invited by a one-time link for an office, a municipality and a post; joining binds it to one chat of their bot."""

    __tablename__ = "learner"
    __table_args__ = (
        UniqueConstraint("invitation"),
        UniqueConstraint("reference"),
        UniqueConstraint("bot_id", "chat"),
        Index("ix_learner_office", "organization_id", "municipality"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(
        String(32), default=lambda: secrets.token_hex(16), comment="What the audit calls them: random, says nothing by itself"
    )
    organization_id: Mapped[str | None] = mapped_column(String(64), comment="Their office, if it is in the directory")
    office: Mapped[str] = mapped_column(String(128), comment="Their office as it is called")
    municipality: Mapped[str] = mapped_column(String(5), comment="INEGI key")
    post: Mapped[str] = mapped_column(String(32), comment="Kind of post, of flows/learning.yml")
    invited_by: Mapped[str] = mapped_column(String(64))
    invited_at: Mapped[datetime]
    invitation: Mapped[str | None] = mapped_column(String(64), comment="Keyed hash of the one-time link; emptied when used")
    invitation_expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(comment="The invitation was taken back, or they no longer work there")
    bot_id: Mapped[str | None] = mapped_column(String(32), comment="The officials' bot they joined with")
    chat: Mapped[str | None] = mapped_column(String(32), comment="Keyed hash of their chat with it")
    name: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="As it is to stand on certificates")
    privacy_version: Mapped[str | None] = mapped_column(String(16), comment="Text they accepted")
    joined_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None] = mapped_column(index=True, comment="When they last went on with something")
    wants_reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    reminded_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0, server_default="0", comment="Sent since they last went on")


class Enrolment(Table):
    """A learner in a course."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("learner_id", "course"), Index("ix_enrolment_course", "course", "finished_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    course: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(16), comment="Of the course, when they began")
    began_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(comment="All that its rule of completion asks for is done")


class LessonResult(Table):
    """A lesson that was gone through to its end."""

    __tablename__ = "lesson_result"
    __table_args__ = (UniqueConstraint("enrolment_id", "lesson"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    lesson: Mapped[str] = mapped_column(String(32))
    asked: Mapped[int] = mapped_column(comment="Questions")
    right: Mapped[int] = mapped_column(comment="Answered right at first")
    finished_at: Mapped[datetime]


class FinalAttempt(Table):
    """One try at the final of a course: which questions were drawn, in which order."""

    __tablename__ = "final_attempt"
    __table_args__ = (UniqueConstraint("enrolment_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    number: Mapped[int]
    seed: Mapped[int] = mapped_column(comment="Of the drawing and of the order of the choices")
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(default=0, server_default="0")
    right: Mapped[int] = mapped_column(default=0, server_default="0")
    passed: Mapped[bool | None]


class Recall(Table):
    """A question that comes back after days, the later the surer it was known."""

    __tablename__ = "recall"
    __table_args__ = (UniqueConstraint("learner_id", "item"), Index("ix_recall_due", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    item: Mapped[str] = mapped_column(String(96), comment="course.lesson.question")
    box: Mapped[int] = mapped_column(default=0, comment="Index in `recall` of flows/learning.yml")
    due_at: Mapped[datetime]


class SimulationRun(Table):
    """A practice case: what the official did, as long as it lasts, and what it scored."""

    __tablename__ = "simulation_run"
    __table_args__ = (Index("ix_simulation_run_learner", "learner_id", "simulation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    simulation: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(16))
    moves: Mapped[Any | None] = mapped_column(EncryptedJson, info={"personal": True}, comment="Said and pressed; emptied when scored")
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    waits: Mapped[bool] = mapped_column(default=False, server_default=false(), comment="Something else was asked for; they may go on")
    points: Mapped[int | None]
    kept: Mapped[Any | None] = mapped_column(EncryptedJson, info={"personal": True}, comment="Criterion to whether it was kept")
    passed: Mapped[bool | None]


class Assessment(Table):
    """A municipality's answers to a self-assessment; the last one counts."""

    __tablename__ = "assessment"
    __table_args__ = (Index("ix_assessment_municipality", "name", "municipality"), Index("ix_assessment_learner", "learner_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id"), comment="Who answered; empty once they are erased")
    municipality: Mapped[str] = mapped_column(String(5), comment="INEGI key")
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(16))
    answers: Mapped[Any] = mapped_column(JSON, comment="Question to yes, partly, no or unknown")
    at: Mapped[datetime]


class Revocation(StrEnum):
    MISTAKE = "mistake"
    CHEATED = "cheated"
    ASKED = "asked"  # by the holder


class Certificate(Table):
    """A signed credential. The holder's erasure empties what leads to them; the rest stays, so that what they hold can still be revoked."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("token"),
        Index("ix_certificate_learner", "learner_id", "expires_at", "course", "revoked_at", "issued_at"),
        Index("ix_certificate_place", "municipality", "expires_at", "course", "revoked_at", "learner_id"),
        Index("ix_certificate_course", "course", "municipality"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(36), comment="UUID; urn:uuid:… is the credential's id")
    token: Mapped[str | None] = mapped_column(String(64), comment="Keyed hash of what stands in the holder's link")
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id"))
    course: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(16), comment="Of the course")
    protocols: Mapped[Any] = mapped_column(JSON, comment="Protocol to the version it rests on; brought up to date by a refresher")
    organization_id: Mapped[str | None] = mapped_column(String(64))
    municipality: Mapped[str] = mapped_column(String(5), comment="INEGI key")
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    told_at: Mapped[datetime | None] = mapped_column(comment="When the holder was told that a protocol it rests on has changed")
    told: Mapped[Any | None] = mapped_column(JSON(none_as_null=True), comment="Protocol to the version of it the holder was told of")
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[Revocation | None] = mapped_column(Word(Revocation))
    revoked_by: Mapped[str | None] = mapped_column(String(64))
    signed_anew_at: Mapped[datetime | None] = mapped_column(
        index=True, comment="When it was signed again because its key had got out; emptied once the holder was told"
    )
    signed: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="The compact JWS")


class SigningKey(Table):
    """What certificates are signed with. A retired one still verifies what it signed; one that got out verifies nothing."""

    __tablename__ = "signing_key"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), comment="`kid`: the key's thumbprint (RFC 7638)")
    private: Mapped[str | None] = mapped_column(EncryptedText, comment="PEM; wiped once it got out")
    public: Mapped[Any] = mapped_column(JSON, comment="JWK")
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    leaked_at: Mapped[datetime | None] = mapped_column(comment="When it was known that the private part had got out")
