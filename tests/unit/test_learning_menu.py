"""The menu of an official: what was begun comes first, everything that is shown does something, and practice and lessons never mix."""

import pytest

from bot.conversation.official_turn import ACTIONS
from tests.learning import Official

LESSON = "first_contact-welcome"


def buttons(official: Official) -> list[str]:
    return [payload for _, payload in official.transcript()[-1].buttons or ()]


def test_it_shows_what_can_be_done_here_and_nothing_of_migrants(official: Official) -> None:
    assert official.says("hola") == ["utter_learning_menu"]
    shown = buttons(official)
    assert shown[:4] == ["/courses", "/protocols", "/practice", "/progress"]
    assert all(payload.removeprefix("/") in ACTIONS for payload in shown)


def test_what_was_begun_comes_first_until_it_is_done(official: Official) -> None:
    official.presses_new(f"/lesson={LESSON}")
    official.says("menu")
    assert buttons(official)[0] == "/continue"
    assert official.presses("/continue") == [f"ask_{LESSON}_why"]
    while official.is_asked:
        official.answers()
    official.says("menu")
    assert "/continue" not in buttons(official)
    assert official.says("continuar") == ["utter_learning_nothing_pending"]
    assert official.says("luego sigo") == ["utter_learning_nothing_pending"]


@pytest.mark.parametrize("word", ["cursos", "protocolos", "práctica", "avance", "repaso", "recordatorios", "ayuda", "idioma", "privacidad"])
def test_every_word_answers_and_leads_on(official: Official, word: str) -> None:
    [said] = official.says(word)
    assert said not in ("utter_learning_not_understood", "utter_button_old", "utter_learning_stranger")
    for payload in buttons(official):
        if payload.startswith(("/my_data", "/erase")):
            continue
        assert official.presses(payload)[0] not in ("utter_button_old", "utter_button_unknown"), payload
        official.waits(seconds=10)


@pytest.mark.parametrize("code", ["en", "fr", "pt", "ht"])
def test_it_speaks_the_language_that_was_chosen(official: Official, code: str) -> None:
    official.says("idioma")
    assert "/talk_to_human" not in buttons(official)
    official.presses(f"/change_language={code}")
    assert official.get("language") == code
    assert official.says("hola") == ["utter_learning_menu"]
    assert official.around.content.translate("¿Qué quiere hacer?", code) in official.transcript()[-1].text


def test_a_practice_case_waits_while_a_lesson_is_asked(official: Official) -> None:
    case = next(iter(official.around.content.simulations))
    official.says("práctica")
    official.presses(f"/simulate={case}")
    official.says("/cursos")
    official.presses("/course=first_contact")
    assert official.presses(f"/lesson={LESSON}") == [f"ask_{LESSON}_why"]
    assert official.says("listo") == [f"ask_{LESSON}_four"], "it is said to nobody made up"


def test_a_lesson_waits_while_a_case_is_practised(official: Official) -> None:
    official.presses_new(f"/lesson={LESSON}")
    official.answers()
    case = next(iter(official.around.content.simulations))
    official.says("práctica")
    official.presses(f"/simulate={case}")
    assert not official.is_asked
    official.says("listo")
    official.says("salir")
    official.says("sí")
    assert official.says("continuar") == [f"ask_{LESSON}_four"]


def test_what_identifies_somebody_may_be_deleted(official: Official) -> None:
    assert "utter_identifier_masked" in official.says("su CURP es LOCA850101MDFPRN09")
    [payload] = [each for message in official.transcript() for _, each in message.buttons or () if each.startswith("/delete_message=")]
    assert official.presses(payload) == ["utter_message_deleted"]
