"""A short version of load.py: a steady stream is answered at once, and a crowd that comes together is answered altogether."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import updates
from tests.e2e.accounts import accounts
from tests.e2e.conftest import BotAlone, Running, telegram
from tests.e2e.crowd import learn
from tests.e2e.load import measure
from tests.e2e.peer import Peer

pytestmark = pytest.mark.alone
P95_MS = 500
THOUSAND, WITHIN = 1_000, 60  # chats, seconds


@pytest.fixture
def ready(tmp_path: Path, model: Path, peer: Peer) -> Iterator[Running]:
    running = Running(tmp_path / "var", **telegram(peer)).start().wait_until_ready(120)
    yield running
    running.stop()


def test_thirty_messages_a_second_are_answered_within_half_a_second(ready: Running, peer: Peer) -> None:
    figures = measure(ready, peer, learn(peer, wanted=20), "steady", seconds=20, chats=300, share_of_texts=0.5)
    print("\n" + figures.table())
    assert figures.unanswered == 0
    assert figures.answered >= 0.95 * 20 * 30
    assert figures.p95_ms <= P95_MS


def test_a_thousand_people_at_once_all_get_their_answer(alone: BotAlone, peer: Peer) -> None:
    alone.start().wait_until_ready()
    chats = range(7_000, 7_000 + THOUSAND)
    began = time.monotonic()
    peer.deliver_all(peer.said(chat, updates.text("menu")) for chat in chats)
    while len(peer.sent) < THOUSAND and time.monotonic() - began < WITHIN:
        time.sleep(0.1)
    took = time.monotonic() - began
    print(f"\n{len(peer.sent)} of {THOUSAND} answered in {took:.1f} s")
    assert len(peer.sent) >= THOUSAND, f"{len(peer.sent)} answers within {WITHIN} s"
    alone.wait_until_idle(peer)
    assert (peer.polls == 0) is alone.has_webhook
    assert alone.stop() == 0
    kept = accounts(alone.var)
    faults = {chat: kept[str(chat)].faults(["menu"], peer.to(chat)) for chat in chats}
    assert not {chat: each for chat, each in faults.items() if each}
