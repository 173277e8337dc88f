"""Staff and roles, the audit, referrals with deadlines and links for partners, case files, rights over one's data."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ABOUT_NONE = "None: not about one referral"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False, comment="Name of a staff member, or person, assistant, partner link"),
        sa.Column("role", sa.String(length=64), nullable=False, comment="The name again of who has none"),
        sa.Column("office", sa.String(length=64), nullable=True, comment="organization_id they act for; none: the operator's own"),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=32),
            nullable=True,
            comment="`reference` of the conversation: random, so it names nobody once that is erased",
        ),
        sa.Column("why", sa.LargeBinary(), nullable=True, comment="The reason given, if one was asked for"),
        sa.Column("why_digest", sa.String(length=32), nullable=True, comment="Keyed hash of the reason, which may be erased"),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit") as table:
        table.create_index("ix_audit_subject", ["subject", "id"], unique=False)
    _let_the_audit_only_grow()
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folio", sa.String(length=16), nullable=False, comment="On the receipt"),
        sa.Column("erased", sa.JSON(), nullable=False, comment="`reference` of each conversation erased: random, for a restored backup"),
        sa.Column("counts", sa.JSON(), nullable=False, comment="Rows and files erased, by kind"),
        sa.Column(
            "left", sa.JSON(), nullable=False, comment="Who is still to be told: offices that had received a case, holders of open tickets"
        ),
        sa.Column("asked_by", sa.String(length=64), nullable=False, comment="person, retention or the staff member"),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("folio", name=op.f("uq_erasure_folio")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False, comment="What they sign in with and what the audit calls them"),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column(
            "organization_id", sa.String(length=64), nullable=True, comment="Whose referrals a partner sees; none: the operator's own staff"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("invitation", sa.String(length=64), nullable=True, comment="Keyed hash of the one-time link; emptied when used"),
        sa.Column("invitation_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("invitation", name=op.f("uq_staff_invitation")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
    )
    op.create_table(
        "arco_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folio", sa.String(length=16), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=True, comment="None: asked on paper or erased"),
        sa.Column("arco_right", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=True, comment="What is asked for, in the person's words"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False, comment="Twenty working days, thirty when extended once"),
        sa.Column("effective_by", sa.DateTime(timezone=True), nullable=True, comment="Fifteen working days after it is granted"),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("who", sa.String(length=64), nullable=True, comment="Who answered"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_arco_request_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arco_request")),
        sa.UniqueConstraint("folio", name=op.f("uq_arco_request_folio")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_arco_request_idempotency_key")),
    )
    with op.batch_alter_table("arco_request") as table:
        table.create_index(table.f("ix_arco_request_conversation_id"), ["conversation_id"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=False, comment="Authority and file number"),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=False, comment="When somebody has to say whether it still stands"),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_legal_hold_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("legal_hold") as table:
        table.create_index("ix_legal_hold_conversation", ["conversation_id"], unique=False)
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False, comment="The application it belongs to"),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_case_file_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_case_file_referral_id")),
    )
    op.create_table(
        "partner_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False, comment="Keyed hash of what stands in the link"),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True, comment="Last time"),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False, comment="How many times"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_partner_link_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_link")),
        sa.UniqueConstraint("token", name=op.f("uq_partner_link_token")),
    )
    with op.batch_alter_table("partner_link") as table:
        table.create_index(table.f("ix_partner_link_referral_id"), ["referral_id"], unique=False)
    op.create_table(
        "case_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False, comment="Of the document in the programme's checklist"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("file_id", sa.LargeBinary(), nullable=True, comment="What the door fetches it by, until it is kept"),
        sa.Column("stored", sa.String(length=64), nullable=True, comment="Name of the encrypted file in the data folder"),
        sa.Column("why", sa.LargeBinary(), nullable=True, comment="Why it was not accepted"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_case_document_case_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_document")),
        sa.UniqueConstraint("case_file_id", "name", name=op.f("uq_case_document_case_file_id_name")),
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_file_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=True),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=True, comment="What was done to which document, or a reason"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_case_event_case_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    with op.batch_alter_table("case_event") as table:
        table.create_index(table.f("ix_case_event_case_file_id"), ["case_file_id"], unique=False)
    with op.batch_alter_table("consent") as table:
        table.add_column(sa.Column("kind", sa.String(length=16), server_default="share", nullable=False))
        table.add_column(sa.Column("conversation_id", sa.Integer(), nullable=True, comment="Whose it is"))
        table.add_column(
            sa.Column(
                "given_by",
                sa.String(length=64),
                server_default="person",
                nullable=False,
                comment="person, or the official who took it down at a desk",
            )
        )
        table.alter_column("referral_id", existing_type=sa.INTEGER(), nullable=True, comment=_ABOUT_NONE)
        table.create_index(table.f("ix_consent_conversation_id"), ["conversation_id"], unique=False)
        table.create_foreign_key(table.f("fk_consent_conversation_id"), "conversation", ["conversation_id"], ["id"])
    with op.batch_alter_table("conversation") as table:
        table.add_column(
            sa.Column(
                "reference",
                sa.String(length=32),
                nullable=False,
                server_default="unnamed",
                comment="What the audit calls it: random, says nothing by itself",
            )
        )
        table.add_column(sa.Column("notice_version", sa.String(length=16), nullable=True, comment="Privacy notice that was shown"))
        table.add_column(
            sa.Column(
                "leaves_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="Only delivers the receipt of an erasure and is then erased itself, at the latest then",
            )
        )
        table.create_index(table.f("ix_conversation_leaves_at"), ["leaves_at"], unique=False)
    _name_each_conversation()
    op.create_index("uq_conversation_reference", "conversation", ["reference"], unique=True)
    op.add_column("message", sa.Column("tries", sa.Integer(), nullable=True, comment="How often it was asked again in vain"))
    with op.batch_alter_table("instance") as table:
        table.add_column(
            sa.Column(
                "is_invented",
                sa.Boolean(),
                server_default=sa.false(),
                nullable=False,
                comment="Filled with invented people, for load tests",
            )
        )
    with op.batch_alter_table("referral") as table:
        table.add_column(sa.Column("service_id", sa.String(length=64), nullable=True, comment="Service of the directory it is for"))
        table.add_column(sa.Column("priority", sa.String(length=16), server_default="normal", nullable=False))
        table.add_column(
            sa.Column(
                "answer_by",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="Until when the institution has to answer, in its office hours",
            )
        )
        table.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True, comment="When the consent it stands on ends"))
        table.add_column(
            sa.Column("sender", sa.String(length=64), server_default="person", nullable=False, comment="person, or who made it at a desk")
        )
        table.add_column(sa.Column("for_whom", sa.String(length=16), server_default="self", nullable=False))
        table.add_column(
            sa.Column("may_duplicate", sa.String(length=16), nullable=True, comment="Folio of an open referral that looks the same")
        )
        table.add_column(
            sa.Column(
                "escalated_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="When the institution and the supervisor were told that it is late",
            )
        )
        table.add_column(
            sa.Column(
                "asked_at", sa.DateTime(timezone=True), nullable=True, comment="When the person was last asked whether they were attended"
            )
        )
        table.add_column(sa.Column("asked", sa.Integer(), server_default="0", nullable=False, comment="How often"))
        table.add_column(sa.Column("attended", sa.Boolean(), nullable=True, comment="What they answered"))
        table.add_column(sa.Column("complained_at", sa.DateTime(timezone=True), nullable=True))
        table.create_index("ix_referral_changed", ["state", "changed_at"], unique=False)
        table.create_index("ix_referral_created", ["created_at"], unique=False)
        table.create_index("ix_referral_due", ["state", "answer_by"], unique=False)
        table.create_index("ix_referral_expiry", ["state", "expires_at"], unique=False)
        table.create_index("ix_referral_organization", ["organization_id", "state", "answer_by"], unique=False)
    with op.batch_alter_table("referral_event") as table:
        table.add_column(sa.Column("note", sa.LargeBinary(), nullable=True, comment="The reason in the institution's own words"))
    _explain("referral_event", "why", "A reason of the fixed list")
    op.drop_index("ix_message_unanswered", "message")
    _index("ix_message_unanswered", "message", ["id"], "unanswered IS 1", "unanswered IS true")
    _index("ix_consent_withdrawn", "consent", ["withdrawn_at"], "withdrawn_at IS NOT NULL")
    _index("ix_case_document_stored", "case_document", ["changed_at"], "stored IS NOT NULL")
    _index("ix_inbox_done", "inbox", ["bot_id", "chat"], "done_at IS NOT NULL")
    _index("ix_conversation_former", "conversation", ["bot_id", "former_chat"], "former_chat IS NOT NULL")
    _index("ix_inbox_purge", "inbox", ["done_at"], "incoming IS NOT NULL")
    _index("ix_outbox_waiting", "outbox", ["state"], "state IN ('queued', 'sending')")
    _index("ix_conversation_idle", "conversation", ["updated_at"], "state IS NOT NULL OR questionnaire IS NOT NULL")
    op.create_index("ix_ticket_state", "ticket", ["state", "id"])
    op.create_index("ix_ticket_conversation", "ticket", ["conversation_id"])


def downgrade() -> None:
    op.drop_index("ix_ticket_conversation", "ticket")
    op.drop_index("ix_ticket_state", "ticket")
    op.drop_index("ix_conversation_idle", "conversation")
    op.drop_index("ix_outbox_waiting", "outbox")
    op.drop_index("ix_inbox_purge", "inbox")
    op.drop_index("ix_conversation_former", "conversation")
    op.drop_index("ix_inbox_done", "inbox")
    op.drop_index("ix_case_document_stored", "case_document")
    op.drop_index("ix_consent_withdrawn", "consent")
    op.drop_index("ix_message_unanswered", "message")
    op.create_index("ix_message_unanswered", "message", ["unanswered", "id"])
    _drop("referral_event", "note")
    _explain("referral_event", "why", None)
    op.drop_index("ix_referral_organization", "referral")
    op.drop_index("ix_referral_expiry", "referral")
    op.drop_index("ix_referral_due", "referral")
    op.drop_index("ix_referral_created", "referral")
    op.drop_index("ix_referral_changed", "referral")
    _drop("referral", "complained_at")
    _drop("referral", "attended")
    _drop("referral", "asked")
    _drop("referral", "asked_at")
    _drop("referral", "escalated_at")
    _drop("referral", "may_duplicate")
    _drop("referral", "for_whom")
    _drop("referral", "sender")
    _drop("referral", "expires_at")
    _drop("referral", "answer_by")
    _drop("referral", "priority")
    _drop("referral", "service_id")
    _drop("instance", "is_invented")
    _drop("message", "tries")
    op.drop_index("uq_conversation_reference", "conversation")
    op.drop_index("ix_conversation_leaves_at", "conversation")
    _drop("conversation", "leaves_at")
    _drop("conversation", "notice_version")
    _drop("conversation", "reference")
    op.execute("DELETE FROM consent WHERE referral_id IS NULL")  # the earlier version knows no consent without a referral
    with op.batch_alter_table("consent") as table:
        table.drop_constraint(table.f("fk_consent_conversation_id"), type_="foreignkey")
        table.drop_index(table.f("ix_consent_conversation_id"))
        table.alter_column("referral_id", existing_type=sa.INTEGER(), nullable=False, comment=None, existing_comment=_ABOUT_NONE)
        table.drop_column("given_by")
        table.drop_column("conversation_id")
        table.drop_column("kind")
    with op.batch_alter_table("case_event") as table:
        table.drop_index(table.f("ix_case_event_case_file_id"))
    op.drop_table("case_event")
    op.drop_table("case_document")
    with op.batch_alter_table("partner_link") as table:
        table.drop_index(table.f("ix_partner_link_referral_id"))
    op.drop_table("partner_link")
    op.drop_table("case_file")
    with op.batch_alter_table("legal_hold") as table:
        table.drop_index("ix_legal_hold_conversation")
    op.drop_table("legal_hold")
    with op.batch_alter_table("arco_request") as table:
        table.drop_index(table.f("ix_arco_request_conversation_id"))
    op.drop_table("arco_request")
    op.drop_table("staff")
    op.drop_table("erasure")
    with op.batch_alter_table("audit") as table:
        table.drop_index("ix_audit_subject")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_only_grows")


# A reason may be erased, or encrypted with another key; nothing else of a row changes.
_CHANGED = " OR ".join(
    f"OLD.{column} IS DISTINCT FROM NEW.{column}"
    for column in ("id", "at", "who", "role", "office", "action", "subject", "why_digest", "digest")
)
_REFUSED = "The audit only grows"
_ON_SQLITE = {
    "audit_is_not_changed": f"BEFORE UPDATE ON audit WHEN {_CHANGED}".replace("IS DISTINCT FROM", "IS NOT"),
    "audit_is_not_deleted": "BEFORE DELETE ON audit",
    "audit_is_not_replaced": "BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)",  # deletes without a trigger
}
_ON_POSTGRESQL = {
    "audit_is_not_changed": f"BEFORE UPDATE ON audit FOR EACH ROW WHEN ({_CHANGED})",
    "audit_is_not_deleted": "BEFORE DELETE ON audit FOR EACH ROW",
    "audit_is_not_emptied": "BEFORE TRUNCATE ON audit FOR EACH STATEMENT",
}


def _let_the_audit_only_grow() -> None:
    """The database itself refuses, whoever asks. A version that makes the table anew has to put the triggers back."""
    if op.get_bind().dialect.name == "sqlite":
        for name, when in _ON_SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END")
        return
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for name, when in _ON_POSTGRESQL.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION audit_only_grows()")


def _drop(table: str, column: str) -> None:
    """In place: making a table anew that others point to is refused by SQLite."""
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _explain(table: str, column: str, comment: str | None) -> None:
    """SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, column, existing_type=sa.String(length=64), existing_nullable=True, comment=comment)


def _index(name: str, table: str, columns: list[str], where: str, postgresql_where: str = "") -> None:
    """Of those rows only."""
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(postgresql_where or where))


def _name_each_conversation() -> None:
    conversation = sa.table("conversation", sa.column("id", sa.Integer()), sa.column("reference", sa.String()))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.select(conversation.c.id)).all():
        connection.execute(conversation.update().where(conversation.c.id == number).values(reference=secrets.token_hex(16)))
