"""A whole course in the officials' bot on Telegram, with the service killed in between, wrong answers, another question, another language,
and a badge at the end that a library verifies with nothing but the published keys.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest

from bot.content.asking import Step
from bot.content.courses import Course
from bot.content.load import load_content
from bot.settings import ROOT
from tests.e2e import updates
from tests.e2e.conftest import NO_LIMITS, BotAlone, telegram
from tests.e2e.test_course_lines import COURSE, NAME
from tests.e2e.two_bots import OFFICIALS_TOKEN, TwoBots

ANA = 1_500_000_001
BETWEEN = 5  # seconds between two messages, by Telegram's clock: nobody reads a course in a minute
BEGAN = timedelta(minutes=9)


@pytest.fixture
def peer() -> Iterator[TwoBots]:
    with TwoBots().running() as started:
        yield started


@pytest.fixture
def alone(tmp_path: Path, rasa_port: int, peer: TwoBots) -> Iterator[BotAlone]:
    made = BotAlone(tmp_path / "var", rasa_port, **telegram(peer, TELEGRAM_OFFICIALS_TOKEN=OFFICIALS_TOKEN, **NO_LIMITS))
    made.settings["PUENTE_PUBLIC_URL"] = made.address
    yield made
    if made.process and made.process.poll() is None:
        made.stop()


@pytest.fixture(scope="module")
def course() -> Course:
    return load_content(ROOT / "flows", None)[0].courses[COURSE]


class Official:
    """Types everything: the words of buttons, the letters of choices."""

    def __init__(self, alone: BotAlone, peer: TwoBots, course: Course) -> None:
        self.alone, self.peer = alone, peer
        self.at = datetime.now(UTC) - BEGAN
        self.steps = [step for lesson in course.lessons for step in lesson.questionnaire.steps] + list(course.bank)
        self.said: list[str] = []  # what came back last

    def says(self, text: str, dies: bool = False) -> str:
        before = len(self.peer.officials.to(ANA))
        self.at += timedelta(seconds=BETWEEN)
        content = updates.command(text) if text.startswith("/") else updates.text(text)
        self.peer.officials.say(ANA, content, date=int(self.at.timestamp()))
        if dies:
            time.sleep(0.05)
            self.alone.kill_and_start()
            self.alone.wait_until_ready()
        self.alone.wait_until_idle(self.peer)
        self.said = [each.text for each in self.peer.officials.to(ANA)[before:]]
        assert self.said, f"nobody answered «{text}»"
        return "\n".join(self.said)

    @property
    def asked(self) -> Step | None:
        """The step of the last message."""
        last = self.said[-1]
        return next((step for step in self.steps if _begins(last, step)), None)

    def letter(self, right: bool = True) -> str:
        asked = self.asked
        assert asked is not None
        option = next(each for each in asked.options if each.right is right)
        found = re.search(rf"^([A-E])\. {re.escape(option.title)}$", self.said[-1], re.MULTILINE)
        assert found, self.said[-1]
        return found[1]

    def goes_on(self, right: bool = True, dies: bool = False) -> str:
        asked = self.asked
        assert asked is not None, self.said
        return self.says(self.letter(right) if asked.is_judged else "seguir", dies)

    def to_the_end(self) -> str:
        said = ""
        while self.asked:
            said = self.goes_on()
        return said


def _begins(text: str, step: Step) -> bool:
    """Facts stand in what was sent, and their names in the step."""
    return step.ask.partition("{")[0].strip()[:60] in text and bool(re.search(r"· \d+ (de|of) \d+", text))


def test_a_course_on_telegram_survives_kills_and_ends_with_a_badge_others_verify(alone: BotAlone, peer: TwoBots, course: Course) -> None:
    alone.start().wait_until_ready()
    token = _invited(alone)
    ana = Official(alone, peer, course)
    assert "invitación" in ana.says("hola")
    ana.says(f"/start curso_{token}", dies=True)
    ana.says("estoy de acuerdo")
    assert NAME in ana.says(NAME)
    ana.says("cursos")
    ana.says(course.title)
    ana.says("Empezar")
    first = True
    while ana.asked:
        if ana.asked.is_judged and first:
            first = False
            waiting = ana.asked
            assert "CURP" in ana.says("¿cómo saco mi CURP?")
            assert ana.asked is waiting, "the step is asked again after another question"
            assert "No es lo mejor" in ana.goes_on(right=False, dies=True)
        ana.goes_on(dies=ana.asked is not None and ana.asked.type == "case")
    asked = len(course.lessons[0].questions)
    assert f"acertó {asked - 1} de {asked}" in "\n".join(ana.said)
    for lesson in course.lessons[1:]:
        ana.says("Siguiente lección")
        if lesson is course.lessons[1]:
            ana.says("idioma")
            ana.says("English")
            ana.says("go on")
            assert re.search(r"· \d+ of \d+", ana.said[-1])
            ana.says("language")
            ana.says("Español")
            ana.says("continuar")
        ana.to_the_end()
    ana.says("Prueba final")
    said = ana.to_the_end()
    link = re.search(rf"{alone.address}/constancia/[\w-]+", said)
    assert link, said
    assert not peer.to(ANA), "nothing of it at the migrants' bot"
    _is_genuine(alone, link[0], course)
    assert alone.stop() == 0


def _invited(alone: BotAlone) -> str:
    import os
    import subprocess
    import sys

    def run(*words: str) -> str:
        environment = {**os.environ, **alone.settings}
        return subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    run("staff", "add", "eva", "--role", "admin")
    said = run("officials", "invite", "--office", "DIF Naucalpan", "--municipality", "15057", "--post", "dif", "--who", "eva")
    found = re.search(r"curso_([\w-]+)", said)
    assert found, said
    return found[1]


def _is_genuine(alone: BotAlone, link: str, course: Course) -> None:
    """As somebody does who is shown it: the page, the file, the keys, and a library."""
    with httpx.Client(trust_env=False) as client:
        page = client.get(link)
        assert page.status_code == 200 and NAME in page.text and course.title in page.text
        path = re.search(r'href="([^"]+/jwt)"', page.text)
        assert path, page.text
        signed = client.get(httpx.URL(link).join(path[1])).text.strip()
        [key] = client.get(f"{alone.address}/insignias/claves.json").json()["keys"]
    payload = jwt.decode(signed, jwt.PyJWK(key).key, algorithms=["RS256"])
    assert payload["credentialSubject"]["achievement"]["name"] == course.title
