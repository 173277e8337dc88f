"""What readers propose as examples: grouped, compared with what is known, and put into the files without touching anything else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.examples import read_examples
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.reviews import ExampleState, ProposedExample
from bot.records.staff import Role
from bot.review import proposing
from bot.review.phrases import PhraseBook, _lines, _with
from bot.review.proposing import Group
from bot.settings import ROOT
from nlu.components.spelling import plain
from tests.chats import Chat
from tests.reviewing import LUZ, PASSPORT, VISA, asks, reads

EDDA = Actor("edda", Role.EDITOR)
DATA = """version: "3.1"
nlu:
- intent: consular_passport
  examples: |
    - quiero pasaporte
    - ¿dónde saco el pasaporte?

# matrícula
- intent: consular_id_card
  examples: |
    - la matrícula  \n"""
TESTS = 'version: "3.1"\nnlu:\n- intent: consular_passport\n  examples: |\n    - pasaporte para mi niño\n'


@pytest.fixture
def nlu(tmp_path: Path) -> Path:
    for part, content in (("data", DATA), ("test_data", TESTS)):
        for folder in (tmp_path / part, *(tmp_path / part / language for language in ("en", "fr", "pt", "ht"))):
            folder.mkdir()
        (tmp_path / part / "consular.yml").write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    return Chat(database, content_around)


def proposes(chat: Chat, *phrases: str, intent: str = VISA) -> list[int]:
    for phrase in phrases:
        reads(chat, LUZ, asks(chat, phrase), intent, proposes=True)
    return chat.call(lambda session: list(session.scalars(select(ProposedExample.id).order_by(ProposedExample.id))))


def shown(chat: Chat, nlu: Path) -> list[Group]:
    return chat.call(lambda session: proposing.waiting(session, EDDA, PhraseBook(nlu), chat.around.content, chat.now))


def accepting(chat: Chat, nlu: Path, example: int, text: str, intent: str = VISA) -> Callable[[Session], ProposedExample]:
    return lambda session: proposing.accept(session, EDDA, example, text, intent, PhraseBook(nlu), chat.around.content, chat.now)


def test_phrases_that_say_much_the_same_stand_together_beside_the_examples_like_them(ana: Chat, nlu: Path) -> None:
    proposes(ana, "dónde saco la matrícula consular", "donde saco matricula consular", "se me perdió el acta de nacimiento")
    groups = shown(ana, nlu)
    assert [[each.text for each in group.phrases] for group in groups] == [
        ["dónde saco la matrícula consular", "donde saco matricula consular"],
        ["se me perdió el acta de nacimiento"],
    ]
    proposes(ana, "¿donde saco pasaporte?")
    assert [(each.text, each.intent) for group in shown(ana, nlu) for each in group.known] == [("¿dónde saco el pasaporte?", PASSPORT)]


def test_an_accepted_phrase_is_one_more_line_of_its_question_and_no_other_byte_changes(ana: Chat, nlu: Path) -> None:
    [number] = proposes(ana, "ocupo la matricula")
    ana.call(accepting(ana, nlu, number, "ocupo la   matrícula"))
    assert (nlu / "data/consular.yml").read_text(encoding="utf-8") == DATA + "    - ocupo la matrícula\n"
    [other] = proposes(ana, "pasaporte ya")[1:]
    ana.call(accepting(ana, nlu, other, "pasaporte ya", PASSPORT))
    expected = DATA.replace("saco el pasaporte?\n", "saco el pasaporte?\n    - pasaporte ya\n") + "    - ocupo la matrícula\n"
    assert (nlu / "data/consular.yml").read_text(encoding="utf-8") == expected
    assert (nlu / "test_data/consular.yml").read_text(encoding="utf-8") == TESTS
    assert shown(ana, nlu) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Pasaporte para mi NIÑO", "una de las pruebas"), ("quiero pasaporte", "ya es un ejemplo"), ("hola, soy [nombre]", "corchetes"),
        ("márqueme al 5512345678", "teléfono"), ("   ", "una frase"),
    ],
)  # fmt: skip
def test_what_a_test_asks_what_is_known_and_what_names_somebody_is_refused(text: str, why: str, ana: Chat, nlu: Path) -> None:
    [number] = proposes(ana, "ocupo la matricula")
    with pytest.raises(RefusedError, match=why):
        ana.call(accepting(ana, nlu, number, text))
    assert (nlu / "data/consular.yml").read_text(encoding="utf-8") == DATA
    assert len(shown(ana, nlu)) == 1


def test_a_phrase_is_decided_once(ana: Chat, nlu: Path) -> None:
    [number] = proposes(ana, "ocupo la matricula")
    made = ana.call(lambda session: proposing.discard(session, EDDA, number, ana.now))
    assert (made.state, made.decided_by) == (ExampleState.DISCARDED, "edda")
    with pytest.raises(RefusedError, match="por decidir"):
        ana.call(accepting(ana, nlu, number, "ocupo la matricula"))


def test_what_was_written_before_the_answer_was_lost_is_not_written_twice(ana: Chat, nlu: Path) -> None:
    [number] = proposes(ana, "ocupo la matricula")
    PhraseBook(nlu).add("ocupo la matricula", VISA, "consular", "es")
    ana.call(accepting(ana, nlu, number, "ocupo la matricula"))
    assert (nlu / "data/consular.yml").read_text(encoding="utf-8").count("ocupo la matricula") == 1


def test_of_editors_who_accept_at_once_no_phrase_is_lost(nlu: Path) -> None:
    phrases = [f"ocupo la matricula {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as editors:
        list(editors.map(lambda phrase: PhraseBook(nlu).add(phrase, VISA, "consular", "es"), phrases))
    assert {each.text for each in PhraseBook(nlu).examples()} >= set(phrases)


def test_the_published_files_are_read_by_lines_as_they_are_read_as_yaml() -> None:
    for part, found in (("data", PhraseBook(ROOT / "nlu").examples()), ("test_data", PhraseBook(ROOT / "nlu").tests())):
        assert [(each.text, each.intent, each.language) for each in found] == [
            (each.text, each.intent, each.language) for each in read_examples(ROOT / "nlu" / part, [])
        ]


@given(
    st.text(st.sampled_from("aáñ ¿?-:#'\"{}|>&*!%@`, 1"), min_size=1, max_size=40).map(lambda text: " ".join(text.split())).filter(plain)
)
def test_whatever_the_phrase_is_it_is_read_back_as_it_was_written(text: str) -> None:
    content = _with(DATA, VISA, text, Path("consular.yml"))
    assert list(_lines(content)) == [*_lines(DATA), (VISA, text)]
    assert yaml.safe_load(content)["nlu"][1]["examples"].splitlines()[-1] == f"- {text}"


def test_a_question_without_examples_in_that_language_gets_its_place_at_the_end(content: Content) -> None:
    added = _with(DATA, "consular_hotline", "número del CIAM", Path("consular.yml"))
    assert added == DATA + "- intent: consular_hotline\n  examples: |\n    - número del CIAM\n"
