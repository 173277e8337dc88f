"""The publish gate: practice cases."""

from datetime import date, timedelta

import pytest

from tests.gate import NO_LINE, Folder
from tests.practice_case import CASE


def test_points_add_up_to_a_hundred(case: Folder) -> None:
    case.replace(CASE, "points: 20", "points: 21")
    case.expect((CASE, 1, "101"))


@pytest.mark.parametrize("points", ["0", "101", "muchos"])
def test_points_are_a_number_of_points(points: str, case: Folder) -> None:
    case.replace(CASE, "points: 20", f"points: {points}")
    case.expect((CASE, f"points: {points}", "points"), (CASE, 1, "counter"))


@pytest.mark.parametrize("name", ["consent", "right_office", "hours", "no_promise", "no_papers"])
def test_what_every_case_scores_is_scored(name: str, case: Folder) -> None:
    case.replace(CASE, f"- id: {name}\n", "- id: something\n")
    case.expect((CASE, 1, name))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("consent", "  before: refer\n", ""),
        ("consent", "  action: ask_consent\n", "  action: mark_danger\n"),
        ("no_promise", '  kind: never\n  any: ["le prometo"]', '  kind: says\n  any: ["le prometo"]'),
    ],
)
def test_what_every_case_scores_is_scored_rightly(name: str, old: str, new: str, case: Folder) -> None:
    case.replace(CASE, old, new)
    case.expect((CASE, 1, name))


def test_something_that_has_to_be_done_is_essential(case: Folder) -> None:
    case.replace(CASE, "  essential: true\n", "")
    case.expect((CASE, 1, "counter"))
    case.replace(CASE, '  any: ["le prometo"]\n', '  any: ["le prometo"]\n  essential: true\n')
    case.expect((CASE, 1, "counter"))


def test_words_that_are_not_heard_fail_nobody(case: Folder) -> None:
    case.replace(CASE, "  words: [hours]\n", "  words: [hours]\n  essential: true\n")
    case.expect((CASE, 1, "hours"))
    case.replace(CASE, "  words: [hours]\n  essential: true\n", "  words: [hours]\n")
    case.replace(CASE, "pass: 70", "pass: 81")
    case.expect((CASE, 1, "counter"))


def test_an_office_that_is_right_can_be_chosen(case: Folder) -> None:
    case.replace(CASE, "to: [permits]", "to: [permits, nobody]")
    case.expect((CASE, 1, "nobody"))


@pytest.mark.parametrize("to", ["  to: [permits, second, third]\n", ""])
def test_right_offices_stand_among_wrong_ones(to: str, case: Folder) -> None:
    case.replace(CASE, "  to: [permits]\n", to)
    case.expect((CASE, 1, "right_office"))


def test_the_offices_are_in_the_directory(case: Folder) -> None:
    case.replace(CASE, "refer_to: [permits, second, third]", "refer_to: [permits, second, prizes]")
    case.expect((CASE, 1, "prizes"))
    case.replace(CASE, "prizes]", "third]")
    case.replace(CASE, "office: permits", "office: raffles")
    case.expect((CASE, 1, "raffles"))


@pytest.mark.parametrize(("offices", "name"), [("permits, second", "counter"), ("permits, second, third, second", "second")])
def test_there_are_some_offices_to_choose_from(offices: str, name: str, case: Folder) -> None:
    case.replace(CASE, "permits, second, third", offices)
    case.expect((CASE, NO_LINE, name))


def test_a_reply_can_be_brought_about(case: Folder) -> None:
    case.replace(CASE, '  if: ["como se llama"]\n', "")
    case.expect((CASE, "- id: name", "name"))


@pytest.mark.parametrize("line", ["  says: me dicen Lupe\n", "  because: Ella decide.\n", "  title: Mandó bien\n"])
def test_nothing_is_left_unsaid(line: str, case: Folder) -> None:
    case.replace(CASE, line, "")
    case.expect((CASE, NO_LINE, line.split(":")[0].strip()))


def test_the_person_answers_whether_she_agrees(case: Folder) -> None:
    case.replace(CASE, "  on: ask_consent", "  on: refer")
    case.expect((CASE, 1, "counter"))


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("kind: says", "kind: shouts", "shouts"),
        ("  on: ask_consent", "  on: dance", "dance"),
        ("action: refer\n", "action: sing\n", "sing"),
        ("validation: pending", "validation: maybe", "maybe"),
    ],
)
def test_names_are_those_the_program_knows(old: str, new: str, name: str, case: Folder) -> None:
    case.replace(CASE, old, new)
    assert [each for each in case.problems() if name in each.wrong and str(each.file) == CASE]


@pytest.mark.parametrize("line", ["before: refer", "within: 2", "action: refer", "to: [permits]"])
def test_never_is_never(line: str, case: Folder) -> None:
    case.replace(CASE, '  any: ["le prometo"]\n', f'  any: ["le prometo"]\n  {line} \n')
    assert [each for each in case.problems() if line.split(":")[0] in each.wrong and str(each.file) == CASE]


@pytest.mark.parametrize(
    "old", ["Ella decide.", "me dicen Lupe", '["buenas"]', '["no se"]', "En la ventanilla", "Caso inventado. Se practica atender."]
)
def test_nothing_promises_or_holds_a_telephone(old: str, case: Folder) -> None:
    for text in ("Le van a dar todo.", "Llame al 222 123 4567."):
        new = f'["{text}"]' if old.startswith("[") else text
        case.replace(CASE, old, new)
        case.expect((CASE, 1, "counter"))
        case.replace(CASE, new, old)


def test_a_fact_is_said_by_its_name_and_not_by_the_person(case: Folder) -> None:
    case.replace(CASE, "because: Ella decide.", 'because: "Cuesta {renewal_fee}."')
    case.expect()
    case.replace(CASE, "says: me dicen Lupe", 'says: "cuesta {renewal_fee}"')
    case.expect((CASE, 1, ""))


def test_a_reason_is_short_and_easy(case: Folder) -> None:
    case.replace(CASE, "because: Ella decide.", f"because: {'Ella decide. ' * 30}")
    case.expect((CASE, 1, "consent"))
    case.replace(CASE, "because: " + "Ella decide. " * 30, f"because: {'ella decide y ' * 12}.")
    case.expect((CASE, 1, "counter"))


def test_the_topic_is_one_of_ours(case: Folder) -> None:
    case.replace(CASE, "topic: papers", "topic: sports")
    case.expect((CASE, 1, "sports"))


def test_the_day_of_review_has_come(case: Folder) -> None:
    case.replace(CASE, "reviewed_on: 2026-01-15", f"reviewed_on: {date.today() + timedelta(days=3)}")
    case.expect((CASE, 1, "counter"))


@pytest.mark.parametrize("line", ["owner: papers\n", "review_in: 90\n", "sources: [{title: Reglamento}]\n", 'version: "1"\n'])
def test_somebody_answers_for_a_case(line: str, case: Folder) -> None:
    case.replace(CASE, line, "")
    case.expect((CASE, 1, line.split(":")[0]))


def test_what_means_nothing_is_found(case: Folder) -> None:
    case.append(CASE, "prize: 10\n")
    case.expect((CASE, "prize:", "prize"))


def test_a_reply_to_harm_names_what_is_forbidden(case: Folder) -> None:
    case.replace(CASE, "says: me dicen Lupe", "breaks: no_promise\n  says: me dicen Lupe")
    case.expect()
    case.replace(CASE, "breaks: no_promise", "breaks: hours")
    case.expect((CASE, 1, "hours"))
