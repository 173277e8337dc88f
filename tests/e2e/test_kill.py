"""The processes are killed again and again in the middle of the work; nothing is lost, doubled without cause or out of order."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from bot.records.conversations import Conversation
from bot.records.database import open_database
from bot.records.referrals import Referral
from bot.settings import ROOT, Settings
from tests.e2e import updates
from tests.e2e.accounts import accounts
from tests.e2e.conftest import BotAlone, Running, telegram
from tests.e2e.peer import Peer, Sent

KILLS = 20  # of each process
ASKING = [
    "cuanto cuesta el pasaporte", "menu", "y que papeles llevo", "me corrieron del trabajo y no me pagaron", "menu", "como pido refugio en mexico",
    "requisitos de migrante emprende", "menu", "necesito la matricula consular", "gracias", "menu", "se me vencio la tarjeta de residente",
    "cuanto cobra migracion", "menu", "donde busco trabajo", "puedo abrir un negocio siendo refugiado", "menu", "donde saco cita en el consulado",
    "me nego el refugio la comar", "menu",
]  # fmt: skip


def filling(number: int) -> list[str]:
    """Twenty messages: two referrals, told apart by their telephones. A leading = is a button."""
    return [
        "menu", "=/referral_request", "para mi", "trabajo", f"me quedé sin empleo en la obra {number}", "Atlixco", "por telefono",
        f"22212300{number:02d}", "si autorizo", "=/referral_request", "para mi", "salud", "omitir", "Tehuacán", "por telefono",
        f"22298700{number:02d}", "regresar", f"22298700{number:02d}", "si autorizo", "menu",
    ]  # fmt: skip


def test_forty_kills_lose_nothing(served: Running, peer: Peer) -> None:
    chats = {1000 + number: filling(number) if number < 10 else list(ASKING) for number in range(20)}
    assert sum(map(len, chats.values())) == 400
    chance = random.Random(7)
    kills = Counter[str]()
    next_kill = time.monotonic() + 0.5
    for round_number in range(20):
        for chat, script in chats.items():
            text = script[round_number]
            if text.startswith("="):
                peer.press(chat, text[1:])
            else:
                peer.message(chat, text)
            if time.monotonic() >= next_kill:
                word = min(("serve", "rasa"), key=lambda each: kills[each])
                kills[word] += served.kill(word)
                next_kill = time.monotonic() + chance.uniform(0.3, 1.5)
            time.sleep(0.06)
    while min(kills["serve"], kills["rasa"]) < KILLS:  # while the backlog is worked off
        word = min(("serve", "rasa"), key=lambda each: kills[each])
        kills[word] += served.kill(word)
        time.sleep(chance.uniform(0.3, 1.5))
    served.wait_until_ready(90)
    _wait_until_drained(served, peer)
    assert served.stop() == 0
    found = accounts(served.var)
    faults = {chat: found[str(chat)].faults([text.removeprefix("=") for text in script], peer.to(chat)) for chat, script in chats.items()}
    assert not {chat: each for chat, each in faults.items() if each}
    _check_referrals(served)


def _wait_until_drained(served: Running, peer: Peer) -> None:
    quiet_since, count = time.monotonic(), -1
    until = time.monotonic() + 180
    while time.monotonic() - quiet_since < 8:
        assert time.monotonic() < until, "the backlog was not worked off"
        if len(peer.sent) != count:
            quiet_since, count = time.monotonic(), len(peer.sent)
        time.sleep(0.2)


def _check_referrals(served: Running) -> None:
    database = open_database(f"sqlite:///{served.var}/puente.db", Settings(puente_var=served.var).keys_file)

    def look(session):  # type: ignore[no-untyped-def]
        chats = {row.chat_id: row.id for row in session.scalars(select(Conversation))}
        for number in range(10):
            mine = chats[str(1000 + number)]
            referrals = session.scalars(select(Referral).where(Referral.conversation_id == mine).order_by(Referral.id)).all()
            assert [(each.need, each.municipality, each.details["telephone"]) for each in referrals] == [
                ("work", "21019", f"22212300{number:02d}"),
                ("health", "21156", f"22298700{number:02d}"),
            ]
            assert referrals[0].details["story"] == f"me quedé sin empleo en la obra {number}"

    database.call(look)
    database.close()


MANY, CROWD, DEATHS = 2_000, 100, 20
WAYS = [
    "menu",
    "=/topic_consular",
    "ayuda",
    "=/topic_regularization",
    "/help",
    "=/topic_employment",
    "temas",
    "=/topic_identity",
    "idioma",
    "=/topic_health",
]
WORDS = [text for text in ASKING if text not in ("menu", "gracias")]


def walk(number: int) -> list[str]:
    """Twenty messages: ways through the menu, and two questions in a person's own words."""
    turned = WAYS[1:] * 2
    steps = ["menu", *(turned[(number + step) % len(turned)] for step in range(17))]
    steps.insert(7, WORDS[number % len(WORDS)])
    steps.insert(14, WORDS[(number + 5) % len(WORDS)])
    return steps


def test_twenty_kills_during_two_thousand_updates_lose_nothing(alone: BotAlone, peer: Peer) -> None:
    chats = {1000 + number: walk(number) for number in range(CROWD)}
    assert sum(map(len, chats.values())) == MANY
    began = time.monotonic()
    feeding = threading.Thread(target=_feed, args=(peer, chats), daemon=True)
    alone.start().wait_until_ready()
    feeding.start()
    chance = random.Random(11)
    for _ in range(DEATHS):
        if chance.random() < 0.8:  # in the middle of the work; else wherever its start has got to
            _wait_for_an_answer(peer)
        time.sleep(chance.uniform(0.1, 1.5))
        alone.kill_and_start()
    feeding.join(60)
    alone.wait_until_ready().wait_until_idle(peer, 150)
    assert (peer.polls == 0) is alone.has_webhook
    assert alone.stop() == 0
    found = accounts(alone.var)
    faults = {chat: found[str(chat)].faults([text.removeprefix("=") for text in script], peer.to(chat)) for chat, script in chats.items()}
    doubled = sum(max(0, len(peer.to(chat)) - len(found[str(chat)].answers)) for chat in chats)
    unknown = sum(each.repeats for each in found.values())
    wrong = {chat: (each, found[str(chat)].undelivered) for chat, each in faults.items() if each}
    print(
        f"\n{MANY} updates, {DEATHS} kills, {time.monotonic() - began:.0f} s: {len(wrong)} chats with something lost or out of order, ",
        end="",
    )
    print(f"{doubled} messages doubled, {unknown} of unknown fate")
    assert not wrong
    assert doubled <= unknown


def _feed(peer: Peer, chats: dict[int, list[str]]) -> None:
    """Everybody says one thing every two seconds."""
    for place in range(MANY // CROWD):
        began = time.monotonic()
        peer.deliver_all(
            peer.pressed(chat, script[place][1:]) if script[place].startswith("=") else peer.typed(chat, script[place])
            for chat, script in chats.items()
        )
        time.sleep(max(0.0, 2 - (time.monotonic() - began)))


def _wait_for_an_answer(peer: Peer) -> None:
    """The next one, if there is anything to answer."""
    count, until = len(peer.sent), time.monotonic() + 20
    while len(peer.sent) == count and peer.waiting() and time.monotonic() < until:
        time.sleep(0.02)


SOME, ANSWERS_BEFORE = 20, 6
QUIET = 20  # seconds in which no answer comes, with a new start among them


def _killed_at_the_sixth_answer(peer: Peer, process: Callable[[], subprocess.Popen[str] | None], start: Callable[[], object]) -> int:
    """Twenty updates, SIGKILL in the moment of the sixth answer, a new start; how many were never answered."""

    def answered() -> int:
        return len({each.chat for each in peer.sent})

    def kill(_sent: Sent) -> None:
        running = process()
        if len(peer.sent) == ANSWERS_BEFORE and running:
            os.kill(running.pid, signal.SIGKILL)

    peer.on_sent = kill
    peer.deliver_all(peer.said(5000 + number, updates.text("menu")) for number in range(SOME))
    start()
    running = process()
    assert running
    running.wait(60)
    peer.on_sent = lambda _sent: None
    start()
    quiet_since, count = time.monotonic(), -1
    while answered() < SOME and time.monotonic() - quiet_since < QUIET:
        if len(peer.sent) != count:
            quiet_since, count = time.monotonic(), len(peer.sent)
        time.sleep(0.1)
    return SOME - answered()


def test_a_stock_bot_loses_what_puente_keeps(tmp_path: Path, rasa_port: int, peer: Peer) -> None:
    stock: list[subprocess.Popen[str]] = []
    log = (tmp_path / "stock.log").open("w")

    def start() -> None:
        command = [sys.executable, "-m", "tests.e2e.stock_bot", peer.url]
        stock.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, text=True))

    lost_by_stock = _killed_at_the_sixth_answer(peer, lambda: stock[-1], start)
    stock[-1].terminate()
    stock[-1].wait(30)
    log.close()
    with Peer().running() as another:
        alone = BotAlone(tmp_path / "var", rasa_port, **telegram(another))
        lost_by_puente = _killed_at_the_sixth_answer(another, lambda: alone.process, alone.start)
        assert alone.wait_until_ready().stop() == 0
    print(f"\nof {SOME} updates, killed at the {ANSWERS_BEFORE}th answer: stock bot lost {lost_by_stock}, Puente lost {lost_by_puente}")
    assert lost_by_stock > 0
    assert lost_by_puente == 0
