"""The six guides: maybe, not as far as is known, or unknown; never "you qualify"; and nothing of the answers is kept."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from bot.records.conversations import Conversation, Message
from bot.records.deliveries import InboxUpdate
from bot.records.referrals import Consent, Referral
from tests.people import Heard, Office, Person
from tests.stores import all_that_is_stored

FOR_MY_CASE = "¿Es para mi caso?"
MAYBE, LACKS, UNCLEAR = "puede que sí", "parece que no se cumple todo", "no se puede saber todavía"
MONDAY = datetime(2026, 11, 23, 18, tzinfo=UTC)


def verdict(heard: Heard) -> str:
    """What the guide came to; it promises nothing and names whom to ask."""
    text = heard.taken.replies[0].text
    [found] = [each for each in (MAYBE, LACKS, UNCLEAR) if each in text]
    assert "Fuente:" in text and "Oficina:" in text and "Hablar con una persona" in heard.titles
    assert "califica" not in text and "tiene derecho" not in text
    return found


def begin(person: Person, question: str, button: str = FOR_MY_CASE) -> Heard:
    person.says(question)
    return person.presses(button)


REUNION = "como llevo a mis papas a estados unidos a ver a sus hijos reencuentro familiar"
CARD = "que es la tarjeta bienestar paisano"
HUMANITARIAN = "que es la tarjeta de visitante por razones humanitarias"
REFUGE = "como pido refugio en mexico, soy de honduras"
SEED = "que es semilla migrante de la ciudad de puebla"


def test_migrante_emprende_may_be_for_who_was_deported_and_wants_a_business(office: Office) -> None:
    son = office.person("son")
    assert son.says("menu").responses == ["utter_help"]
    son.presses("Más temas")
    son.presses("Poner un negocio")
    assert son.presses(FOR_MY_CASE).responses[-1] == "ask_check_migrante_emprende_origin"
    son.presses("Sí")
    son.says("si, me deportaron")
    done = son.presses("Para empezar un negocio")
    assert set(done.responses) == {"eligibility_migrante_emprende"} and verdict(done) == MAYBE
    assert "Nadie lo ha publicado" in done.text and "Acta de nacimiento sin errores" in done.text
    assert done.titles == ["Iniciar mi trámite", "Qué es Migrante Emprende", "Hablar con una persona"]


def test_migrante_emprende_is_not_known_to_be_for_who_is_from_elsewhere_and_asks_no_more(office: Office) -> None:
    guest = office.person("guest")
    guest.says("menu")
    guest.presses("Más temas")
    guest.presses("Poner un negocio")
    guest.presses(FOR_MY_CASE)
    done = guest.says("no")
    assert set(done.responses) == {"eligibility_migrante_emprende"} and verdict(done) == LACKS
    assert "No se cumple:\n• Ser de Puebla" in done.text and "Lleve:" not in done.text
    assert guest.says("regresar").responses == ["utter_nothing_to_cancel"]


def test_migrante_emprende_is_unknown_for_who_does_not_know_where_they_are_from(office: Office) -> None:
    found = office.person("foundling")
    found.says("menu")
    found.presses("Más temas")
    found.presses("Poner un negocio")
    found.presses(FOR_MY_CASE)
    assert found.says("no sé").responses == ["ask_check_migrante_emprende_returned"]
    found.presses("Sí, regresé por mi cuenta")
    done = found.presses("Para un negocio que ya tengo")
    assert verdict(done) == UNCLEAR and "Falta saber:\n• Ser de Puebla" in done.text


def test_semilla_migrante_may_be_for_who_came_back_to_the_city(office: Office) -> None:
    baker = office.person("baker")
    assert begin(baker, SEED).responses == ["ask_check_semilla_migrante_municipality"]
    assert baker.says("si").responses == ["ask_check_semilla_migrante_returned"]
    done = baker.says("sí")
    assert done.responses == ["eligibility_semilla_migrante"] and verdict(done) == MAYBE
    assert "Cuánto dan a cada persona" in done.text


def test_semilla_migrante_ends_at_once_for_who_lives_in_another_municipality(office: Office) -> None:
    neighbour = office.person("neighbour")
    begin(neighbour, SEED)
    done = neighbour.presses("No")
    assert done.responses == ["eligibility_semilla_migrante"] and verdict(done) == LACKS
    begin(neighbour, SEED)
    neighbour.presses("Sí")
    never_away = neighbour.presses("No")
    assert verdict(never_away) == LACKS and "Haber regresado de otro país" in never_away.text


def test_the_paisano_card_may_be_for_who_was_sent_back_and_nobody_else_for_certain(office: Office) -> None:
    man, woman, girl = office.person("man"), office.person("woman"), office.person("girl")
    begin(man, CARD)
    man.presses("Sí")
    assert verdict(man.presses("Me deportaron")) == MAYBE
    begin(woman, CARD)
    woman.presses("Sí")
    unclear = woman.says("regresé por mi cuenta")
    assert verdict(unclear) == UNCLEAR and "repatriación" in unclear.text
    begin(girl, CARD)
    assert verdict(girl.says("no")) == LACKS


def test_the_reunion_counts_the_years(office: Office) -> None:
    mother, young = office.person("mother"), office.person("young")
    assert begin(mother, REUNION).responses == ["ask_check_family_reunion_age"]
    assert mother.says("tengo 60 años").responses == ["ask_check_family_reunion_years_apart"]
    mother.says("20")
    mother.says("si")
    assert verdict(mother.says("si")) == MAYBE
    begin(young, REUNION)
    early = young.says("59")
    assert set(early.responses) == {"eligibility_family_reunion"} and verdict(early) == LACKS
    assert "60 años o más" in early.text


def test_the_reunion_is_unknown_while_one_of_them_has_not_been_asked(office: Office) -> None:
    father = office.person("father")
    begin(father, REUNION)
    father.says("71")
    father.says("unos 25 años")
    father.presses("Sí")
    done = father.says("no sé")
    assert verdict(done) == UNCLEAR and "Falta saber:\n• Que los dos quieran verse" in done.text


def test_one_of_the_four_reasons_is_enough_for_the_humanitarian_card(office: Office) -> None:
    witness = office.person("witness")
    begin(witness, HUMANITARIAN)
    witness.presses("Sí")
    assert witness.presses("No").responses == ["ask_check_humanitarian_card_victim"]
    done = witness.presses("Sí")
    assert done.responses == ["eligibility_humanitarian_card"] and verdict(done) == MAYBE  # the other two are not asked


def test_the_humanitarian_card_is_not_for_who_has_none_of_the_reasons_and_unknown_where_it_may_count(office: Office) -> None:
    traveller = office.person("traveller")
    begin(traveller, HUMANITARIAN)
    traveller.presses("Sí")
    for _ in range(3):
        traveller.presses("No")
    assert verdict(traveller.presses("No")) == LACKS
    begin(traveller, HUMANITARIAN)
    traveller.presses("Sí")
    for _ in range(3):
        traveller.presses("No")
    done = traveller.presses("Sí, o puede ser")
    assert verdict(done) == UNCLEAR and "Otra causa humanitaria" in done.text and "Ser víctima" not in done.text


def test_the_term_for_refuge_is_counted_from_the_day_of_entry(office: Office) -> None:
    office.set_clock(MONDAY)
    marta = office.person("marta")
    assert begin(marta, REFUGE, "Calcular mi plazo").responses == ["ask_check_refuge_deadline_foreigner"]
    marta.presses("Sí, soy de otro país")
    marta.presses("Sí")
    marta.presses("Sí")
    in_time = marta.says("15/10/2026")
    assert verdict(in_time) == MAYBE and "terminaría el 27/11/2026" in in_time.text  # the 16th of November is a day of rest
    begin(marta, REFUGE, "Calcular mi plazo")
    marta.presses("Sí, soy de otro país")
    marta.presses("Sí")
    marta.presses("Sí")
    late = marta.says("1 de septiembre de 2026")
    assert verdict(late) == MAYBE and "Todavía puede pedirlo" in late.text and "habría terminado el" in late.text


def test_the_term_for_refuge_is_unknown_without_the_day_and_no_refuge_is_asked_for_from_abroad(office: Office) -> None:
    jose = office.person("jose")
    begin(jose, REFUGE, "Calcular mi plazo")
    jose.presses("Sí, soy de otro país")
    jose.presses("Sí")
    jose.presses("Sí")
    assert verdict(jose.presses("Omitir")) == UNCLEAR
    begin(jose, REFUGE, "Calcular mi plazo")
    jose.presses("Sí, soy de otro país")
    abroad = jose.presses("No")
    assert abroad.responses == ["eligibility_refuge_deadline"] and verdict(abroad) == LACKS


def test_going_back_in_a_guide_changes_the_answer_and_the_result(office: Office) -> None:
    lady = office.person("lady")
    begin(lady, CARD)
    lady.presses("Sí")
    assert lady.presses("Regresar").responses == ["ask_check_paisano_card_mexican"]
    assert lady.says("atras").responses == ["ask_check_paisano_card_mexican"]  # there is nothing before the first
    assert verdict(lady.presses("No")) == LACKS


def test_a_guide_can_be_left_at_any_question(office: Office) -> None:
    uncle = office.person("uncle")
    begin(uncle, HUMANITARIAN)
    uncle.presses("Sí")
    assert uncle.presses("Cancelar").responses == ["utter_cancelled"]
    begin(uncle, REUNION)
    uncle.says("70")
    assert uncle.says("cancelar").responses == ["utter_cancelled"]
    assert uncle.says("22").responses != ["ask_check_family_reunion_child"]
    assert uncle.says("cancelar").responses == ["utter_nothing_to_cancel"]


def test_a_question_in_the_middle_of_a_guide_is_answered_and_the_guide_goes_on(office: Office) -> None:
    student = office.person("student")
    begin(student, CARD)
    assert student.says("¿y cuánto dan?").responses == ["utter_return_card_cost", "ask_check_paisano_card_mexican"]
    student.presses("Sí")
    asked = student.says("como saco mi pasaporte mexicano en estados unidos")
    assert asked.responses == ["utter_consular_passport", "ask_check_paisano_card_returned"]
    assert verdict(student.presses("Me deportaron")) == MAYBE


def test_an_answer_that_is_none_is_asked_again_with_help(office: Office) -> None:
    granny = office.person("granny")
    begin(granny, REUNION)
    missed = granny.says("sí")
    assert missed.responses == ["utter_step_not_understood", "ask_check_family_reunion_age"] and "por ejemplo 64" in missed.text
    assert granny.says("64").responses == ["ask_check_family_reunion_years_apart"]
    assert granny.says("persona").responses == ["utter_person_requested", "ask_check_family_reunion_years_apart"]


def test_a_guide_begun_inside_a_request_lets_the_request_go_on(office: Office) -> None:
    driver = office.person("driver")
    driver.says("necesito que me canalicen con una oficina")
    driver.presses("Trabajo")
    driver.presses("Omitir")
    assert begin(driver, CARD).responses == ["ask_check_paisano_card_mexican"]
    driver.presses("Sí")
    done = driver.presses("Me deportaron")
    assert done.responses == ["eligibility_paisano_card", "ask_referral_intake_municipality"] and verdict(done) == MAYBE
    assert driver.says("atlixco").responses == ["ask_referral_intake_contact_way"]
    summary = driver.presses("Por este chat")
    assert "Necesidad: Trabajo" in summary.text and "deportaron" not in summary.text
    assert driver.presses("Sí, autorizo").responses == ["utter_referral_sent"]
    details = office.call(lambda session: session.scalar(select(Referral.details)))
    assert set(details or {}) == {"for_whom", "need", "municipality", "contact_way"}


def test_a_guide_left_inside_a_request_leaves_the_request_where_it_was(office: Office) -> None:
    cook = office.person("cook")
    cook.says("necesito que me canalicen con una oficina")
    cook.presses("Salud")
    cook.presses("Omitir")
    begin(cook, SEED)
    assert cook.says("cancelar").responses == ["utter_cancelled", "ask_referral_intake_municipality"]
    assert cook.says("puebla").responses == ["ask_referral_intake_contact_way"]


def test_nothing_of_the_answers_is_kept_but_the_transcript(office: Office) -> None:
    careful = office.person("careful")
    begin(careful, REUNION)
    careful.says("tiene 67 años")
    careful.says("23")
    careful.presses("Sí")
    assert verdict(careful.presses("Sí")) == MAYBE
    assert office.call(lambda session: session.scalar(select(Conversation.questionnaire))) is None
    stored = office.call(all_that_is_stored, Message.__tablename__, InboxUpdate.__tablename__)
    assert "67" not in [word.strip("',[]{}()") for word in stored.split()] and "years_apart'" not in stored and "answers" not in stored
    for table in (Referral, Consent):
        assert office.call(lambda session, which=table: session.scalar(select(func.count()).select_from(which))) == 0
    assert "tiene 67 años" in [message.text for message in careful.transcript()]


def test_a_danger_in_a_guide_comes_first_and_the_guide_waits(office: Office) -> None:
    wife = office.person("wife")
    begin(wife, HUMANITARIAN)
    wife.presses("Sí")
    danger = wife.says("mi marido me esta pegando ahorita")
    assert danger.responses == ["utter_safety_violence_now", "utter_questionnaire_waits"]
    assert wife.says("seguir").responses == ["ask_check_humanitarian_card_refuge"]
    assert verdict(wife.presses("Sí")) == MAYBE


def test_a_yes_to_a_question_of_yes_or_no_is_an_answer(office: Office) -> None:
    marta = office.person("marta")
    marta.says("como pido refugio en mexico, soy de honduras")
    marta.presses("Calcular mi plazo")
    assert marta.says("si").responses == ["ask_check_refuge_deadline_in_mexico"]
