"""Conversations that go wrong today by the design. Not collected: rename a test's file to turn it on when its bug is mended."""

import pytest
from sqlalchemy import func, select

from bot.conversation.incoming import Incoming, Kind
from bot.records.conversations import Direction
from bot.records.referrals import Referral
from bot.records.tickets import Ticket
from tests.people import Office, Person

PERSON = "/talk_to_human"


def count(office: Office, table: type[Ticket] | type[Referral]) -> int:
    return office.call(lambda session: session.scalar(select(func.count()).select_from(table))) or 0


def test_danger_while_a_person_holds_the_chat_gets_the_line_alone_in_a_questionnaire_too(office: Office) -> None:
    celia = office.person("celia")
    celia.says("ocupo q alguna oficina vea mi caso")
    celia.presses("Familia o persona detenida")
    celia.says("persona")
    office.claim(*office.waiting_tickets())
    assert celia.says("es que ya no supimos de el").is_silent
    assert celia.says("ahorita me estan golpeando").responses == ["utter_danger_while_assigned"]


def test_a_slash_with_only_a_name_behind_it_is_an_unknown_command(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.local_chat.exchange.PATIENCE", 3.0)
    ivan = office.person("iván")
    assert ivan.says("hola").responses == ["utter_greet"]
    assert ivan.says("/@puente_bot").responses == ["utter_unknown_command"]
    assert ivan.says("/ @puente_bot").responses == ["utter_unknown_command"]
    assert ivan.says("como saco mi matricula consular").responses == ["utter_consular_id_card"]


def test_who_writes_too_much_is_told_that_only_the_first_part_was_read(office: Office) -> None:
    ofelia = office.person("ofelia")
    ofelia.says("buenas")
    long = ofelia.says("me corrieron de la chamba y no me pagaron mi semana. " * 2000)
    assert long.responses == ["utter_text_cut", "utter_employment_unpaid_or_fired"]
    ofelia.says("gracias")
    office.rasa.stopped = True
    assert ofelia.says("cuanto tarda la comar " * 5000).responses == ["utter_text_cut", "utter_understanding_down"]


def test_ten_times_fingers_on_the_keyboard_never_get_the_same_text_twice_and_reach_a_person(office: Office) -> None:
    nena = office.person("la nena con el celular")
    said = ["asd asd", "qwerty", "mmmm", "hjkl hjkl", "dfgdfg", "ggg", "wertyu", "jajaja", "xd", "zzzz"]
    heard = [nena.says(text) for text in said]
    assert len({each.text for each in heard}) == len(said)
    assert count(office, Ticket) == 1


def test_unclear_questions_one_after_another_never_get_the_same_text_twice_and_reach_a_person(office: Office) -> None:
    rigo = office.person("rigo")
    heard = [rigo.says(text) for text in ("consulado", "ando viendo lo del refujio", "abogado", "qlero sabr d mi tramit", "ya me toca?")]
    assert len({each.text for each in heard}) == len(heard)
    assert count(office, Ticket) == 1


def test_suggestions_offer_a_person_once(office: Office) -> None:
    maye = office.person("maye")
    maye.says("buenas")
    maye.says("persona")
    maye.says("menu")
    unclear = maye.says("abogado persona")
    assert unclear.responses == ["utter_suggest_1"]
    assert unclear.payloads.count(PERSON) == 1


def test_a_command_or_a_taken_answer_between_misses_begins_the_ladder_again(office: Office) -> None:
    teo = office.person("teo")
    assert teo.says("🙈").responses == ["utter_fallback_rephrase"]
    assert teo.says("¿¿").responses == ["utter_fallback_topics"]
    assert teo.says("menu").responses == ["utter_help"]
    assert teo.says("🙈").responses == ["utter_fallback_rephrase"]
    teo.presses("Hablar con una persona")
    teo.says("ocupo q alguna oficina vea mi caso")
    assert teo.says("🙈").responses[0] == "utter_fallback_rephrase"
    assert teo.says("trabajo").responses == ["ask_referral_intake_story"]
    assert teo.says("🙈").responses[0] == "utter_fallback_rephrase"


def test_spaces_of_other_keyboards_part_words(office: Office) -> None:
    gigi = office.person("gigi")
    assert gigi.says("como\u00a0saco\u00a0mi\u00a0pasaporte\u00a0mexicano").responses == ["utter_consular_passport"]
    assert gigi.says("se\u2003me\u2003vencio\u2003la\u2003tarjeta").responses == ["utter_regularization_expired"]
    assert gigi.says("cuanto\rtarda\x0bla\u2028comar").responses == ["utter_regularization_asylum_time"]
    assert gigi.says("ahorita\u00a0me\u00a0estan\u00a0golpeando").safety == "violence_now"


def test_a_question_answered_late_is_never_taken_as_the_answer_to_a_step(office: Office) -> None:
    memo = office.person("memo")
    office.rasa.stopped = True
    assert memo.says("¿me contestan en el 800 543 0033?").responses == ["utter_understanding_down"]
    memo.says("menu")
    memo.presses("Pedir apoyo de una oficina")
    memo.presses("Salud")
    memo.presses("Omitir")
    memo.says("Atlixco")
    assert memo.presses("Por teléfono").responses == ["ask_referral_intake_telephone"]
    office.rasa.stopped = False
    office.answer_deferred()
    last = memo.transcript()[-1]
    assert last.response == "ask_referral_intake_telephone"  # today it is the consent, with a number nobody gave as an answer
    assert "ask_referral_intake_consent" not in [message.response for message in memo.transcript()]


def test_what_was_said_while_rasa_was_down_is_quoted_and_answered_in_a_questionnaire_too(office: Office) -> None:
    lucha = office.person("lucha")
    office.rasa.stopped = True
    assert lucha.says("como va a estar el clima mañana").responses == ["utter_understanding_down"]
    lucha.says("menu")
    lucha.presses("Pedir apoyo de una oficina")
    known = len(lucha.transcript())
    office.rasa.stopped = False
    office.answer_deferred()
    said = [message.response for message in lucha.transcript()[known:] if message.direction is Direction.OUT]
    assert said == ["utter_late_answer", "utter_out_of_scope_once", "ask_referral_intake_need"]  # not "that is no answer to the question"


def test_a_thumb_up_after_an_answer_is_no_miss(office: Office) -> None:
    nayo = office.person("nayo")
    nayo.says("como saco mi matricula consular")
    assert nayo.says("👍").responses == ["utter_affirm"]
    nayo.says("y cuanto cuesta")
    assert nayo.says("👍").responses == ["utter_affirm"]
    nayo.says("y donde queda")
    nayo.says("👍")
    assert count(office, Ticket) == 0


def test_danger_written_under_a_photo_is_danger(office: Office) -> None:
    sofi = office.person("sofi")
    assert sofi.says("hola").responses == ["utter_greet"]
    assert sofi.sends(Incoming(Kind.PHOTO, text="ahorita me estan golpeando", file_id="f1")).safety == "violence_now"
    assert sofi.sends(Incoming(Kind.DOCUMENT, text="ya no quiero vivir", file_id="f2")).safety == "self_harm"
    sofi.says("persona")
    office.claim(*office.waiting_tickets())
    assert sofi.sends(Incoming(Kind.PHOTO, text="me estan golpeando", file_id="f3")).responses == ["utter_danger_while_assigned"]


def test_danger_at_the_end_of_a_long_message_is_found(office: Office) -> None:
    trini = office.person("trini")
    assert trini.says("buenas noches").responses == ["utter_greet"]
    story = "le di el acta y la curp y la foto y el recibo de la luz y " * 42  # within Telegram's 4096 characters
    danger = trini.says(story + "ahorita me estan golpeando")
    assert danger.safety == "violence_now"
    assert trini.says("persona").responses == ["utter_person_requested"]
    office.claim(*office.waiting_tickets())
    assert trini.says(story + "ya no quiero vivir").responses == ["utter_danger_while_assigned"]


def test_the_commands_of_the_list_are_never_danger(office: Office) -> None:
    chela = office.person("chela")
    assert chela.says("hola").responses == ["utter_greet"]
    assert chela.says("/ayuda").responses == ["utter_help"]
    assert chela.says("ayuda").responses == ["utter_help"]
    chela.presses("Pedir apoyo de una oficina")
    assert chela.says("/ayuda").responses == ["utter_help", "ask_referral_intake_need"]


def test_a_few_everyday_words_are_no_alarm(office: Office) -> None:
    quique = office.person("quique")
    assert quique.says("hola, me escucha?").safety is None
    quique.says("quiero que una oficina me ayude con mi caso")
    assert quique.says("no se").safety is None
    quique.presses("Salud")
    assert quique.says("vivo con mi mama y esta enferma de la diabetes").responses == ["ask_referral_intake_municipality"]
    quique.says("persona")
    office.claim(*office.waiting_tickets())
    assert quique.says("sigo aqui").is_silent
    assert quique.says("ya estoy aqui").is_silent
    assert quique.says("estoy en mi casa").is_silent


def test_who_waits_and_asks_for_the_queue_is_told_the_place(office: Office) -> None:
    tona = office.person("toña")
    assert tona.says("quiero hablar con una persona").responses == ["utter_person_requested"]
    assert tona.says("sigo esperando a la persona").responses == ["utter_person_still_waiting"]
    assert tona.says("oiga y como cuanto falta pa que me atiendan").responses == ["utter_person_still_waiting"]
    assert tona.says("/persona").responses == ["utter_person_still_waiting"]
    assert tona.says("menu").responses == ["utter_help"]


def test_the_title_of_a_button_may_be_typed(office: Office, ana: Person) -> None:
    assert ana.says("hola").responses == ["utter_greet"]
    asked = ana.says("Pedir apoyo de una oficina").responses
    assert asked == ["utter_referral_request", "utter_notice_simplified", "ask_referral_intake_need"]
    assert ana.says("cancelar").responses == ["utter_cancelled"]
    assert PERSON in ana.says("ayudame").payloads
    assert ana.says("ayudame").responses != ["utter_out_of_scope_once"]  # a cry for help is not another subject
