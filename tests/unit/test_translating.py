"""Translations for staff: beside the original, said to be a machine's where they are, and never sent to anybody."""

import shlex
import sys
from pathlib import Path

import pytest

from bot.handoff import translating
from bot.handoff.translating import Translator
from bot.records.conversations import Direction
from bot.settings import Settings
from tests.attended import Attended

PROGRAM = """import sys
text = sys.stdin.read()
if "calla" in text: sys.exit(3)
if "nada" in text: sys.exit(0)
print(f"[{sys.argv[-2]}>{sys.argv[-1]}] {text.upper()}")
"""


@pytest.fixture
def command(tmp_path: Path) -> str:
    """A program that translates, in its way."""
    path = tmp_path / "translator.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return shlex.join([sys.executable, str(path)])


@pytest.fixture
def kreyol(attended: Attended, tmp_path: Path, command: str) -> Attended:
    """The person writes in another language than Rosa reads, and the service has a translator."""
    attended.person_writes("mwen bezwen <b>èd</b>")
    attended.chat.call(lambda session: setattr(attended.chat.conversation(session), "language", "ht"))
    attended.desk.app.settings = Settings(puente_var=tmp_path, puente_translator=command, _env_file=None)  # type: ignore[call-arg]
    return attended


def test_a_program_gets_the_text_and_both_languages(command: str) -> None:
    assert Translator(command).translate("mwen bezwen èd", "ht", "es") == "[ht>es] MWEN BEZWEN ÈD"


@pytest.mark.parametrize("text", ["calla", "nada"])
def test_a_program_that_fails_or_says_nothing_gives_nothing(text: str, command: str) -> None:
    assert Translator(command).translate(text, "ht", "es") is None
    assert Translator("/no/such/program").translate(text, "ht", "es") is None


def test_a_program_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translating, "SECONDS", 0.2)
    assert Translator(shlex.join([sys.executable, "-c", "import time; time.sleep(60)"])).translate("x", "ht", "es") is None


def test_the_machines_stands_beside_the_original_and_says_what_it_is(kreyol: Attended) -> None:
    said = [each.text for each in kreyol.chat.transcript()]
    assert kreyol.rosa.send(f"{kreyol.path}/traducir").status_code == 303
    page = kreyol.rosa.get(kreyol.path).text
    assert "mwen bezwen &lt;b&gt;èd&lt;/b&gt;" in page and "[ht&gt;es] MWEN BEZWEN &lt;B&gt;ÈD&lt;/B&gt;" in page
    assert "Traducción automática" in page
    assert [each.text for each in kreyol.chat.transcript()] == said, "the conversation is as it was"
    assert not [each for each in kreyol.chat.transcript() if each.direction is Direction.STAFF]


def test_a_member_corrects_it_and_the_machine_does_not_come_back(kreyol: Attended) -> None:
    message = kreyol.chat.heard()[-1].id
    kreyol.rosa.send(f"{kreyol.path}/traducir")
    kreyol.rosa.send(f"{kreyol.path}/traducir/{message}", text="Necesito ayuda")
    kreyol.rosa.send(f"{kreyol.path}/traducir")
    page = kreyol.rosa.get(kreyol.path).text
    assert "Necesito ayuda" in page and "Traducción de rosa" in page and "MWEN BEZWEN" not in page


def test_without_a_program_a_member_writes_it(attended: Attended) -> None:
    attended.chat.call(lambda session: setattr(attended.chat.conversation(session), "language", "ht"))
    message = attended.chat.heard()[0].id
    page = attended.rosa.get(attended.path).text
    assert "/traducir/" in page and 'traducir"' not in page
    assert attended.rosa.send(f"{attended.path}/traducir").status_code == 409
    attended.rosa.send(f"{attended.path}/traducir/{message}", text="Necesito mi pasaporte")
    assert "Traducción de rosa" in attended.rosa.get(attended.path).text


def test_only_a_message_of_the_conversation_is_translated(kreyol: Attended) -> None:
    assert kreyol.rosa.send(f"{kreyol.path}/traducir/99999", text="Necesito ayuda").status_code == 409
    assert kreyol.rosa.send(f"{kreyol.path}/traducir/{kreyol.chat.heard()[0].id}", text=" ").status_code == 409


def test_staffs_own_reply_goes_out_as_it_was_written(kreyol: Attended) -> None:
    kreyol.is_held()
    kreyol.rosa.send(f"{kreyol.path}/responder", text="Le ayudo")
    assert kreyol.sent() == ["Le ayudo"]


def test_a_program_that_fails_is_told_and_nothing_is_kept(kreyol: Attended, tmp_path: Path) -> None:
    kreyol.desk.app.settings = Settings(puente_var=tmp_path, puente_translator="/no/such/program", _env_file=None)  # type: ignore[call-arg]
    refused = kreyol.rosa.send(f"{kreyol.path}/traducir")
    assert refused.status_code == 409 and "no está disponible" in refused.text
