"""What is old enough goes, with all that belongs to it; what is open, held or younger stays."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import files
from bot.content.retention import CLASSES, Kept
from bot.content.review import Where
from bot.conversation.inbox import chat_hash
from bot.keeping import retention
from bot.keeping.retention import Report, Run
from bot.records.audit import AuditEntry
from bot.records.cases import Stage
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate, OutboxMessage, OutboxState
from bot.records.learning import Certificate, Enrolment, Learner, LessonResult, Recall
from bot.records.privacy import ArcoRequest, ArcoState, LegalHold
from bot.records.referrals import ReferralState
from bot.records.tickets import TicketState
from bot.settings import ROOT
from bot.staff import OPERATOR
from tests.old_records import (
    BOT,
    KEPT,
    NOW,
    ago,
    case,
    consent,
    hold,
    invitation,
    learner,
    person,
    referral,
    request,
    rows,
    sending,
    ticket,
)


def certificate(of: Learner) -> Certificate:
    return Certificate(
        number=of.chat, token=of.chat, learner_id=of.id, course="first", version="1", protocols={}, municipality=of.municipality,
        issued_at=ago(1900), expires_at=ago(1170), signed="e.y.j",
    )  # fmt: skip


def clean(database: Database, folder: Path, trial: bool = False, kept: Mapping[str, Kept] = KEPT) -> Report:
    return retention.run_now(database, Run(kept, NOW, folder, trial), OPERATOR)


def test_an_old_conversation_goes_with_everything_in_it_and_a_young_one_stays(database: Database, tmp_path: Path) -> None:
    database.call(person, "old", 181)
    database.call(person, "young", 179)
    report = clean(database, tmp_path)
    assert rows(database) == {"conversation": 1, "message": 2, "inbox": 1, "attachment": 1, "button_offer": 1}
    assert database.call(lambda session: session.scalars(select(Conversation.chat_id)).all()) == ["young"]
    assert report["transcript"].gone == {"message": 2, "attachment": 1, "outbox": 1, "conversation": 1}
    assert report["delivery"].gone == {"outbox": 1, "inbox": 1} and report["transcript"].oldest == ago(179)


def test_one_new_message_keeps_the_whole_conversation(database: Database, tmp_path: Path) -> None:
    def write(session: Session) -> None:
        old = person(session, "old", 400)
        session.add(Message(conversation_id=old.id, direction=Direction.STAFF, text="Buenas", created_at=ago(1)))

    database.call(write)
    clean(database, tmp_path)
    assert rows(database)["message"] == 3 and rows(database)["conversation"] == 1


@pytest.mark.parametrize(
    ("state", "days", "left"),
    [(TicketState.WAITING, 900, 3), (TicketState.SNOOZED, 900, 3), (TicketState.RESOLVED, 364, 1), (TicketState.RESOLVED, 366, 0)],
)
def test_an_open_ticket_keeps_its_conversation_and_a_closed_one_only_itself(
    state: TicketState, days: int, left: int, database: Database, tmp_path: Path
) -> None:
    database.call(lambda session: ticket(session, person(session, "ana", 900), state, days))
    report = clean(database, tmp_path)
    found = rows(database)
    assert found["ticket"] + found["message"] == left and found["ticket_event"] == found["ticket"]
    assert found["conversation"] == (1 if left else 0)
    assert report["transcript"].open == (1 if left == 3 else 0)


@pytest.mark.parametrize("state", list(ReferralState))
def test_an_open_referral_keeps_its_conversation_and_an_ended_one_its_own_time(
    state: ReferralState, database: Database, tmp_path: Path
) -> None:
    is_open = state in (ReferralState.DRAFT, ReferralState.SENT, ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.IN_SERVICE)
    database.call(lambda session: referral(session, person(session, "gone", 900), state, 731))
    database.call(lambda session: referral(session, person(session, "kept", 900), state, 729))
    clean(database, tmp_path)
    found = rows(database)
    left = 2 if is_open else 1
    assert (found["referral"], found["consent"], found["referral_event"], found["conversation"]) == (left,) * 4
    assert found["message"] == (4 if is_open else 0)


def test_a_legal_hold_keeps_everything_until_it_is_lifted(database: Database, tmp_path: Path) -> None:
    def write(session: Session, lifted: bool) -> None:
        old = session.scalar(select(Conversation)) or person(session, "ana", 3000)
        session.add(hold(old, lifted))

    def more(session: Session) -> None:
        old = session.scalars(select(Conversation)).one()
        ticket(session, old, TicketState.RESOLVED, 3000)
        case(session, referral(session, old, ReferralState.DONE, 3000), Stage.CLOSED, 3000, photo)
        session.add_all([consent(old.id, None, 3000), request(old.id, ArcoState.DONE, 3000), learner("ana", 3000)])

    photo = files.store(tmp_path, b"a paper")
    files.lay_open(tmp_path, photo)
    database.call(write, False)
    database.call(more)
    before = rows(database)
    report = clean(database, tmp_path)
    assert rows(database) == before and len([*tmp_path.glob(f"*{photo}*")]) == 2
    assert [name for name, each in report.items() if not each.held] == ["invitation"], "one that nobody used is nobody's"
    assert list(report) == list(CLASSES)
    database.call(lambda session: setattr(session.scalars(select(LegalHold)).one(), "lifted_at", NOW))
    clean(database, tmp_path)
    assert not rows(database) and not [*tmp_path.glob(f"*{photo}*")]


def test_who_learned_goes_five_years_after_they_were_last_seen_and_their_certificate_is_nobodys(database: Database, tmp_path: Path) -> None:
    def write(session: Session) -> None:
        gone, left, kept = learner("gone", 1826), learner("left", 1826, left=True), learner("kept", 1824)
        session.add_all([gone, left, kept])
        session.flush()
        for each in (gone, left, kept):
            course = Enrolment(learner_id=each.id, course="first", version="1", began_at=ago(1900), changed_at=ago(1900))
            session.add(course)
            session.flush()
            session.add(LessonResult(enrolment_id=course.id, lesson="one", asked=1, right=1, finished_at=ago(1900)))
            session.add(Recall(learner_id=each.id, item="first-one-why", due_at=ago(1800)))
            session.add(certificate(each))

    database.call(write)
    trial = clean(database, tmp_path, trial=True)["learning"]
    assert trial.gone == {"learners": 2, "courses": 2, "lessons": 2, "questions": 2, "certificates": 2} and rows(database)["learner"] == 3
    report = clean(database, tmp_path)["learning"]
    found = rows(database)
    assert (found["learner"], found["enrolment"], found["lesson_result"], found["recall"], found["certificate"]) == (1, 1, 1, 1, 3)
    assert report.gone == trial.gone and report.oldest == ago(1824)
    kept = database.call(lambda session: session.scalars(select(Certificate).order_by(Certificate.number)).all())
    assert [(each.learner_id is None, each.token is None, each.signed is None) for each in kept].count((True, True, True)) == 2
    assert clean(database, tmp_path)["learning"].gone == {}


def test_an_invitation_that_nobody_used_goes_a_month_after_it_expired(database: Database, tmp_path: Path) -> None:
    database.call(lambda session: session.add_all([invitation(31), invitation(29), invitation(-5), invitation(40, left=True)]))
    assert clean(database, tmp_path)["invitation"].gone == {"learners": 2}
    assert rows(database)["learner"] == 2


def test_requests_about_data_have_their_own_time_and_an_open_one_stays(database: Database, tmp_path: Path) -> None:
    for state, days in (
        (ArcoState.DONE, 1826),
        (ArcoState.DENIED, 1827),
        (ArcoState.DONE, 1824),
        (ArcoState.OPEN, 3000),
        (ArcoState.GRANTED, 2999),
    ):
        database.call(lambda session, state=state, days=days: session.add(request(None, state, days)))
    clean(database, tmp_path)
    left = database.call(lambda session: set(session.scalars(select(ArcoRequest.state))))
    assert left == {ArcoState.DONE, ArcoState.OPEN, ArcoState.GRANTED} and rows(database)["arco_request"] == 3


def test_deliveries_go_before_what_they_delivered_and_what_waits_is_not_touched(database: Database, tmp_path: Path) -> None:
    def write(session: Session) -> None:
        ana = person(session, "ana", 31)
        session.add_all([sending(ana, 29), sending(ana, 40, state=OutboxState.QUEUED), sending(ana, 40, state=OutboxState.SENDING)])
        session.add(sending(ana, 40, state=OutboxState.FAILED))
        session.add(InboxUpdate(bot_id=BOT, update_id="open", chat=ana.chat, received_at=ago(90)))

    database.call(write)
    clean(database, tmp_path)
    assert rows(database)["message"] == 2 and rows(database)["inbox"] == 2
    assert {each.state for each in database.call(lambda session: session.scalars(select(OutboxMessage)).all())} == {
        OutboxState.SENT, OutboxState.QUEUED, OutboxState.SENDING,
    }  # fmt: skip
    assert rows(database)["outbox"] == 3


@pytest.mark.parametrize(("days", "stage", "stays"), [(364, Stage.CLOSED, True), (366, Stage.CLOSED, False), (900, Stage.VISIT, True)])
def test_photographs_of_papers_go_when_the_case_has_ended_for_long(
    days: int, stage: Stage, stays: bool, database: Database, tmp_path: Path
) -> None:
    photo = files.store(tmp_path, b"a paper")
    state = ReferralState.DONE if stage is Stage.CLOSED else ReferralState.IN_SERVICE
    database.call(lambda session: case(session, referral(session, person(session, "ana", 1), state, days), stage, days, photo))
    clean(database, tmp_path)
    assert (tmp_path / f"{photo}.case").exists() is stays and rows(database)["case_document"] == 1


def test_a_case_stays_as_long_as_its_papers_are_to_be_kept(database: Database, tmp_path: Path) -> None:
    longer = {**KEPT, "document": Kept("document", 2000, "", Where(ROOT, 1))}
    database.call(
        lambda session: case(session, referral(session, person(session, "ana", 900), ReferralState.DONE, 800), Stage.CLOSED, 800, "photo")
    )
    assert clean(database, tmp_path, kept=longer)["referral"].open == 1
    assert rows(database)["referral"] == 1 and not rows(database)["message"]
    clean(database, tmp_path)
    assert not rows(database)


def test_files_that_staff_opened_go_with_the_attachment(database: Database, tmp_path: Path) -> None:
    for name in ("7-1.jpg", "9-1", "7-2.jpg", "7-11.jpg", "something"):
        (tmp_path / name).write_bytes(b"photo")
    database.call(person, "ana", 200)
    report = clean(database, tmp_path)
    assert sorted(path.name for path in tmp_path.glob("[7s]*")) == ["7-11.jpg", "7-2.jpg", "something"]
    assert report["transcript"].gone["files"] == 2


def test_a_conversation_that_was_forgotten_counts_by_its_own_dates(database: Database, tmp_path: Path) -> None:
    def write(session: Session) -> None:
        former = person(session, "before", 200)
        former.former_chat, former.chat = chat_hash(BOT, "ana"), "f" * 32
        person(session, "ana", 1)

    database.call(write)
    clean(database, tmp_path)
    assert database.call(lambda session: session.scalars(select(Conversation.chat_id)).all()) == ["ana"]


def test_a_trial_says_what_would_go_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    (tmp_path / "7-1.jpg").write_bytes(b"photo")
    database.call(lambda session: ticket(session, person(session, "ana", 900), TicketState.RESOLVED, 900))
    before = rows(database)
    report = clean(database, tmp_path, trial=True)
    assert rows(database) == before and (tmp_path / "7-1.jpg").exists()
    assert report["transcript"].gone == {"message": 2, "attachment": 1, "outbox": 1, "files": 1}
    assert report["ticket"].gone == {"ticket": 1, "ticket_event": 1} and report["delivery"].gone == {"outbox": 1}
    assert not database.call(lambda session: session.scalars(select(AuditEntry)).all())


def test_the_audit_says_how_much_went_and_stays(database: Database, tmp_path: Path) -> None:
    database.call(person, "ana", 200)
    clean(database, tmp_path)
    clean(database, tmp_path)
    first, second = database.call(lambda session: session.scalars(select(AuditEntry)).all())
    assert (first.action, first.who, first.why) == ("retention.run", "operator", "attachment=1 conversation=1 inbox=1 message=2 outbox=1")
    assert second.why == "0" and database.call(audit.verify) == (2, None)


def test_many_go_in_small_transactions_and_a_run_that_was_cut_off_goes_on(database: Database, tmp_path: Path) -> None:
    def write(session: Session) -> None:
        for number in range(50):
            person(session, f"chat{number}", 200)

    database.call(write)
    run = Run(KEPT, NOW, tmp_path)
    for count, (function, *arguments) in enumerate(retention.steps(run, run.report())):
        database.call(function, *arguments)
        if count == 4:
            break
    assert 0 < rows(database)["message"] < 100
    clean(database, tmp_path)
    assert not rows(database)
