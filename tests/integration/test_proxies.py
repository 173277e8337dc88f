"""The proxies of deploy/ let in what is meant for the network and nothing else; nginx and Caddy are asked, where they are installed."""

import http.server
import os
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

from bot.doors import DOORS
from bot.rasa.process import free_port
from bot.settings import ROOT
from bot.telegram_adapter.webhook import LARGEST

OPEN_TO_ALL = (
    "/telegram", "/telegram/officials", "/caso", "/invitacion", "/paginas", "/constancia", "/insignia", "/insignias", "/verificar",
    "/consola",
)  # fmt: skip
PROXIES = {name: shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") for name in ("nginx", "caddy")}
NGINX_FILE = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
CADDY_FILE = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")


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
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a proxy with our file, but for certificate and ports."""
    proxy = PROXIES[request.param]
    if not proxy:
        pytest.skip(f"{request.param} is not installed")
    folder, port = tmp_path_factory.mktemp(request.param, numbered=False), free_port()
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    arguments = {"nginx": _nginx, "caddy": _caddy}[request.param](folder, port, behind.server_port)
    with (folder / "error.log").open("w") as log:
        process = subprocess.Popen([proxy, *arguments], stderr=log, env={**os.environ, "HOME": str(folder)})
    _wait_for(port, folder)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
    behind.shutdown()
    behind.server_close()


def _nginx(folder: Path, port: int, behind: int) -> list[str]:
    own = re.sub(r"^\s*(listen \[|ssl_).*$", "", NGINX_FILE, flags=re.MULTILINE)
    own = own.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    settings = folder / "nginx.conf"
    user = "user root; " if os.geteuid() == 0 else ""  # it keeps long bodies in our folder
    settings.write_text(f"{user}daemon off; pid {folder}/pid; events {{}} http {{ {places} access_log {folder}/access.log; {own} }}")
    return ["-c", str(settings), "-e", "stderr"]


def _caddy(folder: Path, port: int, behind: int) -> list[str]:
    own = CADDY_FILE.replace("puente.example.mx {", f"http://127.0.0.1:{port} {{").replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    settings = folder / "Caddyfile"
    settings.write_text(f"{{\n\tadmin off\n}}\n{own}")
    return ["run", "--config", str(settings), "--adapter", "caddyfile"]


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


@pytest.mark.parametrize("path", ["/telegram/", "/telegram/other", "/telegramofficials", "/oficiales", "/oficiales/mensaje"])
def test_nothing_beside_the_two_doors_of_telegram_is_open(path: str, proxied: str) -> None:
    assert httpx.post(f"{proxied}{path}").status_code == 404


def test_what_is_said_live_does_not_wait_in_the_proxy(proxied: str) -> None:
    began = time.monotonic()
    with httpx.stream("GET", f"{proxied}/consola/vivo", timeout=10) as stream:
        first = next(stream.iter_text())
        assert "/consola/vivo" in first and time.monotonic() - began < 1.2


def test_the_address_that_opens_a_case_stands_in_no_log(
    proxied: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    httpx.get(f"{proxied}/caso/secret-of-a-case")
    httpx.get(f"{proxied}/constancia/secret-of-a-holder")
    httpx.get(f"{proxied}/consola/seen")
    time.sleep(0.3)
    name = request.node.callspec.params["proxied"]
    said = "".join(log.read_text() for log in (tmp_path_factory.getbasetemp() / name).glob("*.log"))
    assert said and "secret-of" not in said
    assert name == "caddy" or "/consola/seen" in said, "Caddy keeps no log of who asks for what"


@pytest.mark.parametrize(("path", "most"), [("/telegram", LARGEST), ("/telegram/officials", LARGEST), ("/caso/x", 32_000)])
def test_nobody_sends_more_than_the_door_takes(path: str, most: int, proxied: str) -> None:
    assert httpx.post(f"{proxied}{path}", content=b"x" * (most * 2)).status_code in (413, 502), "older versions of Caddy say 502"
    assert httpx.post(f"{proxied}{path}", content=b"x" * (most - 1000)).status_code == 200


def test_both_proxies_let_the_same_in() -> None:
    matched = " ".join(re.findall(r"^\t(?:handle|@\w+ path) (/.*)$", CADDY_FILE, flags=re.MULTILINE)).removesuffix("{").split()
    assert {each.removesuffix("/*") for each in matched} == set(OPEN_TO_ALL)
    assert "respond 404" in CADDY_FILE and len(re.findall(r"127\.0\.0\.1:8000", CADDY_FILE)) == 3
    assert "flush_interval -1" in CADDY_FILE, "what is said live must not wait"
