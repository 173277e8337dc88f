"""Every page that shows or changes what is a person's leaves a row of the audit: made from the console's own pages, by every role."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.console.console import console_of
from bot.handoff.attachments import SentFile
from bot.permissions import MAY, Action
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.staff import Role
from tests.attended import Attended
from tests.cases_made import FOLIO, NOW, make_open_case

MUNICIPALITY = "/consola/capacitacion/autodiagnostico/{assessment}/{municipality}"  # tests/unit/test_assessment_pages.py reads its rows
NOT_A_PERSONS = {
    "/consola/directorio": "what institutions offer",
    "/consola/directorio/{service}/cambiar": "what institutions offer",
    "/consola/equipo": "the staff themselves",
    **dict.fromkeys((f"{MUNICIPALITY}{file}" for file in ("", "/hoja.pdf", "/tabla.csv")), "is a row where there are answers"),
    "/consola/capacitacion/invitar": "an empty form",
    "/consola/capacitacion/invitaciones": "offices and posts that were invited, no name",
    "/consola/capacitacion/invitaciones.csv": "the same",
    "/consola/exportar": "an empty form; making and taking the file are rows",
    "/consola/exportar/{token}": "is a row when there is a file, which tests/unit/test_exports.py reads",
    "/consola/registro/cadena": "an empty form",
    "/consola/revision": "numbers and labels of messages, no words; each that is opened is a row",
    "/consola/revision/acuerdo": "counts of labels",
    "/consola/revision/{message}": "is a row when it is opened, which tests/unit/test_review_pages.py reads",
    "/consola/tablero/{chart}.svg": "drawn from figures whose page is a row",
    "/consola/tablero/{chart}.csv": "is a row where there is such a table, which tests/unit/test_dashboard.py reads",
    "/consola/vivo": "that something changed, and nothing of it",
    "/consola/vivo/{ticket}": "that something changed, and nothing of it",
    "/consola/peticiones/{ticket}/archivo/{file}": "was opened by the form before, which is a row",
    "/consola/derechos/oficiales/{reference}": "is a row where there is such an official: tests/unit/test_rights_of_officials.py",
    "/consola/derechos/{folio}": "is a row where there is such a request, which tests/unit/test_rights_pages.py reads",
}


@pytest.fixture
def both(attended: Attended) -> Attended:
    """A conversation and a case."""
    attended.desk.now = attended.chat.now = max(attended.desk.now, NOW + timedelta(hours=1))
    attended.desk.database.call(make_open_case)
    attended.rosa = attended.desk.member(Role.AGENT, "rosa")  # who signs in again: it is another hour
    return attended


def count(database: Database) -> int:
    return database.call(lambda session: session.scalar(select(func.count()).select_from(AuditEntry)) or 0)


@pytest.mark.parametrize("role", list(Role))
def test_every_page_with_something_of_a_persons_is_a_row(role: Role, both: Attended) -> None:
    """Also when a script of it asks, the first time."""
    for headers in ({}, {"hx-request": "true"}):
        for number, page in enumerate(console_of(both.desk.app).pages):
            if page.method != "GET" or page.needs not in Action or page.path in NOT_A_PERSONS or role not in MAY[Action(page.needs)]:
                continue
            path = page.path.replace("{ticket}", str(both.number)).replace("{folio}", FOLIO)
            office = "ipam" if role is Role.PARTNER else None
            member, before = both.desk.member(role, f"{role}.{number}.{len(headers)}", office), count(both.desk.database)
            assert "{" not in path and member.get(path, headers=headers).status_code == 200, path
            assert count(both.desk.database) == before + 1, (path, headers)


def test_every_exception_is_a_page_that_there_is(both: Attended) -> None:
    assert set(NOT_A_PERSONS) <= {page.path for page in console_of(both.desk.app).pages}


def test_a_page_of_who_was_erased_meanwhile_shows_and_sends_nothing(both: Attended) -> None:
    """Their page is open in a browser, with a reply half written."""
    both.is_held()
    reference = both.chat.call(lambda session: both.chat.conversation(session).reference)
    assert "pasaporte" in both.rosa.get(both.path).text
    both.desk.member(Role.DATA_OFFICER).send("/consola/derechos/borrar", word=reference, sure="yes")
    before = len(both.chat.outbox())
    for path in ("responder", "nota", "borrador", "tomar", "cerrar", "ordenar", "posponer", "traducir/1", "soltar"):
        answer = both.rosa.send(f"{both.path}/{path}", text="Le ayudamos", until="2026-12-24T09:00", etiqueta="papeles")
        assert answer.status_code == 409 and "pasaporte" not in answer.text, path
    page = both.rosa.get(both.path, headers={"hx-request": "true"})
    assert page.status_code == 409 and "pasaporte" not in page.text and len(both.chat.outbox()) == before


def test_who_blocked_the_bot_while_staff_wrote_gets_nothing_and_staff_are_told(both: Attended) -> None:
    both.is_held()
    both.chat.call(lambda session: setattr(both.chat.conversation(session), "blocked_at", both.desk.now))
    answer = both.rosa.send(f"{both.path}/responder", text="Le ayudamos")
    assert answer.headers["location"].endswith("reply_blocked") and both.sent() == ["Le ayudamos"]
    assert "bloqueó" in both.rosa.get(both.path).text


@pytest.mark.parametrize("moment", ["2026-03-08T02:30", "2026-11-01T01:30", "2026-10-25T02:00"])
def test_clocks_that_are_put_forward_elsewhere_move_nothing_here(moment: str, both: Attended) -> None:
    """Mexico's do not change; those of the browser or of the border do."""
    both.desk.now = both.chat.now = datetime.fromisoformat(moment).replace(tzinfo=UTC) - timedelta(days=1)
    both.is_held()
    both.rosa = both.desk.member(Role.AGENT, "rosa")
    both.rosa.send(f"{both.path}/posponer", until=moment)
    until = both.ticket().snoozed_until
    assert until == datetime.fromisoformat(moment).replace(tzinfo=UTC) + timedelta(hours=6)


def test_a_private_file_is_kept_by_no_browser_and_asked_for_anew_each_time(both: Attended) -> None:
    async def fetch(file: SentFile) -> bytes:
        return b"%PDF-1.4 hecho para la prueba"

    both.desk.app.fetch_file = fetch
    both.is_held()
    both.chat.sends(document={"file_id": "f1", "file_unique_id": "u1", "file_name": "acta.pdf", "file_size": 9})
    number = both.chat.attachments()[-1].id
    here = f"{both.path}/archivo/{number}"
    both.rosa.send(f"{here}/abrir", why="Para leer el acta que mandó")
    answer = both.rosa.get(here, headers={"if-none-match": "*", "range": "bytes=0-3"})
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert not {"etag", "last-modified", "accept-ranges"} & set(answer.headers) and "sandbox" in answer.headers["content-security-policy"]
    both.later(minutes=11)
    assert both.rosa.get(here).status_code == 409
