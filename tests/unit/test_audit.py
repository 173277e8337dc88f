"""The audit: every row fits the one before it, whatever is altered, taken out, put in or swapped is found, and the table only grows.

tests/integration/test_audit_under_load.py: many who write at once, and PostgreSQL.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import audit
from bot.permissions import ASSISTANT, PERSON, Action, Actor
from bot.records.audit import AuditEntry
from bot.records.columns import KeyRing
from bot.records.database import Database, open_database
from bot.records.staff import Role
from tests.stores import drop_triggers

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
ROSA, IPAM = Actor("rosa", Role.AGENT), Actor("marta", Role.PARTNER, "ipam")
COLUMNS = [column.name for column in AuditEntry.__table__.columns]
ACTS: list[tuple[Actor, Action | str, str | None, str | None]] = [
    (ROSA, Action.TICKET_LIST, None, None), (ROSA, Action.TICKET_READ, "a" * 32, None),
    (ROSA, Action.IDENTITY_OPEN, "a" * 32, "llama al albergue"), (IPAM, Action.REFERRAL_READ, "b" * 32, None),
    (PERSON, Action.PERSON_ERASE, "b" * 32, None), (ASSISTANT, "retention", None, "noche"),
    (ROSA, Action.TICKET_READ, "a" * 32, None), (IPAM, Action.REFERRAL_ANSWER, "b" * 32, "no atiende"),
]  # fmt: skip
ROWS = len(ACTS)


class UndoneError(Exception):
    """What happened in a transaction is looked at and taken back."""


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A process has one ring of keys, so all databases of these tests share theirs."""
    return tmp_path_factory.mktemp("audit") / "puente.keys"


@pytest.fixture
def database(tmp_path: Path, keys_file: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/puente.db", keys_file)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def written(keys_file: Path) -> Iterator[Database]:
    """Some rows, and no trigger: as somebody has it who owns the file. No test leaves anything changed."""
    database = open_database(f"sqlite:///{keys_file.parent}/written.db", keys_file)
    database.call(write_all)
    database.call(drop_triggers)
    yield database
    database.close()


def write_all(session: Session) -> None:
    for number, (actor, action, subject, why) in enumerate(ACTS):
        audit.write(session, actor, action, subject, NOW + timedelta(seconds=number), why)


def after(database: Database, *statements: tuple[str, dict[str, Any]], noted: str | None = None) -> tuple[int, int | None]:
    """What `verify` says once that was done behind our back."""
    seen: list[tuple[int, int | None]] = []

    def go(session: Session) -> None:
        for statement, values in statements:
            session.execute(text(statement), values)
        session.expire_all()
        seen.append(audit.verify(session, noted))
        raise UndoneError

    with pytest.raises(UndoneError):
        database.call(go)
    return seen[0]


def column_of(database: Database, row: int, column: str) -> Any:
    return database.call(lambda session: session.scalar(text(f"SELECT {column} FROM audit WHERE id = {row}")))  # noqa: S608  our own names


def another(column: str, was: Any, said: str) -> Any:
    """A value of that column's kind that is not the one that stands there."""
    if column == "id":
        return was + 1000
    if column == "at":
        return str(was).replace("2026", "2025")
    if column == "why":
        return KeyRing.current().encrypt(said)
    return said


def test_rows_as_they_were_written_fit(written: Database) -> None:
    assert written.call(audit.verify) == (ROWS, None)
    assert written.call(audit.length_and_head) == (ROWS, written.call(audit.head))
    assert after(written, noted=written.call(audit.head)) == (ROWS, None)
    for row in range(1, ROWS + 1):
        assert after(written, noted=column_of(written, row, "digest")) == (ROWS, None), "a head noted earlier"


def test_an_audit_without_rows_is_whole_unless_a_head_was_noted(database: Database) -> None:
    assert database.call(audit.verify) == (0, None)
    assert (database.call(audit.head), database.call(audit.length_and_head)) == ("", (0, ""))
    assert database.call(audit.verify, "f" * 32) == (0, 0)


@pytest.mark.parametrize("row", range(1, ROWS + 1))
@pytest.mark.parametrize("column", COLUMNS)
def test_any_other_value_of_any_column_of_any_row_is_found(column: str, row: int, written: Database) -> None:
    value = another(column, column_of(written, row, column), "otra cosa")
    _, wrong = after(written, (f"UPDATE audit SET {column} = :value WHERE id = {row}", {"value": value}))  # noqa: S608
    assert wrong in {row, row + 1, row + 1000}, "the row itself, or the one that then follows it"


@pytest.mark.parametrize("row", range(1, ROWS + 1))
@pytest.mark.parametrize("column", [each.name for each in AuditEntry.__table__.columns if each.nullable and each.name != "why"])
def test_nothing_and_an_empty_text_are_not_the_same(column: str, row: int, written: Database) -> None:
    value = "" if column_of(written, row, column) is None else None
    assert after(written, (f"UPDATE audit SET {column} = :value WHERE id = {row}", {"value": value}))[1] == row  # noqa: S608


@tries(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(1, ROWS), column=st.sampled_from(COLUMNS), said=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_is_written_over_a_row_is_found(row: int, column: str, said: str, written: Database) -> None:
    was = column_of(written, row, column)
    value = another(column, was, said)
    if value == was:
        return
    assert after(written, (f"UPDATE audit SET {column} = :value WHERE id = {row}", {"value": value}))[1] is not None  # noqa: S608


@pytest.mark.parametrize("stored", [b"", b"nothing encrypted", b"gAAAAAB"])
def test_a_reason_that_cannot_be_read_is_found_and_stops_neither_the_search_nor_the_next_row(stored: bytes, written: Database) -> None:
    assert after(written, ("UPDATE audit SET why = :value WHERE id = 3", {"value": stored})) == (3, 3)

    def go(session: Session) -> None:
        session.execute(text(f"UPDATE audit SET why = :value WHERE id = {ROWS}"), {"value": stored})  # noqa: S608
        audit.write(session, ROSA, Action.TICKET_LIST, None, NOW)
        raise UndoneError

    with pytest.raises(UndoneError):
        written.call(go)


def test_the_reason_of_another_row_is_found(written: Database) -> None:
    stolen = column_of(written, 8, "why")
    assert after(written, ("UPDATE audit SET why = :value WHERE id = 3", {"value": stolen}))[1] == 3
    assert after(written, ("UPDATE audit SET why = :value WHERE id = 1", {"value": stolen}))[1] == 1, "where none was given"


@pytest.mark.parametrize("row", range(1, ROWS))
def test_a_row_taken_out_is_found_also_when_the_others_close_the_gap(row: int, written: Database) -> None:
    taken = (f"DELETE FROM audit WHERE id = {row}", {})  # noqa: S608
    closed = (f"UPDATE audit SET id = id - 1 WHERE id > {row}", {})  # noqa: S608
    assert after(written, taken)[1] == row + 1
    assert after(written, taken, closed)[1] == row


@pytest.mark.parametrize("row", range(1, ROWS + 1))
def test_rows_cut_off_at_the_end_are_found_by_who_noted_the_head(row: int, written: Database) -> None:
    cut = (f"DELETE FROM audit WHERE id >= {row}", {})  # noqa: S608
    assert after(written, cut) == (row - 1, None), "nobody can tell from the rows alone"
    assert after(written, cut, noted=written.call(audit.head)) == (row - 1, 0)


@pytest.mark.parametrize("first", range(1, ROWS))
def test_two_rows_that_changed_places_are_found(first: int, written: Database) -> None:
    second = first + 1
    swapped = [
        (f"UPDATE audit SET id = 1000 WHERE id = {first}", {}),  # noqa: S608
        (f"UPDATE audit SET id = {first} WHERE id = {second}", {}),  # noqa: S608
        (f"UPDATE audit SET id = {second} WHERE id = 1000", {}),  # noqa: S608
    ]
    assert after(written, *swapped)[1] == first


@pytest.mark.parametrize("row", range(1, ROWS + 1))
def test_a_row_put_in_is_found(row: int, written: Database) -> None:
    """A copy of a true row in between, with the numbers made to fit, or at the end."""
    others = ", ".join(column for column in COLUMNS if column != "id")
    room = [("UPDATE audit SET id = -id - 1 WHERE id > :row", {"row": row}), ("UPDATE audit SET id = -id WHERE id < 0", {})]
    copy = f"INSERT INTO audit (id, {others}) SELECT :to, {others} FROM audit WHERE id = :row"  # noqa: S608
    assert after(written, *room, (copy, {"row": row, "to": row + 1}))[1] == row + 1
    assert after(written, (copy, {"row": row, "to": ROWS + 1}))[1] == ROWS + 1


def test_who_lacks_the_keys_cannot_make_a_row_that_fits(written: Database) -> None:
    def forge(session: Session) -> None:
        ours, KeyRing.keys = KeyRing.keys, type(KeyRing.current())([b"A" * 43 + b"="], b"x" * 32)
        try:
            audit.write(session, ROSA, Action.TICKET_LIST, None, NOW)
        finally:
            KeyRing.keys = ours
        assert audit.verify(session)[1] == ROWS + 1
        raise UndoneError

    with pytest.raises(UndoneError):
        written.call(forge)


def test_a_moment_of_another_time_zone_fits_when_it_is_read_again(database: Database) -> None:
    database.call(audit.write, ROSA, Action.TICKET_LIST, None, NOW.astimezone(timezone(timedelta(hours=-6))))
    assert database.call(audit.verify) == (1, None)


def test_a_chain_is_one_over_several_runs(database: Database) -> None:
    for _ in range(3):
        database.call(write_all)
    assert database.call(audit.verify) == (3 * ROWS, None)
    assert database.call(lambda session: list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))) == list(
        range(1, 3 * ROWS + 1)
    )


def test_an_act_that_was_taken_back_leaves_no_row_and_no_gap(database: Database) -> None:
    database.call(write_all)

    def go(session: Session) -> None:
        audit.write(session, ROSA, Action.TICKET_READ, "c" * 32, NOW)
        raise UndoneError

    with pytest.raises(UndoneError):
        database.call(go)
    database.call(write_all)
    assert database.call(audit.verify) == (2 * ROWS, None)


# It only grows


def update(column: str) -> Callable[[Session], object]:
    return lambda session: session.execute(text(f"UPDATE audit SET {column} = :value WHERE id = 3"), {"value": "9"})  # noqa: S608


@pytest.mark.parametrize("column", [column for column in COLUMNS if column != "why"])
def test_the_database_refuses_another_value_of_every_column_but_the_reason(column: str, database: Database) -> None:
    database.call(write_all)
    with pytest.raises(IntegrityError, match="only grows"):
        database.call(update(column))
    assert database.call(audit.verify) == (ROWS, None)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit", "DELETE FROM audit WHERE id = 8", "UPDATE audit SET rowid = 99 WHERE id = 8",
        "REPLACE INTO audit SELECT * FROM audit WHERE id = 8", "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 3",
        "UPDATE audit SET office = NULL WHERE id = 4", "UPDATE OR REPLACE audit SET id = 2 WHERE id = 3",
    ],
)  # fmt: skip
def test_the_database_refuses_to_take_a_row_away(statement: str, database: Database) -> None:
    database.call(write_all)
    with pytest.raises(IntegrityError, match="only grows"):
        database.call(lambda session: session.execute(text(statement)))
    assert database.call(audit.verify) == (ROWS, None)


def test_a_reason_may_be_erased_or_encrypted_anew_and_the_chain_still_holds(database: Database) -> None:
    database.call(write_all)

    def erase(session: Session) -> None:
        rows = {each.id: each for each in session.scalars(select(AuditEntry))}
        rows[3].why = None
        session.execute(text("UPDATE audit SET why = :value WHERE id = 8"), {"value": KeyRing.current().encrypt("no atiende")})

    database.call(erase)
    assert database.call(audit.verify) == (ROWS, None)
    [erased] = database.call(audit.about, "a" * 32, (Action.IDENTITY_OPEN,))
    assert erased.why is None and erased.why_digest


def test_reasons_are_encrypted(database: Database) -> None:
    database.call(write_all)
    assert b"albergue" not in column_of(database, 3, "why")
