"""A folder of sound content, for tests that spoil it: see tests/gate.py."""

from pathlib import Path

import pytest

from tests.gate import Folder
from tests.practice_case import with_case


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder()


@pytest.fixture
def case(folder: Folder) -> Folder:
    """With a practice case in it."""
    return with_case(folder)
