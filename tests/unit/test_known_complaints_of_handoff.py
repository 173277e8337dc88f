"""What people complained about in other bots when a person takes over, each with its link: here it does not happen.

Where a test stands elsewhere already it is named, and the table fails when that test is gone.
"""

import ast
from dataclasses import replace

import pytest

from bot.conversation.surroundings import Surroundings
from bot.handoff import replies
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import TicketState
from bot.settings import ROOT
from tests.attended import Attended
from tests.chats import Chat
from tests.shifts import follow, on_duty
from tests.staff_group import ROSA, Office

ELSEWHERE = {
    "rasa-agent-bot-demo#12: the bot answers after the handoff": "integration/test_known_complaints.py "
    "test_the_assistant_is_silent_while_a_person_has_the_chat",
    "fazer-ai/agents#158: the closing text is sent twice": "integration/test_known_complaints.py "
    "test_the_closing_text_is_said_once_when_the_last_reply_and_the_closing_race",
    "fazer-ai/agents#457: mute after the hand-back": "integration/test_known_complaints.py "
    "test_after_the_chat_is_handed_back_the_assistant_answers_again",
    "Apps.Rasa#26: a second handoff is refused": "unit/test_handoff_matrix.py "
    "test_after_any_handoff_another_one_works_and_each_hand_back_is_said_once",
    "chatwoot#9293, #6010: out of hours, the wrong text or none": "unit/test_handoff_matrix.py "
    "test_who_asks_for_a_person_is_told_the_truth",
    "chatwoot#12079: two take the same chat": "unit/test_tickets.py test_of_many_who_claim_at_once_one_wins",
    "zammad#2891: a note is sent as a reply": "unit/test_answering.py test_a_note_never_reaches_the_person_in_any_order_of_presses",
    "telegram-support-bot#179: a reply never arrives": "unit/test_group_desk.py test_names_quotes_and_numbers_in_texts_lead_nowhere_else",
}


@pytest.mark.parametrize("complaint", ELSEWHERE)
def test_the_test_of_a_complaint_is_there(complaint: str) -> None:
    file, name = ELSEWHERE[complaint].split()
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_who_asks_for_a_person_is_told_to_the_staff(office: Office) -> None:
    """Nobody is notified: https://github.com/chatwoot/chatwoot/issues/5077"""
    office.chat.says("quiero mi pasaporte")
    office.works()
    assert not office.telegram.messages
    office.chat.person_waits()
    office.works()
    assert f"petición {office.ticket_id}" in office.telegram.messages[office.alert_message()]


def test_of_two_who_answer_at_once_in_the_console_and_in_the_group_one_is_told(open_office: Office) -> None:
    """Two agents reply: https://github.com/chatwoot/chatwoot/issues/12079"""
    open_office.holds("rosa")
    luis, around = Actor("luis", Role.SUPERVISOR), replace(open_office.chat.around, now=open_office.chat.now)
    open_office.writes(ROSA, "Venga el lunes", open_office.thread())
    open_office.chat.call(lambda session: replies.write(session, open_office.ticket_id, luis, "Venga el martes", around, 0))
    open_office.works()
    assert open_office.to_person() == ["Venga el martes"] and open_office.hints() == ["overtaken"]


def test_who_was_taken_and_forgotten_waits_again_and_knows_it(chats_database: Database, content_around: Surroundings) -> None:
    """Assigned and forgotten: https://github.com/chatwoot/chatwoot/issues/14508"""
    ana = on_duty(chats_database, content_around)
    ana.person_holds()
    ana.says("¿hola?")
    ana.later(hours=1)
    assert follow(ana.database, replace(ana.around, now=ana.now)) == {"went back to the queue": 1}
    ticket = ana.call(ana.ticket)
    assert ticket.state is TicketState.WAITING and ticket.holder is None
    assert ana.transcript()[-1].response == "utter_person_returned"


def test_a_holder_who_goes_away_and_comes_back_has_all_they_held(attended: Attended) -> None:
    """Queued chats vanish: https://github.com/RocketChat/Rocket.Chat/issues/29402"""
    attended.is_held()
    other = Chat(attended.chat.database, attended.chat.around)
    other.now = attended.chat.now
    other.person_waits()
    for is_away in ("1", "", "1"):
        assert attended.rosa.send("/consola/cuenta/ausencia", away=is_away).status_code == 303
        mine, waiting = (attended.rosa.get(f"/consola/bandeja?tab={tab}").text for tab in ("mias", "esperan"))
        assert f"/consola/peticiones/{attended.number}" in mine
        assert f"/consola/peticiones/{other.call(lambda session: other.ticket(session).id)}" in waiting
