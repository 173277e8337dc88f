"""Questions come back after days: by boxes, with a clock that stands still, and in the chat."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.courses import recall
from bot.records.database import Database
from bot.records.learning import Learner, Recall
from tests.learning import Official, taught, without_steps
from tests.officials import official as made_official

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
DAYS = (1, 3, 7, 21, 60)
LESSON = "first_contact-welcome"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with Session(database.engine) as opened:
        yield opened


@pytest.fixture
def learner(session: Session) -> Learner:
    return made_official(session)


def row(session: Session, item: str = "a") -> tuple[int, int] | None:
    """Box, and days from NOW on until it is due."""
    found = session.query(Recall).filter_by(item=item).one_or_none()
    return (found.box, (found.due_at - NOW).days) if found else None


def test_what_was_known_comes_back_later_than_what_was_not(session: Session, learner: Learner) -> None:
    recall.note(session, learner, {"a": True, "b": False}, DAYS, NOW)
    assert (row(session, "a"), row(session, "b")) == ((1, 3), (0, 1))


def test_known_on_its_day_it_goes_one_box_on_and_after_the_last_it_comes_no_more(session: Session, learner: Learner) -> None:
    at, seen = NOW, []
    recall.note(session, learner, {"a": False}, DAYS, at)
    while stored := session.query(Recall).one_or_none():
        seen.append((stored.box, (stored.due_at - at).days))
        at = stored.due_at
        recall.note(session, learner, {"a": True}, DAYS, at)
    assert seen == list(enumerate(DAYS))


@pytest.mark.parametrize("box", range(5))
def test_not_known_it_begins_anew_whenever_that_was(session: Session, learner: Learner, box: int) -> None:
    session.add(Recall(learner_id=learner.id, item="a", box=box, due_at=NOW + timedelta(days=9)))
    session.flush()
    recall.note(session, learner, {"a": False}, DAYS, NOW)
    assert row(session) == (0, 1)


def test_known_again_on_the_same_day_it_stays_where_it_is(session: Session, learner: Learner) -> None:
    for _ in range(6):
        recall.note(session, learner, {"a": True}, DAYS, NOW)
    assert row(session) == (1, 3)


def test_three_at_once_the_longest_due_first_and_only_what_is_still_taught(session: Session, learner: Learner) -> None:
    for number, item in enumerate("abcde"):
        session.add(Recall(learner_id=learner.id, item=item, box=0, due_at=NOW - timedelta(days=number)))
    session.flush()
    assert recall.due(session, learner, "abcde", NOW) == ["e", "d", "c"]
    assert recall.due(session, learner, "abd", NOW) == ["d", "b", "a"]
    assert recall.due(session, learner, "abcde", NOW - timedelta(days=4)) == ["e"]
    assert recall.due(session, learner, "abcde", NOW - timedelta(days=4, seconds=1)) == []


def test_nobody_is_asked_what_another_learned(session: Session, learner: Learner) -> None:
    recall.note(session, made_official(session), {"a": False}, DAYS, NOW)
    assert recall.due(session, learner, ["a"], NOW + timedelta(days=99)) == []


# In the chat


@pytest.fixture
def learned(official: Official) -> Official:
    """A lesson was done, and its first question answered wrong at first."""
    official.presses_new(f"/lesson={LESSON}")
    wrong = False
    while official.is_asked:
        is_first_question = official.at.step == "first_word" and not wrong
        official.answers(right=not is_first_question)
        wrong = wrong or is_first_question
    return official


def offers(official: Official) -> bool:
    official.says("hola")
    return "/recall" in [payload for _, payload in official.transcript()[-1].buttons]


def test_the_menu_offers_it_from_the_day_on_that_something_is_due(learned: Official) -> None:
    assert not offers(learned)
    assert learned.says("repaso") == ["utter_learning_recall_none"]
    learned.waits(days=1)
    assert offers(learned)
    assert learned.presses("/recall") == ["utter_learning_recall_begins", f"ask_recall_{LESSON}-first_word"]
    assert learned.answers()[-1] == "utter_learning_recall_done"
    assert not offers(learned)
    learned.waits(days=2)
    assert offers(learned), "what was known at once came back after three days"
    learned.presses("/recall")
    assert learned.at.study and set(learned.at.study.drawn) == {f"{LESSON}-guard", f"{LESSON}-language"}


def test_half_a_review_goes_on_and_loses_no_judged_answer(learned: Official) -> None:
    learned.waits(days=3)
    learned.says("repaso")
    learned.answers(right=False)
    before = learned.at.study
    learned.says("luego sigo")
    learned.waits(days=2)
    [asked] = learned.says("repaso")
    assert asked.startswith("ask_recall_") and learned.at.study == before


def test_what_was_taken_away_is_neither_offered_nor_asked(learned: Official) -> None:
    learned.waits(days=1)
    course = learned.around.content.courses["first_contact"]
    learned.around = taught(learned.around, without_steps(course, "welcome", "first_word"))
    assert not offers(learned)
    assert learned.says("repaso") == ["utter_learning_recall_none"]


def test_a_lesson_that_waited_behind_is_not_answered_by_accident(learned: Official) -> None:
    learned.presses_new("/lesson=first_contact-danger")
    learned.answers()
    learned.waits(days=1)
    learned.says("repaso")
    assert learned.answers()[-1] == "utter_learning_recall_done"
    assert learned.at.name == "first_contact-danger" and not learned.is_asked
