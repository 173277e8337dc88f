"""A photograph for a case, with the real bot process and a Telegram peer: Telegram fails, the process is killed while it fetches, and the
photograph is kept all the same, encrypted. Rasa is not needed: buttons, commands and short answers work without it.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.rasa.process import free_port
from bot.settings import ROOT
from tests.e2e import updates
from tests.e2e.conftest import NO_LIMITS, BotAlone, telegram
from tests.e2e.peer import Peer

ANA = 4021
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"acta de nacimiento de Ana Secreta " * 3000
FILE_ID = "photo-of-the-birth-certificate"
APPLICATION = [
    "/start migrante_emprende", "=/start_application=migrante_emprende", "=application_migrante_emprende.business=start", "=/skip=idea",
    "Atlixco", "=application_migrante_emprende.contact_way=chat", "sí autorizo",
]  # fmt: skip
ASKS_FOR_PHOTO = ["=/send_document=migrante_emprende.birth_certificate", "sí autorizo"]


@pytest.fixture
def without_rasa(tmp_path: Path, peer: Peer) -> Iterator[BotAlone]:
    made = BotAlone(tmp_path / "var", free_port(), **telegram(peer, **NO_LIMITS))
    made.start()
    yield made
    if made.process and made.process.poll() is None:
        made.stop()


def does(peer: Peer, said: str) -> None:
    """Says it, or presses it, and waits for the answer."""
    known = len(peer.to(ANA))
    if said.startswith("="):
        peer.press(ANA, said[1:])
    else:
        peer.message(ANA, said)
    peer.wait_for(ANA, known + 1)


def within(seconds: float, happened: Callable[[], object]) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.1)


def kept(running: BotAlone) -> list[Path]:
    return sorted((running.var / "files").glob("*.case"))


def command(running: BotAlone, *words: str) -> str:
    environment = {**running.settings, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "bot", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_photograph_survives_failures_and_kills_and_is_never_on_the_disk_in_clear(without_rasa: BotAlone, peer: Peer) -> None:
    for said in (*APPLICATION, *ASKS_FOR_PHOTO):
        does(peer, said)
    folio = next(word for each in peer.to(ANA) for word in each.text.replace(".", " ").split() if word.startswith("PTE-"))
    peer.offer_file(FILE_ID, JPEG)
    peer.faults += [("getFile", 502, {"description": "Bad Gateway"})] * 2
    known = len(peer.to(ANA))
    peer.say(ANA, updates.photo(FILE_ID))
    assert "Recibí" in peer.wait_for(ANA, known + 1)[-1].text, "the turn waits for no download"
    within(10, lambda: peer.called("getFile") or len(peer.faults) < 2)
    without_rasa.kill_and_start()
    within(40, lambda: kept(without_rasa))
    without_rasa.kill_and_start()
    time.sleep(3)
    [stored] = kept(without_rasa)
    found = [path.name for path in without_rasa.var.rglob("*") if path.is_file() and _holds(path)]
    assert found == [], "the photograph, its beginning or Telegram's name for it lies there in clear"
    command(without_rasa, "staff", "add", "ines", "--role", "admin")
    command(without_rasa, "staff", "add", "rosa", "--role", "agent", "--who", "ines")
    opened = Path(command(without_rasa, "cases", "file", folio, "birth_certificate", "--why", "revisar el acta", "--who", "rosa").strip())
    assert opened.read_bytes() == JPEG
    does(peer, "/mitramite")
    does(peer, "=/withdraw_photos")
    within(10, lambda: not stored.exists())


def _holds(path: Path) -> bool:
    data = path.read_bytes()
    return b"acta de nacimiento de Ana" in data or JPEG[:12] in data or FILE_ID.encode() in data
