"""The checklist of a case: what may follow what, what the office decides, and what the person is told and may send again."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from bot.cases import checklist
from bot.cases.checklist import MAY_BECOME
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.records.cases import CaseDocument, CaseFile, DocumentState
from tests.case_files import BIRTH, COURSE, OF_IPAM, OF_NAUCALPAN, ROSA, applies, case_of, document_of, events_of, sends_photo
from tests.chats import Chat

ACCEPTED, MISSING, REJECTED, SENT = DocumentState.ACCEPTED, DocumentState.MISSING, DocumentState.REJECTED, DocumentState.SENT


def around(chat: Chat) -> Surroundings:
    return replace(chat.around, now=chat.now)


def decide(chat: Chat, state: DocumentState, why: str | None = None, name: str = BIRTH, actor: Actor = ROSA) -> bool:
    folio = case_of(chat)[1].folio
    return chat.call(lambda session: checklist.decide(session, actor, folio, name, state, why, around(chat)))


@pytest.mark.parametrize("before", list(DocumentState))
def test_a_document_changes_as_the_table_allows_and_every_change_leaves_an_event(before: DocumentState, ana: Chat) -> None:
    assert set(MAY_BECOME) == set(DocumentState)
    applies(ana)
    ids = case_of(ana)[0].id, document_of(ana).id
    for after in DocumentState:

        def move(session: Session, after: DocumentState = after) -> None:
            case, row = session.get_one(CaseFile, ids[0]), session.get_one(CaseDocument, ids[1])
            row.state = before
            checklist.change(session, case, row, after, "rosa", "borrosa", ana.now)

        known = len(events_of(ana))
        if after in MAY_BECOME[before]:
            ana.call(move)
            assert document_of(ana).state is after and document_of(ana).why == ("borrosa" if after is REJECTED else None)
            assert events_of(ana)[-1].why == f"{BIRTH} {after}: borrosa" and len(events_of(ana)) == known + 1
        else:
            with pytest.raises(RefusedError, match="no puede pasar"):
                ana.call(move)
            assert len(events_of(ana)) == known


def test_a_paper_that_does_not_do_is_told_with_the_reason_and_may_be_sent_again(ana: Chat) -> None:
    folio = applies(ana)
    sends_photo(ana)
    assert decide(ana, REJECTED, "se ve borrosa")
    told = ana.transcript()[-1]
    assert told.response == "utter_case_document_rejected" and "se ve borrosa" in told.text and folio in told.text
    ana.says("/mitramite")
    assert "mande otra foto. La oficina dijo: se ve borrosa" in ana.transcript()[-1].text
    assert sends_photo(ana, file_id="photo-2") == ["utter_case_document_received"]
    assert (document_of(ana).state, document_of(ana).file_id, document_of(ana).why) == (SENT, "photo-2", None)


def test_a_paper_is_not_turned_down_without_a_reason(ana: Chat) -> None:
    applies(ana)
    sends_photo(ana)
    with pytest.raises(RefusedError, match="razón"):
        decide(ana, REJECTED)
    assert document_of(ana).state is SENT


def test_an_accepted_paper_is_told_and_not_asked_for_again(ana: Chat) -> None:
    applies(ana)
    sends_photo(ana)
    assert decide(ana, ACCEPTED, actor=OF_IPAM)
    assert ana.transcript()[-1].response == "utter_case_document_accepted"
    ana.says("/mitramite")
    assert f"/send_document=migrante_emprende.{BIRTH}" not in [payload for _, payload in ana.transcript()[-1].buttons or []]
    assert ana.presses(f"/send_document=migrante_emprende.{BIRTH}") == ["utter_case_status"] and ana.pending is None


def test_a_paper_shown_in_person_is_accepted_without_a_photograph(ana: Chat) -> None:
    applies(ana)
    decide(ana, ACCEPTED, name=COURSE)
    assert document_of(ana, COURSE).state is ACCEPTED


def test_another_office_decides_nothing(ana: Chat) -> None:
    applies(ana)
    sends_photo(ana)
    with pytest.raises(RefusedError, match="No hay un expediente"):
        decide(ana, ACCEPTED, actor=OF_NAUCALPAN)
    assert document_of(ana).state is SENT


def test_a_paper_the_programme_does_not_ask_for_is_refused_by_name(ana: Chat) -> None:
    applies(ana)
    with pytest.raises(RefusedError, match="birth_certificate"):
        decide(ana, ACCEPTED, name="passport")


def test_without_leave_no_photograph_is_received(ana: Chat) -> None:
    applies(ana)
    ids = case_of(ana)[0].id, document_of(ana).id

    def receive(session: Session) -> None:
        checklist.receive(session, session.get_one(CaseFile, ids[0]), session.get_one(CaseDocument, ids[1]), "photo-1", ana.now)

    with pytest.raises(RefusedError, match="permiso"):
        ana.call(receive)
    assert document_of(ana).file_id is None
