"""JSON lines: `{"chat": "a", "text": "…"}` in, one answer a line out; and `parse`, which touches no record.

Both go through the same turn and the same Rasa as Telegram: they are how editors, tests and measurements talk to the real thing.
"""

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any, TextIO

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.live import LiveContent
from bot.conversation.worker import utc_now
from bot.errors import UnderstandingError
from bot.local_chat.exchange import exchange
from bot.rasa.client import RasaClient
from bot.records.conversations import OF_OFFICIALS
from nlu.components.spelling import plain

BOT_ID = "terminal"
OFFICIALS_BOT_ID = f"{BOT_ID}{OF_OFFICIALS}"


class Line(BaseModel):
    """One input. `id` is optional: the same id again gives the same answer instead of a second turn."""

    model_config = ConfigDict(extra="forbid")

    chat: str
    text: str | None = None
    button: str | None = None
    id: str | None = None


async def chat_lines(app: App, lines: TextIO, out: TextIO, bot_id: str = BOT_ID) -> None:
    async for number, raw in _numbered(lines):
        started = time.perf_counter()
        try:
            line = Line.model_validate_json(raw)
            if (line.text is None) == (line.button is None):
                raise ValueError("give either `text` or `button`")
        except (ValidationError, ValueError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            _write(out, {"error": f"line {number} is not a message: {reason}"})
            continue
        incoming = text_message(line.text) if line.text is not None else Incoming(Kind.BUTTON, payload=str(line.button))
        arrival = inbox.Arrival(bot_id, _update_id(line), line.chat, incoming, utc_now())
        try:
            said = await exchange(app, arrival)
        except TimeoutError:
            _write(out, {"chat": line.chat, "error": f"line {number} has no answer yet; it is not lost"})
            continue
        except SQLAlchemyError as error:
            _write(out, {"chat": line.chat, "error": f"line {number} could not be kept ({type(error).__name__}); send it again"})
            continue
        _write(out, _answer(line.chat, said, (time.perf_counter() - started) * 1000))


def _update_id(line: Line) -> str:
    """An `id` is the chat's own: two chats may use the same."""
    return hashlib.sha256(f"{line.chat}\0{line.id}".encode()).hexdigest()[:48] if line.id else uuid.uuid4().hex


async def parse_lines(content: LiveContent, rasa: RasaClient, lines: TextIO, out: TextIO) -> None:
    async for _, raw in _numbered(lines):
        _write(out, await parse(content, rasa, raw.rstrip("\r\n")))


async def parse(content: LiveContent, rasa: RasaClient, text: str) -> dict[str, Any]:
    """What would be understood of the text by somebody who says nothing else."""
    published, detector = content.current()
    incoming = text_message(text)
    safety = detector.category(incoming.text)
    understood = None
    if plain(incoming.text):
        understood = await _patiently(rasa, incoming.text)
    response = understood.decisions[0] if understood and understood.decisions else "utter_fallback"
    if safety:
        response = next(each.response for each in published.safety.categories if each.name == safety)
    return {
        "text": text,
        "intent": understood.intent if understood else None,
        "confidence": round(understood.confidence, 4) if understood else 0.0,
        "topic": understood.topic if understood else None,
        "decision": understood.decision if understood else "fallback",
        "suggestions": understood.suggestions if understood else [],
        "response": response,
        "language": content.languages.hear(text).likely,
        "safety": safety,
    }


async def _patiently(rasa: RasaClient, text: str) -> Any:
    """A measurement is not a conversation: try again on a busy machine instead of answering plainly."""
    for _ in range(3):
        try:
            return await rasa.understand(text, None)
        except UnderstandingError:
            await asyncio.sleep(0.5)
    return await rasa.understand(text, None)


def _answer(chat: str, said: Taken, milliseconds: float) -> dict[str, Any]:
    replies = [
        {
            "text": reply.text,
            "buttons": [{"title": button.title, "payload": button.payload} for button in reply.buttons],
            "response": reply.response,
        }
        for reply in said.replies
    ]
    return {
        "chat": chat, "replies": replies, "intent": said.intent, "confidence": said.confidence, "language": said.language,
        "safety": said.safety, "ms": round(milliseconds, 1),
    }  # fmt: skip


async def _numbered(lines: TextIO) -> AsyncIterator[tuple[int, str]]:
    """Lines as they come, without holding up the turns meanwhile."""
    number = 0
    while raw := await asyncio.to_thread(lines.readline):
        number += 1
        yield number, raw


def _write(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False) + "\n")
    out.flush()
