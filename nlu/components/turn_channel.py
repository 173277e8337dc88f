"""The door of the Rasa process: `{text, state}` in, `{decisions, state, ...}` out, and nothing kept.

The dialogue is rebuilt from `state` for every turn, so the same input gives the same output, a replay after a crash
is harmless and any Rasa process can serve any turn. `state` is `{"slots": {name: value}}`, kept by the bot.
The processor's methods used here are private to Rasa 3.6.21; tests/integration/test_rasa_turn.py pins them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

logger = logging.getLogger(__name__)

SENDER = "turn"


class BadTurnError(ValueError):
    """The request is not a turn; the message says what is wrong with it."""


class TurnChannel(InputChannel):
    @classmethod
    def name(cls) -> str:
        return "puente"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("puente_turn")

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return json({"error": "no model is loaded"}, status=503)
            return json({"model": agent.processor.model_filename, "model_id": agent.model_id})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            try:
                text, slots = _read(request.json)
                return json(await take_turn(request.app.ctx.agent.processor, text, slots))
            except BadTurnError as error:
                return json({"error": str(error)}, status=400)
            except Exception:
                logger.exception("A turn failed")
                return json({"error": "the turn failed; see the log of the Rasa process"}, status=500)

        return routes


def _read(body: Any) -> tuple[str, dict[str, Any]]:
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise BadTurnError("`text` must be a string")
    state = body.get("state") or {}
    slots = state.get("slots", {}) if isinstance(state, dict) else None
    if not isinstance(slots, dict):
        raise BadTurnError("`state` must be an object with `slots`")
    return body["text"], slots


async def take_turn(processor: MessageProcessor, text: str, slots: dict[str, Any]) -> dict[str, Any]:
    """Understand one text against the slots and predict the responses, by name."""
    domain = processor.domain
    known = {slot.name for slot in domain.slots}
    past: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]
    past += [SlotSet(name, value) for name, value in sorted(slots.items()) if name in known]
    tracker = DialogueStateTracker.from_events(SENDER, past, domain.slots)
    out = CollectingOutputChannel()
    # A leading slash would make Rasa read typed text as a payload, blanks before it or not.
    message = UserMessage(text.strip().lstrip("/").strip(), out, SENDER, input_channel="puente")
    await processor._handle_message_with_tracker(message, tracker)
    tracker = await processor.run_action_extract_slots(out, tracker)
    await processor._run_prediction_loop(out, tracker)
    understood = tracker.latest_message.parse_data
    decided = understood["decision"]
    after = {name: value for name, value in tracker.current_slot_values().items() if value is not None and name in known}
    after.pop("session_started_metadata", None)
    if decided["decision"] == "answer" and decided["best"] in _subjects(domain):
        after.update(topic=decided["topic"], last_answer=decided["best"])
    return {
        "decisions": [sent["text"] for sent in out.messages if sent.get("text")],
        "state": {"slots": after},
        "intent": decided["best"],
        "confidence": decided["confidence"],
        "topic": decided["topic"],
        "decision": decided["decision"],
        "suggestions": decided["suggestions"],
        "ranking": understood["intent_ranking"][:10],
        "entities": [{key: entity[key] for key in ("entity", "value", "start", "end")} for entity in understood["entities"]],
    }


def _subjects(domain: Domain) -> set[str]:
    """The questions a follow-up ("¿y cuánto cuesta?") may refer to: the values of the slot `last_answer`."""
    return {value for slot in domain.slots if slot.name == "last_answer" for value in slot.values}
