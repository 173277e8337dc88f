"""What the assistant does not know or does not understand, up to the person who reads it."""

from bot.records.conversations import Direction
from bot.records.tickets import TicketState
from tests.people import Office, Person, requests

PERSON = "/talk_to_human"
LADDER = ["utter_fallback_rephrase", "utter_fallback_topics", "utter_fallback_person", "utter_fallback_noted"]


def test_another_subject_is_declined_with_a_person_on_offer_and_the_next_question_is_answered(office: Office, ana: Person) -> None:
    weather = ana.says("k clima va a aser mañana en puebla")
    assert weather.responses == ["utter_out_of_scope_once"] and "De eso no sé" in weather.text
    assert PERSON in weather.payloads and "/help" in weather.payloads
    assert ana.says("y quien gano el clasico america chivas").responses == ["utter_fallback_topics"]
    assert ana.says("me corrieron de la chamba y no me pagaron mi semana").responses == ["utter_employment_unpaid_or_fired"]
    assert ana.says("bueno y una receta de mole").responses == ["utter_out_of_scope_once"]
    assert requests(office) == []  # knowing that one does not know is no reason to call somebody
    assert ana.presses("Hablar con una persona").responses == ["utter_person_requested"]


def test_who_is_not_understood_is_led_from_rephrasing_to_topics_to_a_person_who_is_told(office: Office) -> None:
    samir = office.person("samir")
    first = samir.says("مرحبا أحتاج مساعدة في الأوراق")
    assert first.responses == ["utter_fallback_rephrase"] and PERSON in first.payloads
    second = samir.says("من فضلك")
    assert second.responses == ["utter_fallback_topics"]
    assert PERSON in second.payloads and "/topic_regularization" in second.payloads
    assert requests(office) == []
    third = samir.says("لا أفهم الإسبانية")
    assert third.responses == ["utter_fallback_person"]
    assert "Ya avisé a una persona" in third.text and "Personas antes que usted: 0" in third.text and "911" in third.text
    assert requests(office) == [(TicketState.WAITING, "fallback")]
    fourth = samir.says("شكرا")
    assert fourth.responses == ["utter_fallback_noted"] and "van 4" in fourth.text
    office.claim(*office.waiting_tickets())
    office.reply(*office.waiting_tickets(), "مرحبا، كيف أساعدك؟")
    assert samir.says("أهلا").is_silent
    read = [message.text for message in samir.transcript() if message.direction is Direction.IN]
    assert read == ["مرحبا أحتاج مساعدة في الأوراق", "من فضلك", "لا أفهم الإسبانية", "شكرا", "أهلا"]


def test_ten_unintelligible_messages_in_a_row_never_get_the_same_text_twice(office: Office) -> None:
    nino = office.person("un niño con el teléfono")
    said = ["🙈🙈", "¿¿??", "💩", ". . .", "🔥🔥🔥", "帮帮我", "!!!!", "👀", "помощь", "🙈🙈"]  # the last is the first again
    heard = [nino.says(text) for text in said]
    assert [each.responses for each in heard] == [[name] for name in LADDER[:3]] + [["utter_fallback_noted"]] * 7
    assert len({each.text for each in heard}) == len(said)
    assert all(PERSON in each.payloads for each in heard[:2])
    assert requests(office) == [(TicketState.WAITING, "fallback")]  # one request, however many messages
    assert "van 10" in heard[-1].text


def test_a_good_question_after_two_misses_is_answered_and_the_ladder_begins_again(office: Office) -> None:
    neftali = office.person("neftali")
    assert neftali.says("¿¿¿").responses == ["utter_fallback_rephrase"]
    assert neftali.says("🤷").responses == ["utter_fallback_topics"]
    answered = neftali.says("cuanto tarda la comar")
    assert answered.responses == ["utter_regularization_asylum_time"] and PERSON in answered.payloads
    assert neftali.says("…").responses == ["utter_fallback_rephrase"]
    assert neftali.says("🤷").responses == ["utter_fallback_topics"]
    assert requests(office) == []


def test_a_topic_pressed_after_two_misses_leads_to_an_answer_and_the_ladder_begins_again(office: Office) -> None:
    eulalia = office.person("doña eulalia")
    eulalia.says("👵🏽")
    assert eulalia.says("....").responses == ["utter_fallback_topics"]
    questions = eulalia.presses("Papeles en México")
    assert questions.responses == ["utter_topic_regularization"] and "Mi tarjeta se venció" in questions.titles
    assert eulalia.presses("Mi tarjeta se venció").responses == ["utter_regularization_expired"]
    assert eulalia.says("👵🏽").responses == ["utter_fallback_rephrase"]
    assert requests(office) == []


def test_misses_while_a_person_is_awaited_are_noted_for_that_person_and_call_nobody_else(office: Office) -> None:
    office.person("antes").says("persona")
    jean = office.person("jean")
    assert "Personas antes que usted: 1" in jean.says("/persona").text
    assert jean.says("мне нужна помощь").responses == ["utter_fallback_rephrase"]
    assert jean.says("помогите").responses == ["utter_fallback_topics"]
    noted = jean.says("документы")
    assert noted.responses == ["utter_fallback_noted"]
    assert "van 3" in noted.text and "Personas antes que usted: 1" in noted.text
    office.claim(office.waiting_tickets()[0])
    later = jean.says("пожалуйста")
    assert "van 4" in later.text and "Personas antes que usted: 0" in later.text
    assert requests(office) == [(TicketState.ASSIGNED, "asked"), (TicketState.WAITING, "asked")]


def test_insults_are_answered_calmly_and_a_person_stays_one_tap_away(office: Office) -> None:
    joel = office.person("joel")
    joel.says("ocupo un permiso pa trabajar")
    first = joel.says("vete ala verga")
    assert first.responses == ["utter_out_of_scope_once"] and PERSON in first.payloads
    second = joel.says("maldito chat no sirve para nada")
    assert second.responses == ["utter_feedback_bad"] and PERSON in second.payloads
    assert "Lamento" in second.text
    assert requests(office) == []  # an insult alone takes nobody's time
    assert joel.presses("Hablar con una persona").responses == ["utter_person_requested"]
    assert joel.says("pendejo").responses == ["utter_out_of_scope_once"]
    assert joel.says("perdon andaba enojado, como va mi caso").responses == ["utter_referral_none"]


def test_nothing_typed_and_text_turned_around_do_no_harm(office: Office) -> None:
    kenia = office.person("kenia")
    assert kenia.says("").responses == ["utter_fallback_rephrase"]
    assert kenia.says("  \n\t ").responses == ["utter_fallback_topics"]
    assert kenia.says("\u202e \u200b\ufeff").responses == ["utter_fallback_person"]
    assert kenia.says("שלום").responses == ["utter_fallback_noted"]
    turned = kenia.says("como saco \u202emi pas\u2066aporte\u202c mexicano")  # a direction-turning character hides one text in another
    assert turned.responses == ["utter_consular_passport"]
    assert [message.text for message in kenia.transcript() if message.direction is Direction.IN][-1] == "como saco mi pasaporte mexicano"
    assert kenia.says("مرحبا hola").responses == ["utter_greet"]
    assert kenia.says("se me vencio la tarjeta").responses == ["utter_regularization_expired"]


def test_an_unclear_question_gets_at_most_four_likely_ones_and_a_person(office: Office) -> None:
    wendy = office.person("wendy")
    unclear = wendy.says("tengo un problema con la comar")
    assert unclear.responses == ["utter_suggest_1"]
    assert 2 <= len(unclear.buttons) <= 5 and unclear.payloads[-1] == PERSON
    assert unclear.titles[-1] == "Ninguna, quiero a una persona"
    assert len(set(unclear.payloads)) == len(unclear.payloads)
    assert unclear.payloads[0].startswith("/regularization_asylum_")
    another = wendy.says("ando viendo lo del refujio")
    assert another.responses == ["utter_suggest_2"] and another.text != unclear.text
    assert len(another.buttons) <= 5 and another.payloads[-1] == PERSON
    assert wendy.sends_payload(unclear.payloads[0]).responses == [f"utter_{unclear.payloads[0][1:]}"]
    assert wendy.says("consulado").responses == ["utter_suggest_1"]  # the press was an understanding: from the start
    wanted = wendy.presses("Ninguna, quiero a una persona")
    assert wanted.responses == ["utter_person_requested"]


def test_after_a_person_has_seen_to_it_the_ladder_begins_at_its_foot(office: Office) -> None:
    pao = office.person("pao")
    pao.says("🥲")
    pao.says("?????")
    assert pao.says("😶").responses == ["utter_fallback_person"]
    [ticket] = office.waiting_tickets()
    office.claim(ticket)
    office.reply(ticket, "Hola, ¿me puede llamar a la oficina?")
    assert pao.says("👌").is_silent
    office.hand_back(ticket)
    assert pao.says("🥲").responses == ["utter_fallback_rephrase"]
    assert pao.says("🫡").responses == ["utter_fallback_topics"]
    again = pao.says("😶")
    assert again.responses == ["utter_fallback_person"]  # not "noted": nobody waits with the old request any more
    assert requests(office) == [(TicketState.RESOLVED, "fallback"), (TicketState.WAITING, "fallback")]


def test_the_ladder_goes_on_where_it_was_after_a_restart_and_is_climbed_by_each_alone(office: Office) -> None:
    chava, tere = office.person("chava"), office.person("tere")
    assert chava.says("💬").responses == ["utter_fallback_rephrase"]
    assert chava.says("🧱").responses == ["utter_fallback_topics"]
    office.restart()
    assert tere.says("🧱").responses == ["utter_fallback_rephrase"]
    third = chava.says("—")
    assert third.responses == ["utter_fallback_person"]
    assert tere.says("¿?").responses == ["utter_fallback_topics"]
    assert requests(office) == [(TicketState.WAITING, "fallback")]
    assert "Personas antes que usted: 1" in tere.says("🧱🧱").text
