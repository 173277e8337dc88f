"""«Mi cuenta»: what members change of their own account, and what an open browser does not suffice for."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.accounts import forms, sessions, telegram_link
from bot.handoff import tickets
from bot.records.audit import AuditEntry
from bot.records.staff import Staff, StaffSession, UsedForm
from bot.records.tickets import Ticket, TicketState
from tests.chats import Chat
from tests.console import Desk
from tests.signing import PASSWORD, Browser, code_at, member, with_password

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
NEW = "otras cuatro nubes lejanas"


@pytest.fixture(autouse=True)
def rosa_has_a_password(desk: Desk) -> None:
    with_password(desk)


@pytest.fixture
def rosa(desk: Desk) -> Browser:
    browser = Browser(desk)
    browser.sign_in()
    browser.open("/consola/cuenta")
    return browser


def actions(desk: Desk) -> list[str]:
    return desk.database.call(lambda session: [each.action for each in session.scalars(select(AuditEntry).order_by(AuditEntry.id))])


def test_a_new_password_asks_the_old_one_and_ends_the_other_sessions(desk: Desk, rosa: Browser) -> None:
    other = Browser(desk)
    desk.now += timedelta(minutes=1)
    other.sign_in()
    before = dict(rosa.cookies)
    fields = {"old": "not this one at all", "password": NEW, "again": NEW}
    assert rosa.send("/consola/cuenta/contrasena", fields).status_code == 409 and member(desk).failures == 1
    rosa.open("/consola/cuenta")
    assert rosa.send("/consola/cuenta/contrasena", {**fields, "old": PASSWORD}).status_code == 303
    assert rosa.open("/consola").status_code == 200 and rosa.cookies != before
    assert other.open("/consola").status_code == 303
    assert [Browser(desk).enter(password=PASSWORD).status_code, Browser(desk).enter(password=NEW).status_code] == [401, 303]
    assert "staff.password" in actions(desk)


def test_guessing_the_password_in_an_open_browser_locks_the_account_too(desk: Desk, rosa: Browser) -> None:
    for _ in range(5):
        rosa.send("/consola/cuenta/codigos", {"old": "not this one at all"})
    answer = rosa.send("/consola/cuenta/codigos", {"old": PASSWORD})
    assert answer.status_code == 409 and "demasiados intentos" in answer.text and member(desk).recovery is None


def test_another_telephone_asks_the_password_and_then_the_earlier_one_serves_no_more(desk: Desk, rosa: Browser) -> None:
    old = member(desk).totp
    assert rosa.open("/consola/cuenta/telefono").status_code == 303  # nothing is offered by looking
    rosa.open("/consola/cuenta")
    assert rosa.send("/consola/cuenta/telefono", {"old": "not this one at all"}).status_code == 409
    assert member(desk).totp_offered is None
    rosa.open("/consola/cuenta")
    assert rosa.send("/consola/cuenta/telefono", {"old": PASSWORD}).status_code == 303
    page = rosa.open("/consola/cuenta/telefono")
    offered = member(desk).totp_offered
    assert offered and offered[:4] in page.text and member(desk).totp == old
    answer = rosa.send("/consola/cuenta/telefono/confirmar", {"code": code_at(offered, NOW)})
    assert len(re.findall("<li><code>", answer.text)) == 10 and member(desk).totp == offered
    assert rosa.open("/consola").status_code == 200 and "staff.second_factor" in actions(desk)


def test_what_was_offered_and_not_confirmed_is_not_shown_half_an_hour_later(desk: Desk, rosa: Browser) -> None:
    rosa.send("/consola/cuenta/telefono", {"old": PASSWORD})
    offered = member(desk).totp_offered
    desk.now += timedelta(minutes=30)
    assert rosa.open("/consola/cuenta/telefono").status_code == 303
    rosa.open("/consola/cuenta")
    rosa.send("/consola/cuenta/telefono/confirmar", {"code": code_at(offered, desk.now)})
    assert member(desk).totp != offered


def test_new_codes_for_the_paper_make_the_earlier_ones_worth_nothing(desk: Desk, rosa: Browser) -> None:
    def codes() -> list[str]:
        rosa.open("/consola/cuenta")
        return re.findall(r"<code>([a-z0-9-]{11})</code>", rosa.send("/consola/cuenta/codigos", {"old": PASSWORD}).text)

    first, second = codes(), codes()
    for code, status in ((first[0], 401), (second[0], 303)):
        browser = Browser(desk)
        browser.enter()
        browser.open("/consola/codigo")
        assert browser.send("/consola/codigo", {"code": code}).status_code == status


@pytest.mark.parametrize("email", ["rosa@ipam.example", ""])
def test_where_alerts_go_and_the_language_are_kept(email: str, desk: Desk, rosa: Browser) -> None:
    desk.database.call(lambda session: session.execute(update(Staff).values(language="fr")))  # since taken from the list
    assert rosa.send("/consola/cuenta/avisos", {"email": email, "language": "es"}).headers["location"].endswith("dicho=saved")
    assert (member(desk).email, member(desk).language) == (email or None, "es")


def test_a_language_is_offered_when_the_console_is_translated_into_it(desk: Desk, rosa: Browser) -> None:
    content, _ = desk.app.content.current()
    assert 'value="en"' not in rosa.open("/consola/cuenta").text and list(content.console_languages) == ["es"]
    assert rosa.send("/consola/cuenta/avisos", {"email": "", "language": "en"}).status_code == 409
    english = content.catalogues["en"]
    for part, offered in ((0.89, ["es"]), (0.9, ["es", "en"])):
        ready = replace(content, catalogues={**content.catalogues, "en": replace(english, of_console=part)})
        assert list(ready.console_languages) == offered


@pytest.mark.parametrize("email", ["rosa", "rosa@", "rosa@ipam", "a@b.mx\nBcc: c@d.mx", "Rosa <a@b.mx>", "a@b.mx,c@d.mx", "a b@c.mx"])
def test_what_is_no_address_is_refused(email: str, desk: Desk, rosa: Browser) -> None:
    assert rosa.send("/consola/cuenta/avisos", {"email": email, "language": "es"}).status_code == 409 and member(desk).email is None


def test_who_goes_away_keeps_what_they_hold(desk: Desk, rosa: Browser, content_around: object) -> None:
    chat = Chat(desk.database, content_around)  # type: ignore[arg-type]
    chat.says("persona")
    number = desk.database.call(lambda session: session.scalars(select(Ticket.id)).one())
    desk.database.call(tickets.claim, number, "rosa", NOW)
    for away in ("1", "0"):
        rosa.open("/consola/cuenta")
        rosa.send("/consola/cuenta/ausencia", {"away": away})
        kept = desk.database.call(lambda session: session.get_one(Ticket, number))
        assert (kept.state, kept.holder, member(desk).is_away) == (TicketState.ASSIGNED, "rosa", away == "1")


def test_the_list_names_the_browsers_and_closes_one_or_all_others(desk: Desk, rosa: Browser) -> None:
    others = []
    for _ in range(2):
        desk.now += timedelta(minutes=1)
        other = Browser(desk)
        other.sign_in()
        others.append(other)
    page = rosa.open("/consola/cuenta").text
    numbers = re.findall(r'name="session" value="(\d+)"', page)
    assert page.count("Firefox en Windows</th>") == 3 and len(numbers) == 2
    rosa.send("/consola/cuenta/sesiones", {"session": numbers[0]})
    assert sorted(other.open("/consola").status_code for other in others) == [200, 303]
    rosa.open("/consola/cuenta")
    rosa.send("/consola/cuenta/sesiones", {})
    assert [other.open("/consola").status_code for other in others] == [303, 303] and rosa.open("/consola").status_code == 200


def test_nobody_closes_the_session_of_somebody_else(desk: Desk, rosa: Browser) -> None:
    with_password(desk, "luis")
    luis = Browser(desk)
    luis.sign_in("luis")
    for number in range(6):
        rosa.open("/consola/cuenta")
        rosa.send("/consola/cuenta/sesiones", {"session": str(number)})
    assert luis.open("/consola").status_code == 200


def test_the_same_form_twice_does_what_it_does_once(desk: Desk, rosa: Browser) -> None:
    first = {**rosa.hidden, "email": "a@example.org", "language": "es"}
    rosa.send("/consola/cuenta/avisos", first)
    rosa.open("/consola/cuenta")
    rosa.send("/consola/cuenta/avisos", {"email": "b@example.org", "language": "es"})
    assert rosa.send("/consola/cuenta/avisos", first).status_code == 303
    assert member(desk).email == "b@example.org"


# Telegram


def code(browser: Browser) -> str:
    browser.open("/consola/cuenta")
    found = re.search(r"/soy ([a-z0-9]+)", browser.send("/consola/cuenta/telegram").text)
    assert found
    return found[1]


def linked(desk: Desk, number: str) -> str | None:
    found: Staff | None = desk.database.call(telegram_link.of, number)
    return found.name if found else None


def test_a_code_links_one_account_of_telegram_once(desk: Desk, rosa: Browser) -> None:
    shown = code(rosa)
    assert desk.database.call(telegram_link.take, shown.upper(), "77", NOW) is not None and linked(desk, "77") == "rosa"
    assert desk.database.call(telegram_link.take, shown, "78", NOW) is None and linked(desk, "78") is None
    assert "77" not in str(member(desk).telegram) or len(member(desk).telegram or "") == 32
    assert "Enlazado" in rosa.open("/consola/cuenta").text
    rosa.send("/consola/cuenta/telegram/quitar")
    assert linked(desk, "77") is None


@pytest.mark.parametrize(("after", "is_taken"), [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)])
def test_a_code_for_telegram_lives_ten_minutes(after: timedelta, is_taken: bool, desk: Desk, rosa: Browser) -> None:
    assert bool(desk.database.call(telegram_link.take, code(rosa), "77", NOW + after)) is is_taken


def test_an_account_of_telegram_belongs_to_who_linked_it_last(desk: Desk, rosa: Browser) -> None:
    with_password(desk, "luis")
    luis = Browser(desk)
    luis.sign_in("luis")
    for browser, name in ((rosa, "rosa"), (luis, "luis")):
        desk.database.call(telegram_link.take, code(browser), "77", NOW)
        assert linked(desk, "77") == name
    assert member(desk).telegram is None


@pytest.mark.parametrize("text", ["", "x", "None", "0" * 10])
def test_a_made_up_code_links_nobody(text: str, desk: Desk) -> None:
    assert desk.database.call(telegram_link.take, text, "77", NOW) is None


# What is thrown away


def test_old_sessions_and_forms_that_were_taken_are_thrown_away_in_time(desk: Desk, rosa: Browser) -> None:
    rosa.send("/consola/cuenta/ausencia", {"away": "1"})
    count = {"sessions": StaffSession, "forms": UsedForm}

    def left() -> dict[str, int]:
        return {
            name: desk.database.call(lambda session, table=table: len(list(session.scalars(select(table)))))
            for name, table in count.items()
        }

    for purge, name, after in (
        (sessions.purge, "sessions", sessions.LASTS + sessions.KEPT), (forms.forget, "forms", forms.REMEMBERED)
    ):  # fmt: skip
        before = left()[name]
        desk.database.call(purge, NOW + after)
        assert left()[name] == before > 0
        desk.database.call(purge, NOW + after + timedelta(seconds=1))
        assert left()[name] == 0
