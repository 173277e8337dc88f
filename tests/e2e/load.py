"""How much the whole service carries: `python -m tests.e2e.load --mode text|buttons|steady`.

Real Rasa, the bot and their supervisor in processes of their own; the peer and the crowd are this process. `text` and `buttons` are
closed loops: each person asks the next thing when the answer is there, without Telegram's limits. `steady` is 30 messages a second
whether answered or not, with Telegram's limits.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.conftest import NO_LIMITS, Running, telegram
from tests.e2e.crowd import Crowd, Known, learn
from tests.e2e.peer import Peer

STEADY = 30  # messages a second
WARM_UP = 3.0  # seconds
LOOK_EVERY = 30  # seconds
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    mode: str
    chats: int
    seconds: float
    asked: int
    answered: int
    replies: int
    replies_per_second: float
    p50_ms: float
    p95_ms: float
    longest_ms: float
    p95_from_queued_ms: float
    unanswered: int
    strays: int
    cpu_seconds: dict[str, float]
    cpu_ms_per_reply: dict[str, float]
    looks: list[dict[str, Any]] = field(default_factory=list)

    def table(self) -> str:
        cpu = "  ".join(f"{name} {spent:.1f} s ({self.cpu_ms_per_reply[name]:.1f} ms/reply)" for name, spent in self.cpu_seconds.items())
        lines = [
            f"{self.mode}: {self.chats} chats, {self.seconds:.0f} s",
            f"  replies/s   {self.replies_per_second:.1f}  ({self.replies} sends for {self.answered} answers)",
            f"  latency     p50 {self.p50_ms:.0f} ms, p95 {self.p95_ms:.0f} ms, longest {self.longest_ms:.0f} ms"
            f" (p95 from the moment it was queued {self.p95_from_queued_ms:.0f} ms)",
            f"  unanswered  {self.unanswered}, messages more than expected {self.strays}",
            f"  CPU         {cpu}",
        ]
        return "\n".join(
            lines + [f"  at {look['at']:>4.0f} s   " + ", ".join(f"{k} {v}" for k, v in look.items() if k != "at") for look in self.looks]
        )


class Processes:
    """CPU and memory of the service's processes and of this one."""

    def __init__(self, running: Running) -> None:
        [self._bot], [self._rasa] = running.children("serve"), running.children("rasa")
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        return {"bot": _cpu(self._bot), "rasa": _cpu(self._rasa), "peer": time.process_time()}

    def begin(self) -> None:
        self._before = self._now()

    def spent(self) -> dict[str, float]:
        return {name: round(spent - self._before[name], 2) for name, spent in self._now().items()}

    def memory(self) -> dict[str, int]:
        return {"bot_mb": _memory(self._bot), "rasa_mb": _memory(self._rasa)}


def measure(running: Running, peer: Peer, known: Known, mode: str, seconds: float, chats: int, share_of_texts: float) -> Figures:
    """The service has to be ready; `known` comes from `learn`."""
    processes, looks = Processes(running), []
    crowd = Crowd(peer, known, chats, share_of_texts, again=mode != "steady")
    crowd.start(1 / STEADY if mode == "steady" else None)
    time.sleep(WARM_UP)
    processes.begin()
    began, sent_before, asked_before = time.monotonic(), len(peer.sent), crowd.asked
    while (passed := time.monotonic() - began) < seconds:
        looks.append({"at": round(passed), **processes.memory(), **depth(running.address)})
        time.sleep(max(0.0, min(LOOK_EVERY, seconds - (time.monotonic() - began))))
    ended, replies, asked = time.monotonic(), len(peer.sent) - sent_before, crowd.asked - asked_before
    spent = processes.spent()
    looks.append({"at": round(ended - began), **processes.memory(), **depth(running.address)})
    unanswered = crowd.stop()
    mine = [each for each in crowd.answered if began <= each.first <= ended]
    waits = sorted(1000 * (each.first - each.handed) for each in mine) or [0.0]
    queued = sorted(1000 * (each.first - each.enqueued) for each in mine) or [0.0]
    per_reply = {name: round(1000 * each / max(replies, 1), 2) for name, each in spent.items()}
    return Figures(
        mode=mode,
        chats=chats,
        seconds=round(ended - began, 1),
        asked=asked,
        answered=len(mine),
        replies=replies,
        replies_per_second=round(replies / (ended - began), 1),
        p50_ms=round(statistics.median(waits)),
        p95_ms=round(_part(waits, 0.95)),
        longest_ms=round(waits[-1]),
        p95_from_queued_ms=round(_part(queued, 0.95)),
        unanswered=unanswered,
        strays=crowd.strays,
        cpu_seconds=spent,
        cpu_ms_per_reply=per_reply,
        looks=looks,
    )


def depth(address: str) -> dict[str, Any]:
    """What waits in the bot, by its metrics or, without them, by its health page."""
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        metrics = client.get("/metrics")
        if metrics.status_code == httpx.codes.OK:
            values = dict(line.rsplit(" ", 1) for line in metrics.text.splitlines() if line and not line.startswith("#"))
            return {
                name: float(values.get(f"puente_{name}", "nan")) for name in ("updates_waiting", "oldest_update_seconds", "sends_waiting")
            }
        state = client.get("/healthz").json()
        return {name: state[name] for name in ("updates_waiting", "oldest_update_seconds", "sends_waiting")}


def _part(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mode", choices=["text", "buttons", "steady"], required=True)
    asked.add_argument("--seconds", type=float, default=300)
    asked.add_argument("--chats", type=int, default=300)
    asked.add_argument("--texts", type=float, default=0.5, help="share of texts among what is said in `steady`; the rest are buttons")
    asked.add_argument("--webhook", action="store_true")
    options = asked.parse_args()
    share = {"text": 1.0, "buttons": 0.0}.get(options.mode, options.texts)
    with tempfile.TemporaryDirectory() as folder, Peer().running() as peer:
        limits = {} if options.mode == "steady" else NO_LIMITS
        running = Running(Path(folder) / "var", **telegram(peer, **limits))
        if options.webhook:
            running.with_webhook()
        running.start().wait_until_ready(120)
        try:
            figures = measure(running, peer, learn(peer), options.mode, options.seconds, options.chats, share)
        finally:
            running.stop()
    print(figures.table())
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()
