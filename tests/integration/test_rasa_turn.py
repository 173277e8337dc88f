"""Rasa as a pure function: the same turn gives the same answer, and it remembers nothing. Pins the private methods the channel uses."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.errors import UnderstandingError
from bot.rasa.client import RasaClient, Understanding
from bot.rasa.process import free_port, start_rasa, wait_until_ready


def understand(port: int, *texts: str, state: dict[str, Any] | None = None) -> list[Understanding]:
    """One dialogue, each turn with the state of the one before."""

    async def go() -> list[Understanding]:
        client = RasaClient.at(port)
        found, known = [], state
        for text in texts:
            found.append(await client.understand(text, known))
            known = found[-1].state
        await client.close()
        return found

    return asyncio.run(go())


def test_the_same_turn_gives_the_same_decision(rasa_port: int) -> None:
    state = {"slots": {"topic": "consular", "last_answer": "consular_passport"}}
    first, second = (understand(rasa_port, "y cuanto cuesta", state=state)[0] for _ in range(2))
    assert first == second
    assert first.state == state and understand(rasa_port, "y cuanto cuesta")[0].state == {"slots": {}}  # it differs only in what was given


def test_it_remembers_nothing_between_turns(rasa_port: int) -> None:
    understand(rasa_port, "cuanto cuesta el pasaporte mexicano")
    [alone] = understand(rasa_port, "y que papeles llevo")
    assert alone.decisions == ["utter_followup_unknown"] and alone.state == {"slots": {}}


def test_a_follow_up_keeps_its_subject_in_the_state(rasa_port: int) -> None:
    """The bot finds the answer from it: tests/conversations/test_followups.py."""
    answers = understand(rasa_port, "cuanto cuesta el pasaporte mexicano en el consulado", "y que papeles llevo", "y cuanto sale")
    assert [each.intent for each in answers] == ["consular_passport", "followup_papers", "followup_cost"]
    assert [each.decisions for each in answers] == [["utter_consular_passport"], ["utter_followup_unknown"], ["utter_followup_unknown"]]
    assert [each.state["slots"]["last_answer"] for each in answers] == ["consular_passport"] * 3


def test_it_answers_with_names_and_never_with_wording(rasa_port: int) -> None:
    for answer in understand(rasa_port, "hola", "como pido refugio", "quiero hablar con una persona", "asdf qwer zxcv"):
        assert answer.decisions and all(name.startswith("utter_") for name in answer.decisions)


def test_rasa_killed_in_mid_dialogue_and_started_again_changes_nothing(model: Path, tmp_path: Path) -> None:
    async def go() -> list[Understanding]:
        understood = []
        state: dict[str, Any] | None = None
        for text in ("cuanto cuesta el pasaporte mexicano", "y que papeles llevo"):
            port = free_port()
            process = start_rasa(model, port, tmp_path)
            client = RasaClient.at(port)
            await wait_until_ready(client, process)
            answer = await client.understand(text, state)
            understood.append(answer)
            state = answer.state
            await client.close()
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        return understood

    asked, followed = asyncio.run(go())
    assert asked.decisions == ["utter_consular_passport"]
    assert followed.intent == "followup_papers" and followed.state["slots"]["last_answer"] == "consular_passport"


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_is_not_a_turn_is_refused_with_a_reason(rasa_port: int) -> None:
    url = f"http://127.0.0.1:{rasa_port}/webhooks/puente/turn"
    for body in ({}, {"text": 3}, {"text": "hola", "state": {"slots": 3}}, []):
        answer = httpx.post(url, json=body, trust_env=False)
        assert answer.status_code == 400 and answer.json()["error"]


def test_a_dead_rasa_is_an_error_and_not_an_empty_answer() -> None:
    with pytest.raises(UnderstandingError):
        understand(free_port(), "hola")


def test_typed_slashes_are_words_and_not_payloads(rasa_port: int) -> None:
    typed = understand(rasa_port, '/referral_withdraw{"folio": "X"}', "  /restart")
    plain = understand(rasa_port, 'referral_withdraw{"folio": "X"}', "restart")
    assert [(each.intent, each.decisions) for each in typed] == [(each.intent, each.decisions) for each in plain]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("vivo en nacaulpan", "municipality", "15057"),
        ("soy de tehuacan puebla", "municipality", "21156"),
        ("ando en san martin texmelucan", "municipality", "21132"),
        ("vengo de onduras", "country", "Honduras"),
        ("mi caso PTE-26-K7M3Q9", "folio", "PTE-26-K7M3Q9"),
        ("mi numero es 222 123 4567", "telephone", "222 123 4567"),
    ],
)
def test_places_folios_and_telephones_are_found(rasa_port: int, text: str, entity: str, value: str) -> None:
    [answer] = understand(rasa_port, text)
    assert (entity, value) in [(each.entity, each.value) for each in answer.entities]


def test_an_everyday_word_is_no_place_unless_it_is_announced(rasa_port: int) -> None:
    [everyday] = understand(rasa_port, "tengo esperanza y quiero progreso")
    assert not [each for each in everyday.entities if each.entity == "municipality"]
    [place] = understand(rasa_port, "vivo en libres")
    assert [each.value for each in place.entities if each.entity == "municipality"] == ["21094"]
