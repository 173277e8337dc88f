"""A certificate in the chat: given at the end of a course, and its link again whenever it is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.content.courses import Course
from bot.content.languages import MEXICO
from bot.content.published import Button
from bot.conversation import learning_menu
from bot.conversation.context import Turn
from bot.conversation.learning_menu import learner_of
from bot.conversation.replies import shown
from bot.courses import certificates, progress
from bot.courses.protocols import title_of
from bot.courses.refreshing import changed_of
from bot.errors import RefusedError
from bot.records.learning import Certificate, Learner

Arguments = Mapping[str, Any]


def give(turn: Turn, learner: Learner, course: Course) -> None:
    """The certificate of a course that is finished, with a link that replaces any earlier one."""
    certificate, token = certificates.issue(turn.session, turn.content, learner, course, turn.now, turn.around.origin)
    link = f"{turn.around.address}/constancia/{token}"
    turn.say("utter_learning_certificate", link=link, until=_day(turn, certificate))


def show(turn: Turn, arguments: Arguments) -> None:
    """Of the course that is named: its link, and what is to be read where a protocol has changed."""
    turn.keep_quiet_about_questionnaire()
    course = turn.content.courses.get(str(arguments.get("value") or ""))
    learner = learner_of(turn)
    if course is None or progress.standing(turn.session, learner, course).finished_at is None:
        turn.say("utter_button_old")
        return
    try:
        give(turn, learner, course)
    except RefusedError:  # revoked, or past its term
        learning_menu.say(turn, "utter_learning_certificate_over", again_of(turn, learner, course))
        return
    changed = changed_of(turn.session, turn.content, learner, turn.now)
    waiting = [name for name, theirs in changed.items() if any(each.course == course.name for each in theirs)]
    word = turn.sentence("utter_learning_button_refresh")
    buttons = [Button(f"{word}: {title_of(turn.content, name)}", f"/refresh={name}") for name in waiting]
    turn.replies[-1] = replace(turn.replies[-1], buttons=(*buttons, learning_menu.button(turn)))


def again_of(turn: Turn, learner: Learner, course: Course) -> list[Button]:
    """To take the course again, where the certificate of it has ended."""
    if not certificates.is_over(turn.session, learner, course, turn.now):
        return []
    return [Button(turn.sentence("utter_learning_button_retake"), f"/retake={course.name}")]


def buttons_of(turn: Turn, learner: Learner) -> list[Button]:
    """One for each certificate they hold."""
    held = {each.course for each in certificates.of_learner(turn.session, learner) if not each.revoked_at}
    word = turn.sentence("utter_learning_button_certificate")
    return [
        Button(f"{word}: {turn.content.translate(course.title, turn.language)}", f"/certificate={name}")
        for name, course in turn.content.courses.items()
        if name in held
    ]


def _day(turn: Turn, certificate: Certificate) -> str:
    return shown(certificate.expires_at.astimezone(MEXICO).date(), turn.language)


ACTIONS: dict[str, Callable[[Turn, Arguments], None]] = {"certificate": show}
