"""A reviewed conversation as a test: what was said, masked, and the names of the answers that are expected; no person, day or place.

Files stand in tests/conversations/saved and are run by tests/conversations/test_saved.py, each in a chat of its own on real Rasa.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.conversations import UNDERSTOOD, Direction, Message
from bot.records.reviews import NONE
from bot.review import opinions
from bot.review.masking import NAME, as_phrase
from bot.review.reading import answers_to, message_of, reference_of
from bot.settings import ROOT

FOLDER = ROOT / "tests" / "conversations" / "saved"
BEFORE = 2  # turns that the message may refer to
LOOKED_BACK = 20  # messages
OF_THE_MOMENT = frozenset({"utter_identifier_masked", "utter_notice_simplified", "utter_unreviewed", "utter_late_answer"})
"""Said beside an answer, once a day or in front of a request: not what the words mean."""
HEADING = (
    "# Conversación revisada: lo que se dijo, sin lo que identifica a nadie, y las respuestas que se esperan.\n"
    "# Antes de publicarla léala otra vez: los nombres de otras personas no se reconocen solos.\n"
)


@dataclass(frozen=True)
class Turn:
    """`responses` is None where anything will do: what the assistant did not understand before is not what is tested."""

    text: str
    is_button: bool = False
    responses: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Saved:
    name: str
    turns: tuple[Turn, ...]


def meant(responses: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in responses if each not in OF_THE_MOMENT)


def made_of(session: Session, actor: Actor, message_id: int, content: Content, now: datetime) -> Saved:
    """The message as its readers understand it, behind up to two turns before it. Raises RefusedError."""
    message, item = message_of(session, actor, message_id, now)
    label = opinions.label_of(session, message, actor.name)
    if label is None:
        raise RefusedError("Diga primero qué quiso decir la persona; de eso se hace la prueba")
    if label == NONE:
        raise RefusedError("Nada de lo que contestamos es lo que se preguntó, así que todavía no hay respuesta que probar")
    answered = meant([each.response or "" for each in answers_to(session, message)])
    was_right = item.safety is not None or (item.decision == "answer" and item.intent == label)
    responses = answered if was_right and answered else (f"utter_{label}",)
    last = Turn(as_phrase(message.text, content), responses=responses)
    audit.write(session, actor, Action.REVIEW_WRITE, reference_of(session, message), now, why="test")
    return Saved(f"{label}-{message.id}", (*_before(session, message, content), last))


def _before(session: Session, message: Message, content: Content) -> list[Turn]:
    """Backwards to the first thing that cannot be said again: an answer to a question of ours, a file, words of the staff."""
    query = select(Message).where(Message.conversation_id == message.conversation_id, Message.id < message.id).order_by(Message.id.desc())
    earlier = list(session.scalars(query.limit(LOOKED_BACK)))[::-1]
    turns: list[Turn] = []
    for place, each in enumerate(earlier):
        if each.direction is not Direction.IN:
            continue
        turn = _turn(each, earlier[:place], answers_to(session, each), content)
        turns = [] if turn is None else [*turns, turn]
    return turns[-BEFORE:]


def _turn(message: Message, earlier: Sequence[Message], answers: Sequence[Message], content: Content) -> Turn | None:
    if any(each.direction is Direction.STAFF for each in answers):
        return None
    responses = meant([each.response or "" for each in answers])
    told = [each for each in earlier if each.direction is not Direction.IN][-1:]
    if any((each.response or "").startswith("ask_") for each in told) or not responses:
        return None
    if message.decision not in UNDERSTOOD and message.safety is None:
        titles = {payload: title for each in told for title, payload in each.buttons or ()}
        return Turn(titles[message.text], True, responses) if message.text in titles else None
    is_sure = message.safety is not None or message.decision == "answer"
    return Turn(as_phrase(message.text, content), responses=responses if is_sure else None)


def as_text(saved: Saved) -> str:
    turns = [
        {"presses" if turn.is_button else "says": turn.text, **({} if turn.responses is None else {"responses": list(turn.responses)})}
        for turn in saved.turns
    ]
    return HEADING + yaml.safe_dump({"turns": turns}, allow_unicode=True, sort_keys=False, width=120)


def read(path: Path) -> Saved:
    """Raises ValueError when it is not such a file."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(table, dict) or set(table) != {"turns"} or not table["turns"]:
        raise ValueError(f"{path.name}: a list of `turns` is all that it may hold")
    return Saved(path.stem, tuple(_read_turn(path, each) for each in table["turns"]))


def _read_turn(path: Path, entry: dict[str, object]) -> Turn:
    keys = set(entry)
    if keys - {"responses"} not in ({"says"}, {"presses"}):
        raise ValueError(f"{path.name}: a turn `says` or `presses` something and names its `responses`, not {sorted(keys)}")
    text, responses = str(entry.get("says", entry.get("presses"))), entry.get("responses")
    if NAME in text and not text.replace(NAME, "").strip():
        raise ValueError(f"{path.name}: nothing but a name is left to say")
    if responses is not None and not isinstance(responses, list):
        raise ValueError(f"{path.name}: `responses` is a list of names")
    return Turn(text, "presses" in keys, None if responses is None else tuple(map(str, responses)))


def write(saved: Saved, folder: Path = FOLDER) -> Path:
    """Raises RefusedError when the folder is not there or cannot be written: then the file is to be downloaded."""
    path = folder / f"{saved.name}.yml"
    try:
        path.write_text(as_text(saved), encoding="utf-8")
    except OSError as error:
        raise RefusedError(f"{folder}: no se puede escribir la prueba ({error.strerror}); elija otra carpeta con --folder") from None
    return path
