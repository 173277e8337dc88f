"""Certificates on SQLite and on PostgreSQL: many who ask at once get one, signed by the one key there is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation.live import LiveContent
from bot.courses import certificates, signing
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.learning import Certificate, Learner, SigningKey
from bot.records.staff import Role
from bot.settings import ROOT
from tests.certified import NOW, ORIGIN, certify, course, finish, learner, with_course

AT_ONCE = 6


def test_one_official_who_asks_many_times_at_once_has_one_certificate(database: Database, tmp_path: Path) -> None:
    taught = course(tmp_path)
    content = with_course(LiveContent(ROOT / "flows", None, None).current()[0], taught)

    def finished(session: Session) -> Learner:
        official = learner(session)
        finish(session, official, taught)
        return official

    official = database.call(finished)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(database.call, certificates.issue, content, official, taught, NOW, ORIGIN) for _ in range(AT_ONCE)]
        numbers = {each.result()[0].number for each in asked}
    assert len(numbers) == 1 and database.call(lambda session: session.scalar(select(func.count()).select_from(Certificate))) == 1


def test_the_first_certificates_of_many_at_once_make_one_key(database: Database, tmp_path: Path) -> None:
    taught = course(tmp_path)
    content = with_course(LiveContent(ROOT / "flows", None, None).current()[0], taught)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(database.call, certify, content, taught, NOW, ORIGIN, f"chat {number}") for number in range(AT_ONCE)]
        assert len({each.result()[0].number for each in asked}) == AT_ONCE
    assert len(database.call(signing.public_keys)["keys"]) == 1


def test_two_who_renew_the_key_at_once_leave_one_that_signs(database: Database) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(database.call, signing.renew, Actor("ada", Role.ADMIN), NOW) for _ in range(3)]
        assert len({each.result().name for each in asked}) == 3
    current = select(func.count()).select_from(SigningKey).where(SigningKey.retired_at.is_(None))
    assert database.call(lambda session: session.scalar(current)) == 1
