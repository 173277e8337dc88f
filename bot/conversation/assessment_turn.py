"""The self-assessment of an official's municipality in the chat: what it is, its questions, and what the answers come to."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.content.asking import Questionnaire
from bot.content.assessments import Assessment
from bot.content.published import Button
from bot.conversation import learning_menu
from bot.conversation.context import Turn
from bot.conversation.learning_menu import learner_of
from bot.conversation.replies import Reply
from bot.courses import assessing
from bot.courses.assessment_text import Answered, answered_of, place_of, told
from bot.questionnaires import run
from bot.questionnaires.run import Progress, Study

Arguments = Mapping[str, Any]
BEGIN, OUTCOME = "begin", "outcome"


def show(turn: Turn, arguments: Arguments) -> None:
    """A button as `entrepreneurship`, `entrepreneurship.begin` or `entrepreneurship.outcome`; without one, the only one or all."""
    name, _, what = str(arguments.get("value") or "").partition(".")
    known = learning_menu.current(turn, turn.content.assessments)
    assessment = known.get(name or (next(iter(known)) if len(known) == 1 else ""))
    if assessment and what == BEGIN:
        _begin(turn, assessment)
    elif assessment and what == OUTCOME:
        _show_last(turn, assessment)
    elif assessment:
        _present(turn, assessment)
    elif name:
        turn.say("utter_button_old")
    else:
        turn.keep_quiet_about_questionnaire()
        buttons = [Button(turn.content.translate(each.title, turn.language), f"/assessment={each.name}") for each in known.values()]
        learning_menu.say(turn, "utter_learning_assessments" if known else "utter_learning_assessment_none", buttons)


def finish_assessment(turn: Turn, questionnaire: Questionnaire, at: Progress, consent_text: str) -> None:
    assessment = turn.content.assessment_of(questionnaire)
    assert assessment is not None, "the questionnaire is its own"
    answers = {step: value for step, (value, _) in at.answers.items()}
    row = assessing.save(turn.session, learner_of(turn), assessment, answers, turn.now)
    _say(turn, answered_of(assessment, row))
    if turn.progress:  # what waited behind this stays paused
        turn.set_progress(run.pause(turn.progress, None))


def _present(turn: Turn, assessment: Assessment) -> None:
    turn.keep_quiet_about_questionnaire()
    learner = learner_of(turn)
    word = "utter_learning_button_go_on" if turn.waiting_questionnaire(assessment.questionnaire) else "utter_learning_button_begin"
    buttons = [Button(turn.sentence(word), f"/assessment={assessment.name}.{BEGIN}")]
    if assessing.last_by(turn.session, learner, assessment.name):
        buttons.append(Button(turn.sentence("utter_learning_button_outcome"), f"/assessment={assessment.name}.{OUTCOME}"))
    learning_menu.say(
        turn, "utter_learning_assessment", buttons, title=turn.content.translate(assessment.title, turn.language),
        says=turn.content.translate(assessment.says, turn.language), questions=str(len(assessment.questions)),
        municipality=place_of(turn.content, learner.municipality),
    )  # fmt: skip


def _begin(turn: Turn, assessment: Assessment) -> None:
    """Or where they were in it."""
    name = assessment.questionnaire
    turn.begin_questionnaire(turn.waiting_questionnaire(name) or Progress(name, assessment.questions[0].id, study=Study()))
    turn.ask_step()


def _show_last(turn: Turn, assessment: Assessment) -> None:
    row = assessing.last_by(turn.session, learner_of(turn), assessment.name)
    if row is None:
        turn.say("utter_button_old")
        return
    _say(turn, answered_of(assessment, row))


def _say(turn: Turn, answered: Answered) -> None:
    """One text and nothing else in it, so that it can be forwarded; the door cuts what is longer than it carries."""
    text = told(turn.content, answered, turn.language, turn.today)
    turn.replies.append(Reply(text, (learning_menu.button(turn),), "utter_learning_assessment_outcome"))
    turn.keep_quiet_about_questionnaire()


ACTIONS: dict[str, Callable[[Turn, Arguments], None]] = {"assessment": show}
