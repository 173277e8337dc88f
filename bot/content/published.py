"""The content as the services see it: one immutable value for each published version.

Places and services use the terms of Open Referral HSDS 3.0 (organization, service, location).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from bot.content.municipalities import Municipalities
from bot.content.problems import Problem
from nlu.components.spelling import plain

LONGEST_MESSAGE = 4096  # Telegram's limit for a text
LONGEST_TEXT = LONGEST_MESSAGE - 400  # the source line and the cautions come after it
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""`{ciam_phone}` in a text: a fact or a variable."""


@dataclass(frozen=True)
class Where:
    file: Path
    line: int

    def problem(self, wrong: str, todo: str) -> Problem:
        return Problem(self.file, self.line, wrong, todo)


@dataclass(frozen=True)
class Source:
    title: str
    url: str = ""


@dataclass(frozen=True)
class Review:
    """Who answers for a text or a fact, since when it is known to be true, and until when it may be said."""

    owner: str
    reviewed_on: date
    review_in: int  # days
    sources: tuple[Source, ...]
    expires_on: date | None = None

    @property
    def due_on(self) -> date:
        return self.reviewed_on + timedelta(days=self.review_in)


@dataclass(frozen=True)
class Button:
    title: str
    payload: str


@dataclass(frozen=True)
class Command:
    """What is done beside the text: `custom: {do: start_questionnaire, name: referral_intake}`."""

    do: str
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class Response:
    name: str
    text: str
    where: Where
    buttons: tuple[Button, ...] = ()
    command: Command | None = None
    review: Review | None = None  # None: a sentence of the dialogue itself, which states no fact
    office: str | None = None
    followups: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    name: str
    kind: str
    value: str
    says: str
    review: Review
    where: Where
    doubt: str = ""  # why it may not be shown yet; empty: it may


@dataclass(frozen=True)
class Organization:
    id: str
    name: str
    where: Where
    alternate_name: str = ""
    description: str = ""
    url: str = ""

    @property
    def short_name(self) -> str:
        return self.alternate_name or self.name


@dataclass(frozen=True)
class Service:
    """Something an organization does for people; `receives_referrals` says that it takes cases from here."""

    id: str
    organization_id: str
    name: str
    where: Where
    needs: tuple[str, ...] = ()
    area: tuple[str, ...] = ()  # INEGI keys: a state ("21") or a municipality ("15057"); empty: everywhere
    receives_referrals: bool = False


@dataclass(frozen=True)
class Option:
    value: str
    title: str


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


@dataclass(frozen=True)
class Questionnaire:
    name: str
    steps: tuple[Step, ...]
    where: Where
    command: Command
    consent_version: str = ""
    expires_in: int = 0  # days a consent holds

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True)
class SafetyCategory:
    name: str
    response: str
    patterns: tuple[str, ...]
    unless: tuple[str, ...]
    where: Where


@dataclass(frozen=True)
class Safety:
    categories: tuple[SafetyCategory, ...]
    harmless: tuple[str, ...]
    learned_above: float = 1.0  # from which chance on what was learned counts as danger
    learned_above_if_harmless: float = 1.0  # the same where a harmless pattern was found


@dataclass(frozen=True)
class WordCommand:
    """Words that work at any point: /persona, "cancelar", "atrás"."""

    name: str
    words: tuple[str, ...]
    response: str
    where: Where


@dataclass(frozen=True)
class Rule:
    """One of Rasa's rules, for questions whose answer depends on more than the intent."""

    name: str
    table: Mapping[str, object]
    intents: tuple[str, ...]
    actions: tuple[str, ...]
    where: Where


@dataclass(frozen=True)
class Institution:
    name: str
    title: str
    receives: str | None  # organization that takes referrals when no service is nearer
    where: Where | None = None  # the line that names it


@dataclass(frozen=True)
class Content:
    version: str
    responses: Mapping[str, Response]
    facts: Mapping[str, Fact]
    organizations: Mapping[str, Organization]
    services: Mapping[str, Service]
    questionnaires: Mapping[str, Questionnaire]
    commands: Mapping[str, WordCommand]
    safety: Safety
    titles: Mapping[str, str]  # what the button of a question says, by intent
    topics: Mapping[str, tuple[str, ...]]  # topic -> intents
    rules: tuple[Rule, ...]
    institution: Institution
    municipalities: Municipalities
    catalogues: Mapping[str, Mapping[str, str]]  # language -> Spanish text -> translated text
    languages: Mapping[str, str]  # language -> its own name

    @cached_property
    def payloads_of_titles(self) -> Mapping[str, str]:
        """What each button does, by the text on it: people type it too."""
        buttons = [button for response in self.responses.values() for button in response.buttons]
        return {plain(button.title): button.payload for button in reversed(buttons)}

    def translate(self, text: str, language: str) -> str:
        """The text in that language, or the Spanish source where no confirmed translation exists."""
        return self.catalogues.get(language, {}).get(text, text)

    def topic_of(self, intent: str) -> str | None:
        return next((topic for topic, intents in self.topics.items() if intent in intents), None)
