"""On sensitive topics a supervisor who did not write a reply reads it before it goes out, and nothing goes round that."""

import pytest

from bot.errors import RefusedError
from bot.handoff import attending, proposals, replies
from bot.handoff.replies import Outcome
from bot.permissions import Actor
from bot.records.staff import Role
from bot.records.tickets import ProposalState, ReplyProposal, Urgency
from tests.attended import Attended, box
from tests.console import Member

VERA = Actor("vera", Role.SUPERVISOR)


@pytest.fixture
def sensitive(attended: Attended) -> Attended:
    attended.changes(topic="women")
    attended.is_held()
    return attended


def proposed(attended: Attended, text: str = "Le ayudamos", by: Member | None = None) -> ReplyProposal:
    (by or attended.rosa).send(f"{attended.path}/responder", text=text)
    found = attended.chat.call(lambda session: proposals.waiting_of(session, attended.number))
    assert found is not None
    return found


@pytest.mark.parametrize("changes", [{"topic": "women"}, {"topic": "trafficking"}, {"topic": None, "urgency": Urgency.DANGER}])
def test_a_reply_on_a_sensitive_topic_waits(changes: dict[str, object], attended: Attended) -> None:
    attended.changes(**changes)
    attended.is_held()
    answer = attended.rosa.send(f"{attended.path}/responder", text="Le ayudamos")
    assert answer.headers["location"].endswith("reply_proposed")
    assert attended.sent() == [] and "Le ayudamos" in attended.rosa.get(attended.path).text


def test_on_other_topics_nobody_waits(attended: Attended) -> None:
    attended.changes(topic="consular")
    attended.is_held()
    attended.rosa.send(f"{attended.path}/responder", text="Le ayudamos")
    assert attended.sent() == ["Le ayudamos"]


def test_it_goes_out_as_the_writers_when_a_supervisor_approves(sensitive: Attended) -> None:
    proposal = proposed(sensitive)
    vera = sensitive.desk.member(Role.SUPERVISOR, "vera")
    assert "Le ayudamos" in vera.get(sensitive.path).text
    assert vera.send(f"{sensitive.path}/propuesta/{proposal.id}/aprobar").status_code == 303
    assert sensitive.sent() == ["Le ayudamos"]
    events = sensitive.events()
    assert ("approved", "vera", "rosa") in events and ("wrote", "rosa") in [each[:2] for each in events]
    assert [each.who for each in sensitive.audit("ticket.approve")] == ["vera"]


def test_it_goes_out_once_however_often_it_is_approved(sensitive: Attended) -> None:
    proposal = proposed(sensitive)
    vera = sensitive.desk.member(Role.SUPERVISOR, "vera")
    answers = [vera.send(f"{sensitive.path}/propuesta/{proposal.id}/aprobar").status_code for _ in range(3)]
    assert answers == [303, 409, 409] and sensitive.sent() == ["Le ayudamos"]


def test_nobody_approves_their_own(attended: Attended) -> None:
    attended.changes(topic="women")
    vera = attended.desk.member(Role.SUPERVISOR, "vera")
    attended.is_held(by=vera.actor)
    proposal = proposed(attended, by=vera)
    assert vera.send(f"{attended.path}/propuesta/{proposal.id}/aprobar").status_code == 409
    assert "/aprobar" not in vera.get(attended.path).text and attended.sent() == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
def test_only_who_supervises_approves(role: Role, sensitive: Attended) -> None:
    proposal = proposed(sensitive)
    other = sensitive.desk.member(role)
    assert other.send(f"{sensitive.path}/propuesta/{proposal.id}/aprobar").status_code == 403
    with pytest.raises(RefusedError):
        sensitive.chat.call(lambda session: proposals.approve(session, sensitive.number, proposal.id, other.actor, sensitive.around))
    assert sensitive.sent() == []


def test_the_service_itself_refuses_to_send(sensitive: Attended) -> None:
    """From the command line and from the team's group too."""
    for actor in (sensitive.rosa.actor, VERA):
        with pytest.raises(RefusedError, match="otra persona"):
            sensitive.chat.call(lambda session, actor=actor: attending.reply_to(session, sensitive.number, actor, "Hola", sensitive.around))  # type: ignore[misc]
    outcome = sensitive.chat.call(lambda session: replies.write(session, sensitive.number, VERA, "Hola", sensitive.around))
    assert outcome is Outcome.PROPOSED and sensitive.sent() == []


def test_a_prepared_reply_waits_as_well(sensitive: Attended) -> None:
    sensitive.rosa.send(f"{sensitive.path}/responder", text="Adiós", plantilla="goodbye")
    assert sensitive.sent() == [] and sensitive.ticket().holder == "rosa"


def test_what_is_returned_comes_back_to_its_writer_with_the_reason(sensitive: Attended) -> None:
    proposal = proposed(sensitive)
    vera = sensitive.desk.member(Role.SUPERVISOR, "vera")
    assert vera.send(f"{sensitive.path}/propuesta/{proposal.id}/devolver", text=" ").status_code == 409
    vera.send(f"{sensitive.path}/propuesta/{proposal.id}/devolver", text="Falta la línea de ayuda")
    page = sensitive.rosa.get(sensitive.path).text
    assert "Falta la línea de ayuda" in page and box(page) == "Le ayudamos" and sensitive.sent() == []
    again = proposed(sensitive, "Le ayudamos. Marque al 911")
    assert again.id != proposal.id and "Falta la línea de ayuda" not in sensitive.rosa.get(sensitive.path).text
    vera.send(f"{sensitive.path}/propuesta/{again.id}/aprobar")
    assert sensitive.sent() == ["Le ayudamos. Marque al 911"]


def test_the_text_that_was_read_is_the_one_that_goes(sensitive: Attended) -> None:
    """Its writer has changed it since the page was shown: the old one cannot be approved any more."""
    first = proposed(sensitive, "uno")
    second = proposed(sensitive, "dos")
    vera = sensitive.desk.member(Role.SUPERVISOR, "vera")
    assert vera.send(f"{sensitive.path}/propuesta/{first.id}/aprobar").status_code == 409 and sensitive.sent() == []
    vera.send(f"{sensitive.path}/propuesta/{second.id}/aprobar")
    assert sensitive.sent() == ["dos"]


def test_somebody_elses_that_waits_is_not_replaced(sensitive: Attended) -> None:
    first = proposed(sensitive)
    vera = sensitive.desk.member(Role.SUPERVISOR, "vera")
    assert vera.send(f"{sensitive.path}/responder", text="otra").status_code == 409
    found = sensitive.chat.call(lambda session: proposals.waiting_of(session, sensitive.number))
    assert found is not None and found.id == first.id


def test_nothing_goes_out_of_a_ticket_that_nobody_holds_any_more(sensitive: Attended) -> None:
    proposal = proposed(sensitive)
    vera = sensitive.desk.member(Role.SUPERVISOR, "vera")
    sensitive.rosa.send(f"{sensitive.path}/soltar")
    assert vera.send(f"{sensitive.path}/propuesta/{proposal.id}/aprobar").status_code == 409
    sensitive.is_held()
    sensitive.rosa.send(f"{sensitive.path}/cerrar")
    assert vera.send(f"{sensitive.path}/propuesta/{proposal.id}/aprobar").status_code == 409
    assert sensitive.sent() == []
    state = sensitive.chat.call(lambda session: session.get_one(ReplyProposal, proposal.id).state)
    assert state is ProposalState.RETURNED


def test_supervisors_find_all_that_wait_and_no_words_of_anybody(sensitive: Attended) -> None:
    proposed(sensitive)
    vera = sensitive.desk.member(Role.SUPERVISOR, "vera")
    page = vera.get("/consola/por-revisar").text
    assert f'href="{sensitive.path}"' in page and "rosa" in page and "Le ayudamos" not in page
    assert sensitive.rosa.get("/consola/por-revisar").status_code == 403
