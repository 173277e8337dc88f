"""One sheet of paper about a case, for an institution without a computer at hand: what its link shows, and the code that opens it.

Noto Sans (bot/referrals/fonts) is in the sheet, so that names in Spanish, Portuguese, French and Haitian Creole look the same on every
machine.
"""

import io
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import segno
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from bot.content.languages import MEXICO, moment_in_words
from bot.content.published import Content
from bot.referrals.partner_links import SharedCase

FONTS = Path(__file__).parent / "fonts"
SIZES = (11.0, 10.0, 9.0, 8.0, 7.0)  # points: the first that lets all stand on one page
LONGEST_VALUE = 1500  # characters of one answer where not even the smallest does
CODE = 42.0  # mm
LABEL = 42.0
NO_TELEPHONE = "La persona no dejó teléfono. Para comunicarse con ella, hable con el equipo que le mandó esta hoja."
STEPS = (
    "Abra el enlace con la cámara de un teléfono o escríbalo en una computadora. No necesita cuenta.",
    "Conteste si recibieron el caso y si lo aceptan. Al terminar, márquelo también.",
    "Use estos datos solo para atender este caso. Guarde la hoja bajo llave y destrúyala al terminar.",
)


def sheet(case: SharedCase, content: Content, url: str, now: datetime) -> bytes:
    """The PDF, always one page of letter size."""
    short = tuple((label, _cut(value)) for label, value in case.lines)
    for size, lines in (*((size, case.lines) for size in SIZES), (SIZES[-1], short)):
        page = _laid_out(case, content, url, now, size, lines)
        try:
            if page.page_no() == 1:
                return bytes(page.output())
        finally:
            close_fonts(page)
    raise AssertionError("the answers of a case, cut, fit one page")


def close_fonts(page: FPDF) -> None:
    """The library leaves the files open."""
    for font in page.fonts.values():
        if isinstance(font, TTFFont):
            font.close()


def _cut(value: str) -> str:
    flat = " ".join(value.split())
    return flat if len(flat) <= LONGEST_VALUE else f"{flat[:LONGEST_VALUE].rstrip()}… (lo demás se lee en el enlace)"


def _laid_out(case: SharedCase, content: Content, url: str, now: datetime, size: float, lines: Iterable[tuple[str, str]]) -> FPDF:
    page = _blank(now)
    _heading(page, case)
    _code(page, url)
    page.set_y(max(page.get_y(), 32.0))
    unreadable = False
    page.set_right_margin(20 + CODE + 6)
    for label, value in _about(case, content, now.astimezone(MEXICO).date()):
        unreadable |= _row(page, label, value, size)
    page.set_right_margin(20)
    page.set_y(max(page.get_y() + 3, 20 + CODE + 10))
    _title(page, "Lo que la persona autorizó compartir", size)
    for label, value in lines:
        if label not in ("Folio", "Estado"):
            unreadable |= _row(page, label, value, size)
    if not case.has_telephone:
        _row(page, "Nota", NO_TELEPHONE, size)
    if unreadable:
        _row(page, "Nota", "Hay letras que esta hoja no puede mostrar («?»). Se leen bien en el enlace.", size)
    page.ln(3)
    _title(page, "Qué hacer", size)
    for number, step in enumerate(STEPS, 1):
        _row(page, f"{number}.", step, size, label_width=8)
    page.ln(2)
    page.set_font("Noto", "", size - 1)
    page.multi_cell(
        0, size * 0.45, f"El enlace vence el {_day(case.expires_at)}, o antes si la persona retira su permiso.\n{url}",
        new_x=XPos.LMARGIN, new_y=YPos.NEXT,
    )  # fmt: skip
    return page


def _blank(now: datetime) -> FPDF:
    page = FPDF(format="letter")
    page.set_creation_date(now)
    page.set_title("Caso enviado con Puente")
    page.set_lang("es-MX")
    page.set_margin(20)
    page.set_auto_page_break(True, 15)
    for style, name in (("", "Regular"), ("B", "Bold")):
        page.add_font("Noto", style, FONTS / f"NotoSans-{name}.ttf")
    page.add_page()
    return page


def _heading(page: FPDF, case: SharedCase) -> None:
    page.set_font("Noto", "B", 10)
    page.set_text_color(29, 92, 99)
    page.cell(0, 5, "Puente · Asistente para personas migrantes", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_text_color(0)
    page.set_font("Noto", "B", 20)
    page.cell(0, 12, f"Caso {case.folio}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _code(page: FPDF, url: str) -> None:
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="png", scale=8, border=4)
    page.image(drawn, x=page.w - 20 - CODE, y=20, w=CODE, h=CODE, link=url, alt_text="Código que abre el enlace del caso")


def _about(case: SharedCase, content: Content, today: date) -> Iterable[tuple[str, str]]:
    organization, service = content.organizations.get(case.organization_id), content.services.get(case.service_id or "")
    yield "Para", "\n".join(filter(None, (organization.name if organization else case.organization_id, service.name if service else "")))
    locations = [content.locations[each] for each in service.locations] if service else []
    names = [("Dirección", each.address) for each in locations if each.address]
    names += [("Teléfono", organization.telephone)] if organization and organization.telephone else []
    for label, name in names:
        fact = content.facts.get(name)
        if fact and fact.may_be_said(today):  # an address that is not public, or that nobody confirmed, is on no paper
            yield f"{label} de la oficina", fact.value
    yield "Estado", case.state_in_words
    if case.answer_by:
        yield "Conteste antes de", _day(case.answer_by)


def _title(page: FPDF, text: str, size: float) -> None:
    page.set_font("Noto", "B", size + 1)
    page.set_text_color(29, 92, 99)
    page.cell(0, size * 0.65, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_text_color(0)
    page.set_draw_color(201, 196, 184)
    page.line(page.l_margin, page.get_y(), page.w - page.r_margin, page.get_y())
    page.ln(1.5)


def _row(page: FPDF, label: str, value: str, size: float, label_width: float = LABEL) -> bool:
    """A label and its value. True when a letter of them is not in the font."""
    height, top, first_page = size * 0.48, page.get_y(), page.page_no()
    (label, missed), (value, missed_too) = readable(label), readable(value)
    page.set_font("Noto", "B", size)
    page.multi_cell(label_width, height, label, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    below = page.get_y()
    if page.page_no() == first_page:
        page.set_y(top)
    page.set_x(page.l_margin + label_width)
    page.set_font("Noto", "", size)
    page.multi_cell(0, height, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_y(max(page.get_y(), below) + 1 if page.page_no() == first_page else page.get_y() + 1)
    return missed or missed_too


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    with TTFont(FONTS / "NotoSans-Regular.ttf") as font:
        return frozenset(font.getBestCmap())


def readable(text: str) -> tuple[str, bool]:
    """The text with "?" for what the font cannot show, and whether there was any."""
    shown = "".join(letter if letter == "\n" or ord(letter) in _letters() else "?" if letter.isprintable() else " " for letter in text)
    return shown, any(letter.isprintable() and ord(letter) not in _letters() for letter in text)


def _day(at: datetime) -> str:
    return f"{moment_in_words(at)} (hora del centro de México)"
