"""A course is taken again once its certificate has ended, and then leads to another; before that there is nothing to take again."""

from bot.conversation.surroundings import Surroundings
from bot.courses import certificates
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.learning import Certificate, Revocation
from bot.records.staff import Role
from tests.learning import Official

COURSE = "first_contact"
SUPERVISOR = Actor("vera", Role.SUPERVISOR)


def finished(database: Database, around: Surroundings) -> Official:
    official = Official(database, around).joins()
    official.goes_through(around.content.courses[COURSE])
    official.waits(minutes=2)
    return official


def offered(official: Official) -> list[str]:
    """What the course's page leads to."""
    official.waits(minutes=2)
    official.says("cursos")
    official.presses(f"/course={COURSE}")
    return [payload for _, payload in official.transcript()[-1].buttons or ()]


def numbers(official: Official) -> list[str]:
    return official.call(lambda session: [each.number for each in session.query(Certificate).order_by(Certificate.id)])


def test_a_course_whose_certificate_holds_is_not_taken_again(database: Database, content_around: Surroundings) -> None:
    official = finished(database, content_around)
    assert f"/retake={COURSE}" not in offered(official)
    assert official.presses(f"/retake={COURSE}") == ["utter_button_unknown"]
    assert len(numbers(official)) == 1


def test_past_its_term_the_course_is_taken_from_its_first_lesson_and_gives_another(
    database: Database, content_around: Surroundings
) -> None:
    official = finished(database, content_around)
    official.waits(days=content_around.content.courses[COURSE].valid_for + 2)
    assert f"/retake={COURSE}" in offered(official)
    assert official.presses(f"/retake={COURSE}") == ["utter_learning_course"]
    assert "✔" not in official.transcript()[-1].text
    official.goes_through(content_around.content.courses[COURSE])
    first, second = numbers(official)
    assert first != second and f"/retake={COURSE}" not in offered(official)


def test_what_was_revoked_for_cheating_comes_back_only_by_taking_the_course_again(database: Database, content_around: Surroundings) -> None:
    official = finished(database, content_around)
    official.says("avance")
    [number] = numbers(official)
    official.call(lambda session: certificates.revoke(session, SUPERVISOR, number, Revocation.CHEATED, official.now))
    assert official.presses(f"/certificate={COURSE}") == ["utter_learning_certificate_over"]
    assert official.presses(f"/retake={COURSE}") == ["utter_learning_course"]
    official.goes_through(content_around.content.courses[COURSE])
    assert len(numbers(official)) == 2


def test_what_was_revoked_by_mistake_needs_no_course(database: Database, content_around: Surroundings) -> None:
    official = finished(database, content_around)
    [number] = numbers(official)
    official.call(lambda session: certificates.revoke(session, SUPERVISOR, number, Revocation.MISTAKE, official.now))
    assert f"/retake={COURSE}" not in offered(official)
