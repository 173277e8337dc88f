"""Whatever is written down of a ticket reads in Spanish on its page, or is hidden on purpose."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from bot.handoff.timeline import QUIET
from bot.records.tickets import TicketEvent, TicketState
from bot.settings import ROOT
from tests.attended import Attended

TALK = ROOT / "bot" / "console" / "templates" / "talk.html"
PASSED_ON = {"tickets.py": "_happened", "tags.py": "_note"}  # who writes the event that is named in their third argument


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def written_in(path: Path) -> Iterator[str]:
    """What events are called in a module. An expression that is no name is an error of this test's own."""
    for called, node in calls(ast.parse(path.read_text(encoding="utf-8"))):
        is_passed = called == PASSED_ON.get(path.name) and path.parent.name == "handoff"
        if called == "TicketEvent":
            [what] = [each.value for each in node.keywords if each.arg == "what"]
        elif is_passed:
            what = node.args[2]
        else:
            continue
        if isinstance(what, ast.Constant):
            yield str(what.value)
        elif isinstance(what, ast.Name) and what.id == "state":
            yield from TicketState
        else:
            assert isinstance(what, ast.Name) and what.id == "what" and path.name in PASSED_ON, f"{path.name}:{node.lineno}"


def worded() -> set[str]:
    found = re.search(r"{% set events = {(.*?)} %}", TALK.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return set(re.findall(r'"(\w+)": _\(', found[1]))


def test_every_event_has_its_sentence_or_is_hidden_on_purpose() -> None:
    made_up = ROOT / "bot" / "numbers"
    modules = [path for path in (ROOT / "bot").rglob("*.py") if made_up not in path.parents]
    written = {what for path in modules for what in written_in(path)}
    assert {"late", "referral_asked", "waiting", "untag"} <= written
    assert worded() - {"pressed"} == written - set(QUIET)


def test_no_raw_word_of_an_event_is_on_the_page(attended: Attended) -> None:
    names = sorted(worded() - {"pressed"})

    def add(session: Session) -> None:
        why = {"who": "assistant", "why": "not_attended", "at": attended.desk.now}
        session.add_all(TicketEvent(ticket_id=attended.number, what=what, **why) for what in names)

    attended.chat.call(add)
    page = attended.rosa.get(attended.path).text
    lines = re.findall(r'<li class="event">(.*?) · <time', page)
    assert len(lines) >= len(names)
    assert not [line for line in lines if re.search(r": [a-z_]+$", line)]
    assert any("Algo salió mal en su caso" in line for line in lines)
