"""From our texts to Telegram's HTML: what was written is what is read, whatever it is, and every tag is closed."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.content.published import Content
from bot.conversation.formatting import as_html, as_plain
from bot.conversation.live import LiveContent
from bot.settings import ROOT

pieces = st.one_of(
    st.sampled_from(["**", "*", "<b>", "</b>", "<", ">", "&", "&amp;", "&#x3c;", "&lt", ";", '"', " ", "\n", "a", "ñ", "😀"])
)
texts = st.one_of(st.text(), st.lists(pieces, max_size=30).map("".join))
OURS = re.compile(r"</?b>")


class Reader(HTMLParser):
    """Reads as Telegram does: tags must be `b`, nested in none, and closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, attrs, self.depth) == ("b", [], 0)
        self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        assert (tag, self.depth) == ("b", 1)
        self.depth -= 1


@given(texts)
@example("**<**")
@example("&**lt;**")
@example("***a***")
def test_what_is_read_is_what_was_written_without_the_marks(text: str) -> None:
    assert html.unescape(OURS.sub("", as_html(text))) == as_plain(text)


@given(texts)
def test_no_tag_is_ever_left_open_or_closed_twice(text: str) -> None:
    reader = Reader()
    reader.feed(as_html(text))
    reader.close()
    assert reader.depth == 0


@given(texts)
def test_only_our_own_tags_are_tags(text: str) -> None:
    without = OURS.sub("", as_html(text))
    assert "<" not in without and ">" not in without
    assert not re.search(r"&(?!amp;|lt;|gt;)", without)


@given(texts.filter(lambda text: "**" not in text))
def test_without_marks_the_plain_text_is_the_text(text: str) -> None:
    assert as_plain(text) == text and "<b>" not in as_html(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Ojo:** lleve su acta", "<b>Ojo:</b> lleve su acta"),
        ("**uno** y **dos**", "<b>uno</b> y <b>dos</b>"),
        ("**ñ**", "<b>ñ</b>"),
        ("**sin cerrar", "**sin cerrar"),
        ("** espacios **", "** espacios **"),
        ("**dos\nlíneas**", "**dos\nlíneas**"),
        ("****", "****"),
        ("2 * 3 ** 4", "2 * 3 ** 4"),
        ("_uno_ [dos](tres) `x`", "_uno_ [dos](tres) `x`"),
        ("<b>Pérez</b> & Cía.", "&lt;b&gt;Pérez&lt;/b&gt; &amp; Cía."),
        ("**<Pérez>**", "<b>&lt;Pérez&gt;</b>"),
        ("https://a.mx/?x=1&y=2", "https://a.mx/?x=1&amp;y=2"),
        ('"comillas"', '"comillas"'),
    ],
)
def test_two_stars_are_bold_within_a_line_and_nothing_else_is_markup(text: str, expected: str) -> None:
    assert as_html(text) == expected


def test_every_mark_in_the_content_is_one_that_is_understood() -> None:
    content: Content = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()[0]
    said = [each.text for each in content.responses.values()]
    assert said and not [text for text in said if "**" in as_plain(text)]
