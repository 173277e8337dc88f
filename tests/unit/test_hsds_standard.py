"""What breaks Open Referral HSDS 3.0 is not exported, and what is published keeps to it."""

import json
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import bot.__main__
from bot.content.hsds import HsdsAddress, HsdsPage, HsdsPhone, HsdsSchedule, HsdsService, HsdsServiceArea, export
from bot.content.load import institution_names, load_content
from bot.content.services import Schedule, Service
from bot.settings import ROOT
from tests.exported import FACTS, LEGAL, PHONE, TODAY, directory, exported, objects
from tests.gate import Folder
from tests.sound_content import SERVICES

HOURS = {"id": "1", "freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "18:00"}
ADDRESS = {"id": "1", "address_1": "Av. Juárez 10", "city": "Puebla", "state_province": "Puebla", "postal_code": ""}

BAD: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "type of telephone": (HsdsPhone, {"id": "1", "number": "911", "type": "landline"}),
    "number": (HsdsPhone, {"id": "1", "number": ""}),
    "frequency": (HsdsSchedule, {**HOURS, "freq": "DAILY"}),
    "day": (HsdsSchedule, {**HOURS, "byday": "LU"}),
    "days in words": (HsdsSchedule, {**HOURS, "byday": "lunes a viernes"}),
    "days with spaces": (HsdsSchedule, {**HOURS, "byday": "MO, TU"}),
    "hour": (HsdsSchedule, {**HOURS, "opens_at": "9:00"}),
    "closing hour": (HsdsSchedule, {**HOURS, "closes_at": "18h"}),
    "country": (HsdsAddress, {**ADDRESS, "country": "México"}),
    "type of address": (HsdsAddress, {**ADDRESS, "address_type": "home"}),
    "address": (HsdsAddress, {**ADDRESS, "address_1": ""}),
    "extent": (HsdsServiceArea, {"id": "1", "name": "Puebla", "extent": "21", "extent_type": "inegi"}),
    "id": (HsdsPhone, {"number": "911"}),
}


@pytest.mark.parametrize(("model", "values"), BAD.values(), ids=BAD)
def test_a_word_that_the_standard_does_not_know_is_an_error(model: type[Any], values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model(**values)


def test_a_status_that_the_standard_does_not_know_is_an_error() -> None:
    with pytest.raises(ValidationError, match="status"):
        HsdsService(**{**exported(LEGAL).model_dump(), "status": "open"})


@pytest.mark.parametrize(
    "service",
    [
        replace(LEGAL, name=""),
        replace(LEGAL, schedules=(Schedule("LU", time(9), time(18)),)),
        replace(LEGAL, required_documents=("",)),
        replace(LEGAL, schedules=(Schedule("MO", time(9), time(18), "YEARLY"),)),
        replace(LEGAL, languages=("español",)),
    ],
    ids=["name", "day", "document", "frequency", "language"],
)
def test_a_service_that_breaks_the_standard_is_not_exported(service: Service) -> None:
    with pytest.raises(ValidationError):
        export(directory(service), TODAY)


def test_a_telephone_that_is_none_is_not_exported() -> None:
    with pytest.raises(ValidationError):
        exported(LEGAL, facts=(replace(PHONE, value="5"), *FACTS[1:]))


# The published directory


@pytest.mark.parametrize("institution", [None, *institution_names(ROOT / "flows")], ids=lambda name: name or "base")
def test_the_published_directory_is_valid_and_its_ids_are_its_own(institution: str | None) -> None:
    content, _ = load_content(ROOT / "flows", institution)
    page = export(content, TODAY)
    assert HsdsPage.model_validate_json(page.model_dump_json(indent=1, exclude_none=True)) == page
    services = [service.id for service in content.services.values() if service.review]
    assert page.total_items == len(services) == len({each.id for each in page.contents}) > 0
    found: dict[str, dict[str, Any]] = {}
    assert [each for each in objects(page.model_dump(mode="json")) if found.setdefault(each["id"], each) != each] == []


@pytest.fixture(autouse=True)
def logs_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command sets up the logs of its process; here that would take pytest's handlers away."""
    monkeypatch.setattr(bot.__main__, "set_up_logs", lambda level: None)


def test_the_command_writes_the_directory_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Folder()
    reviewed = "sources: [{title: Gaceta}], reviewed_on: 2026-01-15, review_in: 90, owner: directory"
    folder.append(SERVICES, f"- {{id: window, organization_id: permits, name: Ventanilla, phones: [help_phone], {reviewed}}}\n")
    monkeypatch.setenv("PUENTE_FLOWS", "flows")
    assert bot.__main__.main(["directory", "services.json"]) == 0
    written = json.loads(Path("services.json").read_text(encoding="utf-8"))
    assert (written["total_items"], written["contents"][0]["name"]) == (1, "Ventanilla")
    assert written["contents"][0]["phones"][0]["number"] == "911"
    assert capsys.readouterr().out == "1 servicios en services.json\n"
