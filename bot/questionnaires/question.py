"""How a step is asked: its text with what it may mention, its buttons, and what leave it asks for."""

import hashlib
import json
from dataclasses import replace

from bot.content.asking import Option, Questionnaire, Step
from bot.content.published import Button, Content
from bot.conversation.replies import PERSON, Reply, fill, sentence
from bot.questionnaires import taught, ticks
from bot.questionnaires.run import (
    BACK,
    CANCEL,
    CORRECT,
    DONE,
    PICK,
    SKIP,
    TOGGLE,
    Progress,
    current,
    receiver,
    shared_answers,
    ticked_answers,
    ticked_of,
)  # fmt: skip

YES, NO = "yes", "no"
YES_OR_NO = {
    "consent": ("utter_button_consent_yes", "utter_button_consent_no"),
    "permission": ("utter_button_permission_yes", "utter_button_permission_no"),
}


def ask(content: Content, questionnaire: Questionnaire, progress: Progress, language: str, with_help: bool = False) -> Reply:
    """The question of the current step, with its buttons; with the help in front after misses."""
    step = current(questionnaire, progress)
    if progress.study:
        return taught.ask(content, questionnaire, progress, step, language)
    name = f"ask_{questionnaire.name}_{step.id}"
    if progress.correcting:
        return _ask_what_to_correct(content, questionnaire, progress, language, name)
    text = _question(content, questionnaire, progress, step, language)
    if with_help and step.help:
        text = content.translate(step.help, language) + "\n\n" + text
    unreviewed = content.is_unreviewed(step.ask, language)
    return Reply(text, tuple(_buttons(content, questionnaire, progress, step, language)), name, unreviewed)


def _question(content: Content, questionnaire: Questionnaire, progress: Progress, step: Step, language: str) -> str:
    return fill(content, step.ask, language, variables(content, questionnaire, progress, language))


def shared_rows(content: Content, questionnaire: Questionnaire, progress: Progress, language: str) -> list[ticks.Row]:
    return ticks.rows(content, questionnaire, shared_answers(questionnaire, progress), progress.unticked, language)


def variables(content: Content, questionnaire: Questionnaire, progress: Progress, language: str) -> dict[str, str]:
    """What a question may mention: the summary, who receives it and how long the consent holds."""
    organization = receiver(content, progress)
    return {
        "summary": ticks.listed(content, shared_rows(content, questionnaire, progress, language), language),
        "recipient": organization.name if organization else content.institution.title,
        "expires_in": str(questionnaire.expires_in),
        "privacy": content.translate(content.learning.privacy, language),
    }


def _ask_what_to_correct(content: Content, questionnaire: Questionnaire, progress: Progress, language: str, name: str) -> Reply:
    rows = [
        Button(content.translate(label, language), f"{CORRECT}={step_id}")
        for step_id, (label, _, _) in shared_answers(questionnaire, progress).items()
    ]
    rows += [_way(content, "back", BACK, language), *_ways_out(content, language)]
    return Reply(sentence(content, "utter_what_to_correct", language), tuple(rows), name)


def _buttons(content: Content, questionnaire: Questionnaire, progress: Progress, step: Step, language: str) -> list[Button]:
    def pick(option: Option, sign: str = PICK) -> Button:
        return Button(content.translate(option.title, language), f"{questionnaire.name}.{step.id}{sign}{option.value}")

    shown: list[Button] = []
    if step.type == "choice":
        shown = [pick(option) for option in step.options]
    elif step.type == "toggles":
        ticked, sign = ticked_of(progress, step), {True: ticks.TICKED, False: ticks.UNTICKED}
        marks = [
            replace(pick(option, TOGGLE), title=f"{sign[option.value in ticked]} {content.translate(option.title, language)}")
            for option in step.options
        ]
        shown = [*marks, pick(Option(DONE, sentence(content, "utter_button_done", language)))]
    elif step.type == "consent":
        shown = [
            Button(row.title, f"{questionnaire.name}.{step.id}{TOGGLE}{row.step_id}")
            for row in shared_rows(content, questionnaire, progress, language)
        ]
        shown += [pick(option) for option in _yes_or_no(content, questionnaire, progress, step, language)]
        if progress.answers:
            shown.append(Button(sentence(content, "utter_button_correct", language), CORRECT))
    elif step.type == "permission":
        shown = [pick(option) for option in _yes_or_no(content, questionnaire, progress, step, language)]
    elif step.type == "municipality" and progress.offered:
        shown = [pick(Option(key, title)) for key, title in progress.offered]
    if step.optional:
        shown.append(_way(content, "skip", f"{SKIP}={step.id}", language))
    if progress.answers:
        shown.append(_way(content, "back", BACK, language))
    return [*shown, *_ways_out(content, language)]


def _yes_or_no(content: Content, questionnaire: Questionnaire, progress: Progress, step: Step, language: str) -> list[Option]:
    """The yes carries the mark of what it says yes to: one above an older text is no longer good."""
    mark, _ = leave_asked(content, questionnaire, progress, language)
    yes, no = YES_OR_NO[step.type]
    return [
        Option(f"{YES}.{mark}", sentence(content, yes, language)),
        Option(NO, sentence(content, no, language)),
    ]


def _ways_out(content: Content, language: str) -> list[Button]:
    """At every step: leave it, or talk to a person."""
    return [_way(content, "cancel", CANCEL, language), _way(content, "person", PERSON, language)]


def _way(content: Content, name: str, payload: str, language: str) -> Button:
    return Button(sentence(content, f"utter_button_{name}", language), payload)


def note_leave(content: Content, questionnaire: Questionnaire, progress: Progress, language: str) -> Progress:
    """Remembers what leave is being asked for, when the step asks for leave."""
    if not current(questionnaire, progress).asks_leave or progress.correcting:
        return replace(progress, leave=None) if progress.leave else progress
    return replace(progress, leave=leave_asked(content, questionnaire, progress, language))


def leave_asked(content: Content, questionnaire: Questionnaire, progress: Progress, language: str) -> tuple[str, str]:
    """The text as it is shown now, and a mark of all that a yes to it would mean."""
    step = current(questionnaire, progress)
    text = _question(content, questionnaire, progress, step, language)
    organization = receiver(content, progress)
    means = [
        questionnaire.consent_version, questionnaire.expires_in, step.id, text, organization.id if organization else None,
        ticked_answers(questionnaire, progress) if step.type == "consent" else None,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(means, sort_keys=True).encode()).hexdigest()[:12], text
