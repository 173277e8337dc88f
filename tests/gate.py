"""A small content folder that passes the publish gate, for tests that break exactly one thing in it.

A problem is expected by its file, its line and the name it speaks of; the sentences around the name are free to change.
"""

import re
from pathlib import Path

from bot.content import spoken
from bot.content.check import check_all
from bot.content.check_examples import FEWEST_EXAMPLES
from bot.content.load import load_content
from bot.content.problems import Problem
from bot.content.published import Content
from tests.sound_content import DIALOGUE, EXAMPLES, FILES, OTHER_EXAMPLES


def _dialogue() -> str:
    """Everything the program says by itself, in one sentence each."""
    answers = "".join(f"  {name}:\n  - text: Una frase del diálogo.\n    metadata: {{kind: service}}\n" for name in spoken.RESPONSES)
    return f'version: "3.1"\nintents:\n- help\n- followup_cost\nresponses:\n{answers}'


def examples_of(*intents: str) -> str:
    lines = ['version: "3.1"', "nlu:"]
    for intent in intents:
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - pregunta de {intent} número {each}" for each in range(FEWEST_EXAMPLES))]
    return "\n".join(lines) + "\n"


def names_of(problem: Problem, name: str) -> bool:
    """The name stands in the complaint, and not as part of a longer one."""
    return not name or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", problem.wrong) is not None


NO_LINE = 0  # the line of these problems is not asked for
Expected = tuple[str, int | str, str]  # file, line or a text that stands on it, the name the problem speaks of


class Folder:
    """flows/ and nlu/ below the current folder, so that problems name the files as an editor sees them."""

    def __init__(self) -> None:
        for name, text in FILES.items():
            self.write(name, text)
        self.write(DIALOGUE, _dialogue())
        self.write(EXAMPLES, examples_of("papers_renew", "papers_lost", "papers_photo"))
        self.write(OTHER_EXAMPLES, examples_of("help", "followup_cost"))

    def write(self, name: str, text: str) -> None:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = Path(name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"«{old}» stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def append(self, name: str, text: str) -> None:
        self.write(name, Path(name).read_text(encoding="utf-8") + text)

    def line(self, name: str, text: str) -> int:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
        found = [number for number, line in enumerate(lines, 1) if text in line]
        assert len(found) == 1, f"«{text}» stands on {found} in {name}"
        return found[0]

    def problems(self) -> list[Problem]:
        return check_all(Path("flows"), Path("nlu"))

    def expect(self, *expected: Expected) -> None:
        """These problems and no other."""
        left = self.problems()
        for file, place, name in expected:
            line = self.line(file, place) if isinstance(place, str) else place
            fits = [each for each in left if str(each.file) == file and line in (NO_LINE, each.line) and names_of(each, name)]
            assert fits, f"no problem at {file}:{line} about {name} among {[str(each) for each in left]}"
            left.remove(fits[0])
        assert not left, [str(each) for each in left]

    def expect_only(self, file: str, place: int | str, name: str) -> None:
        """One or more problems, all of this line and this name."""
        problems = self.problems()
        line = self.line(file, place) if isinstance(place, str) else place
        assert problems
        assert [each for each in problems if (str(each.file), each.line, names_of(each, name)) != (file, line, True)] == []

    def content(self, institution: str | None = None) -> Content:
        content, problems = load_content(Path("flows"), institution)
        assert problems == []
        return content
