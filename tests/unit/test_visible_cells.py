"""Every cell of the table of roles by fields, on what is really shown of one case that only these tests read."""

import pytest

from bot.content.published import Content
from bot.permissions import SEES, Action, Actor, Field, Sight, may
from bot.records.database import Database
from bot.records.staff import Role
from tests.cases_made import VALUES, make_open_case, read_by

CELLS = [(role, field) for role in Role for field in Field]
WHY = "La persona pidió que le llamen hoy"
STRANGER = Actor("naucalpan.1", Role.PARTNER, "naucalpan")


@pytest.fixture(scope="module")
def only_read(chats_database: Database) -> Database:
    chats_database.call(make_open_case)
    return chats_database


@pytest.mark.parametrize(("role", "field"), CELLS, ids=str)
def test_a_role_sees_a_field_as_its_cell_says(role: Role, field: Field, only_read: Database, content: Content) -> None:
    value, granted, actor = VALUES[field], SEES[role][field], Actor("somebody", role, "ipam" if role is Role.PARTNER else None)
    plainly, with_reason = value in read_by(only_read, actor, content), value in read_by(only_read, actor, content, WHY)
    reads, opens = may(role, Action.REFERRAL_READ), may(role, Action.IDENTITY_OPEN)
    expected = {
        Sight.HIDDEN: (False, False), Sight.MASKED: (False, False), Sight.CLEAR: (reads, opens), Sight.ON_REASON: (False, opens),
        Sight.CONSENTED: (reads, opens),
    }  # fmt: skip
    assert (plainly, with_reason) == expected[granted]
    assert granted in (Sight.HIDDEN, Sight.MASKED) or reads or opens, "the table grants what no door gives"


@pytest.mark.parametrize("field", list(Field), ids=str)
def test_a_partner_of_another_institution_sees_no_field(field: Field, only_read: Database, content: Content) -> None:
    assert VALUES[field] not in read_by(only_read, STRANGER, content) + read_by(only_read, STRANGER, content, WHY)
