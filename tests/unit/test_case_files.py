"""Photographs at rest: encrypted, named at random, opened with a reason alone, and no half file after a crash."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import audit
from bot.cases import files
from bot.errors import KeysError, RefusedError
from bot.file_types import LARGEST
from bot.permissions import Actor
from bot.records.columns import KeyRing
from bot.records.keys import Keys
from bot.records.staff import Role
from bot.settings import ROOT
from tests.case_files import BIRTH, JPEG, OF_IPAM, OF_NAUCALPAN, PDF, Door, document_of, files_in, kept, look
from tests.chats import Chat

ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch(1)</script></svg>'
PAGE = b"<!DOCTYPE html><html><script>fetch(1)</script></html>"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\0" * 64


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
    with pytest.raises(RefusedError, match="Diga para qué lo necesita"):
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
