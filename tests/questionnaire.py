"""A questionnaire made for tests: its steps, what somebody sends to one of them, and how far they have come."""

import json
from datetime import date
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

from bot.content.asking import Command, Option, Questionnaire, Step
from bot.content.published import Content
from bot.content.review import Where
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.questionnaires import run
from bot.questionnaires.run import Progress
from bot.questionnaires.steps import Answer, Reading, read_answer

TODAY = date(2026, 11, 21)
HERE = Where(Path("questionnaire.yml"), 1)
NEEDS = (
    Option("documents", "Papeles o identidad"),
    Option("work", "Trabajo"),
    Option("health", "Salud"),
    Option("family", "Familia o persona detenida"),
)
PAPERS = (Option("passport", "Pasaporte"), Option("birth", "Acta de nacimiento"), Option("visa", "Visa humanitaria"))
PHOTO = Incoming(Kind.PHOTO, text="Trabajo", file_id="file")
NOT_TYPED = [PHOTO, Incoming(Kind.VOICE), Incoming(Kind.LOCATION, latitude=19.0, longitude=-98.2), Incoming(Kind.STICKER)]


def step(kind: str, name: str = "asked", **more: Any) -> Step:
    return Step(name, kind, f"¿{name}?", HERE, f"help for {name}", **more)


def read(content: Content, kind: str, sent: str | Incoming, **more: Any) -> Reading:
    return read_answer(step(kind, **more), text_message(sent) if isinstance(sent, str) else sent, content, TODAY)


def value(reading: Reading) -> Any:
    assert isinstance(reading, Answer), reading
    return reading.value


def without_content() -> Content:
    """For readers that look at nothing but the text."""
    return SimpleNamespace(languages={}, translate=lambda text, _: text)  # type: ignore[return-value]


def take(questionnaire: Questionnaire, progress: Progress, step: Step, answer: Answer) -> Progress | None:
    return run.onward(questionnaire, run.take(progress, step, answer))


def skip(questionnaire: Questionnaire, progress: Progress, step: Step) -> Progress | None:
    return run.onward(questionnaire, run.skip(progress, step))


SHARED = {"shared": True}
STEPS = (
    step("choice", "need", options=NEEDS, label="Necesidad", **SHARED),
    step("text", "story", optional=True, label="Lo que cuenta", **SHARED),
    step("municipality", "municipality", label="Municipio", **SHARED),
    step("choice", "way", options=(Option("chat", "Por este chat"), Option("telephone", "Por teléfono")), label="Cómo", **SHARED),
    step("telephone", "telephone", only_if=MappingProxyType({"way": "telephone"}), label="Teléfono", **SHARED),
    step("text", "private"),
    step("consent", "consent"),
)
INTAKE = Questionnaire("intake", STEPS, HERE, Command("create_referral", {}), "2026-11-21", 180)
ANSWERS = {
    "need": Answer("work", "Trabajo"),
    "story": Answer("me corrieron", "me corrieron"),
    "municipality": Answer("21019", "Atlixco, Puebla"),
    "way": Answer("telephone", "Por teléfono"),
    "telephone": Answer("2221234567", "2221234567"),
    "private": Answer("only for us", "only for us"),
}
CHAT = Answer("chat", "Por este chat")
TO_THE_END = ("need", "story", "municipality", "way", "telephone", "private")


def asked(name: str) -> Step:
    found = INTAKE.step(name)
    assert found is not None
    return found


def after(*answered: str, questionnaire: Questionnaire = INTAKE, **other: Answer) -> Progress:
    """The progress after answering these steps, with the usual answers or others."""
    progress = run.start(questionnaire)
    for name in answered:
        taken = take(questionnaire, progress, run.current(questionnaire, progress), other.get(name, ANSWERS[name]))
        assert taken is not None
        assert name in taken.answers, f"{progress.step} was asked, not {name}"
        progress = taken
    return progress


def stored(progress: Progress) -> Progress:
    """As it comes back from the database."""
    return Progress.from_json(json.loads(json.dumps(progress.to_json())))
