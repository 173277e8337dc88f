"""Alembic's entry: runs the versions on the connection that `database.open_database` holds."""

from alembic import context

from bot.records import audit, cases, conversations, deliveries, learning, privacy, referrals, reviews, staff, tickets  # noqa: F401  the tables
from bot.records.tables import Table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
