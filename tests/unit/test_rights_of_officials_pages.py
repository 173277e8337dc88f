"""The pages of the rights of officials who learn: one person at a time, for the data officer alone, each look a row of the audit."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.doors import DOORS
from bot.permissions import Action, may
from bot.privacy import receipts
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.learning import Certificate, Learner
from bot.records.privacy import ArcoRequest, Erasure, LegalHold
from bot.records.staff import Role
from bot.settings import Settings
from tests.certified import CHAT, NAME, NOW, OFFICE, certify, course, with_course
from tests.console import Desk, Member
from tests.stores import rows

LATER = NOW + timedelta(hours=1)
RIGHTS = "/consola/derechos"
OFFICIALS = f"{RIGHTS}/oficiales"
ASKED = "mi apellido <b>está</b> mal"
PLACE = {"office": OFFICE, "municipality": "21041", "post": "first_contact", "organization": "naucalpan"}
FORMS = {
    "buscar": {"word": "{reference}"}, "{reference}/nombre": {"text": "comparar con su identificación"},
    "{reference}/solicitud": {"right": "access"}, "{reference}/corregir": {**PLACE, "name": "Otra Persona"},
    "{reference}/recordatorios": {},
}  # fmt: skip


@pytest.fixture
def desk(database: Database, live: LiveContent, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(database, live, Settings(puente_var=tmp_path, _env_file=None), LATER)  # type: ignore[call-arg]


@pytest.fixture
def number(database: Database, content_around: Surroundings, tmp_path: Path) -> str:
    """Of the certificate of an official whose chat is gone."""
    where = replace(content_around, content=with_course(content_around.content, course(tmp_path)))
    return database.call(lambda session: certify(session, where.content, where.content.courses["first_contact"])[0].number)


@pytest.fixture
def officer(desk: Desk) -> Member:
    return desk.member(Role.DATA_OFFICER, name="olga")


@pytest.fixture
def reference(database: Database, number: str) -> str:
    return database.call(lambda session: session.scalars(select(Learner.reference)).one())


@pytest.fixture
def page(reference: str) -> str:
    return f"{OFFICIALS}/{reference}"


def looks(database: Database, action: str) -> int:
    counted = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
    return database.call(lambda session: session.scalar(counted) or 0)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", FORMS)
def test_each_role_does_there_what_its_cell_says(path: str, role: Role, desk: Desk, reference: str) -> None:
    fields = {name: value.replace("{reference}", reference) for name, value in FORMS[path].items()}
    answer = desk.member(role).send(f"{OFFICIALS}/{path.replace('{reference}', reference)}", **fields)
    assert (answer.status_code == 403) is not may(role, Action(DOORS[f"{OFFICIALS}/{path}"]))
    assert (role is Role.DATA_OFFICER) is (answer.status_code < 400), answer.text


@pytest.mark.parametrize("role", Role)
def test_who_may_not_sees_nothing_there_nor_is_led_there(role: Role, desk: Desk, page: str) -> None:
    member, allowed = desk.member(role), role is Role.DATA_OFFICER
    for path in (OFFICIALS, page):
        answer = member.get(path)
        assert (answer.status_code == 200) is allowed and (OFFICE in answer.text) is (allowed and path == page)
    assert (OFFICIALS in member.get(RIGHTS).text) is allowed and (OFFICIALS in member.get("/consola").text) is allowed


def test_the_number_leads_to_their_page_which_shows_no_name_and_is_a_row_each_time(
    officer: Member, number: str, page: str, database: Database
) -> None:
    answer = officer.send(f"{OFFICIALS}/buscar", word=number)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    before = looks(database, "arco.list")
    said = html.unescape(officer.get(page).text)
    assert looks(database, "arco.list") == before + 1
    assert OFFICE in said and number in said and NAME not in said and CHAT not in said
    assert NAME not in officer.get(OFFICIALS).text and number not in officer.get(OFFICIALS).text


def test_the_name_stands_on_one_answer_and_on_no_address(officer: Member, page: str, database: Database) -> None:
    assert officer.send(f"{page}/nombre", text="corto").status_code == 409
    assert NAME in html.unescape(officer.send(f"{page}/nombre", text="comparar con su identificación").text)
    assert NAME not in html.unescape(officer.get(page).text) and looks(database, "identity.open") == 1
    assert officer.get(f"{page}/nombre").status_code in (404, 405)


def test_a_letter_becomes_a_request_with_a_folio_that_leads_back_to_its_person(officer: Member, page: str, database: Database) -> None:
    came = (LATER - timedelta(days=3)).date().isoformat()
    answer = officer.send(f"{page}/solicitud", right="rectification", arrived=came, text=ASKED)
    [request] = rows(database, ArcoRequest)
    assert answer.headers["location"].startswith(f"{RIGHTS}/{request.folio}") and request.received_at.date().isoformat() == came
    shown = officer.get(f"{RIGHTS}/{request.folio}").text
    assert page in shown and "&lt;b&gt;está&lt;/b&gt;" in shown and request.folio in officer.get(OFFICIALS).text
    assert request.folio not in officer.get(RIGHTS).text, "the register of migrants"
    assert officer.send(f"{RIGHTS}/{request.folio}/respuesta", state="granted").status_code == 303
    for wrong in ({"right": "x"}, {"right": "access", "arrived": "ayer"}, {"right": "access", "arrived": "2099-01-01"}):
        assert officer.send(f"{page}/solicitud", **wrong).status_code == 409


def test_a_supervisor_opens_no_request_of_an_official_by_its_folio(officer: Member, page: str, desk: Desk) -> None:
    officer.send(f"{page}/solicitud", right="access", text=ASKED)
    [request] = rows(desk.database, ArcoRequest)
    answer = desk.member(Role.SUPERVISOR).get(f"{RIGHTS}/{request.folio}")
    assert answer.status_code == 409 and "apellido" not in answer.text


def test_the_copy_is_a_file_that_is_kept_nowhere(officer: Member, reference: str, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    answer = officer.send(f"{RIGHTS}/copia", word=reference)
    assert answer.headers["content-disposition"].startswith("attachment") and answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.text)["learning"]["name"] == NAME
    assert set(tmp_path.rglob("*")) - before <= {each for each in tmp_path.rglob("*") if each.name.startswith("puente.db")}


def test_the_same_form_sent_twice_gives_one_copy(officer: Member, reference: str) -> None:
    form = officer.form(word=reference)
    assert officer.post(f"{RIGHTS}/copia", form).status_code == 200
    assert officer.post(f"{RIGHTS}/copia", form).status_code == 303


def test_what_would_go_is_shown_and_goes_only_when_it_is_said_again(
    officer: Member, reference: str, number: str, database: Database
) -> None:
    said = html.unescape(officer.send(f"{RIGHTS}/que-se-borra", word=number).text)
    assert "1 constancias que quedan sin nombre" in said and "toma los cursos" in said and "casos abiertos" not in said
    assert officer.send(f"{RIGHTS}/borrar", word=reference).status_code == 409 and rows(database, Erasure) == []
    done = html.unescape(officer.send(f"{RIGHTS}/borrar", word=reference, sure="yes").text)
    receipt = receipts.read(done)
    assert receipt is not None and receipts.is_genuine(receipt) and rows(database, Learner) == []
    checked = html.unescape(officer.send(f"{RIGHTS}/recibo", text=receipt.line).text)
    assert "Es auténtico" in checked and "constancias que quedan sin nombre" in checked
    assert officer.get(f"{OFFICIALS}/{reference}").status_code == 409


def test_a_corrected_name_gives_the_links_once(officer: Member, page: str, number: str, database: Database) -> None:
    form = officer.form(**PLACE, name="María de los Ángeles Muñoz")
    said = html.unescape(officer.post(f"{page}/corregir", form).text)
    [link] = re.findall(r"/constancia/[\w-]{20,}", said)
    assert number not in said and len(rows(database, Certificate)) == 2
    again = officer.post(f"{page}/corregir", form)
    assert again.status_code == 303 and link not in officer.get(page).text and len(rows(database, Certificate)) == 2
    moved = officer.send(f"{page}/corregir", **{**PLACE, "office": "Otra oficina"})
    assert moved.headers["location"].endswith("official_corrected") and "Otra oficina" in officer.get(page).text
    assert officer.send(f"{page}/corregir", **{**PLACE, "municipality": "nowhere"}).status_code == 409


def test_an_order_to_keep_is_placed_seen_and_lifted_as_a_migrants(officer: Member, reference: str, number: str, database: Database) -> None:
    orders = f"{RIGHTS}/ordenes"
    assert officer.send(f"{orders}/poner", word=number, text="Juzgado 3, exp. 12/2026").status_code == 303
    said = officer.get(orders).text
    assert (
        reference in said
        and "sobre quienes toman los cursos" in said
        and "orden de no borrar" in officer.get(f"{OFFICIALS}/{reference}").text
    )
    assert officer.send(f"{RIGHTS}/borrar", word=reference, sure="yes").status_code == 409
    assert officer.send(f"{orders}/levantar", word=reference).status_code == 303
    [hold] = rows(database, LegalHold)
    assert hold.lifted_by == "olga" and officer.send(f"{RIGHTS}/borrar", word=reference, sure="yes").status_code == 200


def test_who_is_not_there_is_refused_in_words(officer: Member, number: str) -> None:
    for word in ("nobody", NAME, OFFICE, "' OR 1=1 --", "%"):
        answer = officer.send(f"{OFFICIALS}/buscar", word=word)
        assert answer.status_code == 409 and "No hay nadie" in answer.text
    assert officer.get(f"{OFFICIALS}/nobody").status_code == 409


def test_reminders_are_turned_off_and_the_page_says_so(officer: Member, page: str, database: Database) -> None:
    assert officer.send(f"{page}/recordatorios").headers["location"].endswith("official_quiet")
    assert "No se le mandan" in officer.get(page).text and rows(database, Learner)[0].wants_reminders is False


def test_the_first_page_counts_what_waits_for_the_data_officer_alone(officer: Member, page: str, desk: Desk) -> None:
    officer.send(f"{page}/solicitud", right="access")
    tile = re.compile(r"<strong>(\d+)</strong>Solicitudes de quienes toman los cursos")
    assert tile.findall(officer.get("/consola").text) == ["1"]
    assert tile.findall(desk.member(Role.SUPERVISOR).get("/consola").text) == []


def test_a_post_and_an_office_that_left_the_lists_stay_chosen(officer: Member, page: str, database: Database) -> None:
    database.call(lambda session: session.execute(update(Learner).values(post="gone", organization_id="closed")))
    said = officer.get(page).text
    assert '<option value="gone" selected>' in said and '<option value="closed" selected>' in said
    fields = {**PLACE, "post": "gone", "organization": "closed", "name": "Ana Muñoz Mora"}
    assert officer.send(f"{page}/corregir", **fields).status_code == 200
    official = database.call(lambda session: session.scalars(select(Learner)).one())
    assert (official.name, official.post, official.organization_id) == ("Ana Muñoz Mora", "gone", "closed")
