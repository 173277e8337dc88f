"""What the person is told of their case without asking, and who is not written to."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from bot.content.published import Button, Catalogue
from bot.conversation import outbox
from bot.conversation.replies import Reply
from bot.conversation.transcript import put
from bot.handoff import tickets
from bot.records.conversations import Direction
from bot.records.referrals import Consent, ConsentKind, ReferralState
from tests.chats import Chat
from tests.one_case import ACCEPTED, AGREED, DONE, IN_SERVICE, MONDAY, RECEIVED, REJECTED, Case


@pytest.fixture
def case(ana: Chat) -> Case:
    return Case(ana)


def block(chat: Chat) -> None:
    chat.call(lambda session: outbox.block(session, chat.conversation(session), chat.now))


STOPS: dict[str, Callable[[Chat], object]] = {
    "blocked": block,
    "forgotten": lambda chat: chat.says("/olvidar"),
    "stopped": lambda chat: chat.says("alto"),
    "took the leave to write back": lambda chat: chat.call(lambda session: session.add(_write_consent(session, chat, withdrawn=True))),
    "leave to write ended": lambda chat: chat.call(lambda session: session.add(_write_consent(session, chat, withdrawn=False))),
}


def _write_consent(session: Session, chat: Chat, *, withdrawn: bool) -> Consent:
    return Consent(
        kind=ConsentKind.WRITE, conversation_id=chat.conversation(session).id, version="1", text="t", language="es", recipient="",
        purpose="notices", fields=[], given_at=chat.now, expires_at=chat.now, withdrawn_at=chat.now if withdrawn else None,
    )  # fmt: skip


@pytest.mark.parametrize("stop", STOPS)
def test_who_does_not_want_to_be_written_to_is_not(stop: str, case: Case) -> None:
    assert case.is_answered(RECEIVED)
    STOPS[stop](case.chat)
    written = [each.id for each in case.chat.transcript()]
    assert not case.is_answered(ACCEPTED)
    case.day_by_day(10)
    assert not case.is_answered(IN_SERVICE)
    case.day_by_day(200)
    assert case.referral.state is ReferralState.EXPIRED
    assert [each.id for each in case.chat.transcript()] == written


def test_a_forgotten_or_blocked_chat_gets_no_ticket_and_its_case_is_late_all_the_same(case: Case) -> None:
    case.chat.says("/olvidar")
    case.after(days=15)
    assert case.referral.escalated_at is not None and not case.chat.has_ticket()
    assert case.chat.call(lambda session: tickets.open_of(session, case.referral.conversation_id)) is None


def test_who_said_stop_with_no_case_is_told_of_the_case_they_make_later(ana: Chat) -> None:
    ana.now = MONDAY
    ana.says("alto")
    assert Case(ana).is_answered(RECEIVED)


WORDS = {
    RECEIVED: "ya lo recibió", ACCEPTED: "sí lo toma", REJECTED: "no lo tomó", IN_SERVICE: "ya le está atendiendo", DONE: "ya terminó"
}  # fmt: skip


@pytest.mark.parametrize("state", WORDS)
def test_every_word_of_the_office_reaches_the_person(state: ReferralState, case: Case) -> None:
    if state in (IN_SERVICE, DONE):
        case.is_answered(ACCEPTED)
    assert case.is_answered(state, "wrong_place" if state is REJECTED else None)
    last = case.chat.transcript()[-1]
    assert last.response == f"utter_notice_{state}"
    assert case.folio in last.text and WORDS[state] in last.text and "Poblano" in last.text
    assert case.chat.outbox()[-1].message_id == last.id
    if state is REJECTED:
        assert "le toca a otra oficina" in last.text


def test_a_notice_says_nothing_of_the_case_itself(ana: Chat) -> None:
    ana.now = MONDAY
    ana.says("gracias")
    told = replace(AGREED, fields={"need": "legal", "story": "me corrieron del trabajo", "telephone": "5512345678"})
    case = Case(ana, "legal", told)
    case.is_answered(RECEIVED)
    case.is_answered(REJECTED, "other", "Ya tiene abogado en Atlixco")
    case.after(days=2)
    text = "\n".join(each.text for each in ana.transcript() if each.direction is Direction.OUT)
    for secret in ("corrieron", "5512345678", "abogado", "Atlixco", "egal"):
        assert secret not in text


def test_a_notice_is_in_the_language_of_the_chat(case: Case) -> None:
    case.chat.call(lambda session: setattr(case.chat.conversation(session), "language", "en"))
    content = case.chat.around.content
    text = content.responses["utter_notice_received"].text
    english = {text: "News of your case {folio}: {recipient} received it.{deadline}"}
    spoken = replace(content, catalogues={"en": Catalogue(english, frozenset({text}))})
    case.chat.around = replace(case.chat.around, content=spoken)
    case.is_answered(RECEIVED)
    last = case.chat.transcript()[-1].text
    assert last.startswith(f"News of your case {case.folio}: ")
    assert last.endswith(content.responses["utter_unreviewed"].text), "an unchecked translation says so"


# What they see when they ask


def status(case: Case) -> str:
    case.chat.says(case.folio)
    return case.chat.transcript()[-1].text


def test_received_is_said_only_once_the_office_has_said_so(case: Case) -> None:
    first = status(case)
    assert case.folio in first and "todavía no confirma que lo recibió" in first and "23/11/2026" in first
    assert "a más tardar el 07/12/2026, 10:00" in first
    case.after(days=2)
    case.is_answered(RECEIVED)
    then = status(case)
    assert "recibido por la oficina" in then and "Desde el 25/11/2026" in then and "a más tardar el 07/12/2026" in then
    case.is_answered(ACCEPTED)
    assert "a más tardar" not in status(case)


def test_a_case_that_waits_too_long_says_so(case: Case) -> None:
    case.after(days=15)
    assert "debía contestar a más tardar el 07/12/2026, 10:00. Todavía no contesta." in status(case)


def test_what_has_ended_is_kindly_not_withdrawn(case: Case) -> None:
    assert status(case)
    case.chat.call(lambda session: put(session, case.chat.conversation(session), [_withdrawal(case)], Direction.OUT, case.chat.around))
    case.is_answered(ACCEPTED)
    case.is_answered(DONE)
    assert case.chat.presses(f"/withdraw_referral={case.folio}") == ["utter_referral_ended"]
    assert "terminado" in case.chat.transcript()[-1].text and case.referral.state is DONE


def _withdrawal(case: Case) -> Reply:
    return Reply("¿Cuál quiere retirar?", (Button("Retirar", f"/withdraw_referral={case.folio}"),))


def test_what_was_made_before_the_chat_was_forgotten_is_found_and_withdrawn_by_folio(case: Case) -> None:
    case.chat.says("/olvidar")
    assert case.chat.says(case.folio) == ["utter_referral_status_of"]
    assert case.chat.presses(f"/withdraw_referral={case.folio}") == ["utter_referral_withdrawn"]
    assert case.referral.state is ReferralState.WITHDRAWN
    assert not case.is_allowed(ACCEPTED)
