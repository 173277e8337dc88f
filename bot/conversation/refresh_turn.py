"""A protocol on which somebody's certificate rests has changed: they read it and answer its questions."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.content import spoken
from bot.content.asking import Questionnaire
from bot.content.courses import REFRESH
from bot.content.published import Button
from bot.conversation import learning_menu
from bot.conversation.context import Turn
from bot.conversation.learning_menu import learner_of
from bot.conversation.replies import render
from bot.courses import refreshing
from bot.courses.protocols import versions_of
from bot.questionnaires.run import Progress, Study, pause

Arguments = Mapping[str, Any]


def begin(turn: Turn, arguments: Arguments) -> None:
    """The protocol as it is now, and then its questions."""
    protocol = str(arguments.get("value") or "")
    response = spoken.PROTOCOL + protocol
    learner = learner_of(turn)
    if protocol not in refreshing.changed_of(turn.session, turn.content, learner, turn.now) or response not in turn.content.responses:
        learning_menu.say(turn, "utter_learning_refresh_none")
        return
    turn.replies.append(render(turn.content, response, turn.language, turn.today))
    asked, version = refreshing.questions_of(turn.content, protocol)[: refreshing.MOST_QUESTIONS], _version(turn, protocol)
    if not asked:
        button = Button(turn.sentence("utter_learning_button_have_read"), f"/have_read={protocol}.{version}")
        turn.replies[-1] = replace(turn.replies[-1], buttons=(*turn.replies[-1].buttons, button))
        turn.keep_quiet_about_questionnaire()
        return
    begun = turn.waiting_questionnaire(REFRESH)
    if not (begun and begun.study and (begun.study.protocol, begun.study.version) == (protocol, version)):
        study = Study(seed=random.SystemRandom().randrange(2**31), drawn=tuple(asked), protocol=protocol, version=version)
        begun = Progress(REFRESH, asked[0], study=study)
    turn.begin_questionnaire(begun)
    turn.ask_step()


def finish(turn: Turn, questionnaire: Questionnaire, at: Progress, consent_text: str) -> None:
    if at.study:
        _done(turn, at.study.protocol, at.study.version)


def have_read(turn: Turn, arguments: Arguments) -> None:
    """Of a protocol that no course asks about."""
    protocol, _, version = str(arguments.get("value") or "").partition(".")
    if refreshing.questions_of(turn.content, protocol):
        begin(turn, {"value": protocol})
    else:
        _done(turn, protocol, version)


def _done(turn: Turn, protocol: str, version: str) -> None:
    """It may have changed once more meanwhile: then what it says now is read, too."""
    count = refreshing.refresh(turn.session, turn.content, learner_of(turn), protocol, version, turn.now)
    if not count and version != _version(turn, protocol):
        begin(turn, {"value": protocol})
        return
    learning_menu.say(turn, "utter_learning_refreshed" if count else "utter_learning_refresh_none")
    if turn.progress:
        turn.set_progress(pause(turn.progress, None))
    turn.keep_quiet_about_questionnaire()


def _version(turn: Turn, protocol: str) -> str:
    return versions_of(turn.content, [protocol]).get(protocol, "")


ACTIONS: dict[str, Callable[[Turn, Arguments], None]] = {"refresh": begin, "have_read": have_read}
