"""A long answer comes in two parts: the first fits a small screen, and «Ver más» brings what was left out."""

from bot.conversation.parts import LONGEST_FIRST
from tests.people import Office

PASSPORT = "como saco mi pasaporte mexicano en estados unidos"


def test_the_first_part_is_short_says_its_source_and_offers_the_rest(office: Office) -> None:
    ines = office.person("ines")
    assert ines.says("hola").responses == ["utter_greet"]
    first = ines.says(PASSPORT)
    assert first.responses == ["utter_consular_passport"] and first.titles[0] == "Ver más"
    assert len(first.text) <= LONGEST_FIRST and "Fuente:" in first.text and "Revisado el" in first.text
    assert "pesos" not in first.text
    rest = ines.presses("Ver más")
    assert rest.responses == ["utter_consular_passport"] and "En México" in rest.text and "Fuente:" in rest.text
    assert "44 dólares" in first.text and "44 dólares" not in rest.text
    assert "Ver más" not in rest.titles and "Hablar con una persona" in rest.titles


def test_the_rest_can_be_asked_for_in_words(office: Office) -> None:
    beto, lupe = office.person("beto"), office.person("lupe")
    beto.says("donde saco la matricula consular")
    pressed = beto.presses("Ver más")
    assert pressed.responses == ["utter_consular_id_card"]
    lupe.says("donde saco la matricula consular")
    assert lupe.says("VER MAS").text == pressed.text
    lupe.says("donde saco la matricula consular")
    assert lupe.says("/mas").text == pressed.text
    lupe.says("donde saco la matricula consular")
    assert lupe.says("más información").text == pressed.text


def test_where_nothing_was_left_out_it_is_said(office: Office) -> None:
    hugo = office.person("hugo")
    assert hugo.says("ver más").responses == ["utter_nothing_more"]
    hugo.says("hola")
    nothing = hugo.says("mas")
    assert nothing.responses == ["utter_nothing_more"] and "Hablar con una persona" in nothing.titles
    assert hugo.says("menu").responses == ["utter_help"]
    assert hugo.says("ver mas").responses == ["utter_nothing_more"]


def test_the_rest_is_that_of_the_last_long_answer_and_small_talk_does_not_lose_it(office: Office) -> None:
    olga = office.person("olga")
    olga.says(PASSPORT)
    olga.says("que es la tarjeta bienestar paisano")
    assert olga.says("muchas gracias").responses == ["utter_thank"]
    assert olga.says("ver más").responses == ["utter_return_card"]


def test_an_old_button_brings_the_rest_of_its_own_answer(office: Office) -> None:
    raul = office.person("raul")
    passport = raul.says(PASSPORT)
    more = next(button.payload for button in passport.buttons if button.title == "Ver más")
    raul.says("que es la tarjeta bienestar paisano")
    rest = raul.sends_payload(more)
    assert rest.responses == ["utter_consular_passport"] and "En México" in rest.text
    assert raul.presses("Sacar cita gratis").responses == ["utter_consular_appointment"]


def test_a_follow_up_with_nothing_left_out_offers_no_more(office: Office) -> None:
    dora = office.person("dora")
    dora.says("como pido refugio en mexico, soy de honduras")
    place = dora.says("y a donde voy")
    assert place.responses == ["utter_regularization_asylum_apply_place"] and "Ver más" not in place.titles  # only its sources are long
    assert dora.says("y cuanto cuesta").responses == ["utter_regularization_asylum_apply_cost"]


def test_the_rest_leaves_the_subject_of_follow_ups_as_it_was(office: Office) -> None:
    simon = office.person("simon")
    simon.says(PASSPORT)
    assert simon.presses("Ver más").responses == ["utter_consular_passport"]
    assert simon.says("y cuanto cuesta").responses == ["utter_consular_passport_cost"]
    simon.says("que es la tarjeta bienestar paisano")
    simon.says("ver mas")
    assert simon.says("y que papeles llevo").responses == ["utter_return_card_papers"]


def test_the_rest_asked_for_in_a_request_is_no_answer_and_the_request_goes_on(office: Office) -> None:
    rita = office.person("rita")
    rita.says("necesito que me canalicen con una oficina")
    rita.presses("Salud")
    assert rita.says("¿" + PASSPORT + "?").responses == ["utter_consular_passport", "ask_referral_intake_story"]
    assert rita.says("ver más").responses == ["utter_consular_passport", "ask_referral_intake_story"]
    rita.presses("Omitir")
    rita.says("atlixco")
    assert "ver más" not in rita.presses("Por este chat").text


def test_the_full_privacy_notice_is_read_in_two_parts_before_the_first_question_and_the_request_goes_on(office: Office) -> None:
    vera = office.person("vera")
    vera.answers_everything = True
    begun = vera.says("necesito que me canalicen con una oficina")
    assert begun.responses == ["utter_referral_request", "utter_notice_simplified", "ask_referral_intake_for_whom"]
    first = vera.presses("Aviso completo")
    assert first.responses == ["utter_notice_full", "ask_referral_intake_for_whom"] and first.titles[0] == "Ver más"
    assert len(first.taken.replies[0].text) <= LONGEST_FIRST and "derechos ARCO" not in first.text
    rest = vera.says("ver más")
    assert rest.responses == ["utter_notice_full", "ask_referral_intake_for_whom"] and "derechos ARCO" in rest.text
    assert "Ver más" not in rest.titles
    assert vera.says("para mí").responses == ["ask_referral_intake_need"]


def test_the_rest_comes_in_the_language_of_the_answer(office: Office) -> None:
    kofi, rose = office.person("kofi"), office.person("rose")
    kofi.says("english")
    assert kofi.says("how do i get a mexican passport in the united states").titles[0] == "See more"
    english = kofi.says("see more")
    assert english.responses == ["utter_consular_passport"] and "In Mexico" in english.text and english.titles[-1] == "Talk to a person"
    rose.says("bonjou")
    assert rose.says("kijan pou m mande azil nan meksik").titles[0] == "Wè plis"
    assert rose.says("wè plis").titles[-1] == "Pale ak yon moun"


def test_an_answer_to_a_danger_is_never_cut(office: Office) -> None:
    eva = office.person("eva")
    eva.says(PASSPORT)
    told = eva.says("mi marido me esta pegando ahorita")
    assert told.safety == "violence_now" and "Ver más" not in told.titles and "Fuente:" in told.text
    assert eva.says("persona").responses == ["utter_person_requested"]
    assert eva.says("ver más").responses == ["utter_consular_passport"]


def test_the_rest_works_while_nothing_can_be_understood(office: Office) -> None:
    juan = office.person("juan")
    juan.says(PASSPORT)
    office.rasa.stopped = True
    assert juan.says("y que papeles llevo").responses == ["utter_understanding_down"]
    assert "En México" in juan.says("ver más").text
    assert juan.says("menu").responses == ["utter_help"]
