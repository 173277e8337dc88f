"""The certificate in the chat: its link again for who holds it, and a plain word where it is over."""

import re
from datetime import timedelta

import pytest

from bot.content.courses import Course
from bot.conversation.surroundings import Surroundings
from bot.courses import certificates
from bot.records.database import Database
from bot.records.learning import Revocation
from tests import telegram_json as telegram
from tests.learning import Official, texts
from tests.unit.test_certificates import SUPERVISOR

LINK = re.compile(r"/constancia/([\w-]+)")


@pytest.fixture
def official(chats_database: Database, content_around: Surroundings) -> Official:
    return Official(chats_database, content_around).joins()


def asks(official: Official, taught: Course) -> str:
    """By the button below their progress, which may be an old one."""
    return "\n".join(texts(official.takes(telegram.pressed(f"/certificate={taught.name}"))))


@pytest.mark.parametrize("ended", ["cheated", "expired", "no"])
def test_who_asks_for_a_certificate_that_is_over_is_told_so_and_gets_no_other(ended: str, official: Official) -> None:
    taught: Course = next(iter(official.around.content.courses.values()))
    official.goes_through(taught)
    [first] = official.call(lambda session: certificates.of_learner(session, official.learner(session)))
    official.says("mi avance")
    if ended == "cheated":
        official.call(lambda session: certificates.revoke(session, SUPERVISOR, first.number, Revocation.CHEATED, official.now))
    elif ended == "expired":
        official.waits(days=taught.valid_for + 1)
    said = asks(official, taught)
    held = official.call(lambda session: certificates.of_learner(session, official.learner(session)))
    assert [each.number for each in held] == [first.number]
    assert bool(LINK.search(said)) is (ended == "no") and ("ya no vale" in said) is (ended != "no")


def test_the_link_of_the_chat_opens_the_certificate_with_the_name(official: Official) -> None:
    taught: Course = next(iter(official.around.content.courses.values()))
    official.goes_through(taught)
    official.waits(days=1, seconds=timedelta(hours=2).seconds)
    official.says("mi avance")
    found = LINK.search(asks(official, taught))
    assert found
    shown = official.call(lambda session: certificates.held(session, found[1], official.around.content, official.now))
    assert shown and shown.title == taught.title and shown.name == official.of_learner("name")
