"""A photograph of a document on its page: for a reason, drawn anew, and nothing of the file that somebody sent but its pixels."""

import io

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import pictures
from bot.cases import files
from bot.errors import RefusedError
from bot.permissions import Action
from bot.records.audit import AuditEntry
from bot.records.cases import CaseDocument, CaseFile, DocumentState
from bot.records.referrals import ReferralState
from tests.case_files import BIRTH
from tests.cases_made import FOLIO, NOW, make_case
from tests.console import Desk

PLACE = "19.0433N 98.2019W"
PATH = f"/consola/casos/{FOLIO}/foto"


def photo(size: tuple[int, int] = (40, 30)) -> bytes:
    """With what a camera writes beside the picture."""
    picture, made = Image.new("RGB", size, "green"), io.BytesIO()
    about = picture.getexif()
    about[0x010E] = PLACE
    picture.save(made, "JPEG", exif=about)
    return made.getvalue()


def keep(desk: Desk, data: bytes) -> None:
    stored = files.store(desk.app.settings.files_folder, data)

    def fill(session: Session) -> None:
        referral = make_case(session, state=ReferralState.ACCEPTED)
        case = CaseFile(referral_id=referral.id, programme="migrante_emprende", opened_at=NOW, changed_at=NOW)
        session.add(case)
        session.flush()
        session.add(CaseDocument(case_file_id=case.id, name=BIRTH, state=DocumentState.SENT, stored=stored, changed_at=NOW))

    desk.database.call(fill)


def test_a_photograph_is_shown_for_a_reason_and_without_what_the_camera_wrote(desk: Desk) -> None:
    keep(desk, photo())
    member = desk.member()
    assert PLACE.encode() in photo()
    assert member.send(PATH, paper=BIRTH, text="urge").status_code == 409
    answer = member.send(PATH, paper=BIRTH, text="cotejar el nombre")
    assert answer.headers["content-type"] == "image/jpeg" and "sandbox" in answer.headers["content-security-policy"]
    assert Image.open(io.BytesIO(answer.content)).size == (40, 30) and PLACE.encode() not in answer.content
    opened = select(AuditEntry).where(AuditEntry.action == Action.FILE_OPEN)
    assert [each.why for each in desk.database.call(lambda session: list(session.scalars(opened)))] == [f"{BIRTH}: cotejar el nombre"]


def test_a_pdf_is_a_file_to_keep_and_is_never_shown(desk: Desk) -> None:
    keep(desk, b"%PDF-1.4\n" + b"constancia" * 40)
    answer = desk.member().send(PATH, paper=BIRTH, text="cotejar el nombre")
    assert answer.headers["content-disposition"].startswith("attachment") and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("paper", ["../puente.keys", "nothing", "", "<script>alert(1)</script>"])
def test_what_is_no_document_opens_no_file(paper: str, desk: Desk) -> None:
    keep(desk, photo())
    answer = desk.member().send(PATH, paper=paper, text="cotejar el nombre")
    assert answer.status_code == 409 and "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0 no picture", b"<svg onload='alert(1)'/>", photo()[:200]], ids=["0", "jpg", "svg", "cut"]
)
def test_what_cannot_be_drawn_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError):
        pictures.drawn_anew(data)


def test_a_large_picture_is_made_smaller_and_too_large_a_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(Image.open(io.BytesIO(pictures.drawn_anew(photo((3000, 100))).data)).size) == pictures.LONGEST_SIDE
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    with pytest.raises(RefusedError):
        pictures.drawn_anew(photo())
