"""The pages of a person's rights: the register, the copy, the erasure and the orders to keep, each for whom it is."""

import html
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation.live import LiveContent
from bot.doors import DOORS
from bot.permissions import Action, may
from bot.privacy import arco, receipts
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.privacy import ArcoRequest, ArcoState, Erasure, LegalHold, Right
from bot.records.referrals import Referral
from bot.records.staff import Role
from bot.settings import Settings
from tests.cases_made import FOLIO, NOW, make_case
from tests.console import Desk, Member

ASKED = "mi apellido <b>está</b> mal"
LATER = NOW + timedelta(hours=1)
PATH = "/consola/derechos"


@pytest.fixture
def desk(database: Database, live: LiveContent, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(database, live, Settings(puente_var=tmp_path, _env_file=None), LATER)  # type: ignore[call-arg]


@pytest.fixture
def folio(database: Database) -> str:
    """Of a request of the person who has the case FOLIO."""

    def fill(session: Session) -> str:
        conversation = session.get_one(Conversation, make_case(session).conversation_id)
        return arco.file(session, conversation, "1", Right.RECTIFICATION, ASKED, NOW).folio

    return database.call(fill)


@pytest.fixture
def officer(desk: Desk) -> Member:
    return desk.member(Role.DATA_OFFICER, name="olga")


def request(desk: Desk) -> ArcoRequest:
    return desk.database.call(lambda session: session.scalars(select(ArcoRequest)).one())


def test_what_is_asked_a_second_time_stands_with_the_first_until_it_is_answered(desk: Desk, folio: str, officer: Member) -> None:
    def again(session: Session, key: str, asked: str | None, now: datetime) -> str:
        conversation = session.scalars(select(Conversation)).one()
        return arco.file(session, conversation, key, Right.RECTIFICATION, asked, now).folio

    for key, asked in (("2", "y el nombre también"), ("2", "y el nombre también"), ("3", "y el nombre también"), ("4", None), ("5", ASKED)):
        assert desk.database.call(again, key, asked, NOW + timedelta(days=3)) == folio
    assert request(desk).asked == f"{ASKED}\n26/11/2026: y el nombre también"
    assert request(desk).answer_by == arco.working_days_after(NOW, arco.ANSWER), "the term runs from the first"
    assert "y el nombre también" in officer.get(f"{PATH}/{folio}").text
    officer.send(f"{PATH}/{folio}/respuesta", state="denied", text="no procede")
    assert desk.database.call(again, "6", "otra vez", LATER) != folio


FORMS = {
    "{folio}/respuesta": {"state": "granted"}, "copia": {"word": FOLIO}, "que-se-borra": {"word": FOLIO},
    "borrar": {"word": FOLIO, "sure": "yes"}, "ordenes/poner": {"word": FOLIO, "text": "Juzgado 3"}, "recibo": {"text": "BOR-"},
}  # fmt: skip


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", FORMS)
def test_a_role_does_there_what_its_cell_says(path: str, role: Role, desk: Desk, folio: str) -> None:
    answer = desk.member(role).send(f"{PATH}/{path.replace('{folio}', folio)}", **FORMS[path])
    assert (answer.status_code == 403) is not may(role, Action(DOORS[f"{PATH}/{path}"]))


@pytest.mark.parametrize("role", Role)
def test_who_may_not_read_the_register_sees_nothing_of_it(role: Role, desk: Desk, folio: str) -> None:
    pages = [desk.member(role).get(path) for path in (PATH, f"{PATH}/{folio}")]
    allowed = may(role, Action.ARCO_LIST)
    assert all((page.status_code == 200) is allowed and (folio in page.text) is allowed for page in pages)
    assert ("apellido" in pages[1].text) is allowed
    assert (FOLIO in pages[1].text) is may(role, Action.ARCO_ANSWER)


def test_what_a_person_asked_is_text(officer: Member, folio: str) -> None:
    assert "&lt;b&gt;está&lt;/b&gt;" in officer.get(f"{PATH}/{folio}").text


def test_a_request_goes_only_where_the_law_lets_it_and_needs_words_to_be_denied(officer: Member, folio: str, desk: Desk) -> None:
    assert officer.send(f"{PATH}/{folio}/respuesta", state="done").status_code == 409
    assert officer.send(f"{PATH}/{folio}/respuesta", state="denied").status_code == 409
    before = request(desk).answer_by
    assert officer.send(f"{PATH}/{folio}/respuesta", state="extended", text="Falta un papel").status_code == 303
    assert request(desk).state is ArcoState.EXTENDED and request(desk).answer_by > before
    assert officer.send(f"{PATH}/{folio}/respuesta", state="extended", text="Otra vez").status_code == 409


def test_a_request_past_its_day_is_marked(officer: Member, folio: str, desk: Desk) -> None:
    assert "Vencida" not in officer.get(PATH).text
    desk.now = NOW + timedelta(days=60)
    assert "Vencida" in desk.member(Role.DATA_OFFICER).get(PATH).text


def test_the_copy_is_a_file_with_all_of_it_and_a_row_of_the_audit(officer: Member, folio: str, desk: Desk) -> None:
    answer = officer.send(f"{PATH}/copia", word=folio)
    assert "attachment" in answer.headers["content-disposition"] and answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.content)["referrals"][0]["folio"] == FOLIO
    exports = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == Action.PERSON_EXPORT)
    assert desk.database.call(lambda session: session.scalar(exports)) == 1


def test_nothing_is_erased_before_it_was_confirmed(officer: Member, folio: str, desk: Desk) -> None:
    shown = officer.send(f"{PATH}/que-se-borra", word=FOLIO).text
    assert "1 casos" in shown and "2 permisos" in shown
    assert officer.send(f"{PATH}/borrar", word=FOLIO).status_code == 409
    assert desk.database.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 1


def test_an_erasure_shows_the_signed_receipt_and_whom_to_tell(officer: Member, folio: str, desk: Desk) -> None:
    form = officer.form(word=FOLIO, sure="yes")
    first, again = (desk.ask(lambda client: client.post(f"{PATH}/borrar", data=form), officer.cookies) for _ in range(2))
    shown = html.unescape(first.text)
    receipt = receipts.read(shown)
    assert receipt is not None and "Instituto Poblano" in shown and again.status_code == 303
    assert "Es auténtico" in officer.send(f"{PATH}/recibo", text=receipt.line).text
    changed = receipt.line.replace("referrals=1", "referrals=2")
    assert "NO es auténtico" in officer.send(f"{PATH}/recibo", text=changed).text
    assert desk.database.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0
    assert desk.database.call(lambda session: session.scalar(select(func.count()).select_from(Erasure))) == 1


def test_while_an_order_stands_nothing_is_erased(officer: Member, folio: str, desk: Desk) -> None:
    assert officer.send(f"{PATH}/ordenes/poner", word=FOLIO, text=" ").status_code == 409
    assert officer.send(f"{PATH}/ordenes/poner", word=FOLIO, text="Juzgado 3, exp. 12/2026", days="30").status_code == 303
    assert "Juzgado 3" in officer.get(f"{PATH}/ordenes").text
    assert officer.send(f"{PATH}/borrar", word=FOLIO, sure="yes").status_code == 409
    hold = desk.database.call(lambda session: session.scalars(select(LegalHold)).one())
    assert hold.review_at == LATER + timedelta(days=30)
    officer.send(f"{PATH}/ordenes/levantar", word=FOLIO)
    assert officer.send(f"{PATH}/borrar", word=FOLIO, sure="yes").status_code == 200


@pytest.mark.parametrize("word", ["", "../../etc/passwd", "<script>alert(1)</script>", "PTE-26-ZZZZZZ", "' OR 1=1 --"])
def test_what_is_nobodys_folio_is_refused_in_words(word: str, officer: Member, folio: str) -> None:
    for path in ("copia", "que-se-borra"):
        answer = officer.send(f"{PATH}/{path}", word=word)
        assert answer.status_code == 409 and "<script>alert" not in answer.text


def test_the_data_officer_opens_the_identity_of_a_case_from_the_request(officer: Member, folio: str) -> None:
    page = officer.send(f"/consola/casos/{FOLIO}/identidad", text="Cotejar su nombre con la solicitud").text
    assert "namevalue" in page and "telephonevalue" in page
