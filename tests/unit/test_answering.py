"""What goes to the person and what stays with the team: who may write, what happens when two do, and that a note never goes out."""

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.errors import RefusedError
from bot.handoff import attending, drafts, notes, replies
from bot.handoff.replies import Outcome
from bot.records.conversations import Message
from bot.records.staff import Role
from bot.records.tickets import TicketNote
from bot.settings import ROOT
from tests.attended import Attended, box, field


def said(answer: str) -> str:
    return answer.rpartition("dicho=")[2]


def test_only_the_holder_or_a_supervisor_beside_them_writes(attended: Attended) -> None:
    luis, vera = attended.desk.member(Role.AGENT, "luis"), attended.desk.member(Role.SUPERVISOR, "vera")
    assert vera.send(f"{attended.path}/responder", text="Hola").status_code == 409, "nobody holds it: the assistant speaks"
    attended.is_held()
    refused = luis.send(f"{attended.path}/responder", text="Hola, soy Luis")
    assert refused.status_code == 409 and "Hola, soy Luis" in refused.text, "what was typed is not lost"
    assert attended.rosa.send(f"{attended.path}/responder", text="Hola").status_code == 303
    assert vera.send(f"{attended.path}/responder", text="Aquí también").status_code == 303
    assert attended.sent() == ["Hola", "Aquí también"]
    assert [(what, who) for what, who, _ in attended.events() if what == "wrote"] == [("wrote", "rosa"), ("wrote", "vera")]


def test_a_form_that_comes_twice_goes_out_once(attended: Attended) -> None:
    attended.is_held()
    form = attended.rosa.form(text="Hola", seen="0")
    for _ in range(3):
        attended.desk.ask(lambda client: client.post(f"{attended.path}/responder", data=form), attended.rosa.cookies)
    assert attended.sent() == ["Hola"]


def test_a_reply_is_not_sent_when_another_one_has_answered_meanwhile(attended: Attended) -> None:
    vera = attended.desk.member(Role.SUPERVISOR, "vera")
    attended.is_held()
    seen = field(attended.rosa.get(attended.path).text, "seen")
    vera.send(f"{attended.path}/responder", text="Ya le ayudé", seen=seen)
    answer = attended.rosa.send(f"{attended.path}/responder", text="Le ayudo", seen=seen)
    assert said(answer.headers["location"]) == "reply_overtaken"
    assert attended.sent() == ["Ya le ayudé"]
    page = attended.rosa.get(answer.headers["location"]).text
    assert box(page) == "Le ayudo" and "No se mandó" in page
    attended.rosa.send(f"{attended.path}/responder", text="Le ayudo", seen=field(page, "seen"))
    assert attended.sent() == ["Ya le ayudé", "Le ayudo"]


def test_a_reply_is_sent_and_says_so_when_the_person_has_written_meanwhile(attended: Attended) -> None:
    attended.is_held()
    seen = field(attended.rosa.get(attended.path).text, "seen")
    attended.person_writes("otra cosa")
    answer = attended.rosa.send(f"{attended.path}/responder", text="Le ayudo", seen=seen)
    assert said(answer.headers["location"]) == "reply_meanwhile" and attended.sent() == ["Le ayudo"]
    answer = attended.rosa.send(f"{attended.path}/responder", text="Y más", seen=seen)
    assert said(answer.headers["location"]) == "reply_meanwhile", "one's own reply overtakes nobody"


@pytest.mark.parametrize("text", ["", "  \n ", "Su folio es {folio}", "a" * (attending.LONGEST + 1)])
def test_what_is_empty_too_long_or_not_filled_in_does_not_go_out(text: str, attended: Attended) -> None:
    attended.is_held()
    refused = attended.rosa.send(f"{attended.path}/responder", text=text)
    assert refused.status_code == 409 and attended.sent() == []


@pytest.mark.parametrize("text", ["Si pesa {5 kg}, vaya", "¿{Nombre}?", "{}", "a" * attending.LONGEST])
def test_braces_that_name_nothing_are_only_braces(text: str, attended: Attended) -> None:
    attended.is_held()
    assert attended.rosa.send(f"{attended.path}/responder", text=text).status_code == 303 and attended.sent() == [text]


def test_a_note_is_kept_by_whoever_attends_people_and_also_after_the_end(attended: Attended) -> None:
    attended.is_held()
    luis = attended.desk.member(Role.AGENT, "luis")
    luis.send(f"{attended.path}/nota", text="Llamar al consulado")
    attended.rosa.send(f"{attended.path}/cerrar")
    attended.rosa.send(f"{attended.path}/nota", text="Quedó bien")
    page = attended.rosa.get(attended.path).text
    assert "Llamar al consulado" in page and "Quedó bien" in page and page.count("NOTA: la persona no la ve") == 2
    assert attended.rosa.send(f"{attended.path}/nota", text=" ").status_code == 409
    assert len(attended.audit("ticket.note")) == 2


PRESSED = st.sampled_from(["nota", "responder", "borrador", "tomar", "soltar", "cerrar", "escribe"])
PRESSES = st.lists(st.tuples(PRESSED, st.sampled_from(["rosa", "vera", "luis"])), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=PRESSES)
def test_a_note_never_reaches_the_person_in_any_order_of_presses(presses: list[tuple[str, str]], attended: Attended) -> None:
    people = {
        "rosa": attended.rosa, "vera": attended.desk.member(Role.SUPERVISOR, "vera"), "luis": attended.desk.member(Role.AGENT, "luis"),
    }  # fmt: skip
    attended.person_asks()
    for number, (press, name) in enumerate(presses):
        if press == "escribe":
            attended.person_writes(f"persona {number}")
        else:
            people[name].send(f"{attended.path}/{press}", text=f"{press.upper()} {number}", seen="99999999")
    texts = attended.chat.call(lambda session: list(session.scalars(select(Message.text))))
    kept = attended.chat.call(lambda session: list(session.scalars(select(TicketNote.text))))
    assert not [text for text in texts if text.startswith(("NOTA", "BORRADOR"))], "only what was sent stands among the messages"
    assert not [text for text in kept if not text.startswith("NOTA")], "only notes stand among the notes"
    of_messages = set(attended.chat.call(lambda session: list(session.scalars(select(Message.id)))))
    assert {each.message_id for each in attended.calls()} <= of_messages


def test_what_staff_write_goes_out_by_one_way_alone() -> None:
    """Whoever adds another one goes round the second reader."""
    using = {}
    for path in (ROOT / "bot").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        names = {ast.unparse(each.func).rpartition(".")[2] for each in calls}
        staff = [each for each in calls if ast.unparse(each.func).endswith("put") and "Direction.STAFF" in ast.unparse(each)]
        using[path.relative_to(ROOT).as_posix()] = ("deliver" in names, bool(staff))
    assert {path for path, (_, puts) in using.items() if puts} == {"bot/handoff/sending.py"}
    assert {path for path, (delivers, _) in using.items() if delivers} == {"bot/handoff/attending.py", "bot/handoff/proposals.py"}


def test_notes_know_nothing_of_sending() -> None:
    text = Path(notes.__file__).read_text(encoding="utf-8")
    assert "outbox" not in text and "transcript" not in text and "import Message" not in text


def test_the_command_line_writes_by_the_same_rules(attended: Attended) -> None:
    def write(who: str, text: str) -> Outcome:
        member = attended.rosa.actor if who == "rosa" else attended.desk.member(Role.AGENT, who).actor
        return attended.chat.call(lambda session: replies.write(session, attended.number, member, text, attended.around))

    attended.is_held()
    assert write("rosa", "Hola") is Outcome.SENT
    with pytest.raises(RefusedError, match="no la atiende"):
        write("luis", "Hola")


def test_a_draft_of_a_closed_ticket_is_not_begun(attended: Attended) -> None:
    attended.is_held()
    attended.rosa.send(f"{attended.path}/cerrar")
    assert attended.rosa.send(f"{attended.path}/borrador", text="Hola").status_code == 409
    assert attended.chat.call(lambda session: drafts.text_of(session, attended.number, "rosa")) == ""
