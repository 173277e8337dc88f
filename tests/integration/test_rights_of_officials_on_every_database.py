"""What the data officer does for an official, on SQLite and PostgreSQL: two who act at once leave neither two certificates nor half."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.courses import certificates
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.privacy import holds, officer, officials, person
from bot.privacy.officials import Correction
from bot.records.database import Database
from bot.records.learning import Certificate, Learner, Revocation
from bot.records.privacy import ArcoRequest, ArcoState, Erasure, LegalHold, Right
from bot.records.staff import Role
from bot.settings import ROOT
from tests.certified import NOW, ORIGIN, certify, course, with_course
from tests.stores import rows

OLGA, SARA = Actor("olga", Role.DATA_OFFICER), Actor("sara", Role.SUPERVISOR)
LATER = NOW + timedelta(days=3)
NAMES = ("Ana Muñoz Uno", "Ana Muñoz Dos", "Ana Muñoz Tres", "Ana Muñoz Cuatro")


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    content, danger = LiveContent(ROOT / "flows", None, None).current()
    return Surroundings(with_course(content, course(tmp_path)), danger, "test", "", LATER)


@pytest.fixture
def number(database: Database, around: Surroundings) -> str:
    return database.call(lambda session: certify(session, around.content, around.content.courses["first_contact"], NOW)[0].number)


def test_names_that_are_corrected_at_once_leave_one_certificate_that_holds(database: Database, around: Surroundings, number: str) -> None:
    def corrects(name: str) -> None:
        database.call(officials.correct, OLGA, number, Correction(name), around, ORIGIN)

    with ThreadPoolExecutor(len(NAMES)) as threads:
        for each in [threads.submit(corrects, name) for name in NAMES]:
            each.result()
    every = rows(database, Certificate)
    [holding] = [each for each in every if each.revoked_at is None]
    assert len(every) == len(NAMES) + 1 and {each.revoked_for for each in every if each is not holding} == {Revocation.MISTAKE}
    learner = rows(database, Learner)[0]
    found = database.call(lambda session: certificates.public(session, holding.number, around.content, LATER))
    assert found is not None and learner.name in NAMES


def test_one_who_corrects_and_one_who_revokes_for_cheating_leave_nothing_that_holds_by_both(
    database: Database, around: Surroundings, number: str
) -> None:
    def tries(act: object) -> bool:
        try:
            database.call(act)  # type: ignore[arg-type]
        except RefusedError:
            return False
        return True

    acts = (
        lambda session: officials.correct(session, OLGA, number, Correction(NAMES[0]), around, ORIGIN),
        lambda session: certificates.revoke(session, SARA, number, Revocation.CHEATED, LATER),
    )
    with ThreadPoolExecutor(2) as threads:
        did = [each.result() for each in [threads.submit(tries, act) for act in acts]]
    every = {each.number: each for each in rows(database, Certificate)}
    first = every.pop(number)
    if first.revoked_for is Revocation.CHEATED:
        assert did == [True, True] and not every
    else:
        assert did == [True, False] and [each.revoked_at for each in every.values()] == [None]


def test_two_who_erase_at_once_erase_once(database: Database, around: Surroundings, number: str) -> None:
    database.call(lambda session: officials.file(session, OLGA, number, Right.CANCELLATION, "por carta", LATER, around))

    def erases() -> bool:
        try:
            database.call(officer.erase, OLGA, number, around)
        except (RefusedError, SQLAlchemyError):
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        did = sorted(each.result() for each in [threads.submit(erases) for _ in range(2)])
    assert did == [False, True] and len(rows(database, Erasure)) == 1 and rows(database, Learner) == []
    [request] = rows(database, ArcoRequest)
    assert (request.state, request.asked, request.of_official) == (ArcoState.DONE, None, True)


def test_an_order_on_an_official_without_a_chat_holds(database: Database, around: Surroundings, number: str) -> None:
    def place(session: Session) -> None:
        holds.place(session, OLGA, person.of_word(session, number), "Juzgado 3", LATER, LATER)

    database.call(place)
    with pytest.raises(RefusedError, match="orden de no borrar"):
        database.call(officer.erase, OLGA, number, around)
    [(hold, reference)] = database.call(holds.of_officials)
    assert hold.conversation_id is None and reference == database.call(lambda session: session.scalars(select(Learner.reference)).one())
    database.call(lambda session: holds.lift(session, OLGA, person.of_word(session, number), LATER))
    database.call(officer.erase, OLGA, number, replace(around, now=LATER))
    assert rows(database, LegalHold) == []
