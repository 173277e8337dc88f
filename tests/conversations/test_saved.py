"""Conversations that readers saved from a review (bot/review/saved.py): each is said again, and has to be answered as they expect."""

from pathlib import Path

import pytest

from bot.content.load import load_content
from bot.review.masking import identifies
from bot.review.saved import FOLDER, Saved, meant, read
from bot.settings import ROOT
from tests.people import Office

FILES = sorted(FOLDER.glob("*.yml"))


def answered(office: Office, saved: Saved) -> list[tuple[str, tuple[str, ...]]]:
    """What is said now, where something is expected."""
    person = office.person(saved.name)
    found = []
    for turn in saved.turns:
        heard = person.presses(turn.text) if turn.is_button else person.says(turn.text)
        if turn.responses is not None:
            found.append((turn.text, meant(heard.responses)))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_saved_conversation_is_answered_as_its_readers_expect(path: Path, office: Office) -> None:
    saved = read(path)
    assert answered(office, saved) == [(turn.text, turn.responses) for turn in saved.turns if turn.responses is not None]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_saved_conversation_names_nobody_and_expects_answers_that_exist(path: Path) -> None:
    content, _ = load_content(ROOT / "flows", None)
    for turn in read(path).turns:
        assert not identifies(turn.text, content)
        assert all(each in content.responses or each.startswith("ask_") for each in turn.responses or ())


def test_there_is_a_saved_conversation_to_run() -> None:
    assert FILES
