"""`./puente person find|name|file|correct|quiet`, and the commands of everybody with what names an official."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import __main__ as commands
from bot.conversation.live import LiveContent
from bot.conversation.worker import utc_now
from bot.records.database import Database, open_database
from bot.records.learning import Certificate, Learner
from bot.records.staff import Role
from bot.settings import ROOT
from bot.staff import OPERATOR, invite
from tests.certified import NAME, certify
from tests.stores import rows

type Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/var/puente.db", tmp_path / "var" / "puente.keys")
    for name, role in (("olga", Role.DATA_OFFICER), ("sara", Role.SUPERVISOR)):
        opened.call(invite, OPERATOR, name, role, None, utc_now())
    yield opened
    opened.close()


@pytest.fixture
def number(database: Database) -> str:
    content = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()[0]
    return database.call(lambda session: certify(session, content, content.courses["first_contact"], utc_now())[0].number)


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(commands, "set_up_logs", lambda *given: None)

    def run(*words: str, who: str = "olga") -> tuple[int, str, str]:
        code = commands.main([*words, "--who", who])
        return code, *capsys.readouterr()

    return run


def test_the_officer_does_all_of_it_at_the_keyboard(typed: Typed, number: str, database: Database, tmp_path: Path) -> None:
    [learner] = rows(database, Learner)
    code, out, _ = typed("person", "find", number)
    assert code == 0 and learner.reference in out and number in out and NAME not in out
    assert typed("person", "name", number)[0] == 2, "without a reason"
    assert NAME in typed("person", "name", number, "--why", "comparar con su identificación")[1]
    assert typed("person", "file", number)[0] == 2, "without what they ask"
    folio = typed("person", "file", number, "--right", "access", "--asked", "por carta")[1].split(":")[0]
    assert folio in typed("arco", "list", "--officials")[1] and folio not in typed("arco", "list")[1]
    assert "por carta" in typed("arco", "show", folio)[1]
    assert typed("arco", "grant", folio)[0] == 0
    copy = tmp_path / "copia.json"
    assert typed("person", "export", folio, str(copy))[0] == 0
    assert json.loads(copy.read_text())["learning"]["name"] == NAME and copy.stat().st_mode & 0o777 == 0o600


def test_a_name_and_a_place_are_corrected_and_what_is_not_said_stays(typed: Typed, number: str, database: Database) -> None:
    [before] = rows(database, Learner)
    code, out, _ = typed("person", "correct", number, "--name", "Ana Muñoz Correcta")
    assert code == 0 and "/constancia/" in out and number not in out and len(rows(database, Certificate)) == 2
    assert typed("person", "correct", before.reference, "--municipality", "Atlixco")[0] == 0
    [after] = rows(database, Learner)
    assert (after.name, after.municipality, after.office, after.post) == ("Ana Muñoz Correcta", "21019", before.office, before.post)
    assert typed("person", "correct", number)[0] == 2
    assert typed("person", "quiet", number)[0] == 0 and database.call(lambda s: s.scalars(select(Learner.wants_reminders)).one()) is False


def test_an_order_and_an_erasure_take_what_names_an_official(typed: Typed, number: str, database: Database) -> None:
    assert typed("holds", "place", number, "--why", "Juzgado 3")[0] == 0
    assert "toma los cursos" in typed("holds", "list")[1]
    assert typed("person", "erase", number, "--yes")[0] == 2 and len(rows(database, Learner)) == 1
    assert typed("holds", "lift", number)[0] == 0
    code, out, _ = typed("person", "erase", number, "--dry-run")
    assert code == 0 and "De quien toma los cursos" in out and "certificates 1" in out
    code, out, _ = typed("person", "erase", number, "--yes")
    assert code == 0 and "BOR-" in out and rows(database, Learner) == []


def test_who_invites_officials_reads_none_of_their_requests(typed: Typed, number: str) -> None:
    folio = typed("person", "file", number, "--right", "access")[1].split(":")[0]
    for words in (("arco", "list", "--officials"), ("arco", "show", folio), ("person", "find", number)):
        code, out, error = typed(*words, who="sara")
        assert code == 2 and out == "" and len(error.splitlines()) == 1, words
