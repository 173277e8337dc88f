"""A new key while others write: nothing is lost, everything is read, and the old key is needed for nothing."""

import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.conversation.transcript import new_conversation
from bot.errors import KeysError, RefusedError
from bot.keeping import rotation
from bot.keeping.sealed import SealedRow, all_tables, sealed_tables
from bot.records import keys as keys_module
from bot.records.columns import KeyRing
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database, open_database
from bot.records.keys import Keys, drop_all_but_first, encryption_keys, put_in_front, read_keys, value_of
from bot.records.tables import Instance
from bot.settings import ROOT
from bot.staff import OPERATOR

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(rotation, "NOTICED_AFTER", 0.2)


@pytest.fixture
def keys_file(database: Database, tmp_path: Path) -> Path:
    return tmp_path / "puente.keys"


def filled(database: Database, messages: int = 250) -> int:
    """A conversation with that many messages."""

    def fill(session: Session) -> int:
        conversation = new_conversation(session, "telegram:1", "a" * 32, "111", "es", NOW)
        conversation.state = {"slots": {"topic": "work"}}
        for number in range(messages):
            session.add(said(conversation.id, f"dato {number}"))
        return conversation.id

    return database.call(fill)


def said(conversation_id: int, text: str) -> Message:
    return Message(conversation_id=conversation_id, direction=Direction.IN, text=text, buttons=[["Sí", "/yes"]], created_at=NOW)


def texts(database: Database) -> list[str]:
    return database.call(lambda session: list(session.scalars(select(Message.text).order_by(Message.id))))


def rotate(database: Database, keys_file: Path, keep_old: bool = False) -> int:
    return rotation.rotate(database, keys_file, keys_file.parent / "files", OPERATOR, NOW, lambda line: None, keep_old)


def old_keys(keys_file: Path) -> list[bytes]:
    return [line.split()[1].encode() for line in keys_file.read_text().splitlines() if line.startswith("encrypt ")]


@contextmanager
def only_with(keys: Keys) -> Iterator[None]:
    before, KeyRing.keys = KeyRing.keys, keys
    yield
    KeyRing.keys = before


# The file


def test_a_running_process_writes_under_a_new_key_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    running = read_keys(path, may_create=True)
    old = shutil.copy(path, tmp_path / "old.keys")
    put_in_front(path)
    time.sleep(0.15)
    written = running.encrypt("hola")
    drop_all_but_first(path)
    assert read_keys(path, may_create=False).decrypt(written) == "hola"
    with pytest.raises(KeysError):
        read_keys(Path(old), may_create=False).decrypt(written)


def test_what_another_process_wrote_under_a_new_key_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    running = read_keys(path, may_create=True)
    put_in_front(path)
    assert running.decrypt(read_keys(path, may_create=False).encrypt("hola")) == "hola"


def test_keys_go_on_while_their_file_is_gone_broken_or_of_another_installation(tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    running = read_keys(path, may_create=True)
    written, kept = running.encrypt("hola"), path.read_bytes()
    foreign = f"encrypt {Fernet.generate_key().decode()}\nhash {'B' * 44}\n".encode()
    for content in (None, b"", b"encrypt half-a-k", foreign):
        path.unlink() if content is None else path.write_bytes(content)
        time.sleep(0.12)
        assert running.decrypt(running.encrypt("otra")) == "otra" and running.decrypt(written) == "hola"
        assert running.hash("chat", "7") == Keys([Fernet.generate_key()], running._hashing).hash("chat", "7")
    path.write_bytes(kept)
    put_in_front(path)
    time.sleep(0.12)
    assert read_keys(path, may_create=False).renewed(running.encrypt("hola")) is None, "the new key was not taken up"


def test_a_changed_file_keeps_its_other_lines_and_stays_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    read_keys(path, may_create=True)
    with path.open("a", encoding="ascii") as file:
        file.write("sign c2VlZA==\n")
    hashing = next(line for line in path.read_text().splitlines() if line.startswith("hash"))
    put_in_front(path)
    assert encryption_keys(path) == 2
    drop_all_but_first(path)
    lines = path.read_text().splitlines()
    assert hashing in lines and "sign c2VlZA==" in lines and lines[0].startswith("# ") and encryption_keys(path) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["puente.keys"]


def test_a_line_that_is_missing_is_added_once(tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    running = read_keys(path, may_create=True)
    assert [value_of(path, "sign", new) for new in ("Zmlyc3Q=", "c2Vjb25k")] == ["Zmlyc3Q=", "Zmlyc3Q="]
    put_in_front(path)
    assert running.follow() and running.sign_seed == b"first" == read_keys(path, may_create=False).sign_seed


# The records


def test_every_encrypted_column_is_found_and_its_rows_have_one_number() -> None:
    found = {f"{table}.{column.name}" for table, columns in sealed_tables().items() for column in columns}
    assert {"message.text", "message.buttons", "conversation.chat_id", "instance.proof", "audit.why", "case_document.file_id"} <= found
    assert {tuple(table.primary_key.columns.keys()) for table in all_tables()} == {("id",)}


def test_after_a_rotation_everything_is_read_and_the_old_key_by_nothing(database: Database, keys_file: Path, tmp_path: Path) -> None:
    filled(database)
    old = read_keys(Path(shutil.copy(keys_file, tmp_path / "old.keys")), may_create=False)
    before = texts(database)
    renewed = rotate(database, keys_file)
    assert renewed >= 2 * len(before) and encryption_keys(keys_file) == 1
    with only_with(read_keys(keys_file, may_create=False)):
        assert texts(database) == before
        assert database.call(lambda session: session.scalars(select(Conversation)).one().state) == {"slots": {"topic": "work"}}
        assert database.call(lambda session: session.get_one(Instance, 1).proof) == "puente"
        assert not rotation.check(database).old and not rotation.check(database).unreadable
    with only_with(old):
        checked = rotation.check(database)
        assert checked.unreadable == checked.values
    database.close()
    again = open_database(str(database.engine.url), keys_file)
    assert again.call(audit.verify)[1] is None
    assert [each.why for each in again.call(lambda session: session.scalars(select(audit.AuditEntry)).all())] == [
        "begin",
        f"done {renewed}",
    ]
    again.close()


def test_what_is_written_during_a_rotation_is_neither_lost_nor_left_under_the_old_key(database: Database, keys_file: Path) -> None:
    conversation_id, stop, written = filled(database), threading.Event(), [0, 0]
    mine = Database(database.engine)

    def write() -> None:
        while not stop.is_set():
            mine.call(lambda session: session.add(said(conversation_id, f"vivo {written[0]}")))
            written[0] += 1
            mine.call(count_up)
            time.sleep(0.002)

    def count_up(session: Session) -> None:
        conversation = session.get_one(Conversation, conversation_id)
        conversation.state = {"count": conversation.state.get("count", 0) + 1}
        written[1] += 1

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        rotate(database, keys_file)
    stop.set()
    writer.join()
    with only_with(read_keys(keys_file, may_create=False)):
        assert [each for each in texts(database) if each.startswith("vivo")] == [f"vivo {number}" for number in range(written[0])]
        assert database.call(lambda session: session.get_one(Conversation, conversation_id).state) == {"count": written[1]}
        assert not rotation.check(database).unreadable and written[0] > 50
    assert encryption_keys(keys_file) == 1


WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bot.records.conversations import Direction, Message
from bot.records.database import open_database
database = open_database(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
number = 0
while not Path(sys.argv[2]).with_name("stop").exists():
    row = Message(conversation_id=int(sys.argv[3]), direction=Direction.IN, text=f"vivo {number}", created_at=datetime.now(UTC))
    database.call(lambda session: session.add(row))
    number += 1
print(number)
"""


def test_another_process_goes_on_writing_through_a_rotation(database: Database, keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "NOTICED_AFTER", 2.0)  # the other process looks once a second
    command = [sys.executable, "-c", WRITE, str(database.engine.url), str(keys_file), str(filled(database))]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
        rotate(database, keys_file)
        keys_file.with_name("stop").touch()
        count = int(writer.communicate(timeout=30)[0])
    with only_with(read_keys(keys_file, may_create=False)):
        assert [each for each in texts(database) if each.startswith("vivo")] == [f"vivo {number}" for number in range(count)]
        assert not rotation.check(database).unreadable and count > 50


def test_a_value_that_changes_between_reading_and_writing_it_anew_stays_as_changed(
    database: Database, keys_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a process that has not noticed the new key: what it wrote is neither overwritten nor left under the old one."""
    conversation_id, write, unaware = filled(database, 3), rotation._write, Keys(old_keys(keys_file), b"h" * 32)
    late = [unaware.encrypt("222")]

    def changed_meanwhile(session: Session, table: Table, changes: list[tuple[SealedRow, dict[str, bytes]]]) -> list[int]:
        if table.name == "conversation" and late:
            row = {"late": late.pop(), "id": conversation_id}
            session.execute(text("UPDATE conversation SET chat_id = :late WHERE id = :id"), row)
        return write(session, table, changes)

    monkeypatch.setattr(rotation, "_write", changed_meanwhile)
    rotate(database, keys_file)
    assert not late
    with only_with(read_keys(keys_file, may_create=False)):
        assert database.call(lambda session: session.get_one(Conversation, conversation_id).chat_id) == "222"


def test_the_old_key_stays_until_everybody_must_have_noticed(database: Database, keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "LOOK_EVERY", 1.0)
    monkeypatch.setattr(rotation, "NOTICED_AFTER", 1.1)
    running = read_keys(keys_file, may_create=False)

    def has_just_looked(path: Path) -> None:
        running.follow()
        put_in_front(path)

    monkeypatch.setattr(rotation, "put_in_front", has_just_looked)
    rotate(database, keys_file)
    assert read_keys(keys_file, may_create=False).decrypt(running.encrypt("hola")) == "hola"


@pytest.mark.parametrize("point", ["_pass", "_renew_files", "drop_all_but_first"])
def test_a_rotation_that_was_cut_off_is_finished_by_the_next(
    point: str, database: Database, keys_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)
    before = texts(database)

    def dies(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(rotation, point, dies)
        rotate(database, keys_file)
    assert texts(database) == before and encryption_keys(keys_file) == 2
    rotate(database, keys_file)
    with only_with(read_keys(keys_file, may_create=False)):
        assert encryption_keys(keys_file) == 1 and texts(database) == before


def test_the_old_key_may_be_kept(database: Database, keys_file: Path) -> None:
    filled(database, 3)
    rotate(database, keys_file, keep_old=True)
    assert encryption_keys(keys_file) == 2 and not rotation.check(database).old


def test_a_key_that_is_missing_for_something_is_said_before_anything_changes(database: Database, keys_file: Path) -> None:
    conversation_id, foreign = filled(database, 3), Keys([Fernet.generate_key()], b"h" * 32)
    with only_with(foreign):
        database.call(lambda session: session.add(said(conversation_id, "de otra clave")))
    with pytest.raises(KeysError, match=r"message \(2\)"):
        rotate(database, keys_file)
    assert encryption_keys(keys_file) == 1


def test_two_rotations_do_not_run_at_once(database: Database, keys_file: Path) -> None:
    with rotation._alone(keys_file), pytest.raises(RefusedError, match="en marcha"):
        rotate(database, keys_file)
    assert encryption_keys(keys_file) == 1
