"""Staff accounts: invited once and in time, named once, revoked at once; the last administrator stays."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit, staff
from bot.errors import RefusedError
from bot.handoff import tickets
from bot.permissions import MAY, Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.staff import Role, Staff
from bot.records.tickets import Ticket, TicketEvent, TicketState
from tests.signing import accept

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
INES = Actor("ines", Role.ADMIN)


def add(session: Session, name: str, role: Role = Role.AGENT, organization: str | None = None, by: Actor = staff.OPERATOR) -> str:
    return staff.invite(session, by, name, role, organization, NOW)[1]


def members(database: Database) -> dict[str, Staff]:
    return {each.name: each for each in database.call(staff.every)}


def acts(database: Database, name: str | None, action: Action) -> bool:
    try:
        database.call(staff.acting, name, action)
    except RefusedError:
        return False
    return True


# Invitations


def test_an_invitation_is_followed_once(database: Database) -> None:
    token = database.call(add, "rosa")
    assert database.call(accept, token, NOW).name == "rosa"
    with pytest.raises(RefusedError, match="ya se usó"):
        database.call(accept, token, NOW)
    assert members(database)["rosa"].accepted_at == NOW


@pytest.mark.parametrize(("after", "in_time"), [(timedelta(0), True), (timedelta(days=3), True), (timedelta(days=3, seconds=1), False)])
def test_an_invitation_is_followed_within_three_days(after: timedelta, in_time: bool, database: Database) -> None:
    token = database.call(add, "rosa")
    if in_time:
        database.call(accept, token, NOW + after)
    else:
        with pytest.raises(RefusedError):
            database.call(accept, token, NOW + after)
    assert bool(members(database)["rosa"].accepted_at) is in_time


def test_the_invitation_of_somebody_revoked_is_worth_nothing(database: Database) -> None:
    token = database.call(add, "rosa")
    database.call(staff.revoke, INES, "rosa", NOW)
    with pytest.raises(RefusedError):
        database.call(accept, token, NOW)
    assert members(database)["rosa"].accepted_at is None


@pytest.mark.parametrize("token", ["", "x", "rosa", "None"])
def test_a_made_up_invitation_is_refused_also_when_an_account_has_none_left(token: str, database: Database) -> None:
    database.call(accept, database.call(add, "rosa"), NOW)
    with pytest.raises(RefusedError):
        database.call(accept, token, NOW)


def test_the_database_does_not_hold_what_stands_in_the_link(database: Database) -> None:
    token = database.call(add, "rosa")
    assert len(token) >= 32 and members(database)["rosa"].invitation != token
    assert token not in str(database.call(lambda session: [vars(each) for each in session.scalars(select(AuditEntry))]))
    assert database.call(add, "luis") != token


# Names and offices


@pytest.mark.parametrize("name", ["rosa", "rosa.perez", "r2", "rosa@ipam.gob.mx", "a" * 64])
def test_a_name_that_serves(name: str, database: Database) -> None:
    database.call(add, name)
    assert acts(database, name, Action.TICKET_LIST)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "r",
        "Rosa",
        "rosa perez",
        "rosa\n",
        "niña",
        ".rosa",
        "-rosa",
        "a" * 65,
        "person",
        "assistant",
        "operator",
        "staff",
        "partner",
        "rosa;",
    ],
)
def test_a_name_that_does_not_serve_is_refused(name: str, database: Database) -> None:
    with pytest.raises(RefusedError):
        database.call(add, name)
    assert members(database) == {}


def test_a_name_is_given_once_also_after_it_was_revoked(database: Database) -> None:
    database.call(add, "rosa")
    database.call(staff.revoke, INES, "rosa", NOW)
    with pytest.raises(RefusedError, match="Ya existe"):
        database.call(add, "rosa", Role.ADMIN)
    assert members(database)["rosa"].role is Role.AGENT


@pytest.mark.parametrize("role", list(Role))
def test_a_partner_belongs_to_an_office_and_nobody_else_does(role: Role, database: Database) -> None:
    fitting, wrong = ("ipam", None) if role is Role.PARTNER else (None, "ipam")
    with pytest.raises(RefusedError, match="oficina"):
        database.call(add, "marta", role, wrong)
    database.call(add, "marta", role, fitting)
    allowed = next(action for action in Action if role in MAY[action]) if any(role in roles for roles in MAY.values()) else None
    if allowed:
        assert database.call(staff.acting, "marta", allowed) == Actor("marta", role, fitting)


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMIN])
def test_only_an_administrator_adds_and_revokes(role: Role, database: Database) -> None:
    database.call(add, "luis")
    other = Actor("otro", role, "ipam" if role is Role.PARTNER else None)
    with pytest.raises(RefusedError, match="permiso"):
        database.call(add, "rosa", Role.ADMIN, None, other)
    with pytest.raises(RefusedError, match="permiso"):
        database.call(staff.revoke, other, "luis", NOW)
    assert set(members(database)) == {"luis"} and acts(database, "luis", Action.TICKET_LIST)


# Revoked


def test_what_somebody_revoked_tries_next_is_refused(database: Database) -> None:
    database.call(add, "rosa")
    assert acts(database, "rosa", Action.TICKET_READ)
    database.call(staff.revoke, INES, "rosa", NOW)
    assert not any(acts(database, "rosa", action) for action in Action)


@pytest.mark.parametrize("name", [None, "", "nobody", "ROSA", "rosa ", "operator", "person", "assistant"])
def test_who_is_not_on_the_staff_may_do_nothing(name: str | None, database: Database) -> None:
    database.call(add, "rosa", Role.ADMIN)
    assert not any(acts(database, name, action) for action in Action)


def test_whom_somebody_revoked_attended_waits_for_others(database: Database) -> None:
    """https://github.com/chatwoot/chatwoot/issues/14508: otherwise the assistant keeps quiet and nobody else can take them."""
    database.call(add, "luis")

    def attended(session: Session) -> int:
        conversation = Conversation(bot_id="telegram:1", chat="ana", chat_id="1", created_at=NOW, updated_at=NOW)
        session.add(conversation)
        session.flush()
        ticket = tickets.open_ticket(session, conversation, "asked", NOW)
        tickets.claim(session, ticket.id, "luis", NOW)
        return ticket.id

    ticket_id = database.call(attended)
    database.call(staff.revoke, INES, "luis", NOW)
    assert database.call(lambda session: session.get_one(Ticket, ticket_id).state) is TicketState.WAITING
    assert database.call(tickets.claim, ticket_id, "rosa", NOW).holder == "rosa"
    events = database.call(lambda session: list(session.scalars(select(TicketEvent).order_by(TicketEvent.id))))
    assert [(each.what, each.who) for each in events] == [
        ("opened", "person"), ("assigned", "luis"), ("waiting", "ines"), ("assigned", "rosa"),
    ]  # fmt: skip


def test_the_last_administrator_stays(database: Database) -> None:
    database.call(add, "ines", Role.ADMIN)
    database.call(add, "rosa")
    with pytest.raises(RefusedError, match="única"):
        database.call(staff.revoke, INES, "ines", NOW)
    database.call(add, "olga", Role.ADMIN)
    database.call(staff.revoke, INES, "ines", NOW)
    with pytest.raises(RefusedError, match="única"):
        database.call(staff.revoke, Actor("olga", Role.ADMIN), "olga", NOW)
    assert database.call(staff.has_administrator)
    assert acts(database, "olga", Action.STAFF_MANAGE) and not acts(database, "ines", Action.STAFF_MANAGE)


@pytest.mark.parametrize("name", ["nobody", "luis"])
def test_who_is_not_there_any_more_cannot_be_revoked(name: str, database: Database) -> None:
    database.call(add, "ines", Role.ADMIN)
    database.call(add, "luis")
    database.call(staff.revoke, INES, "luis", NOW)
    with pytest.raises(RefusedError, match="No hay nadie"):
        database.call(staff.revoke, INES, name, NOW)


def test_every_change_of_an_account_is_in_the_audit(database: Database) -> None:
    token = database.call(add, "rosa")
    database.call(accept, token, NOW)
    database.call(staff.revoke, INES, "rosa", NOW)
    rows = database.call(lambda session: list(session.scalars(select(AuditEntry).order_by(AuditEntry.id))))
    assert [(each.who, each.action, each.why) for each in rows] == [
        ("operator", "staff.manage", "add rosa agent"), ("rosa", "staff.accept", None), ("ines", "staff.manage", "revoke rosa"),
    ]  # fmt: skip
    assert database.call(audit.verify) == (3, None)
