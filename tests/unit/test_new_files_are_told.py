"""Who holds a certificate that was signed again is told once, by day, calmly, and gets the new file with a button."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.conversation.surroundings import Surroundings
from bot.courses import certificates, leaks, learners, reminders, signing
from bot.courses.verification import Verdict, verify
from bot.records.conversations import Message
from bot.records.database import Database
from bot.records.learning import Certificate, Revocation
from tests import telegram_json as telegram
from tests.learning import INVITES, Official, taught, texts
from tests.reminded import COURSE, MONDAY, at, names, payloads, starts
from tests.unit.test_certificates import ADMIN, SUPERVISOR
from tests.unit.test_changed_protocols import change, held, protocols

ONE, MANY = "utter_learning_signed_anew", "utter_learning_signed_anew_many"
LINK = re.compile(r"/constancia/([\w-]+)")


@pytest.fixture
def eva(database: Database, content_around: Surroundings) -> Official:
    """She finished a course and holds its certificate."""
    official = starts(database, content_around)
    official.goes_through(content_around.content.courses[COURSE])
    assert len(held(official)) == 1
    return official


def leak(eva: Official) -> leaks.Leak:
    return eva.call(lambda session: leaks.declare(session, ADMIN, signing.current(session, eva.now).name, eva.now))


def told(eva: Official, hours: float = 0, days: float = 0) -> list[Message]:
    """What housekeeping says of new files after that time."""
    eva.waits(hours=hours, days=days)
    return [each for each in at(eva, eva.now) if each.response in (ONE, MANY)]


def test_the_holder_is_told_once_and_why(eva: Official) -> None:
    assert told(eva, hours=1) == []
    leak(eva)
    [said] = told(eva, hours=1)
    assert said.response == ONE and said.text and eva.around.content.courses[COURSE].title in said.text
    assert "Se filtró una clave nuestra" in said.text and "No es por algo que usted haya hecho" in said.text
    assert payloads([said]) == [f"/certificate={COURSE}"]
    assert held(eva)[0].signed_anew_at is None and eva.of_learner("reminded_at") == eva.now
    for _ in range(30):
        assert told(eva, days=1) == []


def test_the_button_gives_the_new_file(eva: Official) -> None:
    old = held(eva)[0].signed or ""
    leak(eva)
    [said] = told(eva, hours=1)
    link = LINK.search("\n".join(texts(eva.takes(telegram.pressed(payloads([said])[0])))))
    assert link
    shown = eva.call(lambda session: certificates.held(session, link[1], eva.around.content, eva.now))
    assert shown and shown.signed != old and shown.number == held(eva)[0].number and shown.is_proof
    keys = eva.call(signing.public_keys)
    verdicts = [verify(each.encode(), keys, {}, eva.now.astimezone(MEXICO).date()).verdict for each in (shown.signed, old)]
    assert verdicts == [Verdict.GENUINE, Verdict.LEAKED_KEY]


def test_a_second_leak_is_told_again_and_two_before_anybody_was_told_are_told_once(eva: Official) -> None:
    leak(eva)
    leak(eva)
    assert len(told(eva, hours=1)) == 1
    leak(eva)
    assert told(eva, hours=1) == [], "one message a day"
    assert len(told(eva, days=1)) == 1


def test_several_certificates_are_told_together_with_a_button_for_each(eva: Official) -> None:
    other = next(course for name, course in eva.around.content.courses.items() if name != COURSE)
    eva.goes_through(other)
    leak(eva)
    [said] = told(eva, hours=1)
    assert said.response == MANY and said.text and other.title in said.text
    assert payloads([said]) == [f"/certificate={COURSE}", f"/certificate={other.name}"]
    assert len({title for title, _ in said.buttons or ()}) == 2
    assert [each.signed_anew_at for each in held(eva)] == [None, None]


@pytest.mark.parametrize("moment", [(2026, 11, 23, 20, 0), (2026, 11, 24, 8, 59), (2026, 11, 28, 12, 0), (2026, 12, 25, 12, 0)])
def test_not_in_the_quiet_hours(moment: tuple[int, int, int, int, int], eva: Official) -> None:
    leak(eva)
    eva.now = datetime(*moment, tzinfo=MEXICO)
    assert told(eva) == [] and held(eva)[0].signed_anew_at is not None
    eva.now = datetime(2026, 12, 28, 9, 0, tzinfo=MEXICO)
    assert len(told(eva)) == 1


def test_it_comes_before_a_change_of_a_protocol_which_is_told_the_day_after(eva: Official) -> None:
    leak(eva)
    change(eva, **{protocols(eva)[0]: "2"})
    eva.waits(hours=1)
    assert names(at(eva, eva.now)) == [ONE]
    eva.waits(days=1)
    assert names(at(eva, eva.now)) == ["utter_learning_refresh_due"]


def test_who_wants_no_reminders_is_told_all_the_same(eva: Official) -> None:
    eva.says("recordatorios")
    eva.presses("/reminders=off")
    leak(eva)
    assert len(told(eva, hours=1)) == 1


def test_who_blocked_the_bot_or_left_is_not_written_to(eva: Official) -> None:
    def blocks(session: Session, moment: datetime | None) -> None:
        eva.conversation(session).blocked_at = moment

    leak(eva)
    eva.database.call(blocks, eva.now)
    assert told(eva, hours=1) == []
    eva.database.call(blocks, None)
    eva.call(lambda session: learners.withdraw(session, INVITES, eva.learner(session).reference, eva.now))
    assert told(eva, hours=1) == []


@pytest.mark.parametrize("ended", ["revoked", "expired"])
def test_of_one_that_ended_meanwhile_nothing_is_said(ended: str, eva: Official) -> None:
    leak(eva)
    if ended == "revoked":
        eva.call(lambda session: certificates.revoke(session, SUPERVISOR, held(eva)[0].number, Revocation.MISTAKE, eva.now))
    else:
        eva.now = datetime(2029, 1, 9, 12, tzinfo=MEXICO)
    assert told(eva) == []


def test_of_a_course_that_is_taught_no_more_there_is_no_button_that_leads_nowhere(eva: Official) -> None:
    title = eva.around.content.courses[COURSE].title
    leak(eva)
    others = [course for name, course in eva.around.content.courses.items() if name != COURSE]
    eva.around = taught(eva.around, *others, only=True)
    [said] = told(eva, hours=1)
    assert said.text and title in said.text and not said.buttons


def test_housekeeping_looks_only_at_those_who_are_to_be_told(eva: Official, content_around: Surroundings) -> None:
    other = Official(eva.database, content_around)
    other.now = MONDAY
    other.joins()
    leak(eva)
    [job] = [each for each in reminders.JOBS if each.name == "signed anew"]

    def due(session: Session) -> list[int]:
        return reminders.due(session, job, replace(eva.around, now=eva.now))

    assert eva.call(due) == [eva.of_learner("id")]
    told(eva, hours=1)
    eva.waits(days=2)
    assert eva.call(due) == []


def test_one_of_two_certificates_that_was_revoked_is_left_out(eva: Official) -> None:
    other = next(course for name, course in eva.around.content.courses.items() if name != COURSE)
    eva.goes_through(other)
    leak(eva)
    number = eva.call(lambda session: session.query(Certificate).filter_by(course=other.name).one().number)
    eva.call(lambda session: certificates.revoke(session, SUPERVISOR, number, Revocation.CHEATED, eva.now))
    [said] = told(eva, hours=1)
    assert said.response == ONE and payloads([said]) == [f"/certificate={COURSE}"]
