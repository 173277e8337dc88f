"""Rows to take along: what stands in them, who gets them, and how the file and its link end."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.numbers import exports
from bot.numbers.dashboard import Wish
from bot.numbers.rows import conversation_rows, referral_rows, written
from bot.permissions import SEES, Actor, Field, Sight
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.referrals import Consent
from bot.records.staff import Role
from bot.settings import Settings
from tests.chats import Chat
from tests.console import Desk, Member
from tests.erasures import STORY, TELEPHONE, sends_a_case
from tests.reviewing import asks

PASSWORD = "correcto caballo pila"
SUPERVISOR = Actor("sara", Role.SUPERVISOR)


@pytest.fixture
def ana(database: Database, content_around: Surroundings, tmp_path: Path) -> Chat:
    return Chat(database, content_around)


@pytest.fixture
def desk(ana: Chat, live: LiveContent, tmp_path: Path) -> Desk:
    return Desk(ana.database, live, Settings(puente_var=tmp_path, _env_file=None), ana.now)  # type: ignore[call-arg]


def makes(member: Member, kind: str = "referrals", form: str = "csv", password: str = PASSWORD, again: str = PASSWORD) -> str:
    """The address of the file, or the page that refuses."""
    page = member.send("/consola/exportar/hacer", que=kind, formato=form, password=password, again=again, periodo="12").text
    found = re.search(r"/consola/exportar/[\w-]{32}", page)
    return found[0] if found else page


def cases(chat: Chat, actor: Actor = SUPERVISOR) -> list[dict[str, str]]:
    period = Wish(12).period(chat.now)
    return chat.call(lambda session: referral_rows(session, actor, period, chat.around.content, "", chat.now))


def test_the_file_opens_with_its_password_alone_and_holds_one_row_for_each_case(ana: Chat, desk: Desk) -> None:
    folio = sends_a_case(ana)
    sara = desk.member(Role.SUPERVISOR)
    answer = sara.get(makes(sara))
    assert answer.headers["content-disposition"].endswith('.csv.age"')
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(answer.content, "otra contraseña")
    content = pyrage.passphrase.decrypt(answer.content, PASSWORD).decode("utf-8-sig")
    names, tags, *rows = csv.reader(io.StringIO(content))
    assert (names[0], tags[0], [row[0] for row in rows]) == ("folio", "#meta+id", [folio])
    assert STORY not in content and TELEPHONE not in content and "Ana" not in content


def test_the_link_works_once_for_who_made_it_and_for_a_day(ana: Chat, desk: Desk, tmp_path: Path) -> None:
    sends_a_case(ana)
    sara, other = desk.member(Role.SUPERVISOR), desk.member(Role.SUPERVISOR)
    once, late = makes(sara), makes(sara)
    assert len(list((tmp_path / "exports").glob("*.age"))) == 2
    assert other.get(once).status_code == 409
    assert sara.desk.ask(lambda client: client.head(once), sara.cookies).status_code == 405
    assert sara.get(once).status_code == 200
    assert sara.get(once).status_code == 409
    later = [desk.now + timedelta(hours=hours) for hours in (23, 24)]
    assert [ana.database.call(exports.sweep, tmp_path / "exports", moment) for moment in later] == [0, 1]
    assert sara.get(late).status_code == 409
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_link_that_is_over_is_refused_before_anybody_swept(ana: Chat, desk: Desk) -> None:
    sends_a_case(ana)
    sara = desk.member(Role.SUPERVISOR)
    token = makes(sara).rsplit("/", 1)[1]
    folder = desk.app.settings.exports_folder

    def takes(session: Session) -> object:
        return exports.take(session, sara.actor, token, folder, ana.now + exports.LASTS)

    with pytest.raises(RefusedError):
        ana.call(takes)


@pytest.mark.parametrize(("password", "again", "why"), [("corta", "corta", "muy corta"), (PASSWORD, PASSWORD + "s", "no son iguales")])
def test_a_weak_or_mistyped_password_makes_no_file(password: str, again: str, why: str, desk: Desk, tmp_path: Path) -> None:
    page = makes(desk.member(Role.SUPERVISOR), password=password, again=again)
    assert why in page and password not in page.replace(why, "") and not (tmp_path / "exports").exists()


def test_making_and_taking_are_written_down_and_the_password_is_not(ana: Chat, desk: Desk) -> None:
    sends_a_case(ana)
    officer = desk.member(Role.DATA_OFFICER)
    officer.get(makes(officer, form="jsonl"))
    rows = ana.call(lambda session: [each.why for each in session.scalars(select(AuditEntry).where(AuditEntry.action == "ticket.export"))])
    assert rows == ["made referrals jsonl 1", "taken referrals jsonl 1"]
    assert desk.member(Role.AGENT).get("/consola/exportar").status_code == 403


def test_what_a_case_is_about_goes_when_the_consent_to_share_it_is_taken_back(ana: Chat) -> None:
    sends_a_case(ana)
    [before] = cases(ana)
    assert before["necesidad"] and before["clave_municipio"] == "21114"

    def withdraw(session: Session) -> None:
        for consent in session.scalars(select(Consent)):
            consent.withdrawn_at = ana.now

    ana.call(withdraw)
    [after] = cases(ana)
    assert (after["necesidad"], after["clave_municipio"], after["folio"]) == ("", "", before["folio"])


@pytest.mark.parametrize("role", list(Role))
def test_a_column_is_there_only_for_who_sees_that_field(role: Role, ana: Chat) -> None:
    sends_a_case(ana)
    period = Wish(12).period(ana.now)
    [case] = cases(ana, Actor("x", role))
    [conversation] = ana.call(lambda session: conversation_rows(session, Actor("x", role), period))
    for field, name in ((Field.FOLIO, "folio"), (Field.NEED, "necesidad"), (Field.PLACE, "clave_municipio"), (Field.STATE, "como_esta")):
        assert (name in case) == (SEES[role][field] is Sight.CLEAR)
    assert ("referencia" in conversation) == (SEES[role][Field.FOLIO] is Sight.CLEAR)
    assert ("idioma" in conversation) == (SEES[role][Field.LANGUAGE] is Sight.CLEAR)


def test_a_conversation_is_one_row_with_what_was_done_in_it(ana: Chat) -> None:
    asks(ana, "mi pasaporte")
    asks(ana, "asdf", "nlu_fallback", "fallback", 0.1)
    ana.person_waits()
    [row] = ana.call(lambda session: conversation_rows(session, SUPERVISOR, Wish(1).period(ana.now)))
    counted = {name: row[name] for name in ("contestadas", "no_entendidas", "peticiones", "casos")}
    assert counted == {"contestadas": 1, "no_entendidas": 1, "peticiones": 1, "casos": 0}
    assert json.loads(written([row], "jsonl")) == row


@pytest.mark.parametrize("value", ["=1+1", "+52", "@x", "-2", "\tx"])
def test_no_value_is_a_formula(value: str) -> None:
    assert written([{"folio": value}], "csv").decode("utf-8-sig").splitlines()[2].strip('"') == f"'{value}"
    assert written([], "csv").decode("utf-8-sig").strip() == ""
