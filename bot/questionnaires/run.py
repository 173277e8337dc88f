"""Goes from step to step: asks, takes an answer, goes back, corrects, skips, and says when all is answered.

Pure functions over a `Progress`, which lives encrypted in the conversation: a crash between two answers loses nothing.
A questionnaire that is edited while people fill it in keeps their answers, because they are kept by step name.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.content.asking import Option, Questionnaire, Step, is_offered
from bot.content.directory import recipient
from bot.content.programmes import still_needed
from bot.content.published import Button, Content
from bot.content.services import Organization
from bot.conversation.replies import PERSON, Reply, fill, sentence
from bot.questionnaires import ticks
from bot.questionnaires.steps import Ambiguous, Answer

YES, NO = "yes", "no"
PICK, BACK, SKIP, CANCEL, CORRECT, TOGGLE, DONE = "=", "/back", "/skip", "/cancel", "/correct", "~", "done"
YES_OR_NO = {
    "consent": ("utter_button_consent_yes", "utter_button_consent_no"),
    "permission": ("utter_button_permission_yes", "utter_button_permission_no"),
}
HELP_AFTER = 2  # misses


@dataclass(frozen=True)
class Progress:
    """Where somebody is in a questionnaire. `answers` maps a step to `[value, shown]`."""

    name: str
    step: str
    answers: Mapping[str, list[Any]] = field(default_factory=dict)
    misses: int = 0
    correcting: bool = False
    offered: tuple[tuple[str, str], ...] = ()  # places to choose among: [key, title]
    paused: bool = False  # a danger came between: nothing is taken as an answer until the question is asked again
    alarmed: str | None = None  # the danger that was last answered in this questionnaire
    replaced: tuple[str, Any, str] | None = None  # step, value and text of the answer being corrected
    at_desk: bool = False  # an official asks and writes the answers down
    unticked: tuple[str, ...] = ()  # steps whose answers are not to be shared
    leave: tuple[str, str] | None = None  # what leave was last asked for: its mark and the text as it was shown
    permitted: Mapping[str, list[str]] = field(default_factory=dict)  # permission steps answered: version and text as it was shown
    waiting: Mapping[str, Any] | None = None  # another questionnaire, stored, that goes on when this one ends

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "offered": [list(pair) for pair in self.offered], "answers": dict(self.answers)}  # tuples become lists

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Progress":
        offered = tuple((key, title) for key, title in stored.get("offered", ()))
        replaced, leave = (tuple(stored[name]) if stored.get(name) else None for name in ("replaced", "leave"))
        return cls(**{**stored, "offered": offered, "replaced": replaced, "leave": leave, "unticked": tuple(stored.get("unticked", ()))})

    def value(self, step_id: str) -> Any:
        return self.answers[step_id][0] if step_id in self.answers else None


def start(questionnaire: Questionnaire, at_desk: bool = False) -> Progress:
    first = next((step for step in questionnaire.steps if is_offered(step, at_desk)), questionnaire.steps[0])
    return Progress(questionnaire.name, first.id, at_desk=at_desk)


def current(questionnaire: Questionnaire, progress: Progress) -> Step:
    """The step waiting for an answer; the first unanswered one if an editor has taken that step away."""
    step = questionnaire.step(progress.step) or _next(questionnaire, progress) or questionnaire.steps[-1]
    return replace(step, options=tuple(option for option in step.options if is_offered(option, progress.at_desk)))


def is_asked(step: Step, progress: Progress) -> bool:
    if not is_offered(step, progress.at_desk):
        return False
    for asked, wanted in step.only_if.items():
        value = progress.value(asked)
        if value not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True


def take(progress: Progress, step: Step, answer: Answer) -> Progress:
    """The progress with an answer in it, still at the same step."""
    return replace(progress, answers={**progress.answers, step.id: [answer.value, answer.shown]}, misses=0, offered=())


def skip(progress: Progress, step: Step) -> Progress:
    return take(progress, step, Answer(None, "—"))


def onward(questionnaire: Questionnaire, progress: Progress) -> Progress | None:
    """At the next step that is still to be asked; None when all is answered."""
    following = _next(questionnaire, progress)
    return replace(progress, step=following.id, correcting=False, replaced=None) if following else None


def offer(progress: Progress, ambiguous: Ambiguous) -> Progress:
    return replace(progress, offered=tuple((option.value, option.title) for option in ambiguous.options))


def miss(progress: Progress) -> Progress:
    return replace(progress, misses=progress.misses + 1)


def back(questionnaire: Questionnaire, progress: Progress) -> Progress:
    """The step before the current one, asked again; from a correction, back to where we were with the answer as it was."""
    if progress.correcting:
        return replace(progress, correcting=False)
    if progress.replaced and progress.replaced[0] == progress.step:
        step_id, value, shown = progress.replaced
        restored = replace(progress, answers={**progress.answers, step_id: [value, shown]}, misses=0, offered=(), replaced=None)
        return onward(questionnaire, restored) or restored
    earlier = []
    for step in questionnaire.steps:
        if step.id == progress.step:
            break
        if is_asked(step, progress) and step.id in progress.answers:
            earlier.append(step)
    if not earlier:
        return progress
    kept = {name: value for name, value in progress.answers.items() if name != earlier[-1].id}
    return replace(progress, step=earlier[-1].id, answers=kept, misses=0, offered=())


def correct(questionnaire: Questionnaire, progress: Progress, step_id: str) -> Progress | None:
    """Ask one answered step again and come back to where we were."""
    if questionnaire.step(step_id) is None or step_id not in progress.answers:
        return None
    kept = {name: value for name, value in progress.answers.items() if name != step_id}
    value, shown = progress.answers[step_id]
    return replace(progress, step=step_id, answers=kept, misses=0, correcting=False, offered=(), replaced=(step_id, value, shown))


def pause(progress: Progress, danger: str | None) -> Progress:
    return replace(progress, paused=True, alarmed=danger)


def unpause(progress: Progress) -> Progress:
    return replace(progress, paused=False)


def choose_correction(progress: Progress) -> Progress:
    """Ask which answer is to be corrected."""
    return replace(progress, correcting=True)


def toggle(progress: Progress, step: Step, value: str) -> Progress:
    """Tick or untick one option. All are ticked until the person unticks one."""
    ticked = list(ticked_of(progress, step))
    ticked = [each for each in ticked if each != value] if value in ticked else [*ticked, value]
    return replace(progress, offered=tuple((each, "") for each in ticked) or (("", ""),))


def ticked_of(progress: Progress, step: Step) -> list[str]:
    if not progress.offered:
        return [option.value for option in step.options]
    return [value for value, _ in progress.offered if value]


def shared_answers(questionnaire: Questionnaire, progress: Progress) -> dict[str, tuple[str, Any, str]]:
    """What would be shared: step name to (label, value, as shown); only steps that are still asked and were answered."""
    return {
        step.id: (step.label, *progress.answers[step.id])
        for step in questionnaire.steps
        if step.shared and is_asked(step, progress) and progress.value(step.id) is not None
    }


def ticked_answers(questionnaire: Questionnaire, progress: Progress) -> dict[str, Any]:
    """What is shared when the person says yes now: step name to value."""
    shared = shared_answers(questionnaire, progress)
    step_of = {step.id: step for step in questionnaire.steps}
    return {name: value for name, (_, value, _) in shared.items() if step_of[name].needed or name not in progress.unticked}


def tick(questionnaire: Questionnaire, progress: Progress, step_id: str) -> Progress | None:
    """Share that answer, or no longer; then what follows may have to be asked. None: the institution cannot do without it."""
    step = questionnaire.step(step_id)
    if step is None or step_id not in shared_answers(questionnaire, progress):
        return progress
    if step.needed:
        return None
    if step_id in progress.unticked:
        return replace(progress, unticked=tuple(each for each in progress.unticked if each != step_id))
    if not step.without:
        return replace(progress, unticked=(*progress.unticked, step_id))
    answers = {**progress.answers, **_instead(questionnaire, progress, step)}
    fallen_back = replace(progress, answers=answers)
    return onward(questionnaire, fallen_back) or fallen_back


def _instead(questionnaire: Questionnaire, progress: Progress, step: Step) -> dict[str, list[Any]]:
    """What is answered when the step's own answer is not shared: without a telephone, by chat."""
    answers: dict[str, list[Any]] = {}
    for other, values in step.without.items():
        asked = questionnaire.step(other)
        options = [option for value in values if asked and (option := asked.option(value)) and is_offered(option, progress.at_desk)]
        if options:
            answers[other] = [options[0].value, options[0].title]
    return answers


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


def permit(questionnaire: Questionnaire, progress: Progress, step: Step, answer: Answer, text: str) -> Progress:
    return replace(take(progress, step, answer), permitted={**progress.permitted, step.id: [questionnaire.consent_version, text]})


def receiver(content: Content, progress: Progress) -> Organization | None:
    return recipient(content, str(progress.value("need") or ""), progress.value("municipality"))


def ask(content: Content, questionnaire: Questionnaire, progress: Progress, language: str, with_help: bool = False) -> Reply:
    """The question of the current step, with its buttons; with the help in front after misses."""
    step = current(questionnaire, progress)
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
        ticked = ticked_of(progress, step)
        marks = [
            replace(pick(option, TOGGLE), title=("☑ " if option.value in ticked else "☐ ") + content.translate(option.title, language))
            for option in step.options
        ]
        shown = [*marks, pick(Option(DONE, sentence(content, "utter_button_done", language)))]
    elif step.type == "consent":
        shown = [
            Button(row.title, f"{questionnaire.name}.{step.id}{TOGGLE}{row.step_id}")
            for row in shared_rows(content, questionnaire, progress, language)
        ]
        shown += [pick(option) for option in _yes_or_no(content, questionnaire, progress, step, language)]
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


def _next(questionnaire: Questionnaire, progress: Progress) -> Step | None:
    wanted = None if questionnaire.rule is None else still_needed(questionnaire.rule, progress.answers)
    unanswered = (step for step in questionnaire.steps if step.id not in progress.answers and is_asked(step, progress))
    return next((step for step in unanswered if wanted is None or step.id in wanted), None)
