"""Reviewed conversations as tests: what stands in the file, and what never does."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.records.database import Database
from bot.records.reviews import NONE
from bot.records.staff import Role
from bot.review import saved
from bot.review.saved import Saved, Turn
from tests.chats import Chat, understood
from tests.console import enrolled
from tests.reviewing import LUZ, PASSPORT, VISA, asks, heard, reads


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    return Chat(database, content_around)


def made(chat: Chat, message: int) -> Saved:
    return chat.call(lambda session: saved.made_of(session, LUZ, message, chat.around.content, chat.now))


def test_what_was_answered_rightly_is_expected_again_behind_what_it_refers_to(ana: Chat) -> None:
    asks(ana, "esto ya no viene al caso")
    asks(ana, "buenas")
    asks(ana, "me llamo Ana Secreta y quiero pasaporte")
    ana.understands = understood("utter_consular_passport_cost", intent="followup_cost")
    ana.says("¿y cuánto cuesta?")
    message = heard(ana).id
    reads(ana, LUZ, message, "followup_cost")
    assert made(ana, message).turns == (
        Turn("buenas", responses=("utter_consular_passport",)),
        Turn("me llamo [nombre] y quiero pasaporte", responses=("utter_consular_passport",)),
        Turn("¿y cuánto cuesta?", responses=("utter_consular_passport_cost",)),
    )


def test_what_was_answered_wrongly_is_expected_as_the_reader_says(ana: Chat) -> None:
    message = asks(ana, "quiero matrícula", PASSPORT)
    reads(ana, LUZ, message, VISA)
    assert made(ana, message).turns == (Turn("quiero matrícula", responses=("utter_consular_id_card",)),)


def test_what_was_not_understood_before_is_said_again_and_any_answer_will_do(ana: Chat) -> None:
    asks(ana, "mmm pues", "nlu_fallback", "fallback", 0.1)
    message = asks(ana, "mi pasaporte")
    reads(ana, LUZ, message, PASSPORT)
    assert made(ana, message).turns[0] == Turn("mmm pues")


def test_a_button_is_pressed_again_by_its_title(ana: Chat) -> None:
    asks(ana, "mi pasaporte")
    title, payload = (ana.transcript()[-1].buttons or [["", ""]])[0]
    ana.presses(payload)
    pressed = ana.transcript()[-1].response
    assert heard(ana).text == payload
    message = asks(ana, "gracias", "thank")
    reads(ana, LUZ, message, "thank")
    assert made(ana, message).turns[1] == Turn(title, True, (str(pressed),))


def test_nothing_is_saved_of_what_no_answer_fits_or_nobody_has_read(ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")
    with pytest.raises(RefusedError, match="primero"):
        made(ana, message)
    reads(ana, LUZ, message, NONE)
    with pytest.raises(RefusedError, match="todavía no hay respuesta"):
        made(ana, message)


def test_a_file_is_read_as_it_was_written_and_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    whole = Saved("x-1", (Turn("¿qué: - 'onda' #?", responses=("utter_greet",)), Turn("Sí", True, ()), Turn("no")))
    assert saved.read(saved.write(whole, tmp_path)) == whole
    for wrong in ("turns: []", "turns:\n- {says: a, presses: b}", "turns:\n- {says: a, who: ana}", "turns:\n- {says: a, responses: x}"):
        (tmp_path / "wrong.yml").write_text(wrong, encoding="utf-8")
        with pytest.raises(ValueError, match=r"wrong\.yml"):
            saved.read(tmp_path / "wrong.yml")


def test_the_command_writes_a_file_for_each_message(
    ana: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = [asks(ana, "mi pasaporte"), asks(ana, "otra vez mi pasaporte")]
    for each in messages:
        reads(ana, LUZ, each, PASSPORT)
    ana.call(lambda session: enrolled(session, "luz", Role.REVIEWER, ana.now))
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path))
    monkeypatch.setattr("bot.__main__.set_up_logs", lambda level: None)
    monkeypatch.setattr("bot.commands.review.now", lambda: ana.now)
    wanted = ["review", "save", *map(str, messages), "--who", "luz", "--folder"]
    assert main([*wanted, str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / f"{PASSPORT}-{each}.yml") for each in messages]
    assert main([*wanted, str(tmp_path / "none")]) == 2
