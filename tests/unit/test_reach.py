"""Which municipalities have trained officials: every one is a row, and everything adds up with the records."""

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.content.learning import Target
from bot.content.published import Content
from bot.courses import learners, reach
from bot.courses.reach import Level, Reach, chosen
from bot.errors import RefusedError
from bot.records.database import Database
from bot.records.learning import Certificate, Learner
from bot.settings import ROOT
from tests.officials import NOW, PABLO, PUEBLA, SOFIA, STATE_OF_MEXICO, certificate, official, with_courses

KEYS = ("21114", "21019", "21001", "15058", "09007")


@pytest.fixture(scope="module")
def taught(content: Content) -> Content:
    return with_courses(content)


def read(database: Database, content: Content, state: str = PUEBLA, course: str = "") -> Reach:
    return database.call(reach.read, SOFIA, content, state, NOW, course)


@pytest.mark.parametrize(("state", "count"), [(PUEBLA, 217), (STATE_OF_MEXICO, 125)])
def test_every_municipality_of_the_state_is_one_row(state: str, count: int, database: Database, taught: Content) -> None:
    with Path(ROOT / "flows/directory/municipalities.csv").open(encoding="utf-8", newline="") as file:
        there = sorted(row["key"] for row in csv.DictReader(file) if row["key"][:2] == state)
    rows = read(database, taught, state).rows
    assert [row.key for row in rows] == there and len(there) == len(set(there)) == count
    assert {row.key[:2] for row in rows} == {state} and all(len(row.key) == 5 and row.key.isdecimal() for row in rows)


def row(found: Reach, key: str = "21114") -> reach.Row:
    return next(each for each in found.rows if each.key == key)


def test_who_asked_to_be_erased_is_no_person_but_their_certificate_still_is_one(database: Database, taught: Content) -> None:
    def records(session: Session) -> None:
        for _ in range(2):
            certificate(session, official(session))
        learners.erase(session, session.scalars(select(Learner)).first(), NOW)  # type: ignore[arg-type]

    database.call(records)
    counts = row(read(database, taught)).counts
    assert (counts.people, counts.certificates, counts.of_erased, counts.invited) == (1, 2, 1, 1)


def test_who_left_counts_neither_as_invited_nor_towards_the_target(database: Database, taught: Content) -> None:
    database.call(lambda session: [certificate(session, official(session, left=left)) for left in (True, False)])
    found = row(read(database, taught))
    assert (found.counts.invited, found.counts.left, found.counts.people, found.counts.of_left, found.missing) == (1, 1, 1, 1, 1)


def test_what_ran_out_or_was_revoked_is_no_certificate(database: Database, taught: Content) -> None:
    def records(session: Session) -> None:
        certificate(session, official(session), revoked=True)
        certificate(session, official(session), expires_at=NOW)
        certificate(session, official(session), expires_at=NOW + timedelta(seconds=1))

    database.call(records)
    assert (row(read(database, taught)).counts.people, row(read(database, taught)).counts.certificates) == (1, 1)


def test_who_finished_two_courses_is_one_person_and_one_in_each(database: Database, taught: Content) -> None:
    def records(session: Session) -> None:
        learner = official(session)
        for name in ("first", "first", "traf"):
            certificate(session, learner, name)

    database.call(records)
    counts = row(read(database, taught)).counts
    assert (counts.people, counts.certificates, dict(counts.by_course)) == (1, 3, {"first": 1, "traf": 1})
    assert row(read(database, taught, course="traf")).counts.certificates == 1


def test_a_target_is_shown_as_pending_and_more_than_it_does_not_make_up_for_another_municipality(
    database: Database, taught: Content
) -> None:
    database.call(lambda session: [certificate(session, official(session)) for _ in range(5)])
    found = read(database, taught)
    assert found.target and found.target.pending and (found.met, found.wanted) == (2, 434)
    set_now = replace(taught, learning=replace(taught.learning, targets=(Target(PUEBLA, 6, "", False),)))
    assert row(read(database, set_now)).missing == 1 and row(read(database, set_now)).level is Level.SOME
    assert read(database, taught, STATE_OF_MEXICO).target is None


def test_only_those_without_anybody_and_in_the_order_asked_for(database: Database, taught: Content) -> None:
    database.call(lambda session: certificate(session, official(session)))
    found = read(database, taught)
    assert len(chosen(found.rows, "sin_nadie")) == 216 and chosen(found.rows, order="-personas")[0].key == "21114"
    assert chosen(found.rows, order="desde")[0].key == "21114" and chosen(found.rows, "x", "y") == chosen(found.rows)
    populations = [each.population for each in chosen(found.rows, order="poblacion")]
    assert populations == sorted(populations)


def test_a_state_that_there_is_not_and_who_may_not_are_refused(database: Database, taught: Content) -> None:
    with pytest.raises(RefusedError, match="clave de un estado"):
        read(database, taught, "99")
    with pytest.raises(RefusedError, match="permiso"):
        database.call(reach.read, PABLO, taught, PUEBLA, NOW)


people = st.lists(
    st.tuples(
        st.sampled_from(KEYS), st.sampled_from(["joined", "waiting", "lapsed", "left", "erased"]),
        st.lists(st.tuples(st.sampled_from(["first", "traf", "gone"]), st.sampled_from(["valid", "revoked", "over"])), max_size=3),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people)
def test_whatever_is_in_the_records_the_rows_add_up_to_them(
    database: Database, taught: Content, made: list[tuple[str, str, list[tuple[str, str]]]]
) -> None:
    def records(session: Session) -> None:
        session.execute(delete(Certificate))
        session.execute(delete(Learner))
        for key, how, earned in made:
            ends = NOW - timedelta(days=1) if how == "lapsed" else None
            learner = official(session, key, joined=how not in ("waiting", "lapsed"), left=how == "left", expires_at=ends)
            for course, is_valid in earned:
                over = NOW - timedelta(days=1) if is_valid == "over" else NOW + timedelta(days=5)
                certificate(session, learner, course, revoked=is_valid == "revoked", expires_at=over)
            if how == "erased":
                learners.erase(session, learner, NOW)

    database.call(records)
    for state in (PUEBLA, STATE_OF_MEXICO):
        _adds_up(read(database, taught, state), [each for each in made if each[0][:2] == state])


def _adds_up(found: Reach, made: list[tuple[str, str, list[tuple[str, str]]]]) -> None:
    valid = [[course for course, how in earned if how == "valid"] for _, _, earned in made]
    how_many = {how: sum(each[1] == how for each in made) for how in ("joined", "waiting", "lapsed", "left", "erased")}
    total = found.total
    assert [total.joined, total.waiting, total.lapsed, total.left] == [how_many[how] for how in ("joined", "waiting", "lapsed", "left")]
    assert total.certificates == sum(map(len, valid))
    for how, count in (("left", total.of_left), ("erased", total.of_erased)):
        assert count == sum(len(earned) for (_, each, _), earned in zip(made, valid, strict=True) if each == how)
    there = [earned for (_, how, _), earned in zip(made, valid, strict=True) if how not in ("left", "erased")]
    assert total.people == sum(bool(earned) for earned in there) and total.theirs == sum(map(len, there))
    for course in ("first", "traf", "gone"):
        assert total.by_course.get(course, 0) == sum(course in earned for earned in there)
    assert sum(found.levels.values()) == len(found.rows)
