"""People who ask on: "¿y cuánto cuesta?" is about what they were just told, and never about something guessed."""

from tests.people import Office, Person


def test_cost_papers_place_and_telephone_are_those_of_the_thing_asked_about(office: Office, ana: Person) -> None:
    assert ana.says("quiero sacar mi pasaporte mexicano en los angeles").responses == ["utter_consular_passport"]
    assert ana.says("¿y cuánto cuesta?").responses == ["utter_consular_passport_cost"]
    assert ana.says("¿qué papeles llevo?").responses == ["utter_consular_passport_papers"]
    assert ana.says("¿dónde queda?").responses == ["utter_consular_appointment_place"]
    assert ana.says("¿a qué número?").responses == ["utter_consular_passport_contact"]


def test_after_a_button_the_follow_up_is_about_the_button(office: Office) -> None:
    man = office.person("man")
    man.says("hola")
    man.presses("Consulado y detención en EE. UU.")
    assert man.presses("Matrícula consular").responses == ["utter_consular_id_card"]
    assert man.says("q papeles llevo").responses == ["utter_consular_id_card_papers"]
    assert man.presses("Sacar cita gratis").responses == ["utter_consular_appointment"]
    assert man.says("y eso tiene costo?").responses == ["utter_consular_appointment_cost"]
    assert man.says("a q numero marco").responses == ["utter_consular_appointment_contact"]


def test_when_the_subject_changes_the_follow_up_is_about_the_new_one(office: Office) -> None:
    woman = office.person("woman")
    woman.says("cuanto cobran por sacar la matricula consular")
    assert woman.says("y ke papeles llebo").responses == ["utter_consular_id_card_papers"]
    changed = woman.says("ah y mi cuñada es de honduras y viene huyendo de la mara, como pide refugio")
    assert changed.responses == ["utter_regularization_asylum_apply"]
    assert woman.says("i kuanto cuesta").responses == ["utter_regularization_asylum_apply_cost"]
    assert woman.says("ke papeles lleba").responses == ["utter_regularization_asylum_apply_papers"]
    place = woman.says("y pa donde jala")
    assert place.responses == ["utter_regularization_asylum_apply_place"] and "consulado" not in place.text.lower()


def test_without_a_subject_nothing_is_guessed_and_naming_it_helps(office: Office) -> None:
    boy = office.person("boy")
    unknown = boy.says("¿y cuánto cuesta?")
    assert unknown.responses == ["utter_followup_unknown"]
    assert "Hablar con una persona" in unknown.titles
    assert boy.says("¿dónde queda?").responses == ["utter_followup_unknown"]
    assert boy.says("¿a qué número?").responses == ["utter_followup_unknown"]
    assert boy.says("de la matricula consular").responses == ["utter_consular_id_card"]
    assert boy.says("¿y cuánto cuesta?").responses == ["utter_consular_id_card_cost"]


def test_thanks_and_small_talk_do_not_lose_the_subject(office: Office) -> None:
    lady = office.person("lady")
    assert lady.says("trabaje tres semanas en una obra y el patron no me quiere pagar").responses == ["utter_employment_unpaid_or_fired"]
    assert lady.says("muchas gracias").responses == ["utter_thank"]
    assert lady.says("oiga y cobran algo").responses == ["utter_employment_unpaid_or_fired_cost"]
    assert lady.says("eres un robot?").responses == ["utter_bot_challenge"]
    assert lady.says("y donde es").responses == ["utter_employment_unpaid_or_fired_place"]


def test_what_is_not_known_is_said_and_the_next_follow_up_still_works(office: Office) -> None:
    student = office.person("student")
    student.says("estudie la prepa en estados unidos, vale aqui?")
    assert student.says("q papeles llevo").responses == ["utter_employment_study_recognition_papers"]
    unknown = student.says("y cuanto cuesta")
    assert unknown.responses == ["utter_followup_unknown"] and "Hablar con una persona" in unknown.titles
    assert student.says("que documentos me piden").responses == ["utter_employment_study_recognition_papers"]
    assert student.presses("Hablar con una persona").responses == ["utter_person_requested"]


def test_a_telephone_that_is_not_confirmed_is_not_made_up(office: Office) -> None:
    returnee = office.person("returnee")
    returnee.says("que es migrante emprende")
    assert returnee.says("y cuesta algo").responses == ["utter_entrepreneurship_migrante_emprende_cost"]
    assert returnee.says("que requisitos piden").responses == ["utter_entrepreneurship_requirements"]
    contact = returnee.says("me da el numero")
    assert contact.responses == ["utter_entrepreneurship_migrante_emprende_contact"]
    assert "no tenemos un teléfono confirmado" in contact.text
    assert returnee.says("y adonde tengo q ir").responses == ["utter_entrepreneurship_apply"]


def test_a_suggestion_that_is_chosen_becomes_the_subject(office: Office) -> None:
    cook = office.person("cook")
    offered = cook.says("como le hago para que me den los 20 mil pesos del negocio")
    assert offered.responses == ["utter_suggest_1"]
    assert cook.presses("Requisitos de Migrante Emprende").responses == ["utter_entrepreneurship_requirements"]
    assert cook.says("y que papeles llevo").responses == ["utter_entrepreneurship_requirements_papers"]
    assert cook.says("cuanta lana es").responses == ["utter_entrepreneurship_migrante_emprende_cost"]
    assert cook.says("y onde queda eso").responses == ["utter_entrepreneurship_apply"]


def test_how_long_and_whom_to_call_after_a_detention_in_mexico_are_not_those_of_the_consulate(office: Office) -> None:
    cousin = office.person("cousin")
    cousin.says("agarraron a mi hijo en texas la migra, a quien le hablo")
    assert cousin.presses("Detención en EE. UU.").responses == ["utter_consular_detained"]
    assert cousin.says("a que numero marco").responses == ["utter_consular_hotline_contact"]
    detained = cousin.says("y a mi primo el instituto de migracion lo tiene en la estacion de puebla que hacemos")
    assert detained.responses == ["utter_regularization_detained"]
    assert cousin.says("y hasta cuando").responses == ["utter_regularization_detention_time"]
    contact = cousin.says("a que numero llamo")
    assert contact.responses == ["utter_regularization_detained_contact"]
    assert "CIAM" not in contact.text


def test_starting_over_forgets_the_subject(office: Office) -> None:
    uncle = office.person("uncle")
    uncle.says("tengo un hijo nacido aqui en puebla, puedo sacar papeles por el")
    assert uncle.says("en cuanto sale").responses == ["utter_regularization_family_cost"]
    assert uncle.says("/inicio").responses == ["utter_greet"]
    assert uncle.says("en cuanto sale").responses == ["utter_followup_unknown"]
    uncle.presses("Ver los temas")
    uncle.presses("Papeles y refugio en México")
    uncle.presses("Tarjeta humanitaria")
    assert uncle.says("en cuanto sale").responses == ["utter_regularization_humanitarian_card_cost"]


def test_the_subject_of_one_person_is_not_that_of_another(office: Office) -> None:
    mother, daughter = office.person("mother"), office.person("daughter")
    mother.says("me ofrecen trabajo en canada en el campo, es de verdad?")
    daughter.says("que hago pa que mi familia este lista si me agarran")
    assert mother.says("que documentos me piden").responses == ["utter_employment_canada_program_papers"]
    assert daughter.says("que documentos me piden").responses == ["utter_consular_family_plan_papers"]
    assert mother.says("y cobran").responses == ["utter_employment_canada_program_cost"]


def test_an_old_button_brings_its_subject_back(office: Office) -> None:
    tailor = office.person("tailor")
    passport = tailor.says("necesito el pasaporte mexicano")
    appointment = next(button.payload for button in passport.buttons if button.title == "Sacar cita gratis")
    tailor.says("mi tarjeta de residente se vencio el mes pasado")
    assert tailor.says("y que papeles llevo").responses == ["utter_regularization_expired_papers"]
    assert tailor.sends_payload(appointment).responses == ["utter_consular_appointment"]
    assert tailor.says("cuanto me va a salir").responses == ["utter_consular_appointment_cost"]
    assert tailor.says("tienen whatsapp").responses == ["utter_consular_appointment_contact"]


def test_a_follow_up_finds_its_subject_after_the_assistant_was_started_again(office: Office) -> None:
    grandmother = office.person("grandmother")
    assert grandmother.says("cuanto cuesta el pasaporte mexicano en el consulado").responses == ["utter_consular_passport"]
    office.restart()
    assert grandmother.says("y que papeles llevo").responses == ["utter_consular_passport_papers"]
    assert office.person("neighbour").says("y que papeles llevo").responses == ["utter_followup_unknown"]
    office.restart()
    assert grandmother.says("y cuanto sale").responses == ["utter_consular_passport_cost"]


def test_a_follow_up_never_becomes_the_subject_of_the_next_one(office: Office) -> None:
    welder = office.person("welder")
    welder.says("cuanto cobran por sacar la matricula consular")
    papers = welder.says("y que papeles llevo")
    assert papers.responses == ["utter_consular_id_card_papers"]
    assert welder.says("y que papeles llevo").text == papers.text  # the same question in the same place has the same answer
    assert welder.says("y cuanto cuesta").responses == ["utter_consular_id_card_cost"]
    assert welder.says("gracias").responses == ["utter_thank"]
    assert welder.says("y que papeles llevo").responses == ["utter_consular_id_card_papers"]
