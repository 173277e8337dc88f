"""All answers in one file for editors: `./puente check --render`."""

import re
from collections import Counter
from datetime import date, datetime, tzinfo
from pathlib import Path

import pytest

import bot.__main__
import bot.commands.content
from bot.content.languages import LANGUAGES
from bot.content.load import institution_names, load_content
from bot.conversation.replies import render
from bot.conversation.report import CUT
from bot.settings import ROOT
from tests.gate import Folder
from tests.sound_content import ENGLISH, PAPERS

FLOWS = ROOT / "flows"
MOMENT = datetime.fromisoformat("2026-02-02T03:00+00:00")  # the first of February in Mexico
FIRST = date(2026, 2, 1)
REVIEWED = "{office: permits, sources: [{title: Reglamento}], reviewed_on: 2026-01-15, review_in: 90, owner: papers}"


@pytest.fixture(autouse=True)
def logs_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command sets up the logs of its process; here that would take pytest's handlers away."""
    monkeypatch.setattr(bot.__main__, "set_up_logs", lambda level: None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """The small content, rendered on 1 February."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUENTE_FLOWS", "flows")

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return MOMENT.astimezone(tz)

    monkeypatch.setattr(bot.commands.content, "datetime", Frozen)
    return Folder()


def written() -> str:
    assert bot.__main__.main(["check", "--render", "answers.md"]) == 0
    return Path("answers.md").read_text(encoding="utf-8")


def of_language(text: str) -> dict[str, str]:
    """What stands in the part of each language."""
    parts = re.split(r"^## (\w\w): .*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named(text: str) -> Counter[str]:
    return Counter(re.findall(r"^#### (utter_\w+)", text, flags=re.MULTILINE))


def one(text: str, name: str) -> str:
    """All that stands below the name of a response."""
    return re.split(r"^#+ ", text.partition(f"#### {name}")[2], flags=re.MULTILINE)[0]


def test_every_response_of_every_language_is_named_once(folder: Folder) -> None:
    parts = of_language(written())
    said = [response.name for response in folder.content().responses.values() if response.text]
    assert list(parts) == list(LANGUAGES) and said
    for language in LANGUAGES:
        assert named(parts[language]) == Counter(said), language


@pytest.mark.parametrize("institution", [None, *institution_names(FLOWS)], ids=lambda name: name or "base")
def test_every_published_response_of_every_language_is_named_once(
    institution: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUENTE_FLOWS", str(FLOWS))
    monkeypatch.setenv("PUENTE_INSTITUTION", institution or "")
    content, _ = load_content(FLOWS, institution)
    text = written()
    assert capsys.readouterr().out == "Las respuestas están en answers.md\n"
    assert text.startswith(f"# Respuestas de Puente, {content.institution.title}, ")
    said = Counter(response.name for response in content.responses.values() if response.text)
    assert {language for language, part in of_language(text).items() if named(part) != said} == set()


def test_the_file_says_of_which_day_and_which_version_it_is(folder: Folder) -> None:
    text = written()
    assert text.startswith("# Respuestas de Puente, Puente, 01/02/2026\n")
    assert f"Versión {folder.content().version}." in text


def test_an_answer_stands_there_as_people_read_it_with_its_buttons_and_what_may_follow(folder: Folder) -> None:
    content, parts = folder.content(), of_language(written())
    for language in ("es", "en"):
        reply = render(content, "utter_papers_renew_cost", language, FIRST)
        assert reply.text in one(parts[language], "utter_papers_renew_cost")
    assert "Renewal costs 1,500 pesos." in one(parts["en"], "utter_papers_renew_cost")
    renew = one(parts["es"], "utter_papers_renew:")
    assert renew.startswith(" Renovar mi tarjeta\n")
    assert "Botones: [Perdí mi tarjeta] · [Pedir una cita]" in renew
    assert "Si después pregunta por «cost»: utter_papers_renew_cost" in renew


def test_a_long_answer_shows_where_it_is_cut_and_what_follows(folder: Folder) -> None:
    long = "Lleve una foto reciente. " * 40
    folder.replace(PAPERS, "Lleve una foto reciente.", long)
    part = one(of_language(written())["es"], "utter_papers_photo")
    first, cut, rest = part.partition(CUT)
    assert cut and (first + rest).count("Lleve una foto reciente.") == 40
    assert CUT not in one(of_language(written())["es"], "utter_papers_lost")


def test_variables_stand_in_brackets(folder: Folder) -> None:
    folder.replace(
        "flows/domain/dialogue.yml",
        "utter_late_answer:\n  - text: Una frase del diálogo.\n    metadata: {kind: service}",
        'utter_late_answer:\n  - text: "Sobre {question}:"\n    metadata: {kind: service, variables: [question]}',
    )
    assert "Sobre [question]:" in one(of_language(written())["es"], "utter_late_answer")


def test_a_long_answer_with_a_variable_can_be_read_too(folder: Folder) -> None:
    before, name, after = Path(PAPERS).read_text(encoding="utf-8").partition("utter_papers_photo:")
    after = after.replace("Lleve una foto reciente.", f'"Folio {{folio}}. {"Lleve una foto. " * 50}"', 1)
    folder.write(PAPERS, before + name + after.replace(REVIEWED, REVIEWED.replace("{office", "{variables: [folio], office"), 1))
    assert "Folio [folio]." in one(of_language(written())["es"], "utter_papers_photo")


def test_every_question_of_a_questionnaire_stands_there_with_its_options(folder: Folder) -> None:
    part = of_language(written())["es"]
    assert "#### intake" in part
    assert "• ¿Qué necesita?\n  [Tarjeta] · [Otra cosa]" in part and "• ¿Qué otra cosa?" in part


def test_content_with_a_problem_is_not_rendered(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.replace(ENGLISH, 'msgstr "Renewal costs {renewal_fee}."', "msgstr Renewal costs")
    assert bot.__main__.main(["check", "--render", "answers.md"]) == 2
    assert "./puente check" in capsys.readouterr().err and not Path("answers.md").exists()
