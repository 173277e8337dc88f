"""A protocol changes: certificates that rest on it wait until its holder has read it and answered its questions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.courses import refreshing
from bot.courses.protocols import versions_of
from bot.records.learning import Certificate
from tests.learning import Official, taught

COURSE, ASKED, UNASKED = "first_contact", "trafficking", "missing"


def published(around: Surroundings, protocol: str, version: str | None) -> Surroundings:
    """The content with that version of a protocol; None: it is gone."""
    name, responses = f"utter_protocol_{protocol}", dict(around.content.responses)
    if version is None:
        del responses[name]
    else:
        edition = responses[name].protocol
        assert edition is not None
        responses[name] = replace(responses[name], protocol=replace(edition, version=version))
    return replace(around, content=replace(around.content, responses=responses))


@pytest.fixture
def holder(official: Official) -> Official:
    """With a certificate that rests on two protocols, as they are now; no course asks about the second one."""
    content = official.around.content
    protocols = versions_of(content, (ASKED, UNASKED))
    assert set(protocols) == {ASKED, UNASKED}
    course = replace(content.courses[COURSE], lessons=content.courses[COURSE].lessons[:1])
    official.around = taught(official.around, course, only=True)
    assert refreshing.questions_of(official.around.content, ASKED) and not refreshing.questions_of(official.around.content, UNASKED)
    official.says("hola")

    def certify(session):  # type: ignore[no-untyped-def]
        session.add(
            Certificate(
                number=f"n{official.bot_id}", learner_id=official.learner(session).id, course=COURSE, version="1", protocols=protocols,
                municipality="21114", issued_at=official.now, expires_at=official.now + timedelta(days=700), told_at=official.now,
            )
        )  # fmt: skip

    official.call(certify)
    return official


def changed(holder: Official) -> set[str]:
    content: Content = holder.around.content
    return set(holder.call(lambda session: refreshing.changed_of(session, content, holder.learner(session), holder.now)))


def rests_on(holder: Official) -> dict[str, str]:
    return dict(holder.call(lambda session: session.query(Certificate).filter_by(number=f"n{holder.bot_id}").one().protocols))


def bumps(holder: Official, protocol: str, version: str | None) -> None:
    holder.around = published(holder.around, protocol, version)


def offers(holder: Official, payload: str) -> None:
    """As the notice of the change does."""

    def offer(session):  # type: ignore[no-untyped-def]
        from bot.records.conversations import ButtonOffer

        session.merge(ButtonOffer(conversation_id=holder.conversation(session).id, payload=payload, offered_at=holder.now))

    holder.call(offer)


def begins(holder: Official, protocol: str) -> list[str]:
    offers(holder, f"/refresh={protocol}")
    return holder.presses(f"/refresh={protocol}")


def test_nothing_waits_while_nothing_has_changed(holder: Official) -> None:
    assert changed(holder) == set()
    assert begins(holder, ASKED) == ["utter_learning_refresh_none"]


def test_another_version_waits_for_a_refresher_and_another_protocol_does_not(holder: Official) -> None:
    bumps(holder, ASKED, "2")
    assert changed(holder) == {ASKED}


def test_it_is_read_and_its_questions_are_answered(holder: Official) -> None:
    bumps(holder, ASKED, "2")
    assert begins(holder, ASKED)[0] == f"utter_protocol_{ASKED}"
    assert holder.at.study and 1 <= len(holder.at.study.drawn) <= refreshing.MOST_QUESTIONS
    holder.answers(right=False)
    while holder.is_asked:
        holder.answers()
    assert holder.transcript()[-1].response == "utter_learning_refreshed"
    assert changed(holder) == set() and rests_on(holder)[ASKED] == "2"
    assert rests_on(holder)[UNASKED] != "2", "the other one stays as it was"


def test_a_second_change_waits_again(holder: Official) -> None:
    for version in ("2", "3"):
        bumps(holder, ASKED, version)
        assert changed(holder) == {ASKED}
        begins(holder, ASKED)
        while holder.is_asked:
            holder.answers()
        assert changed(holder) == set() and rests_on(holder)[ASKED] == version


def test_a_change_while_one_reads_is_read_too(holder: Official) -> None:
    bumps(holder, ASKED, "2")
    begins(holder, ASKED)
    bumps(holder, ASKED, "3")
    while holder.at.study and holder.at.study.version == "2":
        said = holder.answers()
    assert f"utter_protocol_{ASKED}" in said
    assert changed(holder) == {ASKED}, "version 2 was read, and 3 is published"
    while holder.is_asked:
        holder.answers()
    assert rests_on(holder)[ASKED] == "3"


def test_of_a_protocol_nobody_asks_about_it_is_enough_to_say_that_it_was_read(holder: Official) -> None:
    bumps(holder, UNASKED, "2")
    assert begins(holder, UNASKED) == [f"utter_protocol_{UNASKED}"]
    [payload] = [each for _, each in holder.transcript()[-1].buttons if each.startswith("/have_read=")]
    bumps(holder, UNASKED, "3.1")
    assert holder.presses(payload) == [f"utter_protocol_{UNASKED}"], "another one by now: it is shown"
    [payload] = [each for _, each in holder.transcript()[-1].buttons if each.startswith("/have_read=")]
    assert holder.presses(payload) == ["utter_learning_refreshed"]
    assert rests_on(holder)[UNASKED] == "3.1"
    assert holder.presses(payload) == ["utter_learning_refresh_none"]


def test_a_protocol_that_is_gone_is_waited_for_no_more(holder: Official) -> None:
    bumps(holder, UNASKED, "2")
    begins(holder, UNASKED)
    [payload] = [each for _, each in holder.transcript()[-1].buttons if each.startswith("/have_read=")]
    bumps(holder, UNASKED, None)
    assert changed(holder) == set()
    assert holder.presses(payload) == ["utter_learning_refresh_none"]


def test_half_a_refresher_goes_on_where_it_was(holder: Official) -> None:
    bumps(holder, ASKED, "2")
    begins(holder, ASKED)
    holder.answers(right=False)
    before = holder.pending and holder.at.study
    holder.says("luego sigo")
    begins(holder, ASKED)
    assert holder.at.study == before


def test_a_lesson_that_waited_behind_is_not_answered_by_accident(holder: Official) -> None:
    holder.presses_new(f"/lesson={COURSE}-welcome")
    bumps(holder, UNASKED, "2")
    begins(holder, UNASKED)
    [payload] = [each for _, each in holder.transcript()[-1].buttons if each.startswith("/have_read=")]
    holder.presses(payload)
    assert not holder.is_asked and holder.says("continuar")[0].startswith(f"ask_{COURSE}-welcome")


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_a_certificate_that_holds_no_more_waits_for_nothing(holder: Official, ended: str) -> None:
    def end(session):  # type: ignore[no-untyped-def]
        certificate = session.query(Certificate).filter_by(number=f"n{holder.bot_id}").one()
        setattr(certificate, ended, holder.now - timedelta(days=1))

    bumps(holder, ASKED, "2")
    holder.call(end)
    assert changed(holder) == set()
    assert begins(holder, ASKED) == ["utter_learning_refresh_none"]
