"""The content as the services see it: one immutable value for each published version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

from bot.content.asking import Command, Questionnaire
from bot.content.assessments import ASSESSMENT, Assessment
from bot.content.canned import Canned
from bot.content.courses import Course
from bot.content.languages import LANGUAGES, SOURCE
from bot.content.learning import Learning
from bot.content.links import Link
from bot.content.municipalities import Municipalities
from bot.content.notice import NO_NOTICE, Notice
from bot.content.programme_files import Programme
from bot.content.retention import Kept
from bot.content.review import Review, Where
from bot.content.services import Location, Organization, Service
from bot.content.simulations import Simulation
from bot.content.team import Team
from bot.identifiers import public_numbers

LONGEST_MESSAGE = 4096  # Telegram's limit for a text
ENOUGH_FOR_STAFF = 0.9  # of the console: a new sentence must not take a language away from who works in it
LONGEST_TEXT = LONGEST_MESSAGE - 400  # the source line and the cautions come after it
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""`{ciam_phone}` in a text: a fact or a variable."""


@dataclass(frozen=True)
class Button:
    title: str
    payload: str


@dataclass(frozen=True)
class Protocol:
    """Which edition of a protocol this is, what changed in it, and whether somebody competent has validated it."""

    version: str
    changed_on: date
    what: str
    is_validated: bool


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
    protocol: Protocol | None = None  # None: an answer for anybody


@dataclass(frozen=True)
class Fact:
    name: str
    kind: str
    value: str
    says: str
    review: Review
    where: Where
    doubt: str = ""  # why it may not be shown yet; empty: it may

    def may_be_said(self, today: date) -> bool:
        return not self.doubt and not self.review.has_expired(today)


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
    menu: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # language -> its word in Telegram's menu


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
    of_console: float = 0.0  # which part of what staff read is translated


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
    links: Mapping[str, Link]
    safety: Safety
    titles: Mapping[str, str]  # what the button of a question says, by intent
    topics: Mapping[str, tuple[str, ...]]  # topic -> intents
    rules: tuple[Rule, ...]
    institution: Institution
    municipalities: Municipalities
    catalogues: Mapping[str, Catalogue]
    languages: Mapping[str, str]  # language -> its own name
    retention: Mapping[str, Kept] = field(default_factory=lambda: MappingProxyType({}))  # how long each class of data is kept
    programmes: Mapping[str, Programme] = field(default_factory=lambda: MappingProxyType({}))  # that have case files
    officials_commands: Mapping[str, WordCommand] = field(default_factory=lambda: MappingProxyType({}))
    courses: Mapping[str, Course] = field(default_factory=lambda: MappingProxyType({}))  # for officials
    assessments: Mapping[str, Assessment] = field(default_factory=lambda: MappingProxyType({}))  # of a municipality, by its officials
    learning: Learning = field(default_factory=Learning)
    simulations: Mapping[str, Simulation] = field(default_factory=lambda: MappingProxyType({}))  # practice cases of officials
    notice: Notice = NO_NOTICE
    team: Team = field(default_factory=Team)
    canned: Mapping[str, Canned] = field(default_factory=lambda: MappingProxyType({}))  # replies that staff pick

    def translate(self, text: str, language: str) -> str:
        """The text in that language, or the Spanish source where it is not translated."""
        catalogue = self.catalogues.get(language)
        return catalogue.texts.get(text, text) if catalogue else text

    @cached_property
    def console_languages(self) -> Mapping[str, str]:
        """Those in which staff can work, by their own name."""
        return {
            code: name
            for code, name in LANGUAGES.items()
            if code == SOURCE or (code in self.catalogues and self.catalogues[code].of_console >= ENOUGH_FOR_STAFF)
        }

    def is_translated(self, text: str, language: str) -> bool:
        return language in self.catalogues and text in self.catalogues[language].texts

    def is_unreviewed(self, text: str, language: str) -> bool:
        """Is it shown in a translation that nobody has checked yet?"""
        return language in self.catalogues and text in self.catalogues[language].unreviewed

    @cached_property
    def _dangers(self) -> frozenset[str]:
        return frozenset(category.response for category in self.safety.categories)

    @cached_property
    def public_numbers(self) -> frozenset[str]:
        """Digits of the telephones that this content names: whoever types one gives nothing away."""
        return public_numbers(fact.value for fact in self.facts.values() if fact.kind == "telephone")

    def answers_danger(self, response: str) -> bool:
        """Such an answer is said whole, and even past its dates."""
        return response in self._dangers

    def name_of(self, organization_id: str) -> str:
        """Of an office that an editor has taken away since, the institution's."""
        organization = self.organizations.get(organization_id)
        return organization.name if organization else self.institution.title

    def programme_of(self, questionnaire: str) -> Programme | None:
        """The programme that questionnaire is about."""
        return next((each for each in self.programmes.values() if each.asks(questionnaire)), None)

    def assessment_of(self, questionnaire: Questionnaire) -> Assessment | None:
        """The self-assessment whose questions those are."""
        return self.assessments.get(questionnaire.kind) if questionnaire.course == ASSESSMENT else None

    def topic_of(self, intent: str) -> str | None:
        return next((topic for topic, intents in self.topics.items() if intent in intents), None)
