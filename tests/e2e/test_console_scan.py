"""A scanner that others keep (wapiti) walks the console as members of the staff and attacks every field it finds.

It stands in an environment of its own: `.ci/run` makes it from tests/scanner.lock.
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from bot.accounts import forms
from bot.console.console import console_of
from bot.console.door import COOKIE
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.local_chat.web import web_app
from bot.records.database import Database, open_database
from bot.records.staff import Role
from bot.settings import ROOT, Settings
from tests.chats import Chat
from tests.console import Desk

WAPITI = ROOT / ".puente" / "scanner" / "bin" / "wapiti"
MODULES = "crlf,exec,file,htaccess,ldap,log4shell,methods,permanentxss,redirect,shellshock,sql,upload,xss"
ROLES = (Role.SUPERVISOR, Role.ADMIN, Role.DATA_OFFICER)  # together they open every page
SECONDS = 40  # of walking and attacking, for each
ASIDE = ("Secure Flag cookie", "HTTP Secure Headers")
"""The browser of this test speaks http on this machine; tests/unit/test_console_door.py reads every header of every answer."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A console with conversations; a form may be sent again and again, or only the first attack on it would be one."""
    monkeypatch.setattr(forms, "use", lambda session, once, who, now: True)
    database: Database = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    live = LiveContent(ROOT / "flows", None, ROOT / "no such file")
    content, danger = live.current()
    for number, said in enumerate(("quiero hablar con una persona", "mi esposo me pega", "persona")):
        chat = Chat(database, Surroundings(content, danger, "scan", "", utc_now()))
        chat.now, chat.id = utc_now(), str(8000 + number)
        chat.says("hola")
        chat.says(said)
    yield Desk(database, live, Settings(puente_var=tmp_path, _env_file=None), utc_now())  # type: ignore[call-arg]
    database.close()


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    config = uvicorn.Config(
        web_app(desk.app, console_of(desk.app).routes()), host="127.0.0.1", port=0, log_config=None, lifespan="off", server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.mark.skipif(not WAPITI.exists(), reason="wapiti is not installed")
@pytest.mark.parametrize("role", ROLES)
def test_a_scanner_finds_nothing(role: Role, desk: Desk, address: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    member = desk.member(role)
    command = [
        str(WAPITI), "-u", f"{address}/consola", "--scope", "domain", "-m", MODULES, "-H", f"Cookie: {COOKIE}={member.token}",
        "-x", f"{address}/consola/salir", "-x", f"{address}/consola/vivo*", "-x", f"{address}/consola/estilo/*",
        "--max-scan-time", str(SECONDS), "--max-attack-time", str(SECONDS), "-f", "json", "-o", str(report),
        "--store-session", str(tmp_path / "session"), "--store-config", str(tmp_path / "config"), "--no-bugreport", "-v", "1",
        "--tasks", "4", "--drop-set-cookie",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * 4 + 60, check=False)
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    wrong = {name: each for part in ("vulnerabilities", "anomalies") for name, each in found[part].items() if each and name not in ASIDE}
    assert not wrong, json.dumps(wrong, indent=1)[:4000]
    walked = int(found["infos"].get("crawled_pages_nbr", found["infos"].get("crawled_pages", 0)) or 0)
    print(f"{role}: {walked} pages walked, nothing found")
