"""What each role sees of a case: every cell of the table, on what is really shown."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import SEES, Actor, Field, Sight
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.referrals import Consent, ConsentKind, Referral, ReferralState
from bot.records.staff import Role
from bot.referrals.visible import field_of, open_case
from tests.cases_made import DETAILS, FOLIO, NOW, VALUES, case, consents, make_case, make_open_case, read_by

WHY = "La persona pidió que le llamen hoy"
AGENT, PARTNER, STRANGER = Actor("rosa", Role.AGENT), Actor("ipam.1", Role.PARTNER, "ipam"), Actor("naucalpan.1", Role.PARTNER, "naucalpan")


@pytest.fixture
def made(database: Database) -> Database:
    database.call(make_open_case)
    return database


@pytest.mark.parametrize("field", list(Field), ids=str)
def test_a_partner_sees_no_field_that_was_not_agreed_to(field: Field, database: Database, content: Content) -> None:
    database.call(make_open_case, [name for name in DETAILS if field_of(name) is not field])
    if field is Field.DOCUMENTS:
        database.call(_withdraw, ConsentKind.DOCUMENTS)
    assert (VALUES[field] in read_by(database, PARTNER, content)) is (SEES[Role.PARTNER][field] is Sight.CLEAR)


def _withdraw(session: Session, kind: ConsentKind = ConsentKind.SHARE) -> None:
    for each in consents(session):
        each.withdrawn_at = NOW if each.kind is kind else each.withdrawn_at


def _expire(session: Session) -> None:
    for each in consents(session):
        each.expires_at = NOW


def _for_another(session: Session) -> None:
    for each in consents(session):
        each.recipient = "naucalpan"


def _of_another_case(session: Session) -> None:
    other = make_case(session, folio="PTE-26-OTHER2")
    for each in consents(session):
        each.referral_id = other.id


def _to_write(session: Session) -> None:
    for each in consents(session):
        each.kind = ConsentKind.WRITE


@pytest.mark.parametrize("change", [_withdraw, _expire, _for_another, _of_another_case, _to_write])
def test_what_the_person_did_not_agree_to_or_takes_back_is_not_read_by(
    change: Callable[[Session], None], made: Database, content: Content
) -> None:
    assert "storyvalue" in read_by(made, PARTNER, content)
    made.call(change)
    read = read_by(made, PARTNER, content)
    assert FOLIO in read and not [value for name, value in DETAILS.items() if value in read], read


@pytest.mark.parametrize("state", list(ReferralState))
def test_an_institution_reads_a_case_while_it_attends_it(state: ReferralState, made: Database, content: Content) -> None:
    def move(session: Session) -> None:
        case(session).state = state

    made.call(move)
    attends = {ReferralState.SENT, ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.IN_SERVICE, ReferralState.DONE}
    read = read_by(made, PARTNER, content)
    assert ("storyvalue" in read) is (state in attends)
    assert (FOLIO in read) is (state is not ReferralState.DRAFT)
    assert "storyvalue" in read_by(made, AGENT, content)


def test_a_case_of_another_institution_is_refused_in_the_words_of_one_that_is_not_there(made: Database, content: Content) -> None:
    said = []
    for folio in (FOLIO, "PTE-26-ZZZZZZ"):
        with pytest.raises(RefusedError) as refused:
            made.call(open_case, STRANGER, folio, content, NOW)
        said.append(str(refused.value).replace(folio, "…"))
    assert said[0] == said[1]
    assert made.call(lambda session: session.scalars(select(AuditEntry)).all()) == []


@pytest.mark.parametrize("reason", ["", "   ", "porque sí", " " * 30 + "corto"])
def test_what_names_the_person_opens_only_for_a_reason_of_some_length(reason: str, made: Database, content: Content) -> None:
    with pytest.raises(RefusedError, match="para qué"):
        made.call(open_case, AGENT, FOLIO, content, NOW, reason)
    assert made.call(lambda session: session.scalars(select(AuditEntry)).all()) == []


def test_every_reading_is_written_down_and_an_opening_with_its_reason(made: Database, content: Content) -> None:
    made.call(open_case, AGENT, FOLIO, content, NOW)
    made.call(open_case, PARTNER, FOLIO, content, NOW + timedelta(hours=1))
    made.call(open_case, AGENT, FOLIO, content, NOW, f"  {WHY} ")
    rows = made.call(lambda session: session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all())
    [person] = made.call(lambda session: session.scalars(select(Conversation)).all())
    assert [(each.who, each.office, each.action, each.subject, each.why) for each in rows] == [
        ("rosa", None, "referral.read", person.reference, FOLIO),
        ("ipam.1", "ipam", "referral.read", person.reference, FOLIO),
        ("rosa", None, "identity.open", person.reference, f"{FOLIO}: {WHY}"),
    ]


def test_what_is_hidden_is_named_and_what_a_reason_opens_too(made: Database, content: Content) -> None:
    seen = made.call(open_case, AGENT, FOLIO, content, NOW)
    assert set(seen.hidden) == set(seen.on_reason) == {"Teléfono", "Cómo avisarle", "name", "Documentos"}
    assert made.call(open_case, AGENT, FOLIO, content, NOW, WHY).hidden == ()
    assert made.call(open_case, PARTNER, FOLIO, content, NOW).on_reason == ()


def test_an_answer_is_shown_in_the_words_of_its_question(database: Database, content: Content) -> None:
    real = {"need": "work", "municipality": "21019", "contact_way": "chat", "story": "Me corrieron — ¿qué hago?", "telephone": None}
    database.call(lambda session: make_case(session, details=real) and None)
    lines = dict(database.call(open_case, PARTNER, FOLIO, content, NOW).lines)
    assert lines["Necesidad"] == "Trabajo" and lines["Municipio"] == "Atlixco, Puebla" and lines["Cómo avisarle"] == "Por este chat"
    assert lines["Lo que cuenta"] == "Me corrieron — ¿qué hago?" and "Teléfono" not in lines


def test_a_case_whose_answers_were_erased_can_still_be_read(database: Database, content: Content) -> None:
    def make(session: Session) -> None:
        make_case(session).details = {}
        session.execute(Consent.__table__.delete())

    database.call(make)
    assert dict(database.call(open_case, AGENT, FOLIO, content, NOW).lines)["Folio"] == FOLIO
    assert database.call(lambda session: session.scalars(select(Referral.folio)).all()) == [FOLIO]
