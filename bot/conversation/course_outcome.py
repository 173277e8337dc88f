"""What lessons, finals and reviews come to: each answer is judged and explained, and the end says what was reached and what is next."""

from collections.abc import Iterable
from dataclasses import replace

from bot.content.asking import Questionnaire, Step
from bot.content.courses import Course
from bot.content.review import Source
from bot.conversation import certificate_turn, learning_menu
from bot.conversation.context import Turn
from bot.conversation.course_turn import day, told, ways_of
from bot.conversation.learning_menu import learner_of
from bot.conversation.replies import provenance
from bot.courses import progress, recall
from bot.questionnaires import run, taught
from bot.questionnaires.run import Progress, Study
from bot.questionnaires.steps import Answer
from bot.records.learning import Learner


def teach(turn: Turn, questionnaire: Questionnaire, at: Progress, step: Step, answer: Answer) -> Progress:
    """Say why it is right or not, and write down what it was at first."""
    said = taught.explained(turn.content, step, answer, turn.language)
    if said:
        turn.replies.append(said)
    return taught.judge(at, questionnaire, step, answer)


def say_not_asked(turn: Turn, study: Study, step: Step) -> None:
    """A button of another step: what was judged stays, what was not asked yet is not taken, and the pending step is asked."""
    if step.id in study.firsts:
        turn.say("utter_learning_answered_before")
    elif step.is_judged:
        turn.say("utter_button_old")
    turn.ask_step()


def finish_lesson(turn: Turn, questionnaire: Questionnaire, at: Progress, consent_text: str) -> None:
    learner, course, firsts = learner_of(turn), turn.content.courses[questionnaire.course], _firsts(at)
    lesson = course.lesson(questionnaire.lesson)
    assert lesson is not None, "the questionnaire is one of its lessons"
    enrolment = progress.enrol(turn.session, learner, course, turn.now)
    right = sum(firsts.values())
    progress.finish_lesson(turn.session, enrolment, lesson.id, len(firsts), right, turn.now)
    items = {f"{questionnaire.name}-{step}": was_right for step, was_right in firsts.items()}
    recall.note(turn.session, learner, items, turn.content.learning.recall, turn.now)
    title = told(turn, lesson.title)
    if firsts:
        turn.say("utter_learning_lesson_done", lesson=title, right=str(right), asked=str(len(firsts)))
    else:
        turn.say("utter_learning_lesson_read", lesson=title)
    _say_sources(turn, course, lesson.sources or (course.review.sources if course.review else ()))
    _after(turn, learner, course)


def finish_final(turn: Turn, questionnaire: Questionnaire, at: Progress, consent_text: str) -> None:
    learner, course, firsts = learner_of(turn), turn.content.courses[questionnaire.course], _firsts(at)
    enrolment = progress.enrol(turn.session, learner, course, turn.now)
    assert at.study is not None and at.study.attempt is not None, "a final is a try"
    attempt = progress.attempt_of(turn.session, enrolment, at.study.attempt)
    right, asked = sum(firsts.values()), len(firsts)
    passed = progress.finish_final(turn.session, attempt, course, asked, right, turn.now)
    items = {f"{course.name}-{step}": was_right for step, was_right in firsts.items() if not was_right}
    recall.note(turn.session, learner, items, turn.content.learning.recall, turn.now)
    if passed:
        turn.say("utter_learning_final_passed", right=str(right), asked=str(asked))
    else:
        turn.say("utter_learning_final_failed", right=str(right), asked=str(asked), percent=str(course.completion.percent))
        if until := progress.closed_until(turn.session, learner, course, turn.now):
            turn.say("utter_learning_no_more_tries", until=day(turn, until))
    _after(turn, learner, course)


def finish_recall(turn: Turn, questionnaire: Questionnaire, at: Progress, consent_text: str) -> None:
    firsts = _firsts(at)
    if not firsts:  # all its questions were taken away meanwhile
        learning_menu.say(turn, "utter_learning_recall_none")
        _rest(turn)
        return
    recall.note(turn.session, learner_of(turn), firsts, turn.content.learning.recall, turn.now)
    learning_menu.say(turn, "utter_learning_recall_done", right=str(sum(firsts.values())), asked=str(len(firsts)))
    _rest(turn)


def _after(turn: Turn, learner: Learner, course: Course) -> None:
    """The way on; what waited behind this stays paused."""
    if progress.complete(turn.session, learner, course, turn.now):
        turn.say("utter_learning_course_done", course=told(turn, course.title))
        certificate_turn.give(turn, learner, course)
    ways = ways_of(turn, course, progress.standing(turn.session, learner, course), most_lessons=1)
    turn.replies[-1] = replace(turn.replies[-1], buttons=(*turn.replies[-1].buttons, *ways, learning_menu.button(turn)))
    _rest(turn)


def _rest(turn: Turn) -> None:
    if turn.progress:
        turn.set_progress(run.pause(turn.progress, None))
    turn.keep_quiet_about_questionnaire()


def _say_sources(turn: Turn, course: Course, sources: Iterable[Source]) -> None:
    """Where it comes from, who answers for it and since when; that nobody has validated it, while nobody has."""
    if course.review is None:
        return
    office = turn.content.organizations[course.office].short_name
    lines = provenance(
        turn.content, turn.language, turn.today, [course.review], [each.title for each in sources], [office], course.review.reviewed_on
    )
    if not course.is_validated:
        lines = [turn.sentence("utter_learning_pending_validation"), *lines]
    last = turn.replies[-1]
    turn.replies[-1] = replace(last, text="\n\n".join([last.text, *lines]))


def _firsts(at: Progress) -> dict[str, bool]:
    return dict(at.study.firsts) if at.study else {}
