"""How a step of a lesson or a final is shown and judged. Choices stand as A, B, C in an order of their own for each learner."""

import random
from collections.abc import Mapping
from dataclasses import replace

from bot.content.asking import Option, Questionnaire, Step
from bot.content.courses import NEXT
from bot.content.languages import SOURCE
from bot.content.published import Button, Content
from bot.conversation.replies import Reply, fill, sentence
from bot.questionnaires.run import BACK, PICK, Progress, Study, take
from bot.questionnaires.steps import Answer

LETTERS = "ABCDE"
LATER = "/later"


def ask(content: Content, questionnaire: Questionnaire, progress: Progress, step: Step, language: str) -> Reply:
    """The reading, the case or the question, under a line that says where one is."""
    said = [_heading(content, questionnaire, progress, step, language), fill(content, step.ask, language)]
    shown = ordered(step, progress)
    if step.is_judged:
        said.append("\n".join(f"{letter}. {fill(content, option.title, language)}" for letter, option in shown))
        buttons = [Button(letter, f"{questionnaire.name}.{step.id}{PICK}{option.value}") for letter, option in shown]
    elif step.options:
        said.append(fill(content, step.help, language))
        titles = ((content.translate(option.title, language), option.value) for option in step.options)
        buttons = [Button(title, f"{questionnaire.name}.{step.id}{PICK}{value}") for title, value in titles]
    else:
        buttons = [Button(_word(content, "next", language), f"{questionnaire.name}.{step.id}{PICK}{NEXT}")]
    if any(each.id in progress.answers and not each.is_judged for each in questionnaire.steps):
        buttons.append(Button(sentence(content, "utter_button_back", language), BACK))
    buttons.append(Button(_word(content, "later", language), LATER))
    return Reply("\n\n".join(filter(None, said)), tuple(buttons), f"ask_{questionnaire.name}_{step.id}")


def ordered(step: Step, progress: Progress) -> list[tuple[str, Option]]:
    """The choices of a question that is judged, with their letters; the same learner sees the same order again."""
    if not step.is_judged:
        return []
    options = list(step.options)
    random.Random(f"{progress.study.seed if progress.study else 0}:{step.id}").shuffle(options)
    return list(zip(LETTERS, options, strict=False))


def judge(progress: Progress, questionnaire: Questionnaire, step: Step, answer: Answer) -> Progress:
    """With the answer in it. The first one counts; in a lesson a wrong one is asked again at the end."""
    study, option = progress.study or Study(), step.option(answer.value)
    if not step.is_judged or option is None:
        return take(progress, step, answer)
    firsts = {**study.firsts} if step.id in study.firsts else {**study.firsts, step.id: option.right}
    if option.right or questionnaire.is_final:
        later = tuple(each for each in study.later if each != step.id)
        return replace(take(progress, step, answer), study=replace(study, firsts=firsts, later=later))
    later = (*(each for each in study.later if each != step.id), step.id)
    return replace(progress, misses=0, study=replace(study, firsts=firsts, later=later))


def explained(content: Content, step: Step, answer: Answer, language: str) -> Reply | None:
    """Why it is right, or why not and what is."""
    option = step.option(answer.value)
    if option is None or not step.is_judged:
        return None
    right = next(each for each in step.options if each.right)
    because = {"because": fill(content, option.because, language)}
    if option.right:
        return _said(content, "utter_learning_right", language, because)
    better = {"right": fill(content, right.title, language), "why": fill(content, right.because, language)}
    return _said(content, "utter_learning_wrong", language, {**because, **better})


def draw(items: Mapping[str, Step], many: int, seed: int) -> tuple[str, ...]:
    """So many of the questions, in an order that nobody has twice."""
    names = sorted(items)
    return tuple(random.Random(seed).sample(names, min(many, len(names))))


def _heading(content: Content, questionnaire: Questionnaire, progress: Progress, step: Step, language: str) -> str:
    study = progress.study or Study()
    asked = study.drawn or tuple(each.id for each in questionnaire.steps)
    values = {"number": str(min(len((set(progress.answers) | set(study.later)) & set(asked)) + 1, len(asked))), "of": str(len(asked))}
    title = _title(content, questionnaire, step, language)
    heading = sentence(content, "utter_learning_heading", language, {"title": title, **values})
    if step.id in study.later:
        heading += f"\n{sentence(content, 'utter_learning_once_more', language)}"
    if language != SOURCE and not content.is_translated(step.ask, language):
        heading += f"\n{sentence(content, 'utter_not_translated', language)}"
    return heading


def _title(content: Content, questionnaire: Questionnaire, step: Step, language: str) -> str:
    """Of the lesson, of the area of a self-assessment, or what kind of test it is."""
    course, assessment = content.courses.get(questionnaire.course), content.assessment_of(questionnaire)
    lesson = course.lesson(questionnaire.lesson) if course else None
    titled = lesson or (assessment.area_of(step.id) if assessment else None)
    if titled:
        return content.translate(titled.title, language)
    return sentence(content, f"utter_learning_title_{questionnaire.kind}", language)


def _word(content: Content, name: str, language: str) -> str:
    return sentence(content, f"utter_learning_button_{name}", language)


def _said(content: Content, name: str, language: str, values: Mapping[str, str]) -> Reply:
    return Reply(sentence(content, name, language, values), (), name)
