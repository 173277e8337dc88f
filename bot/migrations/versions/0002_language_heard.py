"""Whether the language of a conversation is assumed, was heard or was chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    column = sa.Column(
        "language_from",
        sa.String(length=16),
        nullable=False,
        server_default="nothing",
        comment="Whether it is assumed, was heard or was chosen",
    )
    with op.batch_alter_table("conversation") as table:
        table.add_column(column)


def downgrade() -> None:
    op.execute("ALTER TABLE conversation DROP COLUMN language_from")  # in place: others point to this table
