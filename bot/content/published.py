"""The content as the services see it: one immutable value for each published version.

Places and services use the terms of Open Referral HSDS 3.0 (organization, service, location).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
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
    telephone: str = ""  # name of a fact

    @property
    def short_name(self) -> str:
        return self.alternate_name or self.name


@dataclass(frozen=True)
class Location:
    """Where a service is given. Without an address it is not public: nobody is told more than the municipality's name."""

    id: str
    name: str
    municipality: str  # INEGI key
    where: Where
    address: str = ""  # name of a fact
    point: tuple[float, float] | None = None  # latitude and longitude in degrees


@dataclass(frozen=True)
class Schedule:
    """Regular hours, as in HSDS: the days of RFC 5545 (`MO,TU`, `1MO` with MONTHLY) and the hours of Mexico City."""

    byday: str
    opens_at: time
    closes_at: time | None  # None: midnight
    freq: str = "WEEKLY"


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
    description: str = ""
    locations: tuple[str, ...] = ()  # ids; none: by telephone or on a page
    phones: tuple[str, ...] = ()  # names of facts
    url: str = ""  # name of a fact
    languages: tuple[str, ...] = ()
    cost: str = ""
    required_documents: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    hours_note: str = ""
    open_on_holidays: bool = False
    review: Review | None = None  # None: not shown to people, only receives referrals


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
class Condition:
    """One condition of a programme, on the answer to one step."""

    step: str
    says: str  # the condition in words
    among: tuple[str, ...] = ()  # choices that meet it
    unknown: tuple[str, ...] = ()  # choices that say neither yes nor no
    at_least: int | None = None
    at_most: int | None = None
    within_working_days: int = 0  # of the date that was answered
    otherwise: str = ""  # what can be done where it is not met; then it closes no door


@dataclass(frozen=True)
class Case:
    """An example of a guide: these answers come to this result (yes, no or unknown)."""

    answers: Mapping[str, str]
    met: str


@dataclass(frozen=True)
class EligibilityRule:
    """Who may come in question: every condition of `all` and one of `any`, as far as it is known."""

    name: str
    title: str
    intent: str
    office: str
    all: tuple[Condition, ...]
    any: tuple[Condition, ...]
    documents: tuple[str, ...]
    unpublished: tuple[str, ...]  # what nobody has published and has to be asked
    review: Review
    where: Where
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True)
class Questionnaire:
    name: str
    steps: tuple[Step, ...]
    where: Where
    command: Command
    consent_version: str = ""
    expires_in: int = 0  # days a consent holds
    rule: EligibilityRule | None = None  # asks no more than this rule needs, and stores nothing

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
class Catalogue:
    """The translations into one language, by their Spanish source text."""

    texts: Mapping[str, str]
    unreviewed: frozenset[str] = frozenset()  # source texts whose translation no reviewer has cleared


@dataclass(frozen=True)
class Content:
    version: str
    responses: Mapping[str, Response]
    facts: Mapping[str, Fact]
    organizations: Mapping[str, Organization]
    services: Mapping[str, Service]
    locations: Mapping[str, Location]
    questionnaires: Mapping[str, Questionnaire]
    commands: Mapping[str, WordCommand]
    safety: Safety
    titles: Mapping[str, str]  # what the button of a question says, by intent
    topics: Mapping[str, tuple[str, ...]]  # topic -> intents
    rules: tuple[Rule, ...]
    institution: Institution
    municipalities: Municipalities
    catalogues: Mapping[str, Catalogue]
    languages: Mapping[str, str]  # language -> its own name

    @cached_property
    def payloads_of_titles(self) -> Mapping[str, str]:
        """What each button does, by the text on it: people type it too."""
        buttons = [button for response in self.responses.values() for button in response.buttons]
        return {plain(button.title): button.payload for button in reversed(buttons)}

    def translate(self, text: str, language: str) -> str:
        """The text in that language, or the Spanish source where it is not translated."""
        catalogue = self.catalogues.get(language)
        return catalogue.texts.get(text, text) if catalogue else text

    def is_translated(self, text: str, language: str) -> bool:
        return language in self.catalogues and text in self.catalogues[language].texts

    def is_unreviewed(self, text: str, language: str) -> bool:
        """Is it shown in a translation that nobody has checked yet?"""
        return language in self.catalogues and text in self.catalogues[language].unreviewed

    @cached_property
    def _dangers(self) -> frozenset[str]:
        return frozenset(category.response for category in self.safety.categories)

    def answers_danger(self, response: str) -> bool:
        """Such an answer is said whole, and even past its dates."""
        return response in self._dangers

    def topic_of(self, intent: str) -> str | None:
        return next((topic for topic, intents in self.topics.items() if intent in intents), None)
