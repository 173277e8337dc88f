"""What an official can do here, as buttons."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from bot.content.published import Button
from bot.content.review import Review
from bot.conversation.context import Turn
from bot.courses import learners, practice, recall
from bot.records.learning import Learner

SHOWN = ("courses", "protocols", "practice", "progress", "assessment")


def show(turn: Turn, arguments: Mapping[str, Any]) -> None:
    """The menu; first what was begun and what is to be asked again."""
    turn.keep_quiet_about_questionnaire()
    first = go_on_button(turn)
    if practice.under_way(turn.session, learner_of(turn), turn.content.simulations):
        first.append(_button(turn, "resume", "resume"))
    if recall.due(turn.session, learner_of(turn), recall.items_of(turn.content), turn.now):
        first.append(_button(turn, "recall", "recall"))
    say(turn, "utter_learning_menu", (*first, *(_button(turn, name, name) for name in SHOWN)), has_menu=False)


class Reviewed(Protocol):
    """A course, a case or a self-assessment."""

    @property
    def review(self) -> Review | None: ...


def current[Taught: Reviewed](turn: Turn, known: Mapping[str, Taught]) -> dict[str, Taught]:
    """Those that are not past the day until which they may be said."""
    return {name: each for name, each in known.items() if not (each.review and each.review.has_expired(turn.today))}


def learner_of(turn: Turn) -> Learner:
    found = learners.of_chat(turn.session, turn.conversation.bot_id, turn.conversation.chat)
    assert found is not None, "the turn has asked who it is"
    return found


def say(turn: Turn, name: str, buttons: Iterable[Button] = (), has_menu: bool = True, **variables: str) -> None:
    """A sentence with buttons that only the program knows, the menu last."""
    turn.say(name, **variables)
    last = turn.replies[-1]
    more = (*buttons, *([button(turn)] if has_menu else []))
    turn.replies[-1] = replace(last, buttons=(*last.buttons, *(each for each in more if each not in last.buttons)))


def button(turn: Turn) -> Button:
    return _button(turn, "menu", "start")


def go_on_button(turn: Turn) -> list[Button]:
    """To what was begun, if anything was."""
    return [_button(turn, "go_on", "continue")] if turn.progress else []


def _button(turn: Turn, word: str, does: str) -> Button:
    return Button(turn.sentence(f"utter_learning_button_{word}"), f"/{does}")
