"""The certificate's PDF: what stands on it, the code that is read back, and the credential inside."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from bot.content.published import Content
from bot.courses import certificates, signing
from bot.courses.certificate_paper import Issuer, sheet
from bot.courses.certificates import Shown
from bot.courses.verification import Verdict, verify
from bot.records.database import Database
from tests.certified import NAME, NOW, ORIGIN, certify, course, saved_anew, with_course
from tests.unit.test_verification import NOTHING, TODAY


@pytest.fixture
def shown(database: Database, content: Content, tmp_path: Path) -> Shown:
    taught = course(tmp_path)
    published = with_course(content, taught)
    _, token = database.call(certify, published, taught)
    found = database.call(certificates.held, token, published, NOW)
    assert found
    return found


def issuer(content: Content, origin: str | None = ORIGIN) -> Issuer:
    return Issuer(content.learning.issuer, content.learning.proves, origin)


def words(pdf: bytes) -> str:
    [page] = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text().split())


@pytest.mark.parametrize("origin", [ORIGIN, None])
def test_it_says_who_finished_what_and_what_that_proves_and_its_code_leads_to_the_check(
    origin: str | None, shown: Shown, content: Content
) -> None:  # fmt: skip
    pdf = sheet(shown, issuer(content, origin), NOW)
    said = words(pdf)
    for part in (NAME, "Primer contacto", "Versión 3", "No es un documento oficial", "23 de noviembre de 2026", "22 de noviembre de 2028"):
        assert part in said
    assert shown.number in said.replace(" ", "") and "pendiente de validar" in said
    [image] = PdfReader(io.BytesIO(pdf)).pages[0].images
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(image.data)))
    assert code.text == (f"{ORIGIN}/insignia/{shown.number}" if origin else shown.number)


def test_the_credential_inside_is_genuine_also_when_another_program_saved_the_file(
    database: Database, shown: Shown, content: Content
) -> None:  # fmt: skip
    pdf, keys = sheet(shown, issuer(content), NOW), database.call(signing.public_keys)
    [(name, [attached])] = PdfReader(io.BytesIO(pdf)).attachments.items()
    assert attached.decode() == shown.signed and name.endswith(".jwt") and NAME.split()[0] not in name
    assert verify(pdf, keys, NOTHING, TODAY).verdict is Verdict.GENUINE
    packed = saved_anew(pdf)
    assert shown.signed.encode() not in packed
    assert verify(packed, keys, NOTHING, TODAY).verdict is Verdict.GENUINE


def test_a_changed_or_a_second_credential_in_the_file_is_refused(database: Database, shown: Shown, content: Content) -> None:
    pdf, keys = sheet(shown, issuer(content), NOW), database.call(signing.public_keys)
    at = pdf.index(shown.signed.encode()) + 900
    changed = pdf[:at] + (b"A" if pdf[at : at + 1] != b"A" else b"B") + pdf[at + 1 :]
    assert verify(changed, keys, NOTHING, TODAY).verdict is Verdict.TAMPERED
    twice = pdf + b"\nstream\n" + shown.signed.replace("eyJ", "eyK", 1).replace("eyK", "eyJ").encode()[:-4] + b"AAAA\nendstream"
    assert verify(twice, keys, NOTHING, TODAY).verdict is Verdict.UNREADABLE


@pytest.mark.parametrize("name", ["Ana Li", "W" * 39 + " " + "W" * 40, "Yesenia Ñáñez d'Õ"])
def test_any_name_stands_whole_on_one_page(name: str, shown: Shown, content: Content) -> None:
    long = replace(shown, name=name, title="M" * 40, criteria=shown.criteria * 4)
    assert name.replace(" ", "") in words(sheet(long, issuer(content), NOW)).replace(" ", "")
