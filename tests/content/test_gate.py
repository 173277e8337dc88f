"""The publish gate: a small content folder that passes, and one test a rule with exactly one thing broken in it.

A problem is expected by its file, its line and the name it speaks of; the sentences around the name are free to change.
"""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.content import spoken
from bot.content.check import check_all
from bot.content.check_examples import FEWEST_EXAMPLES
from bot.content.check_texts import LONGEST_PAYLOAD
from bot.content.danger import PatternError, parse_pattern
from bot.content.fields import LONGEST_TITLE
from bot.content.load import institution_names, load_content
from bot.content.problems import Problem
from bot.content.published import LONGEST_MESSAGE, Content
from bot.errors import ContentError

PAPERS, DIALOGUE, SAFE_ANSWERS = "flows/domain/papers.yml", "flows/domain/dialogue.yml", "flows/domain/safety.yml"
FEES, RULES, TITLES, COMMANDS = "flows/facts/fees.yml", "flows/rules/dialogue.yml", "flows/titles.yml", "flows/commands.yml"
OFFICES, SERVICES = "flows/directory/organizations/offices.yml", "flows/directory/services/attention.yml"
PLACES, INTAKE, SAFETY = "flows/directory/municipalities.csv", "flows/questionnaires/intake.yml", "flows/safety.yml"
STATE, CITY = "flows/institutions/state/institution.yml", "flows/institutions/city/institution.yml"
CITY_PAPERS, CITY_FEES = "flows/institutions/city/domain/papers.yml", "flows/institutions/city/facts/fees.yml"
ENGLISH = "flows/translations/en.po"
EXAMPLES, OTHER_EXAMPLES, TESTS = "nlu/data/papers.yml", "nlu/data/dialogue.yml", "nlu/test_data/papers.yml"

REVIEWED = "{office: permits, sources: [{title: Reglamento}], reviewed_on: 2026-01-15, review_in: 90, owner: papers}"
SOURCES = "      sources:\n      - title: Reglamento de tarjetas\n        url: https://example.org/reglamento\n"
NO_LINE = 0  # the line of these problems is not asked for

FILES = {
    PAPERS: f"""\
version: "3.1"
intents:
- papers_renew
- papers_lost
- papers_photo
responses:
  utter_papers_renew:
  - text: |
      Vaya a la oficina con su tarjeta.
      Pague {{renewal_fee}}.
    buttons:
    - title: Perdí mi tarjeta
      payload: /papers_lost
    - title: Pedir una cita
      payload: /papers_appointment
    metadata:
      office: permits
      sources:
      - title: Reglamento de tarjetas
        url: https://example.org/reglamento
      reviewed_on: 2026-01-15
      review_in: 90
      expires_on: 2031-12-31
      owner: papers
      followups:
        cost: utter_papers_renew_cost
  utter_papers_renew_cost:
  - text: La renovación cuesta {{renewal_fee}}.
    metadata: {REVIEWED}
  utter_papers_lost:
  - text: Avise en la oficina.
    metadata: {REVIEWED}
  utter_papers_photo:
  - text: Lleve una foto reciente.
    metadata: {REVIEWED}
  utter_papers_appointment:
  - custom: {{do: start_questionnaire, name: intake}}
    metadata: {{kind: service}}
""",
    SAFE_ANSWERS: f"""\
version: "3.1"
responses:
  utter_safety_violence:
  - text: Marque {{help_phone}} ahora.
    metadata: {REVIEWED}
""",
    FEES: """\
renewal_fee:
  kind: amount
  value: 1,500 pesos
  says: Derechos por renovar
  sources:
  - title: Ley de derechos
  reviewed_on: 2026-01-15
  review_in: 365
  owner: papers
help_phone:
  kind: telephone
  value: "911"
  says: Emergencias
  sources:
  - title: Aviso oficial
  reviewed_on: 2026-01-15
  review_in: 90
  owner: directory
photo_fee:
  kind: amount
  value: 60 pesos
  says: Fotos
  sources:
  - title: Un periódico
  reviewed_on: 2026-01-15
  review_in: 90
  owner: papers
  doubt: dos fuentes no coinciden
""",
    OFFICES: """\
organizations:
- id: permits
  name: Oficina de Permisos
  alternate_name: Permisos
- id: city_hall
  name: Ayuntamiento
""",
    SERVICES: """\
services:
- id: attention
  organization_id: city_hall
  name: Atención a migrantes
  area: ["21", "15057"]
  receives_referrals: true
""",
    PLACES: """\
key,state,name,seat,population,latitude,longitude
15057,México,Naucalpan de Juárez,Naucalpan,834434,,
21114,Puebla,Puebla,Heroica Puebla de Zaragoza,1692181,,
""",
    RULES: """\
version: "3.1"
rules:
- rule: cost of the card
  condition:
  - slot_was_set:
    - topic: papers
  steps:
  - intent: followup_cost
  - action: utter_papers_renew_cost
""",
    INTAKE: """\
consent_version: "2026-01-15"
consent_expires_in: 180
steps:
- id: need
  type: choice
  label: Necesidad
  shared: true
  ask: ¿Qué necesita?
  help: Toque un botón.
  options:
  - {value: card, title: Tarjeta}
  - {value: other, title: Otra cosa}
- id: which
  type: text
  only_if: {need: other}
  ask: ¿Qué otra cosa?
  help: Escriba con sus palabras.
- id: consent
  type: consent
  ask: Se envía {summary} a {recipient} por {expires_in} días y cuesta {renewal_fee}.
done: {do: create_referral}
""",
    "flows/links.yml": "links:\n- {name: help, payload: /help}\n",
    COMMANDS: """\
commands:
- {name: help, words: [ayuda, menu], response: utter_help}
- {name: cancel, words: [cancelar]}
""",
    SAFETY: """\
learned_above: 0.5
learned_above_if_harmless: 0.8
categories:
  violence_now:
    response: utter_safety_violence
    patterns:
    - "me {pega|golpea} ... {esposo|marido}"
    unless:
    - "me pega el sol"
harmless:
- "me muero de {hambre|risa}"
""",
    TITLES: """\
papers_renew: Renovar mi tarjeta
papers_lost: Perdí mi tarjeta
papers_photo: Fotos para la tarjeta
help: Ayuda
followup_cost: Cuánto cuesta
""",
    STATE: 'title: Estado\nhome_states: ["21"]\n',
    CITY: "title: Ciudad\nparent: state\nreceives: city_hall\n",
    CITY_PAPERS: f"""\
version: "3.1"
responses:
  utter_papers_lost:
  - text: Avise en la ventanilla de la ciudad.
    metadata: {REVIEWED}
""",
    ENGLISH: """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: en\\n"

msgid "La renovación cuesta {renewal_fee}."
msgstr "Renewal costs {renewal_fee}."
""",
    TESTS: """\
version: "3.1"
nlu:
- intent: papers_renew
  examples: |
    - mi tarjeta ya no sirve
- intent: help
  examples: |
    - qué sabe hacer
""",
}


def _dialogue() -> str:
    """Everything the program says by itself, in one sentence each."""
    answers = "".join(f"  {name}:\n  - text: Una frase del diálogo.\n    metadata: {{kind: service}}\n" for name in spoken.RESPONSES)
    return f'version: "3.1"\nintents:\n- help\n- followup_cost\nresponses:\n{answers}'


def _examples(*intents: str) -> str:
    lines = ['version: "3.1"', "nlu:"]
    for intent in intents:
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - pregunta de {intent} número {each}" for each in range(FEWEST_EXAMPLES))]
    return "\n".join(lines) + "\n"


def _names(problem: Problem, name: str) -> bool:
    """The name stands in the complaint, and not as part of a longer one."""
    return not name or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", problem.wrong) is not None


Expected = tuple[str, int | str, str]  # file, line or a text that stands on it, the name the problem speaks of


class Folder:
    """flows/ and nlu/ below the current folder, so that problems name the files as an editor sees them."""

    def __init__(self) -> None:
        for name, text in FILES.items():
            self.write(name, text)
        self.write(DIALOGUE, _dialogue())
        self.write(EXAMPLES, _examples("papers_renew", "papers_lost", "papers_photo"))
        self.write(OTHER_EXAMPLES, _examples("help", "followup_cost"))

    def write(self, name: str, text: str) -> None:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = Path(name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"«{old}» stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def append(self, name: str, text: str) -> None:
        self.write(name, Path(name).read_text(encoding="utf-8") + text)

    def line(self, name: str, text: str) -> int:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
        found = [number for number, line in enumerate(lines, 1) if text in line]
        assert len(found) == 1, f"«{text}» stands on {found} in {name}"
        return found[0]

    def problems(self) -> list[Problem]:
        return check_all(Path("flows"), Path("nlu"))

    def expect(self, *expected: Expected) -> None:
        """These problems and no other."""
        left = self.problems()
        for file, place, name in expected:
            line = self.line(file, place) if isinstance(place, str) else place
            fits = [each for each in left if str(each.file) == file and line in (NO_LINE, each.line) and _names(each, name)]
            assert fits, f"no problem at {file}:{line} about {name} among {[str(each) for each in left]}"
            left.remove(fits[0])
        assert not left, [str(each) for each in left]

    def expect_only(self, file: str, place: int | str, name: str) -> None:
        """One or more problems, all of this line and this name."""
        problems = self.problems()
        line = self.line(file, place) if isinstance(place, str) else place
        assert problems
        assert [each for each in problems if (str(each.file), each.line, _names(each, name)) != (file, line, True)] == []

    def content(self, institution: str | None = None) -> Content:
        content, problems = load_content(Path("flows"), institution)
        assert problems == []
        return content


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder()


def test_sound_content_passes_for_the_base_and_every_institution(folder: Folder) -> None:
    folder.expect()
    assert institution_names(Path("flows")) == ["city", "state"]


def test_every_problem_is_told_once_however_many_institutions_have_it(folder: Folder) -> None:
    folder.replace(PAPERS, "owner: papers\n      followups", "followups")
    assert len(folder.problems()) == 1


# Reading YAML

EXTRA = "flows/facts/extra.yml"
DOUBTFUL = """\
late_fee:
  kind: amount
  value: 10 pesos
  says: Multa
  sources: [{title: Reglamento}]
  reviewed_on: 2026-01-15
  review_in: 90
  owner: papers
  doubt: falta confirmar
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('one: "open\ntwo: 2\n', 3),
        ("one:\n  - 1\n\ttwo: 2\n", 3),
        ("one: 1\ntwo: 2: 3\n", 2),
        ("one: [1, 2\ntwo: 3\n", 2),
        ("- one\n- two\n", 1),
        ("only words\n", 1),
    ],
    ids=["open quote", "tab", "two colons", "open list", "a list", "a text"],
)
def test_a_file_that_is_not_a_table_in_yaml_is_named_with_the_line(folder: Folder, text: str, line: int) -> None:
    folder.write(EXTRA, text)
    folder.expect((EXTRA, line, ""))


def test_a_file_that_is_not_utf8_is_named(folder: Folder) -> None:
    Path(EXTRA).write_bytes("dato: niñez".encode("latin-1"))
    folder.expect((EXTRA, 1, "utf-8"))


def test_an_empty_file_is_no_problem(folder: Folder) -> None:
    folder.write(EXTRA, "# nothing yet\n")
    folder.expect()


def test_a_field_written_twice_is_found_on_its_second_line(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL + "  says: Otra vez\n")
    folder.expect((EXTRA, "Otra vez", "says"))


def test_a_fact_written_twice_is_found_on_its_second_line(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL + DOUBTFUL)
    folder.expect((EXTRA, len(DOUBTFUL.splitlines()) + 1, "late_fee"))


def test_a_fact_written_in_two_files_is_found(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL)
    folder.write("flows/facts/more.yml", "# again\n" + DOUBTFUL)
    folder.expect(("flows/facts/more.yml", 2, "late_fee"))


def test_an_answer_written_in_two_files_is_found(folder: Folder) -> None:
    folder.write("flows/domain/photo.yml", f"responses:\n  utter_papers_photo:\n  - text: Otra vez.\n    metadata: {REVIEWED}\n")
    folder.expect(("flows/domain/photo.yml", 2, "utter_papers_photo"))


def test_an_answer_has_one_text(folder: Folder) -> None:
    folder.replace(PAPERS, "  - text: Lleve una foto reciente.\n", "  - text: Lleve una foto.\n  - text: Lleve dos fotos.\n")
    folder.expect((PAPERS, "  utter_papers_photo:", "utter_papers_photo"), (PAPERS, NO_LINE, "papers_photo"))


@pytest.mark.parametrize(
    ("file", "old"),
    [
        (PAPERS, "    buttons:\n"),
        (PAPERS, "      office: permits\n"),
        (PAPERS, "      payload: /papers_lost\n"),
        (PAPERS, "        url: https://example.org/reglamento\n"),
        (FEES, "  says: Derechos por renovar\n"),
        (OFFICES, "  alternate_name: Permisos\n"),
        (SERVICES, "  name: Atención a migrantes\n"),
        (RULES, "rules:\n"),
        (RULES, "  condition:\n"),
        (RULES, "  - intent: followup_cost\n"),
        (INTAKE, "steps:\n"),
        (INTAKE, "  label: Necesidad\n"),
        (SAFETY, "learned_above: 0.5\n"),
        (SAFETY, "    response: utter_safety_violence\n"),
        (CITY, "receives: city_hall\n"),
        (EXAMPLES, "- intent: papers_photo\n"),
    ],
    ids=[
        "response", "metadata", "button", "source", "fact", "organization", "service", "rules", "rule", "rule step", "questionnaire",
        "step", "safety", "danger category", "institution", "examples",
    ],
)  # fmt: skip
def test_a_field_that_means_nothing_is_found(folder: Folder, file: str, old: str) -> None:
    indent = " " * (len(old) - len(old.lstrip(" -")))
    extra = f"{indent}imagen: foto\n"
    folder.replace(file, old, old + extra if old.lstrip().startswith("- ") else extra + old)
    folder.expect((file, "imagen: foto", "imagen"))


def test_a_field_of_a_word_command_that_means_nothing_is_found(folder: Folder) -> None:
    folder.replace(COMMANDS, "words: [cancelar]", "word: cancelar")
    folder.expect((COMMANDS, "name: cancel", "word"))


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        (PAPERS, "  - text: Avise en la oficina.\n", "  - text: [Avise, en la oficina]\n", "text"),
        (PAPERS, "title: Reglamento de tarjetas", "title: {de: tarjetas}", "title"),
        (PAPERS, SOURCES, "      sources:\n      - Reglamento\n", "sources"),
        (OFFICES, "  alternate_name: Permisos", "  alternate_name: [Permisos]", "alternate_name"),
        (SERVICES, "  receives_referrals: true", "  receives_referrals: siempre", "receives_referrals"),
        (SERVICES, '  area: ["21", "15057"]', "  area: Puebla", "area"),
        (INTAKE, "consent_expires_in: 180", "consent_expires_in: medio año", "consent_expires_in"),
        (INTAKE, "  only_if: {need: other}", "  only_if: other", "only_if"),
        (SAFETY, "learned_above: 0.5", "learned_above: 50", "learned_above"),
        (SAFETY, "learned_above_if_harmless: 0.8", "learned_above_if_harmless: alto", "learned_above_if_harmless"),
    ],
    ids=[
        "text", "inner text", "list of tables", "optional text", "flag", "list", "number", "table", "share above 1", "share in words"
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_kind_is_found(folder: Folder, file: str, old: str, new: str, name: str) -> None:
    folder.replace(file, old, new)
    folder.expect((file, next(line for line in new.splitlines() if name in line), f"{name}"))


# Who answers for a text, and since when


def test_an_answer_without_metadata_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, f"Lleve una foto reciente.\n    metadata: {REVIEWED}\n", "Lleve una foto reciente.\n")
    folder.expect((PAPERS, "Lleve una foto", "metadata"))


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ("      office: permits\n", "office"),
        (SOURCES, "sources"),
        ("      reviewed_on: 2026-01-15\n", "reviewed_on"),
        ("      review_in: 90\n", "review_in"),
        ("      owner: papers\n", "owner"),
    ],
    ids=["office", "sources", "reviewed_on", "review_in", "owner"],
)
def test_an_answer_names_its_office_source_date_term_and_owner(folder: Folder, lines: str, field: str) -> None:
    metadata = folder.line(PAPERS, "      office: permits")
    folder.replace(PAPERS, lines, "")
    if field == "office":
        folder.expect((PAPERS, metadata, "office"), (PAPERS, "  utter_papers_renew:", "utter_papers_renew"))
    else:
        folder.expect_only(PAPERS, metadata, field)


@pytest.mark.parametrize("field", ["kind", "value", "says", "sources", "reviewed_on", "review_in", "owner"])
def test_a_fact_names_its_kind_value_meaning_source_date_term_and_owner(folder: Folder, field: str) -> None:
    lines = [line for line in DOUBTFUL.splitlines() if not line.startswith(f"  {field}:")]
    folder.write(EXTRA, "\n".join(lines))
    folder.expect_only(EXTRA, 2, field)


def test_a_source_has_a_title(folder: Folder) -> None:
    folder.replace(PAPERS, "      - title: Reglamento de tarjetas\n        url:", "      - url:")
    folder.expect((PAPERS, "- url: https", "title"))


@pytest.mark.parametrize("field", ["reviewed_on", "expires_on"])
@pytest.mark.parametrize("written", ["mañana", "15/01/2026", "2026-1", "20260115"])
def test_a_date_that_is_no_date_is_found(folder: Folder, field: str, written: str) -> None:
    old = "      reviewed_on: 2026-01-15\n" if field == "reviewed_on" else "      expires_on: 2031-12-31\n"
    folder.replace(PAPERS, old, f"      {field}: {written}\n")
    folder.expect((PAPERS, f"{field}: {written}", field))


@pytest.mark.parametrize("written", ["0", "-5", "pronto", "1.5", "true"])
def test_a_term_of_review_is_a_whole_number_of_days(folder: Folder, written: str) -> None:
    folder.replace(PAPERS, "      review_in: 90\n", f"      review_in: {written}\n")
    folder.expect_only(PAPERS, f"review_in: {written}", "review_in")


def test_a_review_cannot_be_in_the_future(folder: Folder) -> None:
    ahead = date.today() + timedelta(days=3)
    folder.replace(
        PAPERS,
        "      reviewed_on: 2026-01-15\n      review_in: 90\n      expires_on: 2031-12-31",
        f"      reviewed_on: {ahead}\n      review_in: 90",
    )
    folder.replace(
        FEES,
        "  says: Derechos por renovar\n  sources:\n  - title: Ley de derechos\n  reviewed_on: 2026-01-15",
        f"  says: Derechos\n  sources:\n  - title: Ley\n  reviewed_on: {ahead}",
    )
    folder.expect((PAPERS, "  utter_papers_renew:", "utter_papers_renew"), (FEES, "renewal_fee:", "renewal_fee"))


def test_a_review_of_today_is_not_in_the_future(folder: Folder) -> None:
    folder.replace(PAPERS, "      reviewed_on: 2026-01-15", f"      reviewed_on: {date.today()}")
    folder.expect()


@pytest.mark.parametrize("expires_on", ["2026-01-14", "2026-01-15"])
def test_what_expired_before_it_was_reviewed_is_found(folder: Folder, expires_on: str) -> None:
    folder.replace(PAPERS, "expires_on: 2031-12-31", f"expires_on: {expires_on}")
    folder.expect((PAPERS, f"expires_on: {expires_on}", "utter_papers_renew"))


def test_what_expires_the_day_after_its_review_passes(folder: Folder) -> None:
    folder.replace(PAPERS, "expires_on: 2031-12-31", "expires_on: 2026-01-16")
    folder.expect()


def test_an_office_that_is_not_in_the_directory_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "      office: permits\n", "      office: permit\n")
    folder.expect((PAPERS, "  utter_papers_renew:", "permit"))


# What a text says


def test_a_fact_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", "'La foto cuesta {foto_fee}.'")
    folder.expect((PAPERS, "  utter_papers_photo:", "foto_fee"))


def test_a_variable_that_is_not_declared_is_found(folder: Folder) -> None:
    folder.replace(
        DIALOGUE, "  utter_overdue:\n  - text: Una frase del diálogo.\n", "  utter_overdue:\n  - text: 'Se revisaba el {due_on}.'\n"
    )
    folder.expect((DIALOGUE, "  utter_overdue:", "due_on"))


def test_a_declared_variable_passes(folder: Folder) -> None:
    frase = "  - text: Una frase del diálogo.\n    metadata: {kind: service}\n"
    declared = "  - text: 'Se revisaba el {due_on}.'\n    metadata: {kind: service, variables: [due_on]}\n"
    folder.replace(DIALOGUE, "  utter_overdue:\n" + frase, "  utter_overdue:\n" + declared)
    folder.expect()


def test_a_variable_that_is_declared_and_not_used_is_found(folder: Folder) -> None:
    frase = "  - text: Una frase del diálogo.\n    metadata: {kind: service"
    folder.replace(DIALOGUE, "  utter_overdue:\n" + frase, "  utter_overdue:\n" + frase + ", variables: [due_on]")
    folder.expect((DIALOGUE, "  utter_overdue:", "due_on"))


def test_a_doubtful_fact_is_never_shown(folder: Folder) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", "'La foto cuesta {photo_fee}.'")
    folder.expect((PAPERS, "  utter_papers_photo:", "photo_fee"))


def test_a_fact_that_is_mended_may_be_shown(folder: Folder) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", "'La foto cuesta {photo_fee}.'")
    folder.replace(FEES, "  doubt: dos fuentes no coinciden\n", "")
    folder.expect()


def test_a_fact_that_no_answer_says_is_found(folder: Folder) -> None:
    folder.replace(FEES, "  doubt: dos fuentes no coinciden\n", "")
    folder.expect((FEES, "photo_fee:", "photo_fee"))


def test_a_kind_of_fact_that_is_not_known_is_found(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL.replace("kind: amount", "kind: price"))
    folder.expect((EXTRA, "kind: price", "price"))


def test_a_fact_without_fields_is_found(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL + "late_days: 30\n")
    folder.expect((EXTRA, "late_days", "late_days"))


@pytest.mark.parametrize("promise", ["Usted califica para el apoyo.", "GARANTIZAMOS el trámite.", "Sin duda se lo dan.", "Será aprobado."])
def test_a_promise_is_found(folder: Folder, promise: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", promise)
    folder.expect((PAPERS, "  utter_papers_photo:", "utter_papers_photo"))


@pytest.mark.parametrize("number", ["222 213 1000", "(222) 213-1000", "+52 55 3686 5100", "2222131000", "800.715.2000", "2222-1310"])
def test_a_telephone_typed_in_a_text_is_found(folder: Folder, number: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", f"'Llame al {number}, de 9 a 15.'")
    folder.expect((PAPERS, "  utter_papers_photo:", number.strip("(")))


@pytest.mark.parametrize(
    "harmless",
    ["Son 20,000 pesos.", "Es el artículo 52 y son 30 días.", "Vea https://example.org/tramite/12345678901.", "De 9:00 a 15:00."],
)
def test_other_numbers_may_stand_in_a_text(folder: Folder, harmless: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", f"'{harmless}'")
    folder.expect()


def test_a_text_is_as_long_as_telegram_allows_with_its_source(folder: Folder) -> None:
    longest = LONGEST_MESSAGE - 400
    folder.replace(PAPERS, "Lleve una foto reciente.", "a" * longest)
    folder.expect()
    folder.replace(PAPERS, "a" * longest, "a" * (longest + 1))
    folder.expect((PAPERS, "  utter_papers_photo:", str(longest + 1)))


def test_a_text_is_measured_with_its_facts_filled_in(folder: Folder) -> None:
    value = "1,500 pesos"
    folder.replace(
        PAPERS, "La renovación cuesta {renewal_fee}.", "'" + "a" * (LONGEST_MESSAGE - 400 - 2 * len(value)) + "{renewal_fee}{renewal_fee}'"
    )
    folder.expect()
    folder.replace(FEES, value, value + "!")
    folder.expect((PAPERS, "  utter_papers_renew_cost:", "utter_papers_renew_cost"))


# Buttons and commands


def test_a_button_to_nowhere_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "payload: /papers_appointment", "payload: /papers_date")
    folder.expect(
        (PAPERS, "  utter_papers_renew:", "utter_papers_date"), (PAPERS, "  utter_papers_appointment:", "utter_papers_appointment")
    )  # and what it led to is said no more


@pytest.mark.parametrize("payload", ["/cancel", "/change_language=en", "/help", "/papers_photo"])
def test_a_button_may_lead_to_an_action_a_command_or_an_answer(folder: Folder, payload: str) -> None:
    folder.replace(PAPERS, "    - title: Pedir una cita\n", f"    - title: Otro\n      payload: {payload}\n    - title: Pedir una cita\n")
    folder.expect()


def test_a_payload_begins_with_a_slash(folder: Folder) -> None:
    folder.replace(PAPERS, "payload: /papers_lost", "payload: papers_lost")
    folder.expect((PAPERS, "  utter_papers_renew:", "papers_lost"))


def test_a_payload_has_no_blanks(folder: Folder) -> None:
    folder.replace(PAPERS, "payload: /papers_lost", "payload: /change_language=en us")
    folder.expect((PAPERS, "  utter_papers_renew:", "/change_language=en us"))


def test_a_payload_fits_what_telegram_carries_in_bytes(folder: Folder) -> None:
    start = "/change_language="
    fits = start + "ñ" * ((LONGEST_PAYLOAD - len(start)) // 2)
    folder.replace(PAPERS, "    - title: Pedir una cita\n", f"    - title: Otro\n      payload: {fits}\n    - title: Pedir una cita\n")
    folder.expect()
    folder.replace(PAPERS, fits, fits + "ñ")
    folder.expect((PAPERS, "  utter_papers_renew:", "Otro"))


@pytest.mark.parametrize("title", ["'👍'", "'...'", "a" * (LONGEST_TITLE + 1)], ids=["picture", "dots", "long"])
def test_a_button_that_cannot_be_read_is_found(folder: Folder, title: str) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", f"title: {title}")
    folder.expect((PAPERS, f"title: {title}", title.strip("'")))


@pytest.mark.parametrize("title", ["Sí", "👍 Sirvió", "a" * LONGEST_TITLE], ids=["short", "picture and word", "longest"])
def test_a_button_that_can_be_read_passes(folder: Folder, title: str) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", f"title: {title}")
    folder.expect()


@pytest.mark.parametrize("field", ["title", "payload"])
def test_a_button_has_a_title_and_a_payload(folder: Folder, field: str) -> None:
    first = folder.line(PAPERS, "title: Perdí mi tarjeta")
    folder.replace(
        PAPERS,
        "    - title: Perdí mi tarjeta\n      payload: /papers_lost\n",
        "    - payload: /papers_lost\n" if field == "title" else "    - title: Perdí mi tarjeta\n",
    )
    problems = folder.problems()
    assert {each.line for each in problems} <= {first, folder.line(PAPERS, "  utter_papers_renew:")}
    assert [_names(each, field) for each in problems if each.line == first] == [True]


def test_a_command_that_is_not_known_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "  - text: Lleve una foto reciente.\n", "  - text: Lleve una foto reciente.\n    custom: {do: dance}\n")
    folder.expect((PAPERS, "  utter_papers_photo:", "dance"))


def test_a_questionnaire_that_does_not_exist_cannot_be_started(folder: Folder) -> None:
    folder.replace(PAPERS, "name: intake", "name: intakes")
    folder.expect((PAPERS, "  utter_papers_appointment:", "utter_papers_appointment"))


def test_a_command_that_does_nothing_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "{do: start_questionnaire, name: intake}", "{name: intake}")
    folder.expect((PAPERS, "custom:", "utter_papers_appointment"))


def test_an_answer_has_a_text_or_a_command(folder: Folder) -> None:
    folder.replace(PAPERS, "  - text: Lleve una foto reciente.\n    metadata", "  - metadata")
    folder.expect((PAPERS, folder.line(PAPERS, "  utter_papers_photo:") + 1, "text"))


# Names: what leads where


def test_an_answer_that_is_never_said_is_found(folder: Folder) -> None:
    folder.append(PAPERS, f"  utter_papers_old:\n  - text: Ya no se usa.\n    metadata: {REVIEWED}\n")
    folder.expect((PAPERS, "  utter_papers_old:", "utter_papers_old"))


@pytest.mark.parametrize("name", ["utter_fallback", "utter_state_done", "utter_received_voice", "utter_button_person"])
def test_a_sentence_that_the_program_says_must_be_there(folder: Folder, name: str) -> None:
    folder.replace(DIALOGUE, f"  {name}:\n  - text: Una frase del diálogo.\n    metadata: {{kind: service}}\n", "")
    folder.expect(("flows/domain", 1, name))


def test_a_question_without_an_answer_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, f"  utter_papers_photo:\n  - text: Lleve una foto reciente.\n    metadata: {REVIEWED}\n", "")
    folder.expect((PAPERS, NO_LINE, "papers_photo"))


def test_a_question_without_a_rule_or_an_answer_is_found(folder: Folder) -> None:
    folder.replace(RULES, "- intent: followup_cost", "- intent: help")
    folder.expect((DIALOGUE, NO_LINE, "followup_cost"))


def test_a_followup_that_leads_nowhere_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "cost: utter_papers_renew_cost", "cost: utter_papers_cost")
    folder.expect((PAPERS, "  utter_papers_renew:", "utter_papers_cost"))


def test_a_kind_of_followup_that_is_not_known_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "        cost: utter_papers_renew_cost", "        price: utter_papers_renew_cost")
    folder.expect((PAPERS, "  utter_papers_renew:", "price"))


def test_a_rule_for_a_question_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.append(RULES, "- rule: another\n  steps:\n  - intent: followup_price\n  - action: utter_help\n")
    folder.expect((RULES, "- rule: another", "followup_price"))


def test_a_rule_that_says_what_does_not_exist_is_found(folder: Folder) -> None:
    folder.append(RULES, "- rule: another\n  steps:\n  - intent: followup_cost\n  - action: utter_price\n")
    folder.expect((RULES, "- rule: another", "utter_price"))


@pytest.mark.parametrize(
    "steps",
    ["  - intent: help\n", "  - action: utter_help\n", "  - intent: help\n  - action: utter_help\n  - intent: followup_cost\n"],
    ids=["no action", "no intent", "two intents"],
)
def test_a_rule_is_one_question_and_what_is_said(folder: Folder, steps: str) -> None:
    folder.append(RULES, f"- rule: another\n  steps:\n{steps}")
    folder.expect((RULES, folder.line(RULES, "- rule: another") + 1, "another"))


def test_a_word_command_that_says_what_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(COMMANDS, "response: utter_help", "response: utter_helps")
    folder.expect((COMMANDS, "name: help", "utter_helps"))


def test_a_question_without_a_title_is_found(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda\n", "")
    folder.expect((TITLES, 1, "help"))


def test_a_title_fits_a_button(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda", f"help: {'a' * LONGEST_TITLE}")
    folder.expect()
    folder.replace(TITLES, "help: a", "help: aa")
    folder.expect((TITLES, NO_LINE, "help"))


# Examples


def test_a_question_with_too_few_examples_is_found(folder: Folder) -> None:
    folder.replace(EXAMPLES, "    - pregunta de papers_photo número 0\n", "")
    folder.expect((EXAMPLES, 1, "papers_photo"))


def test_a_question_without_examples_is_found(folder: Folder) -> None:
    folder.write(EXAMPLES, _examples("papers_renew", "papers_lost"))
    folder.expect((EXAMPLES, 1, "papers_photo"))


def test_a_topic_without_a_file_of_examples_is_found(folder: Folder) -> None:
    Path(OTHER_EXAMPLES).unlink()
    folder.expect((OTHER_EXAMPLES, 1, "help"), (OTHER_EXAMPLES, 1, "followup_cost"))


def test_an_example_of_two_questions_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "    - PREGUNTA de papers_lost, ¿numero 3?\n")  # as the classifier sees it, the same text
    folder.expect((EXAMPLES, "PREGUNTA", "papers_lost"))


def test_an_example_written_twice_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "    - Pregunta de papers_photo, número 3\n")
    folder.expect((EXAMPLES, "Pregunta", "Pregunta de papers_photo, número 3"))


def test_a_line_among_the_examples_that_is_none_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "    sin guion\n")
    folder.expect((EXAMPLES, "sin guion", "sin guion"))


def test_an_example_of_another_topic_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "- intent: help\n  examples: |\n    - qué sabe este asistente\n")
    folder.expect((EXAMPLES, "qué sabe", "help"))


def test_an_example_of_no_question_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "- intent: papers_sold\n  examples: |\n    - vendí mi tarjeta\n")
    folder.expect((EXAMPLES, "vendí", "papers_sold"))


def test_a_test_example_that_was_learned_is_found(folder: Folder) -> None:
    folder.append(TESTS, "    - pregunta de HELP número 7\n")
    folder.expect((TESTS, "HELP", "pregunta de HELP número 7"))


def test_a_test_example_of_no_question_is_found(folder: Folder) -> None:
    folder.append(TESTS, "- intent: papers_sold\n  examples: |\n    - vendí mi tarjeta\n")
    folder.expect((TESTS, "vendí", "papers_sold"))


# Questionnaires


def test_a_type_of_step_that_is_not_known_is_found(folder: Folder) -> None:
    folder.replace(INTAKE, "  type: text", "  type: essay")
    folder.expect((INTAKE, "type: essay", "essay"))


def test_a_condition_looks_back(folder: Folder) -> None:
    folder.replace(INTAKE, "  help: Toque un botón.\n", "  help: Toque un botón.\n  only_if: {which: nada}\n")
    folder.expect((INTAKE, "- id: need", "which"))


def test_a_condition_never_waits_for_its_own_answer(folder: Folder) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}", "  only_if: {which: nada}")
    folder.expect((INTAKE, "- id: which", "which"))


@pytest.mark.parametrize("wanted", ["others", "[card, others]"])
def test_a_condition_waits_for_an_answer_that_can_be_given(folder: Folder, wanted: str) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}", f"  only_if: {{need: {wanted}}}")
    folder.expect((INTAKE, "- id: which", "others"))


def test_a_condition_may_wait_for_one_of_several_answers(folder: Folder) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}", "  only_if: {need: [card, other]}")
    folder.expect()


def test_a_step_name_is_used_once(folder: Folder) -> None:
    folder.replace(INTAKE, "- id: consent\n", "- id: which\n  type: text\n  ask: ¿Algo más?\n  help: Escriba.\n- id: consent\n")
    folder.expect((INTAKE, folder.line(INTAKE, "¿Algo más?") - 2, "which"))


def test_a_questionnaire_ends_in_something(folder: Folder) -> None:
    folder.replace(INTAKE, "done: {do: create_referral}\n", "")
    folder.expect_only(INTAKE, 1, "intake")


def test_the_ending_of_a_questionnaire_is_one_the_program_knows(folder: Folder) -> None:
    folder.replace(INTAKE, "do: create_referral", "do: send_letter")
    folder.expect((INTAKE, 1, "send_letter"))


def test_a_questionnaire_without_steps_is_found(folder: Folder) -> None:
    folder.write(INTAKE, "done: {do: create_referral}\n")
    folder.expect((INTAKE, 1, "steps"), (PAPERS, "  utter_papers_appointment:", "utter_papers_appointment"))


def test_a_consent_has_a_version(folder: Folder) -> None:
    folder.replace(INTAKE, 'consent_version: "2026-01-15"\n', "")
    folder.expect((INTAKE, 1, "intake"))


def test_without_a_consent_no_version_is_asked_for(folder: Folder) -> None:
    folder.replace(INTAKE, 'consent_version: "2026-01-15"\nconsent_expires_in: 180\n', "")
    folder.replace(INTAKE, "- id: consent\n  type: consent\n", "- id: last\n  type: text\n  help: Escriba.\n")
    folder.expect()


@pytest.mark.parametrize("kind", ["choice", "toggles"])
def test_a_choice_has_two_options_or_more(folder: Folder, kind: str) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}\n", "")
    folder.replace(INTAKE, "  type: choice", f"  type: {kind}")
    folder.expect()
    folder.replace(INTAKE, "  - {value: card, title: Tarjeta}\n", "")
    folder.expect((INTAKE, "  options:", "need"))


@pytest.mark.parametrize(
    ("line", "field"), [("  help: Toque un botón.\n", "help"), ("  label: Necesidad\n", "label"), ("  ask: ¿Qué necesita?\n", "ask")]
)
def test_a_step_has_a_question_a_help_and_a_label_if_it_is_shared(folder: Folder, line: str, field: str) -> None:
    folder.replace(INTAKE, line, "")
    folder.expect((INTAKE, "- id: need", field))


def test_a_step_that_is_not_shared_needs_no_label(folder: Folder) -> None:
    folder.replace(INTAKE, "  label: Necesidad\n  shared: true\n", "")
    folder.expect()


def test_a_question_mentions_only_what_is_known(folder: Folder) -> None:
    folder.replace(INTAKE, "ask: ¿Qué otra cosa?", "ask: '¿Qué otra cosa, {person}?'")
    folder.expect((INTAKE, "- id: which", "person"))


def test_the_payload_of_an_option_fits_what_telegram_carries(folder: Folder) -> None:
    longest = "a" * (LONGEST_PAYLOAD - len("intake.need="))
    folder.replace(INTAKE, "value: card", f"value: {longest}")
    folder.expect()
    folder.replace(INTAKE, longest, longest + "a")
    folder.expect((INTAKE, "- id: need", "Tarjeta"))


# Danger


BROKEN_PATTERNS = ["me {pega|golpea", "me [pega", "me pega}", "me {pega||golpea}", "... pega", "me ...", "[me] pega", "...", "¿?"]


@pytest.mark.parametrize("pattern", BROKEN_PATTERNS)
def test_a_pattern_of_danger_that_cannot_be_read_is_found(folder: Folder, pattern: str) -> None:
    folder.replace(
        SAFETY, '    - "me {pega|golpea} ... {esposo|marido}"\n', f'    - "me {{pega|golpea}} ... {{esposo|marido}}"\n    - "{pattern}"\n'
    )
    folder.expect((SAFETY, "    response: utter_safety_violence", f"{pattern}"))


@pytest.mark.parametrize("pattern", BROKEN_PATTERNS)
def test_a_broken_pattern_is_an_error_that_quotes_it(pattern: str) -> None:
    with pytest.raises(PatternError) as raised:
        parse_pattern(pattern)
    assert f"{pattern}" in str(raised.value)


def test_an_exception_to_danger_that_cannot_be_read_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, '"me pega el sol"', '"me pega {el sol"')
    folder.expect((SAFETY, "    response: utter_safety_violence", "me pega {el sol"))


def test_a_harmless_pattern_that_cannot_be_read_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, '"me muero de {hambre|risa}"', '"me muero de {hambre|risa"')
    folder.expect((SAFETY, 1, "me muero de {hambre|risa"))


def test_content_without_danger_is_never_published(folder: Folder) -> None:
    folder.write(SAFETY, "learned_above: 0.5\nlearned_above_if_harmless: 0.8\ncategories: {}\n")
    folder.expect((SAFETY, 1, ""), (SAFE_ANSWERS, "  utter_safety_violence:", "utter_safety_violence"))


def test_a_class_of_danger_without_fields_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, "harmless:\n-", "  kidnapping_now:\nharmless:\n-")
    folder.expect((SAFETY, "kidnapping_now", "kidnapping_now"))


@pytest.mark.parametrize("field", ["response", "patterns"])
def test_a_class_of_danger_has_a_response_and_patterns(folder: Folder, field: str) -> None:
    rest = "patterns: [auxilio]" if field == "response" else "response: utter_safety_violence"
    folder.replace(SAFETY, "harmless:\n-", f"  kidnapping_now:\n    {rest}\nharmless:\n-")
    folder.expect_only(SAFETY, folder.line(SAFETY, "kidnapping_now") + 1, "kidnapping_now")
    assert [each for each in folder.problems() if _names(each, field)]


def test_a_response_to_danger_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, "harmless:\n-", "  kidnapping_now:\n    response: utter_kidnapping\n    patterns: [auxilio]\nharmless:\n-")
    folder.expect((SAFETY, "response: utter_kidnapping", "utter_kidnapping"))


# Directory and institutions


def test_a_service_of_an_organization_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(SERVICES, "organization_id: city_hall", "organization_id: town_hall")
    folder.expect((SERVICES, "- id: attention", "town_hall"))


@pytest.mark.parametrize("key", ["99", "15999", "Puebla", "210014"])
def test_a_key_that_is_not_of_inegi_is_found(folder: Folder, key: str) -> None:
    folder.replace(SERVICES, '"15057"', f'"{key}"')
    folder.expect((SERVICES, "- id: attention", f"{key}"))


def test_an_organization_has_its_own_id(folder: Folder) -> None:
    folder.append(OFFICES, "- id: permits\n  name: Otra oficina\n")
    folder.expect((OFFICES, folder.line(OFFICES, "Otra oficina") - 1, "permits"))


def test_an_institution_has_a_title(folder: Folder) -> None:
    folder.replace(CITY, "title: Ciudad\n", "")
    folder.expect((CITY, 1, "title"))


def test_an_answer_of_an_institution_replaces_one_of_the_base(folder: Folder) -> None:
    folder.append(CITY_PAPERS, "  utter_papers_found:\n  - text: La encontré.\n    metadata: {kind: service}\n")
    folder.expect_only(CITY_PAPERS, "  utter_papers_found:", "utter_papers_found")


def test_an_institution_replaces_single_answers_and_facts_and_leaves_the_rest(folder: Folder) -> None:
    own = DOUBTFUL.replace("late_fee", "renewal_fee").replace("10 pesos", "900 pesos").replace("  doubt: falta confirmar\n", "")
    folder.write(CITY_FEES, own)
    folder.expect()
    base, city = folder.content(), folder.content("city")
    assert (base.responses["utter_papers_lost"].text, city.responses["utter_papers_lost"].text) == (
        "Avise en la oficina.",
        "Avise en la ventanilla de la ciudad.",
    )
    assert (base.facts["renewal_fee"].value, city.facts["renewal_fee"].value) == ("1,500 pesos", "900 pesos")
    assert base.responses["utter_papers_photo"] == city.responses["utter_papers_photo"]
    assert (base.institution.receives, city.institution.receives) == (None, "city_hall")
    assert city.municipalities.home_states == ("21",)  # of the state above it


def test_what_is_nearest_to_the_institution_wins(folder: Folder) -> None:
    folder.write("flows/institutions/state/domain/papers.yml", FILES[CITY_PAPERS].replace("la ventanilla de la ciudad", "el estado"))
    assert folder.content("state").responses["utter_papers_lost"].text == "Avise en el estado."
    assert folder.content("city").responses["utter_papers_lost"].text == "Avise en la ventanilla de la ciudad."


def test_an_institution_that_does_not_exist_is_an_error_that_names_the_ones_that_do(folder: Folder) -> None:
    with pytest.raises(ContentError, match=r"flows/institutions/town/institution\.yml.*PUENTE_INSTITUTION.*city, state"):
        load_content(Path("flows"), "town")


def test_an_institution_below_one_that_does_not_exist_is_an_error(folder: Folder) -> None:
    folder.replace(CITY, "parent: state", "parent: country")
    with pytest.raises(ContentError, match=r"flows/institutions/country/institution\.yml"):
        folder.problems()


def test_an_institution_below_itself_is_an_error(folder: Folder) -> None:
    folder.append(STATE, "parent: city\n")
    with pytest.raises(ContentError, match=r"flows/institutions/(city|state)/institution\.yml.*parent"):
        folder.problems()


def test_a_folder_without_content_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="PUENTE_FLOWS"):
        load_content(tmp_path, None)


# Translations


def test_a_translation_that_cannot_be_read_is_found(folder: Folder) -> None:
    folder.replace(ENGLISH, 'msgstr "Renewal costs {renewal_fee}."', "msgstr Renewal costs")
    folder.expect((ENGLISH, NO_LINE, ""))


def test_a_translation_that_is_not_utf8_is_found(folder: Folder) -> None:
    Path(ENGLISH).write_bytes(FILES[ENGLISH].encode("latin-1"))
    folder.expect((ENGLISH, NO_LINE, "utf-8"))


def test_a_language_that_is_not_spoken_is_found(folder: Folder) -> None:
    folder.write("flows/translations/tlh.po", FILES[ENGLISH])
    folder.expect(("flows/translations/tlh.po", 1, "tlh"))


def test_a_translation_is_used_unless_it_is_fuzzy(folder: Folder) -> None:
    text = "La renovación cuesta {renewal_fee}."
    assert folder.content().translate(text, "en") == "Renewal costs {renewal_fee}."
    folder.replace(ENGLISH, 'msgid "La renovación', '#, fuzzy\nmsgid "La renovación')
    folder.replace(ENGLISH, "Renewal costs {renewal_fee}.", "Renewal is free.")  # nor is it held against the gate
    folder.expect()
    assert folder.content().translate(text, "en") == text


def test_an_empty_translation_is_not_used(folder: Folder) -> None:
    text = "La renovación cuesta {renewal_fee}."
    folder.replace(ENGLISH, "Renewal costs {renewal_fee}.", "")
    folder.expect()
    assert folder.content().translate(text, "en") == text


# Mistakes that nothing else foresees


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (PAPERS, "Lleve una foto reciente.", "{{renewal_fee}}"),
        (PAPERS, "2026-01-15\n      review_in: 90\n      exp", "2026-01-15 10:00:00\n      review_in: 90\n      exp"),
        (FEES, "says: Derechos por renovar\n  sources:\n  - title: Ley de derechos\n  reviewed_on: 2026-01-15",
               "says: Derechos por renovar\n  sources:\n  - title: Ley de derechos\n  reviewed_on: 2026-01-15 10:00:00"),
        (PAPERS, "name: intake", "name: [intake]"),
        (INTAKE, "only_if: {need: other}", "only_if: {need: {other: true}}"),
        (PLACES, "1692181", "muchos"),
        (PLACES, "key,state", "clave,state"),
    ],
    ids=["double braces", "time of day", "time of day in a fact", "list for a name", "table for a value", "population", "column"],
)  # fmt: skip
def test_a_mistake_is_a_problem_and_never_a_traceback(folder: Folder, file: str, old: str, new: str) -> None:
    folder.replace(file, old, new)
    assert file in {str(problem.file) for problem in folder.problems()}


@pytest.mark.parametrize("file", [SAFETY, TITLES, COMMANDS, PLACES])
def test_a_file_that_is_gone_is_a_problem(folder: Folder, file: str) -> None:
    Path(file).unlink()
    assert file in {str(problem.file) for problem in folder.problems()}


# What the editor wrote, and not YAML's reading of it


@pytest.mark.parametrize("title", ["No", "off", "yes"])
def test_a_button_shows_what_the_editor_wrote_or_the_gate_complains(folder: Folder, title: str) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", f"title: {title}")
    assert folder.problems() or folder.content().responses["utter_papers_renew"].buttons[0].title == title


@pytest.mark.parametrize("value", ["9:00", "12:30", "070", "+525536865100", "1.50", "1_500", "0x10", "No"])
def test_a_fact_says_what_the_editor_wrote_or_the_gate_complains(folder: Folder, value: str) -> None:
    folder.replace(FEES, "value: 1,500 pesos", f"value: {value}")
    assert folder.problems() or folder.content().facts["renewal_fee"].value == value


# The right file and line


def test_a_date_that_does_not_exist_is_found_on_its_line_and_hides_nothing_else(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL.replace("2026-01-15", "2026-02-30"))
    folder.expect((EXTRA, "2026-02-30", "reviewed_on"))


def test_problems_name_the_folder_that_was_read(tmp_path: Path, folder: Folder) -> None:
    elsewhere = tmp_path / "elsewhere"
    Path("flows").rename(elsewhere)
    for name, old in (("safety.yml", '"me muero de {hambre|risa}"'), ("institutions/city/institution.yml", "receives: city_hall")):
        path = elsewhere / name
        path.write_text(
            path.read_text(encoding="utf-8").replace(old, {"safety.yml": '"me {muero"'}.get(name, "receives: nobody")), encoding="utf-8"
        )
    path = elsewhere / "domain" / "dialogue.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("- followup_cost\n", "- followup_cost\n- followup_time\n"), encoding="utf-8")
    folder.append(
        "nlu/data/dialogue.yml", "- intent: followup_time\n  examples: |\n" + "".join(f"    - cuanto tarda {n}\n" for n in range(20))
    )
    (elsewhere / "titles.yml").write_text(
        (elsewhere / "titles.yml").read_text(encoding="utf-8") + "followup_time: Tiempo\n", encoding="utf-8"
    )
    problems = check_all(elsewhere, Path("nlu"))
    assert len(problems) == 3
    assert [str(each) for each in problems if not each.file.is_file()] == []


def test_a_title_that_is_wrong_is_found_on_its_line(folder: Folder) -> None:
    folder.append(TITLES, "papers_sold: Vendí mi tarjeta\n")
    folder.expect((TITLES, "papers_sold", "papers_sold"))


def test_a_title_that_is_too_long_is_found_on_its_line(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda", "help: " + "a" * 50)
    folder.expect((TITLES, "help: a", "help"))


def test_a_translation_with_other_names_is_found_on_its_line(folder: Folder) -> None:
    folder.replace(ENGLISH, "Renewal costs {renewal_fee}.", "Renewal costs {renewal_price}.")
    folder.expect((ENGLISH, 'msgid "La renovación', "La renovación cuesta"))


def test_examples_after_a_blank_line_keep_their_lines(folder: Folder) -> None:
    folder.replace(EXAMPLES, "- intent: papers_photo\n  examples: |\n", "- intent: papers_photo\n  examples: |\n\n    sin guion\n")
    folder.expect((EXAMPLES, "sin guion", "sin guion"))


def test_an_institution_whose_cases_go_nowhere_is_named(folder: Folder) -> None:
    folder.replace(CITY, "receives: city_hall", "receives: town_hall")
    folder.expect((CITY, "receives: town_hall", "town_hall"))


# Sound content that looks unsound


def test_an_institution_may_replace_the_only_answer_that_says_a_fact(folder: Folder) -> None:
    own = (
        f"  utter_papers_renew:\n  - text: Vaya.\n    buttons: [{{title: Cita, payload: /papers_appointment}}]\n    metadata: {REVIEWED}\n"
    )
    free = f"  utter_papers_renew_cost:\n  - text: Es gratis.\n    metadata: {REVIEWED}\n"
    folder.write(CITY_PAPERS, FILES[CITY_PAPERS] + own + free)
    folder.expect()


def test_an_institution_may_leave_out_a_button_of_the_base(folder: Folder) -> None:
    folder.append(CITY_PAPERS, f"  utter_papers_renew:\n  - text: Vaya.\n    metadata: {REVIEWED}\n")
    folder.expect()


def test_two_different_signs_are_not_the_same_example(folder: Folder) -> None:
    folder.append(EXAMPLES, "    - 🥲\n")
    folder.append(TESTS, "    - 🎉\n")
    folder.expect()


# Unsound content that looks sound


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (COMMANDS, "commands:", "comandos:"),
        (SERVICES, "services:", "servicios:"),
        (CITY_PAPERS, "responses:", "respuestas:"),
        (TESTS, "nlu:", "ejemplos:"),
    ],
    ids=["commands", "services", "responses", "examples"],
)
def test_a_misspelt_first_word_of_a_file_is_found(folder: Folder, file: str, old: str, new: str) -> None:
    folder.replace(file, old, new)
    assert folder.problems()


@pytest.mark.parametrize("key", ["1", "2", "150", "2111"])
def test_the_beginning_of_a_key_is_no_key(folder: Folder, key: str) -> None:
    folder.replace(SERVICES, '"15057"', f'"{key}"')
    folder.expect((SERVICES, "- id: attention", key))


def test_a_state_key_written_without_quotes_is_found(folder: Folder) -> None:
    folder.append(PLACES, "01001,Aguascalientes,Aguascalientes,Aguascalientes,1\n")
    folder.replace(SERVICES, '"15057"', "01")  # YAML: the number 1; it then stands for the states 10 to 19
    assert folder.problems() or folder.content().services["attention"].area == ("21", "01")


def test_a_variable_that_nobody_fills_in_is_found(folder: Folder) -> None:
    folder.replace(
        PAPERS, "  - text: Lleve una foto reciente.\n    metadata: {", "  - text: 'Lleve {folio}.'\n    metadata: {variables: [folio], "
    )
    assert folder.problems()


def test_nothing_is_asked_after_the_consent(folder: Folder) -> None:
    folder.replace(INTAKE, "done: {do", "- id: after\n  type: text\n  ask: ¿Y algo más?\n  help: Escriba.\ndone: {do")
    assert folder.problems()


def test_a_condition_on_something_ticked_is_refused_or_works(folder: Folder) -> None:
    folder.replace(INTAKE, "type: choice", "type: toggles")
    assert folder.problems()


@pytest.mark.parametrize(
    "text",
    ["Usted califica; le garantizamos el trámite. ¿Qué otra cosa?", "Llame al 222 213 1000. ¿Qué otra cosa?"],
    ids=["promise", "telephone"],
)
def test_a_question_of_a_questionnaire_promises_nothing_and_has_no_telephone(folder: Folder, text: str) -> None:
    folder.replace(INTAKE, "ask: ¿Qué otra cosa?", f"ask: {text}")
    assert folder.problems()


def test_a_translation_fits_a_telegram_message(folder: Folder) -> None:
    folder.replace(ENGLISH, "Renewal costs", "x" * 5000)
    assert folder.problems()


@pytest.mark.parametrize(
    "extra",
    [
        "- {name: help, words: [otra], response: utter_help}\n",
        "- {name: other, words: [ayuda], response: utter_help}\n",
        "- {name: other, words: [menú], response: utter_help}\n",
        "- {name: other, words: [otra]}\n",
    ],
    ids=["same name", "same word", "a word with an accent is never heard", "does nothing"],
)
def test_a_word_command_that_cannot_work_is_found(folder: Folder, extra: str) -> None:
    folder.append(COMMANDS, extra)
    assert folder.problems()


def test_a_service_has_its_own_id(folder: Folder) -> None:
    folder.append(SERVICES, "- id: attention\n  organization_id: permits\n  name: Otra\n")
    assert folder.problems()


def test_two_options_of_a_step_differ(folder: Folder) -> None:
    folder.replace(INTAKE, "{value: other", "{value: card, title: Otra}\n  - {value: other")
    assert folder.problems()


@pytest.mark.parametrize("title", ["a" * 80, "'=='"], ids=["long", "signs"])
def test_the_title_of_an_option_can_be_read_on_a_button(folder: Folder, title: str) -> None:
    folder.replace(INTAKE, "title: Otra cosa", f"title: {title}")
    assert folder.problems()


def test_a_title_of_a_question_can_be_read_on_a_button(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda", "help: '…'")
    assert folder.problems()


@pytest.mark.parametrize("text", ["Cuesta {Renewal_fee}.", "Cuesta { renewal_fee }.", "Cuesta {renewal-fee}."])
def test_braces_that_are_no_name_are_found(folder: Folder, text: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", f"'{text}'")  # people read the braces
    assert folder.problems()


def test_a_name_in_braces_on_a_button_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", "title: 'Pagar {renewal_fee}'")  # people read the braces
    assert folder.problems()


def test_a_term_of_review_that_no_calendar_holds_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "review_in: 90\n      exp", "review_in: 99999999\n      exp")
    assert folder.problems()


def test_a_class_of_danger_without_patterns_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, '    patterns:\n    - "me {pega|golpea} ... {esposo|marido}"\n', "    patterns: []\n")
    assert folder.problems()


def test_a_choice_in_a_pattern_stands_in_braces(folder: Folder) -> None:
    folder.replace(SAFETY, '"me pega el sol"', '"me pega|golpea"')
    folder.expect((SAFETY, "    response: utter_safety_violence", "me pega|golpea"))


# One mistake is told once


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (PAPERS, "      review_in: 90\n", ""),
        (INTAKE, "done: {do: create_referral}\n", ""),
        (PAPERS, "{do: start_questionnaire, name: intake}", "{name: intake}"),
        (CITY_PAPERS, "responses:\n", f"responses:\n  utter_new:\n  - text: Nuevo.\n    metadata: {REVIEWED}\n"),
    ],
    ids=["review_in", "done", "do", "replaces nothing"],
)
def test_one_mistake_is_one_problem(folder: Folder, file: str, old: str, new: str) -> None:
    folder.replace(file, old, new)
    assert len(folder.problems()) == 1


@pytest.mark.parametrize("text", ["La cuota es {renewal_fee}.", "La cuota es {foto_fee}."], ids=["a fact", "no fact"])
def test_a_help_says_no_name_in_braces(folder: Folder, text: str) -> None:
    """run.ask translates the help and does not fill it in: people read the braces."""
    folder.replace(INTAKE, "help: Toque un botón.", f"help: '{text}'")
    assert folder.problems()


def test_a_fact_promises_nothing(folder: Folder) -> None:
    folder.replace(FEES, "value: 1,500 pesos", "value: se lo garantizamos gratis")
    assert folder.problems()


def test_the_home_states_of_an_institution_are_states(folder: Folder) -> None:
    folder.replace(STATE, '"21"', '"99"')
    assert folder.problems()
