"""The commands as a person runs them: chat --jsonl, parse, check, tickets, help."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.records.database import open_database
from bot.settings import ROOT, Settings

KEYS_OF_CHAT = {"chat", "replies", "intent", "confidence", "language", "safety", "ms"}
KEYS_OF_PARSE = ["text", "intent", "confidence", "topic", "decision", "suggestions", "response", "language", "safety"]


@pytest.fixture
def var(tmp_path: Path, model: Path) -> Path:
    return tmp_path / "var"


def run(var: Path, *arguments: str, lines: str = "", seconds: float = 120, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PUENTE_VAR": str(var), "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, input=lines, capture_output=True, text=True, timeout=seconds, check=False)


def chat(var: Path, *said: dict[str, Any] | str) -> list[dict[str, Any]]:
    lines = "".join((each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n" for each in said)
    done = run(var, "chat", "--jsonl", lines=lines)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_gets_one_line_and_a_bad_one_says_why(var: Path) -> None:
    answers = chat(
        var,
        {"chat": "a", "text": "cuanto cuesta la matricula consular"},
        "this is no json",
        {"chat": "a"},
        {"chat": "a", "text": "hola", "button": "/help"},
        {"chat": "a", "button": "/consular_appointment"},
        {"chat": "b", "button": "/consular_appointment"},
        {"chat": "a", "text": ""},
    )
    assert len(answers) == 7
    assert set(answers[0]) == KEYS_OF_CHAT and answers[0]["intent"] == "consular_id_card" and answers[0]["ms"] > 0
    assert set(answers[0]["replies"][0]) == {"text", "buttons", "response"}
    assert "41 dólares" in answers[0]["replies"][0]["text"]
    assert all("error" in answer for answer in answers[1:4]) and "2" in answers[1]["error"]
    assert answers[4]["replies"][0]["response"] == "utter_consular_appointment"
    assert answers[5]["replies"][0]["response"] == "utter_button_unknown"
    assert answers[6]["replies"][0]["response"] == "utter_fallback_rephrase"


def test_the_conversation_goes_on_in_the_next_run_and_an_id_is_answered_once(var: Path) -> None:
    first = chat(var, {"chat": "a", "text": "menu", "id": "m1"}, {"chat": "a", "button": "/referral_request", "id": "m2"})
    again = chat(
        var,
        {"chat": "a", "button": "/referral_request", "id": "m2"},
        {"chat": "a", "text": "para mi"},
        {"chat": "a", "text": "trabajo"},
        {"chat": "z", "text": "menu", "id": "m2"},
    )
    assert again[0]["replies"] == first[1]["replies"]
    assert again[2]["replies"][0]["response"] == "ask_referral_intake_story"
    assert again[3]["replies"][0]["response"] == "utter_help"


def test_parse_answers_in_order_and_touches_no_record(var: Path) -> None:
    said = ["me agarró la migra en tapachula", "", "asdf qwer", "ahorita me estan golpeando", "¿cómo pido refugio?", "/ayuda"]
    done = run(var, "parse", lines="\n".join(said) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == said
    assert all(list(answer) == KEYS_OF_PARSE for answer in answers)
    assert answers[3]["safety"] == "violence_now" and answers[3]["response"] == "utter_safety_violence_now"
    assert (
        answers[4]["intent"] == "regularization_asylum_apply"
        and answers[4]["decision"] == "answer"
        and answers[4]["topic"] == "regularization"
    )
    assert answers[1]["intent"] is None and answers[1]["decision"] == "fallback"
    assert all(len(answer["suggestions"]) <= 4 for answer in answers)
    assert not list(var.glob("*.db"))


def test_texts_telephones_and_chats_are_nowhere_in_clear(var: Path) -> None:
    chat(
        var,
        {"chat": "chat-of-maria-7781", "text": "menu"},
        {"chat": "chat-of-maria-7781", "button": "/referral_request"},
        *(
            {"chat": "chat-of-maria-7781", "text": each}
            for each in ("para mi", "trabajo", "soy Maria Xochitl Zempoaltecatl", "Atlixco", "por telefono", "2229998877", "si autorizo")
        ),
    )
    database = open_database(f"sqlite:///{var}/puente.db", Settings(puente_var=var).keys_file)
    assert database.call(lambda session: session.execute(text("select count(*) from referral")).scalar()) == 1
    stored = b"".join(path.read_bytes() for path in var.rglob("*") if path.is_file() and path.name != "puente.keys")
    database.close()
    for secret in ("Zempoaltecatl", "2229998877", "chat-of-maria-7781", "Xochitl"):
        assert secret.encode() not in stored


def test_tickets_are_listed_claimed_answered_and_closed(var: Path) -> None:
    chat(var, {"chat": "a", "text": "quiero hablar con una persona"})
    for name, role in (("ines", "admin"), ("rosa", "agent"), ("luis", "agent")):
        assert run(var, "staff", "add", name, "--role", role, "--who", "ines").returncode == 0
    assert "waiting" in run(var, "tickets", "list", "--who", "rosa").stdout
    refused = run(var, "tickets", "reply", "1", "Buenas tardes", "--who", "rosa")
    assert refused.returncode == 2 and refused.stderr.startswith("puente: ")
    assert run(var, "tickets", "claim", "1", "--who", "rosa").returncode == 0
    assert run(var, "tickets", "claim", "1", "--who", "luis").returncode == 2
    assert chat(var, {"chat": "a", "text": "hola"})[0]["replies"] == []
    assert run(var, "tickets", "reply", "1", "Buenas tardes", "--who", "rosa").returncode == 0
    assert "Buenas tardes" in run(var, "tickets", "show", "1", "--who", "rosa").stdout
    assert run(var, "tickets", "close", "1", "--who", "rosa").returncode == 0
    assert run(var, "audit", "verify", "--who", "ines").returncode == 0
    assert chat(var, {"chat": "a", "text": "menu"})[0]["replies"][0]["response"] == "utter_help"


@pytest.mark.alone
def test_check_is_quick_and_needs_no_rasa(var: Path) -> None:
    started = time.monotonic()
    done = run(var, "check")
    assert done.returncode == 0, done.stdout
    assert time.monotonic() - started < 4  # two seconds on an idle machine; CI's is not


def test_help_names_every_command(var: Path) -> None:
    said = run(var, "--help").stdout
    assert all(command in said for command in ("up", "chat", "parse", "train", "check", "tickets", "staff", "audit"))


def test_two_thousand_lines_are_parsed_in_one_call(var: Path) -> None:
    done = run(var, "parse", lines="cuanto cuesta el pasaporte\n" * 2000, seconds=240)
    assert len(done.stdout.splitlines()) == 2000
