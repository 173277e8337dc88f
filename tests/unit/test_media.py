"""Files that people sent, in the browser of the staff: shown by what is in them, without what could do harm, to who said why."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from bot import pictures
from bot.errors import RefusedError, TelegramError
from bot.file_types import LARGEST
from bot.handoff import attachments, media
from bot.handoff.attachments import SentFile
from bot.records.staff import Role
from tests import telegram_json as telegram
from tests.attended import Attended

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("/consola")</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
PDF = b"%PDF-1.4\n1 0 obj << /OpenAction << /JS (app.alert(1)) >> >>\n%%EOF"
OGG = b"OggS\x00\x02" + b"\0" * 20 + b"\x01\x13OpusHead" + b"\0" * 40
MP4 = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + b"\0" * 64


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, (10, 120, 90)).save(target, kind, **more)
    return target.getvalue()


def with_place() -> bytes:
    """As a telephone takes it: turned, and with where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "casa de Ana"
    exif.get_ifd(0x8825)[2] = (19.0, 2.0, 38.0)
    return picture(exif=exif.tobytes(), comment=b"Ana Perez", size=(40, 30))


def bomb() -> bytes:
    """A few bytes that say they are a picture of 30,000 by 30,000."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def test_a_picture_comes_without_what_was_beside_its_pixels() -> None:
    came = with_place()
    assert b"casa de Ana" in came and b"Ana Perez" in came
    shown = media.shown(came)
    assert shown.media_type == "image/jpeg" and b"Ana" not in shown.data
    with Image.open(io.BytesIO(shown.data)) as seen:
        assert dict(seen.getexif()) == {} and seen.size == (30, 40), "upright, and nothing that says it was turned"


def test_what_hides_behind_a_picture_does_not_come_along() -> None:
    for came in (picture() + HTML, picture("PNG") + HTML, picture("GIF") + SVG, picture(comment=HTML)):
        assert b"<script>" in came and b"script" not in media.shown(came).data


@pytest.mark.parametrize(("kind", "comes"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/jpeg"), ("WEBP", "image/jpeg")])
def test_every_picture_is_made_anew_as_one_of_two_kinds(kind: str, comes: str) -> None:
    came = picture(kind)
    shown = media.shown(came)
    assert shown.media_type == comes and not shown.is_downloaded


def test_a_picture_is_made_no_larger_than_reading_it_needs() -> None:
    with Image.open(io.BytesIO(media.shown(picture(size=(5000, 1000))).data)) as seen:
        assert seen.size == (pictures.LONGEST_SIDE, pictures.LONGEST_SIDE // 5)


@pytest.mark.parametrize(
    "came",
    [
        SVG, b"\xef\xbb\xbf" + SVG, HTML, b"GIF89a" + HTML, b"\xff\xd8\xff" + HTML, picture()[:200], picture("PNG")[:40], bomb(), b"",
        b"hola", b"MZ\x90\x00" + b"\0" * 100, b"\x7fELF" + b"\0" * 100, b"PK\x03\x04" + b"\0" * 100, b"a" * (LARGEST + 1),
        b"RIFF\0\0\0\0WEBP" + HTML,
    ],
    ids=["svg", "svg with mark", "html", "gif and html", "jpeg and html", "half a jpeg", "half a png", "bomb", "nothing", "text", "program",
         "program of linux", "archive", "20 MB", "webp and html"],
)  # fmt: skip
def test_what_could_do_harm_or_is_broken_is_refused(came: bytes) -> None:
    with pytest.raises(RefusedError):
        media.shown(came)


@pytest.mark.parametrize(("came", "comes"), [(OGG, "audio/ogg"), (MP4, "video/mp4")])
def test_sound_and_film_come_under_their_own_type(came: bytes, comes: str) -> None:
    shown = media.shown(came)
    assert (shown.media_type, shown.data) == (comes, came)


def test_a_pdf_is_only_downloaded() -> None:
    shown = media.shown(PDF)
    assert shown.media_type == "application/pdf" and shown.is_downloaded


# At the door


class Telegram:
    """What it gives for the file, or None: it has it no more."""

    def __init__(self, gives: bytes | None) -> None:
        self.gives, self.asked = gives, list[str]()

    async def fetch(self, file: SentFile) -> bytes:
        self.asked.append(file.file_id)
        if self.gives is None:
            raise TelegramError("gone")
        return self.gives


NAME = '../../<script>alert(1)</script>"; x=.pdf'


@pytest.fixture
def sent(attended: Attended) -> Iterator[tuple[Attended, str]]:
    """Rosa holds the conversation, and Ana has sent a document in it, whatever it is."""
    attended.is_held()
    attended.chat.sends(**telegram.file("document", file_name=NAME, mime_type="application/pdf"))
    [file] = attended.chat.attachments()
    yield attended, f"{attended.path}/archivo/{file.id}"


def serves(attended: Attended, gives: bytes | None) -> Telegram:
    telegram_ = Telegram(gives)
    attended.desk.app.fetch_file = telegram_.fetch
    return telegram_


def test_a_file_is_shown_to_who_said_why_and_for_ten_minutes(sent: tuple[Attended, str]) -> None:
    attended, path = sent
    peer = serves(attended, picture())
    assert attended.rosa.get(path).status_code == 409
    assert attended.rosa.send(f"{path}/abrir", why="porque").status_code == 409, "that is no reason"
    assert peer.asked == []
    attended.rosa.send(f"{path}/abrir", why="Ver si es su acta")
    shown = attended.rosa.get(path)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert f'href="{path}"' in attended.rosa.get(attended.path).text
    assert attended.desk.member(Role.SUPERVISOR, "vera").get(path).status_code == 409, "she has given no reason"
    attended.later(seconds=attachments.OPEN_FOR.total_seconds())
    assert attended.rosa.get(path).status_code == 409
    assert [each.why for each in attended.audit("file.open")] == ["Ver si es su acta"]


def test_only_the_holder_opens_a_file(sent: tuple[Attended, str]) -> None:
    attended, path = sent
    serves(attended, picture())
    assert attended.desk.member(Role.AGENT, "luis").send(f"{path}/abrir", why="Ver si es su acta").status_code == 409


@pytest.mark.parametrize(("came", "how"), [(picture(), "inline"), (PDF, "attachment"), (OGG, "inline")])
def test_a_file_comes_under_a_name_of_ours_and_can_run_nothing(came: bytes, how: str, sent: tuple[Attended, str]) -> None:
    attended, path = sent
    serves(attended, came)
    attended.rosa.send(f"{path}/abrir", why="Ver si es su acta")
    headers = attended.rosa.get(path).headers
    assert headers["content-disposition"].startswith(f'{how}; filename="peticion-{attended.number}-archivo-')
    assert "script" not in headers["content-disposition"] and ".." not in headers["content-disposition"]
    assert "sandbox" in headers["content-security-policy"] and "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and "no-store" in headers["cache-control"]


def test_the_name_that_the_person_gave_it_is_shown_only_after_the_reason_and_as_text(sent: tuple[Attended, str]) -> None:
    attended, path = sent
    assert "alert(1)" not in attended.rosa.get(attended.path).text
    attended.rosa.send(f"{path}/abrir", why="Ver si es su acta")
    page = attended.rosa.get(attended.path).text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


@pytest.mark.parametrize("came", [SVG, HTML, None, b"a" * (LARGEST + 1)], ids=["svg", "html", "gone", "20 MB"])
def test_what_is_not_shown_is_refused_in_words(came: bytes | None, sent: tuple[Attended, str]) -> None:
    attended, path = sent
    serves(attended, came)
    attended.rosa.send(f"{path}/abrir", why="Ver si es su acta")
    refused = attended.rosa.get(path)
    assert refused.status_code == 409 and "No se pudo" in refused.text
    assert "alert(" not in refused.text and "fetch(" not in refused.text


def test_nothing_of_it_lies_on_the_disk(sent: tuple[Attended, str]) -> None:
    attended, path = sent
    serves(attended, picture())
    attended.rosa.send(f"{path}/abrir", why="Ver si es su acta")
    attended.rosa.get(path)
    folder = attended.desk.app.settings.files_folder
    assert not folder.exists() or not list(folder.rglob("*"))


def test_a_file_of_another_conversation_is_not_there(sent: tuple[Attended, str]) -> None:
    attended, path = sent
    serves(attended, picture())
    number = int(path.rpartition("/")[2])
    assert attended.rosa.send(f"{attended.path}/archivo/{number + 1}/abrir", why="Ver si es su acta").status_code == 409
    assert attended.rosa.get(f"{attended.path}/archivo/{number + 1}").status_code == 409
