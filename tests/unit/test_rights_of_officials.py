"""The data officer does for an official what they cannot do in the chat; a migrant is never who is meant, nor the other way round."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.content.retention import Kept
from bot.conversation.surroundings import Surroundings
from bot.courses import learners, reach
from bot.errors import RefusedError
from bot.keeping.retention import Run, run_now
from bot.permissions import Actor
from bot.privacy import arco, copies, erasure, holds, officer, officials, person, receipts
from bot.privacy.officials import Correction
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation, Message
from bot.records.database import Database
from bot.records.deliveries import OutboxMessage
from bot.records.learning import Certificate, Learner
from bot.records.privacy import ArcoRequest, ArcoState, Erasure, LegalHold, Right
from bot.records.staff import Role
from tests.chats import Chat
from tests.learning import INVITES, NAUCALPAN, PLACE, PUEBLA, Official, does_everything
from tests.stores import rows, rows_with

OLGA, SARA = Actor("olga", Role.DATA_OFFICER), Actor("sara", Role.SUPERVISOR)
NAME, SECRET = "Eva Luz Robles", "quiero mi copia por carta"


@pytest.fixture
def eva(database: Database, content_around: Surroundings, tmp_path: Path) -> Official:
    return does_everything(Official(database, replace(content_around, folder=tmp_path / "files", address="https://puente.example")), NAME)


@pytest.fixture
def migrant(eva: Official) -> Chat:
    """The same number, at the other bot."""
    made = Chat(eva.database, eva.around)
    made.id, made.bot_id = eva.id, eva.bot_id.removesuffix(":officials")
    made.now = eva.now
    made.says("me llamo Migrante Secreta y busco trabajo")
    return made


def around(official: Official) -> Surroundings:
    return replace(official.around, now=official.now)


def reference(official: Official) -> str:
    return str(official.of_learner("reference"))


def files(official: Official, right: Right = Right.ACCESS, days: int = 0) -> ArcoRequest:
    where = around(official)
    return official.call(
        lambda session: officials.file(session, OLGA, reference_in(session), right, SECRET, where.now - timedelta(days=days), where)
    )


def reference_in(session: Session) -> str:
    return session.scalars(select(Learner.reference)).one()


def loses_the_chat(official: Official) -> None:
    """Thrown away by age, with all that was said in it."""
    run = Run(
        {**official.around.content.retention, "transcript": short("transcript"), "delivery": short("delivery")},
        official.now + timedelta(days=9),
        Path(),
    )
    official.database.call(lambda session: session.execute(delete(OutboxMessage)))
    run_now(official.database, run, OLGA)
    assert rows(official.database, Conversation) == []


def short(name: str) -> Kept:
    return Kept(name, 1, "", None)  # type: ignore[arg-type]


def acts(database: Database, subject: str) -> list[str]:
    return database.call(lambda session: list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == subject))))


def test_an_official_is_found_by_each_of_four_things_and_no_name_is_shown(eva: Official) -> None:
    folio, chat = files(eva).folio, str(eva.get("reference"))
    [certificate] = rows(eva.database, Certificate)
    words = (reference(eva), certificate.number, f" URN:UUID:{certificate.number.upper()} ", folio, folio.lower(), chat)
    for number, word in enumerate(words):
        before = len(acts(eva.database, reference(eva)))
        found = eva.call(lambda session, word=word: officials.find(session, OLGA, word, around(eva)))
        assert found.reference == reference(eva) and found.place == PLACE, number
        assert "Robles" not in repr(found) and [each.number for each in found.certificates] == [certificate.number]
        assert len(acts(eva.database, reference(eva))) == before + 1
    for word in ("", "%", NAME, "Robles", PLACE.office, certificate.number[:-1], str(eva.id)):
        with pytest.raises(RefusedError):
            eva.call(lambda session, word=word: officials.find(session, OLGA, word, around(eva)))


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.DATA_OFFICER])
def test_nobody_else_finds_names_files_corrects_or_lists(role: Role, eva: Official) -> None:
    by, where, whom = Actor("x", role), around(eva), reference(eva)
    before = eva.of_learner("name")
    for attempt in (
        lambda s: officials.find(s, by, whom, where),
        lambda s: officials.open_name(s, by, whom, "para comparar el nombre", where),
        lambda s: officials.file(s, by, whom, Right.ACCESS, "", where.now, where),
        lambda s: officials.correct(s, by, whom, Correction("Otra Persona"), where, None),
        lambda s: officials.keep_quiet(s, by, whom, where),
        lambda s: officer.register_of_officials(s, by, where),
    ):
        with pytest.raises(RefusedError, match="permiso"):
            eva.call(attempt)
    assert eva.of_learner("name") == before and rows(eva.database, ArcoRequest) == []


def test_the_name_is_opened_with_a_reason_and_the_official_reads_that_it_was(eva: Official) -> None:
    with pytest.raises(RefusedError, match="para qué"):
        eva.call(lambda s: officials.open_name(s, OLGA, reference(eva), "  ver  ", around(eva)))
    assert eva.call(lambda s: officials.open_name(s, OLGA, reference(eva), "comparar con su identificación", around(eva))) == NAME
    eva.waits(minutes=1)
    assert eva.says("/quienvio") == ["utter_learning_who_saw"]
    assert "vio datos que dicen quién es usted" in eva.transcript()[-1].text


def test_the_copy_is_the_one_of_the_chat_and_the_migrant_is_not_in_it_nor_the_other_way(eva: Official, migrant: Chat) -> None:
    of_chat = eva.call(lambda s: copies.copy_of(s, eva.conversation(s)))
    by_officer = eva.call(lambda s: officer.export(s, OLGA, reference(eva), around(eva)))
    assert [each.pop("views") is not None for each in (of_chat, by_officer)] == [True, True]
    assert json.loads(copies.as_json(by_officer)) == json.loads(copies.as_json(of_chat))
    theirs = copies.as_json(eva.call(lambda s: officer.export(s, OLGA, str(migrant.get("reference")), around(eva))))
    assert "Migrante Secreta" in theirs and "learning" not in theirs and "Robles" not in theirs
    assert "Migrante Secreta" not in copies.as_json(by_officer)
    with pytest.raises(RefusedError):
        eva.call(lambda s: officials.find(s, OLGA, str(migrant.get("reference")), around(eva)))


def test_erasing_one_leaves_the_other_who_has_the_same_number(eva: Official, migrant: Chat) -> None:
    eva.call(lambda s: officer.erase(s, OLGA, reference(eva), around(eva)))
    assert rows(eva.database, Learner) == [] and "Migrante Secreta" in " ".join(each.text for each in migrant.transcript())
    other = does_everything(Official(eva.database, eva.around), "Otra Persona")
    eva.call(lambda s: officer.erase(s, OLGA, str(migrant.get("reference")), around(eva)))
    assert len(rows(eva.database, Learner)) == 1 and other.of_learner("name") == "Otra Persona"


def test_whose_chat_is_gone_is_copied_and_erased_by_the_number_of_a_certificate(eva: Official) -> None:
    [before] = rows(eva.database, Certificate)
    files(eva)
    eva.call(lambda s: s.execute(update(ArcoRequest).values(conversation_id=None)))
    whom = reference(eva)
    loses_the_chat(eva)
    found = eva.call(lambda s: officer.export(s, OLGA, before.number, around(eva)))
    assert found["learning"]["name"] == NAME and found["conversations"] == [] and len(found["requests_under_the_law"]) == 1
    whose, counts = eva.call(lambda s: officer.would_erase(s, OLGA, before.number, around(eva)))
    assert whose.is_official and counts["learners"] == counts["certificates"] == 1
    done = eva.call(lambda s: officer.erase(s, OLGA, before.number, around(eva)))
    assert receipts.is_genuine(erasure.receipt_of(done)) and done.asked_by == "olga"
    assert rows_with(eva.database, ["Robles", SECRET, whom], ("erasure.erased", "audit.subject")) == []
    [after] = rows(eva.database, Certificate)
    assert (after.number, after.course, after.municipality, after.issued_at) == (
        before.number,
        before.course,
        before.municipality,
        before.issued_at,
    )
    assert (after.learner_id, after.signed, after.token) == (None, None, None)
    rows_of = eva.call(lambda s: [(each.who, each.action) for each in s.scalars(select(AuditEntry).where(AuditEntry.subject == whom))])
    assert ("olga", "person.erase") in rows_of and ("official", "official.erase") not in rows_of


def test_the_receipt_goes_to_the_officials_chat_where_there_is_one(eva: Official) -> None:
    eva.call(lambda s: officer.erase(s, OLGA, reference(eva), around(eva)))
    [done] = rows(eva.database, Erasure)
    queued = [row for row in rows(eva.database, OutboxMessage) if row.state == "queued"]
    assert len(queued) == 1 and queued[0].bot_id == eva.bot_id and done.folio in rows(eva.database, Message)[-1].text


def test_the_term_runs_from_the_day_it_came_and_the_chat_is_told(eva: Official) -> None:
    made = files(eva, days=5)
    assert made.answer_by == arco.working_days_after(eva.now - timedelta(days=5), arco.ANSWER)
    assert made.folio in eva.transcript()[-1].text and SECRET not in eva.transcript()[-1].text
    assert files(eva).folio == made.folio, "what waits is not asked twice"
    for wrong in (-1, 61):
        with pytest.raises(RefusedError, match="fecha"):
            files(eva, Right.OPPOSITION, wrong)


def test_requests_of_officials_stand_in_their_own_register_also_once_they_are_erased(eva: Official) -> None:
    folio = files(eva).folio
    lists: Any = [lambda s: arco.register(s), lambda s: officer.register_of_officials(s, OLGA, around(eva))]
    assert [[each.folio for each in eva.call(listed)] for listed in lists] == [[], [folio]]
    eva.call(lambda s: officer.erase(s, OLGA, folio, around(eva)))
    assert [[each.folio for each in eva.call(listed)] for listed in lists] == [[], [folio]]
    [request] = rows(eva.database, ArcoRequest)
    assert (request.state, request.asked, request.learner_id, request.conversation_id) == (ArcoState.DONE, None, None, None)
    with pytest.raises(RefusedError):
        eva.call(lambda s: officials.find(s, OLGA, folio, around(eva)))


def test_an_answer_reaches_the_chat_of_the_courses_and_offers_nothing_of_migrants(eva: Official) -> None:
    folio = files(eva).folio
    eva.call(lambda s: officer.answer(s, OLGA, folio, ArcoState.EXTENDED, "Falta un papel", around(eva)))
    assert "Falta un papel" in eva.transcript()[-1].text
    eva.call(lambda s: officer.answer(s, OLGA, folio, ArcoState.GRANTED, "Va por correo", around(eva)))
    last = eva.transcript()[-1]
    assert "Va por correo" in last.text and last.response == "utter_learning_arco_answered"
    assert {payload for _, payload in last.buttons or ()} == {"/my_data", "/start"}
    eva.waits(minutes=1)
    assert "utter_arco_status" in eva.says("mis datos")


def test_a_supervisor_reads_no_request_of_an_official(eva: Official) -> None:
    folio = files(eva).folio
    with pytest.raises(RefusedError, match="No hay una solicitud"):
        eva.call(lambda s: officer.show(s, SARA, folio, around(eva)))
    assert eva.call(lambda s: officer.show(s, OLGA, folio, around(eva))).asked == SECRET


def test_who_objects_is_reminded_no_more(eva: Official) -> None:
    assert eva.of_learner("wants_reminders") is True
    eva.call(lambda s: officials.keep_quiet(s, OLGA, reference(eva), around(eva)))
    assert eva.of_learner("wants_reminders") is False and "person.correct" in acts(eva.database, reference(eva))
    with pytest.raises(RefusedError, match="ya no se le mandan"):
        eva.call(lambda s: officials.keep_quiet(s, OLGA, reference(eva), around(eva)))


def places(official: Official, **held: Any) -> None:
    now = official.now
    official.call(lambda s: holds.place(s, OLGA, person.of_word(s, reference(official)), "Juzgado 3", now + timedelta(days=90), now))


def test_an_order_to_keep_holds_back_everybody_until_it_is_lifted(eva: Official) -> None:
    places(eva)
    whom = reference(eva)
    assert eva.call(lambda s: holds.every(s, OLGA, eva.now)) == []
    assert [each for _, each in eva.call(holds.of_officials)] == [whom]
    for attempt in (
        lambda s: officer.erase(s, OLGA, whom, around(eva)),
        lambda s: erasure.erase(s, eva.conversation(s), OLGA, eva.now, None),
        lambda s: officials.correct(s, OLGA, whom, Correction("Otra Persona"), around(eva), None),
    ):
        with pytest.raises(RefusedError, match="orden de no borrar"):
            eva.call(attempt)
    eva.waits(minutes=1)
    assert eva.says("/borrar") == ["utter_learning_erase_held"]
    assert eva.call(lambda s: holds.lift(s, OLGA, person.of_word(s, whom), eva.now)) == 1
    eva.call(lambda s: officer.erase(s, OLGA, whom, around(eva)))
    assert rows(eva.database, Learner) == [] == rows(eva.database, LegalHold)


def test_age_takes_nobody_whom_an_order_keeps_or_whose_request_is_open(eva: Official) -> None:
    """Neither who learned nor who was invited and never came."""
    eva.call(lambda s: learners.invite(s, INVITES, eva.around.content, PLACE, eva.now))
    [learned, invited] = rows(eva.database, Learner)
    late = Run(eva.around.content.retention, eva.now + timedelta(days=9000), Path())
    for whom in (learned.reference, invited.reference):
        eva.call(lambda s, whom=whom: holds.place(s, OLGA, person.of_word(s, whom), "Juzgado", eva.now, eva.now))
    run_now(eva.database, late, OLGA)
    assert len(rows(eva.database, Learner)) == 2
    for whom in (learned.reference, invited.reference):
        eva.call(lambda s, whom=whom: officials.file(s, OLGA, whom, Right.ACCESS, "", eva.now, around(eva)))
        eva.call(lambda s, whom=whom: holds.lift(s, OLGA, person.of_word(s, whom), eva.now))
    run_now(eva.database, late, OLGA)
    assert len(rows(eva.database, Learner)) == 2
    eva.call(lambda s: s.execute(update(ArcoRequest).values(state=ArcoState.DONE, answered_at=eva.now)))
    run_now(eva.database, late, OLGA)
    assert rows(eva.database, Learner) == [] == rows(eva.database, ArcoRequest)


def test_who_comes_back_with_another_invitation_keeps_what_was_asked_and_ordered(eva: Official) -> None:
    eva.call(lambda s: learners.withdraw(s, INVITES, reference(eva), eva.now))
    link = eva.is_invited()
    [_, invited] = rows(eva.database, Learner)
    eva.call(lambda s: officials.file(s, OLGA, invited.reference, Right.ACCESS, "", eva.now, around(eva)))
    eva.call(lambda s: holds.place(s, OLGA, person.of_word(s, invited.reference), "Juzgado", eva.now, eva.now))
    eva.waits(minutes=1)
    for each in (f"/start curso_{link}", "Estoy de acuerdo", NAME):
        eva.says(each)
    [learner] = rows(eva.database, Learner)
    assert {each.learner_id for table in (ArcoRequest, LegalHold) for each in rows(eva.database, table)} == {learner.id}


def test_another_place_moves_the_certificates_that_are_not_revoked(eva: Official) -> None:
    content, elsewhere = eva.around.content, replace(PLACE, office="DIF Puebla", municipality=PUEBLA, post="first_contact")
    done = eva.call(lambda s: officials.correct(s, OLGA, reference(eva), Correction(place=elsewhere), around(eva), None))
    assert set(done.fields) == {"office", "municipality"} and done.links == []
    counts = [eva.call(lambda s, state=state: reach.read(s, SARA, content, state, eva.now)).total for state in ("15", "21")]
    assert [(each.people, each.certificates) for each in counts] == [(0, 0), (1, 1)]
    wrong = replace(PLACE, municipality="99999")
    with pytest.raises(RefusedError):
        eva.call(lambda s: officials.correct(s, OLGA, reference(eva), Correction(place=wrong), around(eva), None))
    with pytest.raises(RefusedError, match="nada distinto"):
        eva.call(lambda s: officials.correct(s, OLGA, reference(eva), Correction(" ", elsewhere), around(eva), None))
    assert eva.of_learner("municipality") == PUEBLA != NAUCALPAN
