"""Conditions that no real guide combines yet, and the working days of a term."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.content.programmes import Condition, EligibilityRule, Met, deadline, evaluate, is_met, still_needed
from bot.content.review import Review, Source, Where
from tests.guides import MONDAY, Row, answers_of

HERE = Where(Path("guide.yml"), 1)
REVIEW = Review("papers", date(2026, 3, 1), 90, (Source("Ley"),))


def rule(*every: Condition, some: tuple[Condition, ...] = ()) -> EligibilityRule:
    return EligibilityRule("guide", "Guía", "papers", "city", every, some, (), (), REVIEW, HERE)


def condition(step: str = "asked", **more: Any) -> Condition:
    return Condition(step, f"says {step}", **more)


IN_TERM, PAST_TERM = "2026-11-20", "2026-11-19"  # one working day before MONDAY, and two


@pytest.mark.parametrize(
    ("of", "answer", "met"),
    [
        (condition(at_least=18), 17, Met.NO),
        (condition(at_least=18), 18, Met.YES),
        (condition(at_most=65), 65, Met.YES),
        (condition(at_most=65), 66, Met.NO),
        (condition(at_least=18, at_most=65), 17, Met.NO),
        (condition(at_least=18, at_most=65), 40, Met.YES),
        (condition(at_least=18, at_most=65), 66, Met.NO),
        (condition(at_most=0), 0, Met.YES),
        (condition(at_most=0), 1, Met.NO),
        (condition(at_least=0), 0, Met.YES),
        (condition(at_least=18), "18", Met.YES),  # as the example cases of a guide write it
        (condition(at_least=18), None, Met.UNKNOWN),
        (condition(among=("a", "b")), "b", Met.YES),
        (condition(among=("a", "b")), "c", Met.NO),
        (condition(among=("a",), unknown=("c",)), "c", Met.UNKNOWN),
        (condition(unknown=("c",)), "c", Met.UNKNOWN),
        (condition(unknown=("c",)), "a", Met.NO),
        (condition(among=("a",)), None, Met.UNKNOWN),
        (condition(within_working_days=1), IN_TERM, Met.YES),
        (condition(within_working_days=1), PAST_TERM, Met.NO),
        (condition(within_working_days=1), MONDAY.isoformat(), Met.YES),
        (condition(within_working_days=1), None, Met.UNKNOWN),
    ],
)
def test_a_condition_is_met_up_to_its_limit(of: Condition, answer: Any, met: Met) -> None:
    assert is_met(of, {"asked": [answer, "—"]}, MONDAY) is met


def test_a_question_that_was_not_asked_is_unknown() -> None:
    assert is_met(condition(among=("yes",)), {"other": ["yes", "Sí"]}, MONDAY) is Met.UNKNOWN


SIZE = condition("size", at_least=2)
LEFT, RIGHT = condition("left", among=("yes",)), condition("right", among=("yes",))
HELPED = condition("helped", among=("yes",), otherwise="Explique por qué.")


@pytest.mark.parametrize(
    ("given", "met", "otherwise"),
    [
        ({"size": 2, "helped": "yes"}, Met.YES, 0),
        ({"size": 2, "helped": "no"}, Met.YES, 1),
        ({"size": 1, "helped": "no"}, Met.NO, 1),
        ({"size": 2}, Met.UNKNOWN, 0),
    ],
)
def test_a_condition_with_a_way_out_closes_no_door(given: Row, met: Met, otherwise: int) -> None:
    verdict = evaluate(rule(SIZE, HELPED), answers_of(given), MONDAY)
    assert (verdict.met, len(verdict.otherwise)) == (met, otherwise)


def test_a_condition_with_a_way_out_ends_no_questions() -> None:
    assert still_needed(rule(HELPED, SIZE), answers_of({"helped": "no"})) >= {"size"}


def test_one_of_several_is_enough_and_then_the_others_are_not_asked() -> None:
    choice = rule(SIZE, some=(LEFT, RIGHT))
    assert still_needed(choice, answers_of({"left": "no"})) == {"size", "left", "right"}
    assert still_needed(choice, answers_of({"left": "yes"})) == {"size"}
    assert evaluate(choice, answers_of({"size": 2, "left": "yes"}), MONDAY).met is Met.YES


def test_nothing_is_asked_once_none_of_several_can_be_met() -> None:
    answered = answers_of({"left": "no", "right": "no"})
    assert evaluate(rule(SIZE, some=(LEFT, RIGHT)), answered, MONDAY).met is Met.NO
    assert still_needed(rule(SIZE, some=(LEFT, RIGHT)), answered) - set(answered) == set()


# Terms, counted by hand on a calendar

TERMS = {
    "no days": ("2026-06-01", 0, "2026-06-01"),
    "the next day": ("2026-06-01", 1, "2026-06-02"),
    "the day itself is not counted": ("2026-06-01", 4, "2026-06-05"),
    "from Friday over the weekend": ("2026-06-05", 1, "2026-06-08"),
    "from Saturday": ("2026-06-06", 1, "2026-06-08"),
    "from Sunday": ("2026-06-07", 1, "2026-06-08"),
    "two weekends": ("2026-06-05", 6, "2026-06-15"),
    "first Monday of February": ("2026-01-30", 1, "2026-02-03"),
    "third Monday of March": ("2026-03-13", 1, "2026-03-17"),
    "first of May, a Friday": ("2026-04-30", 1, "2026-05-04"),
    "first of May, a Saturday": ("2027-04-30", 1, "2027-05-03"),
    "sixteenth of September": ("2026-09-15", 1, "2026-09-17"),
    "third Monday of November": ("2026-11-13", 1, "2026-11-17"),
    "Christmas": ("2026-12-24", 1, "2026-12-28"),
    "New Year": ("2026-12-31", 1, "2027-01-04"),
    "from a holiday": ("2026-09-16", 1, "2026-09-17"),
    "a new president takes office": ("2024-09-30", 1, "2024-10-02"),
    "fifth of May is worked": ("2026-05-04", 1, "2026-05-05"),
    "All Souls is worked": ("2026-10-30", 1, "2026-11-02"),
    "Holy Week is worked": ("2026-04-01", 2, "2026-04-03"),
    "thirty days over Juárez's Monday": ("2026-03-02", 30, "2026-04-14"),
    "thirty days over Christmas and New Year": ("2026-11-20", 30, "2027-01-05"),
    "forty-five days without a holiday": ("2026-06-01", 45, "2026-08-03"),
}


@pytest.mark.parametrize(("start", "working_days", "last"), TERMS.values(), ids=TERMS)
def test_a_term_counts_neither_weekends_nor_days_of_rest(start: str, working_days: int, last: str) -> None:
    assert deadline(date.fromisoformat(start), working_days) == date.fromisoformat(last)


@pytest.mark.parametrize("today", [date(2027, 1, 4), date(2027, 1, 5), date(2027, 1, 6)])
def test_the_last_day_of_a_term_is_still_within_it(today: date) -> None:
    """Thirty working days after 2026-11-20 are over with 2027-01-05."""
    met = is_met(condition(within_working_days=30), {"asked": ["2026-11-20", "20/11/2026"]}, today)
    assert met is (Met.YES if today <= date(2027, 1, 5) else Met.NO)
