"""Goes from step to step: asks, takes an answer, goes back, corrects, skips, and says when all is answered.

Pure functions over a `Progress`, which lives encrypted in the conversation: a crash between two answers loses nothing.
A questionnaire that is edited while people fill it in keeps their answers, because they are kept by step name.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.content.asking import Questionnaire, Step, is_offered
from bot.content.programmes import still_needed
from bot.content.published import Content
from bot.content.services import Organization
from bot.questionnaires.steps import Ambiguous, Answer
from bot.records.referrals import Priority
from bot.referrals.deadlines import priority_of
from bot.referrals.recipients import Case, Recipient, choose, named

PICK, BACK, SKIP, CANCEL, CORRECT, TOGGLE, DONE = "=", "/back", "/skip", "/cancel", "/correct", "~", "done"


@dataclass(frozen=True)
class Study:
    """What a lesson or a final keeps beside the answers."""

    seed: int = 0  # of the order of the choices
    drawn: tuple[str, ...] = ()  # the steps that are asked, in this order; none: all, in theirs
    firsts: Mapping[str, bool] = field(default_factory=dict)  # question to whether the first answer was right
    later: tuple[str, ...] = ()  # questions answered wrong, asked once more at the end
    attempt: int | None = None  # number of the try at a final
    protocol: str = ""  # what a refresher is about
    version: str = ""  # of that protocol, as it was shown

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Study":
        return cls(**{**stored, "drawn": tuple(stored.get("drawn", ())), "later": tuple(stored.get("later", ()))})


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
    recipient: tuple[str, str | None] | None = None  # organization and service named when the consent was asked for
    asked_by: str | None = None  # who of the staff put these questions to the person
    to: str | None = None  # the service they chose for it
    study: Study | None = None  # in lessons and finals
    invited: str | None = None  # reference of the learner whose invitation is being accepted; a number may be given again

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "offered": [list(pair) for pair in self.offered], "answers": dict(self.answers)}  # tuples become lists

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Progress":
        offered = tuple((key, title) for key, title in stored.get("offered", ()))
        pairs = {name: tuple(stored[name]) if stored.get(name) else None for name in ("replaced", "leave", "recipient")}
        study = Study.from_json(stored["study"]) if stored.get("study") else None
        return cls(**{**stored, "offered": offered, **pairs, "unticked": tuple(stored.get("unticked", ())), "study": study})

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
        if is_asked(step, progress) and step.id in progress.answers and not step.is_judged:
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


def permit(questionnaire: Questionnaire, progress: Progress, step: Step, answer: Answer, text: str) -> Progress:
    return replace(take(progress, step, answer), permitted={**progress.permitted, step.id: [questionnaire.consent_version, text]})


def address(content: Content, progress: Progress, now: datetime, open_counts: Mapping[str, int]) -> tuple[Progress, Recipient | None]:
    """Before the consent is asked for: who receives it is chosen once, so that the case goes to whom the person agreed to."""
    urgent = priority_of(str(progress.value("need") or ""), in_danger=False) is Priority.URGENT
    case = case_of(progress, urgent)
    chosen = named(content, case, progress.to, now, open_counts) or choose(content, case, now, open_counts)
    return replace(progress, recipient=(chosen.organization.id, chosen.service_id) if chosen else None), chosen


def receiver(content: Content, progress: Progress) -> Organization | None:
    """Who was chosen when the consent was asked for; before that, who it would be if nobody were full."""
    if progress.recipient:
        return content.organizations.get(progress.recipient[0])
    if programme := content.programme_of(progress.name):
        return content.organizations.get(programme.office)
    chosen = choose(content, case_of(progress), None)
    return chosen.organization if chosen else None


def case_of(progress: Progress, urgent: bool = False) -> Case:
    return Case({step: value for step, (value, _) in progress.answers.items()}, urgent)


def _next(questionnaire: Questionnaire, progress: Progress) -> Step | None:
    if progress.study:
        return _next_taught(questionnaire, progress, progress.study)
    wanted = None if questionnaire.rule is None else still_needed(questionnaire.rule, progress.answers)
    unanswered = (step for step in questionnaire.steps if step.id not in progress.answers and is_asked(step, progress))
    return next((step for step in unanswered if wanted is None or step.id in wanted), None)


def _next_taught(questionnaire: Questionnaire, progress: Progress, study: Study) -> Step | None:
    """In the order drawn; what was answered wrong comes last, as often as it takes."""
    order = study.drawn or [step.id for step in questionnaire.steps]
    named = (questionnaire.step(each) for each in (*(each for each in order if each not in study.later), *study.later))
    return next((step for step in named if step and step.id not in progress.answers), None)
