"""Requests taken down by an official at a desk: their own text, their name, no notices, and a sheet for the person."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from bot import staff
from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.incoming import Kind, text_message
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import DESK
from bot.conversation.turn import begin_next
from bot.permissions import Action
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.deliveries import OutboxMessage
from bot.records.referrals import Consent, ConsentKind, Referral
from bot.records.staff import Role
from bot.records.tickets import Ticket
from bot.referrals import consent
from tests.chats import names
from tests.stores import rows

NUMBERS = iter(range(10_000))
WALK = ("/start apoyo", "Para mí", "Trabajo", "me corrieron de la obra", "Puebla", "Pregunto yo con mi folio")


class Person:
    """Somebody at Rosa's desk."""

    def __init__(self, database: Database, around: Surroundings, official: str = "rosa") -> None:
        self.database, self.around, self.chat_id = database, around, f"{official}:{next(NUMBERS)}"
        self.text = ""

    def answers(self, *said: str) -> list[str]:
        taken = [self.database.call(self._turn, each) for each in said]
        return taken[-1]

    def _turn(self, session: Session, said: str) -> list[str]:
        arrival = inbox.Arrival(DESK, f"d{next(NUMBERS)}", self.chat_id, text_message(said, Kind.TEXT), self.around.now)
        inbox.accept(session, [arrival])
        begun = begin_next(session, [DESK], self.around)
        assert begun is not None
        _, taken = begun
        assert isinstance(taken, Taken), "Rasa is not asked"
        self.text = taken.replies[-1].text
        return names(taken)


@pytest.fixture
def desk(database: Database, content_around: Surroundings) -> Iterator[Person]:
    database.call(staff.invite, staff.OPERATOR, "rosa", Role.AGENT, None, content_around.now)
    database.call(staff.invite, staff.OPERATOR, "ines", Role.EDITOR, None, content_around.now)
    yield Person(database, content_around)


def test_the_official_reads_the_text_of_the_desk_and_no_notices_are_offered(desk: Person) -> None:
    assert desk.answers(*WALK) == ["ask_referral_intake_consent_desk"]
    assert desk.text.startswith("LEA EN VOZ ALTA")


@pytest.mark.parametrize(
    ("whom", "then", "step"),
    [
        ("Para una niña, niño o adolescente", ("Tengo su tutela",), "consent_desk_minor"),
        ("Para otra persona adulta", (), "consent_desk_other"),
    ],
)
def test_for_a_minor_and_for_another_adult_there_is_a_text_too(desk: Person, whom: str, then: tuple[str, ...], step: str) -> None:
    assert desk.answers(WALK[0], whom, *then, *WALK[2:]) == [f"ask_referral_intake_{step}"]


def test_what_an_official_takes_down_bears_their_name_and_is_in_the_audit(desk: Person) -> None:
    desk.answers(*WALK)
    shown = desk.text
    assert desk.answers("sí autorizo") == ["utter_desk_referral_sent"]
    [referral], [given], [conversation] = (rows(desk.database, table) for table in (Referral, Consent, Conversation))
    assert (referral.sender, given.given_by, given.kind, given.text) == ("rosa", "rosa", ConsentKind.SHARE, shown)
    assert referral.details["story"] == "me corrieron de la obra" and referral.details["contact_way"] == "folio"
    written = [each for each in rows(desk.database, AuditEntry) if each.action == Action.REFERRAL_CREATE]
    assert [(each.who, each.subject) for each in written] == [("rosa", conversation.reference)]


def test_the_sheet_shows_the_folio_what_is_shared_and_that_no_notices_come(desk: Person) -> None:
    desk.answers(*WALK, "sin municipio", "sí autorizo")
    [referral] = rows(desk.database, Referral)
    assert referral.folio in desk.text and "me corrieron de la obra" in desk.text and "no manda avisos" in desk.text
    assert "Municipio" not in desk.text and "municipality" not in referral.details
    assert rows(desk.database, OutboxMessage) == []


def test_a_refusal_at_the_desk_keeps_nothing(desk: Person) -> None:
    assert desk.answers(*WALK, "no") == ["utter_consent_refused"]
    assert rows(desk.database, Referral) == rows(desk.database, Consent) == []


def test_without_a_telephone_they_ask_with_the_folio(desk: Person) -> None:
    said = (*WALK[:-1], "Por teléfono", "222 765 4321", "sin teléfono", "sí autorizo")
    assert desk.answers(*said) == ["utter_desk_referral_sent"]
    assert rows(desk.database, Referral)[0].details["contact_way"] == "folio"


def test_every_person_is_a_conversation_of_their_own(desk: Person) -> None:
    desk.answers(*WALK, "sí autorizo")
    other = Person(desk.database, desk.around)
    assert other.answers("/start apoyo")[-1] == "ask_referral_intake_for_whom"
    assert len(rows(desk.database, Conversation)) == 2


def test_who_may_not_register_cases_registers_none(desk: Person) -> None:
    editor = Person(desk.database, desk.around, "ines")
    assert editor.answers(*WALK, "sí autorizo") == ["utter_desk_refused"]
    assert rows(desk.database, Referral) == []


def test_whose_account_is_closed_meanwhile_registers_none(desk: Person) -> None:
    desk.answers(*WALK)
    desk.database.call(staff.revoke, staff.OPERATOR, "rosa", desk.around.now)
    assert desk.answers("sí autorizo") == ["utter_desk_refused"]
    assert rows(desk.database, Referral) == []


def test_where_nobody_receives_the_official_is_told_and_no_ticket_opened(desk: Person) -> None:
    assert desk.answers(*WALK[:4], "Tapachula", WALK[-1]) == ["utter_desk_no_recipient"]
    assert rows(desk.database, Ticket) == []


def test_a_minor_alone_is_not_an_answer_at_a_desk(desk: Person) -> None:
    desk.answers("/start apoyo")
    assert desk.answers("Soy menor y estoy sin un adulto")[-1] == "ask_referral_intake_for_whom"


def test_nothing_at_a_desk_asks_whether_to_write(desk: Person) -> None:
    desk.answers(*WALK, "sí autorizo")
    assert [each.kind for each in rows(desk.database, Consent)] == [ConsentKind.SHARE]
    assert consent.OPERATOR in desk.around.content.organizations


def test_what_is_no_answer_is_asked_again_and_nobody_else_is_asked(desk: Person) -> None:
    desk.answers("/start apoyo")
    assert desk.answers("cuanto cuesta el pasaporte") == ["utter_step_not_understood", "ask_referral_intake_for_whom"]
    assert desk.answers(*WALK[1:], "no", "y ahora que") == ["utter_desk_next"]
