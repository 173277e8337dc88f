"""How the code is written: lint, format and types, and who may import whom."""

import ast
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

DOORS = ("bot.telegram_adapter", "bot.local_chat", "telegram", "starlette", "uvicorn")
SERVICES = ["conversation", "questionnaires", "content", "records", "referrals", "cases", "courses", "accounts", "handoff"]


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=" ".join)
def test_the_tools_are_silent(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_guard_that_is_taken_out_stands_where_it_is_looked_for() -> None:
    """CI takes out a third of them each time: one whose text has changed is to be seen at once."""
    guards = runpy.run_path(str(ROOT / "tests" / "break_it"))["GUARDS"]
    texts = {each.file: (ROOT / each.file).read_text(encoding="utf-8") for each in guards}
    stale = [each.name for each in guards if texts[each.file].count(each.text) != 1 or not (ROOT / each.tests.split("::")[0]).exists()]
    assert len(guards) > 100 and not stale


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return found | {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}


def test_services_know_no_door() -> None:
    files = [path for folder in SERVICES for path in (ROOT / "bot" / folder).rglob("*.py")]
    files += [ROOT / "bot" / name for name in ("audit.py", "staff.py", "permissions.py", "doors.py")]
    guilty = [f"{path.name}: {name}" for path in files for name in imports_of(path) if name.startswith(DOORS)]
    assert len(files) > 30 and not guilty


def test_nothing_in_the_bot_imports_rasa() -> None:
    assert not [path for path in (ROOT / "bot").rglob("*.py") if any(name.split(".")[0] == "rasa" for name in imports_of(path))]


def test_the_locks_name_no_download_address_and_pin_by_hash() -> None:
    for lock in ("requirements.lock", "tests/requirements.lock", "nlu/requirements.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text
        assert text.count("==") <= text.count("--hash=sha256:")
