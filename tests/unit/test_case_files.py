"""Photographs at rest: encrypted, named at random, deleted with the leave to keep them, and no half file after a crash."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import checklist, files, keeping
from bot.conversation.surroundings import Surroundings
from bot.errors import KeysError, RefusedError
from bot.file_types import LARGEST
from bot.permissions import Actor
from bot.records.cases import CaseDocument, DocumentState
from bot.records.columns import KeyRing
from bot.records.database import Database
from bot.records.keys import Keys
from bot.records.privacy import LegalHold
from bot.records.referrals import Consent, Referral, ReferralState
from bot.records.staff import Role
from bot.settings import ROOT
from tests.case_files import (
    BIRTH,
    COURSE,
    JPEG,
    OF_IPAM,
    OF_NAUCALPAN,
    PDF,
    ROSA,
    Door,
    applies,
    case_of,
    document_of,
    fetches,
    files_in,
    photo_consents,
    sends_photo,
)  # fmt: skip
from tests.chats import Chat

ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch(1)</script></svg>'
PAGE = b"<!DOCTYPE html><html><script>fetch(1)</script></html>"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    """Alone in her database: what is deleted is counted."""
    return Chat(database, content_around)


def kept(chat: Chat, folder: Path) -> str:
    """An application with a photograph that lies in the folder; its folio."""
    folio = applies(chat)
    sends_photo(chat)
    assert fetches(chat, folder) == 1
    return folio


def look(chat: Chat, folio: str, actor: Actor = ROSA, why: str | None = "revisar el acta") -> str:
    content = chat.around.content
    return chat.call(lambda session: files.open_for(session, actor, folio, BIRTH, why, content, chat.now))


def test_nothing_of_a_photograph_is_found_in_the_folder(ana: Chat, folder: Path) -> None:
    kept(ana, folder)
    [path] = folder.iterdir()
    data = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    for start in range(0, len(JPEG) - 8, 4):
        assert JPEG[start : start + 8] not in data
    assert BIRTH.encode() not in data and path.name == f"{document_of(ana).stored}.case"
    assert KeyRing.current().decrypt_bytes(data) == JPEG


@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=5000))
def test_what_is_stored_comes_back_as_it_was(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    KeyRing.keys = KeyRing.keys or Keys([Fernet.generate_key()], b"h" * 32)
    folder = tmp_path_factory.mktemp("files")
    name = files.store(folder, data)
    assert KeyRing.current().decrypt_bytes((folder / f"{name}.case").read_bytes()) == data
    assert len(data) < 8 or data not in (folder / f"{name}.case").read_bytes()


REFUSED = {
    "exe": PROGRAM, "elf": ELF, "svg": SVG, "html": PAGE, "text": b"recado", "empty": b"", "big": JPEG + b"\0" * LARGEST,
}  # fmt: skip


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_only_pictures_and_pdfs_are_kept_whatever_they_are_called(data: bytes) -> None:
    with pytest.raises(RefusedError):
        files.look_at(data)


@pytest.mark.parametrize("data", [JPEG, PDF])
def test_pictures_and_pdfs_are_kept(data: bytes) -> None:
    files.look_at(data)


# Opened by staff


def test_an_opened_paper_is_a_copy_for_its_reader_alone_and_is_swept_away(ana: Chat, folder: Path) -> None:
    folio = kept(ana, folder)
    path = files.lay_open(folder, look(ana, folio))
    assert path.read_bytes() == JPEG and path.suffix == ".jpg" and path.stat().st_mode & 0o777 == 0o600
    assert ana.call(lambda session: files.sweep(session, folder, datetime.now(UTC))) == 0
    assert ana.call(lambda session: files.sweep(session, folder, datetime.now(UTC) + timedelta(hours=2))) == 1
    assert files_in(folder) == [f"{document_of(ana).stored}.case"]


@pytest.mark.parametrize("why", [None, "", "  ", "x", "  ver      "])
def test_no_paper_is_opened_without_a_reason(why: str | None, ana: Chat, folder: Path) -> None:
    folio = kept(ana, folder)
    with pytest.raises(RefusedError, match="--why"):
        look(ana, folio, why=why)


def test_every_opening_is_written_down_with_its_reason(ana: Chat, folder: Path) -> None:
    folio = kept(ana, folder)
    look(ana, folio, OF_IPAM)
    entries = ana.call(lambda session: audit.about(session, ana.get("reference"), ("file.open",)))
    assert [(each.who, each.office, each.why) for each in entries] == [("ipam.ana", "ipam", f"{BIRTH}: revisar el acta")]


def test_another_office_opens_nothing(ana: Chat, folder: Path) -> None:
    folio = kept(ana, folder)
    with pytest.raises(RefusedError, match="No hay un expediente"):
        look(ana, folio, OF_NAUCALPAN)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.REVIEWER, Role.ADMIN, Role.DATA_OFFICER])
def test_who_may_not_see_papers_opens_none(role: Role, ana: Chat, folder: Path) -> None:
    folio = kept(ana, folder)
    with pytest.raises(RefusedError, match="permiso"):
        look(ana, folio, Actor("somebody", role))


def test_a_paper_is_closed_to_all_from_the_moment_the_leave_is_taken_back(ana: Chat, folder: Path) -> None:
    folio = kept(ana, folder)
    ana.presses("/withdraw_photos")
    with pytest.raises(RefusedError, match="ya no autoriza"):
        look(ana, folio)


# Deleted


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


# Keys and crashes


def test_new_keys_encrypt_every_photograph_anew_and_the_old_key_is_no_longer_needed(ana: Chat, folder: Path) -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    before = KeyRing.keys
    try:
        KeyRing.keys = Keys([old], b"h" * 32)
        names = [files.store(folder, data) for data in (JPEG, PDF)]
        assert files.reencrypt(folder, Keys([new, old], b"h" * 32)) == 2
        only_new = Keys([new], b"h" * 32)
        assert [only_new.decrypt_bytes((folder / f"{name}.case").read_bytes()) for name in names] == [JPEG, PDF]
        with pytest.raises(KeysError):
            Keys([old], b"h" * 32).decrypt_bytes((folder / f"{names[0]}.case").read_bytes())
        assert files_in(folder) == sorted(f"{name}.case" for name in names)
    finally:
        KeyRing.keys = before


DIES = """
import os, sys
from pathlib import Path
from cryptography.fernet import Fernet
from bot.cases import files
from bot.records.columns import KeyRing
from bot.records.database import Database
from bot.records.keys import Keys
KeyRing.keys = Keys([Fernet.generate_key()], b"h" * 32)
if sys.argv[2] == "writing":
    whole = os.fdopen
    class Half:
        def __init__(self, file): self.file = file
        def __enter__(self): return self
        def __exit__(self, *_): self.file.close()
        def write(self, data): self.file.write(data[:100]); self.file.flush(); os.kill(os.getpid(), 9)
    os.fdopen = lambda *given: Half(whole(*given))
else:
    os.replace = lambda *given: os.kill(os.getpid(), 9)
files.store(Path(sys.argv[1]), b"%PDF-1.4" + b"x" * 100_000)
"""


@pytest.mark.parametrize("moment", ["writing", "renaming"])
def test_a_process_killed_while_it_stores_leaves_no_half_file(moment: str, ana: Chat, folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-c", DIES, str(folder), moment]
    killed = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert killed.returncode == -9
    assert [name for name in files_in(folder) if name.endswith(".case")] == []
    assert len(files_in(folder)) == 1, "the draft"
    assert ana.call(lambda session: files.sweep(session, folder, datetime.now(UTC) + timedelta(hours=2))) == 1
    assert files_in(folder) == []


def test_what_no_row_speaks_of_is_swept_after_an_hour_and_what_staff_keep_is_left_alone(ana: Chat, folder: Path) -> None:
    kept(ana, folder)
    lost = files.store(folder, Door().gives)
    (folder / "12-34.jpg").write_bytes(JPEG)
    assert ana.call(lambda session: files.sweep(session, folder, datetime.now(UTC))) == 0
    assert ana.call(lambda session: files.sweep(session, folder, datetime.now(UTC) + timedelta(hours=2))) == 1
    assert f"{lost}.case" not in files_in(folder) and len(files_in(folder)) == 2
