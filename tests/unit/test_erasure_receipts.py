"""What stays of an erasure: a receipt with a signature, a line in the log and rows of the audit, which name nobody."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot import audit
from bot.conversation.surroundings import Surroundings
from bot.permissions import PERSON, Action
from bot.privacy import erasure, receipts
from bot.records.audit import AuditEntry
from bot.records.columns import KeyRing
from bot.records.database import Database
from bot.records.keys import read_keys
from bot.records.privacy import Erasure
from bot.settings import ROOT
from tests.chats import Chat
from tests.erasures import OFFICER, erases
from tests.stores import rows
from tests.unit.test_key_rotation import only_with


@pytest.fixture
def ana(database: Database, content_around: Surroundings, tmp_path: Path) -> Chat:
    return Chat(database, replace(content_around, folder=tmp_path / "files"))


def test_the_receipt_is_genuine_and_a_changed_one_is_not(ana: Chat, database: Database) -> None:
    said = erases(ana)
    receipt = receipts.read(f"Mi recibo:\n{said}\ngracias")
    [done] = rows(database, Erasure)
    assert receipt is not None and receipts.is_genuine(receipt) and receipt == erasure.receipt_of(done)
    assert not receipts.is_genuine(replace(receipt, counts={**receipt.counts, "messages": receipt.counts["messages"] + 1}))
    assert not receipts.is_genuine(replace(receipt, folio=receipt.folio[:-1] + ("2" if receipt.folio[-1] != "2" else "3")))
    signature = receipt.signature
    assert not receipts.is_genuine(replace(receipt, signature=("A" if signature[0] != "A" else "B") + signature[1:]))


def test_the_key_of_receipts_is_added_once_and_the_file_stays_private(ana: Chat, database: Database, tmp_path: Path) -> None:
    keys = tmp_path / "puente.keys"
    before = keys.read_text()
    erases(ana)
    after = keys.read_text()
    assert after.startswith(before) and after.count("\nsign ") == 1 and keys.stat().st_mode & 0o777 == 0o600
    KeyRing.current().sign_seed = None  # as another process, which read the file before
    receipt = receipts.read(erases(ana))
    assert receipt is not None and receipts.is_genuine(receipt) and keys.read_text() == after


MAKES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bot.privacy import receipts
from bot.records.columns import KeyRing
from bot.records.keys import read_keys
KeyRing.keys = read_keys(Path(sys.argv[1]), may_create=False)
print("ready", flush=True)
sys.stdin.readline()
print(receipts.make("BOR-26-ABCDEF", datetime(2026, 11, 22, tzinfo=UTC), {"messages": 1}).line)
"""


def test_receipts_that_processes_make_at_once_are_genuine_to_all(tmp_path: Path) -> None:
    """None has the key yet: they agree on one, and the file has nothing else changed."""
    keys_file = tmp_path / "puente.keys"
    read_keys(keys_file, may_create=True)
    before = keys_file.read_text()
    command = [sys.executable, "-c", MAKES, str(keys_file)]
    makers = [subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)]
    for maker in makers:
        assert maker.stdout and maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("go\n")
        maker.stdin.flush()
    made = {maker.communicate(timeout=30)[0] for maker in makers}
    assert len(made) == 1, "the same words under several keys"
    assert keys_file.read_text().startswith(before) and keys_file.read_text().count("\nsign ") == 1
    with only_with(read_keys(keys_file, may_create=False)):
        receipt = receipts.read(made.pop())
        assert receipt is not None and receipts.is_genuine(receipt)


def test_the_audit_still_verifies_and_says_who_erased_but_no_reason(ana: Chat, database: Database) -> None:
    ana.says("gracias")
    reference = str(ana.get("reference"))
    database.call(lambda session: audit.write(session, OFFICER, Action.IDENTITY_OPEN, reference, ana.now, "llamó Ana Secreta"))
    erases(ana)
    assert database.call(audit.verify)[1] is None
    entries = rows(database, AuditEntry)
    assert [(entry.action, entry.role, entry.why) for entry in entries] == [
        ("identity.open", "data_officer", None), ("person.erase", PERSON.name, None),
    ]  # fmt: skip


def test_the_log_of_erasures_names_nobody(ana: Chat, tmp_path: Path) -> None:
    ana.says("gracias")
    erases(ana)
    assert re.fullmatch(
        r'\{"folio": "BOR-[^"]+", "erased": \["[0-9a-f]{32}"\], "erased_at": "[^"]+", "asked_by": "person"\}\n',
        (tmp_path / "erasures.log").read_text(),
    )
