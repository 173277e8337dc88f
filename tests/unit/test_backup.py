"""A backup in one encrypted file: what is in it and what is not, and that it is made whole or not at all."""

import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.errors import PuenteError, RefusedError, SettingsError, StorageError
from bot.keeping import backup as backups
from bot.keeping.restore import unpacked
from bot.records.cases import CaseDocument
from bot.records.conversations import Message
from bot.records.database import Database, open_database
from tests.every_table import fill
from tests.old_records import person

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


class Safe:
    """Where backups go, and what opens them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.identity, self.work, self.files = (
            folder / "backups",
            folder / "identity",
            folder / "var",
            folder / "var" / "files",
        )
        for each in (self.folder, self.files):
            each.mkdir(parents=True)
        self.recipient = backups.new_identity(self.identity)

    def made(self, database: Database, now: datetime = NOW) -> Path:
        return backups.make(database, self.files, self.folder, self.recipient, self.work, now)[0]


@pytest.fixture
def safe(tmp_path: Path) -> Safe:
    return Safe(tmp_path)


@pytest.fixture
def full(database: Database) -> Database:
    database.call(fill)
    return database


def test_a_backup_says_nothing_without_its_identity_and_names_no_one_with_it(full: Database, safe: Safe, tmp_path: Path) -> None:
    path = safe.made(full)
    keys = (tmp_path / "puente.keys").read_text().split()
    assert b"conversation" not in path.read_bytes() and b"SQLite" not in path.read_bytes()
    with unpacked(path, safe.identity, safe.work) as found:
        inside = b"".join(each.read_bytes() for each in found.folder.rglob("*") if each.is_file())
        assert b"SQLite" in inside and b"secreto de" not in inside
        assert not [word for word in keys if len(word) > 20 and word.encode() in inside]
        assert found.manifest["counts"]["message"] == 2 and found.manifest["revision"] == "0006" and found.made_at == NOW


def test_only_its_owner_may_read_a_backup_and_nothing_is_left_beside_it(full: Database, safe: Safe) -> None:
    path = safe.made(full)
    assert path.name == "puente-20261121-180000.age" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in safe.folder.iterdir()] == [path.name]
    assert [each.name for each in safe.work.iterdir()] == ["files"]


def test_the_encrypted_photographs_are_in_it_and_what_staff_opened_is_not(full: Database, safe: Safe) -> None:
    full.call(lambda session: setattr(session.get_one(CaseDocument, 1), "stored", "a" * 32))
    photograph = os.urandom(200_001)
    (safe.files / f"{'a' * 32}.case").write_bytes(photograph)
    (safe.files / "7-1.jpg").write_bytes(b"opened by staff")
    with unpacked(safe.made(full), safe.identity, safe.work) as found:
        assert {str(each.relative_to(found.folder)) for each in found.folder.rglob("*") if each.is_file()} == {
            "database", "manifest.json", f"files/{'a' * 32}.case",
        }  # fmt: skip
        assert (found.folder / "files" / f"{'a' * 32}.case").read_bytes() == photograph


def test_it_is_of_one_moment_while_others_write(database: Database, safe: Safe, tmp_path: Path) -> None:
    """A conversation and its messages are written in one transaction: the copy has both or neither."""
    stop, count, mine = threading.Event(), [0], Database(database.engine)

    def write() -> None:
        while not stop.is_set():
            mine.call(person, f"chat{count[0]}", 1)
            count[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    copies = [safe.made(database, NOW + timedelta(seconds=number)) for number in range(3)]
    stop.set()
    writer.join()
    for path in copies:
        with unpacked(path, safe.identity, safe.work) as found:
            copy = open_database(f"sqlite:///{found.folder / 'database'}", tmp_path / "puente.keys")
            messages = copy.call(lambda session: session.scalar(select(func.count()).select_from(Message)))
            copy.close()
            counts = found.manifest["counts"]
            assert messages == counts["message"] == 2 * counts["conversation"] == 2 * counts["outbox"] <= 2 * count[0]


def test_an_identity_is_its_owners_alone_and_never_overwritten(safe: Safe) -> None:
    before = safe.identity.read_text()
    assert stat.S_IMODE(safe.identity.stat().st_mode) == 0o600
    with pytest.raises(RefusedError, match="sobrescribe"):
        backups.new_identity(safe.identity)
    assert safe.identity.read_text() == before and safe.recipient.startswith("age1")


def test_a_backup_is_never_overwritten(full: Database, safe: Safe) -> None:
    path = safe.made(full)
    before = path.read_bytes()
    with pytest.raises(RefusedError, match="sobrescribe"):
        safe.made(full)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("recipient", "said"), [(None, "new-identity"), ("", "new-identity"), ("age1wrong", "age1…")])
def test_for_whom_it_is_has_to_be_set(recipient: str | None, said: str, full: Database, safe: Safe) -> None:
    with pytest.raises(SettingsError, match=said):
        backups.make(full, safe.files, safe.folder, recipient, safe.work, NOW)


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_no_half_backup(full: Database, safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StorageError, match="espacio"):
        safe.made(full)
    assert not list(safe.folder.iterdir()) and [each.name for each in safe.work.iterdir()] == ["files"]


def test_a_disk_that_fills_up_while_it_is_written_leaves_none_either(full: Database, safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "_private", lambda path: os.open("/dev/full", os.O_WRONLY))
    with pytest.raises(StorageError, match="respaldo"):
        safe.made(full)
    assert not list(safe.folder.iterdir())


def test_old_backups_are_thrown_away_by_their_names_and_nothing_else_is(safe: Safe) -> None:
    names = ["puente-20261021-175959.age", "puente-20261022-180000.age", "puente-2026.age", "puente-20250101-000000.age.txt", "photo.jpg"]
    for name in names:
        (safe.folder / name).touch()
    gone = backups.throw_away_old(safe.folder, 30, NOW)
    assert [each.name for each in gone] == names[:1] and {each.name for each in safe.folder.iterdir()} == set(names[1:])


# Opening one


def opened(path: Path, identity: Path, work: Path) -> None:
    with unpacked(path, identity, work):
        pytest.fail("it was opened")


def test_another_identity_does_not_open_it(full: Database, safe: Safe, tmp_path: Path) -> None:
    backups.new_identity(tmp_path / "other")
    with pytest.raises(StorageError, match="identidad"):
        opened(safe.made(full), tmp_path / "other", safe.work)
    for content in ("", "no identity", "AGE-SECRET-KEY-1ABC"):
        (tmp_path / "none").write_text(content)
        with pytest.raises(RefusedError, match="identidad"):
            opened(safe.folder / "any.age", tmp_path / "none", safe.work)


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.6, 0.999])
def test_a_truncated_backup_is_refused(share: float, full: Database, safe: Safe) -> None:
    path = safe.made(full)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(StorageError):
        opened(path, safe.identity, safe.work)
    assert [each.name for each in safe.work.iterdir()] == ["files"]


@pytest.mark.parametrize("share", [0, 0.0003, 0.2, 0.5, 0.9999])
def test_one_changed_byte_is_noticed(share: float, full: Database, safe: Safe) -> None:
    path = safe.made(full)
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 1
    path.write_bytes(data)
    with pytest.raises(PuenteError):
        opened(path, safe.identity, safe.work)


def test_parts_that_are_not_those_of_the_manifest_are_refused(full: Database, safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever knows the public key can make a file that opens."""
    monkeypatch.setattr(backups, "sha256", lambda: __import__("hashlib").sha256(b"another"))
    with pytest.raises(StorageError, match="alterado"):
        opened(safe.made(full), safe.identity, safe.work)


def test_what_is_no_backup_inside_is_refused(safe: Safe) -> None:
    path = safe.folder / "strange.age"
    for content in (b"", b"hello", bytes(10_240)):
        path.write_bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(safe.recipient)]))
        with pytest.raises(StorageError, match="alterado"):
            opened(path, safe.identity, safe.work)


def test_the_copy_is_taken_in_small_parts(full: Database, safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    packed = backups._packed

    def measured(*arguments: object) -> object:
        for part in packed(*arguments):  # type: ignore[arg-type]
            sizes.append(len(part))
            yield part

    monkeypatch.setattr(backups, "_packed", measured)
    full.call(many)
    safe.made(full)
    assert sum(sizes) > 1_000_000 and max(sizes) <= 1 << 16


def many(session: Session) -> None:
    for number in range(4):
        session.add(Message(conversation_id=1, direction="in", text="x" * 200_000, place=number, created_at=NOW))
