"""People who stop half-way: nothing is recorded, and afterwards everything works."""

from sqlalchemy import func, select

from bot.records.referrals import Consent, Referral
from tests.people import Office, Person


def test_the_word_cancels_at_the_first_question_and_the_next_question_is_answered(office: Office, ana: Person) -> None:
    ana.says("hola buenas noches")
    assert ana.says("necesito que me canalicen con una oficina").responses[-1] == "ask_referral_intake_need"
    cancelled = ana.says("Cancelar")
    assert cancelled.responses == ["utter_cancelled"] and "No se guardó" in cancelled.text
    after = ana.says("busco chamba, acabo de llegar a puebla")
    assert after.responses == ["utter_employment_find_job"]
    assert "ask_referral_intake_contact_way" not in ana.says("atlixco").responses
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_a_request_cancelled_by_its_button_is_forgotten_and_the_next_one_starts_from_the_first_question(office: Office) -> None:
    plumber = office.person("plumber")
    plumber.says("pueden pasar mi caso a alguien")
    plumber.presses("Trabajo")
    plumber.says("soy plomero y me deben 3 quincenas")
    plumber.says("amozoc")
    plumber.presses("Por teléfono")
    assert plumber.presses("Cancelar").responses == ["utter_cancelled"]
    assert "ask_referral_intake_consent" not in plumber.says("222 400 1234").responses
    again = plumber.says("necesito que me canalicen con una oficina")
    assert again.responses == ["utter_referral_request", "ask_referral_intake_need"]
    plumber.presses("Salud")
    plumber.presses("Omitir")
    plumber.says("puebla")
    summary = plumber.presses("Por este chat")
    assert "plomero" not in summary.text and "Amozoc" not in summary.text and "Trabajo" not in summary.text


def test_stop_at_the_summary_records_nothing(office: Office) -> None:
    nurse = office.person("nurse")
    nurse.says("quiero que me canalicen con una oficina")
    nurse.presses("Ayuda legal")
    nurse.says("me embargaron la casa que mandé construir")
    nurse.says("tepeaca")
    assert nurse.presses("Por este chat").responses == ["ask_referral_intake_consent"]
    assert nurse.says("ALTO").responses == ["utter_stopped"]
    assert "utter_referral_sent" not in nurse.says("sí autorizo").responses
    assert nurse.says("como va mi caso").responses == ["utter_referral_none"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_whoever_says_in_their_own_words_that_they_will_not_go_on_is_let_go(office: Office) -> None:
    father = office.person("father")
    father.says("me ayudan a mandar mi caso al municipio")
    father.presses("Papeles o identidad")
    father.presses("Omitir")
    left = father.says("ya no quiero seguir con esto, son muchas preguntas")
    assert left.responses == ["utter_cancelled"]
    assert father.says("necesito el pasaporte mexicano").responses == ["utter_consular_passport"]
    assert father.says("seguir").responses == ["utter_help"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_whoever_does_not_authorize_is_helped_all_the_same(office: Office) -> None:
    girl = office.person("girl")
    girl.says("ayudenme a que me atienda el ipam porfa")
    girl.presses("Salud")
    girl.says("necesito lentes y no tengo seguro")
    girl.says("san martin texmelucan")
    girl.presses("Por este chat")
    refused = girl.presses("No autorizo")
    assert refused.responses == ["utter_consent_refused"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Consent))) == 0
    assert girl.presses("Hablar con una persona").responses == ["utter_person_requested"]
    assert len(office.waiting_tickets()) == 1


def test_a_refusal_in_words_can_be_followed_by_a_consent_to_a_new_summary(office: Office) -> None:
    driver = office.person("driver")
    driver.says("necesito que me canalicen con una oficina")
    driver.presses("Otra cosa")
    driver.says("me retuvieron la licencia")
    driver.says("puebla")
    driver.presses("Por este chat")
    assert driver.says("no acepto").responses == ["utter_consent_refused"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0
    driver.says("siempre si, quiero que me canalicen con una oficina")
    driver.presses("Ayuda legal")
    driver.presses("Omitir")
    driver.says("puebla")
    driver.presses("Por este chat")
    assert driver.says("si autorizo").responses == ["utter_referral_sent"]
    details = office.call(lambda session: session.scalar(select(Referral.details)))
    assert details == {"for_whom": "self", "need": "legal", "municipality": "21114", "contact_way": "chat"}


def test_cancelling_with_nothing_pending_harms_nothing(office: Office) -> None:
    lady = office.person("lady")
    assert lady.says("cancelar").responses == ["utter_nothing_to_cancel"]
    assert lady.says("cuanto cobran por sacar la matricula consular").responses == ["utter_consular_id_card"]
    assert lady.says("olvidalo").responses == ["utter_nothing_to_cancel"]
    assert lady.says("y que papeles llevo").responses == ["utter_consular_id_card_papers"]
    assert lady.says("/cancelar").responses == ["utter_nothing_to_cancel"]


def test_the_request_put_aside_for_a_danger_can_be_cancelled_by_its_button(office: Office) -> None:
    woman = office.person("woman")
    woman.says("quiero que me canalicen con una oficina")
    woman.presses("Familia o persona detenida")
    woman.says("quiero pension alimenticia para mis hijos")
    danger = woman.says("me esta pegando ahorita")
    assert danger.safety == "violence_now" and danger.responses == ["utter_safety_violence_now", "utter_questionnaire_waits"]
    assert woman.presses("Cancelar").responses == ["utter_cancelled"]
    assert "ask_referral_intake_contact_way" not in woman.says("estoy en atlixco").responses
    assert woman.says("quiero hablar con una persona").responses == ["utter_person_requested"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_the_buttons_of_a_cancelled_request_no_longer_do_anything(office: Office) -> None:
    student = office.person("student")
    student.says("necesito que me canalicen con una oficina")
    student.presses("Papeles o identidad")
    student.presses("Omitir")
    student.says("atlixco")
    last = student.presses("Por este chat")
    by_title = {button.title: button.payload for button in last.buttons}
    assert student.sends_payload(by_title["Cancelar"]).responses == ["utter_cancelled"]
    assert student.sends_payload(by_title["Sí, autorizo"]).responses == ["utter_button_old"]
    assert student.sends_payload(by_title["Corregir un dato"]).responses == ["utter_nothing_to_cancel"]
    assert student.sends_payload(by_title["Cancelar"]).responses == ["utter_nothing_to_cancel"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_a_second_request_that_is_cancelled_leaves_the_first_case_as_it_was(office: Office) -> None:
    baker = office.person("baker")
    baker.says("quiero que me canalicen con una oficina")
    baker.presses("Poner un negocio")
    baker.says("traigo ahorros para una panaderia")
    baker.says("izucar de matamoros")
    baker.presses("Por este chat")
    assert baker.presses("Sí, autorizo").responses == ["utter_referral_sent"]
    assert baker.says("tambien necesito que canalicen a mi hermano con una oficina").responses[-1] == "ask_referral_intake_need"
    baker.presses("Salud")
    assert baker.says("parar").responses == ["utter_stopped"]
    [referral] = office.call(lambda session: list(session.scalars(select(Referral))))
    assert referral.need == "business"
    assert referral.folio in baker.says("como va mi caso").text


def test_starting_over_in_the_middle_leaves_no_trace_of_the_request(office: Office) -> None:
    uncle = office.person("uncle")
    uncle.says("pueden pasar mi caso a alguien, es por mi sobrino")
    uncle.presses("Familia o persona detenida")
    uncle.says("mi sobrino se quedó sin papeles")
    assert uncle.says("/start").responses == ["utter_greet"]
    assert uncle.says("corregir").responses == ["utter_nothing_to_cancel"]
    assert uncle.presses("Ver los temas").responses == ["utter_help"]
    assert uncle.presses("Pedir apoyo de una oficina").responses == ["utter_referral_request", "ask_referral_intake_need"]


def test_cancelling_the_request_does_not_cancel_the_person_who_was_asked_for(office: Office) -> None:
    widow = office.person("widow")
    widow.says("necesito que me canalicen con una oficina")
    widow.presses("Otra cosa")
    widow.says("se murió mi esposo allá y no sé cómo traerlo")
    widow.says("persona")
    assert len(office.waiting_tickets()) == 1
    assert widow.says("quiero cancelar las preguntas").responses == ["utter_cancelled"]
    assert len(office.waiting_tickets()) == 1
    assert widow.says("paseme con alguien").responses == ["utter_person_still_waiting"]
