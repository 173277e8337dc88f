"""The staff's console: accounts with password and second factor, what staff write for each other, clocks, alerts and reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NEW = (  # in the order in which they can go
    "viewing", "ticket_tag", "ticket_note", "review", "reply_proposal", "reply_draft", "proposed_example", "message_translation", "alert",
    "group_topic", "staff_session", "used_form", "group_thread", "group_notice", "export",
)  # fmt: skip
OF_STAFF = (
    "password", "totp", "totp_offered", "totp_offered_at", "totp_step", "recovery", "failures", "locked_until", "conduct", "conduct_at",
    "email", "telegram", "telegram_code", "telegram_code_expires_at", "is_away", "language",
)  # fmt: skip
OF_TICKETS = (
    "urgency", "topic", "language", "municipality", "waiting_since", "reply_by", "resolve_by", "first_replied_at", "resolved_at",
    "held_since", "snoozed_until", "told_at", "callback_at", "acknowledged_at", "acknowledged_by", "escalated_at", "rating", "rating_why",
    "rated_at",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "used_form",
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("once", name=op.f("pk_used_form")),
    )
    op.create_index("ix_used_form_at", "used_form", ["at"], unique=False)

    op.create_table(
        "group_thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_thread")),
        sa.UniqueConstraint("group_id", "thread_id", name=op.f("uq_group_thread_group_id_thread_id")),
    )
    op.create_table(
        "group_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.LargeBinary(), nullable=False, comment="The group, or the member's own chat"),
        sa.Column("thread_id", sa.String(length=32), nullable=True, comment="The topic in which it is said"),
        sa.Column("answers", sa.String(length=32), nullable=True, comment="The message it answers, by Telegram's name"),
        sa.Column("edits", sa.String(length=32), nullable=True, comment="Our own message that is to say this from now on"),
        sa.Column("query", sa.String(length=64), nullable=True, comment="The pressed button: only who pressed it sees the answer"),
        sa.Column("says", sa.String(length=32), nullable=False, comment="Name of the sentence"),
        sa.Column("values", sa.JSON(), nullable=False, comment="Numbers of tickets, names of staff"),
        sa.Column("whom", sa.String(length=64), nullable=True, comment="Keyed hash of who is not to be told the same again"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False, comment="Not before"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_notice")),
    )
    op.create_index("ix_group_notice_due", "group_notice", ["state", "try_at"], unique=False)
    op.create_index("ix_group_notice_whom", "group_notice", ["whom", "says"], unique=False)

    op.create_table(
        "group_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("last_message_id", sa.Integer(), nullable=False, comment="Up to which message the topic shows the conversation"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_group_topic_conversation_id")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_group_topic_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_topic")),
        sa.UniqueConstraint("group_id", "thread_id", name=op.f("uq_group_topic_group_id_thread_id")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False, comment="Keyed hash of what stands in the cookie"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="However much it is used"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("browser", sa.String(length=64), nullable=False, comment="As the member recognizes it in the list: «Firefox en Windows»"),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False, comment="The second factor was given too"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token", name=op.f("uq_staff_session_token")),
    )
    op.create_index("ix_staff_session_staff", "staff_session", ["staff_id", "ended_at"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="new, danger, late, silent, escalated, survey"),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False, comment="Name of the member of staff; empty: the group"),
        sa.Column("round", sa.Integer(), nullable=False, comment="The same alert once more, as after another opening or a second silence"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True, comment="Why it failed: a kind, never the server's text"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False, comment="Not before"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("door_id", sa.String(length=32), nullable=True, comment="Telegram's name for it in the group: buttons refer to it"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_alert_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "ticket_id", "kind", "channel", "recipient", "round", name=op.f("uq_alert_ticket_id_kind_channel_recipient_round")
        ),
    )
    op.create_index("ix_alert_due", "alert", ["state", "try_at"], unique=False)
    op.create_index("ix_alert_ticket", "alert", ["ticket_id"], unique=False)

    op.create_table(
        "message_translation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False, comment="machine, or the staff member"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_translation_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_translation")),
        sa.UniqueConstraint("message_id", "language", name=op.f("uq_message_translation_message_id_language")),
    )
    op.create_table(
        "proposed_example",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False, comment="Whence it comes"),
        sa.Column("text", sa.LargeBinary(), nullable=False, comment="Masked"),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_proposed_example_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_example")),
    )
    op.create_index("ix_proposed_example_message_id", "proposed_example", ["message_id"], unique=False)
    op.create_index("ix_proposed_example_state", "proposed_example", ["state", "id"], unique=False)

    op.create_table(
        "reply_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_reply_draft_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_draft")),
        sa.UniqueConstraint("ticket_id", "who", name=op.f("uq_reply_draft_ticket_id_who")),
    )
    op.create_table(
        "reply_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True, comment="What the second reader asks to change"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_reply_proposal_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_proposal")),
    )
    op.create_index("ix_reply_proposal_ticket", "reply_proposal", ["ticket_id"], unique=False)
    op.create_index(
        "uq_reply_proposal_waiting",
        "reply_proposal",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False, comment="What it meant; `none` where no answer of ours fits"),
        sa.Column("is_gap", sa.Boolean(), nullable=False, comment="The answer is missing, or says too little"),
        sa.Column("is_final", sa.Boolean(), nullable=False, comment="The label that counts where readers differ"),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_review_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("message_id", "who", name=op.f("uq_review_message_id_who")),
    )
    op.create_index("ix_review_at", "review", ["at"], unique=False)
    op.create_index(
        "uq_review_final",
        "review",
        ["message_id"],
        unique=True,
        sqlite_where=sa.text("is_final IS 1"),
        postgresql_where=sa.text("is_final IS true"),
    )

    op.create_table(
        "ticket_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_note_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_note")),
    )
    op.create_index("ix_ticket_note_ticket_id", "ticket_note", ["ticket_id"], unique=False)

    op.create_table(
        "ticket_tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_tag_ticket_id")),
        sa.UniqueConstraint("ticket_id", "tag", name=op.f("uq_ticket_tag_ticket_id_tag")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_tag")),
    )
    op.create_index("ix_ticket_tag_tag", "ticket_tag", ["tag", "ticket_id"], unique=False)

    op.create_table(
        "viewing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writing_at", sa.DateTime(timezone=True), nullable=True, comment="When they last typed"),
        sa.Column(
            "read_at", sa.DateTime(timezone=True), nullable=True, comment="When the page was last given to them, which the audit knows of"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_viewing_ticket_id")),
        sa.UniqueConstraint("ticket_id", "who", name=op.f("uq_viewing_ticket_id_who")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewing")),
    )
    op.add_column("staff", sa.Column("password", sa.String(length=256), nullable=True, comment="Argon2id hash"))
    op.add_column("staff", sa.Column("totp", sa.LargeBinary(), nullable=True, comment="Secret of the second factor, once it is confirmed"))
    op.add_column(
        "staff",
        sa.Column(
            "totp_step", sa.Integer(), server_default="0", nullable=False, comment="Last step of thirty seconds used: a code serves once"
        ),
    )
    op.add_column(
        "staff", sa.Column("recovery", sa.JSON(), nullable=True, comment="Keyed hashes of the codes for a lost telephone that are left")
    )
    op.add_column(
        "staff", sa.Column("failures", sa.Integer(), server_default="0", nullable=False, comment="Wrong passwords or codes in a row")
    )
    op.add_column("staff", sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "staff", sa.Column("conduct", sa.String(length=16), nullable=True, comment="Version of the code of conduct that was accepted")
    )
    op.add_column("staff", sa.Column("conduct_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "staff",
        sa.Column("totp_offered", sa.LargeBinary(), nullable=True, comment="Another secret that the telephone has not proved yet"),
    )
    op.add_column("staff", sa.Column("totp_offered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "staff",
        sa.Column("telegram_code", sa.String(length=32), nullable=True, comment="Keyed hash of the code that links their Telegram"),
    )
    op.add_column("staff", sa.Column("telegram_code_expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff", sa.Column("email", sa.LargeBinary(), nullable=True, comment="For alerts"))
    op.add_column("staff", sa.Column("telegram", sa.String(length=32), nullable=True, comment="Keyed hash of their number on Telegram"))
    op.add_column(
        "staff",
        sa.Column("is_away", sa.Boolean(), server_default=sa.false(), nullable=False, comment="Takes no new ones; keeps those they hold"),
    )
    op.add_column("staff", sa.Column("language", sa.String(length=8), server_default="es", nullable=False, comment="Of the console"))
    op.create_index("uq_staff_telegram", "staff", ["telegram"], unique=True)

    op.add_column("ticket", sa.Column("urgency", sa.Integer(), server_default="2", nullable=False, comment="0 danger, 1 high, 2 normal"))
    op.add_column(
        "ticket", sa.Column("topic", sa.String(length=32), nullable=True, comment="What was spoken of when it was opened; staff correct it")
    )
    op.add_column(
        "ticket",
        sa.Column("language", sa.String(length=8), server_default="es", nullable=False, comment="Of the conversation, for the queue"),
    )
    op.add_column(
        "ticket",
        sa.Column(
            "municipality", sa.String(length=5), nullable=True, comment="Of the last request or office asked for, as far as it is known"
        ),
    )
    op.add_column(
        "ticket",
        sa.Column(
            "waiting_since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The person's oldest word that staff have not answered, or the opening; none: they have the last word",
        ),
    )
    op.add_column(
        "ticket",
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=True, comment="Until when that is to be answered, in office hours"),
    )
    op.add_column(
        "ticket",
        sa.Column("resolve_by", sa.DateTime(timezone=True), nullable=True, comment="Until when it is to be resolved, in office hours"),
    )
    op.add_column("ticket", sa.Column("first_replied_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("held_since", sa.DateTime(timezone=True), nullable=True, comment="Since when the holder has it"))
    op.add_column("ticket", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "ticket",
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True, comment="When the person was last told how the queue stands"),
    )
    op.add_column(
        "ticket",
        sa.Column(
            "callback_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Beginning of the time at which the person wants to be written to",
        ),
    )
    op.add_column(
        "ticket",
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True, comment="When somebody said that they have seen it"),
    )
    op.add_column("ticket", sa.Column("acknowledged_by", sa.String(length=64), nullable=True))
    op.add_column(
        "ticket",
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True, comment="When the supervisors were told that nobody answers"),
    )
    op.add_column("ticket", sa.Column("rating", sa.Integer(), nullable=True, comment="1 to 3, what the person said of the help"))
    op.add_column("ticket", sa.Column("rating_why", sa.LargeBinary(), nullable=True))
    op.add_column("ticket", sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_ticket_changed", "ticket", ["state", "changed_at", "id"], unique=False)
    op.create_index("ix_ticket_first_replied", "ticket", ["first_replied_at"], unique=False)
    op.create_index("ix_ticket_holder", "ticket", ["holder", "state", "id"], unique=False)
    op.create_index("ix_ticket_queue", "ticket", ["state", "urgency", "waiting_since", "id"], unique=False)
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False, comment="Keyed hash of what stands in the link"),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False, comment="conversations or referrals, and the format"),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True, comment="When it was downloaded: that works once"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sa.UniqueConstraint("token", name=op.f("uq_export_token")),
    )
    op.create_index("ix_export_expires_at", "export", ["expires_at"], unique=False)
    op.create_index("ix_audit_who", "audit", ["who", "id"], unique=False)
    op.create_index("ix_audit_action", "audit", ["action", "id"], unique=False)
    for name, columns, where in (
        (
            "ix_message_understood",
            ["created_at", "decision", "intent", "conversation_id", "confidence", "safety"],
            sa.text("decision IS NOT NULL"),
        ),
        ("ix_message_danger", ["created_at"], sa.text("safety IS NOT NULL")),
    ):
        op.create_index(name, "message", columns, unique=False, sqlite_where=where, postgresql_where=where)
    op.execute("UPDATE ticket SET waiting_since = opened_at WHERE state = 'waiting'")
    op.execute("UPDATE ticket SET held_since = changed_at WHERE state = 'assigned'")
    op.execute("UPDATE ticket SET resolved_at = changed_at WHERE state = 'resolved'")


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    for index in ("ix_message_understood", "ix_message_danger"):
        op.drop_index(index, "message")
    for index in ("ix_audit_who", "ix_audit_action"):
        op.drop_index(index, "audit")
    op.drop_index("uq_staff_telegram", "staff")
    for column in OF_STAFF:
        op.execute(f"ALTER TABLE staff DROP COLUMN {column}")
    for index in ("ix_ticket_changed", "ix_ticket_first_replied", "ix_ticket_holder", "ix_ticket_queue"):
        op.drop_index(index, "ticket")
    for column in OF_TICKETS:
        op.execute(f"ALTER TABLE ticket DROP COLUMN {column}")
