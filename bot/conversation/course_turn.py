"""Courses in the chat: the list, a course, its lessons and its final, what is asked again, and what is left for later."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.content.asking import Questionnaire
from bot.content.courses import RECALL, Course
from bot.content.languages import MEXICO
from bot.content.published import Button
from bot.conversation import certificate_turn, learning_menu
from bot.conversation.context import Turn
from bot.conversation.learning_menu import learner_of
from bot.conversation.replies import shown
from bot.courses import certificates, practice, progress, recall
from bot.courses.progress import NoMoreTriesError, Standing
from bot.questionnaires import run, taught
from bot.questionnaires.run import Progress, Study
from bot.records.learning import Learner

Arguments = Mapping[str, Any]
DONE, TO_DO = "✔", "○"


def show_courses(turn: Turn, arguments: Arguments) -> None:
    turn.keep_quiet_about_questionnaire()
    learner = learner_of(turn)
    courses = learning_menu.current(turn, turn.content.courses).values()
    lines = "\n".join(_line(turn, learner, course) for course in courses)
    buttons = [Button(told(turn, course.title), f"/course={course.name}") for course in courses]
    learning_menu.say(turn, "utter_learning_courses", buttons, courses=lines)


def show_course(turn: Turn, arguments: Arguments) -> None:
    """What it is about, its lessons with those that are done, and how it is finished."""
    turn.keep_quiet_about_questionnaire()
    course = learning_menu.current(turn, turn.content.courses).get(str(arguments.get("value") or ""))
    if course is None:
        turn.say("utter_button_old")
        return
    stands = progress.standing(turn.session, learner_of(turn), course)
    lessons = "\n".join(
        f"{DONE if lesson.id in stands.done else TO_DO} {number}. {told(turn, lesson.title)}"
        for number, lesson in enumerate(course.lessons, 1)
    )
    rule = course.completion
    said = turn.sentence(
        f"utter_learning_rule_{rule.rule}", percent=str(rule.percent), questions=str(rule.questions), attempts=str(rule.attempts),
        days=str(rule.wait_days),
    )  # fmt: skip
    ways = [*certificate_turn.again_of(turn, learner_of(turn), course), *ways_of(turn, course, stands)]
    learning_menu.say(
        turn, "utter_learning_course", ways, title=told(turn, course.title), says=told(turn, course.says),
        lessons=lessons, rule=said,
    )  # fmt: skip


def retake(turn: Turn, arguments: Arguments) -> None:
    """A course whose certificate has ended begins anew."""
    course = turn.content.courses.get(str(arguments.get("value") or ""))
    if course is None or not certificates.is_over(turn.session, learner_of(turn), course, turn.now):
        turn.say("utter_button_old")
        return
    progress.begin_again(turn.session, learner_of(turn), course, turn.now)
    show_course(turn, {"value": course.name})


def begin_lesson(turn: Turn, arguments: Arguments) -> None:
    """By its name `course-lesson`; where they were, if they had begun it."""
    name = str(arguments.get("value") or "")
    questionnaire = turn.content.questionnaires.get(name)
    courses = learning_menu.current(turn, turn.content.courses)
    if questionnaire is None or not questionnaire.lesson or questionnaire.course not in courses:
        turn.say("utter_button_old")
        return
    progress.enrol(turn.session, learner_of(turn), turn.content.courses[questionnaire.course], turn.now)
    _begin(turn, questionnaire, Study(seed=_seed()))


def begin_final(turn: Turn, arguments: Arguments) -> None:
    """A try with questions of its own, if there is one left."""
    course = learning_menu.current(turn, turn.content.courses).get(str(arguments.get("value") or ""))
    if course is None or not course.completion.has_final:
        turn.say("utter_button_old")
        return
    learner = learner_of(turn)
    stands = progress.standing(turn.session, learner, course)
    if not stands.may_try_final(course):
        learning_menu.say(turn, "utter_learning_lessons_first", ways_of(turn, course, stands))
        return
    enrolment = progress.enrol(turn.session, learner, course, turn.now)
    try:
        attempt = progress.begin_final(turn.session, enrolment, course, turn.now)
    except NoMoreTriesError as error:
        learning_menu.say(turn, "utter_learning_no_more_tries", _lessons_of(turn, course), until=day(turn, error.until))
        return
    drawn = taught.draw(course.items, course.completion.questions, attempt.seed)
    _begin(turn, course.final, Study(seed=attempt.seed, drawn=drawn, attempt=attempt.number))


def begin_recall(turn: Turn, arguments: Arguments) -> None:
    if begun := turn.waiting_questionnaire(RECALL):  # half a review goes on, whatever else is due
        turn.begin_questionnaire(begun)
        turn.ask_step()
        return
    items = recall.due(turn.session, learner_of(turn), recall.items_of(turn.content), turn.now)
    if not items:
        learning_menu.say(turn, "utter_learning_recall_none")
        return
    turn.say("utter_learning_recall_begins", many=str(len(items)))
    _begin(turn, turn.content.questionnaires[RECALL], Study(seed=_seed(), drawn=tuple(items)))


def go_on(turn: Turn, arguments: Arguments) -> None:
    if turn.progress:
        turn.ask_step()
    else:
        learning_menu.say(turn, "utter_learning_nothing_pending")


def later(turn: Turn, arguments: Arguments) -> None:
    """It stays where it is, and is not asked again until they go on."""
    if turn.progress is None:
        learning_menu.say(turn, "utter_learning_nothing_pending")
        return
    turn.set_progress(run.pause(turn.progress, None))
    turn.keep_quiet_about_questionnaire()
    learning_menu.say(turn, "utter_learning_later")


def show_progress(turn: Turn, arguments: Arguments) -> None:
    turn.keep_quiet_about_questionnaire()
    learner = learner_of(turn)
    lines = "\n".join(_line(turn, learner, course) for course in turn.content.courses.values())
    learning_menu.say(
        turn,
        "utter_learning_progress",
        certificate_turn.buttons_of(turn, learner),
        courses=lines,
        cases=str(practice.passed(turn.session, learner)),
    )


def choose_reminders(turn: Turn, arguments: Arguments) -> None:
    learner, wanted = learner_of(turn), str(arguments.get("value") or "")
    turn.keep_quiet_about_questionnaire()
    if wanted in ("on", "off"):
        learner.wants_reminders = wanted == "on"
    now, other = ("on", "off") if learner.wants_reminders else ("off", "on")
    button = Button(turn.sentence(f"utter_learning_button_reminders_{other}"), f"/reminders={other}")
    learning_menu.say(turn, f"utter_learning_reminders_{now}", (button,))


def _begin(turn: Turn, questionnaire: Questionnaire, study: Study) -> None:
    """Where they were in it, unless it is a new try."""
    first = study.drawn[0] if study.drawn else questionnaire.steps[0].id
    pending = turn.waiting_questionnaire(questionnaire.name)
    goes_on = pending and pending.study and pending.study.attempt == study.attempt
    turn.begin_questionnaire(pending if pending and goes_on else Progress(questionnaire.name, first, study=study))
    turn.ask_step()


def ways_of(turn: Turn, course: Course, stands: Standing, most_lessons: int = 20) -> list[Button]:
    """The next lesson first, then the final where it may be tried, then the others."""
    following = stands.next_lesson(course)
    found = []
    if following:
        word = "next_lesson" if stands.done else "begin"
        found.append(Button(turn.sentence(f"utter_learning_button_{word}"), f"/lesson={course.name}-{following}"))
    if stands.may_try_final(course) and not progress.closed_until(turn.session, learner_of(turn), course, turn.now):
        found.append(Button(turn.sentence("utter_learning_button_final"), f"/final={course.name}"))
    return [*found, *(_lessons_of(turn, course) if most_lessons > 1 else [])]


def _lessons_of(turn: Turn, course: Course) -> list[Button]:
    return [
        Button(f"{number}. {told(turn, each.title)}", f"/lesson={each.questionnaire.name}") for number, each in enumerate(course.lessons, 1)
    ]


def _line(turn: Turn, learner: Learner, course: Course) -> str:
    stands = progress.standing(turn.session, learner, course)
    if stands.finished_at:
        state = turn.sentence("utter_learning_state_done", on=day(turn, stands.finished_at))
    elif stands.may_try_final(course) and course.completion.needs_lessons:
        state = turn.sentence("utter_learning_state_final")
    else:
        state = turn.sentence("utter_learning_state_begun" if stands.done else "utter_learning_state_new")
    return turn.sentence(
        "utter_learning_progress_of", course=told(turn, course.title), done=str(len(stands.done)), of=str(len(course.lessons)), state=state
    )  # fmt: skip


def told(turn: Turn, text: str) -> str:
    return turn.content.translate(text, turn.language)


def day(turn: Turn, moment: datetime) -> str:
    return shown(moment.astimezone(MEXICO).date(), turn.language)


def _seed() -> int:
    return random.SystemRandom().randrange(2**31)


ACTIONS: dict[str, Callable[[Turn, Arguments], None]] = {
    "courses": show_courses,
    "course": show_course,
    "retake": retake,
    "lesson": begin_lesson,
    "final": begin_final,
    "recall": begin_recall,
    "continue": go_on,
    "later": later,
    "progress": show_progress,
    "reminders": choose_reminders,
}
