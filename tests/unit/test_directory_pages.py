"""The pages of the directory: what everybody on duty reads, and the form that changes one service and loses nobody's words."""

import html
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import directory_desk
from bot.console.directory import _hours, in_words, shown
from bot.content.check import check_all
from bot.content.problems import Problem
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.directory_desk import differing, values_of, written_hours
from bot.errors import RefusedError
from bot.permissions import Action, may
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.referrals import ReferralState
from bot.records.staff import Role
from bot.settings import ROOT, Settings
from tests.cases_made import NOW, make_case
from tests.console import Desk, Member

LIST, SERVICE = "/consola/directorio", "ipam_help"
FORM, SAVE = f"{LIST}/{SERVICE}/cambiar", f"{LIST}/{SERVICE}/guardar"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "flows", tmp_path / "flows"))


@pytest.fixture
def desk(database: Database, flows: Path, tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(puente_var=tmp_path, puente_flows=flows, _env_file=None)  # type: ignore[call-arg]
    yield Desk(database, LiveContent(flows, None, ROOT / "no such file"), settings, NOW)


@pytest.fixture
def editor(desk: Desk) -> Member:
    return desk.member(Role.EDITOR, name="ed")


def fields_of(desk: Desk, page: str) -> dict[str, str]:
    """What the form of that page would send unchanged."""
    service = desk.app.content.current()[0].services[SERVICE]
    version = page.split('name="version" value="')[1].split('"')[0]
    return {"version": version, **{name: shown(name, value) for name, value in values_of(service).items()}}


def file(flows: Path) -> str:
    return (flows / "directory/services/puebla.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("role", Role)
def test_a_role_reads_and_edits_the_directory_as_its_cell_says(role: Role, desk: Desk, flows: Path) -> None:
    before, member = file(flows), desk.member(role, organization_id="ipam" if role is Role.PARTNER else None)
    assert (member.get(LIST).status_code == 200) is may(role, Action.DIRECTORY_READ)
    assert (member.get(FORM).status_code == 200) is may(role, Action.DIRECTORY_EDIT)
    assert (member.send(SAVE, version="x").status_code == 403) is not may(role, Action.DIRECTORY_EDIT)
    assert file(flows) == before


def test_the_directory_says_hours_telephones_and_how_many_cases_are_open(desk: Desk) -> None:
    desk.database.call(lambda session: make_case(session, service_id="ipam_attention").id)
    desk.database.call(lambda session: make_case(session, folio="PTE-26-BBBBBB", state=ReferralState.DONE, service_id="ipam_attention").id)
    page = html.unescape(desk.member().get(f"{LIST}?buscar=poblanas").text)
    assert "<dt>Casos abiertos</dt><dd>1</dd>" in page and "recibe casos" in page and "/cambiar" not in page
    every = html.unescape(desk.member().get(LIST).text)
    assert "lun,mar,mie,jue,vie" in every and "al día" in every


def test_one_change_is_one_line_of_the_file_and_one_row_of_the_audit(desk: Desk, editor: Member, flows: Path) -> None:
    before, typed = file(flows), fields_of(desk, editor.get(FORM).text)
    answer = editor.send(SAVE, **{**typed, "cost": "Gratis, y las copias se pagan"})
    assert answer.status_code == 303 and "directory_saved" in answer.headers["location"]
    old, new = before.splitlines(), file(flows).splitlines()
    different = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    assert different == [('  cost: "Gratis; algunos documentos se pagan"', '  cost: "Gratis, y las copias se pagan"')]
    rows = desk.database.call(lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.action == Action.DIRECTORY_EDIT))))
    assert [(each.who, each.why) for each in rows] == [("ed", f"puebla.yml {SERVICE}: cost")]


def test_the_second_who_saves_sees_both_texts_and_nothing_is_lost(desk: Desk, editor: Member, flows: Path) -> None:
    """decap-cms#3814."""
    typed = fields_of(desk, editor.get(FORM).text)
    other = desk.member(Role.EDITOR)
    assert other.send(SAVE, **{**typed, "description": "Orientan a quien regresa sobre documentos y negocios."}).status_code == 303
    mine = "Ayudan con documentos y con el traslado de restos."
    answer = editor.send(SAVE, **{**typed, "description": mine})
    page = html.unescape(answer.text)
    assert answer.status_code == 409 and "Orientan a quien regresa sobre documentos y negocios." in page and page.count(mine) == 2
    assert "sobre documentos y negocios" in file(flows) and mine not in file(flows)
    again = {**typed, "version": page.split('name="version" value="')[1].split('"')[0], "description": mine}
    assert editor.send(SAVE, **again).status_code == 303 and mine in file(flows)


def test_a_change_of_another_service_is_in_nobodys_way(desk: Desk, editor: Member, flows: Path) -> None:
    typed = fields_of(desk, editor.get(FORM).text)
    path = flows / "directory/services/puebla.yml"
    path.write_text(file(flows).replace('name: "TelMujer Puebla"', 'name: "TelMujer de Puebla"'), encoding="utf-8")
    assert editor.send(SAVE, **{**typed, "cost": "Gratis"}).status_code == 303
    assert 'name: "TelMujer de Puebla"' in file(flows) and 'cost: "Gratis"' in file(flows)


def test_what_the_gate_refuses_is_not_saved_and_is_shown_with_its_line(desk: Desk, editor: Member, flows: Path) -> None:
    """A limit of cases for a service that takes none."""
    before, typed = file(flows), fields_of(desk, editor.get(FORM).text)
    answer = editor.send(SAVE, **{**typed, "capacity": "5"})
    assert answer.status_code == 409 and "directory/services/puebla.yml:" in answer.text
    assert file(flows) == before and str(flows) not in answer.text


def test_what_was_wrong_before_is_in_no_change_s_way(desk: Desk, editor: Member, flows: Path) -> None:
    typed = fields_of(desk, editor.get(FORM).text)
    (flows / "team.yml").write_text((flows / "team.yml").read_text(encoding="utf-8") + "unheard_of: 1\n", encoding="utf-8")
    assert editor.send(SAVE, **{**typed, "capacity": "5"}).status_code == 409
    assert editor.send(SAVE, **{**typed, "cost": "Gratis"}).status_code == 303 and 'cost: "Gratis"' in file(flows)


def test_a_sound_change_of_sound_content_goes_through_the_gate_once(desk: Desk, editor: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def look(flows: Path, nlu: Path) -> list[Problem]:
        seen.append(flows)
        return check_all(flows, nlu)

    monkeypatch.setattr(directory_desk, "check_all", look)
    typed = fields_of(desk, editor.get(FORM).text)
    assert editor.send(SAVE, **{**typed, "cost": "Gratis"}).status_code == 303 and len(seen) == 1


@pytest.mark.parametrize("changed", [
    {"phones": "made_up_phone"}, {"phones": "222 123 4567"}, {"languages": "xx"}, {"schedules": "cuando sea"},
    {"schedules": "lun 9 a 5"}, {"capacity": "muchos"}, {"reviewed_on": "ayer"}, {"reviewed_on": "2999-01-01"},
], ids=str)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_words(changed: dict[str, str], desk: Desk, editor: Member, flows: Path) -> None:
    before, typed = file(flows), fields_of(desk, editor.get(FORM).text)
    assert editor.send(SAVE, **{**typed, **changed}).status_code == 409
    assert file(flows) == before


@pytest.mark.parametrize("service", ["nobody", "../../domain/service", "%2e%2e%2fservice", "<script>alert(1)</script>"])
def test_what_is_no_service_leads_to_no_file(service: str, editor: Member, flows: Path) -> None:
    for answer in (editor.get(f"{LIST}/{service}/cambiar"), editor.send(f"{LIST}/{service}/guardar", version="x")):
        assert answer.status_code == 404 and "<script>alert" not in answer.text


def test_what_is_typed_is_text_on_the_page(desk: Desk, editor: Member) -> None:
    typed = fields_of(desk, editor.get(FORM).text)
    answer = editor.send(SAVE, **{**typed, "version": "old", "name": '"><script>alert(1)</script>'})
    assert answer.status_code == 409 and "<script>alert" not in answer.text


def test_every_service_stands_in_its_form_as_it_is_written(content: Content) -> None:
    """Nothing is changed by opening a form and sending it back."""
    for service in content.services.values():
        hours = [_hours(in_words(each)) for each in service.schedules]
        assert hours == [written_hours(each) for each in service.schedules]
        assert differing(service, values_of(service)) == {}


@pytest.mark.parametrize("line", ["mensual lun 09:00-10:00", "1lun 09:00-10:00", "lunes 09:00", "lun;mar 09:00-10:00", "xyz 09:00-10:00"])
def test_hours_that_are_none_are_refused(line: str) -> None:
    with pytest.raises(RefusedError):
        _hours(line)


def test_hours_are_written_as_people_write_them() -> None:
    assert _hours("Lunes,MIÉ,sáb 9:00 - 15:30") == {"byday": "MO,WE,SA", "opens_at": "09:00", "closes_at": "15:30"}
    assert _hours("mensual 1lun,-1vie 08:00-12:00") == {"freq": "MONTHLY", "byday": "1MO,-1FR", "opens_at": "08:00", "closes_at": "12:00"}
