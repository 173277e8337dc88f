"""The pages of readers and editors, as they are asked for."""

from pathlib import Path

import pytest
import yaml

from bot.console import examples as examples_page
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.records.database import Database
from bot.records.staff import Role
from bot.review import saved
from bot.review.phrases import PhraseBook
from bot.settings import Settings
from tests.chats import Chat
from tests.console import Desk
from tests.reviewing import LUZ, PASSPORT, VISA, asks, reads


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    return Chat(database, content_around)


@pytest.fixture
def desk(ana: Chat, live: LiveContent, tmp_path: Path) -> Desk:
    return Desk(ana.database, live, Settings(puente_var=tmp_path, _env_file=None), ana.now)  # type: ignore[call-arg]


def test_a_reader_goes_from_the_list_to_a_message_and_their_word_is_kept(ana: Chat, desk: Desk) -> None:
    message = asks(ana, "quiero mi matrícula, me llamo Ana Secreta")
    luz = desk.member(Role.REVIEWER)
    listed = luz.get("/consola/revision").text
    assert f"/consola/revision/{message}?" in listed and "matrícula, me" not in listed
    page = luz.get(f"/consola/revision/{message}").text
    assert "quiero mi matrícula" in page and "Secreta" not in page and 'value="consular_passport" selected' in page
    answer = luz.send(f"/consola/revision/{message}/opinar?dias=30", intent=VISA, hueco="1", proponer="1", text="pide la matrícula")
    assert answer.status_code == 303 and answer.headers["location"].startswith(f"/consola/revision/{message}?dicho=reviewed")
    assert "dias=30" in answer.headers["location"]
    assert "pide la matrícula" in luz.get(f"/consola/revision/{message}").text


def test_a_message_that_is_not_to_be_read_is_refused_in_words(desk: Desk) -> None:
    answer = desk.member(Role.REVIEWER).get("/consola/revision/999")
    assert answer.status_code == 409 and "ya no se puede revisar" in answer.text


@pytest.mark.parametrize("query", ["lista=x&dias=abc&resultado=zz&tema=" + "a" * 99, "dias=-1", "lista=second&pendientes=1&idioma=ht"])
def test_an_address_that_makes_no_sense_shows_the_ordinary_list(query: str, desk: Desk) -> None:
    assert desk.member(Role.SUPERVISOR).get(f"/consola/revision?{query}").status_code == 200


def test_a_supervisor_settles_what_differs_and_a_reader_cannot(ana: Chat, desk: Desk) -> None:
    message = asks(ana, "mi pasaporte")
    reads(ana, LUZ, message, VISA)
    sara = desk.member(Role.SUPERVISOR)
    sara.send(f"/consola/revision/{message}/opinar", intent=PASSPORT)
    assert "Por decidir" in sara.get("/consola/revision/acuerdo").text
    assert desk.member(Role.REVIEWER).send(f"/consola/revision/{message}/decidir", intent=VISA).status_code == 403
    assert (
        sara.send(f"/consola/revision/{message}/decidir", intent=VISA)
        .headers["location"]
        .endswith("dicho=review_settled&lista=sample&dias=7")
    )
    assert "cerrada" in sara.get(f"/consola/revision/{message}").text and "Por decidir" not in sara.get("/consola/revision/acuerdo").text


def test_a_reviewed_message_is_saved_as_a_test_or_downloaded(
    ana: Chat, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = asks(ana, "quiero mi matrícula, mi cel es 5512345678")
    luz = desk.member(Role.REVIEWER)
    monkeypatch.setattr(saved, "FOLDER", tmp_path / "none")
    assert luz.send(f"/consola/revision/{message}/prueba").status_code == 409  # nobody has said what was meant
    luz.send(f"/consola/revision/{message}/opinar", intent=VISA)
    answer = luz.send(f"/consola/revision/{message}/prueba")
    assert answer.headers["content-disposition"] == f'attachment; filename="{VISA}-{message}.yml"'
    assert yaml.safe_load(answer.text)["turns"] == [
        {"says": "quiero mi matrícula, mi cel es", "responses": [f"utter_{VISA}"]},
    ]  # fmt: skip


def test_an_editor_accepts_a_phrase_or_throws_it_away(ana: Chat, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("data", "test_data"):
        for folder in ("", "en", "fr", "pt", "ht"):
            (tmp_path / part / folder).mkdir(parents=True, exist_ok=True)
    file = tmp_path / "data/consular.yml"
    file.write_text(f"nlu:\n- intent: {VISA}\n  examples: |\n    - la matrícula\n", encoding="utf-8")
    monkeypatch.setattr(examples_page, "NLU", tmp_path)
    for said in ("ocupo mi matricula", "cosas que no sirven"):
        reads(ana, LUZ, asks(ana, said), VISA, proposes=True)
    edda = desk.member(Role.EDITOR)
    page = edda.get("/consola/ejemplos").text
    assert 'value="ocupo mi matricula"' in page
    assert edda.send("/consola/ejemplos/1/aceptar", text="ocupo mi matrícula", intent=VISA).headers["location"].endswith("example_accepted")
    assert edda.send("/consola/ejemplos/2/descartar").headers["location"].endswith("example_discarded")
    assert file.read_text(encoding="utf-8").endswith("    - la matrícula\n    - ocupo mi matrícula\n")
    assert "No hay frases por decidir" in edda.get("/consola/ejemplos").text
    assert PhraseBook(tmp_path).examples()[-1].text == "ocupo mi matrícula"
    assert desk.member(Role.REVIEWER).get("/consola/ejemplos").status_code == 403
