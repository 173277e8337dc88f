"""Many people at once: each asks what the assistant is known to understand, and what came back when is written down."""

import asyncio
import random
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from bot.settings import ROOT
from tests.e2e import updates
from tests.e2e.peer import TOKEN, Peer, Sent

SUBJECTS = ("regularization", "consular", "employment", "entrepreneurship", "identity", "health", "rights", "ipam")
QUESTIONS = 40
ANSWERED = "Revisado el"  # what every answer with a source says
BEGINS = ("/talk_to_human", "/referral_request", "/cancel", "/continue", "/start_questionnaire", "/find_offices", "/shelter_find")
TYPED = "menu"  # needs no understanding and offers buttons
TRIED_BY = 1_000_000  # the chats that try the questions out
CROWD = 2_000_000


@dataclass
class Asked:
    update_id: int
    what: str


@dataclass
class Answered:
    what: str
    enqueued: float
    handed: float
    first: float


@dataclass
class Known:
    """What may be asked: texts, and buttons where they are offered, each answered by one message."""

    texts: list[str] = field(default_factory=list)
    buttons: set[str] = field(default_factory=set)


def questions() -> Iterator[str]:
    """Short Spanish questions of the test data, one of each subject in turn."""
    lists = []
    for subject in SUBJECTS:
        table = yaml.safe_load((ROOT / "nlu" / "test_data" / f"{subject}.yml").read_text(encoding="utf-8"))
        lines = [line.strip().removeprefix("- ") for entry in table["nlu"] for line in entry["examples"].splitlines()]
        lists.append(deque(line for line in lines if 12 <= len(line) <= 60))
    while any(lists):
        for each in lists:
            if each:
                yield each.popleft()


def learn(peer: Peer, wanted: int = QUESTIONS) -> Known:
    """Ask each candidate once: those that get one message with a source are known; then press the buttons where they were offered."""
    known = Known()
    candidates = [text for text, _ in zip(questions(), range(3 * wanted), strict=False)]
    got = _try(
        peer, {TRIED_BY + number: peer.said(TRIED_BY + number, updates.text(text)) for number, text in enumerate([TYPED, *candidates])}
    )
    for text, answer in zip(candidates, [got[TRIED_BY + 1 + number] for number in range(len(candidates))], strict=True):
        if len(answer) == 1 and ANSWERED in answer[0].text and len(known.texts) < wanted:
            known.texts.append(text)
    where = {payload: chat for chat, answer in got.items() for each in answer for _, payload in each.buttons if shows(payload)}
    while where:
        turn = {chat: payload for payload, chat in where.items()}  # one press for each chat at a time
        got = _try(peer, {chat: peer.pressed(chat, payload) for chat, payload in turn.items()})
        known.buttons |= {payload for chat, payload in turn.items() if len(got[chat]) == 1} | {"/help"}
        where = {payload: chat for payload, chat in where.items() if turn[chat] != payload}
    assert len(known.texts) >= wanted // 2 <= len(known.buttons), f"only {len(known.texts)} questions and {len(known.buttons)} buttons"
    return known


def shows(payload: str) -> bool:
    """A button that shows something and begins nothing."""
    return payload.startswith("/") and not payload.startswith(BEGINS) and "eligibility" not in payload


def _try(peer: Peer, by_chat: dict[int, updates.Json]) -> dict[int, list[Sent]]:
    """What each chat gets for it."""
    start = len(peer.sent)
    peer.deliver_all(by_chat.values())
    until = time.monotonic() + 60
    while time.monotonic() < until and {str(chat) for chat in by_chat} - {each.chat for each in peer.sent[start:]}:
        time.sleep(0.1)
    time.sleep(1)
    got = defaultdict(list)
    for sent in peer.sent[start:]:
        got[int(sent.chat)].append(sent)
    return got


class Crowd:
    """Lives in the peer's thread; `start` and `stop` are called from the test's own."""

    def __init__(self, peer: Peer, known: Known, chats: int, share_of_texts: float, again: bool, seed: int = 7) -> None:
        """`again`: each person asks the next thing as soon as the answer is there."""
        self.answered: list[Answered] = []
        self.asked = self.strays = 0
        self._peer, self._known, self._again, self._share = peer, known, again, share_of_texts
        self._chats = [CROWD + number for number in range(chats)]
        self._open: dict[str, deque[Asked]] = {str(chat): deque() for chat in self._chats}
        self._offered: dict[str, list[str]] = defaultdict(list)
        self._chance = random.Random(seed)
        self._going = False
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, every: float | None = None) -> None:
        """Everybody begins within two seconds; or one person asks each `every` seconds, whether answered or not."""
        self._going = True
        self._peer.on_sent = self._on_sent
        begin = self._steadily(every) if every else self._everybody()
        asyncio.run_coroutine_threadsafe(begin, self._peer.loop)

    def stop(self, patience: float = 60) -> int:
        """Nobody asks any more; answers how many still wait for theirs after so many seconds."""
        self._going = False
        until = time.monotonic() + patience
        while self.waiting() and time.monotonic() < until:
            time.sleep(0.1)
        self._peer.on_sent = lambda _sent: None
        return self.waiting()

    def waiting(self) -> int:
        return sum(map(len, self._open.values()))

    async def _everybody(self) -> None:
        for chat in self._chats:
            if not self._going:
                return
            await self._ask(chat)
            await asyncio.sleep(2 / len(self._chats))

    async def _steadily(self, every: float) -> None:
        next_at = time.monotonic()
        while self._going:
            for chat in self._chats:
                await asyncio.sleep(max(0.0, next_at - time.monotonic()))
                if not self._going:
                    return
                await self._ask(chat)
                next_at += every

    async def _ask(self, chat: int) -> None:
        offered = self._offered[str(chat)]
        if self._chance.random() < self._share:
            what = self._chance.choice(self._known.texts)
            update = self._peer.said(chat, updates.text(what))
        elif offered:
            what = self._chance.choice(offered)
            update = self._peer.pressed(chat, what)
        else:
            what = TYPED
            update = self._peer.said(chat, updates.text(what))
        number = self._peer.next_update_id()
        self._open[str(chat)].append(Asked(number, what))
        self.asked += 1
        await self._peer.post.enqueue(TOKEN, update | {"update_id": number})

    def _on_sent(self, sent: Sent) -> None:
        waiting = self._open.get(sent.chat)
        self._offered[sent.chat] = [payload for _, payload in sent.buttons if payload in self._known.buttons]
        if not waiting:
            self.strays += sent.chat in self._open
            return
        asked = waiting.popleft()
        handed, enqueued = self._peer.handed[asked.update_id], self._peer.enqueued[asked.update_id]
        self.answered.append(Answered(asked.what, enqueued, handed, sent.at))
        if self._going and self._again:
            task = asyncio.create_task(self._ask(int(sent.chat)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
