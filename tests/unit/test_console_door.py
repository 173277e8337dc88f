"""The door of the console: who gets in, which forms are taken, and what every answer carries."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.accounts import forms, sessions
from bot.console.console import console_of
from bot.console.door import HEADERS
from bot.console.pages import own_path
from bot.doors import BEGUN, DOORS, OPEN, SIGNED_IN
from bot.permissions import Action
from bot.records.staff import Role
from tests.console import Desk

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def test_every_page_stands_in_the_table_of_doors_with_what_it_needs(desk: Desk) -> None:
    pages = console_of(desk.app).pages
    wrong = [page.path for page in pages if DOORS.get(page.path) != page.needs]
    assert not wrong
    assert {page.path for page in pages} | {"/consola/estilo"} == {door for door in DOORS if door.startswith(("/consola", "/invitacion"))}
    assert all(page.needs in (OPEN, BEGUN, SIGNED_IN) or page.needs in Action for page in pages)


def test_who_has_not_signed_in_is_asked_to_and_comes_back_to_where_they_wanted(desk: Desk) -> None:
    answer = desk.stranger().get("/consola")
    assert (answer.status_code, answer.headers["location"]) == (303, "/consola/entrar?sigue=/consola")


def test_a_member_sees_what_their_role_leads_to(desk: Desk) -> None:
    page = desk.member(Role.AGENT).get("/consola").text
    assert "/consola/bandeja" in page and "/consola/equipo" not in page
    assert "/consola/equipo" in desk.member(Role.ADMIN).get("/consola").text


@pytest.mark.parametrize("later", [sessions.IDLE, sessions.LASTS])
def test_a_session_ends_by_itself(later: timedelta, desk: Desk) -> None:
    member = desk.member()
    desk.now += later
    assert member.get("/consola").status_code == 303


def test_every_answer_carries_what_keeps_it_from_others(desk: Desk) -> None:
    for answer in (desk.member().get("/consola"), desk.stranger().get("/consola"), desk.member().get("/consola/estilo/console.css")):
        kept = {name: value for name, value in HEADERS.items() if answer.headers.get(name) != value}
        assert not kept or (answer.request.url.path.startswith("/consola/estilo") and "script" not in answer.headers["content-type"])


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/consola/bandeja?tema=salud", "/consola/bandeja?tema=salud"), ("https://elsewhere.example/consola/x", "/consola/x"),
        ("//elsewhere.example", "/consola"), ("/consola//elsewhere.example", "/consola"), ("/elsewhere", "/consola"),
        ("javascript:alert(1)", "/consola"), ("/consola/\\elsewhere.example", "/consola"), ("", "/consola"),
    ],
)  # fmt: skip
def test_nobody_is_led_out_of_the_console(asked: str, leads: str) -> None:
    assert own_path(asked) == leads


def test_nothing_of_the_page_comes_from_elsewhere(desk: Desk) -> None:
    page = desk.member().get("/consola").text
    assert "http://" not in page and "https://" not in page and " style=" not in page and "onclick" not in page


def test_a_form_sent_twice_is_taken_once_and_other_words_from_the_same_page_are_another(desk: Desk) -> None:
    """The back button shows the page as it was; what is typed there then must not be lost."""
    form = {"once": "a" * 32, "csrf": "x"}
    names = [
        forms.name_of({**form, "text": text}, path)
        for text, path in (
            ("Buenas tardes", "/consola/x"),
            ("Buenas tardes", "/consola/x"),
            ("Otra cosa", "/consola/x"),
            ("Buenas tardes", "/consola/y"),
        )
    ]
    assert names[0] == names[1] and len(set(names)) == 3
    taken = [desk.database.call(forms.use, name, "rosa", NOW) for name in names]
    assert taken == [True, False, True, True]


def test_what_a_page_had_shown_does_not_make_the_same_reply_another_one() -> None:
    """The page is brought up to date under a reply whose answer got lost."""
    form = {"once": "a" * 32, "csrf": "x", "text": "Buenas tardes"}
    assert forms.name_of({**form, "seen": "7"}, "/consola/x") == forms.name_of({**form, "seen": "8"}, "/consola/x")
