"""A member's account on Telegram is linked by a code that serves once and not for long."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.accounts import telegram_link
from bot.records.database import Database
from bot.records.staff import Role, Staff
from tests import telegram_json as telegram
from tests.staff_group import ROSA, STRANGER, Office, person

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def offered(session: Session, name: str = "rosa") -> str:
    member = Staff(name=name, role=Role.AGENT, created_at=NOW, created_by="operator")
    session.add(member)
    session.flush()
    return telegram_link.offer(session, member, NOW)


def taken(database: Database, code: str, account: int = 7, now: datetime = NOW) -> str | None:
    found = database.call(telegram_link.take, code, str(account), now)
    return found.name if found else None


def test_a_code_links_the_account_that_writes_it_and_serves_once(database: Database) -> None:
    code = database.call(offered)
    assert taken(database, f" {code.lower()} ") == "rosa"
    member = database.call(telegram_link.of, "7")
    assert member is not None and member.name == "rosa" and member.telegram and member.telegram != "7"
    assert taken(database, code, 8) is None
    assert database.call(telegram_link.of, "8") is None


@pytest.mark.parametrize(("after", "serves"), [(timedelta(minutes=9), True), (timedelta(minutes=11), False)])
def test_a_code_is_old_after_ten_minutes(after: timedelta, serves: bool, database: Database) -> None:
    assert (taken(database, database.call(offered), now=NOW + after) == "rosa") is serves


@pytest.mark.parametrize("wrong", ["", "1", "1-", "x-ABC", "99-ABCDEF0123", "1-0000000000", "²-ABC"])
def test_no_other_code_links_anybody(wrong: str, database: Database) -> None:
    database.call(offered)
    assert taken(database, wrong) is None


def test_an_account_is_one_members(database: Database) -> None:
    first, second = database.call(offered), database.call(offered, "luis")
    assert (taken(database, first), taken(database, second)) == ("rosa", "luis")
    member = database.call(telegram_link.of, "7")
    assert member is not None and member.name == "luis"


def test_who_was_revoked_is_nobody(database: Database) -> None:
    code = database.call(offered)
    assert taken(database, code) == "rosa"
    database.call(lambda session: setattr(session.get_one(Staff, 1), "revoked_at", NOW))
    assert database.call(telegram_link.of, "7") is None and taken(database, database.call(offered, "eva"), 9) == "eva"


def test_a_member_says_who_they_are_in_private_and_no_conversation_begins(office: Office) -> None:
    code = office.chat.call(lambda session: telegram_link.offer(session, session.get_one(Staff, 1), office.chat.now))
    private = {"id": STRANGER, "type": "private", "first_name": "Rosa"}
    office.takes(telegram.message(chat=private, sender=person(STRANGER), text=f"/soy {code}", number=3))
    office.works()
    assert "rosa" in office.telegram.private[str(STRANGER)][0]
    member = office.chat.call(lambda session: telegram_link.of(session, str(STRANGER)))
    assert member is not None and member.name == "rosa" and office.chat.transcript() == []
    assert office.chat.call(lambda session: telegram_link.of(session, str(ROSA))) is None, "her old account is hers no more"


def test_a_wrong_code_is_said_to_be_wrong_and_links_nobody(office: Office) -> None:
    office.writes(STRANGER, "/soy 1-0000000000")
    office.works()
    assert office.hints() == ["wrong_code"] and len(office.telegram.general) == 1
