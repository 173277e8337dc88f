"""Eligibility guides: a truth table of every real guide against a reference read from its file (tests/guides.py)."""

from collections.abc import Iterator
from datetime import date
from math import prod

from bot.content.programmes import Met, Verdict, evaluate
from tests.guides import (
    DAYS,
    GUIDES,
    MONDAY,
    NOT_ASKED,
    Row,
    answers_of,
    asked,
    every_guide,
    expected,
    filled_in,
    guide_of,
    holds,
    next_step,
    published,
    rows,
    rule_of,
    values_of,
    written,
)


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
