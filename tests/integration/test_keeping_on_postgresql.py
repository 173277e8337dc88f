"""Keeping and throwing away on PostgreSQL: new keys while others write, age, going back a version, backup and restore."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError, StorageError
from bot.keeping import copies, retention, rotation
from bot.keeping import restore as restoring
from bot.keeping.restore import unpacked
from bot.keeping.retention import Run
from bot.records import keys as keys_module
from bot.records.conversations import Conversation, Message
from bot.records.database import Database, open_database
from bot.records.keys import encryption_keys, read_keys
from bot.staff import OPERATOR
from tests import downgrades
from tests.every_table import fill
from tests.old_records import KEPT, person, rows
from tests.postgresql import fresh
from tests.unit.test_backup import NOW, Safe
from tests.unit.test_key_rotation import filled, only_with, said, texts
from tests.unit.test_restore import everything


def test_going_back_to_the_first_version_and_forward_again_keeps_what_it_knows(postgresql: str, tmp_path: Path) -> None:
    shapes: dict[str, Any] = {}
    for version in downgrades.VERSIONS:
        engine = create_engine(fresh(postgresql).replace("postgresql://", "postgresql+psycopg://"))
        downgrades.to_version(engine, version)
        shapes[version] = downgrades.shape(engine)
        engine.dispose()
    database = open_database(fresh(postgresql), tmp_path / "puente.keys")
    database.call(fill)
    downgrades.goes_back_and_forth(database.engine, shapes)
    database.close()


def test_what_is_written_during_a_rotation_is_neither_lost_nor_left_under_the_old_key(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several writers, on the same rows too, and a transaction that is open all the while with the old key in it."""
    monkeypatch.setattr(keys_module, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(rotation, "NOTICED_AFTER", 0.2)
    url, keys_file = fresh(postgresql), tmp_path / "puente.keys"
    database = open_database(url, keys_file)
    conversation_id, stop, done = filled(database), threading.Event(), [0] * 4
    began, failures = threading.Event(), list[BaseException]()

    def count_up(session: Session, place: int) -> None:
        conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
        conversation.state = {"count": conversation.state.get("count", 0) + 1}
        session.add(said(conversation_id, f"vivo {place} {done[place]}"))

    def write(place: int) -> None:
        try:
            while not stop.is_set():
                database.call(count_up, place)
                done[place] += 1
        except BaseException as error:
            failures.append(error)

    def slow(session: Session) -> None:
        session.add(said(conversation_id, "lento"))
        session.flush()
        began.set()
        time.sleep(1.5)

    writers = [threading.Thread(target=write, args=[place]) for place in range(4)]
    writers.append(threading.Thread(target=database.call, args=[slow]))
    for writer in writers:
        writer.start()
    began.wait(10)
    for _ in range(3):
        rotation.rotate(database, keys_file, tmp_path / "files", OPERATOR, NOW, lambda line: None)
    stop.set()
    for writer in writers:
        writer.join(20)
    assert not failures and min(done) > 20
    with only_with(read_keys(keys_file, may_create=False)):
        found = texts(database)
        assert sorted(each for each in found if each.startswith("vivo")) == sorted(
            f"vivo {place} {number}" for place in range(4) for number in range(done[place])
        )
        assert "lento" in found and encryption_keys(keys_file) == 1
        assert database.call(lambda session: session.get_one(Conversation, conversation_id).state) == {"count": sum(done)}
        assert not rotation.check(database).unreadable
        database.close()
        open_database(url, keys_file).close()


def test_a_rotation_does_not_wait_for_ever_for_an_open_transaction(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "NOTICED_AFTER", 0.1)
    monkeypatch.setattr(rotation, "TRANSACTIONS_END_WITHIN", 0.5)
    database = open_database(fresh(postgresql), tmp_path / "puente.keys")
    with Session(database.engine) as session:
        session.execute(text("UPDATE instance SET name = 'held'"))
        with pytest.raises(StorageError, match="transacción"):
            rotation.rotate(database, tmp_path / "puente.keys", tmp_path, OPERATOR, NOW, lambda line: None)
        assert encryption_keys(tmp_path / "puente.keys") == 2, "the old key was dropped"
    rotation.rotate(database, tmp_path / "puente.keys", tmp_path, OPERATOR, NOW, lambda line: None)
    assert encryption_keys(tmp_path / "puente.keys") == 1
    database.close()


def test_two_processes_throw_away_at_once_and_somebody_who_writes_is_left_alone(postgresql: str, tmp_path: Path) -> None:
    url = fresh(postgresql)
    both = [open_database(url, tmp_path / "puente.keys") for _ in range(2)]
    for number in range(60):
        both[0].call(person, f"chat{number}", 200)
    with Session(both[0].engine) as session:
        busy = session.scalars(select(Conversation).order_by(Conversation.id)).first()
        assert busy
        session.add(Message(conversation_id=busy.id, direction="in", text="sigo aquí", created_at=NOW))
        session.flush()
        reports: list[retention.Report] = []

        def clean(database: Database) -> None:
            reports.append(retention.run_now(database, Run(KEPT, NOW, tmp_path), OPERATOR))

        jobs = [threading.Thread(target=clean, args=[database]) for database in both]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join(60)
        session.commit()
    assert sum(each["transcript"].gone["conversation"] for each in reports) == 59
    assert (rows(both[0])["conversation"], rows(both[0])["message"]) == (1, 3)
    retention.run_now(both[0], Run(KEPT, NOW, tmp_path), OPERATOR)
    assert rows(both[0])["message"] == 3, "a conversation that goes on was thrown away"
    for each in both:
        each.close()


def test_after_everything_was_lost_every_row_is_back(postgresql: str, tmp_path: Path) -> None:
    url, keys_file, safe = fresh(postgresql), tmp_path / "puente.keys", Safe(tmp_path)
    database = open_database(url, keys_file)
    database.call(fill)
    for table in ("conversation", "inbox", "message", "outbox", "attachment"):
        database.call(lambda session, table=table: session.execute(text(f"SELECT setval('{table}_id_seq', 2)")))
    before, path = everything(database), safe.made(database)
    database.close()
    empty = fresh(postgresql)

    def restore(target: str, replace: bool) -> restoring.Restored:
        with unpacked(path, safe.identity, safe.work) as found:
            return restoring.restore(found, target, keys_file, safe.files, tmp_path / "run", replace, OPERATOR, NOW)

    for target, replace in ((empty, False), (url, True)):
        assert restore(target, replace) == restoring.Restored(0, 2, None)
        again = open_database(target, keys_file)
        assert everything(again) == before and again.call(audit.verify) == (3, None)
        again.call(person, "after", 1)  # the numbers of new rows go on after those restored
        again.close()
    with pytest.raises(RefusedError, match="--replace"):
        restore(url, False)


def test_a_copy_that_cannot_be_made_is_said_in_one_line(postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database, safe = open_database(fresh(postgresql), tmp_path / "puente.keys"), Safe(tmp_path)
    monkeypatch.setattr(copies, "POSTGRESQL", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StorageError, match="pg_dump"):
        safe.made(database)
    assert not list(safe.folder.iterdir())
    database.close()
