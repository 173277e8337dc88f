"""The proxies of deploy/ let in what is meant for the network and nothing else; nginx is asked, where it is installed."""

import http.server
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.permissions import DOORS
from bot.rasa.process import free_port
from bot.settings import ROOT
from bot.telegram_adapter.webhook import LARGEST

OPEN_TO_ALL = ("/telegram", "/caso", "/invitacion", "/paginas", "/consola")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
CONFIG = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")


def samples() -> list[str]:
    """Every path of the table of doors, with something in the place of its names."""
    return sorted({re.sub(r"\{\w+\}", "x1", door) for door in DOORS if door.startswith("/")})


def may_pass(path: str) -> bool:
    return path.startswith(OPEN_TO_ALL)


class Behind(http.server.BaseHTTPRequestHandler):
    """Stands where Puente does: answers everything, and says a stream in two parts."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.path} {self.headers.get('X-Forwarded-For')}\n".encode())
        self.wfile.flush()
        if "vivo" in self.path:
            time.sleep(1.5)
            self.wfile.write(b"later")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of nginx with our file, but for certificate and ports."""
    if not NGINX:
        pytest.skip("nginx is not installed")
    folder, port = tmp_path_factory.mktemp("nginx", numbered=False), free_port()
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    own = re.sub(r"^\s*(listen \[|ssl_).*$", "", CONFIG, flags=re.MULTILINE)
    own = own.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace("127.0.0.1:8000", f"127.0.0.1:{behind.server_port}")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    settings = folder / "nginx.conf"
    settings.write_text(f"daemon off; pid {folder}/pid; events {{}} http {{ {places} access_log {folder}/access.log; {own} }}")
    process = subprocess.Popen([NGINX, "-c", str(settings), "-e", str(folder / "error.log")], stderr=subprocess.DEVNULL)
    _wait_for(port, folder)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
    behind.shutdown()
    behind.server_close()


def _wait_for(port: int, folder: Path) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError((folder / "error.log").read_text())


@pytest.mark.parametrize("path", samples())
def test_a_page_is_open_to_the_network_or_not_there(path: str, proxied: str) -> None:
    answer = httpx.get(f"{proxied}{path}{'/x' if path in ('/paginas', '/static') else ''}", headers={"X-Forwarded-For": "8.8.8.8"})
    assert answer.status_code == (200 if may_pass(path) else 404)
    if may_pass(path):
        assert "127.0.0.1" in answer.text and "8.8.8.8" not in answer.text, "who asks is what the proxy sees, not what they say"


def test_what_is_said_live_does_not_wait_in_the_proxy(proxied: str) -> None:
    began = time.monotonic()
    with httpx.stream("GET", f"{proxied}/consola/vivo", timeout=10) as stream:
        first = next(stream.iter_text())
        assert "/consola/vivo" in first and time.monotonic() - began < 1.2


def test_the_address_that_opens_a_case_stands_in_no_log(proxied: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    httpx.get(f"{proxied}/caso/secret-of-a-case")
    httpx.get(f"{proxied}/consola/seen")
    time.sleep(0.3)
    log = (tmp_path_factory.getbasetemp() / "nginx" / "access.log").read_text()
    assert "/consola/seen" in log and "secret-of-a-case" not in log


@pytest.mark.parametrize(("path", "most"), [("/telegram", LARGEST), ("/caso/x", 32_000)])
def test_nobody_sends_more_than_the_door_takes(path: str, most: int, proxied: str) -> None:
    assert httpx.post(f"{proxied}{path}", content=b"x" * (most * 2)).status_code == 413


def test_both_proxies_let_the_same_in() -> None:
    caddy = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    named = {f"/{each}" for each in re.findall(r"/(telegram|caso|invitacion|paginas|consola)\b", caddy)}
    assert named == set(OPEN_TO_ALL) and "respond 404" in caddy and len(re.findall(r"127\.0\.0\.1:8000", caddy)) == 2
    assert "flush_interval -1" in caddy, "what is said live must not wait"
