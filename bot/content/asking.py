"""What is asked step by step, and what is done when all is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.content.programmes import EligibilityRule
from bot.content.review import Where

ONLY, NEVER = "only", "never"


@dataclass(frozen=True)
class Command:
    """What is done beside the text: `custom: {do: start_questionnaire, name: referral_intake}`."""

    do: str
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class Option:
    value: str
    title: str
    at_desk: str = ""  # ONLY or NEVER where an official asks
    done: Command | None = None  # whoever chooses this is asked no more
    because: str = ""  # in a lesson: why it is right, or not
    right: bool = False


@dataclass(frozen=True)
class Step:
    id: str
    type: str
    ask: str
    where: Where
    help: str = ""
    label: str = ""
    options: tuple[Option, ...] = ()
    only_if: Mapping[str, list[str]] = field(default_factory=lambda: MappingProxyType({}))
    optional: bool = False
    shared: bool = False  # the value goes to the receiving institution and is shown in the summary
    needed: str = ""  # why the institution cannot do without it: so it cannot be unticked
    without: Mapping[str, list[str]] = field(default_factory=lambda: MappingProxyType({}))  # what else is answered when it is unticked
    permits: str = ""  # what a step of type permission gives leave for
    at_desk: str = ""  # ONLY or NEVER where an official asks
    protocol: str = ""  # in a lesson: asked again when that protocol changes

    @property
    def asks_leave(self) -> bool:
        """A yes is accepted only to what was shown."""
        return self.type in ("consent", "permission")

    @property
    def is_judged(self) -> bool:
        """A question with a right answer: the first one given counts."""
        return any(option.right for option in self.options)

    def option(self, value: object) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


def is_offered(asked: Step | Option, at_desk: bool) -> bool:
    """A step or an option: is it for a desk, or for the chat?"""
    return asked.at_desk != (NEVER if at_desk else ONLY)


@dataclass(frozen=True)
class Questionnaire:
    name: str
    steps: tuple[Step, ...]
    where: Where
    command: Command
    consent_version: str = ""
    expires_in: int = 0  # days a consent holds
    rule: EligibilityRule | None = None  # asks no more than this rule needs, and stores nothing
    course: str = ""  # for officials alone
    lesson: str = ""

    @property
    def kind(self) -> str:
        """In a course, what follows its name: the lesson, `final`, `recall` or `refresh`."""
        return self.name.rpartition("-")[2]

    @property
    def is_final(self) -> bool:
        """Each question is asked once."""
        return bool(self.course) and self.kind == "final"

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)
