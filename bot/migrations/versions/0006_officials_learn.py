"""What officials learn: courses, attempts, what is asked again, practice cases, certificates and their keys."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "learner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False, comment="What the audit calls them: random, says nothing by itself"),
        sa.Column("organization_id", sa.String(length=64), nullable=True, comment="Their office, if it is in the directory"),
        sa.Column("office", sa.String(length=128), nullable=False, comment="Their office as it is called"),
        sa.Column("municipality", sa.String(length=5), nullable=False, comment="INEGI key"),
        sa.Column("post", sa.String(length=32), nullable=False, comment="Kind of post, of flows/learning.yml"),
        sa.Column("invited_by", sa.String(length=64), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invitation", sa.String(length=64), nullable=True, comment="Keyed hash of the one-time link; emptied when used"),
        sa.Column("invitation_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "withdrawn_at", sa.DateTime(timezone=True), nullable=True, comment="The invitation was taken back, or they no longer work there"
        ),
        sa.Column("bot_id", sa.String(length=32), nullable=True, comment="The officials' bot they joined with"),
        sa.Column("chat", sa.String(length=32), nullable=True, comment="Keyed hash of their chat with it"),
        sa.Column("name", sa.LargeBinary(), nullable=True, comment="As it is to stand on certificates"),
        sa.Column("privacy_version", sa.String(length=16), nullable=True, comment="Text they accepted"),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True, comment="When they last went on with something"),
        sa.Column("wants_reminders", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), server_default="0", nullable=False, comment="Sent since they last went on"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner")),
        sa.UniqueConstraint("bot_id", "chat", name=op.f("uq_learner_bot_id_chat")),
        sa.UniqueConstraint("invitation", name=op.f("uq_learner_invitation")),
        sa.UniqueConstraint("reference", name=op.f("uq_learner_reference")),
    )
    op.create_index("ix_learner_office", "learner", ["organization_id", "municipality"], unique=False)
    op.create_index(op.f("ix_learner_seen_at"), "learner", ["seen_at"], unique=False)

    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False, comment="`kid`: the key's thumbprint (RFC 7638)"),
        sa.Column("private", sa.LargeBinary(), nullable=True, comment="PEM; wiped once it got out"),
        sa.Column("public", sa.JSON(), nullable=False, comment="JWK"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leaked_at", sa.DateTime(timezone=True), nullable=True, comment="When it was known that the private part had got out"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("name", name=op.f("uq_signing_key_name")),
    )
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=True, comment="Who answered; empty once they are erased"),
        sa.Column("municipality", sa.String(length=5), nullable=False, comment="INEGI key"),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False, comment="Question to yes, partly, no or unknown"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_assessment_learner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index("ix_assessment_learner", "assessment", ["learner_id"], unique=False)
    op.create_index("ix_assessment_municipality", "assessment", ["name", "municipality"], unique=False)

    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=36), nullable=False, comment="UUID; urn:uuid:… is the credential's id"),
        sa.Column("token", sa.String(length=64), nullable=True, comment="Keyed hash of what stands in the holder's link"),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("course", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False, comment="Of the course"),
        sa.Column("protocols", sa.JSON(), nullable=False, comment="Protocol to the version it rests on; brought up to date by a refresher"),
        sa.Column("organization_id", sa.String(length=64), nullable=True),
        sa.Column("municipality", sa.String(length=5), nullable=False, comment="INEGI key"),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "told_at", sa.DateTime(timezone=True), nullable=True, comment="When the holder was told that a protocol it rests on has changed"
        ),
        sa.Column("told", sa.JSON(), nullable=True, comment="Protocol to the version of it the holder was told of"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_for", sa.String(length=16), nullable=True),
        sa.Column("revoked_by", sa.String(length=64), nullable=True),
        sa.Column(
            "signed_anew_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was signed again because its key had got out; emptied once the holder was told",
        ),
        sa.Column("signed", sa.LargeBinary(), nullable=True, comment="The compact JWS"),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_certificate_learner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
        sa.UniqueConstraint("token", name=op.f("uq_certificate_token")),
    )
    op.create_index("ix_certificate_course", "certificate", ["course", "municipality"], unique=False)
    op.create_index(
        "ix_certificate_learner", "certificate", ["learner_id", "expires_at", "course", "revoked_at", "issued_at"], unique=False
    )
    op.create_index(op.f("ix_certificate_signed_anew_at"), "certificate", ["signed_anew_at"], unique=False)
    op.create_index(
        "ix_certificate_place", "certificate", ["municipality", "expires_at", "course", "revoked_at", "learner_id"], unique=False
    )

    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False, comment="Of the course, when they began"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True, comment="All that its rule of completion asks for is done"),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_enrolment_learner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("learner_id", "course", name=op.f("uq_enrolment_learner_id_course")),
    )
    op.create_index("ix_enrolment_course", "enrolment", ["course", "finished_at"], unique=False)

    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=96), nullable=False, comment="course.lesson.question"),
        sa.Column("box", sa.Integer(), nullable=False, comment="Index in `recall` of flows/learning.yml"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_recall_learner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.UniqueConstraint("learner_id", "item", name=op.f("uq_recall_learner_id_item")),
    )
    op.create_index("ix_recall_due", "recall", ["due_at"], unique=False)

    op.create_table(
        "simulation_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("simulation", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("moves", sa.LargeBinary(), nullable=True, comment="Said and pressed; emptied when scored"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False, comment="Something else was asked for; they may go on"),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("kept", sa.LargeBinary(), nullable=True, comment="Criterion to whether it was kept"),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_simulation_run_learner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation_run")),
    )
    op.create_index("ix_simulation_run_learner", "simulation_run", ["learner_id", "simulation"], unique=False)

    op.create_table(
        "final_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False, comment="Of the drawing and of the order of the choices"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("right", sa.Integer(), server_default="0", nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_final_attempt_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_final_attempt")),
        sa.UniqueConstraint("enrolment_id", "number", name=op.f("uq_final_attempt_enrolment_id_number")),
    )
    op.create_table(
        "lesson_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("lesson", sa.String(length=32), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, comment="Questions"),
        sa.Column("right", sa.Integer(), nullable=False, comment="Answered right at first"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_lesson_result_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_result")),
        sa.UniqueConstraint("enrolment_id", "lesson", name=op.f("uq_lesson_result_enrolment_id_lesson")),
    )

    with op.batch_alter_table("arco_request") as batch_op:
        batch_op.add_column(sa.Column("learner_id", sa.Integer(), nullable=True, comment="Of an official who learns"))
        batch_op.add_column(
            sa.Column(
                "of_official", sa.Boolean(), server_default=sa.false(), nullable=False,
                comment="Also once they were erased: it is in the register of officials, never in the migrants'",
            )
        )  # fmt: skip
        batch_op.create_index(batch_op.f("ix_arco_request_learner_id"), ["learner_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_arco_request_learner_id"), "learner", ["learner_id"], ["id"])
    with op.batch_alter_table("legal_hold") as batch_op:
        batch_op.add_column(sa.Column("learner_id", sa.Integer(), nullable=True, comment="Of an official who learns"))
        batch_op.alter_column("conversation_id", existing_type=sa.Integer(), nullable=True, comment="None: an official without a chat")
        batch_op.create_index(batch_op.f("ix_legal_hold_learner_id"), ["learner_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_legal_hold_learner_id"), "learner", ["learner_id"], ["id"])


def downgrade() -> None:
    op.execute("DELETE FROM legal_hold WHERE conversation_id IS NULL")  # of officials alone, who go below
    op.execute("DELETE FROM arco_request WHERE of_official")
    with op.batch_alter_table("legal_hold") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_legal_hold_learner_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_legal_hold_learner_id"))
        batch_op.alter_column("conversation_id", existing_type=sa.Integer(), nullable=False, comment=None)
        batch_op.drop_column("learner_id")
    with op.batch_alter_table("arco_request") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_arco_request_learner_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_arco_request_learner_id"))
        batch_op.drop_column("of_official")
        batch_op.drop_column("learner_id")
    for table in (
        "lesson_result",
        "final_attempt",
        "simulation_run",
        "recall",
        "enrolment",
        "certificate",
        "assessment",
        "signing_key",
        "learner",
    ):
        op.drop_table(table)
