"""What is done all day looks nothing up by going through a table: the plans of its statements, and the time it takes with much."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from bot.conversation.worker import utc_now
from bot.numbers.invented import Size
from tests import postgresql
from tests.e2e.scale import OPERATIONS, Place, filled, measure, surroundings

SIZE = Size(chats=2_000, messages=40_000, referrals=4_000, tickets=1_000)
LONGEST = 50  # milliseconds, at the 95th percentile; a million messages take as long (docs/load.md)
LARGE = "message|referral|referral_event|outbox|inbox|ticket|ticket_event|conversation|consent|attachment|button_offer|ticket_tag"
OF_CASES = "case_file|case_document|partner_link"  # empty here, and then PostgreSQL looks at them as a whole
# not the audit: of it the last row is read, from its end
OF_OPEN_ROWS = "ix_inbox_open|ix_message_unanswered|ix_outbox_waiting|uq_ticket_open"  # a table of a million has some ten of them


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("scale")
    with filled(f"sqlite:///{folder}/puente.db", folder / "puente.keys", SIZE, surroundings(utc_now())) as made:
        yield made


def statements_of(place: Place, name: str) -> list[tuple[str, object]]:
    """What is asked of the database, with its parameters, by three of these operations."""
    asked: list[tuple[str, object]] = []

    def note(connection: object, cursor: object, statement: str, parameters: object, *more: object) -> None:
        asked.append((statement, parameters))

    event.listen(place.database.engine, "before_cursor_execute", note)
    try:
        for number in range(3):
            OPERATIONS[name](place, number)
    finally:
        event.remove(place.database.engine, "before_cursor_execute", note)
    return [each for each in asked if re.match("SELECT|UPDATE|DELETE", each[0])]


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_large_table_is_gone_through(place: Place, name: str) -> None:
    asked = statements_of(place, name)
    assert asked
    for statement, parameters in asked:
        first = parameters[0] if isinstance(parameters, list) else parameters
        plan = place.call(lambda session, s=statement, p=first: session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", p).all())
        for *_, step in plan:
            if re.match(rf"SCAN \w+ USING (COVERING )?INDEX ({OF_OPEN_ROWS})$", step):
                continue
            assert not re.match(rf"SCAN ({LARGE}|{OF_CASES})(_\d+)?\b", step), f"{step}\n{statement}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_nobody_waits_for_it(place: Place, name: str) -> None:
    """In processor time, whatever else this machine does."""
    assert measure(place, name, time.process_time)[1] <= LONGEST


def test_the_health_page_counts_open_rows_alone_on_postgresql(tmp_path: Path) -> None:
    if not postgresql.BINARIES:
        pytest.skip("no PostgreSQL on this machine (apt install postgresql)")
    with (
        postgresql.running() as server,
        filled(postgresql.fresh(server), tmp_path / "keys", Size(500, 20_000, 500), surroundings(utc_now())) as place,
    ):
        for name in ("health", "inbox purge", "questions asked again", "photographs taken back"):
            for statement, parameters in statements_of(place, name):
                plan = place.call(
                    lambda session, s=statement, p=parameters: session.connection().exec_driver_sql(f"EXPLAIN {s}", p).scalars().all()
                )
                assert not re.search(rf"Seq Scan on ({LARGE})\b", "\n".join(plan)), statement
        assert place.call(lambda session: session.scalar(text("SELECT count(*) FROM message"))) >= 20_000
