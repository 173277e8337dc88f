"""What a self-assessment came to as a PDF to print: next steps, every question with its answer by area, and where it comes from."""

from datetime import date, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from bot.content.assessments import Area
from bot.content.languages import MEXICO, SOURCE
from bot.content.published import Content
from bot.conversation.replies import fill
from bot.courses.assessment_text import Answered, answer_of, closing_of, counts_of, day_of, place_of, steps_of
from bot.referrals.paper import FONTS, close_fonts, readable

SIZE, SMALL = 10.0, 8.5  # points
EDGE, ANSWER = 20.0, 24.0  # mm
TEAL, GREY = (29, 92, 99), (201, 196, 184)


def sheet(answered: Answered, content: Content, now: datetime) -> bytes:
    """Letter size, as many pages as it needs. Who answered stands nowhere in it."""
    page = _blank(answered, now)
    try:
        _heading(page, answered, content)
        _text(page, counts_of(content, answered), SIZE)
        _text(page, steps_of(content, answered.outcome), SIZE + 1)
        for area in answered.assessment.areas:
            _area(page, area, answered, content)
        page.ln(3)
        for line in _closing(answered, content, now.astimezone(MEXICO).date()):
            _text(page, line, SMALL)
        return bytes(page.output())
    finally:
        close_fonts(page)


def _blank(answered: Answered, now: datetime) -> FPDF:
    page = FPDF(format="letter")
    page.set_creation_date(now)
    page.set_title(answered.assessment.title)
    page.set_lang("es-MX")
    page.set_margin(EDGE)
    page.set_auto_page_break(True, 15)
    for style, name in (("", "Regular"), ("B", "Bold")):
        page.add_font("Noto", style, FONTS / f"NotoSans-{name}.ttf")
    page.add_page()
    return page


def _heading(page: FPDF, answered: Answered, content: Content) -> None:
    _line(page, content.learning.issuer, SIZE)
    page.set_font("Noto", "B", 18)
    page.multi_cell(0, 9, readable(answered.assessment.title)[0], align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    _text(page, f"{place_of(content, answered.municipality)} · {day_of(answered)}", SIZE)


def _area(page: FPDF, area: Area, answered: Answered, content: Content) -> None:
    page.ln(2)
    if page.will_page_break(30):
        page.add_page()
    _line(page, area.title, SIZE + 1)
    page.set_draw_color(*GREY)
    page.line(EDGE, page.get_y(), page.w - EDGE, page.get_y())
    page.ln(1.5)
    for question in area.questions:
        _row(page, answer_of(content, answered, question.id), fill(content, question.ask, SOURCE))


def _row(page: FPDF, answer: str, asked: str) -> None:
    """Side by side, and never on two pages."""
    height = SIZE * 0.48
    page.set_font("Noto", "", SIZE)
    lines = page.multi_cell(page.epw - ANSWER, height, readable(asked)[0], align="L", dry_run=True, output="LINES")
    assert isinstance(lines, list), "it was asked for lines"
    if page.will_page_break(height * len(lines)):
        page.add_page()
    page.set_font("Noto", "B", SIZE)
    page.cell(ANSWER, height, readable(answer)[0], new_x=XPos.RIGHT, new_y=YPos.TOP)
    page.set_font("Noto", "", SIZE)
    page.multi_cell(0, height, readable(asked)[0], align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(1)


def _closing(answered: Answered, content: Content, today: date) -> list[str]:
    """With the addresses of the sources: on paper nobody can press them."""
    addresses = [each.url for each in answered.assessment.review.sources if each.url]
    return [*closing_of(content, answered.assessment, SOURCE, today), "\n".join(addresses)]


def _line(page: FPDF, text: str, size: float) -> None:
    page.set_font("Noto", "B", size)
    page.set_text_color(*TEAL)
    page.cell(0, size * 0.65, readable(text)[0], new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_text_color(0)


def _text(page: FPDF, text: str, size: float) -> None:
    page.set_font("Noto", "", size)
    page.multi_cell(0, size * 0.48, readable(text)[0], align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(1.5)
