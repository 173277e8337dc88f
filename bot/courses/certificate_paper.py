"""The certificate as a PDF of one page, with the signed credential attached: whoever has the file can verify it without asking us."""

import io
from dataclasses import dataclass
from datetime import datetime

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from bot.content.languages import MEXICO, day_in_words
from bot.courses.certificates import Shown
from bot.referrals.paper import FONTS, close_fonts, readable

SIZES = (11.0, 10.0, 9.0, 8.0, 7.0)  # points: the first that lets all stand on one page
LARGEST_NAME, SMALLEST_NAME = 30, 14
CODE = 40.0  # mm
EDGE = 18.0
TEAL, GOLD = (29, 92, 99), (224, 168, 58)


@dataclass(frozen=True)
class Issuer:
    """`proves`: what a certificate proves and what not; `origin`: none where nobody outside can open our pages."""

    name: str
    proves: str
    origin: str | None


def sheet(shown: Shown, issuer: Issuer, now: datetime) -> bytes:
    """The PDF, always one page."""
    for size in SIZES:
        page = _laid_out(shown, issuer, now, size)
        try:
            if page.page_no() == 1:
                return bytes(page.output())
        finally:
            close_fonts(page)
    raise AssertionError("a certificate's texts fit one page")


def file_name(shown: Shown, ending: str) -> str:
    """Without the holder's name: files are sent around."""
    return f"constancia-{shown.number[:8]}.{ending}"


def _laid_out(shown: Shown, issuer: Issuer, now: datetime, size: float) -> FPDF:
    page = _blank(shown, now)
    _line(page, f"{issuer.name} · Asistente para personas migrantes", 11, "B", TEAL)
    page.ln(4)
    _line(page, "Constancia de curso", 14, "", TEAL)
    _name(page, readable(shown.name)[0])
    _line(page, "terminó el curso", 13)
    _line(page, readable(shown.title)[0], 20, "B")
    _line(page, f"Versión {shown.version}", size)
    page.ln(3)
    _foot(page, shown, issuer, size)
    page.embed_file(
        bytes=shown.signed.encode(), basename=file_name(shown, "jwt"), mime_type="application/jwt", modification_date=now, compress=False,
        desc="Credencial firmada (Open Badges 3.0)",
    )  # fmt: skip
    return page


def _blank(shown: Shown, now: datetime) -> FPDF:
    page = FPDF(orientation="landscape", format="letter")
    page.set_creation_date(now)
    page.set_title(f"Constancia {shown.number}")
    page.set_lang("es-MX")
    page.set_margin(EDGE)
    page.set_auto_page_break(True, EDGE)
    for style, name in (("", "Regular"), ("B", "Bold")):
        page.add_font("Noto", style, FONTS / f"NotoSans-{name}.ttf")
    page.add_page()
    for width, colour, inset in ((1.2, TEAL, 8.0), (0.4, GOLD, 10.0)):
        page.set_draw_color(*colour)
        page.set_line_width(width)
        page.rect(inset, inset, page.w - 2 * inset, page.h - 2 * inset)
    return page


def _name(page: FPDF, name: str) -> None:
    """As large as fits in one line."""
    size = LARGEST_NAME
    page.set_font("Noto", "B", size)
    while page.get_string_width(name) > page.epw and size > SMALLEST_NAME:
        size -= 1
        page.set_font("Noto", "B", size)
    page.ln(3)
    _line(page, name, size, "B")
    page.ln(2)


def _foot(page: FPDF, shown: Shown, issuer: Issuer, size: float) -> None:
    """What it proves on the left, how to verify it on the right."""
    top = page.get_y()
    page.set_right_margin(EDGE + CODE + 10)
    for label, text in _said(shown, issuer):
        _line(page, label, size, "B", TEAL, "L")
        _line(page, readable(text)[0], size, align="L")
        page.ln(1.5)
    page.set_right_margin(EDGE)
    address = f"{issuer.origin}/insignia/{shown.number}" if issuer.origin else ""
    drawn = io.BytesIO()
    segno.make(address or shown.number, error="m", micro=False).save(drawn, kind="png", scale=8, border=4)
    where = "Código que abre la comprobación" if address else "Código con el número de la constancia"
    page.image(drawn, x=page.w - EDGE - CODE, y=top, w=CODE, h=CODE, link=address or "", alt_text=where)


def _said(shown: Shown, issuer: Issuer) -> list[tuple[str, str]]:
    checked = f"Abra {issuer.origin}/insignia/{shown.number} o suelte este archivo en {issuer.origin}/verificar." if issuer.origin else (
        f"Pida a {issuer.name} la página verificar.html y suelte ahí este archivo. Funciona sin internet."
    )  # fmt: skip
    return [
        ("Qué hizo", shown.criteria),
        ("Qué prueba esta constancia, y qué no", issuer.proves),
        ("Vigencia", f"Del {_day(shown.issued_at)} al {_day(shown.expires_at)}."),
        ("Número", shown.number),
        ("Cómo comprobarla", f"{checked} Este archivo lleva dentro la credencial firmada; una impresión no la lleva."),
    ]


def _line(page: FPDF, text: str, size: float, style: str = "", colour: tuple[int, int, int] = (0, 0, 0), align: str = "C") -> None:
    page.set_font("Noto", style, size)
    page.set_text_color(*colour)
    page.multi_cell(0, size * 0.5, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(MEXICO).date())
