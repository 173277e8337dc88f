"""Eligibility guides: a truth table of every real guide against a reference read from its file, and the working days of a term."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from bot.content.asking import Questionnaire
from bot.content.check_texts import PROMISES
from bot.content.danger import DangerDetector
from bot.content.load import load_content
from bot.content.programmes import Condition, EligibilityRule, Met, Verdict, deadline, evaluate, is_met, still_needed
from bot.content.published import Content, Safety
from bot.content.review import Review, Source, Where
from bot.conversation.context import Turn
from bot.conversation.eligibility_turn import finish_check
from bot.conversation.incoming import text_message
from bot.conversation.parts import LONGEST_FIRST
from bot.conversation.replies import PERSON, Reply
from bot.conversation.surroundings import Surroundings
from bot.questionnaires.run import Progress
from bot.records.conversations import Conversation
from bot.settings import ROOT

GUIDES = {path.stem: path for path in sorted((ROOT / "flows" / "eligibility").glob("*.yml"))}
MONDAY, SATURDAY, AFTER_CHRISTMAS = date(2026, 11, 23), date(2026, 11, 21), date(2027, 1, 5)
DAYS = (MONDAY, SATURDAY, AFTER_CHRISTMAS)
NOT_ASKED = "not asked"
Row = dict[str, Any]
"""Step to the value of its answer: None was skipped, NOT_ASKED has no answer at all."""
every_guide = pytest.mark.parametrize("name", GUIDES)


@cache
def published() -> Content:
    content, problems = load_content(ROOT / "flows", None)
    assert problems == []
    return content


def guide_of(name: str) -> Questionnaire:
    return published().questionnaires[f"check_{name}"]


def rule_of(name: str) -> EligibilityRule:
    rule = guide_of(name).rule
    assert rule is not None
    return rule


def answers_of(row: Row) -> dict[str, list[Any]]:
    """As a questionnaire keeps them."""
    return {step: [value, "—"] for step, value in row.items() if value != NOT_ASKED}


# The reference: the guide's file, read again and held against a row in plain words. True, False, or None: not known.


@cache
def written(name: str) -> Mapping[str, Any]:
    text = GUIDES[name].read_text(encoding="utf-8")
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it makes only texts, lists and tables)
    assert isinstance(found, dict) and not any("otherwise" in condition for condition in found.get("any", []))
    return found


def is_day_of_rest(day: date) -> bool:
    """Article 74 of the Ley Federal del Trabajo, as far as these tests reach; the first of October of each sixth year from 2024 on."""
    monday = day.weekday() == 0
    moved = monday and ((day.month == 2 and day.day <= 7) or (day.month in (3, 11) and 15 <= day.day <= 21))
    new_president = (day.month, day.day) == (10, 1) and day.year % 6 == 2
    return moved or new_president or (day.month, day.day) in ((1, 1), (5, 1), (9, 16), (12, 25))


def working_days_before(today: date, start: date) -> int:
    """How many working days have gone by between the two days, neither counted."""
    between = (start + timedelta(days=number) for number in range(1, (today - start).days))
    return sum(day.weekday() < 5 and not is_day_of_rest(day) for day in between)


def holds(condition: Mapping[str, Any], row: Row, today: date) -> bool | None:
    value = row.get(condition["step"], NOT_ASKED)
    if value in (None, NOT_ASKED) or value in condition.get("unknown", []):
        return None
    if "within_working_days" in condition:
        return working_days_before(today, date.fromisoformat(value)) < int(condition["within_working_days"])
    if "at_least" in condition or "at_most" in condition:
        return int(condition.get("at_least", -1)) <= value <= int(condition.get("at_most", 1000))
    return value in condition.get("among", [])


def expected(name: str, row: Row, today: date) -> str:
    """What the guide comes to, by its file."""
    table = written(name)
    every = [True if holds(each, row, today) is False and "otherwise" in each else holds(each, row, today) for each in table["all"]]
    some = [holds(each, row, today) for each in table.get("any", [])]
    if False in every or (some and all(each is False for each in some)):
        return "no"
    if None in every or (some and True not in some):
        return "unknown"
    return "yes"


# The rows


def values_of(name: str, step: Mapping[str, Any], today: date) -> list[Any]:
    """What somebody may answer: every option, numbers round each limit, dates on both sides of each term."""
    conditions = [each for key in ("all", "any") for each in written(name).get(key, []) if each["step"] == step["id"]]
    if step["type"] == "choice":
        return [option["value"] for option in step["options"]]
    if step["type"] == "number":
        limits = [int(each[limit]) for each in conditions for limit in ("at_least", "at_most") if limit in each]
        return sorted({0, 999, *(limit + by for limit in limits for by in (-1, 0, 1))})
    if step["type"] == "date":
        return [each.isoformat() for condition in conditions for each in dates_round(today, int(condition["within_working_days"]))]
    raise AssertionError(f"{name}: no rows for a step of type {step['type']}; write them")


def dates_round(today: date, working_days: int) -> list[date]:
    """Today, long ago, and the earliest day that is still within the term with its neighbours."""
    earliest = today
    while working_days_before(today, earliest - timedelta(days=1)) < working_days:
        earliest -= timedelta(days=1)
    return [today, date(2020, 1, 15), *(earliest + timedelta(days=by) for by in (-2, -1, 0, 1))]


def rows(name: str, today: date, *also: Any) -> Iterator[Row]:
    """Every combination of answers; `also` are values that any step may have besides."""
    steps = written(name)["steps"]
    for values in product(*([*values_of(name, step, today), *also] for step in steps)):
        yield dict(zip((step["id"] for step in steps), values, strict=True))


def filled_in(name: str, today: date) -> Iterator[Row]:
    """Every way to answer all of the guide: a step is skipped where that is allowed."""
    optional = {step["id"] for step in written(name)["steps"] if step.get("optional") == "true"}
    return (row for row in rows(name, today, None) if all(value is not None or step in optional for step, value in row.items()))


def verdicts(name: str) -> Iterator[tuple[Row, date, Verdict]]:
    for today in DAYS:
        for row in rows(name, today, None, NOT_ASKED):
            yield row, today, evaluate(rule_of(name), answers_of(row), today)


def test_there_are_guides_to_be_tested() -> None:
    assert len(GUIDES) >= 6 and {f"check_{name}" for name in GUIDES} == {
        each.name for each in published().questionnaires.values() if each.rule
    }


# The truth tables


@every_guide
def test_a_guide_comes_to_what_its_file_says_for_every_combination_of_answers(name: str) -> None:
    wrong = [(row, today, verdict.met) for row, today, verdict in verdicts(name) if verdict.met != expected(name, row, today)]
    assert wrong == []


@every_guide
def test_the_truth_table_of_a_guide_has_every_row_and_more_than_one_result(name: str) -> None:
    found = [verdict.met for _, _, verdict in verdicts(name)]
    sizes = [prod(len(values_of(name, step, today)) + 2 for step in written(name)["steps"]) for today in DAYS]
    assert len(found) == sum(sizes) and len(set(found)) > 1


@every_guide
def test_a_guide_says_no_only_for_an_unmet_condition_that_closes_the_door(name: str) -> None:
    table, wrong = written(name), []
    for row, today, verdict in verdicts(name):
        closed = any(holds(each, row, today) is False and "otherwise" not in each for each in table["all"])
        none_left = bool(table.get("any")) and {holds(each, row, today) for each in table["any"]} == {False}
        if (verdict.met is Met.NO) is not (closed or none_left):
            wrong.append((row, today, verdict.met))
    assert wrong == []


@every_guide
def test_a_guide_names_exactly_the_conditions_that_are_not_met_or_not_known(name: str) -> None:
    table, wrong = written(name), []
    for row, today, verdict in verdicts(name):
        every = {each["says"]: holds(each, row, today) for each in table["all"]}
        some = {each["says"]: holds(each, row, today) for each in table.get("any", [])}
        if True in some.values():
            some = {}
        elif None in some.values():  # one of them may do: those that cannot are not held against anybody
            some = {says: met for says, met in some.items() if met is None}
        helped = {each["says"] for each in table["all"] if "otherwise" in each and every[each["says"]] is False}
        unmet = {says for says, met in (*every.items(), *some.items()) if met is False} - helped
        unclear = {says for says, met in (*every.items(), *some.items()) if met is None}
        said = [{each.says for each in part} for part in (verdict.failed, verdict.unknown, verdict.otherwise)]
        if said != [unmet, unclear, helped]:
            wrong.append((row, today, said))
    assert wrong == []


@every_guide
def test_an_unanswered_question_never_turns_into_a_yes_or_a_no(name: str) -> None:
    assert evaluate(rule_of(name), {}, MONDAY).met is Met.UNKNOWN
    skipped = {step.id: [None, "—"] for step in guide_of(name).steps}
    assert evaluate(rule_of(name), skipped, MONDAY).met is Met.UNKNOWN


# What is asked


def next_step(name: str, row: Row) -> str | None:
    """The first step in the order of the guide that has no answer and is still needed."""
    wanted = still_needed(rule_of(name), answers_of(row))
    return next((step.id for step in guide_of(name).steps if step.id not in row and step.id in wanted), None)


def asked(name: str, row: Row) -> Row:
    """The part of the row that is asked for, one step after the other."""
    answered: Row = {}
    while (step := next_step(name, answered)) is not None:
        answered[step] = row[step]
    return answered


@every_guide
def test_asking_only_what_is_still_needed_comes_to_the_same_result_as_asking_all(name: str) -> None:
    wrong = []
    for today in DAYS:
        for row in filled_in(name, today):
            short, full = (evaluate(rule_of(name), answers_of(each), today).met for each in (asked(name, row), row))
            if short is not full:
                wrong.append((row, asked(name, row), short, full))
    assert wrong == []


@every_guide
def test_a_guide_asks_nothing_more_once_the_result_is_yes_or_no(name: str) -> None:
    """Decided: whatever is answered to the rest. Where it cannot be known, the rest is asked all the same: it may become a no."""
    every_row = [(row, expected(name, row, MONDAY)) for row in filled_in(name, MONDAY)]
    too_many = []
    for row, _ in every_row:
        answered: Row = {}
        while (step := next_step(name, answered)) is not None:
            results = {result for each, result in every_row if answered.items() <= each.items()}
            if results in ({"yes"}, {"no"}):
                too_many.append((dict(answered), step))
            answered[step] = row[step]
    assert too_many == []


@every_guide
def test_a_guide_asks_every_step_of_somebody(name: str) -> None:
    steps = {step for row in filled_in(name, MONDAY) for step in asked(name, row)}
    assert steps == {step.id for step in guide_of(name).steps}


# Conditions that no real guide combines yet

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


# What is said


DETECTOR = DangerDetector(Safety((), ()))
NO_UPDATE: Any = None  # a guide's end looks at no message


def replies_to(name: str, row: Row, today: date, language: str = "es") -> list[Reply]:
    """What a guide says at its end, at noon in Mexico City: one message, or two where one would be too long."""
    content, guide = published(), guide_of(name)
    noon = datetime(today.year, today.month, today.day, 18, tzinfo=UTC)
    around = Surroundings(content, DETECTOR, "test", "", noon)
    turn = Turn(Session(), NO_UPDATE, around, Conversation(language=language), text_message("Sí"))
    finish_check(turn, guide, Progress(guide.name, guide.steps[-1].id, answers_of(row)), "")
    assert 1 <= len(turn.replies) <= 2
    return turn.replies


@every_guide
def test_a_guide_promises_nothing(name: str) -> None:
    """Neither in a question nor in what it comes to, for every way to answer it."""
    table = written(name)
    texts = {f"{step['ask']} {step['help']} {' '.join(each['title'] for each in step.get('options', ()))}" for step in table["steps"]}
    texts |= {reply.text for row in filled_in(name, MONDAY) for reply in replies_to(name, asked(name, row), MONDAY)}
    assert [(promise, text) for promise in PROMISES for text in texts if promise in text.lower()] == []
    assert len(texts) > len(table["steps"])


@every_guide
def test_a_guide_says_what_failed_what_to_bring_and_whom_to_ask(name: str) -> None:
    content, table = published(), written(name)
    office = content.organizations[table["office"]].name
    for row in filled_in(name, MONDAY):
        answered = asked(name, row)
        replies, verdict = replies_to(name, answered, MONDAY), evaluate(rule_of(name), answers_of(answered), MONDAY)
        text = "\n\n".join(reply.text for reply in replies)
        said = [each.says for each in (*verdict.failed, *verdict.unknown)] + [each.otherwise for each in verdict.otherwise]
        papers = [] if verdict.met is Met.NO else table["documents"]
        missing = [each for each in (office, *said, *papers, *table["unpublished"], table["sources"][0]["title"]) if each not in text]
        assert missing == [] and PERSON in [button.payload for button in replies[-1].buttons], row


@every_guide
@pytest.mark.parametrize("language", ["es", "en", "fr", "pt", "ht"])
def test_a_guide_ends_in_messages_for_a_small_screen_each_with_its_source(name: str, language: str) -> None:
    office = published().organizations[written(name)["office"]]
    for row in filled_in(name, MONDAY):
        for reply in replies_to(name, asked(name, row), MONDAY, language):
            assert len(reply.text) <= LONGEST_FIRST, reply.text
            assert office.short_name in reply.text and written(name)["sources"][0]["title"] in reply.text
