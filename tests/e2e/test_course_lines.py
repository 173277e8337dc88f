"""A whole course through `./puente chat --officials --jsonl`, as an official takes it: over days, with wrong answers and other questions.

Each sitting is a process of its own whose clock is set: the days between them pass for all that the program reads of the time.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.content.courses import Course
from bot.content.load import load_content
from bot.rasa.process import _note
from bot.settings import ROOT

FAKETIME = shutil.which("faketime")
COURSE, NAME = "first_contact", "Ana López Cruz"
DAYS = tuple((datetime.now() + timedelta(days=days)).strftime("%Y-%m-%d 17:00:00") for days in (0, 1, 7, 8, 9, 10))


class Desk:
    """The commands, at a moment."""

    def __init__(self, var: Path) -> None:
        self.var, self.moment = var, DAYS[0]
        self.environment = {**os.environ, "PUENTE_VAR": str(var), "PUENTE_PUBLIC_URL": "https://puente.example.mx"}

    def command(self, *words: str) -> str:
        return self._run("-m", "bot", *words)

    def script(self, text: str, *arguments: str) -> str:
        return self._run("-c", text, *arguments)

    def _run(self, *words: str) -> str:
        done = subprocess.run([*self.at(), *words], env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def at(self) -> list[str]:
        assert FAKETIME is not None
        return [FAKETIME, "-f", f"@{self.moment}", sys.executable]


class Sitting:
    """One process of the chat: lines in, lines out."""

    def __init__(self, desk: Desk) -> None:
        self.process = subprocess.Popen(
            [*desk.at(), "-m", "bot", "chat", "--officials", "--jsonl"], env=desk.environment, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.last: dict[str, Any] = {}

    def __enter__(self) -> "Sitting":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        assert self.process.stdout
        self.process.stdout.close()

    def sends(self, **line: str) -> str:
        """All that is answered."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"chat": "ana", **line}) + "\n")
        self.process.stdin.flush()
        self.last = json.loads(self.process.stdout.readline())
        assert "error" not in self.last, self.last
        return "\n\n".join(reply["text"] for reply in self.last["replies"])

    def says(self, text: str) -> str:
        return self.sends(text=text)

    def presses(self, beginning: str) -> str:
        found = next((each for each in self.payloads if each.startswith(beginning)), None)
        assert found, (beginning, self.last)
        return self.sends(button=found)

    @property
    def payloads(self) -> list[str]:
        return [button["payload"] for reply in self.last["replies"] for button in reply["buttons"]]

    @property
    def responses(self) -> list[str]:
        return [reply["response"] or "" for reply in self.last["replies"]]

    @property
    def asked(self) -> str | None:
        """The step that waits for an answer, as `lesson.step`."""
        return next((each.partition("=")[0] for each in self.payloads if re.match(r"[\w-]+\.[\w-]+=", each)), None)

    def answers(self, course: Course, right: bool = True) -> str:
        """The step that was asked last: read on, or a choice."""
        asked = self.asked
        assert asked is not None, self.last
        options = choices(course, asked)
        value = next(each for each, is_right in options.items() if is_right is right) if options else "next"
        return self.sends(button=f"{asked}={value}")

    def to_the_end(self, course: Course, right: bool = True) -> str:
        said = ""
        while self.asked:
            said = self.answers(course, right)
        return said


def choices(course: Course, asked: str) -> dict[str, bool]:
    """The choices of a step, with whether each is right; none of a reading."""
    name, _, step_id = asked.partition(".")
    steps = course.final.steps if name.endswith("-final") else next(
        lesson.questionnaire.steps for lesson in course.lessons if lesson.questionnaire.name == name
    )  # fmt: skip
    step = next(each for each in steps if each.id == step_id)
    return {option.value: option.right for option in step.options}


@pytest.fixture
def desk(tmp_path: Path, rasa_port: int, model: Path) -> Iterator[Desk]:
    """Its Rasa is the one of all tests: the commands find it by the note that a service leaves."""
    if FAKETIME is None:
        pytest.skip("needs Debian's package faketime")
    var = tmp_path / "var"
    (var / "run").mkdir(parents=True)
    _note(var).write_text(json.dumps({"pid": os.getpid(), "port": rasa_port, "model": model.name}), encoding="ascii")
    yield Desk(var)


@pytest.fixture(scope="module")
def course() -> Course:
    return load_content(ROOT / "flows", None)[0].courses[COURSE]


def test_a_course_is_taken_over_days_and_its_badge_is_verified_by_others(desk: Desk, course: Course, tmp_path: Path) -> None:
    desk.command("staff", "add", "eva", "--role", "admin")
    invited = desk.command("officials", "invite", "--office", "DIF Naucalpan", "--municipality", "15057", "--post", "dif", "--who", "eva")
    token = re.search(r"curso_([\w-]+)", invited)
    assert token
    lessons = [lesson.questionnaire.name for lesson in course.lessons]

    with Sitting(desk) as day:
        assert "invitación" in day.says("hola")
        assert "DIF Naucalpan" in day.says(f"/start curso_{token[1]}")
        day.says("estoy de acuerdo")
        assert "nombre" in day.says("ana")
        assert NAME in day.says(NAME)
        day.says("cursos")
        day.presses(f"/course={COURSE}")
        day.presses(f"/lesson={lessons[0]}")
        day.answers(course)
        day.answers(course)
        waiting = day.asked

    desk.moment = DAYS[1]
    with Sitting(desk) as day:  # another question in the middle, then the step again
        day.says("¿cómo saco mi CURP?")
        assert any(each.startswith("utter_identity") for each in day.responses), day.responses
        assert day.asked == waiting
        while not choices(course, str(day.asked)):
            day.answers(course)
        wrong = str(day.asked)
        assert "No es lo mejor" in day.answers(course, right=False) and day.asked != wrong
        day.says("luego sigo")
        assert day.asked is None
        before = wrong

    desk.moment = DAYS[2]  # six days later
    with Sitting(desk) as day:
        assert "Seguir donde iba" in str(day.says("hola")) + str(day.last)
        day.presses("/continue")
        asked = []
        while day.asked:
            asked.append(day.asked)
            said = day.answers(course)
        assert asked[-1] == before, "what was answered wrong comes once more, last"
        assert f"acertó {len(course.lessons[0].questions) - 1} de {len(course.lessons[0].questions)}" in said
        day.says("idioma")
        day.presses("/change_language=en")
        day.says("courses")
        day.presses(f"/course={COURSE}")
        english = day.presses(f"/lesson={lessons[1]}")
        assert " of " in english and "español" not in english
        day.answers(course)
        day.says("language")
        day.presses("/change_language=es")
        day.says("continuar")
        day.to_the_end(course)
    for hour, name in enumerate(lessons[2:], 18):  # nobody reads a course in a minute: that would be a flood
        desk.moment = DAYS[2].replace("17:", f"{hour}:")
        with Sitting(desk) as day:
            day.says("cursos")
            day.presses(f"/course={COURSE}")
            day.presses(f"/lesson={name}")
            day.to_the_end(course)

    desk.moment = DAYS[3]
    with Sitting(desk) as day:
        day.says("cursos")
        day.presses(f"/course={COURSE}")
        day.presses(f"/final={COURSE}")
        assert f"Acertó 0 de {course.completion.questions}" in day.to_the_end(course, right=False)

    desk.moment = DAYS[4]
    with Sitting(desk) as day:
        day.says("cursos")
        day.presses(f"/course={COURSE}")
        day.presses(f"/final={COURSE}")
        said = day.to_the_end(course)
        assert f"{course.completion.questions} de {course.completion.questions}" in said
        assert re.search(r"https://puente\.example\.mx/constancia/[\w-]+", said)

    desk.moment = DAYS[5]
    _verify(desk, course, tmp_path)


def _verify(desk: Desk, course: Course, tmp_path: Path) -> None:
    """By the libraries of others, with nothing but the published keys; and by our own command."""
    keys, badge, pdf = tmp_path / "claves.json", tmp_path / "constancia.jwt", tmp_path / "cambiada.jwt"
    signed = desk.script(READ_SIGNED, str(desk.var)).strip()
    keys.write_text(desk.command("badge", "keys"))
    badge.write_text(signed)
    found = json.loads(desk.script(VERIFY, str(keys), signed))
    assert found["achievement"] == course.title and found["libraries"] == ["openbadgeslib", "pyjwt"]
    assert not any(word in text for text in found["strings"] for word in NAME.split())
    assert "auténtica" in desk.command("badge", "verify", str(badge), "--name", NAME).lower()
    head, payload, signature = signed.split(".")
    pdf.write_text(f"{head}.{payload[:-6]}{'A' if payload[-6] != 'A' else 'B'}{payload[-5:]}.{signature}")
    with pytest.raises(AssertionError):
        desk.command("badge", "verify", str(pdf))


READ_SIGNED = """
import sys
from pathlib import Path
from sqlalchemy import select
from bot.records.database import open_database
from bot.records.learning import Certificate
var = Path(sys.argv[1])
database = open_database(f"sqlite:///{var}/puente.db", var / "puente.keys")
print(database.call(lambda session: session.scalars(select(Certificate.signed)).one()))
"""
VERIFY = """
import json, sys
import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib.ob3 import OB3Verifier
from tests.certified import strings_in
[key] = json.load(open(sys.argv[1]))["keys"]
public = jwt.PyJWK(key).key
payload = jwt.decode(sys.argv[2], public, algorithms=["RS256"])
found = OB3Verifier(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).verify(sys.argv[2])
assert found.achievement.name == payload["credentialSubject"]["achievement"]["name"]
print(json.dumps({"achievement": found.achievement.name, "strings": list(strings_in(payload)), "libraries": ["openbadgeslib", "pyjwt"]}))
"""
