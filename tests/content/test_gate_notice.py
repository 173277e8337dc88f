"""The publish gate: the privacy notice names what the law asks, and shows no contact that nobody has confirmed."""

import pytest

from bot.content.notice import REQUIRED
from tests.gate import Folder
from tests.sound_content import NOTICE

BASE, OWN = "flows/notice.yml", "flows/institutions/city/notice.yml"


@pytest.mark.parametrize("name", REQUIRED)
def test_what_the_law_asks_may_not_be_missing(folder: Folder, name: str) -> None:
    lines, skipping = [], False
    for line in NOTICE.splitlines(keepends=True):
        skipping = line.startswith(f"{name}:") or (skipping and line.startswith("- "))
        lines += [] if skipping else [line]
    folder.write(BASE, "".join(lines))
    assert [(str(each.file), name in str(each)) for each in folder.problems()] == [(BASE, True)]


def test_some_purpose_asks_for_permission(folder: Folder) -> None:
    folder.replace(BASE, "needs_consent: true", "needs_consent: false")
    folder.expect((BASE, 1, "permiso"))


def test_every_purpose_says_whether_it_asks(folder: Folder) -> None:
    folder.replace(BASE, "{says: contestar, needs_consent: false}", "{says: contestar}")
    folder.expect((BASE, "says: contestar", "permiso"))


def test_a_field_that_means_nothing_is_named(folder: Folder) -> None:
    folder.append(BASE, "telefono: nada\n")
    folder.expect((BASE, "telefono: nada", "telefono"))


def test_an_institution_says_only_what_differs(folder: Folder) -> None:
    folder.write(OWN, "responsible: La Ciudad\n")
    folder.expect()
    notice = folder.content("city").notice
    assert notice.responsible == "La Ciudad" and notice.refuse == "diga que no" and folder.content().notice.responsible == ""


def test_an_address_is_a_fact(folder: Folder) -> None:
    folder.write(OWN, "responsible: La Ciudad\naddress: nowhere\n")
    folder.expect((OWN, 1, "nowhere"))
