"""Made, destroyed, restored: the same rows and the same answers; and nothing that is there is lost by it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.commands import keeping
from bot.conversation.surroundings import Surroundings
from bot.errors import KeysError, RefusedError, StorageError
from bot.keeping import restore as restoring
from bot.keeping.restore import Restored, unpacked
from bot.records.cases import CaseDocument
from bot.records.conversations import Conversation
from bot.records.database import Database, open_database
from bot.records.referrals import Referral
from bot.staff import OPERATOR
from tests import downgrades
from tests.chats import Chat
from tests.every_table import all_rows, fill
from tests.unit.test_backup import NOW, Safe


@pytest.fixture
def safe(tmp_path: Path) -> Safe:
    return Safe(tmp_path)


class Service:
    """A database that can be destroyed."""

    def __init__(self, folder: Path) -> None:
        self.keys, self.url, self.path = folder / "puente.keys", f"sqlite:///{folder}/puente.db", folder / "puente.db"
        self.folder, self.database = folder, open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")

    def destroy(self) -> None:
        self.database.close()
        for each in self.folder.glob("puente.db*"):
            each.unlink()

    def restore(self, path: Path, safe: Safe, replace: bool = False) -> Restored:
        with unpacked(path, safe.identity, safe.work) as found:
            return restoring.restore(found, self.url, self.keys, safe.files, self.folder / "run", replace, OPERATOR, NOW)

    def reopen(self) -> Database:
        self.database = open_database(self.url, self.keys)
        return self.database


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    made.database.close()


def everything(database: Database) -> dict[str, list[dict[str, object]]]:
    return {name: rows for name, rows in database.call(all_rows).items() if name != "audit"}


def test_after_everything_was_lost_every_row_and_photograph_is_back(service: Service, safe: Safe) -> None:
    service.database.call(fill)
    service.database.call(lambda session: setattr(session.get_one(CaseDocument, 1), "stored", "a" * 32))
    (safe.files / f"{'a' * 32}.case").write_bytes(b"sealed")
    before, path = everything(service.database), safe.made(service.database)
    service.destroy()
    shutil.rmtree(safe.files)
    done = service.restore(path, safe)
    assert everything(service.reopen()) == before
    assert (safe.files / f"{'a' * 32}.case").read_bytes() == b"sealed"
    assert done == Restored(0, 2, None)
    [last] = service.database.call(
        lambda session: session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id.desc()).limit(1)).all()
    )
    assert (last.action, last.who) == ("backup.restore", "operator") and service.database.call(audit.verify) == (3, None)
    assert [each.name for each in safe.work.iterdir()] == ["files"]


def test_a_conversation_goes_on_where_it_was_and_its_case_is_found(service: Service, safe: Safe, content_around: Surroundings) -> None:
    ana = Chat(service.database, content_around)
    ana.says("menu")
    asked = ana.presses("/referral_request")
    ana.call(lambda session: session.add(case_of(ana.conversation(session))))
    pending, path = ana.pending, safe.made(service.database)
    service.destroy()
    service.restore(path, safe)
    ana.database = service.reopen()
    assert ana.pending == pending is not None
    assert [each.response for each in ana.transcript()][-len(asked) :] == asked
    assert ana.says("cancelar") and ana.pending is None
    found = ana.call(lambda session: session.scalars(select(Referral)).one())
    assert (found.folio, found.details) == ("PTE-26-ABCDEF", {"name": "Tomasa"})


def case_of(conversation: Conversation) -> Referral:
    return Referral(
        folio="PTE-26-ABCDEF", idempotency_key="1", conversation_id=conversation.id, organization_id="ipam", need="work",
        details={"name": "Tomasa"}, created_at=NOW, changed_at=NOW,
    )  # fmt: skip


def test_a_database_with_people_is_not_written_over_unless_it_is_said(service: Service, safe: Safe) -> None:
    service.database.call(fill)
    path = safe.made(service.database)
    before = everything(service.database)
    service.database.call(lambda session: session.execute(text("UPDATE conversation SET language = 'fr'")))
    service.database.close()
    with pytest.raises(RefusedError, match="--replace"):
        service.restore(path, safe)
    assert {row["language"] for row in everything(service.reopen())["conversation"]} == {"fr"}
    service.database.close()
    service.restore(path, safe, replace=True)
    assert everything(service.reopen()) == before


def test_a_new_installation_without_people_is_written_over(service: Service, safe: Safe) -> None:
    path = safe.made(service.database)
    service.database.close()
    service.restore(path, safe)


def test_a_running_service_is_not_written_under(service: Service, safe: Safe) -> None:
    path = safe.made(service.database)
    (service.folder / "run").mkdir()
    with (service.folder / "run" / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RefusedError, match="en marcha"):
            service.restore(path, safe, replace=True)


def test_without_its_keys_a_backup_is_not_restored_and_none_are_made(service: Service, safe: Safe) -> None:
    path = safe.made(service.database)
    service.destroy()
    kept = service.keys.rename(service.folder / "kept")
    with pytest.raises(KeysError):
        service.restore(path, safe)
    assert not service.keys.exists() and not service.path.exists()
    open_database(f"sqlite:///{service.folder}/other.db", service.keys).close()
    with pytest.raises(KeysError):
        service.restore(path, safe)
    kept.replace(service.keys)
    service.restore(path, safe)


@pytest.mark.parametrize("fails", ["open_database", "_afterwards"])
def test_what_was_there_comes_back_when_a_restore_fails(fails: str, service: Service, safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    service.database.call(fill)
    (safe.files / "7-1.jpg").write_bytes(b"there before")
    path = safe.made(service.database)
    service.database.call(lambda session: session.execute(text("UPDATE conversation SET language = 'fr'")))
    service.database.close()

    def fail(*_: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched, pytest.raises(StorageError, match="disk"):
        patched.setattr(restoring, fails, fail)
        service.restore(path, safe, replace=True)
    assert {row["language"] for row in everything(service.reopen())["conversation"]} == {"fr"}
    assert (safe.files / "7-1.jpg").read_bytes() == b"there before"


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(service: Service, safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    service.database.call(fill)
    path = safe.made(service.database)
    service.destroy()
    with unpacked(path, safe.identity, safe.work) as found:
        restoring.may_restore(found, service.url, service.keys, False)
        with pytest.raises(RefusedError, match="más nueva"):
            restoring.may_restore(
                restoring.Unpacked(found.folder, {**found.manifest, "revision": "9999"}), service.url, service.keys, False
            )
        with pytest.raises(RefusedError, match="postgresql"):
            restoring.may_restore(
                restoring.Unpacked(found.folder, {**found.manifest, "engine": "postgresql"}), service.url, service.keys, False
            )
        older = open_database(f"sqlite:///{found.folder / 'database'}", service.keys)
        downgrades.to_version(older.engine, "0003")
        older.close()
        earlier = restoring.Unpacked(found.folder, {**found.manifest, "revision": "0003", "audit_head": ""})
        restoring.restore(earlier, service.url, service.keys, safe.files, service.folder / "run", False, OPERATOR, NOW)
    assert len(everything(service.reopen())["conversation"]) == 2


def test_rows_of_the_audit_that_were_cut_off_are_said(service: Service, safe: Safe) -> None:
    service.database.call(fill)
    path = safe.made(service.database)
    service.destroy()
    with unpacked(path, safe.identity, safe.work) as found:
        manifest = {**found.manifest, "audit_head": "f" * 32}
        done = restoring.restore(
            restoring.Unpacked(found.folder, manifest), service.url, service.keys, safe.files, service.folder / "run", False, OPERATOR, NOW
        )
    assert done.audit_wrong_at == 0


def test_who_was_erased_since_the_backup_does_not_come_back(service: Service, safe: Safe) -> None:
    erasure = pytest.importorskip("bot.privacy.erasure")
    service.database.call(fill)
    path = safe.made(service.database)

    def erase(session: Session) -> str:
        conversation = session.get_one(Conversation, 1)
        erasure.erase(session, conversation, OPERATOR, NOW + timedelta(hours=1), safe.files)
        return conversation.reference

    reference = service.database.call(erase)
    service.destroy()
    assert service.restore(path, safe).erased_again == 1
    assert [row["id"] for row in everything(service.reopen())["conversation"] if row["reference"] == reference] == []


def test_a_damaged_database_is_said_in_one_line(service: Service) -> None:
    service.destroy()
    service.path.write_bytes(os.urandom(8192))
    with pytest.raises(StorageError, match="otro lugar"):
        restoring.has_people(service.url)
    service.path.unlink()
    service.reopen()


def test_the_commands_name_what_they_need() -> None:
    assert {"retention", "keys", "backup", "restore"} <= set(vars(keeping))
