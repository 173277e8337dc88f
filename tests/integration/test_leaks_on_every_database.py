"""A signing key gets out while others ask for certificates, are erased, or the process dies: on SQLite and on PostgreSQL."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.courses import Course
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.courses import certificates, leaks, learners, signing
from bot.courses.verification import Verdict, verify
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.privacy import officials
from bot.privacy.officials import Correction
from bot.records.database import Database
from bot.records.learning import Certificate, Learner, SigningKey
from bot.records.staff import Role
from bot.settings import ROOT
from tests.certified import NOW, ORIGIN, certify, course, with_course
from tests.every_table import all_rows

ADMIN, OFFICER = Actor("ada", Role.ADMIN), Actor("olga", Role.DATA_OFFICER)
MEANWHILE = 0.4  # seconds in which the other one would be done, if nothing held it
DIES = """
import os, sys
from pathlib import Path
from bot.courses import leaks, signing
from bot.permissions import Actor
from bot.records.database import open_database
from bot.records.staff import Role
from tests.certified import NOW

database = open_database(sys.argv[1], Path(sys.argv[2]))
signed, signer = [], signing.signer

def dies_at_the_third(key):
    sign = signer(key)
    def signs(payload, address):
        signed.append(payload)
        return sign(payload, address) if len(signed) < 3 else os._exit(9)
    return signs

leaks.BATCH, signing.signer = 1, dies_at_the_third
database.call(leaks.declare, Actor("ada", Role.ADMIN), sys.argv[3], NOW)
"""


@pytest.fixture
def taught(tmp_path: Path) -> Course:
    return course(tmp_path)


@pytest.fixture
def content(taught: Course) -> Content:
    return with_course(LiveContent(ROOT / "flows", None, None).current()[0], taught)


def declare(session: Session) -> leaks.Leak:
    """Of the key that signs now."""
    name = session.scalars(select(SigningKey.name).where(SigningKey.retired_at.is_(None))).one()
    return leaks.declare(session, ADMIN, name, NOW)


def one_before_the_other[A, B](database: Database, first: Callable[[Session], A], second: Callable[[Session], B]) -> tuple[A, B]:
    """The second begins when all of the first is done but for its commit."""
    is_done, may_commit = threading.Event(), threading.Event()

    def held(session: Session) -> A:
        result = first(session)
        is_done.set()
        assert may_commit.wait(10)
        return result

    with ThreadPoolExecutor(2) as threads:
        one: Future[A] = threads.submit(database.call, held)
        assert is_done.wait(10)
        other: Future[B] = threads.submit(database.call, second)
        threading.Event().wait(MEANWHILE)
        assert not other.done(), "the second one waits for the first"
        may_commit.set()
        return one.result(10), other.result(10)


def verdicts(database: Database) -> list[Verdict]:
    keys, revoked = database.call(signing.public_keys), database.call(certificates.revocations, ORIGIN)
    signed = database.call(lambda session: list(session.scalars(select(Certificate.signed).order_by(Certificate.id))))
    return [verify((each or "").encode(), keys, revoked, NOW.date()).verdict for each in signed]


def test_what_is_being_signed_with_the_key_when_it_gets_out_is_signed_again(database: Database, content: Content, taught: Course) -> None:
    database.call(certify, content, taught, NOW, ORIGIN, "before")
    _, leak = one_before_the_other(database, lambda session: certify(session, content, taught, NOW, ORIGIN, "meanwhile"), declare)
    assert leak.signed_anew == 2 and verdicts(database) == [Verdict.GENUINE] * 2


def test_who_asks_while_the_key_is_given_up_gets_what_the_new_one_signs(database: Database, content: Content, taught: Course) -> None:
    database.call(certify, content, taught, NOW, ORIGIN, "before")
    leak, _ = one_before_the_other(database, declare, lambda session: certify(session, content, taught, NOW, ORIGIN, "meanwhile"))
    assert leak.signed_anew == 1 and verdicts(database) == [Verdict.GENUINE] * 2
    assert len(database.call(signing.public_keys)["keys"]) == 1


def test_keys_that_get_out_while_many_ask_leave_no_certificate_of_theirs(database: Database, content: Content, taught: Course) -> None:
    database.call(certify, content, taught, NOW, ORIGIN, "before")
    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(database.call, certify, content, taught, NOW, ORIGIN, f"chat {number}") for number in range(12)]
        leaked = [threads.submit(_declared, database) for _ in range(3)]
        assert len({each.result()[0].number for each in asked}) == 12 and sum(each.result() for each in leaked) >= 1
    assert verdicts(database) == [Verdict.GENUINE] * 13
    assert len(database.call(signing.public_keys)["keys"]) == 1


def _declared(database: Database) -> bool:
    """False: another one was faster with the same key."""
    try:
        database.call(declare)
    except RefusedError:
        return False
    return True


def test_two_who_say_it_at_once_give_up_one_key(database: Database, content: Content, taught: Course) -> None:
    database.call(certify, content, taught)
    name = database.call(signing.current, NOW).name
    with ThreadPoolExecutor(3) as threads:
        said = [threads.submit(database.call, leaks.declare, ADMIN, name, NOW) for _ in range(3)]
        refused = [each.exception() for each in said]
    assert [type(each) for each in refused if each] == [RefusedError, RefusedError] and len(database.call(all_keys)) == 2


def all_keys(session: Session) -> list[str]:
    return list(session.scalars(select(SigningKey.name)))


def test_what_is_being_erased_does_not_come_back(database: Database, content: Content, taught: Course) -> None:
    made, _ = database.call(certify, content, taught)

    def erase(session: Session) -> dict[str, int]:
        return learners.erase(session, session.scalars(select(Learner)).one(), NOW)

    _, leak = one_before_the_other(database, erase, declare)
    kept = database.call(lambda session: session.get_one(Certificate, made.id))
    assert leak.signed_anew == 0 and (kept.signed, kept.learner_id, kept.signed_anew_at) == (None, None, None)


def test_a_name_that_is_corrected_as_the_key_gets_out_stands_on_one_certificate_that_holds(
    database: Database, content: Content, taught: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = database.call(certify, content, taught)
    around = Surroundings(content, LiveContent(ROOT / "flows", None, None).current()[1], "test", "", NOW)
    again, is_holding, may_go_on = certificates._issue_again, threading.Event(), threading.Event()

    def held(*arguments: Any) -> Any:
        is_holding.set()
        assert may_go_on.wait(10)
        return again(*arguments)

    monkeypatch.setattr(certificates, "_issue_again", held)
    wanted = Correction(name="María de los Ángeles Muñoz")
    with ThreadPoolExecutor(2) as threads:
        corrected = threads.submit(database.call, officials.correct, OFFICER, made.number, wanted, around, ORIGIN)
        assert is_holding.wait(10)
        leaked = threads.submit(database.call, declare)
        threading.Event().wait(MEANWHILE)
        may_go_on.set()
        assert corrected.result(10).links and leaked.result(10).signed_anew == 1
    assert verdicts(database) == [Verdict.LEAKED_KEY, Verdict.GENUINE], "the earlier one is revoked, and is not signed again"


def test_a_process_that_dies_half_way_leaves_all_as_it_was(
    place: tuple[str, Path], database: Database, content: Content, taught: Course
) -> None:  # fmt: skip
    for number in range(4):
        database.call(certify, content, taught, NOW, ORIGIN, f"chat {number}")
    name, before = database.call(signing.current, NOW).name, everything(database)
    died = subprocess.run(
        [sys.executable, "-c", DIES, place[0], str(place[1]), name], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert died.returncode == 9, died.stderr
    assert everything(database) == before
    assert database.call(leaks.declare, ADMIN, name, NOW).signed_anew == 4 and verdicts(database) == [Verdict.GENUINE] * 4


def everything(database: Database) -> dict[str, Any]:
    return database.call(all_rows)
