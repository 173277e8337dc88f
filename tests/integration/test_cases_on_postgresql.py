"""Cases on PostgreSQL, where people really work at once: the second sees what the first did, and nobody waits in a circle."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import checklist, stages
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import PERSON, Action, Actor
from bot.rasa.training import MODELS
from bot.records.cases import CaseDocument, CaseEvent, CaseFile, DocumentState, Stage
from bot.records.conversations import Conversation
from bot.records.database import Database, open_database
from bot.records.referrals import Referral, ReferralState
from bot.records.staff import Role
from bot.referrals import answers, lifecycle
from bot.settings import ROOT
from tests.cases_made import FOLIO, NOW, make_case
from tests.postgresql import fresh

ROSA, SARA = Actor("rosa", Role.AGENT), Actor("sara", Role.SUPERVISOR)
PAPER = "birth_certificate"
WHILE = 0.5  # seconds in which the other one gets to where it has to wait

type Deed = Callable[[Session, Actor, Surroundings], object]


@pytest.fixture(scope="module")
def around() -> Surroundings:
    content, danger = LiveContent(ROOT / "flows", None, MODELS).current()
    return Surroundings(content, danger, "desk", "", NOW)


@pytest.fixture
def cases(postgresql: str, tmp_path: Path) -> Iterator[Database]:
    database = open_database(fresh(postgresql), tmp_path / "keys")
    database.call(fill)
    yield database
    database.close()


def fill(session: Session) -> None:
    """An application that Ana has sent, with the photograph of a paper."""
    file = CaseFile(
        referral_id=make_case(session).id, programme="migrante_emprende", stage=Stage.APPLICATION, opened_at=NOW, changed_at=NOW
    )
    session.add(file)
    session.flush()
    session.add(CaseDocument(case_file_id=file.id, name=PAPER, state=DocumentState.SENT, changed_at=NOW))


def close(session: Session, actor: Actor, around: Surroundings) -> object:
    return stages.advance(session, actor, FOLIO, Stage.CLOSED, None, around)


def reject(session: Session, actor: Actor, around: Surroundings) -> object:
    return checklist.decide(session, actor, FOLIO, PAPER, DocumentState.REJECTED, "borrosa", around)


def answer(session: Session, actor: Actor, around: Surroundings) -> object:
    return answers.answer(session, lifecycle.for_actor(session, actor, FOLIO), ReferralState.REJECTED, actor, "full", around)


@pytest.mark.parametrize("deed", [close, reject, answer])
def test_of_two_who_do_the_same_at_once_one_is_told_that_it_is_done(deed: Deed, cases: Database, around: Surroundings) -> None:
    first_is_there = threading.Event()

    def first(session: Session) -> None:
        deed(session, ROSA, around)
        first_is_there.set()
        time.sleep(WHILE)

    def second(session: Session) -> None:
        first_is_there.wait(10)
        deed(session, SARA, around)

    outcomes = at_once(cases, first, second)
    assert outcomes[0] is None and isinstance(outcomes[1], RefusedError), outcomes
    written = cases.call(lambda session: [each.who for each in session.scalars(select(CaseEvent)) if each.who != PERSON.name])
    assert written == ([] if deed is answer else ["rosa"])


def test_a_case_that_is_taken_back_meanwhile_is_not_moved(cases: Database, around: Surroundings) -> None:
    taken = threading.Event()

    def withdraws(session: Session) -> None:
        referral = session.scalars(select(Referral)).one()
        lifecycle.change(session, referral, ReferralState.WITHDRAWN, PERSON, None, NOW)
        session.flush()
        taken.set()
        time.sleep(WHILE)

    def moves(session: Session) -> None:
        taken.wait(10)
        close(session, ROSA, around)

    outcomes = at_once(cases, withdraws, moves)
    assert outcomes[0] is None and "retirado" in str(outcomes[1]), outcomes
    assert cases.call(lambda session: session.scalars(select(CaseFile.stage)).one()) is Stage.APPLICATION


@pytest.mark.parametrize("deed", [close, reject, answer])
def test_who_answers_while_the_person_writes_waits_and_nobody_fails(deed: Deed, cases: Database, around: Surroundings) -> None:
    """Who holds the audit must not wait for the conversation: a turn that has the conversation may want the audit."""
    has_the_chat = threading.Event()

    def turn(session: Session) -> None:
        conversation = session.scalars(select(Conversation).with_for_update()).one()
        has_the_chat.set()
        time.sleep(WHILE)
        audit.write(session, PERSON, "person.turn", conversation.reference, NOW)

    def staff(session: Session) -> None:
        has_the_chat.wait(10)
        deed(session, ROSA, around)

    assert at_once(cases, turn, staff) == [None, None]
    actions = cases.call(
        lambda session: [each.action for each in audit.about(session, session.scalars(select(Conversation.reference)).one())]
    )
    assert len(actions) == 2 and actions[0] == "person.turn" and actions[1] in (Action.CASE_ADVANCE, Action.REFERRAL_ANSWER)


def at_once(database: Database, *deeds: Callable[[Session], object]) -> list[BaseException | None]:
    """What each of them failed with."""
    with ThreadPoolExecutor(len(deeds)) as threads:
        running: list[Future[object]] = [threads.submit(database.call, deed) for deed in deeds]
        return [each.exception(60) for each in running]
