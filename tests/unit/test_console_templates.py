"""What every template of the console keeps to: a title and a heading, nothing inline, forms that are ours and do once what they do."""

import re
from pathlib import Path

import pytest

from bot.console.pages import HERE

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
BEFORE_SIGNING_IN = {"sign_in.html", "invitation.html"}  # nobody's session yet: what they send proves itself
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
INLINE = re.compile(r"<[a-z][^>]*\s(style|on[a-z]+)\s*=", re.IGNORECASE)
SAID = re.compile(r">([^<>{}]*[^\W\d_]{3,}[^<>{}]*)<")
MARK = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
SAME_EVERYWHERE = ("Puente", "· Puente", "/soy", "age --decrypt -o datos.csv puente-….csv.age")

every_template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@every_template
def test_a_page_has_a_title_and_a_heading(path: Path) -> None:
    text = text_of(path)
    if '{% extends "layout.html" %}' not in text:
        assert "<html" not in text or path.name == "layout.html"
        return
    title = re.search(r"\{% block title %\}(.+?)\{% endblock %\}", text)
    assert title and "_(" in title[1]
    assert "<h1" in text and (text.count("<h1") == 1 or "{% elif" in text.split("<h1", 1)[1])


@every_template
def test_nothing_is_inline_and_nothing_is_from_elsewhere(path: Path) -> None:
    text = text_of(path)
    assert INLINE.findall(MARK.sub("", text)) == [] and "<style" not in text and "javascript:" not in text
    for attributes, inside in SCRIPT.findall(text):
        assert re.search(r'src="/consola/estilo/[a-z.]+"', attributes) and not inside.strip()
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//', text) == []


@every_template
def test_a_form_that_changes_something_is_ours_and_is_taken_once(path: Path) -> None:
    for form in FORM.findall(text_of(path)):
        changes = 'method="post"' in form
        assert changes or 'method="get"' in form, form[:80]
        assert ("own_form(" in form) is (changes and path.name not in BEFORE_SIGNING_IN), form[:80]


@every_template
def test_a_sentence_goes_through_the_translation(path: Path) -> None:
    text = re.sub(r"\{% trans\b.*?\{% endtrans %\}|\{% block (main|body) %\}.*?\{% endblock %\}", "", text_of(path), flags=re.DOTALL)
    found = [each.strip() for each in SAID.findall(MARK.sub("", text)) if not each.strip().startswith(SAME_EVERYWHERE)]
    assert found == []


@every_template
def test_a_picture_says_what_it_shows_and_a_table_what_it_is(path: Path) -> None:
    text = text_of(path)
    assert all("alt=" in each for each in re.findall(r"<img\b.*?>", text, re.DOTALL))
    assert text.count("<table") == text.count("<caption")
