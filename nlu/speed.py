"""How fast the trained model reads and how much memory it takes: `nlu/.venv/bin/python -m nlu.speed MODEL < MESSAGES`, one message a line.

The model is loaded as Rasa's server loads it, in this process and without a server. Prints `{"messages", "median_ms", "resident_mb"}`; the
time is that of the processor, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import sys
import time
from pathlib import Path

WARMING_UP = 5  # messages that are read first and not counted
PAGES = Path("/proc/self/status")


async def measure(model: str, messages: list[str]) -> dict[str, float]:
    import structlog
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # as the server is run
    processor = Agent.load(model).processor
    if processor is None:
        raise SystemExit(f"{model} could not be loaded")
    for text in messages[:WARMING_UP]:
        await processor.parse_message(UserMessage(text))
    took = []
    for text in messages:
        began = time.process_time()
        await processor.parse_message(UserMessage(text))
        took.append(time.process_time() - began)
    return {"messages": len(took), "median_ms": round(statistics.median(took) * 1000, 2), "resident_mb": resident_mb()}


def resident_mb() -> float:
    [line] = [each for each in PAGES.read_text(encoding="ascii").splitlines() if each.startswith("VmRSS:")]
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    given = [line.strip() for line in sys.stdin if line.strip()]
    print(json.dumps(asyncio.run(measure(sys.argv[1], given))))
