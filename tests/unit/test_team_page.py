"""«Equipo»: who reads it, what administrators change, and that a link is shown once."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import staff
from bot.conversation.live import LiveContent
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.staff import Role
from bot.settings import Settings
from tests.console import Desk, Member
from tests.signing import HASHED, Browser, member, with_password

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
LINK = re.compile(r"https://puente\.example\.mx(/invitacion/[\w-]{32})")


@pytest.fixture
def desk(database: Database, live: LiveContent, tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(puente_var=tmp_path, puente_public_url="https://puente.example.mx", _env_file=None)  # type: ignore[call-arg]
    yield Desk(database, live, settings, NOW)


@pytest.fixture
def ines(desk: Desk) -> Member:
    """An administrator, over https."""
    return Https(desk, desk.member(Role.ADMIN, "ines"))


class Https(Member):
    def __init__(self, desk: Desk, other: Member) -> None:
        super().__init__(desk, other.token, other.actor, other.number)

    @property
    def cookies(self) -> dict[str, str]:
        return {"__Secure-puente_equipo": self.token}


def link_in(page: str) -> str:
    found = LINK.search(page)
    assert found, page
    return found[1]


def test_an_invitation_made_on_the_page_can_be_followed_and_is_shown_once(desk: Desk, ines: Member) -> None:
    page = ines.send("/consola/equipo/invitar", name="Rosa.Perez ", role="agent", organization="").text
    assert Browser(desk).open(link_in(page)).status_code == 200 and member(desk, "rosa.perez").role is Role.AGENT
    assert not LINK.search(ines.get("/consola/equipo").text) and "rosa.perez" in ines.get("/consola/equipo").text


@pytest.mark.parametrize(
    ("name", "role", "office"),
    [("rosa perez", "agent", ""), ("ines", "agent", ""), ("rosa", "king", ""), ("rosa", "partner", ""), ("rosa", "agent", "ipam"),
     ("rosa", "partner", "nowhere"), ("unknown", "agent", ""), ("", "agent", "")],
)  # fmt: skip
def test_what_cannot_be_an_account_is_refused_with_what_to_do(name: str, role: str, office: str, ines: Member) -> None:
    answer = ines.send("/consola/equipo/invitar", name=name, role=role, organization=office)
    assert answer.status_code == 409 and not LINK.search(answer.text)


def test_the_same_invitation_sent_twice_makes_one_account(desk: Desk, ines: Member) -> None:
    form = ines.form(name="rosa", role="agent")
    first = ines.send("/consola/equipo/invitar", **form)
    assert LINK.search(first.text) and ines.send("/consola/equipo/invitar", **form).status_code == 303
    assert len(desk.database.call(staff.every)) == 2


def test_who_did_not_finish_gets_a_new_link_and_who_did_does_not(desk: Desk, ines: Member) -> None:
    old = link_in(ines.send("/consola/equipo/invitar", name="rosa", role="agent").text)
    new = link_in(ines.send("/consola/equipo/enlace", member="rosa").text)
    assert [Browser(desk).open(path).status_code for path in (old, new)] == [404, 200]
    with_password(desk, "luis")
    assert ines.send("/consola/equipo/enlace", member="luis").status_code == 409


def test_who_lost_the_telephone_begins_anew(desk: Desk, ines: Member) -> None:
    with_password(desk)
    rosa = Https(desk, desk.member(Role.AGENT, "rosa"))
    assert rosa.get("/consola").status_code == 200
    link = link_in(ines.send("/consola/equipo/reponer", member="rosa").text)
    found = member(desk)
    assert (found.password, found.totp, found.recovery, found.failures) == (None, None, None, 0)
    assert rosa.get("/consola").status_code == 303 and Browser(desk).open(link).status_code == 200
    assert Browser(desk).enter().status_code == 401


def test_sessions_of_a_member_are_ended_and_a_revoked_one_is_gone_with_what_was_kept_of_them(desk: Desk, ines: Member) -> None:
    with_password(desk)
    rosa = Https(desk, desk.member(Role.AGENT, "rosa"))
    assert ines.send("/consola/equipo/sesiones", member="rosa").status_code == 303 and rosa.get("/consola").status_code == 303
    rosa = Https(desk, desk.member(Role.AGENT, "rosa"))
    assert ines.send("/consola/equipo/quitar", member="rosa").status_code == 303 and rosa.get("/consola").status_code == 303
    found = member(desk)
    assert found.revoked_at and not any((found.password, found.totp, found.recovery, found.email, found.telegram, found.invitation))
    assert ines.send("/consola/equipo/quitar", member="ines").status_code == 409


def test_every_change_is_in_the_audit(desk: Desk, ines: Member) -> None:
    for path, fields in (
        ("invitar", {"name": "rosa", "role": "agent"}), ("enlace", {"member": "rosa"}), ("reponer", {"member": "rosa"}),
        ("sesiones", {"member": "rosa"}), ("quitar", {"member": "rosa"}),
    ):  # fmt: skip
        ines.send(f"/consola/equipo/{path}", **fields)
    rows = desk.database.call(
        lambda session: [(each.who, each.why) for each in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    )
    assert rows == [("ines", why) for why in ("add rosa agent", "invite rosa", "reset rosa", "end sessions rosa", "revoke rosa")]


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.DATA_OFFICER])
def test_who_only_reads_the_page_is_shown_nothing_to_change(role: Role, desk: Desk) -> None:
    page = Https(desk, desk.member(role)).get("/consola/equipo")
    assert page.status_code == 200 and 'action="/consola/equipo' not in page.text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
@pytest.mark.parametrize("do", [staff.invite_again, staff.reset, staff.end_sessions])
def test_only_administrators_change_accounts_also_where_no_page_asks(do: object, role: Role, desk: Desk) -> None:
    with_password(desk)
    with pytest.raises(RefusedError, match="permiso"):
        desk.database.call(do, Actor("x", role), "rosa", NOW)  # type: ignore[arg-type]
    assert member(desk).password == HASHED


def test_each_account_is_in_the_state_that_it_is_in(desk: Desk, ines: Member) -> None:
    ines.send("/consola/equipo/invitar", name="ana", role="agent")
    for name, values in {
        "beto": {}, "carla": {"is_away": True}, "dora": {"locked_until": NOW + timedelta(minutes=20)}, "ema": {"totp": None}
    }.items():  # fmt: skip
        made = with_password(desk, name)
        desk.database.call(
            lambda session, made=made, values=values: [setattr(session.merge(made), key, each) for key, each in values.items()]
        )
    desk.now += timedelta(minutes=5)
    page = ines.get("/consola/equipo").text
    states = re.findall(r'<th scope="row">(\w+)</th>.*?<span class="badge [a-z]*">([^<]*)<', page, re.DOTALL)
    assert dict(states) == {
        "ana": "invitada", "beto": "activa", "carla": "ausente", "dora": "en espera por intentos", "ema": "sin enlace válido",
        "ines": "activa",
    }  # fmt: skip
