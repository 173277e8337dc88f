"""The register of requests under the law: what may follow what, the law's terms in working days, and the answer that reaches the person."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.calendar import days_of_rest
from bot.content.languages import MEXICO
from bot.content.load import load_content
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.privacy import arco, officer
from bot.privacy.folios import ARCO
from bot.records.database import Database
from bot.records.privacy import ArcoRequest, ArcoState, Right
from bot.records.staff import Role
from bot.settings import ROOT
from tests.chats import NOT_UNDERSTOOD, Chat

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)  # a Saturday
OFFICER = Actor("olga", Role.DATA_OFFICER)


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    return Chat(database, content_around)


def asks(chat: Chat, right: str = "rectification", said: str | None = "mi apellido está mal escrito") -> str:
    """The folio of a request made in the chat."""
    chat.says("arco")
    assert chat.presses(f"arco_request.right={right}") == ["ask_arco_request_asked"]
    if said:
        chat.understands = NOT_UNDERSTOOD
        assert chat.says(said) == ["utter_arco_filed"]
    else:
        assert chat.says("omitir") == ["utter_arco_filed"]
    found = ARCO.search(chat.transcript()[-1].text)
    assert found is not None
    return found[0]


def requests(chat: Chat) -> list[ArcoRequest]:
    return chat.call(lambda session: list(session.scalars(select(ArcoRequest).order_by(ArcoRequest.id))))


def around(chat: Chat) -> Surroundings:
    return replace(chat.around, now=chat.now)


def request(state: ArcoState = ArcoState.OPEN, answer_by: datetime = NOW) -> ArcoRequest:
    return ArcoRequest(folio="ARC-26-ABCDEF", right=Right.ACCESS, state=state, received_at=NOW, answer_by=answer_by)


# What may follow what


@pytest.mark.parametrize(("before", "after"), list(itertools.product(ArcoState, ArcoState)))
def test_a_request_changes_as_the_table_allows(before: ArcoState, after: ArcoState) -> None:
    asked = request(before)
    if after in arco.MAY_BECOME[before]:
        arco.change(asked, after, "olga", "porque sí", NOW)
        assert (asked.state, asked.who, asked.answer) == (after, "olga", "porque sí")
    else:
        with pytest.raises(RefusedError, match="ARC-26-ABCDEF"):
            arco.change(asked, after, "olga", "porque sí", NOW)
        assert asked.state is before and asked.answer is None


def test_the_term_is_extended_once_by_ten_working_days() -> None:
    asked = request(answer_by=arco.working_days_after(NOW, 20))
    arco.change(asked, ArcoState.EXTENDED, "olga", None, NOW)
    assert asked.answer_by == arco.working_days_after(arco.working_days_after(NOW, 20), 10)
    with pytest.raises(RefusedError):
        arco.change(asked, ArcoState.EXTENDED, "olga", None, NOW)


def test_what_is_granted_is_made_effective_in_fifteen_working_days() -> None:
    asked = request()
    arco.change(asked, ArcoState.GRANTED, "olga", None, NOW)
    assert asked.effective_by == arco.working_days_after(NOW, 15) and asked.answered_at == NOW
    assert arco.due_at(asked) == asked.effective_by


# Working days


def test_the_terms_are_those_of_the_facts_that_people_read() -> None:
    facts = load_content(ROOT / "flows", None)[0].facts
    terms = (facts["data_answer_term"], facts["data_answer_extension"], facts["data_effect_term"])
    assert [int(each.value.split()[0]) for each in terms] == [arco.ANSWER, arco.EXTENSION, arco.EFFECT]


def test_neither_weekends_nor_days_of_rest_count() -> None:
    assert arco.working_days_after(NOW, 1).date() == date(2026, 11, 23)
    assert arco.working_days_after(datetime(2026, 12, 24, 18, tzinfo=UTC), 1).date() == date(2026, 12, 28), "25 December is a Friday"
    assert arco.working_days_after(NOW, 20).astimezone(MEXICO).date() == date(2026, 12, 18)


def test_the_day_is_that_of_mexico() -> None:
    late = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # still the 23rd in Mexico
    assert arco.working_days_after(late, 1).date() == date(2026, 11, 24)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)), st.integers(1, 60))
def test_so_many_working_days_lie_between(moment: datetime, count: int) -> None:
    last, day, worked = arco.working_days_after(moment, count).date(), moment.astimezone(MEXICO).date(), 0
    while day < last:
        day += timedelta(days=1)
        worked += day.weekday() < 5 and day not in days_of_rest(day.year)
    assert worked == count and last.weekday() < 5 and last not in days_of_rest(last.year)


# In the chat


@pytest.mark.parametrize("right", list(Right))
def test_each_right_gets_a_folio_and_its_term(ana: Chat, right: Right) -> None:
    folio = asks(ana, str(right))
    [asked] = requests(ana)
    assert (asked.folio, asked.right, asked.state, asked.asked) == (folio, right, ArcoState.OPEN, "mi apellido está mal escrito")
    assert asked.answer_by == arco.working_days_after(ana.now, 20)


def test_the_same_right_asked_again_finds_the_request_that_waits(ana: Chat) -> None:
    assert asks(ana) == asks(ana, said=None)
    assert len(requests(ana)) == 1
    asks(ana, "opposition")
    assert len(requests(ana)) == 2


def test_the_same_update_makes_one_request(ana: Chat) -> None:
    ana.says("gracias")

    def twice(session: Session) -> set[str]:
        where = ana.conversation(session)
        return {arco.file(session, where, "telegram:1:7", Right.ACCESS, None, NOW).folio for _ in range(2)}

    assert len(ana.call(twice)) == 1


def test_the_same_number_in_another_chat_is_another_request(ana: Chat) -> None:
    beto = Chat(ana.database, ana.around)
    for chat in (ana, beto):
        chat.says("gracias")

    def made(session: Session) -> set[str]:
        return {arco.file(session, chat.conversation(session), "telegram:1:7", Right.ACCESS, None, NOW).folio for chat in (ana, beto)}

    assert len(ana.call(made)) == 2


def test_after_an_answer_the_right_may_be_asked_for_again(ana: Chat) -> None:
    first = asks(ana)
    ana.call(lambda session: officer.answer(session, OFFICER, first, ArcoState.DENIED, "No es de usted.", around(ana)))
    assert asks(ana) != first


# The officer


def test_the_overdue_stand_first_and_what_is_settled_last(database: Database, ana: Chat) -> None:
    ana.says("gracias")

    def file_all(session: Session) -> None:
        where = ana.conversation(session)
        for number, right in enumerate([Right.ACCESS, Right.RECTIFICATION, Right.OPPOSITION]):
            arco.file(session, where, f"key {number}", right, None, NOW - timedelta(days=100 * number))
        settled = arco.file(session, where, "settled", Right.CANCELLATION, None, NOW - timedelta(days=400))
        arco.change(settled, ArcoState.DENIED, "olga", None, NOW)

    database.call(file_all)
    listed = database.call(officer.register, OFFICER, around(ana))
    assert [each.right for each in listed] == [Right.OPPOSITION, Right.RECTIFICATION, Right.ACCESS, Right.CANCELLATION]
    assert [arco.is_overdue(each, NOW) for each in listed] == [True, True, False, False]


def test_the_answer_reaches_the_person_and_leaves_a_row_in_the_audit(ana: Chat, database: Database) -> None:
    folio = asks(ana)
    database.call(officer.answer, OFFICER, folio, ArcoState.GRANTED, "Ya lo corregimos.", around(ana))
    said = ana.transcript()[-1]
    assert said.response == "utter_arco_answered" and folio in said.text and "Ya lo corregimos." in said.text
    assert ana.outbox()[-1].message_id == said.id
    entries = database.call(audit.about, str(ana.get("reference")))
    assert [(each.who, each.action) for each in entries] == [("olga", "arco.answer")]


def test_who_is_made_to_wait_learns_the_new_term(ana: Chat, database: Database) -> None:
    folio = asks(ana)
    database.call(officer.answer, OFFICER, folio, ArcoState.EXTENDED, "Faltan papeles.", around(ana))
    day = requests(ana)[0].answer_by.astimezone(MEXICO)
    assert f"{day:%d/%m/%Y}" in ana.transcript()[-1].text and "Faltan papeles." in ana.transcript()[-1].text


@pytest.mark.parametrize("state", [ArcoState.EXTENDED, ArcoState.DENIED])
def test_who_has_to_wait_or_is_denied_is_owed_a_reason(state: ArcoState, ana: Chat, database: Database) -> None:
    folio = asks(ana)
    with pytest.raises(RefusedError):
        database.call(officer.answer, OFFICER, folio, state, " ", around(ana))
    assert requests(ana)[0].state is ArcoState.OPEN


def test_a_refused_change_tells_the_person_nothing(ana: Chat, database: Database) -> None:
    folio = asks(ana)
    before = len(ana.transcript())
    with pytest.raises(RefusedError):
        database.call(officer.answer, OFFICER, folio, ArcoState.DONE, "", around(ana))
    assert len(ana.transcript()) == before and requests(ana)[0].state is ArcoState.OPEN
