"""Officials see, take with them and erase what is kept of them; nobody else's, and nothing of it comes back."""

import itertools
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.courses import certificates, learners, reach
from bot.permissions import Actor
from bot.privacy import arco, copies, erasure, receipts
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation, Direction
from bot.records.database import Database, open_database
from bot.records.deliveries import Call
from bot.records.learning import Assessment, Certificate, Enrolment, FinalAttempt, Learner, LessonResult, Recall, SimulationRun
from bot.records.privacy import ArcoRequest, Erasure, LegalHold, Right
from bot.records.staff import Role
from tests import telegram_json as telegram
from tests.erasures import ASIDE, sender_delivers
from tests.learning import INVITES, NAUCALPAN, SAID_IN_PRACTICE, Official, does_everything
from tests.stores import files_with, rows, rows_with

COURSE, OTHERS = "first_contact", "Beatriz Solís Mar"
LEARNED = (Enrolment, LessonResult, FinalAttempt, Recall, SimulationRun)
SARA = Actor("sara", Role.SUPERVISOR)


@pytest.fixture
def eva(database: Database, content_around: Surroundings, tmp_path: Path) -> Official:
    """She has done everything there is to do."""
    return does_everything(Official(database, replace(content_around, folder=tmp_path / "files", address="https://puente.example")))


def copy(official: Official) -> dict[str, Any]:
    found = official.call(lambda session: copies.copy_of(session, official.conversation(session)))
    return dict(json.loads(copies.as_json(found)))


def told(official: Official, said: str) -> str:
    """All that is answered, as one text."""
    official.says(said)
    answers = itertools.takewhile(lambda each: each.direction is Direction.OUT, reversed(official.transcript()))
    return "\n".join(reversed([each.text for each in answers]))


def erases(official: Official) -> str:
    official.waits(minutes=1)
    assert official.says("/borrar") == ["utter_learning_erase_ask"]
    return confirms(official)


def confirms(official: Official) -> str:
    payload = next(payload for _, payload in official.transcript()[-1].buttons or () if payload.startswith("/erase_now="))
    return "\n".join(reply.text for reply in official.takes(telegram.pressed(payload)).replies)


def test_the_copy_holds_all_of_theirs_and_nothing_of_another(eva: Official, content_around: Surroundings) -> None:
    does_everything(Official(eva.database, content_around), OTHERS)
    found = copy(eva)
    learned = found["learning"]
    assert (learned["name"], learned["office"], learned["municipality"]) == ("Eva Luz Robles", "DIF Naucalpan", NAUCALPAN)
    [course] = learned["courses"]
    assert len(course["lessons"]) == len(eva.around.content.courses[COURSE].lessons) and course["finals"][0]["passed"] is True
    assert learned["questions_that_come_back"] and learned["self_assessments"][0]["answers"] == {"a": "no"}
    [case] = learned["practice"]
    assert case["ended_at"] and case["criteria_kept"] is not None and case["said_and_pressed"] is None
    [certificate] = learned["certificates"]
    assert certificate["state"] == "issued" and certificate["signed"].count(".") == 2
    counts = {table: len(rows(eva.database, table)) for table in (*LEARNED, Certificate, Assessment)}
    assert {each % 2 for each in counts.values()} == {0}, "two of everything, and she is shown half"
    assert OTHERS not in json.dumps(found, ensure_ascii=False)


def test_what_is_said_in_a_practice_case_is_in_the_copy_while_it_is_kept(eva: Official) -> None:
    eva.says("practica")
    eva.presses(f"/simulate={next(iter(eva.around.content.simulations))}")
    eva.says(SAID_IN_PRACTICE)
    assert SAID_IN_PRACTICE in json.dumps(copy(eva)["learning"]["practice"], ensure_ascii=False)


def test_a_migrants_copy_has_no_such_part_and_a_strangers_says_there_is_nothing(ana: Any, content_around: Surroundings) -> None:
    ana.says("gracias")
    assert "learning" not in ana.call(lambda session: copies.copy_of(session, ana.conversation(session)))
    stranger = Official(ana.database, content_around)
    assert stranger.says("mis datos")[0] == "utter_learning_my_data_stranger"
    assert copy(stranger)["learning"] is None


def test_in_the_chat_it_is_said_in_words_and_nothing_of_cases_and_institutions(eva: Official, content: Content) -> None:
    said = told(eva, "mis datos")
    [certificate] = rows(eva.database, Certificate)
    for each in ("Eva Luz Robles", "DIF Naucalpan", "Naucalpan de Juárez", "Lecciones hechas", certificate.number, "vigente"):
        assert each in said, each
    assert f"{content.retention['learning'].days} días" in said and f"{content.retention['transcript'].days} días" in said
    assert "Caso " not in said and "pidió a una persona" not in said
    assert len(eva.outbox(call=Call.DOCUMENT)) == 1


def test_the_years_in_what_they_accept_are_those_that_are_kept_to(content: Content) -> None:
    assert f"{content.retention['learning'].days // 365} años" in content.learning.privacy
    assert content.retention["learning"].days % 365 == 0


def test_what_goes_and_what_stays_is_said_before_for_officials(eva: Official) -> None:
    eva.waits(minutes=1)
    asked = told(eva, "/borrar")
    assert "constancia" in asked and "autodiagnóstico" in asked
    assert "casos" not in asked.lower() and "permisos" not in asked and "hablar con una persona" not in asked
    said = confirms(eva)
    assert "Constancias que ya no dicen de quién son: 1." in said and "Casos:" not in said


def test_nothing_leads_to_who_was_erased(eva: Official, database: Database, tmp_path: Path) -> None:
    words = {
        "name": "Robles", "chat": str(eva.get("chat")), "number": f"'{eva.id}'", "learner": eva.of_learner("reference"),
        "conversation": eva.get("reference"), "practice": "mi tía",
    }  # fmt: skip
    [before] = rows(database, Certificate)
    assert before.token and before.signed
    said = erases(eva)
    sender_delivers(eva)
    database.call_empty_log()
    assert rows_with(database, words.values(), ASIDE) == []
    assert [each for each in files_with(tmp_path, [words["name"], words["chat"], words["practice"]])] == []
    assert all(rows(database, table) == [] for table in (*LEARNED, Learner, Conversation))
    [after] = rows(database, Certificate)
    assert (after.number, after.course) == (before.number, before.course)
    assert (after.learner_id, after.token, after.signed, after.organization_id) == (None, None, None, None)
    [assessment] = rows(database, Assessment)
    assert (assessment.learner_id, assessment.municipality) == (None, NAUCALPAN)
    [done] = rows(database, Erasure)
    receipt = receipts.read(said)
    assert receipt is not None and receipts.is_genuine(receipt) and receipt.counts == done.counts
    wanted = {"learners": 1, "certificates": 1, "assessments": 1, "courses": 1, "practice": 1, "finals": 1}
    assert {name: done.counts[name] for name in wanted} == wanted and done.counts["lessons"] > 2 and done.counts["questions"] > 0


def test_the_link_opens_nothing_the_number_still_verifies_and_the_report_still_adds_up(eva: Official, content: Content) -> None:
    [link] = [each for each in " ".join(message.text for message in eva.transcript()).split() if "/constancia/" in each][-1:]
    token = link.rpartition("/")[2]
    assert eva.call(lambda session: certificates.held(session, token, content, eva.now)) is not None
    [number] = [each.number for each in rows(eva.database, Certificate)]
    earlier = eva.call(lambda session: reach.read(session, SARA, content, "15", eva.now)).total
    erases(eva)
    assert eva.call(lambda session: certificates.held(session, token, content, eva.now)) is None
    shown = eva.call(lambda session: certificates.public(session, number, content, eva.now))
    assert shown is not None and (shown.state, shown.name, shown.signed) == (certificates.State.VALID, "", "")
    total = eva.call(lambda session: reach.read(session, SARA, content, "15", eva.now)).total
    assert (earlier.certificates, earlier.of_erased, earlier.people) == (1, 0, 1)
    assert (total.certificates, total.of_erased, total.people, total.theirs) == (1, 1, 0, 0)


def test_a_restored_backup_forgets_the_learner_again(eva: Official, database: Database, tmp_path: Path) -> None:
    """Also one whose conversation in the backup is an older one, since then thrown away by age."""
    database.call_empty_log()
    shutil.copy(tmp_path / "puente.db", tmp_path / "backup.db")
    restored = open_database(f"sqlite:///{tmp_path}/backup.db", tmp_path / "puente.keys")

    def is_another_one(session: Session) -> None:
        session.scalars(select(Conversation)).one().reference = "older"

    restored.call(is_another_one)
    erases(eva)
    references = [reference for line in erasure.logged(tmp_path / "puente.keys") for reference in line["erased"]]
    assert restored.call(erasure.replay, references, None) == 1
    assert restored.call(erasure.replay, references, None) == 0
    assert rows(restored, Learner) == [] and rows(restored, Certificate)[0].signed is None and rows(restored, Recall) == []
    restored.close()


def test_who_may_not_learn_any_more_can_still_see_and_erase_what_is_kept(eva: Official) -> None:
    eva.call(lambda session: learners.withdraw(session, INVITES, eva.learner(session).reference, eva.now))
    eva.waits(minutes=1)
    assert eva.says("mis datos")[0] == "utter_learning_my_data"
    erases(eva)
    assert rows(eva.database, Learner) == []


def test_who_comes_back_with_another_invitation_goes_on_with_what_they_had(eva: Official) -> None:
    eva.call(lambda session: learners.withdraw(session, INVITES, eva.learner(session).reference, eva.now))
    before = copy(eva)["learning"]
    eva.waits(minutes=1)
    eva.joins("Eva Luz Robles")
    after = copy(eva)["learning"]
    assert after["access_withdrawn_at"] is None and len(rows(eva.database, Learner)) == 1
    for part in ("courses", "questions_that_come_back", "practice", "self_assessments", "certificates"):
        assert after[part] == before[part] != []


def test_another_learner_stays_and_so_does_the_migrant_with_the_same_number(eva: Official, content_around: Surroundings) -> None:
    other = does_everything(Official(eva.database, content_around), OTHERS)
    migrant = Official(eva.database, content_around)
    migrant.bot_id = eva.bot_id.removesuffix(":officials")
    migrant.says("gracias")
    erases(eva)
    [kept] = rows(eva.database, Learner)
    assert kept.name == OTHERS and copy(other)["learning"]["certificates"][0]["signed"]
    assert {each.bot_id for each in rows(eva.database, Conversation)} >= {migrant.bot_id, other.bot_id}


def test_an_order_to_keep_puts_it_off_and_the_wish_stands_where_the_data_officer_sees_it(eva: Official) -> None:
    def hold(session: Session) -> None:
        conversation = eva.conversation(session)
        until = eva.now + timedelta(days=90)
        session.add(LegalHold(conversation_id=conversation.id, why="Juzgado", placed_by="olga", placed_at=eva.now, review_at=until))

    eva.waits(minutes=1)
    eva.says("/borrar")
    eva.call(hold)
    assert "Ahora no puedo" in confirms(eva)
    eva.waits(minutes=1)
    assert eva.says("/borrar") == ["utter_learning_erase_held"]
    [request] = rows(eva.database, ArcoRequest)
    assert len(rows(eva.database, Learner)) == 1 and request.right is Right.CANCELLATION and request.learner_id == eva.of_learner("id")
    assert request.folio in eva.transcript()[-1].text
    assert eva.call(arco.register) == [] and len(eva.call(lambda session: arco.register(session, ~arco.of_a_migrant()))) == 1
    with pytest.raises(erasure.HeldError):
        eva.call(lambda session: erasure.erase(session, eva.conversation(session), Actor("x"), eva.now, None))


def test_the_audit_keeps_that_it_happened_and_its_chain(eva: Official) -> None:
    reference = eva.of_learner("reference")
    erases(eva)
    entries = eva.call(lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.subject == reference))))
    assert "official.erase" in {each.action for each in entries} and {each.why for each in entries} == {None}
    _, wrong = eva.database.call(audit.verify, None)
    assert not wrong
