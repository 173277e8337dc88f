"""A scanner that others keep (wapiti) walks the console as members of the staff and attacks every field it finds.

It stands in an environment of its own: `.ci/run` makes it from tests/scanner.lock.
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from jinja2 import ChoiceLoader, DictLoader
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.accounts import forms
from bot.console import visit as visit_module
from bot.console.console import console_of
from bot.console.door import COOKIE
from bot.console.pages import HERE
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.local_chat.web import web_app
from bot.partner_page.patience import Patience
from bot.records.database import Database, open_database
from bot.records.staff import Role
from bot.review import saved
from bot.settings import ROOT, Settings
from tests.chats import Chat
from tests.console import Desk, Member

WAPITI = ROOT / ".puente" / "scanner" / "bin" / "wapiti"
MODULES = "crlf,exec,file,permanentxss,redirect,sql,xss"
ROLES = (Role.SUPERVISOR, Role.ADMIN, Role.DATA_OFFICER)  # together they open every page
WALKING, ATTACKING = 30, 8  # seconds: of all pages, and with each module
FEWEST = 8  # pages: who is not signed in sees four
ASIDE = ("Secure Flag cookie", "HTTP Secure Headers")
"""The browser of this test speaks http on this machine; tests/unit/test_console_door.py reads every header of every answer."""
pytestmark = pytest.mark.skipif(not WAPITI.exists(), reason="wapiti is not installed")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A console with conversations; a form may be sent again and again, or only the first attack on it would be one."""

    async def knock(self: Patience, address: str) -> bool:
        return True

    monkeypatch.setattr(saved, "FOLDER", tmp_path / "saved")  # a conversation that the scanner saves is no test of ours
    monkeypatch.setattr(forms, "use", lambda session, once, who, now: True)
    monkeypatch.setattr(Patience, "knock", knock)
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


def signed_in(app: ASGIApp, member: Member) -> ASGIApp:
    """Whatever cookie the scanner brings or forgets, it is that member who asks."""

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
            scope = {**scope, "headers": [*others, (b"cookie", f"{COOKIE}={member.token}".encode())]}
        await app(scope, receive, send)

    return ask


@contextmanager
def serving(member: Member) -> Iterator[str]:
    app = signed_in(web_app(member.desk.app, console_of(member.desk.app).routes()), member)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off", server_header=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def scan(member: Member, folder: Path, modules: str, begin: str = "/consola") -> tuple[dict[str, Any], int]:
    """What it found that is wrong, and how many pages it walked."""
    report = folder / "report.json"
    with serving(member) as address:
        command = [
            str(WAPITI), "-u", f"{address}{begin}", "--scope", "domain", "-m", modules,
            "-x", f"{address}/consola/salir", "-x", f"{address}/consola/cuenta/sesiones", "-x", f"{address}/consola/vivo*",
            "-x", f"{address}/consola/estilo/*", "--max-scan-time", str(WALKING), "--max-attack-time", str(ATTACKING),
            "-f", "json", "-o", str(report), "--store-session", str(folder / "session"), "--store-config", str(folder / "config"),
            "--no-bugreport", "-v", "1", "--tasks", "4", "--drop-set-cookie",
        ]  # fmt: skip
        longest = 4 * (WALKING + ATTACKING * len(modules.split(",")))  # it ends a module when the attack under way has ended
        done = subprocess.run(command, capture_output=True, text=True, timeout=longest + 60, check=False)
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    wrong = {name: each for part in ("vulnerabilities", "anomalies") for name, each in found[part].items() if each and name not in ASIDE}
    return wrong, int(found["infos"]["crawled_pages_nbr"])


@pytest.mark.parametrize("role", ROLES)
def test_a_scanner_finds_nothing(role: Role, desk: Desk, tmp_path: Path) -> None:
    wrong, walked = scan(desk.member(role), tmp_path, MODULES)
    assert not wrong, json.dumps(wrong, indent=1)[:4000]
    assert walked >= FEWEST, f"{walked} pages: it did not get in"
    print(f"{role}: {walked} pages walked, nothing found")


def test_the_scanner_notices_what_it_should(desk: Desk, tmp_path: Path) -> None:
    """A page that gives back what it is asked for, as it is."""
    form = (HERE / "templates" / "search_form.html").read_text(encoding="utf-8")
    planted = form.replace('value="{{ text | default("") }}"', 'value="{{ text | default("") | safe }}"')
    assert planted != form
    pages = visit_module._pages
    before = pages.loader
    assert before is not None
    pages.loader = ChoiceLoader([DictLoader({"search_form.html": planted}), before])
    _forget_pages()
    try:
        wrong, _ = scan(desk.member(Role.SUPERVISOR), tmp_path, "xss", "/consola/bandeja?busca=persona")
    finally:
        pages.loader = before
        _forget_pages()
    assert any("Scripting" in name for name in wrong), wrong


def _forget_pages() -> None:
    cache = visit_module._pages.cache
    assert cache is not None
    cache.clear()
