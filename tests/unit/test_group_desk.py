"""What staff write and press in their group reaches the right person or nobody."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.conversation.surroundings import Surroundings
from bot.handoff import drafts, proposals, replies
from bot.permissions import Actor
from bot.records.conversations import Direction
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate
from bot.records.staff import Role
from bot.records.tickets import TicketNote, TicketState
from tests import telegram_json as telegram
from tests.chats import Chat
from tests.staff_group import LUIS, ROSA, STAFF_CHAT, STRANGER, Office, person

# Replies


def test_what_the_holder_writes_in_the_topic_is_the_reply(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.writes(ROSA, "Buenas tardes, dígame", open_office.thread())
    open_office.works()
    assert open_office.to_person() == ["Buenas tardes, dígame"]
    assert open_office.ticket().waiting_since is None
    assert [each.text for each in open_office.chat.transcript()][-1] == "Buenas tardes, dígame"


@pytest.mark.parametrize(
    "disturbed",
    [
        {"reply_to_message": {**telegram.reply_to(3)["reply_to_message"], "text": "99 · Otra · es"}},  # an old message of another name
        {"quote": {"text": "petición 99", "position": 0, "is_manual": True}, **telegram.reply_to(3)},
        {"forum_topic_created": None, "text": "Good afternoon (translated) 99"},
        {"text": "12"},
        {"text": "Re: [99] petición 99"},
    ],
)  # fmt: skip
def test_names_quotes_and_numbers_in_texts_lead_nowhere_else(
    disturbed: dict[str, object], database: Database, content_around: Surroundings
) -> None:
    ana, beto = Office(Chat(database, content_around)), Chat(database, content_around)
    beto.bot_id = ana.chat.bot_id
    beto.id = "4077"
    ana.chat.person_waits()
    ana.works()
    beto_raw = telegram.message(text="persona", chat={**telegram.PRIVATE, "id": 4077}, sender={**telegram.ANA_HERSELF, "id": 4077})
    beto.gets(beto_raw)
    ana.works()
    first, second = sorted(ana.telegram.topics)
    ana.telegram.topics[first].name, ana.telegram.topics[second].name = ana.telegram.topics[second].name, "renombrado"
    ana.holds("rosa")
    beto.call(lambda session: setattr(beto.ticket(session), "state", TicketState.ASSIGNED))
    beto.call(lambda session: setattr(beto.ticket(session), "holder", "rosa"))
    content = {key: value for key, value in disturbed.items() if value is not None}
    ana.writes(ROSA, str(content.pop("text", "para Ana")), first, **content)
    ana.works()
    said = [each for each in ana.chat.transcript() if each.direction is Direction.STAFF]
    assert [each.conversation_id for each in said] == [1], ana.hints()


@pytest.mark.parametrize(("account", "hint"), [(LUIS, "not_holder"), (STRANGER, "not_linked")])
def test_from_who_does_not_hold_it_nothing_is_sent_and_they_are_told(account: int, hint: str, open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.writes(account, "yo también quiero ayudar", open_office.thread())
    open_office.writes(account, "/cerrar", open_office.thread())
    open_office.works()
    assert open_office.to_person() == [] and open_office.hints() == [hint] * (2 if account == LUIS else 1)
    assert open_office.ticket().state is TicketState.ASSIGNED


def test_who_is_not_linked_is_told_once_a_day_in_private(open_office: Office) -> None:
    for _ in range(3):
        open_office.writes(STRANGER, "hola", open_office.thread())
    open_office.works()
    assert len(open_office.telegram.private[str(STRANGER)]) == 1
    open_office.chat.later(hours=25)
    open_office.writes(STRANGER, "hola", open_office.thread())
    open_office.works()
    assert len(open_office.telegram.private[str(STRANGER)]) == 2


def test_who_cannot_be_written_to_in_private_is_told_in_the_group(open_office: Office) -> None:
    open_office.telegram.never_started.add(str(STRANGER))
    open_office.writes(STRANGER, "hola", open_office.thread())
    open_office.works()
    assert any("/soy" in each for each in open_office.telegram.general) and not open_office.telegram.private


def test_nothing_is_sent_from_a_topic_of_nobody_or_of_a_closed_request(open_office: Office) -> None:
    open_office.writes(ROSA, "¿hay alguien?", 31337)
    open_office.holds("rosa")
    open_office.chat.staff_closes()
    open_office.writes(ROSA, "una cosa más", open_office.thread())
    open_office.works()
    assert open_office.hints() == ["no_topic", "not_open"] and open_office.to_person() == []


def test_what_staff_say_beside_the_topics_is_not_kept(open_office: Office) -> None:
    open_office.holds("rosa")
    raw = telegram.message(chat=STAFF_CHAT, text="¿quién trae el café?", sender=person(ROSA))
    assert not open_office.takes(raw)
    assert open_office.to_person() == []


def test_a_line_that_begins_with_two_strokes_is_a_note_and_the_person_never_gets_it(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.writes(LUIS, "// ojo: ya vino ayer", open_office.thread())
    open_office.writes(ROSA, "//gracias", open_office.thread())
    open_office.works()
    notes = open_office.chat.call(lambda session: [(each.who, each.text) for each in session.scalars(select(TicketNote))])
    assert notes == [("luis", "ojo: ya vino ayer"), ("rosa", "gracias")]
    assert open_office.to_person() == [] and open_office.hints() == ["noted", "noted"]


def test_what_was_dealt_with_is_not_kept_in_the_inbox_nor_dealt_with_again(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.writes(ROSA, "una vez", open_office.thread())
    open_office.works()
    open_office.chat.later(minutes=5)
    open_office.works()
    query = select(InboxUpdate).where(InboxUpdate.bot_id == f"staff-{open_office.chat.bot_id}")
    [row] = open_office.chat.call(lambda session: list(session.scalars(query)))
    assert row.done_at is not None and row.incoming is None and open_office.to_person() == ["una vez"]


def test_a_photograph_of_staff_is_not_sent_and_its_caption_neither(open_office: Office) -> None:
    open_office.holds("rosa")
    place = {"message_thread_id": open_office.thread(), "is_topic_message": True}
    raw = telegram.message(chat=STAFF_CHAT, sender=person(ROSA), caption="mire", **place, **telegram.file("photo"))
    assert open_office.takes(raw)
    open_office.works()
    assert open_office.hints() == ["only_text"] and open_office.to_person() == []


def test_a_correction_is_not_sent_and_the_writer_is_told_what_the_person_has(open_office: Office) -> None:
    open_office.holds("rosa")
    sent = open_office.writes(ROSA, "venga el lunes", open_office.thread())
    note = open_office.writes(ROSA, "// nota", open_office.thread())
    open_office.works()
    open_office.corrects(ROSA, sent, "venga el martes", open_office.thread())
    open_office.corrects(ROSA, note, "otra nota", open_office.thread())
    open_office.works()
    assert open_office.to_person() == ["venga el lunes"] and open_office.hints() == ["noted", "edited", "edited_unsent"]


def test_a_reply_on_which_two_people_read_waits_and_its_writer_is_told_so(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.chat.call(lambda session: setattr(open_office.chat.ticket(session), "topic", "women"))
    open_office.writes(ROSA, "venga mañana", open_office.thread())
    open_office.works()
    assert open_office.to_person() == [] and open_office.hints() == ["proposed"]
    found = open_office.chat.call(lambda session: proposals.waiting_of(session, open_office.chat.ticket(session).id))
    assert found and (found.who, found.text) == ("rosa", "venga mañana")
    assert any("otra persona lee la respuesta antes" in each for each in open_office.telegram.topics[open_office.thread()].said)


def test_a_reply_that_a_colleague_overtook_is_kept_as_a_draft_and_its_writer_is_told_so(open_office: Office) -> None:
    open_office.holds("rosa")
    luis, number = Actor("luis", Role.SUPERVISOR), open_office.ticket_id
    around = replace(open_office.chat.around, now=open_office.chat.now)
    open_office.chat.call(lambda session: replies.write(session, number, luis, "Ya le busqué cita", around))
    open_office.writes(ROSA, "Le busco una cita", open_office.thread())
    open_office.works()
    assert open_office.to_person() == ["Ya le busqué cita"] and open_office.hints() == ["overtaken"]
    assert open_office.chat.call(lambda session: drafts.text_of(session, number, "rosa")) == "Le busco una cita"
    open_office.writes(ROSA, "El lunes a las diez", open_office.thread())
    open_office.works()
    assert open_office.to_person()[1:] == ["El lunes a las diez"], "by now the topic shows what Luis said"


def test_what_a_colleague_wrote_in_the_same_topic_overtakes_nobody(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.writes(ROSA, "Buenas tardes", open_office.thread())
    open_office.works()
    open_office.chat.call(lambda session: setattr(open_office.chat.ticket(session), "holder", "luis"))
    open_office.writes(LUIS, "Ahora le atiendo yo", open_office.thread())
    open_office.works()
    assert open_office.to_person() == ["Buenas tardes", "Ahora le atiendo yo"] and open_office.hints() == []


def test_who_writes_to_somebody_who_blocked_us_is_told_so(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.chat.call(lambda session: setattr(open_office.chat.conversation(session), "blocked_at", open_office.chat.now))
    open_office.writes(ROSA, "¿sigue ahí?", open_office.thread())
    open_office.works()
    assert open_office.to_person() == ["¿sigue ahí?"] and open_office.hints() == ["blocked"]


# Commands and buttons


def test_a_request_is_taken_handed_back_and_closed_in_the_topic(open_office: Office) -> None:
    thread = open_office.thread()
    open_office.writes(ROSA, "/tomar@puente_bot", thread)
    open_office.works()
    assert open_office.ticket().holder == "rosa"
    open_office.writes(ROSA, "/soltar", thread)
    open_office.works()
    assert open_office.ticket().state is TicketState.WAITING
    open_office.writes(LUIS, "/tomar", thread)
    open_office.writes(LUIS, "/desconocido", thread)
    open_office.writes(LUIS, "/cerrar", thread)
    open_office.works()
    assert open_office.ticket().state is TicketState.RESOLVED and open_office.to_person() == []
    assert open_office.hints() == ["held", "released", "held", "unknown_command", "closed"]
    assert open_office.chat.transcript()[-1].response == "utter_ticket_closed"


def test_lo_veo_yo_claims_for_who_pressed_and_the_alert_says_so(open_office: Office) -> None:
    alert = open_office.alert_message()
    assert open_office.telegram.buttons[alert] == ["own", "seen"]
    open_office.presses(ROSA, "own", alert)
    open_office.works()
    found = open_office.ticket()
    assert (found.holder, found.acknowledged_by) == ("rosa", "rosa")
    assert "La atiende rosa." in open_office.telegram.messages[alert] and open_office.telegram.buttons[alert] == []
    open_office.presses(LUIS, "own", alert)
    open_office.works()
    assert open_office.ticket().holder == "rosa" and "ya la atiende rosa" in open_office.telegram.answers[-1]


def test_visto_acknowledges_and_claims_nothing(open_office: Office) -> None:
    alert = open_office.alert_message()
    open_office.presses(LUIS, "seen", alert)
    open_office.works()
    found = open_office.ticket()
    assert (found.state, found.acknowledged_by) == (TicketState.WAITING, "luis")
    assert "Vista por luis." in open_office.telegram.messages[alert] and open_office.telegram.buttons[alert] == ["own"]


def test_who_is_not_linked_presses_in_vain(open_office: Office) -> None:
    open_office.presses(STRANGER, "own", open_office.alert_message())
    open_office.works()
    assert open_office.ticket().state is TicketState.WAITING and "/soy" in open_office.telegram.answers[-1]


def test_an_old_alerts_button_never_reaches_another_persons_request(open_office: Office) -> None:
    alert, number, chat = open_office.alert_message(), open_office.ticket_id, open_office.chat
    chat.says("/borrar")
    chat.presses(next(str(payload) for _, payload in chat.transcript()[-1].buttons or () if payload.startswith("/erase_now=")))
    chat.person_waits()
    assert open_office.ticket_id == number, "the number was given out again"
    open_office.presses(ROSA, "own", alert)
    open_office.works()
    assert open_office.ticket().holder is None and open_office.hints() == ["gone"]
