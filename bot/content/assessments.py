"""Self-assessments of a municipality: `flows/assessments/<name>.yml`. What exists is asked question by question; each has its step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.content.asking import Command, Option, Questionnaire, Step
from bot.content.courses import validation
from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Review, Where
from bot.content.yaml_lines import Table

KEYS = (
    "title", "says", "version", "office", "owner", "sources", "reviewed_on", "review_in", "expires_on", "validation", "areas",
)  # fmt: skip
ASSESSMENT = "assessment"  # stands where the course stands: nobody outside the officials' door begins it
YES, PARTLY, NO, UNKNOWN = "yes", "partly", "no", "unknown"
ANSWERS = (YES, PARTLY, NO, UNKNOWN)  # in the order of their buttons


@dataclass(frozen=True)
class AssessedQuestion:
    """`step`: what to do next where it lacks; `priority`: 1 comes first."""

    id: str
    ask: str
    help: str
    step: str
    priority: int
    where: Where


@dataclass(frozen=True)
class Area:
    id: str
    title: str
    questions: tuple[AssessedQuestion, ...]
    where: Where


@dataclass(frozen=True)
class Assessment:
    name: str
    title: str
    says: str
    version: str
    office: str
    review: Review
    is_validated: bool
    areas: tuple[Area, ...]
    where: Where

    @property
    def questions(self) -> tuple[AssessedQuestion, ...]:
        return tuple(question for area in self.areas for question in area.questions)

    @property
    def questionnaire(self) -> str:
        return f"{ASSESSMENT}-{self.name}"

    def area_of(self, question_id: str) -> Area | None:
        return next((area for area in self.areas if any(each.id == question_id for each in area.questions)), None)

    @property
    def texts(self) -> Iterator[tuple[str, Where]]:
        yield from ((self.title, self.where), (self.says, self.where), *((area.title, area.where) for area in self.areas))
        yield from ((text, each.where) for each in self.questions for text in (each.ask, each.help, each.step))


def questionnaires_of(assessments: Mapping[str, Assessment], titles: Mapping[str, str]) -> dict[str, Questionnaire]:
    """By name `assessment-<name>`. `titles`: how the buttons of the four answers read."""
    options = tuple(Option(answer, titles[answer]) for answer in ANSWERS if answer in titles)
    made = {}
    for each in assessments.values():
        steps = tuple(Step(asked.id, "choice", asked.ask, asked.where, help=asked.help, options=options) for asked in each.questions)
        command = Command("finish_assessment", MappingProxyType({}))
        made[each.questionnaire] = Questionnaire(each.questionnaire, steps, each.where, command, course=ASSESSMENT)
    return made


def read_assessment(path: Path, table: Table, problems: list[Problem]) -> Assessment | None:
    fields = Fields(path, table, f"el autodiagnóstico {path.stem}", problems)
    fields.only(*KEYS)
    title, says, version, office = fields.title("title"), fields.text("says"), fields.text("version"), fields.text("office")
    review, is_validated = fields.review(), validation(fields)
    areas = tuple(_area(path, entry, problems) for entry in fields.tables("areas", required=True))
    if review is None or not any(area.questions for area in areas):
        return None
    return Assessment(path.stem, title, says, version, office, review, is_validated, areas, fields.where)


def _area(path: Path, entry: Table, problems: list[Problem]) -> Area:
    fields = Fields(path, entry, f"el área {entry.get('id', '?')}", problems)
    fields.only("id", "title", "questions")
    questions = tuple(_question(path, each, problems) for each in fields.tables("questions", required=True))
    return Area(fields.text("id"), fields.title("title"), questions, fields.where)


def _question(path: Path, entry: Table, problems: list[Problem]) -> AssessedQuestion:
    fields = Fields(path, entry, f"la pregunta {entry.get('id', '?')}", problems)
    fields.only("id", "ask", "help", "step", "priority")
    priority = fields.count("priority")
    if priority == 0 or fields.table.get("priority") is None:
        fields.complain("priority", "falta «priority», o es cero", "escriba `priority: 1` en la que va primero")
    name, ask, help_, step = (fields.text(key) for key in ("id", "ask", "help", "step"))
    return AssessedQuestion(name, ask, help_, step, priority or 0, fields.where)
