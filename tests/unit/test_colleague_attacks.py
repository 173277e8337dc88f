"""What a curious, careless or hostile member of the staff tries with conversations that are not theirs."""

from uuid import uuid4

import httpx
import pytest

from bot.console.console import console_of
from bot.doors import DOORS
from bot.handoff import drafts, notes, presence, proposals
from bot.permissions import MAY, Action, may
from bot.records.staff import Role
from bot.records.tickets import ReplyProposal, TicketState, Urgency
from tests.attended import Attended
from tests.console import Member
from tests.queues import ticket

AGAIN = {"hx-request": "true"}  # what a script of an open page sends, and anybody can
PLAUSIBLE = {
    "text": "Le ayudamos con eso", "why": "Para leer el acta que mandó", "to": "memo", "until": "2026-11-25T09:00", "tema": "health",
    "urgencia": "normal", "etiqueta": "papeles", "need": "work", "municipality": "15057", "agreed": "yes",
}  # fmt: skip
FOR_EVERYBODY = ("nota", "ordenar", "traducir", "borrador", "caso", "caso/pedir", "caso/leer", "caso/mandar", "traducir/1")
"""What is done beside the holder; all but the own draft, which nobody else reads, is a row of the audit or is refused."""
POSTS = sorted(path for path, need in DOORS.items() if "{ticket}/" in path and need in Action)


@pytest.fixture
def memo(attended: Attended) -> Member:
    """Another agent, who holds nothing."""
    return attended.desk.member(Role.AGENT, "memo")


@pytest.fixture
def held(attended: Attended) -> Attended:
    """Rosa attends."""
    attended.is_held()
    return attended


def looks_of(attended: Attended, who: str) -> int:
    return len([each for each in attended.audit("ticket.read") if each.who == who])


def send(member: Member, path: str, **fields: str) -> httpx.Response:
    return member.send(path, **{**PLAUSIBLE, **fields})


def test_guessing_numbers_shows_conversations_and_leaves_a_row_for_each(held: Attended, memo: Member) -> None:
    for number in range(held.number + 3):
        memo.get(f"/consola/peticiones/{number}")
    assert looks_of(held, "memo") == 1


def test_the_stream_of_a_conversation_is_no_opening_that_a_reading_could_hide_behind(held: Attended, memo: Member) -> None:
    """The stream marks who is there; what it marks must not pass for a page that was opened and written down."""
    held.chat.call(lambda session: presence.mark(session, held.number, "memo", held.desk.now))
    page = memo.get(held.path, headers=AGAIN)
    assert "pasaporte" in page.text and looks_of(held, "memo") == 1


def test_a_draft_is_no_opening_either(held: Attended, memo: Member) -> None:
    memo.send(f"{held.path}/borrador", text="Le")
    memo.get(held.path, headers=AGAIN)
    assert looks_of(held, "memo") == 1


def test_a_stream_that_stays_open_does_not_make_a_later_reading_part_of_the_first(held: Attended, memo: Member) -> None:
    memo.get(held.path)
    for _ in range(6):
        held.later(seconds=30)
        held.chat.call(lambda session: presence.mark(session, held.number, "memo", held.desk.now))
    memo.get(held.path, headers=AGAIN)
    assert looks_of(held, "memo") == 2


def test_every_form_of_a_conversation_is_tried() -> None:
    assert len(POSTS) >= 18


@pytest.mark.parametrize("path", POSTS)
def test_no_form_of_a_conversation_that_somebody_else_holds_changes_it_or_writes_to_the_person(
    path: str, held: Attended, memo: Member
) -> None:  # fmt: skip
    [method] = {page.method for page in console_of(held.desk.app).pages if page.path == path}
    whole = path.replace("{ticket}", str(held.number)).replace("{file}", "1").replace("{message}", "1").replace("{proposal}", "1")
    before, outbox = held.ticket(), len(held.chat.outbox())
    answer = send(memo, whole) if method == "POST" else memo.get(whole)
    after = held.ticket()
    assert (after.state, after.holder, after.snoozed_until) == (before.state, before.holder, before.snoozed_until)
    assert held.sent() == [] and answer.status_code < 500
    if whole.removeprefix(f"{held.path}/") not in FOR_EVERYBODY:
        assert answer.status_code in (403, 409) and len(held.chat.outbox()) == outbox


@pytest.mark.parametrize("role", list(Role))
def test_who_put_a_conversation_off_still_has_it(role: Role, held: Attended) -> None:
    """Nobody closes behind their back what they mean to come back to; who supervises may."""
    held.rosa.send(f"{held.path}/posponer", until="2026-11-25T09:00")
    assert held.ticket().state is TicketState.SNOOZED
    other = held.desk.member(role, f"otra.{role}", "ipam" if role is Role.PARTNER else None)
    other.send(f"{held.path}/cerrar")
    assert (held.ticket().state is TicketState.RESOLVED) is (role is Role.SUPERVISOR)


@pytest.mark.parametrize(
    ("is_now", "sorted_as"),
    [
        ({"topic": "women"}, {"tema": "health"}),
        ({"topic": "trafficking"}, {"tema": ""}),
        ({"urgency": Urgency.DANGER}, {"urgencia": "normal"}),
    ],
)
def test_nobody_goes_round_the_second_reader_by_sorting_first(
    is_now: dict[str, object], sorted_as: dict[str, str], held: Attended
) -> None:  # fmt: skip
    held.changes(**{"topic": "consular", **is_now})
    refused = held.rosa.send(f"{held.path}/ordenar", **sorted_as)
    held.rosa.send(f"{held.path}/responder", text="Todo bajo mi cuenta")
    assert held.sent() == [] and refused.status_code == 409


def test_who_supervises_sorts_a_conversation_out_of_the_second_reading(held: Attended) -> None:
    held.changes(topic="women")
    held.desk.member(Role.SUPERVISOR, "vera").send(f"{held.path}/ordenar", tema="consular")
    assert held.ticket().topic == "consular"


def test_an_agent_sorts_into_the_second_reading_and_within_it(held: Attended) -> None:
    for topic in ("women", "trafficking"):
        held.rosa.send(f"{held.path}/ordenar", tema=topic)
        assert held.ticket().topic == topic


def test_a_proposal_is_approved_on_its_own_ticket_alone(held: Attended) -> None:
    """The number in the path of another ticket opens nothing."""
    held.changes(topic="women")
    held.rosa.send(f"{held.path}/responder", text="Le ayudamos")
    proposal = held.chat.call(lambda session: proposals.waiting_of(session, held.number))
    other = held.desk.database.call(lambda session: ticket(session, topic="women").id)
    vera = held.desk.member(Role.SUPERVISOR, "vera")
    assert proposal and vera.send(f"/consola/peticiones/{other}/propuesta/{proposal.id}/aprobar").status_code == 409
    assert held.sent() == []


def test_a_form_of_another_member_is_worth_nothing(held: Attended, memo: Member) -> None:
    """Whatever of it was seen over a shoulder."""
    form = {**held.rosa.form(text="Hola"), "once": uuid4().hex}
    answer = memo.post(f"{held.path}/responder", form)
    assert answer.status_code == 403 and held.sent() == []


def test_a_form_that_was_taken_is_taken_again_by_nobody_and_on_no_other_ticket(held: Attended) -> None:
    form = held.rosa.form(text="Hola")
    other = held.desk.database.call(lambda session: ticket(session).id)
    for path in (f"{held.path}/responder", f"{held.path}/responder", f"/consola/peticiones/{other}/responder"):
        held.rosa.post(path, form)
    assert held.sent() == ["Hola"]


SECRETS = ("CANARIO del pasaporte", "CANARIO de la nota", "CANARIO del borrador", "CANARIO propuesto")


@pytest.mark.parametrize("role", list(Role))
def test_no_refusal_shows_what_the_page_would_have(role: Role, held: Attended) -> None:
    """Every page by every role; what is shown at all is shown by a page that was allowed."""
    held.changes(topic="women")
    held.person_writes(SECRETS[0])
    held.chat.call(lambda session: notes.add(session, held.number, held.rosa.actor, SECRETS[1], held.desk.now))
    held.chat.call(lambda session: drafts.save(session, held.number, "rosa", SECRETS[2], held.desk.now))
    held.chat.call(lambda session: session.add(_proposal(held)))
    member, seen = held.desk.member(role, f"otra.{role}", "ipam" if role is Role.PARTNER else None), set[str]()
    for page in console_of(held.desk.app).pages:
        if page.path.startswith(("/consola/vivo", "/consola/salir")):
            continue
        path = page.path.replace("{ticket}", str(held.number)).replace("{", "").replace("}", "")
        answer = member.get(path) if page.method == "GET" else send(member, path)
        shown = [each for each in SECRETS if each in answer.text]
        allowed = page.needs in Action and role in MAY[Action(page.needs)] and answer.status_code == 200
        assert not shown or allowed, (path, answer.status_code, shown)
        assert SECRETS[2] not in answer.text, (path, "a draft is its writer's alone")
        seen.update(shown)
    assert (SECRETS[0] in seen) is may(role, Action.TICKET_READ), "what is looked for is what the page shows"


def _proposal(held: Attended) -> ReplyProposal:
    return ReplyProposal(ticket_id=held.number, who="rosa", text=SECRETS[3], proposed_at=held.desk.now, state="waiting")


def test_two_tabs_of_one_member_both_send_what_they_say(held: Attended) -> None:
    first, second = held.rosa.form(text="Uno", seen="1"), held.rosa.form(text="Dos", seen="1")
    for form in (first, second):
        held.rosa.post(f"{held.path}/responder", form)
    assert held.sent() == ["Uno", "Dos"]


def test_what_is_written_while_the_ticket_is_closed_is_not_sent_and_not_lost(held: Attended) -> None:
    held.desk.member(Role.SUPERVISOR, "vera").send(f"{held.path}/cerrar")
    answer = held.rosa.send(f"{held.path}/responder", text="Mañana a las nueve")
    assert answer.status_code == 409 and "Mañana a las nueve" in answer.text and held.sent() == []


def test_a_correction_after_the_page_was_read_is_shown_and_named_with_the_reply(held: Attended) -> None:
    held.person_writes("vivo en Toluca")
    held.rosa.get(held.path)
    seen = max(each.id for each in held.chat.transcript())
    held.later(minutes=1)
    held.chat.edits("vivo en Tijuana")
    assert "vivo en Tijuana" in held.rosa.get(held.path, headers=AGAIN).text
    answer = held.rosa.send(f"{held.path}/responder", text="Vaya a Toluca", seen=str(seen))
    assert answer.headers["location"].endswith("reply_meanwhile")
