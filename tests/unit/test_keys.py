"""The keys of the records: what is encrypted comes back, and nothing is read, written or made anew with the wrong ones."""

import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from bot.errors import KeysError
from bot.records.columns import EncryptedJson, EncryptedText, KeyRing, Moment, Word
from bot.records.database import open_database
from bot.records.keys import Keys, read_keys
from bot.records.tables import Instance
from bot.settings import ROOT

DIALECT: Dialect = sqlite.dialect()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def new_keys() -> Keys:
    return Keys([Fernet.generate_key()], b"h" * 32)


KEYS = new_keys()


def lines_of(path: Path) -> list[str]:
    """The keys in the file, without comments."""
    return [line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]


@given(TEXTS)
def test_a_text_comes_back_as_it_was(written: str) -> None:
    assert KEYS.decrypt(KEYS.encrypt(written)) == written


@given(TEXTS, JSON)
def test_an_encrypted_column_gives_back_what_was_put_in(written: str, value: Any) -> None:
    ring, KeyRing.keys = KeyRing.keys, KEYS
    try:
        stored = EncryptedText().process_bind_param(written, DIALECT)
        assert EncryptedText().process_result_value(stored, DIALECT) == written
        if value is not None:
            stored = EncryptedJson().process_bind_param(value, DIALECT)
            assert EncryptedJson().process_result_value(stored, DIALECT) == value
    finally:
        KeyRing.keys = ring


@pytest.mark.parametrize("column", [EncryptedText(), EncryptedJson()])
def test_nothing_stays_nothing_in_an_encrypted_column(column: EncryptedText | EncryptedJson) -> None:
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(None, DIALECT) is None


def test_the_same_text_is_never_stored_the_same_twice() -> None:
    assert KEYS.encrypt("me quedé sin empleo") != KEYS.encrypt("me quedé sin empleo")


def test_a_text_is_not_in_the_file_of_the_database(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")

    def write(session: Session) -> None:
        session.get_one(Instance, 1).proof = "palabras de Tomasa"
        session.get_one(Instance, 1).name = "left in the clear"

    database.call(write)
    database.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("puente.db*"))
    assert b"left in the clear" in stored
    assert b"Tomasa" not in stored


def test_an_encrypted_column_without_keys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyRing, "keys", None)
    with pytest.raises(RuntimeError):
        EncryptedText().process_bind_param("hola", DIALECT)


def test_a_text_of_other_keys_is_refused_naming_the_setting() -> None:
    with pytest.raises(KeysError, match="PUENTE_KEYS"):
        new_keys().decrypt(KEYS.encrypt("hola"))


def test_a_text_that_was_tampered_with_is_refused() -> None:
    stored = bytearray(KEYS.encrypt("hola"))
    stored[30] ^= 1
    with pytest.raises(KeysError):
        KEYS.decrypt(bytes(stored))


def test_a_database_of_other_keys_is_not_opened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/puente.db"
    open_database(url, tmp_path / "puente.keys").close()
    read_keys(tmp_path / "other.keys", may_create=True)
    with pytest.raises(KeysError, match="PUENTE_KEYS"):
        open_database(url, tmp_path / "other.keys")
    open_database(url, tmp_path / "puente.keys").close()  # and it is unharmed


def test_a_proof_that_says_something_else_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/puente.db"
    database = open_database(url, tmp_path / "puente.keys")

    def tamper(session: Session) -> None:
        session.get_one(Instance, 1).proof = "of another database"

    database.call(tamper)
    database.close()
    with pytest.raises(KeysError, match="PUENTE_KEYS"):
        open_database(url, tmp_path / "puente.keys")


def test_missing_keys_of_a_database_with_records_are_not_made_anew(tmp_path: Path) -> None:
    url, keys_file = f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys"
    open_database(url, keys_file).close()
    kept = keys_file.rename(tmp_path / "kept")
    with pytest.raises(KeysError) as refused:
        open_database(url, keys_file)
    assert str(keys_file) in str(refused.value)
    assert not keys_file.exists()
    kept.rename(keys_file)
    open_database(url, keys_file).close()


ENCRYPT, HASH = b"encrypt " + Fernet.generate_key(), b"hash " + b"A" * 44


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"# only a comment\n", id="comment"),
        pytest.param(b"encrypt not-a-key\n" + HASH, id="no key"),
        pytest.param(ENCRYPT, id="nothing to hash with"),
        pytest.param(ENCRYPT + b"\nhash c2hvcnQ=\n", id="short hash key"),
        pytest.param(ENCRYPT + b"\n" + HASH + b"\n" + HASH + b"\n", id="two hash keys"),
        pytest.param(HASH, id="nothing to encrypt with"),
        pytest.param(ENCRYPT + b" again\n" + HASH, id="three words"),
        pytest.param(b"encrypt\n", id="one word"),
        pytest.param(b"\x00\xff\xfe", id="no text"),
        pytest.param(b"SQLite format 3\x00", id="database"),
    ],
)
def test_a_file_that_holds_no_keys_is_refused_by_name_and_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    path.write_bytes(content)
    with pytest.raises(KeysError) as refused:
        read_keys(path, may_create=True)
    assert str(path) in str(refused.value)
    assert path.read_bytes() == content
    for word in content.decode("ascii", "replace").split():
        assert len(word) < 20 or word not in str(refused.value), "the complaint shows a key"


def test_keys_that_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    path.mkdir()
    with pytest.raises(KeysError) as refused:
        read_keys(path, may_create=True)
    assert str(path) in str(refused.value)


def test_keys_that_cannot_be_written_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    path = tmp_path / "file" / "puente.keys"
    with pytest.raises(KeysError) as refused:
        read_keys(path, may_create=True)
    assert str(path) in str(refused.value)


def test_the_keys_are_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "puente.keys"
    first, again = read_keys(path, may_create=True), read_keys(path, may_create=True)
    assert again.decrypt(first.encrypt("hola")) == "hola"
    assert again.hash("chat", "7") == first.hash("chat", "7")
    assert [entry.name for entry in path.parent.iterdir()] == ["puente.keys"]


def test_only_the_owner_may_read_the_keys(tmp_path: Path) -> None:
    read_keys(tmp_path / "puente.keys", may_create=True)
    assert stat.S_IMODE((tmp_path / "puente.keys").stat().st_mode) == 0o600


def test_a_new_key_in_front_still_reads_what_the_old_one_wrote(tmp_path: Path) -> None:
    url, keys_file = f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys"
    open_database(url, keys_file).close()
    before = read_keys(keys_file, may_create=False)
    with_new = f"encrypt {Fernet.generate_key().decode()}\n" + keys_file.read_text(encoding="ascii")
    keys_file.write_text(with_new, encoding="ascii")
    after = read_keys(keys_file, may_create=False)
    assert after.decrypt(before.encrypt("hola")) == "hola"
    assert after.hash("chat", "7") == before.hash("chat", "7"), "a person must stay the same person"
    open_database(url, keys_file).close()


def test_what_is_written_after_a_rotation_needs_the_new_key(tmp_path: Path) -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    stored = Keys([new, old], b"h" * 32).encrypt("hola")
    assert Keys([new], b"h" * 32).decrypt(stored) == "hola"
    with pytest.raises(KeysError):
        Keys([old], b"h" * 32).decrypt(stored)


CREATE = """
import sys
from pathlib import Path
from bot.records.keys import read_keys
print("ready", flush=True)
sys.stdin.readline()
print(read_keys(Path(sys.argv[1]), may_create=True).hash("one"), flush=True)
"""


def test_processes_that_make_the_keys_at_once_end_with_the_same(tmp_path: Path) -> None:
    path = tmp_path / "puente.keys"
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, str(path)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(6)
    ]  # fmt: skip
    for maker in makers:
        assert maker.stdout and maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("\n")
        maker.stdin.flush()
    hashes = [maker.communicate(timeout=30)[0].strip() for maker in makers]
    assert [maker.returncode for maker in makers] == [0] * 6
    assert set(hashes) == {read_keys(path, may_create=False).hash("one")}
    assert [entry.name for entry in tmp_path.iterdir()] == ["puente.keys"]
    assert len(lines_of(path)) == 2


@given(TEXTS)
def test_a_hash_depends_on_the_key(chat_id: str) -> None:
    one, other = Keys([Fernet.generate_key()], b"1" * 32), Keys([Fernet.generate_key()], b"2" * 32)
    assert one.hash("chat", chat_id) != other.hash("chat", chat_id)


def test_a_hash_depends_on_every_part_and_where_it_ends() -> None:
    parts = [("chat", "12"), ("chat", "1", "2"), ("chat1", "2"), ("12", "chat"), ("chat", "21"), ("chat",)]
    assert len({KEYS.hash(*each) for each in parts}) == len(parts)
    assert KEYS.hash("chat", "12") == Keys([Fernet.generate_key()], b"h" * 32).hash("chat", "12")


def test_a_hash_is_thirty_two_hexadecimal_digits() -> None:
    made = KEYS.hash("chat", "111000111")
    assert len(made) == 32 and int(made, 16) >= 0
    assert "111000111" not in made


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1)), st.integers(-14, 14))
def test_an_instant_comes_back_in_utc_from_a_database_that_forgets_zones(written: datetime, hours: int) -> None:
    moment = written.replace(tzinfo=timezone(timedelta(hours=hours)))
    stored = Moment().process_bind_param(moment, DIALECT)
    assert stored is not None
    assert Moment().process_result_value(stored.replace(tzinfo=None), DIALECT) == moment
    assert Moment().process_result_value(stored, DIALECT) == moment
    read = Moment().process_result_value(stored.replace(tzinfo=None), DIALECT)
    assert read is not None and read.tzinfo is UTC


def test_an_instant_without_a_zone_is_read_as_utc_wherever_the_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    written = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    monkeypatch.setenv("TZ", "America/Mexico_City")
    time.tzset()
    try:
        assert Moment().process_result_value(datetime(2026, 11, 21, 12, 0), DIALECT) == written
    finally:
        monkeypatch.undo()
        time.tzset()


class Fruit(StrEnum):
    PERA = "pera"


def test_a_word_outside_its_set_is_neither_stored_nor_read(tmp_path: Path) -> None:
    column = Word(Fruit)
    assert column.process_result_value(column.process_bind_param(Fruit.PERA, DIALECT), DIALECT) is Fruit.PERA
    with pytest.raises(ValueError, match="uva"):
        column.process_bind_param("uva", DIALECT)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="uva"):
        column.process_result_value("uva", DIALECT)


def test_an_installation_keeps_its_name(tmp_path: Path) -> None:
    url, keys_file, names = f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys", set()
    for _ in range(3):
        database = open_database(url, keys_file)
        [name] = database.call(lambda session: list(session.execute(text("SELECT name FROM instance")).scalars()))
        names.add(name)
        database.close()
    assert len(names) == 1
