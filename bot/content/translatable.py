"""Every text that people read, for the translation catalogues, and the catalogues brought up to date with it.

The source of a text is its Spanish. Telephones, addresses and web pages are the same in every language and are left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.content.catalogues import UNREVIEWED
from bot.content.languages import LANGUAGES, SOURCE
from bot.content.load import institution_names, load_content
from bot.content.marking import MARK
from bot.content.published import Content, Fact
from bot.content.review import Where
from bot.content.yaml_lines import Tables

SAME_EVERYWHERE = ("telephone", "address", "url")  # kinds of fact, unless words stand beside the number
_WORD = re.compile(r"[^\W\d_]{3,}")
_SMALL_WORD = re.compile(r"\b[a-záéíóúñ]+\b")
_LETTERS = re.compile(r"[^\W\d_]{2}")
WIDTH = 110
BOT = Path(__file__).resolve().parent.parent
_READ_AS = {
    "method_map": [("console/templates/**.html", "jinja2"), ("handoff/templates/**.txt", "jinja2"), ("**.py", "python")],
    "options_map": {"console/templates/**.html": {"trimmed": "true"}},
}
_MARKS = {**DEFAULT_KEYWORDS, MARK: None}
BEGINNING = datetime(2026, 11, 22, tzinfo=UTC)  # of the catalogues: a date of today would change files in which nothing changed


@dataclass(frozen=True)
class Parity:
    """How far one language has come."""

    language: str
    missing: tuple[str, ...]  # Spanish texts without a translation
    unreviewed: int
    all: int

    def line(self) -> str:
        done = self.all - len(self.missing)
        return f"{LANGUAGES[self.language]}: {done} de {self.all} textos traducidos; {self.unreviewed} sin revisar por una persona."

    def line_of_courses(self) -> str:
        done = self.all - len(self.missing)
        return f"{LANGUAGES[self.language]}, cursos y casos: {done} de {self.all} textos traducidos; los demás se ven en español."


def texts_of(content: Content) -> Iterator[tuple[str, Where]]:
    """Each text and the place where it is written."""
    for response in content.responses.values():
        yield response.text, response.where
        for button in response.buttons:
            yield button.title, response.where
    titles = Where(Path("flows/titles.yml"), 1)
    yield from ((title, titles) for title in content.titles.values())
    for questionnaire in content.questionnaires.values():
        if questionnaire.course:  # `texts_of_courses`
            continue
        for step in questionnaire.steps:
            for text in (step.ask, step.help, step.label, step.needed, *(option.title for option in step.options)):
                yield text, step.where
        if questionnaire.rule:
            rule = questionnaire.rule
            conditions = [text for each in (*rule.all, *rule.any) for text in (each.says, each.otherwise)]
            yield from ((text, rule.where) for text in (rule.title, *conditions, *rule.documents, *rule.unpublished))
    for programme in content.programmes.values():
        titles_of_papers = (document.title for document in programme.documents)
        of_stages = (text for stage in programme.stages.values() for text in (stage.title, stage.says))
        yield from ((text, programme.where) for text in (programme.title, *titles_of_papers, *of_stages))
    for service in content.services.values():
        if service.review:
            for text in (service.name, service.description, service.cost, service.hours_note, *service.required_documents):
                yield text, service.where
    yield from ((each.text, each.where) for each in content.canned.values())
    for kept in content.retention.values():
        yield kept.says, kept.where
    yield from ((text, content.notice.where) for text in content.notice.texts)
    learning = content.learning
    yield from ((text, learning.where) for text in (learning.privacy, learning.proves, *learning.posts.values()))
    for fact in content.facts.values():
        if not fact.doubt and _says_something(fact):
            yield fact.value, fact.where


def _says_something(fact: Fact) -> bool:
    """ "079, opción 1" and "2020 y 2023" do; a number, a street and a page are the same in every language."""
    if fact.kind in SAME_EVERYWHERE:
        return fact.kind == "telephone" and bool(_WORD.search(fact.value))
    return bool(_SMALL_WORD.search(fact.value))


def texts_of_courses(content: Content) -> Iterator[tuple[str, Where]]:
    """What officials are taught, practise and answer of their municipality, and the aims of their reports.

    It may be translated; Spanish is shown where it is not.
    """
    for course in content.courses.values():
        yield from ((text, course.where) for text in course.texts)
    for simulation in content.simulations.values():
        yield from ((text, simulation.where) for _, text in simulation.texts)
    for assessment in content.assessments.values():
        yield from assessment.texts
    yield from ((target.says, content.learning.where) for target in content.learning.targets)


def all_texts(flows: Path, tables: Tables | None = None) -> dict[str, set[Path]]:
    """The texts of the base and of every institution that must be translated, with the files they stand in."""
    return _listed(flows, tables or Tables(), texts_of)


def all_texts_of_courses(flows: Path, tables: Tables | None = None) -> dict[str, set[Path]]:
    return _listed(flows, tables or Tables(), texts_of_courses)


def _listed(flows: Path, tables: Tables, read: Callable[[Content], Iterable[tuple[str, Where]]]) -> dict[str, set[Path]]:
    found: dict[str, set[Path]] = {}
    for institution in [None, *institution_names(flows)]:
        for text, where in read(load_content(flows, institution, tables)[0]):
            if _LETTERS.search(text) or _SMALL_WORD.search(text):
                found.setdefault(text, set()).add(where.file)
    return found


@cache
def texts_of_console() -> Mapping[str, frozenset[Path]]:
    """What staff read on pages, in their group and in their mail, with the files it stands in; in Python it bears a mark.

    It may be translated; Spanish is shown where it is not.
    """
    found: dict[str, set[Path]] = {}
    for file, _, text, *_ in extract_from_dir(BOT, **_READ_AS, keywords=_MARKS, strip_comment_tags=False):  # type: ignore[arg-type]
        for each in (text,) if isinstance(text, str) else text:
            found.setdefault(each, set()).add(BOT / file)
    return MappingProxyType({text: frozenset(files) for text, files in found.items()})


def texts_of_conduct(flows: Path, tables: Tables | None = None) -> set[str]:
    """The codes of conduct that staff accept."""
    tables = tables or Tables()
    found = {load_content(flows, each, tables)[0].team.conduct.text for each in (None, *institution_names(flows))}
    return {text for text in found if text}


def update_catalogues(flows: Path) -> list[Parity]:
    """Write every catalogue anew: new texts empty, translations kept, texts that are gone kept as obsolete."""
    (flows / "translations").mkdir(exist_ok=True)
    tables = Tables()
    texts = all_texts(flows, tables)
    for text, theirs in (*texts_of_console().items(), *all_texts_of_courses(flows, tables).items()):
        texts.setdefault(text, set()).update(theirs)
    for text in texts_of_conduct(flows, tables):
        texts.setdefault(text, set()).add(flows / "team.yml")
    for language in LANGUAGES:
        if language != SOURCE:
            path = flows / "translations" / f"{language}.po"
            catalogue = _read(path, language)
            template = Catalog(project="Puente", charset="utf-8", creation_date=catalogue.creation_date)
            for entry in [each for each in catalogue.obsolete.values() if str(each.id) in texts]:  # a text that is back
                catalogue[entry.id] = entry
                catalogue.obsolete.pop(str(entry.id))
            for text, files in texts.items():
                template.add(text, locations=[(_shown(file, flows), 0) for file in sorted(files)])
            catalogue.update(template, no_fuzzy_matching=True, keep_user_comments=True)
            write_catalogue(path, catalogue)
    return parity(flows)


def parity(flows: Path, tables: Tables | None = None) -> list[Parity]:
    """How far each language has come; an absent catalogue has come nowhere."""
    tables = tables or Tables()
    return _parities(flows, tables, all_texts(flows, tables))


def parity_of_courses(flows: Path, tables: Tables | None = None) -> list[Parity]:
    """The same of what officials learn, which may stay in Spanish."""
    tables = tables or Tables()
    return _parities(flows, tables, all_texts_of_courses(flows, tables))


def _parities(flows: Path, tables: Tables, texts: Mapping[str, set[Path]]) -> list[Parity]:
    content = load_content(flows, None, tables)[0]
    return [_parity(content, language, texts) for language in LANGUAGES if language != SOURCE]


def _parity(content: Content, language: str, texts: Iterable[str]) -> Parity:
    every = list(texts)
    missing = tuple(text for text in every if not content.is_translated(text, language))
    return Parity(language, missing, sum(content.is_unreviewed(text, language) for text in every), len(every))


def write_catalogue(path: Path, catalogue: Catalog) -> None:
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, sort_by_file=True, include_lineno=False)
    new.replace(path)


def add_translations(flows: Path, language: str, translated: dict[str, str]) -> None:
    """Put translations that no reviewer has seen into the catalogue; what a reviewer has cleared stays as it is."""
    path = flows / "translations" / f"{language}.po"
    catalogue = _read(path, language)
    for entry in catalogue:
        text = str(entry.id)
        if text in translated and (not entry.string or UNREVIEWED in entry.user_comments):
            entry.string = translated[text]
            entry.user_comments = [*(comment for comment in entry.user_comments if comment != UNREVIEWED), UNREVIEWED]
    write_catalogue(path, catalogue)


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(
            locale=language, project="Puente", version="1", charset="utf-8", fuzzy=False, header_comment=f"# {LANGUAGES[language]}",
            copyright_holder="Puente", msgid_bugs_address="", last_translator="", language_team=language, creation_date=BEGINNING,
            revision_date=BEGINNING,
        )  # fmt: skip
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _shown(file: Path, flows: Path) -> str:
    for root in (flows.parent, BOT.parent):
        if file.is_relative_to(root):
            return str(file.relative_to(root))
    return str(file)
