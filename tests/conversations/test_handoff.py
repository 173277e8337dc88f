"""A person is asked for, waited for, talked to, and hands the chat back."""

import pytest
from sqlalchemy import func, select

from bot.conversation.incoming import LONGEST_TEXT, Incoming, Kind
from bot.errors import RefusedError
from bot.handoff import tickets
from bot.records.conversations import Direction
from bot.records.referrals import Referral
from bot.records.tickets import TicketEvent, TicketState
from tests.people import Office, Person, requests


def alerts(office: Office) -> list[tuple[int, str | None]]:
    """Which ticket and which danger, of every alert to the staff."""
    query = select(TicketEvent).where(TicketEvent.what == "alert").order_by(TicketEvent.id)
    return office.call(lambda session: [(each.ticket_id, each.why) for each in session.scalars(query)])


def said_to(person: Person, direction: Direction) -> list[str]:
    return [message.text for message in person.transcript() if message.direction is direction]


def test_while_a_person_is_awaited_questions_are_answered_and_asking_again_keeps_the_place(office: Office) -> None:
    chayo = office.person("chayo")
    assert chayo.says("buenas tardes").responses == ["utter_greet"]
    requested = chayo.says("no me sirve hablar con un robot, pasenme a un licenciado")
    assert requested.responses == ["utter_person_requested"]
    assert "Personas antes que usted: 0" in requested.text and "puedo seguir contestando" in requested.text
    assert chayo.says("como le hago pa sacar el pasaporte").responses == ["utter_consular_passport"]
    again = chayo.says("quiero hablar con una persona")
    assert again.responses == ["utter_person_still_waiting"]
    assert "Personas antes que usted: 0" in again.text and "No se ha perdido" in again.text
    assert chayo.says("/persona").responses == ["utter_person_still_waiting"]
    assert requests(office) == [(TicketState.WAITING, "asked")]


def test_people_who_wait_are_told_their_own_place_and_it_moves_as_the_queue_does(office: Office) -> None:
    lupe, wilmer, nati = office.person("lupe"), office.person("wilmer"), office.person("nati")
    assert "Personas antes que usted: 0" in lupe.says("kiero ablar con alguien de carne y hueso").text
    assert "Personas antes que usted: 1" in wilmer.says("/asesor").text
    wilmer_help = wilmer.says("menu")
    assert wilmer_help.responses == ["utter_help"]
    nati.says("hola buenas")
    assert "Personas antes que usted: 2" in nati.presses("Hablar con una persona").text
    lupe_ticket, wilmer_ticket, _ = office.waiting_tickets()
    office.claim(lupe_ticket)
    assert "Personas antes que usted: 0" in wilmer.presses("Hablar con una persona").text
    assert "Personas antes que usted: 1" in nati.says("persona").text
    office.claim(wilmer_ticket, "jorge")
    office.hand_back(lupe_ticket)
    assert "Personas antes que usted: 0" in nati.says("persona").text
    assert "Personas antes que usted: 1" in lupe.says("persona").text  # whoever comes back goes to the end


def test_nothing_that_is_sent_brings_the_assistant_back_while_a_person_holds_the_chat(office: Office) -> None:
    concha = office.person("concha")
    concha.says("ocupo q alguna oficina vea mi caso")
    assert concha.presses("Salud").responses == ["ask_referral_intake_story"]
    concha.says("persona")
    office.claim(*office.waiting_tickets())
    spoken = len(said_to(concha, Direction.OUT))
    for text in ("ya me atienden?", "/start", "cancelar", "/menu", "idioma", "🙏", "", "x" * (LONGEST_TEXT + 1)):
        assert concha.says(text).is_silent
    assert concha.presses("Omitir").is_silent
    assert concha.sends_payload("/talk_to_human").is_silent
    assert concha.sends_payload("referral_intake.consent=yes").is_silent
    for kind in (Kind.VOICE, Kind.PHOTO, Kind.STICKER, Kind.OTHER):
        assert concha.sends(Incoming(kind)).is_silent
    assert concha.sends(Incoming(Kind.LOCATION, latitude=19.04, longitude=-98.2)).is_silent
    assert len(said_to(concha, Direction.OUT)) == spoken
    assert "ya me atienden?" in said_to(concha, Direction.IN)  # silent, not deaf: the staff can read it
    office.hand_back(*office.waiting_tickets())
    assert concha.presses("Omitir").responses == ["ask_referral_intake_municipality"]  # neither cancelled nor skipped meanwhile


def test_what_the_staff_writes_arrives_in_the_chat_in_its_turn(office: Office) -> None:
    beto = office.person("beto")
    assert beto.says("fui al ipam y no me atendieron").responses == ["utter_referral_not_attended", "utter_person_requested"]
    assert requests(office) == [(TicketState.WAITING, "not_attended")]
    [ticket] = office.waiting_tickets()
    office.claim(ticket)
    office.reply(ticket, "  Buenas tardes, soy Rosa. ¿Qué día fue?  ")
    assert beto.says("el martes en la mañana, me dijeron que no habia sistema").is_silent
    office.reply(ticket, "Ya hablé con ellos. Vaya mañana a las 10.")
    assert beto.says("gracias señorita").is_silent
    after_request = [(message.direction, message.text) for message in beto.transcript()][3:]
    assert after_request == [
        (Direction.STAFF, "Buenas tardes, soy Rosa. ¿Qué día fue?"),
        (Direction.IN, "el martes en la mañana, me dijeron que no habia sistema"),
        (Direction.STAFF, "Ya hablé con ellos. Vaya mañana a las 10."),
        (Direction.IN, "gracias señorita"),
    ]


def test_only_who_holds_the_chat_may_write_in_it(office: Office) -> None:
    yesenia = office.person("yesenia")
    yesenia.says("hay alguien ahi que me conteste? no la maquina")
    [ticket] = office.waiting_tickets()
    with pytest.raises(RefusedError):
        office.reply(ticket, "Hola, ¿en qué le ayudo?")  # nobody holds it yet
    assert yesenia.says("como saco mi matricula consular").responses == ["utter_consular_id_card"]
    office.claim(ticket)
    with pytest.raises(RefusedError, match="rosa"):
        office.claim(ticket, "jorge")
    with pytest.raises(RefusedError):
        office.reply(ticket, "Soy Jorge y también le contesto", "jorge")
    with pytest.raises(RefusedError):
        office.reply(ticket, "   ")
    office.reply(ticket, "Soy Rosa, dígame.")
    assert yesenia.says("es que me la negaron por el acta").is_silent
    office.hand_back(ticket)
    with pytest.raises(RefusedError):
        office.reply(ticket, "Una cosa más…")
    assert said_to(yesenia, Direction.STAFF) == ["Soy Rosa, dígame."]
    assert yesenia.says("y q papeles llevo").responses[0].startswith("utter_consular_id_card")


def test_danger_while_a_person_holds_the_chat_gives_one_fixed_line_and_alerts_the_staff(office: Office) -> None:
    maricela = office.person("maricela")
    maricela.says("necesito q me atienda un ser humano")
    [ticket] = office.waiting_tickets()
    office.claim(ticket)
    office.reply(ticket, "Buenas noches, la leo.")
    assert maricela.says("es por un tramite de mi acta").is_silent
    first = maricela.says("ahorita me estan golpeando")
    assert first.responses == ["utter_danger_while_assigned"] and "911" in first.text
    assert first.buttons == []
    assert maricela.says("ya tengo el numero del acta").is_silent
    second = maricela.says("ya no quiero vivir")
    assert second.text == first.text  # the same line whatever the danger: the person who holds the chat says the rest
    assert alerts(office) == [(ticket, "violence_now"), (ticket, "self_harm")]
    assert requests(office) == [(TicketState.ASSIGNED, "asked")]


def test_danger_while_waiting_is_answered_in_full_and_the_place_is_kept(office: Office) -> None:
    office.person("otra").says("persona")
    dilcia = office.person("dilcia")
    assert "Personas antes que usted: 1" in dilcia.says("puedo ablar con una licensiada").text
    danger = dilcia.says("ahorita agarraron a mi hermano la migra")
    assert danger.responses == ["utter_safety_detention_now"] and danger.safety == "detention_now"
    assert dilcia.says("como saco mi matricula consular").responses == ["utter_consular_id_card"]
    still = dilcia.presses("Hablar con una persona")
    assert still.responses == ["utter_person_still_waiting"] and "Personas antes que usted: 0" in still.text
    assert requests(office) == [(TicketState.WAITING, "asked"), (TicketState.WAITING, "asked")]


def test_the_hand_back_is_announced_and_the_assistant_remembers_what_was_talked_about(office: Office) -> None:
    martin = office.person("martin")
    assert martin.says("como saco mi pasaporte mexicano estando en chicago").responses == ["utter_consular_passport"]
    martin.presses("Hablar con una persona")
    [ticket] = office.waiting_tickets()
    office.claim(ticket)
    assert martin.says("es que en chicago no hay citas").is_silent
    office.hand_back(ticket)
    announced = martin.transcript()[-1]
    assert announced.direction is Direction.OUT and announced.response == "utter_ticket_closed"
    assert ["Hablar con una persona", "/talk_to_human"] in announced.buttons
    assert martin.says("y cuanto cuesta").responses == ["utter_consular_passport_cost"]
    assert requests(office) == [(TicketState.RESOLVED, "asked")]
    with pytest.raises(RefusedError):
        office.hand_back(ticket)  # it is closed: a second announcement would confuse
    assert [message.response for message in martin.transcript()].count("utter_ticket_closed") == 1


def test_a_second_request_opens_a_new_ticket_and_silences_the_assistant_again(office: Office) -> None:
    tono = office.person("toño")
    tono.says("quiero hablar con alguien")
    [first] = office.waiting_tickets()
    office.claim(first)
    assert tono.says("sigue ahi?").is_silent
    office.hand_back(first)
    assert tono.sends_payload("/talk_to_human").responses == ["utter_person_requested"]  # the button under the announcement
    [second] = office.waiting_tickets()
    assert second != first
    assert tono.says("me corrieron de la chamba y no me pagaron mi semana").responses == ["utter_employment_unpaid_or_fired"]
    office.claim(second, "jorge")
    assert tono.says("hola?").is_silent
    with pytest.raises(RefusedError):
        office.reply(second, "Soy Rosa otra vez")  # she held the first, not this one
    office.reply(second, "Soy Jorge, cuénteme.", "jorge")
    office.hand_back(second, "jorge")
    assert tono.says("gracias").responses == ["utter_thank"]
    assert [state for state, _ in requests(office)] == [TicketState.RESOLVED, TicketState.RESOLVED]
    assert said_to(tono, Direction.STAFF) == ["Soy Jorge, cuénteme."]


def test_a_person_may_be_asked_for_in_every_step_and_the_step_waits(office: Office) -> None:
    irma = office.person("irma")
    irma.says("quiero que alguien del ipam vea mi caso")
    asked = irma.says("mejor pongame a una persona")
    assert asked.responses == ["utter_person_requested", "ask_referral_intake_need"]
    assert irma.presses("Papeles o identidad").responses == ["ask_referral_intake_story"]
    assert irma.says("persona").responses == ["utter_person_still_waiting", "ask_referral_intake_story"]
    assert irma.says("me robaron el acta en el camino").responses == ["ask_referral_intake_municipality"]
    office.claim(*office.waiting_tickets())
    assert irma.says("Atlixco").is_silent
    office.hand_back(*office.waiting_tickets())
    assert irma.says("Atlixco").responses == ["ask_referral_intake_contact_way"]  # said to the person, it was not taken as an answer
    summary = irma.presses("Por este chat")
    assert summary.responses == ["ask_referral_intake_consent"] and "me robaron el acta" in summary.text
    assert irma.says("/agente").responses == ["utter_person_requested", "ask_referral_intake_consent"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_a_place_without_an_office_brings_a_person_who_is_then_in_the_same_queue(office: Office) -> None:
    office.person("primero").says("persona")
    rosmery = office.person("rosmery")
    rosmery.says("ocupo q alguna oficina vea mi caso")
    rosmery.presses("Salud")
    rosmery.says("ocupo una consulta y no tengo seguro")
    assert rosmery.says("Tapachula").responses == ["ask_referral_intake_contact_way"]
    ended = rosmery.presses("Por este chat")  # nobody could receive the case: no consent is asked for
    assert ended.responses == ["utter_referral_no_recipient"] and "Personas antes que usted: 1" in ended.text
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0
    assert requests(office)[-1] == (TicketState.WAITING, "no_recipient")
    assert rosmery.says("persona").responses == ["utter_person_still_waiting"]
    office.claim(office.waiting_tickets()[-1])
    assert rosmery.says("sigo en tapachula").is_silent


def test_the_silence_is_for_one_chat_and_outlives_a_restart(office: Office) -> None:
    delia, ramon = office.person("delia"), office.person("ramon")
    delia.says("comunicame con alguien de verdad xfa")
    ramon.says("pásame con un asesor")
    delia_ticket, ramon_ticket = office.waiting_tickets()
    office.claim(delia_ticket)
    assert delia.says("buenas, soy delia").is_silent
    assert ramon.says("se me vencio la tarjeta").responses == ["utter_regularization_expired"]
    office.restart()
    assert delia.says("hola?? todavia no me contesta").is_silent
    still = ramon.says("persona")
    assert still.responses == ["utter_person_still_waiting"] and "Personas antes que usted: 0" in still.text
    office.reply(delia_ticket, "Aquí estoy, Delia.")
    assert said_to(ramon, Direction.STAFF) == []
    assert said_to(delia, Direction.STAFF) == ["Aquí estoy, Delia."]
    assert office.call(lambda session: tickets.get(session, ramon_ticket).state) is TicketState.WAITING
