"""`./puente person`, `arco` and `holds` as the data officer types them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.privacy import arco
from bot.records.database import Database, open_database
from bot.records.privacy import Right
from bot.records.staff import Role
from bot.settings import ROOT
from bot.staff import OPERATOR, invite
from tests.chats import Chat

STORY = "me llamo Ana Secreta"


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def database(var: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{var}/puente.db", var / "puente.keys")
    for name, role in (("olga", Role.DATA_OFFICER), ("rosa", Role.AGENT)):
        opened.call(invite, OPERATOR, name, role, None, utc_now())
    yield opened
    opened.close()


@pytest.fixture
def ana(database: Database) -> Chat:
    content, danger = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()
    made = Chat(database, Surroundings(content, danger, "test", "", utc_now()))
    made.says(STORY)
    return made


def run(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PUENTE_VAR": str(var), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_officer_exports_erases_and_verifies_and_nobody_else_does(var: Path, ana: Chat, tmp_path: Path) -> None:
    reference, file = str(ana.get("reference")), tmp_path / "copia.json"
    for words in (("export", reference, str(file)), ("erase", reference, "--yes")):
        refused = run(var, "person", *words, "--who", "rosa")
        assert refused.returncode == 2 and "permiso" in refused.stderr
    nowhere = run(var, "person", "export", reference, str(tmp_path / "no" / "copia.json"), "--who", "olga")
    assert nowhere.returncode == 2 and nowhere.stderr.count("\n") == 1 and "copia.json" in nowhere.stderr
    file.touch(mode=0o644)
    assert run(var, "person", "export", reference, str(file), "--who", "olga").returncode == 0
    assert STORY in [each["text"] for each in json.loads(file.read_text())["messages"]] and file.stat().st_mode & 0o777 == 0o600
    assert run(var, "person", "erase", reference, "--who", "olga").returncode == 2, "without --yes"
    assert "messages 2" in run(var, "person", "erase", reference, "--dry-run", "--who", "olga").stdout
    done = run(var, "person", "erase", reference, "--yes", "--who", "olga")
    assert done.returncode == 0, done.stderr
    receipt = done.stdout.splitlines()[0].removeprefix("Borrado. Recibo: ")
    assert "auténtico" in run(var, "person", "verify", receipt).stdout
    assert run(var, "person", "verify", *receipt.split()).returncode == 0
    forged = run(var, "person", "verify", receipt.replace("messages=2", "messages=3"))
    assert forged.returncode == 1 and "NO es auténtico" in forged.stdout
    assert run(var, "person", "export", reference, str(file), "--who", "olga").returncode == 2, "there is nothing left"
    told = [row for row in ana.outbox() if row.state == "queued"]
    assert len(told) == 1, "the person is sent the receipt and nothing else"


def test_an_order_holds_back_the_officer_too(var: Path, ana: Chat) -> None:
    reference = str(ana.get("reference"))
    assert run(var, "holds", "place", reference, "--who", "olga").returncode == 2, "without the authority"
    assert run(var, "holds", "place", reference, "--why", "Juzgado 3, exp. 12/2026", "--who", "olga").returncode == 0
    assert "Juzgado 3" in run(var, "holds", "list", "--who", "olga").stdout
    refused = run(var, "person", "erase", reference, "--yes", "--who", "olga")
    assert refused.returncode == 2 and "orden" in refused.stderr
    assert run(var, "holds", "lift", reference, "--who", "olga").returncode == 0
    assert run(var, "person", "erase", reference, "--yes", "--who", "olga").returncode == 0


def test_a_request_is_listed_shown_and_answered(var: Path, ana: Chat) -> None:
    folio = ana.call(lambda session: arco.file(session, ana.conversation(session), "key", Right.ACCESS, "mi copia", utc_now())).folio
    assert folio in run(var, "arco", "list", "--who", "olga").stdout
    assert "mi copia" in run(var, "arco", "show", folio, "--who", "olga").stdout
    assert run(var, "arco", "deny", folio, "--who", "olga").returncode == 2, "the person is owed a reason"
    assert run(var, "arco", "grant", folio, "--say", "Va su copia.", "--who", "olga").returncode == 0
    assert run(var, "arco", "done", folio, "--who", "olga").returncode == 0
    assert run(var, "arco", "done", folio, "--who", "olga").returncode == 2
    assert [message.response for message in ana.transcript()][-2:] == ["utter_arco_answered"] * 2
    assert run(var, "arco", "grant", folio, "--who", "rosa").returncode == 2
