"""What the assistant does wrong today in corrections, cancellations, digressions and follow-ups. Each fails until it is mended."""

from sqlalchemy import func, select

from bot.records.referrals import Referral
from tests.people import Office


def test_whoever_asks_for_a_person_where_a_story_is_asked_for_gets_a_person(office: Office) -> None:
    man = office.person("man")
    man.says("necesito que me canalicen con una oficina")
    man.presses("Salud")
    asked = man.says("mejor quiero hablar con una persona")
    assert asked.responses == ["utter_person_requested", "ask_referral_intake_story"]
    assert len(office.waiting_tickets()) == 1


def test_whoever_gives_up_where_a_story_is_asked_for_is_let_go(office: Office) -> None:
    girl = office.person("girl")
    girl.says("necesito que me canalicen con una oficina")
    girl.presses("Papeles o identidad")
    assert girl.says("ya no quiero seguir").responses == ["utter_cancelled"]
    assert girl.says("seguir").responses == ["utter_help"]


def test_a_question_without_question_marks_where_a_story_is_asked_for_is_answered(office: Office) -> None:
    woman = office.person("woman")
    woman.says("necesito que me canalicen con una oficina")
    woman.presses("Trabajo")
    answered = woman.says("quiero saber cuanto cuesta el pasaporte")
    assert answered.responses == ["utter_consular_passport", "ask_referral_intake_story"]
    assert woman.says("oiga y como saco cita en el consulado").responses == ["utter_consular_appointment", "ask_referral_intake_story"]


def test_a_question_that_names_a_need_is_answered_and_is_not_the_need(office: Office) -> None:
    lady = office.person("lady")
    lady.says("necesito que me canalicen con una oficina")
    answered = lady.says("¿la ayuda legal es gratis?")
    assert answered.responses[-1] == "ask_referral_intake_need" and len(answered.responses) == 2
    assert lady.says("donde hay trabajo").responses == ["utter_employment_find_job", "ask_referral_intake_need"]


def test_going_back_from_the_list_of_corrections_returns_to_the_summary(office: Office) -> None:
    cook = office.person("cook")
    cook.says("necesito que me canalicen con una oficina")
    cook.presses("Salud")
    cook.presses("Omitir")
    cook.says("atlixco")
    cook.presses("Por teléfono")
    summary = cook.says("222 123 4567")
    listed = cook.presses("Corregir un dato")
    assert "Regresar" in listed.titles and "Cancelar" in listed.titles
    assert cook.says("atras").text == summary.text


def test_going_back_again_and_again_in_the_list_of_corrections_never_leaves_without_a_way_on(office: Office) -> None:
    boy = office.person("boy")
    boy.says("necesito que me canalicen con una oficina")
    boy.presses("Salud")
    boy.presses("Omitir")
    boy.says("corregir")
    boy.says("regresar")
    assert boy.says("regresar").responses == ["ask_referral_intake_story"]
    assert boy.says("omitir").responses == ["ask_referral_intake_municipality"]
    assert boy.says("atlixco").responses == ["ask_referral_intake_contact_way"]


def test_whoever_thinks_better_of_a_correction_keeps_the_answer(office: Office) -> None:
    father = office.person("father")
    father.says("necesito que me canalicen con una oficina")
    father.presses("Salud")
    father.says("mi niña necesita lentes")
    father.says("atlixco")
    summary = father.presses("Por este chat")
    father.presses("Corregir un dato")
    father.presses("Municipio")
    assert father.presses("Regresar").text == summary.text


def test_what_is_to_be_corrected_can_be_typed(office: Office) -> None:
    mother = office.person("mother")
    mother.says("necesito que me canalicen con una oficina")
    mother.presses("Salud")
    mother.presses("Omitir")
    mother.says("atlixco")
    mother.presses("Por este chat")
    mother.presses("Corregir un dato")
    assert mother.says("municipio").responses == ["ask_referral_intake_municipality"]


def test_the_old_skip_button_of_the_story_takes_the_story_out(office: Office) -> None:
    aunt = office.person("aunt")
    aunt.says("necesito que me canalicen con una oficina")
    story = aunt.presses("Salud")
    skip = next(button.payload for button in story.buttons if button.title == "Omitir")
    aunt.says("tengo azucar y se me acabó la insulina")
    assert aunt.sends_payload(skip).responses == ["ask_referral_intake_municipality"]
    aunt.says("atlixco")
    assert "insulina" not in aunt.presses("Por este chat").text


def test_a_follow_up_in_the_middle_of_the_questionnaire_is_answered(office: Office) -> None:
    student = office.person("student")
    student.says("necesito que me canalicen con una oficina")
    student.presses("Papeles o identidad")
    student.presses("Omitir")
    assert student.says("cuanto cobran por sacar la matricula consular").responses[0] == "utter_consular_id_card"
    assert student.says("¿y qué papeles llevo?").responses == ["utter_consular_id_card_papers", "ask_referral_intake_municipality"]


def test_a_yes_after_a_danger_is_no_consent(office: Office) -> None:
    wife = office.person("wife")
    wife.says("necesito que me canalicen con una oficina")
    wife.presses("Familia o persona detenida")
    wife.presses("Omitir")
    wife.says("atlixco")
    wife.presses("Por este chat")
    assert wife.says("me estan golpeando").safety == "violence_now"
    after = wife.says("si")
    assert "utter_referral_sent" not in after.responses
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_a_request_is_cancelled_by_saying_so_in_other_words(office: Office) -> None:
    driver = office.person("driver")
    driver.says("necesito que me canalicen con una oficina")
    driver.presses("Salud")
    driver.presses("Omitir")
    assert driver.says("mejor cancele mi solicitud").responses == ["utter_cancelled"]
    driver.says("necesito que me canalicen con una oficina")
    driver.presses("Salud")
    driver.presses("Omitir")
    assert driver.says("no quiero dar mis datos").responses == ["utter_cancelled"]


def test_a_person_is_one_tap_away_at_every_step(office: Office) -> None:
    elder = office.person("elder")
    elder.says("necesito que me canalicen con una oficina")
    steps = [elder.last, elder.presses("Salud"), elder.presses("Omitir"), elder.says("atlixco"), elder.presses("Por teléfono")]
    steps += [elder.says("222 123 4567"), elder.presses("Corregir un dato")]
    without = [step.responses[-1] for step in steps if step and "/talk_to_human" not in step.payloads]
    assert without == []


def test_answers_that_are_not_understood_never_get_the_same_words_again_and_again(office: Office) -> None:
    uncle = office.person("uncle")
    uncle.says("necesito que me canalicen con una oficina")
    uncle.presses("Salud")
    uncle.presses("Omitir")
    said = [
        uncle.says(typed).taken.replies[0].text
        for typed in ("por el cerro", "alla por donde vive mi tia", "en un ranchito", "arriba de la loma")
    ]
    assert len(set(said)) == len(said)


def test_a_question_that_names_its_subject_is_not_about_the_one_before(office: Office) -> None:
    cousin = office.person("cousin")
    cousin.says("quiero sacar mi pasaporte mexicano en los angeles")
    assert "utter_consular_appointment_place" not in cousin.says("¿y dónde queda la comar?").responses


def test_papers_and_place_of_other_money_matters_are_not_those_of_migrante_emprende(office: Office) -> None:
    refugee, sender = office.person("refugee"), office.person("sender")
    refugee.says("soy refugiado de venezuela y quiero poner un negocio aqui")
    assert refugee.says("y donde queda").responses == ["utter_followup_unknown"]
    sender.says("como mando dinero a mi mama desde chicago sin que me cobren tanto")
    assert sender.says("y que papeles llevo").responses == ["utter_followup_unknown"]


def test_places_are_understood_as_people_name_them(office: Office) -> None:
    weaver = office.person("weaver")
    weaver.says("necesito que me canalicen con una oficina")
    weaver.presses("Trabajo")
    weaver.presses("Omitir")
    misunderstood = []
    for typed in ("cholula", "san martin", "atlixco puebla", "soy de atlixco puebla", "voy a llegar a tehuacan", "puebla capital", "neza"):
        heard = weaver.says(typed)
        if "ask_referral_intake_contact_way" in heard.responses:
            weaver.says("regresar")
        elif "utter_which_place" not in heard.responses:
            misunderstood.append(typed)
    assert misunderstood == []


def test_no_consent_is_asked_for_where_no_office_takes_the_case(office: Office) -> None:
    migrant = office.person("migrant")
    migrant.says("necesito que me canalicen con una oficina")
    migrant.presses("Papeles o identidad")
    migrant.presses("Omitir")
    migrant.says("tapachula")
    told = migrant.presses("Por este chat")
    assert "Lo recibiría: Puente" not in told.text


def test_follow_ups_in_everyday_words_are_understood(office: Office) -> None:
    sister = office.person("sister")
    sister.says("necesito un abogado del consulado")
    assert sister.says("y eso cobra o es de a gratis").responses == ["utter_consular_lawyer_cost"]
    sister.says("me piden 5 mil pesos por llevarme a trabajar con visa")
    assert sister.says("y a que numero lo denuncio").responses == ["utter_employment_visa_offer_contact"]


def test_asking_for_an_office_in_everyday_words_starts_the_request(office: Office) -> None:
    farmer, weaver = office.person("farmer"), office.person("weaver")
    assert farmer.says("quiero que el ipam vea mi caso").responses[0] == "utter_referral_request"
    assert weaver.says("quiero pedir apoyo de una oficina").responses[0] == "utter_referral_request"
