"""Who may send for a bot: one process at a time, by PostgreSQL's advisory lock, which ends with the connection that holds it.

With SQLite the data folder's own lock has seen to it that there is only one process.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import hashlib

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError


class Leadership:
    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._is_shared = engine.dialect.name == "postgresql"
        self._number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        self._connection: Connection | None = None

    def is_ours(self) -> bool:
        """Take it if nobody has it; keep it while the connection lives. Blocks: call it off the event loop."""
        if not self._is_shared:
            return True
        try:
            if self._connection is None:
                connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                if not connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": self._number}):
                    connection.close()
                    return False
                self._connection = connection
            self._connection.execute(text("SELECT 1"))
            return True
        except SQLAlchemyError:
            self.give_up()
            return False

    def give_up(self) -> None:
        """The lock goes with its connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
