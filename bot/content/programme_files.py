"""The case file of a programme as data: its checklist of documents, and what a person reads at each stage. One programme a file.

What is asked for a photograph, and for leave to keep it, are questionnaires of one step each, so that all that works at any point of a
questionnaire works there too. Who may come in question for a programme is another matter: `programmes.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.content.asking import Command, Questionnaire, Step
from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Review, Where
from bot.content.yaml_lines import Table

STAGES = ("information", "application", "visit", "ruling", "delivery", "followup", "closed")
"""The names of `records.cases.Stage`, which a test compares: the check must not load the tables."""

FIELDS = (
    "title", "office", "need", "questionnaire", "documents", "documents_consent", "stages", "sources", "reviewed_on", "review_in",
    "expires_on", "owner",
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """One line of the checklist."""

    name: str
    title: str
    optional: bool
    asking: Questionnaire  # for its photograph


@dataclass(frozen=True)
class StageText:
    name: str
    title: str
    says: str  # what it means and what comes next


@dataclass(frozen=True)
class Programme:
    name: str
    title: str
    office: str
    need: str  # of the referral that the application is
    application: str  # the questionnaire that opens the case
    documents: tuple[Document, ...]
    consent: Questionnaire  # leave to keep photographs
    stages: Mapping[str, StageText]
    review: Review
    where: Where

    def document(self, name: str) -> Document | None:
        return next((each for each in self.documents if each.name == name), None)

    @property
    def questionnaires(self) -> tuple[Questionnaire, ...]:
        return (self.consent, *(each.asking for each in self.documents))

    def asks(self, questionnaire: str) -> bool:
        """Is that questionnaire about this programme?"""
        return questionnaire == self.application or any(each.name == questionnaire for each in self.questionnaires)


def read_programme(path: Path, table: Table, problems: list[Problem]) -> Programme | None:
    fields = Fields(path, table, f"el programa {path.stem}", problems)
    fields.only(*FIELDS)
    documents = tuple(_document(fields, entry) for entry in fields.tables("documents", required=True))
    stages = [_stage(fields, entry) for entry in fields.tables("stages", required=True)]
    for what, names in (("documents", [each.name for each in documents]), ("stages", [each.name for each in stages])):
        for name in sorted({each for each in names if names.count(each) > 1}):
            fields.complain(what, f"«{name}» está repetido", "dé a cada uno su propio nombre")
    for name in STAGES:
        if name not in [each.name for each in stages]:
            fields.complain("stages", f"falta la etapa «{name}»", "agregue `- name: …` con `title: …` y `says: …`")
    consent, review = _consent(fields), fields.review()
    title, office, need, application = (fields.text(key) for key in ("title", "office", "need", "questionnaire"))
    if review is None or not documents:
        return None
    by_name = MappingProxyType({each.name: each for each in stages})
    return Programme(path.stem, title, office, need, application, documents, consent, by_name, review, fields.where)


def _document(programme: Fields, entry: Table) -> Document:
    fields = Fields(programme.path, entry, f"el papel {entry.get('name', '?')}", programme.problems)
    fields.only("name", "title", "ask", "help", "optional")
    name = fields.text("name")
    step = Step("photo", "photo", fields.text("ask"), fields.where, fields.text("help"))
    command = Command("receive_document", MappingProxyType({"programme": programme.path.stem, "document": name}))
    asking = Questionnaire(f"photo_{programme.path.stem}_{name}", (step,), fields.where, command)
    return Document(name, fields.title("title"), fields.flag("optional"), asking)


def _stage(programme: Fields, entry: Table) -> StageText:
    fields = Fields(programme.path, entry, f"la etapa {entry.get('name', '?')}", programme.problems)
    fields.only("name", "title", "says")
    stage = StageText(fields.text("name"), fields.text("title"), fields.text("says"))
    if stage.name and stage.name not in STAGES:
        fields.complain("name", f"«{stage.name}» no es una etapa", f"use una de estas: {', '.join(STAGES)}")
    return stage


def _consent(programme: Fields) -> Questionnaire:
    inner = programme.inner("documents_consent")
    if inner is None:
        programme.complain("documents_consent", "falta el permiso para guardar fotos", "agregue version, expires_in y ask")
    fields = Fields(programme.path, inner or Table(programme.table.line), "el permiso de las fotos", programme.problems if inner else [])
    fields.only("version", "expires_in", "ask")
    command = Command("allow_documents", MappingProxyType({"programme": programme.path.stem}))
    step = Step("consent", "consent", fields.text("ask"), fields.where)
    return Questionnaire(f"photos_{programme.path.stem}", (step,), fields.where, command, fields.text("version"), fields.days("expires_in"))
