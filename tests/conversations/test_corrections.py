"""People who change their mind about an answer: the last word is what is shown and what is recorded."""

from sqlalchemy import func, select

from bot.records.referrals import Consent, Referral
from tests.people import Office, Person


def test_an_answer_corrected_after_the_summary_is_the_one_recorded(office: Office, ana: Person) -> None:
    ana.says("necesito que me canalicen con una oficina")
    ana.presses("Trabajo")
    ana.says("busco jale de soldador, vengo de houston")
    ana.says("tehuacan")
    assert "Tehuacán, Puebla" in ana.presses("Por este chat").text
    assert ana.presses("Corregir un dato").titles[:5] == ["Para quién es", "Necesidad", "Lo que cuenta", "Municipio", "Cómo avisarle"]
    assert ana.presses("Municipio").responses == ["ask_referral_intake_municipality"]
    corrected = ana.says("ajalpan")
    assert "Ajalpan, Puebla" in corrected.text and "Tehuacán" not in corrected.text
    assert "soldador" in corrected.text and "Trabajo" in corrected.text
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0
    ana.presses("Sí, autorizo")
    [referral] = office.call(lambda session: list(session.scalars(select(Referral))))
    assert (referral.municipality, referral.details["municipality"]) == ("21010", "21010")


def test_an_old_button_of_the_first_question_corrects_that_answer_and_the_pending_one_is_asked_again(office: Office) -> None:
    man = office.person("man")
    first = man.says("quiero pasar mi caso con el ipam para que me busquen")
    legal = next(button.payload for button in first.buttons if button.title == "Ayuda legal")
    man.presses("Papeles o identidad")
    man.says("me quitaron mi troca y mis papeles en la frontera")
    again = man.sends_payload(legal)
    assert again.responses == ["ask_referral_intake_municipality"]
    man.says("acatzingo")
    summary = man.presses("Por este chat")
    assert "Necesidad: Ayuda legal" in summary.text and "Papeles o identidad" not in summary.text
    assert "me quitaron mi troca" in summary.text
    man.says("si")
    assert office.call(lambda session: session.scalar(select(Referral.need))) == "legal"


def test_going_back_asks_the_question_before_and_the_new_answer_stands(office: Office) -> None:
    girl = office.person("girl")
    girl.says("ayudenme a que me atienda el ipam porfa")
    girl.says("salud")
    assert girl.says("atras").responses == ["ask_referral_intake_need"]
    assert girl.presses("Familia o persona detenida").responses == ["ask_referral_intake_story"]
    girl.says("necesito el acta de nacimiento de mi mamá")
    assert girl.presses("Regresar").responses == ["ask_referral_intake_story"]
    girl.says("necesito el acta de defunción de mi papá")
    girl.says("atlixco")
    summary = girl.says("por este chat")
    assert "defunción" in summary.text and "nacimiento" not in summary.text
    assert "Familia o persona detenida" in summary.text and "Salud" not in summary.text


def test_whoever_no_longer_wants_to_be_called_takes_the_telephone_out_of_the_record(office: Office) -> None:
    lady = office.person("lady")
    lady.says("me ayudan a mandar mi caso al municipio")
    lady.presses("Salud")
    lady.presses("Omitir")
    lady.says("puebla")
    lady.presses("Por teléfono")
    assert "2221110000" in lady.says("222 111 00 00").text
    lady.presses("Corregir un dato")
    assert lady.presses("Cómo avisarle").titles[:2] == ["Por este chat", "Por teléfono"]
    corrected = lady.says("mejor por este chat")
    assert corrected.responses == ["ask_referral_intake_consent"]
    assert "2221110000" not in corrected.text and "Teléfono:" not in corrected.text
    lady.presses("Sí, autorizo")
    details = office.call(lambda session: session.scalar(select(Referral.details)))
    fields = office.call(lambda session: session.scalar(select(Consent.fields)))
    assert details == {"for_whom": "self", "need": "health", "municipality": "21114", "contact_way": "chat"}
    assert fields == ["contact_way", "for_whom", "municipality", "need"]


def test_an_old_button_pressed_at_the_summary_asks_only_what_the_new_answer_needs(office: Office) -> None:
    cook = office.person("cook")
    cook.says("necesito que me canalicen con una oficina, quiero poner mi taqueria")
    cook.presses("Poner un negocio")
    cook.presses("Omitir")
    way = cook.says("cuautlancingo")
    by_telephone = next(button.payload for button in way.buttons if button.title == "Por teléfono")
    assert cook.presses("Por este chat").responses == ["ask_referral_intake_consent"]
    assert cook.sends_payload(by_telephone).responses == ["ask_referral_intake_telephone"]
    summary = cook.says("+1 213 555 0142")
    assert "Por teléfono" in summary.text and "+12135550142" in summary.text
    assert "Cuautlancingo, Puebla" in summary.text
    cook.says("acepto")
    details = office.call(lambda session: session.scalar(select(Referral.details)))
    assert (details["contact_way"], details["telephone"]) == ("telephone", "+12135550142")


def test_an_answer_corrected_by_the_word_before_the_summary_leads_back_to_the_pending_question(office: Office) -> None:
    boy = office.person("boy")
    boy.says("pueden pasar mi caso a alguien porfa")
    boy.presses("Otra cosa")
    boy.says("quiero entrar a la prepa pero no tengo mis papeles de la high school")
    known = ["Para quién es", "Necesidad", "Lo que cuenta"]
    assert boy.says("corregir").titles == [*known, "Regresar", "Cancelar", "Hablar con una persona"]
    assert boy.presses("Necesidad").responses == ["ask_referral_intake_need"]
    assert boy.says("1").responses == ["ask_referral_intake_municipality"]
    boy.says("zacatlan")
    summary = boy.presses("Por este chat")
    assert "Necesidad: Papeles o identidad" in summary.text and "Otra cosa" not in summary.text
    assert "high school" in summary.text


def test_a_story_that_was_told_can_be_taken_out_again(office: Office) -> None:
    mother = office.person("mother")
    mother.says("quiero que me canalicen con una oficina")
    mother.presses("Familia o persona detenida")
    mother.says("estuve en tratamiento por mis nervios en houston")
    mother.says("san pedro cholula")
    assert "por mis nervios" in mother.presses("Por este chat").text
    mother.presses("Corregir un dato")
    mother.presses("Lo que cuenta")
    summary = mother.presses("Omitir")
    assert summary.responses == ["ask_referral_intake_consent"]
    assert "nervios" not in summary.text
    mother.presses("Sí, autorizo")
    assert "story" not in office.call(lambda session: session.scalar(select(Referral.details)))
    assert "nervios" not in office.call(lambda session: session.scalar(select(Consent.text)))


def test_another_place_with_the_same_name_can_still_be_chosen_and_changes_who_receives_the_case(office: Office) -> None:
    farmer = office.person("farmer")
    farmer.says("necesito que me canalicen con una oficina")
    farmer.presses("Trabajo")
    farmer.presses("Omitir")
    places = farmer.says("chiautla")
    assert places.responses == ["utter_which_place", "ask_referral_intake_municipality"]
    in_puebla = next(button.payload for button in places.buttons if button.title == "Chiautla, Puebla")
    farmer.presses("Chiautla, México")
    assert farmer.sends_payload(in_puebla).responses == ["ask_referral_intake_contact_way"]
    summary = farmer.presses("Por este chat")
    assert "Chiautla, Puebla" in summary.text and "Lo recibiría: Instituto Poblano" in summary.text
    farmer.presses("Sí, autorizo")
    assert office.call(lambda session: session.scalar(select(Referral.organization_id))) == "ipam"


def test_two_corrections_in_a_row_both_reach_the_consent(office: Office) -> None:
    seamstress = office.person("seamstress")
    seamstress.says("ayudenme a que me atienda el ipam porfa")
    seamstress.presses("Trabajo")
    seamstress.says("se coser en maquina industrial")
    seamstress.says("tecamachalco")
    seamstress.presses("Por este chat")
    seamstress.presses("Corregir un dato")
    seamstress.presses("Necesidad")
    assert "Necesidad: Poner un negocio" in seamstress.presses("Poner un negocio").text
    seamstress.says("corregir")
    seamstress.presses("Lo que cuenta")
    summary = seamstress.says("quiero comprar una maquina de coser usada")
    assert "maquina de coser usada" in summary.text and "maquina industrial" not in summary.text
    seamstress.presses("Sí, autorizo")
    assert office.call(lambda session: session.scalar(select(Consent.text))) == summary.text
    assert office.call(lambda session: session.scalar(select(Referral.need))) == "business"


def test_a_case_that_was_sent_is_not_changed_by_an_old_button(office: Office) -> None:
    old_man = office.person("old man")
    first = old_man.says("quiero que me canalicen con una oficina por lo de mi salud")
    other = next(button.payload for button in first.buttons if button.title == "Otra cosa")
    old_man.presses("Salud")
    old_man.presses("Omitir")
    old_man.says("huejotzingo")
    last = old_man.presses("Por este chat")
    consent = next(button.payload for button in last.buttons if button.title == "Sí, autorizo")
    assert old_man.sends_payload(consent).responses == ["utter_referral_sent"]
    assert old_man.sends_payload(other).responses == ["utter_button_old"]
    assert old_man.sends_payload(consent).responses == ["utter_button_old"]
    assert office.call(lambda session: list(session.scalars(select(Referral.need)))) == ["health"]


def test_the_consent_button_of_an_old_summary_sends_nothing_while_an_answer_is_being_corrected(office: Office) -> None:
    singer = office.person("singer")
    singer.says("necesito que me canalicen con una oficina")
    singer.presses("Trabajo")
    singer.presses("Omitir")
    singer.says("tlatlauquitepec")
    old_summary = singer.presses("Por este chat")
    consent = next(button.payload for button in old_summary.buttons if button.title == "Sí, autorizo")
    singer.presses("Corregir un dato")
    singer.presses("Municipio")
    refused = singer.sends_payload(consent)
    assert refused.responses == ["utter_button_old", "ask_referral_intake_municipality"]
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0
    singer.says("teziutlan")
    singer.presses("Sí, autorizo")
    assert office.call(lambda session: session.scalar(select(Consent.text))) != old_summary.text
    assert office.call(lambda session: session.scalar(select(Referral.municipality))) == "21174"
