"""The page of a conversation: what it shows to whom, what it writes down, and what each of its buttons does."""

import re
from datetime import UTC, datetime

import pytest

from bot.console.words import DANGERS
from bot.handoff import notes, presence
from bot.handoff.timeline import AT_ONCE, Said, read
from bot.numbers.names import REASONS
from bot.permissions import Actor
from bot.records.deliveries import OutboxState
from bot.records.staff import Role
from bot.records.tickets import TicketState
from tests.attended import Attended, box, field


def test_an_opening_is_one_row_of_the_audit_and_a_refresh_of_the_open_page_is_none(attended: Attended) -> None:
    assert attended.rosa.get(attended.path).status_code == 200
    for _ in range(3):
        attended.later(seconds=100)
        assert attended.rosa.get(attended.path, headers={"hx-request": "true"}).status_code == 200
    assert [each.who for each in attended.audit("ticket.read")] == ["rosa"]
    attended.rosa.get(attended.path)
    assert len(attended.audit("ticket.read")) == 2


def test_a_refresh_of_a_page_that_was_closed_is_an_opening(attended: Attended) -> None:
    attended.rosa.get(attended.path)
    attended.later(minutes=2)
    attended.rosa.get(attended.path, headers={"hx-request": "true"})
    assert len(attended.audit("ticket.read")) == 2


def test_somebody_elses_open_page_is_not_mine(attended: Attended) -> None:
    attended.rosa.get(attended.path)
    attended.desk.member(Role.SUPERVISOR, "vera").get(attended.path, headers={"hx-request": "true"})
    assert [each.who for each in attended.audit("ticket.read")] == ["rosa", "vera"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.REVIEWER, Role.DATA_OFFICER, Role.PARTNER, Role.ADMIN])
def test_who_does_not_attend_people_sees_no_conversation(role: Role, attended: Attended) -> None:
    answer = attended.desk.member(role).get(attended.path)
    assert answer.status_code == 403 and "pasaporte" not in answer.text and not attended.audit("ticket.read")


def test_what_a_role_does_not_see_is_not_read_out_to_it(attended: Attended) -> None:
    officer = Actor("olga", Role.DATA_OFFICER)
    talk = attended.chat.call(lambda session: read(session, officer, attended.chat.ticket(session), "es", attended.desk.now))
    assert {each.text for each in talk.entries if isinstance(each, Said)} == {""}


def test_what_somebody_wrote_is_text_and_never_markup(attended: Attended) -> None:
    attended.person_writes('<script>alert(1)</script> <img src=x onerror="x"> **ojo**')
    attended.chat.call(lambda session: notes.add(session, attended.number, attended.rosa.actor, "<b>nota</b>", attended.desk.now))
    page = attended.rosa.get(attended.path).text
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>nota" not in page
    assert "&lt;script&gt;" in page and "&lt;b&gt;nota" in page and "<b>ojo</b>" in page


@pytest.mark.parametrize("reason", [*DANGERS, *REASONS])
def test_why_it_was_opened_is_said_in_words(reason: str, attended: Attended) -> None:
    attended.chat.call(lambda session: setattr(attended.chat.ticket(session), "reason", reason))
    page = attended.rosa.get(attended.path).text
    assert f"<dd>{(DANGERS | REASONS)[reason]}</dd>" in page and f"<dd>{reason}</dd>" not in page


def test_who_else_has_it_open_is_said_and_oneself_is_not(attended: Attended) -> None:
    attended.desk.member(Role.AGENT, "luis").get(attended.path)
    attended.chat.call(lambda session: presence.mark(session, attended.number, "luis", attended.desk.now, is_writing=True))
    page = attended.rosa.get(attended.path).text
    assert "luis está escribiendo" in page and "rosa está escribiendo" not in page and "rosa también" not in page


def test_two_who_take_it_are_told_who_has_it(attended: Attended) -> None:
    assert attended.rosa.send(f"{attended.path}/tomar").status_code == 303
    refused = attended.desk.member(Role.AGENT, "luis").send(f"{attended.path}/tomar")
    assert refused.status_code == 409 and "rosa" in refused.text
    assert attended.ticket().holder == "rosa"


def test_it_is_let_go_passed_put_off_and_closed(attended: Attended) -> None:
    vera = attended.desk.member(Role.SUPERVISOR, "vera")
    attended.desk.member(Role.AGENT, "luis")
    attended.rosa.send(f"{attended.path}/tomar")
    assert attended.rosa.send(f"{attended.path}/pasar", to="luis").status_code == 403
    vera.send(f"{attended.path}/pasar", to="luis")
    assert (attended.ticket().state, attended.ticket().holder) == (TicketState.ASSIGNED, "luis")
    assert attended.rosa.send(f"{attended.path}/soltar").status_code == 409
    vera.send(f"{attended.path}/soltar")
    assert (attended.ticket().state, attended.ticket().holder) == (TicketState.WAITING, None)
    attended.rosa.send(f"{attended.path}/tomar")
    attended.rosa.send(f"{attended.path}/posponer", until="2026-11-24T09:00")
    assert attended.ticket().state is TicketState.SNOOZED
    assert attended.ticket().snoozed_until is not None
    attended.rosa.send(f"{attended.path}/tomar")
    attended.rosa.send(f"{attended.path}/cerrar")
    assert attended.ticket().state is TicketState.RESOLVED
    assert attended.chat.transcript()[-1].response == "utter_ticket_closed"
    assert [each for each, *_ in attended.events() if each not in ("opened", "viewed")] == [
        "assigned", "passed", "waiting", "assigned", "snoozed", "assigned", "resolved",
    ]  # fmt: skip


@pytest.mark.parametrize("until", ["", "mañana", "2020-01-01T09:00", "2099-01-01T09:00", "0001-01-01T00:00"])
def test_it_is_put_off_to_a_moment_that_comes(until: str, attended: Attended) -> None:
    attended.is_held()
    assert attended.rosa.send(f"{attended.path}/posponer", until=until).status_code == 409
    assert attended.ticket().state is TicketState.ASSIGNED


def test_it_is_passed_to_nobody_who_does_not_attend_people(attended: Attended) -> None:
    vera, editor = attended.desk.member(Role.SUPERVISOR, "vera"), attended.desk.member(Role.EDITOR, "edgar")
    attended.is_held()
    for name in (editor.actor.name, "nobody", ""):
        assert vera.send(f"{attended.path}/pasar", to=name).status_code == 409
    assert attended.ticket().holder == "rosa"


def test_what_somebody_holds_another_one_does_not_close(attended: Attended) -> None:
    attended.is_held()
    assert attended.desk.member(Role.AGENT, "luis").send(f"{attended.path}/cerrar").status_code == 409
    assert attended.ticket().state is TicketState.ASSIGNED


def test_a_draft_waits_for_its_writer_alone_and_goes_when_it_is_sent(attended: Attended) -> None:
    attended.is_held()
    assert attended.rosa.send(f"{attended.path}/borrador", text="Buenas tard").status_code == 204
    attended.rosa.send(f"{attended.path}/borrador", text="Buenas tardes")
    assert box(attended.rosa.get(attended.path).text) == "Buenas tardes"
    assert "Buenas tard" not in attended.desk.member(Role.SUPERVISOR, "vera").get(attended.path).text
    assert attended.sent() == []
    attended.rosa.send(f"{attended.path}/responder", text="Buenas tardes")
    assert box(attended.rosa.get(attended.path).text) == ""


def test_the_page_says_what_became_of_each_message_and_sends_a_failed_one_once_more(attended: Attended) -> None:
    attended.is_held()
    attended.rosa.send(f"{attended.path}/responder", text="Buenas tardes")
    attended.chat.delivers()
    assert "Entregado a Telegram" in attended.rosa.get(attended.path).text
    message = attended.chat.transcript()[-1].id

    def fail(state: OutboxState, failure: str | None) -> None:
        def change(session) -> None:  # type: ignore[no-untyped-def]
            row = session.merge(attended.calls()[-1])
            row.state, row.failure = state, failure

        attended.chat.call(change)

    for failure, says in (("blocked", "la persona bloqueó"), ("unknown", "No se sabe si llegó"), ("refused", "no lo aceptó")):
        fail(OutboxState.FAILED, failure)
        assert says in attended.rosa.get(attended.path).text
    assert attended.rosa.send(f"{attended.path}/reenviar/{message}").status_code == 303
    assert [(each.state, each.attempts) for each in attended.calls() if each.message_id == message] == [(OutboxState.QUEUED, 0)]
    assert attended.rosa.send(f"{attended.path}/reenviar/{message}").status_code == 409, "it is on its way"
    assert len([each for each in attended.calls() if each.message_id == message]) == 1
    fail(OutboxState.QUEUED, "network")
    assert "se vuelve a intentar" in attended.rosa.get(attended.path).text


def test_nothing_is_sent_again_to_who_blocked_us(attended: Attended) -> None:
    attended.is_held()
    attended.chat.call(lambda session: setattr(attended.chat.conversation(session), "blocked_at", attended.desk.now))
    answer = attended.rosa.send(f"{attended.path}/responder", text="Buenas tardes")
    assert answer.headers["location"].endswith("reply_blocked")
    message = attended.chat.transcript()[-1].id
    assert attended.rosa.send(f"{attended.path}/reenviar/{message}").status_code == 409


def test_earlier_messages_are_a_page_away_and_none_is_shown_twice(attended: Attended) -> None:
    attended.is_held()
    for number in range(AT_ONCE + 5):
        attended.person_writes(f"mensaje {number}")
    newest = attended.rosa.get(attended.path).text
    older = re.search(r"\?antes=(\d+)", newest)
    assert older and f"mensaje {AT_ONCE + 4}<" in newest and "mensaje 4<" not in newest
    earlier = attended.rosa.get(f"{attended.path}?antes={older[1]}").text
    assert "mensaje 4<" in earlier and "mensaje 5<" not in earlier and "necesito mi pasaporte" in earlier
    assert "hx-get" in newest and "hx-get" not in earlier


def test_the_last_message_shown_goes_with_the_reply(attended: Attended) -> None:
    attended.is_held()
    assert field(attended.rosa.get(attended.path).text, "seen") == str(attended.chat.transcript()[-1].id)


def test_who_may_not_write_gets_no_box_for_a_reply(attended: Attended) -> None:
    attended.is_held()
    page = attended.desk.member(Role.AGENT, "luis").get(attended.path).text
    assert "/responder" not in page and "/nota" in page


def test_a_ticket_that_is_not_there_is_refused_in_words(attended: Attended) -> None:
    for number in ("999", "0", "x", "9" * 30):
        assert attended.rosa.get(f"/consola/peticiones/{number}").status_code == 409


def test_the_moment_of_the_field_is_on_the_clocks_of_mexico(attended: Attended) -> None:
    attended.is_held()
    attended.rosa.send(f"{attended.path}/posponer", until="2026-11-23T15:00")
    assert attended.ticket().snoozed_until == datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


def test_a_colleague_sees_that_somebody_types_and_only_while_they_do(attended: Attended) -> None:
    attended.is_held()

    def others() -> list[presence.Viewer]:
        return attended.chat.call(lambda session: presence.others(session, attended.number, "luis", attended.desk.now))

    attended.rosa.send(f"{attended.path}/borrador", text="Buenas")
    assert others() == [presence.Viewer("rosa", is_writing=True)]
    attended.later(seconds=11)
    assert others() == [presence.Viewer("rosa", is_writing=False)]
