"""Telegram through a Bot API server that others wrote, with real Rasa and real processes."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from bot.settings import ROOT
from tests.e2e import updates
from tests.e2e.conftest import Running
from tests.e2e.peer import TOKEN, Peer

ANA, LUIS = 111_000_111, 222_000_222
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 64


def test_a_question_and_a_referral_over_telegram(served: Running, peer: Peer) -> None:
    peer.message(ANA, "cuanto cuesta el pasaporte mexicano en chicago")
    [answer] = peer.wait_for(ANA, 1)
    assert "44 dólares" in answer.text and "Revisado el" in answer.text
    assert ("Hablar con una persona", "/talk_to_human") in answer.buttons
    peer.message(ANA, "menu")
    menu = peer.wait_for(ANA, 2)[1]
    assert ("Pedir apoyo de una oficina", "/referral_request") in menu.buttons
    peer.press(ANA, "/referral_request")
    notice = peer.wait_for(ANA, 5)[3]
    assert "Aviso de privacidad" in notice.text and ("Aviso completo", "/notice_full") in notice.buttons
    peer.press(ANA, "referral_intake.for_whom=self")
    peer.wait_for(ANA, 6)
    peer.press(ANA, "referral_intake.need=work")
    peer.message(ANA, "omitir")
    peer.message(ANA, "Atlixco")
    peer.message(ANA, "por este chat")
    peer.message(ANA, "sí")  # notices may be written
    summary = peer.wait_for(ANA, 11)[10]
    assert "Atlixco, Puebla" in summary.text
    peer.press(ANA, next(payload for title, payload in summary.buttons if title == "Sí, autorizo"))
    sent = peer.wait_for(ANA, 12)[11]
    assert "Su folio es PTE-" in sent.text


def test_the_menu_and_the_description_are_set_at_the_start(served: Running, peer: Peer) -> None:
    peer.message(ANA, "menu")
    peer.wait_for(ANA, 1)
    until = time.monotonic() + 10
    while len(peer.called("setMyShortDescription")) < 6 and time.monotonic() < until:
        time.sleep(0.1)
    assert set(peer.commands()) == {"", "es", "en", "fr", "pt", "ht"}
    assert "persona" in dict(peer.commands()["es"]) and "person" in dict(peer.commands()["en"])
    assert len(peer.called("setMyDescription")) == 6


def desk(served: Running, *arguments: str) -> str:
    """What `./puente tickets …` prints."""
    return command(served, "tickets", *arguments, "--who", "rosa")


def command(served: Running, *words: str) -> str:
    environment = {**os.environ, **served.settings, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


def test_staff_open_a_photo_only_while_they_hold_the_ticket(served: Running, peer: Peer) -> None:
    command(served, "staff", "add", "ines", "--role", "admin")
    command(served, "staff", "add", "rosa", "--role", "agent", "--who", "ines")
    peer.offer_file("photo-7", JPEG)
    peer.message(ANA, "persona")
    peer.wait_for(ANA, 1)
    peer.say(ANA, updates.photo("photo-7"))
    assert "guardé" in peer.wait_for(ANA, 2)[1].text.lower()
    assert "no la atiende rosa" in desk(served, "file", "1", "1", "--why", "ver su documento")
    assert not peer.called("getFile"), "nothing is fetched before somebody holds the ticket"
    desk(served, "claim", "1")
    assert "archivo 1 (photo)" in desk(served, "show", "1")
    assert "para qué" in desk(served, "file", "1", "1") and not peer.called("getFile")
    kept = Path(desk(served, "file", "1", "1", "--why", "ver su documento").strip())
    assert kept.read_bytes() == JPEG and kept.suffix == ".jpg"


def test_a_database_locked_for_half_a_minute_loses_nothing(served: Running, peer: Peer) -> None:
    peer.message(ANA, "menu")
    peer.wait_for(ANA, 1)
    holder = sqlite3.connect(served.var / "puente.db", isolation_level=None, timeout=10)
    holder.execute("BEGIN EXCLUSIVE")
    locked_at = time.monotonic()
    peer.message(ANA, "cuanto cuesta el pasaporte mexicano en chicago")
    peer.message(LUIS, "menu")
    told = [peer.wait_for(ANA, 2, 29)[1], peer.wait_for(LUIS, 1, 29)[0]]
    assert all("no puedo guardar" in each.text for each in told)
    peer.message(ANA, "menu")
    time.sleep(max(0.0, 30 - (time.monotonic() - locked_at)))
    assert (len(peer.to(ANA)), len(peer.to(LUIS))) == (2, 1), "it is said once"
    holder.execute("ROLLBACK")
    holder.close()
    answers = peer.wait_for(ANA, 4, 40)[2:]
    assert "44 dólares" in answers[0].text and ("Pedir apoyo de una oficina", "/referral_request") in answers[1].buttons
    peer.wait_for(LUIS, 2, 40)
    time.sleep(2)
    assert (len(peer.to(ANA)), len(peer.to(LUIS))) == (4, 2)


def test_a_forged_callback_does_nothing(served: Running, peer: Peer) -> None:
    peer.press(LUIS, "/withdraw_referral=PTE-26-AAAAAA")
    [answer] = peer.wait_for(LUIS, 1)
    assert "no es de esta conversación" in answer.text


def test_retry_after_is_obeyed_and_nothing_is_doubled(served: Running, peer: Peer) -> None:
    peer.faults.append(("sendMessage", 429, {"description": "Too Many Requests", "parameters": {"retry_after": 2}}))
    started = time.monotonic()
    peer.message(ANA, "menu")
    peer.wait_for(ANA, 1)
    assert time.monotonic() - started >= 2
    time.sleep(1)
    assert len(peer.to(ANA)) == 1


def test_the_same_update_again_is_answered_once(served: Running, peer: Peer) -> None:
    peer.message(ANA, "menu")
    peer.wait_for(ANA, 1)
    assert served.stop() == 0
    peer._update_queues._state(TOKEN).updates.append(
        {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": ANA, "type": "private"}, "text": "menu"}}
    )
    served.start().wait_until_ready()
    peer.message(LUIS, "menu")
    peer.wait_for(LUIS, 1)
    assert len(peer.to(ANA)) == 1


def test_a_wrong_token_is_said_in_one_line(tmp_path: Path, model: Path, peer: Peer) -> None:
    wrong = Running(tmp_path / "var", TELEGRAM_TOKEN="999:wrong-token-wrong-token-wrong-token", TELEGRAM_API_URL=peer.url).start()
    assert wrong.process is not None
    assert wrong.process.wait(60) == 2
    said = wrong.log.read_text()
    assert "TELEGRAM_TOKEN" in said and "Traceback" not in said
    assert "wrong-token" not in said


def test_a_token_that_is_no_token_is_said_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "serve", "--rasa-port", "1"]
    environment = {"PUENTE_VAR": str(tmp_path), "TELEGRAM_TOKEN": "no-colon", "PYTHONPATH": str(ROOT), "PATH": "/usr/bin"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith("puente: TELEGRAM_TOKEN") and done.stderr.count("\n") == 1
