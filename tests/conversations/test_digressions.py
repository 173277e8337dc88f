"""People who ask something else in the middle of the questionnaire: they are answered, and the question waits for them."""

from sqlalchemy import func, select

from bot.records.referrals import Referral
from bot.records.tickets import Ticket
from tests.people import Office, Person


def test_a_question_in_the_middle_is_answered_and_the_step_is_asked_again(office: Office, ana: Person) -> None:
    ana.says("necesito que me canalicen con una oficina")
    ana.presses("Papeles o identidad")
    ana.presses("Omitir")
    answered = ana.says("oiga y cuanto cobran por el pasaporte")
    assert answered.responses == ["utter_consular_passport", "ask_referral_intake_municipality"]
    assert ana.says("amozoc").responses == ["ask_referral_intake_contact_way"]
    summary = ana.presses("Por este chat")
    assert "Amozoc, Puebla" in summary.text and "pasaporte" not in summary.text


def test_a_question_before_the_first_answer_is_not_taken_for_a_need(office: Office) -> None:
    man = office.person("man")
    man.says("pueden pasar mi caso a alguien")
    answered = man.says("a ver primero, es cierto que me pueden pedir papeles los policias?")
    assert answered.responses == ["utter_regularization_id_checks", "ask_referral_intake_need"]
    assert "Ayuda legal" in answered.titles and "Cancelar" in answered.titles
    assert man.says("ayuda legal").responses == ["ask_referral_intake_story"]
    man.presses("Omitir")
    man.says("texmelucan")
    man.presses("San Martín Texmelucan, Puebla")
    assert "Necesidad: Ayuda legal" in man.presses("Por este chat").text


def test_a_question_where_a_story_is_asked_for_does_not_become_the_story(office: Office) -> None:
    woman = office.person("woman")
    woman.says("ayudenme a que me atienda el ipam porfa")
    woman.presses("Poner un negocio")
    answered = woman.says("¿y tambien hay prestamos para poner una tiendita?")
    assert answered.responses == ["utter_entrepreneurship_loans", "ask_referral_intake_story"]
    assert "Omitir" in answered.titles
    woman.says("hago tamales y quiero un localito")
    woman.says("san andres cholula")
    summary = woman.presses("Por este chat")
    assert "hago tamales" in summary.text and "prestamos" not in summary.text


def test_at_each_step_another_question_is_answered_and_nothing_already_said_is_lost(office: Office) -> None:
    driver = office.person("driver")
    driver.says("me ayudan a mandar mi caso al municipio")
    driver.says("que papeles necesito para la matricula consular?")
    driver.presses("Trabajo")
    assert driver.says("¿me tienen que pagar aunque no tenga papeles?").responses[-1] == "ask_referral_intake_story"
    driver.says("era trailero en dallas")
    assert driver.says("cuanto tarda la comar en resolver").responses[-1] == "ask_referral_intake_municipality"
    driver.says("naucalpan")
    appointment = driver.says("oiga y como saco cita en el consulado")
    assert appointment.responses == ["utter_consular_appointment", "ask_referral_intake_contact_way"]
    driver.says("por telefono")
    asylum = driver.says("y un amigo de honduras como pide refugio")
    assert asylum.responses == ["utter_regularization_asylum_apply", "ask_referral_intake_telephone"]
    summary = driver.says("55 5000 1234")
    for said in ("Trabajo", "era trailero en dallas", "Naucalpan de Juárez", "Por teléfono", "5550001234"):
        assert said in summary.text
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_a_question_at_the_summary_shows_the_whole_summary_again_and_is_no_consent(office: Office) -> None:
    lady = office.person("lady")
    lady.says("quiero que me canalicen con una oficina")
    lady.presses("Familia o persona detenida")
    lady.says("mi hermano necesita abogado por lo de su tarjeta")
    lady.says("tehuacan")
    summary = lady.presses("Por este chat")
    answered = lady.says("oiga y cuanto es lo mas que pueden tener encerrada a una persona en migracion?")
    assert answered.responses == ["utter_regularization_detention_time", "ask_referral_intake_consent"]
    assert answered.taken.replies[-1].text == summary.text
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0
    assert lady.says("va").responses == ["utter_referral_sent"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 1


def test_a_danger_in_the_middle_comes_before_the_question_and_the_request_waits(office: Office) -> None:
    wife = office.person("wife")
    wife.says("necesito que me canalicen con una oficina")
    wife.presses("Familia o persona detenida")
    wife.says("quiero pension alimenticia para mis hijos")
    danger = wife.says("me estan golpeando ayuda")
    assert danger.safety == "violence_now"
    assert danger.responses == ["utter_safety_violence_now", "utter_questionnaire_waits"]
    assert "911" in danger.text and "municipio" not in danger.text
    assert wife.presses("Seguir con mi solicitud").responses == ["ask_referral_intake_municipality"]
    wife.says("atlixco")
    summary = wife.presses("Por este chat")
    assert "pension alimenticia" in summary.text and "golpeando" not in summary.text


def test_a_danger_where_a_story_is_asked_for_is_not_written_down_as_the_story(office: Office) -> None:
    boy = office.person("boy")
    boy.says("pueden pasar mi caso a alguien")
    boy.presses("Salud")
    danger = boy.says("la verdad ya no quiero vivir, extraño a mi familia")
    assert danger.safety == "self_harm"
    assert danger.responses == ["utter_safety_self_harm", "utter_questionnaire_waits"]
    assert boy.says("seguir").responses == ["ask_referral_intake_story"]
    boy.presses("Omitir")
    boy.says("huauchinango")
    assert "vivir" not in boy.presses("Por este chat").text


def test_a_person_asked_for_in_the_middle_is_called_and_the_step_is_asked_again(office: Office) -> None:
    grandfather = office.person("grandfather")
    grandfather.says("quiero que me canalicen con una oficina")
    grandfather.presses("Papeles o identidad")
    grandfather.presses("Omitir")
    called = grandfather.says("no veo bien las letras, paseme con alguien")
    assert called.responses == ["utter_person_requested", "ask_referral_intake_municipality"]
    assert len(office.waiting_tickets()) == 1
    assert grandfather.says("zacapoaxtla").responses == ["ask_referral_intake_contact_way"]
    assert grandfather.says("asesor").responses == ["utter_person_still_waiting", "ask_referral_intake_contact_way"]
    grandfather.presses("Por este chat")
    assert grandfather.says("si quiero").responses == ["utter_referral_sent"]
    assert office.call(lambda session: session.scalar(select(Ticket.reason))) == "asked"


def test_what_is_said_to_the_staff_in_the_middle_is_no_answer_and_the_request_goes_on_afterwards(office: Office) -> None:
    girl = office.person("girl")
    girl.says("me ayudan a mandar mi caso al municipio")
    girl.presses("Salud")
    girl.presses("Omitir")
    assert girl.says("¿puedo hablar con una persona?").responses[0] == "utter_person_requested"
    [ticket] = office.waiting_tickets()
    office.claim(ticket)
    assert girl.says("tehuacan").is_silent
    assert girl.presses("Cancelar").is_silent
    office.reply(ticket, "Ponga el municipio donde vive ahora, por favor.")
    office.hand_back(ticket)
    assert girl.says("continuar").responses == ["ask_referral_intake_municipality"]
    assert girl.says("atlixco").responses == ["ask_referral_intake_contact_way"]
    summary = girl.presses("Por este chat")
    assert "Atlixco" in summary.text and "Tehuacán" not in summary.text


def test_a_button_of_an_earlier_answer_pressed_in_the_middle_is_answered_and_the_step_is_asked_again(office: Office) -> None:
    painter = office.person("painter")
    jobs = painter.says("busco chamba, acabo de llegar a puebla")
    certificate = next(button.payload for button in jobs.buttons if button.title == "Certificar mi oficio")
    painter.says("mejor pueden pasar mi caso a alguien")
    painter.presses("Trabajo")
    painter.says("soy pintor de casas")
    answered = painter.sends_payload(certificate)
    assert answered.responses == ["utter_employment_skills_certificate", "ask_referral_intake_municipality"]
    painter.says("puebla")
    assert "soy pintor de casas" in painter.presses("Por este chat").text


def test_the_menu_opened_in_the_middle_leads_to_answers_and_back_to_the_step(office: Office) -> None:
    aunt = office.person("aunt")
    aunt.says("necesito que me canalicen con una oficina")
    aunt.presses("Otra cosa")
    aunt.says("quiero que mi sobrino entre a la primaria")
    assert aunt.says("menu").responses == ["utter_help", "ask_referral_intake_municipality"]
    assert aunt.presses("Consulado y detención en EE. UU.").responses == ["utter_topic_consular", "ask_referral_intake_municipality"]
    assert aunt.presses("Sacar una cita").responses == ["utter_consular_appointment", "ask_referral_intake_municipality"]
    assert aunt.says("tecamachalco").responses == ["ask_referral_intake_contact_way"]


def test_what_is_neither_an_answer_nor_a_question_gets_help_and_then_a_person(office: Office) -> None:
    youth = office.person("youth")
    youth.says("quiero que me canalicen con una oficina")
    youth.presses("Trabajo")
    youth.presses("Omitir")
    first = youth.says("jajaja")
    assert first.responses == ["utter_step_not_understood", "ask_referral_intake_municipality"]
    assert "por ejemplo «Atlixco»" in first.text
    second = youth.says("no se")
    assert second.responses == ["utter_step_missed_again", "ask_referral_intake_municipality"]
    assert youth.presses("Hablar con una persona").responses == ["utter_person_requested", "ask_referral_intake_municipality"]
    assert youth.says("piaxtla").responses == ["ask_referral_intake_contact_way"]
