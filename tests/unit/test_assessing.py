"""What the answers of a self-assessment come to, which answers count, and who may look at which municipality."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.content.assessments import ANSWERS, NO, PARTLY, UNKNOWN, YES, Area, AssessedQuestion, Assessment
from bot.content.review import Review, Source, Where
from bot.courses import assessing, learners
from bot.courses.assessing import NEXT_STEPS, outcome
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.records import learning as records
from bot.records.database import Database
from bot.records.staff import Role
from tests.officials import DORA, NOW, PABLO, SOFIA, official

HERE = Where(Path("flows/assessments/shops.yml"), 1)
PUEBLA, ATLIXCO = "21114", "21019"


def assessment(*priorities: int, name: str = "shops") -> Assessment:
    """A question for each priority, named by it: `q3`."""
    asked = tuple(AssessedQuestion(f"q{each}", f"¿Hay {each}?", "Si hay.", f"Ponga {each}.", each, HERE) for each in priorities)
    review = Review("officials", NOW.date(), 90, (Source("Una guía"),))
    return Assessment(name, "Negocios", "Se pregunta.", "1", "puente", review, False, (Area("one", "Una", asked, HERE),), HERE)


SHOPS = assessment(5, 1, 4, 2, 3)


def steps(answers: Mapping[str, str]) -> list[str]:
    return [question.id for question in outcome(SHOPS, answers).next_steps]


def test_what_lacks_comes_before_what_is_there_in_part_and_that_before_what_nobody_knows() -> None:
    assert steps({"q1": UNKNOWN, "q2": PARTLY, "q3": NO, "q4": YES, "q5": YES}) == ["q3", "q2", "q1"]


def test_of_the_same_answer_the_smallest_priority_comes_first_and_three_are_enough() -> None:
    assert steps(dict.fromkeys(("q1", "q2", "q3", "q4", "q5"), NO)) == ["q1", "q2", "q3"]
    assert steps({"q5": NO, "q4": PARTLY, "q3": PARTLY, "q2": YES, "q1": YES}) == ["q5", "q3", "q4"]


def test_where_all_exists_there_is_no_next_step() -> None:
    found = outcome(SHOPS, dict.fromkeys(("q1", "q2", "q3", "q4", "q5"), YES))
    assert len(found.exists) == 5 and found.next_steps == found.lacks == found.partly == found.unknown == ()


def test_a_question_that_came_after_the_answers_is_not_known() -> None:
    found = outcome(SHOPS, {"q1": YES, "gone": NO})
    assert [each.id for each in found.unknown] == ["q5", "q4", "q2", "q3"] and not found.lacks


@given(st.dictionaries(st.sampled_from([each.id for each in SHOPS.questions]), st.sampled_from(ANSWERS)))
def test_every_question_is_in_one_group_and_no_step_is_of_what_exists(answers: Mapping[str, str]) -> None:
    found = outcome(SHOPS, answers)
    in_groups = [each.id for group in found.groups.values() for each in group]
    assert sorted(in_groups) == sorted(each.id for each in SHOPS.questions)
    assert len(found.next_steps) == min(NEXT_STEPS, len(SHOPS.questions) - len(found.exists))
    assert not set(found.next_steps) & set(found.exists)


def test_the_last_answers_of_the_municipality_count_whoever_gave_them(database: Database) -> None:
    def answered(session: Session) -> Any:
        for days, municipality, value in ((0, PUEBLA, NO), (2, PUEBLA, YES), (1, PUEBLA, PARTLY), (3, ATLIXCO, UNKNOWN)):
            assessing.save(session, official(session, municipality), SHOPS, {"q1": value, "other": YES}, NOW + timedelta(days=days))
        assessing.save(session, official(session, PUEBLA), assessment(1, name="other"), {"q1": NO}, NOW + timedelta(days=9))

    database.call(answered)
    found = database.call(assessing.last_of, PUEBLA, "shops")
    assert found is not None and found.answers == {"q1": YES} and found.version == "1"
    listed = database.call(assessing.listed, SOFIA, ["shops"])
    assert [(each.municipality, each.answers["q1"]) for each in listed] == [(ATLIXCO, UNKNOWN), (PUEBLA, YES)]


def test_who_answered_sees_their_own_answers_and_nobody_elses(database: Database) -> None:
    def answered(session: Session) -> Any:
        mine, theirs = official(session, PUEBLA), official(session, PUEBLA)
        assessing.save(session, mine, SHOPS, {"q1": NO}, NOW)
        assessing.save(session, theirs, SHOPS, {"q1": YES}, NOW + timedelta(days=1))
        row = assessing.last_by(session, mine, "shops")
        return row.answers if row else None, assessing.last_by(session, official(session, PUEBLA), "shops")

    assert database.call(answered) == ({"q1": NO}, None)


@pytest.mark.parametrize(("organization", "joined", "left", "sees"), [
    ("ipam", True, False, True), ("dif", True, False, False), (None, True, False, False), ("ipam", False, False, False),
    ("ipam", True, True, False),
])  # fmt: skip
def test_a_partner_sees_only_municipalities_where_their_own_office_has_learners(
    database: Database, organization: str | None, joined: bool, left: bool, sees: bool
) -> None:
    def answered(session: Session) -> Any:
        assessing.save(session, official(session, PUEBLA, organization="dif"), SHOPS, {"q1": NO}, NOW)
        official(session, PUEBLA, organization=organization, joined=joined, left=left)
        official(session, ATLIXCO, organization="ipam")

    database.call(answered)
    assert (database.call(assessing.seen_by, PABLO, PUEBLA, "shops") is not None) is sees
    assert bool(database.call(assessing.listed, PABLO, ["shops"])) is sees
    assert database.call(assessing.seen_by, DORA, PUEBLA, "shops") and database.call(assessing.listed, DORA, ["shops"])


def test_a_partner_without_an_office_sees_nothing(database: Database) -> None:
    database.call(lambda session: assessing.save(session, official(session, PUEBLA), SHOPS, {"q1": NO}, NOW))
    nobody = Actor("nadie", Role.PARTNER)
    assert database.call(assessing.seen_by, nobody, PUEBLA, "shops") is None and database.call(assessing.listed, nobody, ["shops"]) == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR, Role.REVIEWER])
def test_who_has_nothing_to_do_with_courses_sees_no_municipality(database: Database, role: Role) -> None:
    for look in (lambda session: assessing.seen_by(session, Actor("rosa", role), PUEBLA, "shops"),
                 lambda session: assessing.listed(session, Actor("rosa", role), ["shops"])):  # fmt: skip
        with pytest.raises(RefusedError, match="permiso"):
            database.call(look)


def test_the_answers_stay_with_the_municipality_when_who_gave_them_is_erased(database: Database) -> None:
    def erased(session: Session) -> None:
        learner = official(session, PUEBLA)
        assessing.save(session, learner, SHOPS, {"q1": NO}, NOW)
        learners.erase(session, learner, NOW)

    database.call(erased)
    found = database.call(assessing.last_of, PUEBLA, "shops")
    assert found is not None and isinstance(found, records.Assessment) and found.learner_id is None and found.answers == {"q1": NO}
