"""Many write to the audit at once, in threads and in processes, on SQLite and on PostgreSQL: it stays one chain that only grows."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import audit, staff
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.columns import KeyRing
from bot.records.database import Database
from bot.records.staff import Role, Staff
from bot.settings import ROOT

NOW = datetime(2026, 11, 22, 18, 0, 0, 123456, tzinfo=UTC)
ROSA = Actor("rosa", Role.AGENT)
WRITERS, EACH = 20, 10
WRITES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bot import audit
from bot.permissions import Action, Actor
from bot.records.database import open_database
from bot.records.staff import Role
database = open_database(sys.argv[1], Path(sys.argv[2]))
sys.stdin.readline()
for number in range(int(sys.argv[4])):
    database.call(audit.write, Actor(sys.argv[3], Role.AGENT), Action.TICKET_READ, "a" * 32, datetime.now(UTC), f"{number}")
database.close()
"""


def whole(database: Database) -> int:
    """How many rows there are, all of which fit."""
    count, wrong = database.call(audit.verify)
    assert wrong is None, f"row {wrong} does not fit"
    assert database.call(lambda session: sorted(session.scalars(select(AuditEntry.id)))) == list(range(1, count + 1))
    return count


def test_twenty_threads_keep_one_chain(database: Database) -> None:
    start = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        start.wait(20)
        for turn in range(EACH):
            database.call(audit.write, Actor(f"rosa{number}", Role.AGENT), Action.TICKET_READ, None, NOW, f"{turn}" if turn % 2 else None)

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(write, range(WRITERS)))
    assert whole(database) == WRITERS * EACH


def test_several_processes_keep_one_chain(place: tuple[str, Path], database: Database) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    commands = [[sys.executable, "-c", WRITES, place[0], str(place[1]), f"rosa{number}", "25"] for number in range(4)]
    running = [subprocess.Popen(each, env=environment, stdin=subprocess.PIPE, text=True) for each in commands]
    for process in running:
        process.communicate("go\n", timeout=60)
    assert [process.returncode for process in running] == [0] * 4
    assert whole(database) == 100


def test_who_rolls_back_leaves_no_gap_to_those_who_waited(database: Database) -> None:
    """A number is taken anew: PostgreSQL's own sequences would leave a hole, which reads like a row taken out."""

    class TakenBackError(Exception):
        pass

    def write(session: Session, number: int) -> None:
        audit.write(session, ROSA, Action.TICKET_READ, None, NOW)
        if number % 3 == 0:
            raise TakenBackError

    def attempt(number: int) -> None:
        with suppress(TakenBackError):
            database.call(write, number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(attempt, range(60)))
    assert whole(database) == 40


def write_three(session: Session) -> None:
    for why in (None, "llama al albergue", "otra"):
        audit.write(session, Actor("marta", Role.PARTNER, "ipam"), Action.IDENTITY_OPEN, "b" * 32, NOW, why)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit", "DELETE FROM audit WHERE id = 3", "UPDATE audit SET who = 'luis' WHERE id = 2",
        "UPDATE audit SET id = 77 WHERE id = 3", "UPDATE audit SET at = '2020-01-01 00:00:00'", "UPDATE audit SET office = NULL",
        "UPDATE audit SET subject = NULL", "UPDATE audit SET why_digest = NULL WHERE id = 2", "UPDATE audit SET digest = 'x'",
        "UPDATE audit SET role = 'admin'", "UPDATE audit SET action = 'ticket.list'",
        "UPDATE audit SET why = NULL, who = 'luis' WHERE id = 2",
    ],
)  # fmt: skip
def test_rows_are_neither_changed_nor_taken_away(statement: str, database: Database) -> None:
    database.call(write_three)
    with pytest.raises(IntegrityError, match="only grows"):
        database.call(lambda session: session.execute(text(statement)))
    assert whole(database) == 3


def test_it_cannot_be_emptied_at_once(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    database.call(write_three)
    with pytest.raises(IntegrityError, match="only grows"):
        database.call(lambda session: session.execute(text("TRUNCATE audit")))
    assert whole(database) == 3


def test_a_reason_is_erased_or_encrypted_anew(database: Database) -> None:
    database.call(write_three)

    def change(session: Session) -> None:
        session.execute(text("UPDATE audit SET why = NULL WHERE id = 2"))
        session.execute(text("UPDATE audit SET why = :why WHERE id = 3"), {"why": KeyRing.current().encrypt("otra")})

    database.call(change)
    assert whole(database) == 3


def test_who_has_no_role_may_have_the_longest_name(database: Database) -> None:
    """PostgreSQL counts the characters of a column, SQLite does not."""
    longest = Actor("n" * 64)
    database.call(audit.write, longest, Action.REPORT, None, NOW)
    [row] = database.call(lambda session: list(session.scalars(select(AuditEntry))))
    assert (row.who, row.role) == (longest.name, longest.name) and whole(database) == 1


def test_of_two_administrators_who_revoke_each_other_at_once_one_stays(database: Database) -> None:
    """Tried several times: whether they meet is a matter of luck."""
    database.call(staff.invite, staff.OPERATOR, "ana0", Role.ADMIN, None, NOW)
    stays = "ana0"
    for turn in range(1, 7):
        other = f"ana{turn}"
        database.call(staff.invite, staff.OPERATOR, other, Role.ADMIN, None, NOW)
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            done = list(threads.map(partial(revoke, database, start), (stays, other), (other, stays)))
        assert sorted(done) == [False, True] and database.call(staff.has_administrator)
        stays = stays if done[0] else other
    assert whole(database) == 13


def revoke(database: Database, start: threading.Barrier, by: str, whom: str) -> bool:
    start.wait(10)
    try:
        database.call(staff.revoke, Actor(by, Role.ADMIN), whom, NOW)
    except RefusedError:
        return False
    return True


def test_who_waits_for_a_row_does_not_hold_the_audit_meanwhile(database: Database) -> None:
    """Otherwise the two below wait for each other, and PostgreSQL ends one of them."""
    database.call(staff.invite, staff.OPERATOR, "rosa", Role.AGENT, None, NOW)
    looked, locked = threading.Event(), threading.Event()

    def changes_without_a_lock(session: Session) -> None:
        member = session.scalars(select(Staff)).one()
        looked.set()
        locked.wait(5)
        member.accepted_at = NOW
        audit.write(session, ROSA, "one", None, NOW)

    def locks_first(session: Session) -> None:
        looked.wait(5)
        session.scalars(select(Staff).with_for_update()).one().created_by = "olga"
        locked.set()
        time.sleep(0.3)
        audit.write(session, ROSA, "other", None, NOW)

    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    with ThreadPoolExecutor(2) as threads:
        for each in [threads.submit(database.call, work) for work in (changes_without_a_lock, locks_first)]:
            each.result(20)
    assert whole(database) == 3
