"""Which role opens which page of the console: every page by every role, made from the console's own pages and the tables of permissions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.console.console import console_of
from bot.conversation.live import LiveContent
from bot.doors import BEGUN, DOORS, OPEN, SIGNED_IN
from bot.permissions import MAY, Action
from bot.records.database import Database, open_database
from bot.records.staff import Role
from bot.settings import Settings
from tests.console import Desk, Member

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, live: LiveContent) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("roles")
    opened: Database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    yield Desk(opened, live, Settings(puente_var=Path(folder), _env_file=None), NOW)  # type: ignore[call-arg]
    opened.close()


def ask(member: Member, path: str, method: str) -> int:
    """Its parts are of records that are not there: what is allowed may find nothing, and is not forbidden."""
    whole = path
    while "{" in whole:
        whole = whole.partition("{")[0] + "0" + whole.partition("{")[2].partition("}")[2]
    return (member.get(whole) if method == "GET" else member.send(whole)).status_code


@pytest.mark.parametrize("role", list(Role))
def test_every_page_opens_to_the_roles_of_the_table_and_to_no_other(role: Role, desk: Desk) -> None:
    office = "ipam" if role is Role.PARTNER else None
    asked = 0
    for page in console_of(desk.app).pages:
        if page.needs == OPEN or page.path in ("/consola/salir", "/consola/vivo", "/consola/vivo/{ticket}"):
            continue
        needs = DOORS[page.path]
        allowed = needs in (BEGUN, SIGNED_IN) or role in MAY[Action(needs)]
        status = ask(desk.member(role, f"{role}.{asked}", office), page.path, page.method)  # its own account: some pages change it
        assert (status == 403) is not allowed and status < 500, (page.method, page.path, status)
        asked += 1
    print(f"{asked} pages asked for as {role}")


def test_nobody_who_has_not_signed_in_opens_any_of_them(desk: Desk) -> None:
    stranger = desk.stranger()
    found = {(page.path, ask(stranger, page.path, page.method)) for page in console_of(desk.app).pages if page.needs != OPEN}
    assert {status for _, status in found} <= {303, 401}, sorted(found)
