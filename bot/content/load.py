"""Reads flows/ with the overlays of one institution into a Content.

Layers: the national base, then the institution's parents (its state), then the institution. A later layer replaces single
answers, facts, organizations and services of an earlier one by name.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.content import assessments
from bot.content.asking import Questionnaire
from bot.content.assessments import ANSWERS, Assessment, read_assessment
from bot.content.canned import Canned, read_canned
from bot.content.catalogues import read_catalogues
from bot.content.courses import Course, questionnaires_of, read_course
from bot.content.directory import read_locations, read_organizations, read_services
from bot.content.eligibility import read_eligibility
from bot.content.facts import read_facts
from bot.content.fields import Fields
from bot.content.files import files_below, files_in
from bot.content.languages import LANGUAGES
from bot.content.learning import Learning, read_learning
from bot.content.links import read_links
from bot.content.municipalities import Municipalities, read_places
from bot.content.notice import Notice, made_of, read_notice
from bot.content.problems import Problem
from bot.content.programme_files import Programme, read_programme
from bot.content.published import Content, Institution, Safety
from bot.content.questionnaires import read_questionnaire
from bot.content.responses import read_responses
from bot.content.retention import read_retention
from bot.content.review import Where
from bot.content.rules import read_rules
from bot.content.safety import add_language, read_commands, read_officials_commands, read_safety
from bot.content.simulations import Simulation, read_simulation, with_words
from bot.content.team import Team, read_team, team_of
from bot.content.word_lists import PracticeWords, read_practice_words
from bot.content.yaml_lines import Table, Tables
from bot.errors import ContentError

STATE_KEYS = {f"{number:02d}" for number in range(1, 33)}  # INEGI
FIRST_STATES = ("21", "15")  # Puebla and Estado de México: where the first institutions are
Reader = Callable[[Path, Table, list[Problem]], Mapping[str, Any]]


def load_content(flows: Path, institution: str | None, tables: Tables | None = None) -> tuple[Content, list[Problem]]:
    """The content and everything that was wrong while reading it. Raises ContentError when there is nothing to read."""
    if not (flows / "domain").is_dir():
        raise ContentError(f"{flows}: aquí no hay contenido; ponga en PUENTE_FLOWS la carpeta que tiene domain/ y facts/")
    problems: list[Problem] = []
    tables = tables or Tables()
    chain = _institutions(tables, flows, institution, problems)
    layers = [flows, *(flows / "institutions" / name for name, _ in reversed(chain))]
    topics = {path.stem: _intents(tables, path, problems) for path in files_in(flows / "domain")}
    about = chain[0][1] if chain else Institution("none", "Puente", None)
    home = tuple(state for _, each in reversed(chain) for state in _home_states(tables, flows, each.name, problems))
    links = flows / "links.yml"
    programmes = _programmes(tables, flows, problems)
    courses, assessed = _courses(tables, flows, problems), _assessments(tables, flows, problems)
    responses = _merge(tables, layers, "domain", read_responses, problems)
    titles = {answer: responses[name].text for answer in ANSWERS if (name := f"utter_learning_answer_{answer}") in responses}
    questionnaires = {**questionnaires_of(courses), **assessments.questionnaires_of(assessed, titles)}
    content = Content(
        version=tables.once(flows, _version, problems),
        responses=responses,
        facts=_merge(tables, layers, "facts", read_facts, problems),
        organizations=_merge(tables, layers, "directory/organizations", read_organizations, problems),
        services=_merge(tables, layers, "directory/services", read_services, problems),
        locations=_merge(tables, layers, "directory/locations", read_locations, problems),
        questionnaires=MappingProxyType({**_questionnaires(tables, flows, programmes, problems), **questionnaires}),
        commands=tables.made(flows / "commands.yml", read_commands, problems),
        officials_commands=_if_there(tables, flows / "commands_officials.yml", read_officials_commands, problems) or MappingProxyType({}),
        links=tables.made(links, read_links, problems) if links.exists() else MappingProxyType({}),
        retention=tables.made(flows / "retention.yml", read_retention, problems),
        notice=_notice(tables, layers, problems),
        team=_team(tables, layers, set(topics), problems),
        canned=_canned(tables, layers, problems),
        safety=_safety(tables, flows, problems),
        topics=MappingProxyType({topic: intents for topic, intents in topics.items() if intents}),
        titles=_titles(tables, flows, {intent for intents in topics.values() for intent in intents}, problems),
        rules=tuple(rule for path in files_in(flows / "rules") for rule in tables.made(path, read_rules, problems)),
        institution=about,
        municipalities=Municipalities(tables.once(flows / "directory" / "municipalities.csv", read_places, problems), home or FIRST_STATES),
        catalogues=tables.once(flows / "translations", read_catalogues, problems),
        languages=LANGUAGES,
        programmes=programmes,
        courses=courses,
        assessments=assessed,
        learning=_if_there(tables, flows / "learning.yml", read_learning, problems) or Learning(),
        simulations=_simulations(tables, flows, problems),
    )
    return content, problems


def version_of(flows: Path) -> str:
    """A short name for exactly these files, recorded with every reply."""
    digest = hashlib.sha256()
    for path in files_below(flows):
        with suppress(OSError):  # an editor replaces a file by renaming another over it
            digest.update(str(path.relative_to(flows)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _version(flows: Path, _: list[Problem]) -> str:
    return version_of(flows)


def institution_names(flows: Path) -> list[str]:
    return sorted(path.parent.name for path in (flows / "institutions").glob("*/institution.yml"))


def _institutions(tables: Tables, flows: Path, name: str | None, problems: list[Problem]) -> list[tuple[str, Institution]]:
    """The institution and its parents, nearest first."""
    chain: list[tuple[str, Institution]] = []
    while name:
        path = flows / "institutions" / name / "institution.yml"
        if not path.exists():
            known = ", ".join(institution_names(flows))
            raise ContentError(f"{path}: no existe la institución «{name}»; ponga en PUENTE_INSTITUTION una de estas: {known}")
        if any(name == earlier for earlier, _ in chain):
            raise ContentError(f"{path}: «{name}» depende de sí misma; corrija `parent:`")
        table = tables.read(path, problems)
        fields = Fields(path, table, f"la institución {name}", problems)
        where = Where(path, table.line_of("receives"))
        fields.only("title", "parent", "receives", "home_states")
        for state in fields.texts("home_states"):
            if state not in STATE_KEYS:
                fields.complain("home_states", f"«{state}» no es la clave de un estado", "escriba dos cifras de 01 a 32, entre comillas")
        chain.append((name, Institution(name, fields.text("title"), fields.text("receives", required=False) or None, where)))
        name = fields.text("parent", required=False)
    return chain


def _home_states(tables: Tables, flows: Path, name: str, problems: list[Problem]) -> tuple[str, ...]:
    path = flows / "institutions" / name / "institution.yml"
    return Fields(path, tables.read(path, []), f"la institución {name}", problems).texts("home_states")


def _merge(tables: Tables, layers: list[Path], folder: str, read: Reader, problems: list[Problem]) -> Mapping[str, Any]:
    merged: dict[str, Any] = {}
    for number, layer in enumerate(layers):
        of_layer: dict[str, Any] = {}
        for path in files_in(layer / folder):
            for name, value in tables.made(path, read, problems).items():
                if name in of_layer:
                    first = of_layer[name].where
                    problems.append(Problem(path, value.where.line, f"{name} ya está en {first.file}:{first.line}", "deje uno de los dos"))
                if number and folder == "domain" and name not in merged:
                    problems.append(
                        Problem(
                            path,
                            value.where.line,
                            f"{name} no reemplaza nada",
                            "la carpeta de una institución reemplaza respuestas de la base; corrija el nombre",
                        )
                    )
                    continue
                of_layer[name] = value
        merged.update(of_layer)
    return MappingProxyType(merged)


def _intents(tables: Tables, path: Path, problems: list[Problem]) -> tuple[str, ...]:
    return Fields(path, tables.read(path, []), f"el tema {path.stem}", problems).texts("intents")


def _titles(tables: Tables, flows: Path, intents: set[str], problems: list[Problem]) -> Mapping[str, str]:
    path = flows / "titles.yml"
    fields = Fields(path, tables.read(path, problems), "los títulos", problems)
    for intent in sorted(intents - set(fields.table)):
        fields.complain(None, f"la pregunta {intent} no tiene título", "agregue una línea: el texto de su botón")
    for intent in fields.table:
        if intent not in intents:
            fields.complain(intent, f"«{intent}» no es una pregunta", "corrija el nombre o quite la línea")
    return MappingProxyType({intent: fields.title(intent) for intent in fields.table})


def _programmes(tables: Tables, flows: Path, problems: list[Problem]) -> Mapping[str, Programme]:
    read = [tables.made(path, read_programme, problems) for path in files_in(flows / "programmes")]
    return MappingProxyType({programme.name: programme for programme in read if programme})


def _if_there[Made](tables: Tables, path: Path, read: Callable[[Path, Table, list[Problem]], Made], problems: list[Problem]) -> Made | None:
    """What belongs to the courses may be left out where nobody learns."""
    return tables.made(path, read, problems) if path.exists() else None


def _courses(tables: Tables, flows: Path, problems: list[Problem]) -> Mapping[str, Course]:
    read = [tables.made(path, read_course, problems) for path in files_in(flows / "courses")]
    return MappingProxyType({course.name: course for course in read if course})


def _assessments(tables: Tables, flows: Path, problems: list[Problem]) -> Mapping[str, Assessment]:
    read = [tables.made(path, read_assessment, problems) for path in files_in(flows / "assessments")]
    return MappingProxyType({assessment.name: assessment for assessment in read if assessment})


def _simulations(tables: Tables, flows: Path, problems: list[Problem]) -> Mapping[str, Simulation]:
    path = flows / "practice_words.yml"
    words = tables.made(path, read_practice_words, problems) if path.exists() else PracticeWords()
    read = [tables.made(path, read_simulation, problems) for path in files_in(flows / "simulations")]
    return MappingProxyType({simulation.name: with_words(simulation, words, problems) for simulation in read if simulation})


def _questionnaires(
    tables: Tables, flows: Path, programmes: Mapping[str, Programme], problems: list[Problem]
) -> Mapping[str, Questionnaire]:
    read = [
        *(tables.made(path, read_questionnaire, problems) for path in files_in(flows / "questionnaires")),
        *(tables.made(path, read_eligibility, problems) for path in files_in(flows / "eligibility")),
        *(questionnaire for programme in programmes.values() for questionnaire in programme.questionnaires),
    ]
    return MappingProxyType({questionnaire.name: questionnaire for questionnaire in read if questionnaire})


def _notice(tables: Tables, layers: list[Path], problems: list[Problem]) -> Notice:
    paths = [layers[0] / "notice.yml", *(path for each in layers[1:] if (path := each / "notice.yml").exists())]
    return made_of([tables.made(path, read_notice, problems) for path in paths], paths[0], problems)


def _team(tables: Tables, layers: list[Path], topics: set[str], problems: list[Problem]) -> Team:
    paths = [path for each in layers if (path := each / "team.yml").exists()]
    return team_of([tables.made(path, read_team, problems) for path in paths], layers[0] / "team.yml", topics, problems)


def _canned(tables: Tables, layers: list[Path], problems: list[Problem]) -> Mapping[str, Canned]:
    """A later layer replaces single replies by their id."""
    paths = [path for each in layers if (path := each / "replies.yml").exists()]
    return MappingProxyType({name: each for path in paths for name, each in tables.made(path, read_canned, problems).items()})


def _safety(tables: Tables, flows: Path, problems: list[Problem]) -> Safety:
    safety = tables.made(flows / "safety.yml", read_safety, problems)
    for path in files_in(flows / "safety"):
        safety = add_language(safety, path, tables.read(path, problems), problems)
    return safety
