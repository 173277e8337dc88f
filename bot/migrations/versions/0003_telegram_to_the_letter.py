"""Files by their name at the door, messages in parts, other calls than sending, blocked chats and forgotten conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("conversation") as table:
        table.add_column(
            sa.Column(
                "blocked_at",
                sa.DateTime(timezone=True),
                comment="The person blocked the bot, or the bot left the group: nothing is sent",
            )
        )
        table.add_column(
            sa.Column(
                "dropped_at",
                sa.DateTime(timezone=True),
                comment="When a questionnaire that nobody went on with was forgotten; said once",
            )
        )
        table.add_column(
            sa.Column(
                "former_chat",
                sa.String(length=32),
                comment="Keyed hash of the chat whose conversation this was, until the person had it forgotten",
            )
        )
        table.create_index(op.f("ix_conversation_former_chat"), ["former_chat"])
    with op.batch_alter_table("message") as table:
        table.add_column(
            sa.Column(
                "door_id", sa.String(length=32), comment="The door's own name for what the person sent; edits and replies refer to it"
            )
        )
        table.create_index("ix_message_door", ["conversation_id", "door_id"])
    with op.batch_alter_table("button_offer") as table:
        table.add_column(sa.Column("key", sa.String(length=64), comment="What stands for a payload that is too long for the door"))
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("call", sa.String(length=16), nullable=False, server_default="send"))
        table.add_column(
            sa.Column(
                "part", sa.Integer(), nullable=False, server_default="0", comment="A message longer than Telegram takes goes in parts"
            )
        )
        table.add_column(sa.Column("door_ids", sa.JSON(), comment="Messages to delete, by Telegram's names for them"))
        table.add_column(sa.Column("door_id", sa.String(length=32), comment="Telegram's name for what was sent"))
        table.drop_column("not_before")
        table.alter_column(
            "message_id",
            existing_type=sa.Integer(),
            nullable=True,
            comment="The message it delivers; none for other calls",
            existing_comment="The message it delivers: one delivery each",
        )
        table.drop_constraint(op.f("uq_outbox_message_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_outbox_message_id_part"), ["message_id", "part"])
        table.create_index("ix_outbox_conversation", ["conversation_id", "state", "id"])
        table.create_index("ix_outbox_door", ["conversation_id", "door_id"])
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="photo, document, video, video_note, animation, voice or audio"),
        sa.Column("file_id", sa.LargeBinary(), nullable=False, comment="What the door fetches it by"),
        sa.Column("file_name", sa.LargeBinary(), nullable=True),
        sa.Column("mime_type", sa.String(length=128), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True, comment="Bytes, as the door says"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_attachment_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_message_id"), "attachment", ["message_id"])


def downgrade() -> None:
    op.drop_table("attachment")
    op.execute("DELETE FROM outbox WHERE message_id IS NULL OR part > 0")  # the earlier version knows one sending for each message
    with op.batch_alter_table("outbox") as table:
        table.drop_index("ix_outbox_door")
        table.drop_index("ix_outbox_conversation")
        table.drop_constraint(op.f("uq_outbox_message_id_part"), type_="unique")
        table.create_unique_constraint(op.f("uq_outbox_message_id"), ["message_id"])
        table.alter_column(
            "message_id",
            existing_type=sa.Integer(),
            nullable=False,
            comment="The message it delivers: one delivery each",
            existing_comment="The message it delivers; none for other calls",
        )
        table.add_column(sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
        for column in ("door_id", "door_ids", "part", "call"):
            table.drop_column(column)
    op.drop_index("ix_message_door", "message")
    op.drop_index(op.f("ix_conversation_former_chat"), "conversation")
    for table_name, column in (
        ("button_offer", "key"),
        ("message", "door_id"),
        ("conversation", "former_chat"),
        ("conversation", "dropped_at"),
        ("conversation", "blocked_at"),
    ):
        op.execute(f"ALTER TABLE {table_name} DROP COLUMN {column}")  # in place: others point to these tables
