"""Photographs go with the leave to keep them, and stay while it holds or a court wants them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cases import checklist, files, keeping
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.records.cases import CaseDocument, DocumentState
from bot.records.database import Database
from bot.records.privacy import LegalHold
from bot.records.referrals import Consent, Referral, ReferralState
from tests.case_files import BIRTH, COURSE, ROSA, case_of, document_of, files_in, kept, look, photo_consents, sends_photo
from tests.chats import Chat


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    """Alone in her database: what is deleted is counted."""
    return Chat(database, content_around)


def follow(chat: Chat, folder: Path) -> int:
    return chat.call(lambda session: keeping.follow_referrals(session, folder, chat.now))


def lately(chat: Chat, folder: Path) -> int:
    return chat.call(lambda session: keeping.follow_lately(session, folder, chat.now))


def test_while_the_leave_holds_a_photograph_stays(ana: Chat, folder: Path) -> None:
    kept(ana, folder)
    ana.later(days=179)
    assert follow(ana, folder) == 0 and len(files_in(folder)) == 1


def taken_back(chat: Chat) -> None:
    chat.presses("/withdraw_photos")


def has_expired(chat: Chat) -> None:
    chat.later(days=181)


def referral_becomes(state: ReferralState) -> Callable[[Chat], None]:
    def become(chat: Chat) -> None:
        referral_id = case_of(chat)[1].id

        def end(session: Session) -> None:
            referral = session.get_one(Referral, referral_id)
            referral.state, referral.changed_at = state, chat.now

        chat.call(end)

    return become


def is_turned_down(chat: Chat) -> None:
    around, folio = replace(chat.around, now=chat.now), case_of(chat)[1].folio
    chat.call(lambda session: checklist.decide(session, ROSA, folio, BIRTH, DocumentState.REJECTED, "borrosa", around))


def leave_alone_ends(chat: Chat) -> None:
    """Taken back where all permits are shown, of a document that was accepted: its own row does not change."""
    document_id, [leave] = document_of(chat).id, photo_consents(chat)

    def end(session: Session) -> None:
        session.get_one(CaseDocument, document_id).state = DocumentState.ACCEPTED
        session.get_one(Consent, leave.id).withdrawn_at = chat.now

    chat.call(end)


ENDS = {
    "leave alone": leave_alone_ends,
    "taken back": taken_back, "expired": has_expired, "withdrawn": referral_becomes(ReferralState.WITHDRAWN),
    "referral expired": referral_becomes(ReferralState.EXPIRED), "revoked": referral_becomes(ReferralState.REVOKED),
    "turned down": is_turned_down,
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_a_photograph_goes_when_nobody_may_keep_it_any_more(end: str, ana: Chat, folder: Path) -> None:
    kept(ana, folder)
    ENDS[end](ana)
    assert follow(ana, folder) > 0
    assert files_in(folder) == [] and document_of(ana).stored is None and document_of(ana).state is not DocumentState.SENT
    assert follow(ana, folder) == 0


@pytest.mark.parametrize("end", [end for end in ENDS if end != "expired"])
def test_what_was_taken_back_just_now_goes_without_a_look_at_the_others(end: str, ana: Chat, folder: Path) -> None:
    kept(ana, folder)
    beto = Chat(ana.database, ana.around)
    kept(beto, folder)
    referral_becomes(ReferralState.WITHDRAWN)(beto)
    ana.later(hours=1)  # his was taken back long ago: that is for the look at all
    assert lately(ana, folder) == 0
    ENDS[end](ana)
    assert lately(ana, folder) > 0 and files_in(folder) == [f"{document_of(beto).stored}.case"]
    assert lately(ana, folder) == 0


def test_a_legal_hold_keeps_the_photograph_and_nobody_opens_it(ana: Chat, folder: Path) -> None:
    folio = kept(ana, folder)

    def hold(session: Session) -> None:
        session.add(LegalHold(conversation_id=ana.get("id"), why="Juzgado 3", placed_by="dora", placed_at=ana.now, review_at=ana.now))

    ana.call(hold)
    assert ana.presses("/withdraw_photos") == ["utter_case_photos_held"]
    assert follow(ana, folder) == 0 and len(files_in(folder)) == 1
    with pytest.raises(RefusedError):
        look(ana, folio)

    def lift(session: Session) -> None:
        for each in session.scalars(select(LegalHold).where(LegalHold.conversation_id == ana.get("id"))):
            each.lifted_at = ana.now

    ana.call(lift)
    assert follow(ana, folder) == 1 and files_in(folder) == []


def test_an_erasure_takes_the_photographs_of_that_person_alone(ana: Chat, folder: Path) -> None:
    kept(ana, folder)
    beto = Chat(ana.database, ana.around)
    kept(beto, folder)
    sends_photo(ana, COURSE, "photo-2")
    assert ana.call(lambda session: files.delete_of(session, ana.get("id"), folder)) == 1
    assert files_in(folder) == [f"{document_of(beto).stored}.case"]
    assert (document_of(ana).stored, document_of(ana, COURSE).file_id) == (None, None)
    assert ana.call(lambda session: files.delete_of(session, ana.get("id"), folder)) == 0


def test_only_leave_for_photographs_is_taken_back_with_them(ana: Chat, folder: Path) -> None:
    kept(ana, folder)
    ana.presses("/withdraw_photos")
    standing = ana.call(lambda session: session.scalars(select(Consent).where(Consent.referral_id == case_of(ana)[1].id)).all())
    assert [(each.kind, each.withdrawn_at is None) for each in standing] == [("share", True), ("documents", False)]
    assert len(photo_consents(ana)) == 1
