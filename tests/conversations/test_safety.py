"""Danger comes before everything else, keeps its place out of questionnaires, and leaves the person free to go on."""

from sqlalchemy import func, select

from bot.records.conversations import Direction
from bot.records.referrals import Referral
from bot.records.tickets import TicketEvent
from tests.people import Office, Person


def test_a_beaten_woman_gets_numbers_at_once_and_may_ask_on(ana: Person) -> None:
    ana.says("buenas")
    told = ana.says("mi marido me esta pegando ahorita")
    assert told.safety == "violence_now" and told.responses == ["utter_safety_violence_now"]
    assert "911" in told.text.splitlines()[0] and "079, opción 1" in told.text
    assert ana.presses("Hablar con una persona").responses == ["utter_person_requested"]
    assert ana.says("como pido refugio en mexico").responses == ["utter_regularization_asylum_apply"]


def test_danger_is_answered_with_rasa_stopped_and_is_not_asked_again_later(office: Office) -> None:
    luis = office.person("luis")
    assert luis.says("menu").responses == ["utter_help"]
    office.rasa.stopped = True
    assert luis.says("nos tienen secuestrados y piden rescate").responses == ["utter_safety_kidnapping_now"]
    assert luis.says("ya no quiero vivir").responses == ["utter_safety_self_harm"]
    office.rasa.stopped = False
    office.answer_deferred()
    assert [message.response for message in luis.transcript() if message.direction is Direction.OUT][-1] == "utter_safety_self_harm"
    assert luis.says("donde saco mi pasaporte en chicago").responses == ["utter_consular_passport"]


def test_a_danger_in_the_middle_of_a_request_keeps_its_place_and_writes_nothing(office: Office) -> None:
    rosa = office.person("rosa")
    rosa.says("menu")
    rosa.presses("Pedir apoyo de una oficina")
    rosa.presses("Salud")
    told = rosa.says("mi bebe no respira")
    assert told.responses == ["utter_safety_medical_now", "utter_questionnaire_waits"]
    assert rosa.presses("Seguir con mi solicitud").responses == ["ask_referral_intake_story"]
    assert rosa.presses("Omitir").responses == ["ask_referral_intake_municipality"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_a_child_alone_is_told_to_stay_where_there_are_people(office: Office) -> None:
    kid = office.person("kid")
    kid.says("hola")
    told = kid.says("tengo 13 años y estoy solo en la terminal")
    assert told.safety == "child_alone_now" and "911" in told.text
    assert "luz y gente" in told.text
    assert kid.says("gracias").responses == ["utter_thank"]
    assert kid.says("persona").responses == ["utter_person_requested"]


def test_sadness_and_questions_about_protocols_are_no_emergency(office: Office) -> None:
    clerk, son = office.person("clerk"), office.person("son")
    clerk.says("buen día")
    assert clerk.says("¿qué protocolo sigo si llega una mujer golpeada a mi oficina?").safety is None
    assert clerk.says("necesito el formato para reportar trata de personas, es para un taller").safety is None
    assert son.says("me siento triste lejos de mi familia").safety is None
    assert son.says("me muero de hambre jaja").safety is None
    assert son.says("hace diez años me secuestraron, eso sirve para mis papeles").safety is None


def test_danger_while_a_person_holds_the_chat_alerts_them_each_time(office: Office) -> None:
    eva = office.person("eva")
    eva.says("quiero hablar con una persona")
    office.claim(*office.waiting_tickets())
    assert eva.says("fijese que mi esposo toma").is_silent
    assert eva.says("me quiere matar").responses == ["utter_danger_while_assigned"]
    assert eva.says("ahorita me esta golpeando").responses == ["utter_danger_while_assigned"]
    alerts = office.call(lambda session: [each.why for each in session.scalars(select(TicketEvent).where(TicketEvent.what == "alert"))])
    assert alerts == ["violence_now", "violence_now"]
    office.hand_back(*office.waiting_tickets())
    assert eva.says("menu").responses == ["utter_help"]


def test_a_detention_names_both_countries_and_leads_to_the_rights(ana: Person) -> None:
    ana.says("hola")
    told = ana.says("ya estan los de la migra en la puerta que hago")
    assert told.safety == "detention_now"
    assert "520 623 7874" in told.text and "No firme nada" in told.text
    assert ana.presses("Detención en México").responses == ["utter_regularization_detained"]
    assert "utter_safety" not in "".join(ana.says("y cuanto tiempo me pueden tener").responses)
