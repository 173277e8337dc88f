"""With Rasa down, after a restart, or with messages nobody should be able to send, people still get what they can."""

from sqlalchemy import func, select

from bot.conversation.incoming import LONGEST_TEXT, Incoming, Kind
from bot.records.conversations import Direction, Message
from bot.records.referrals import Referral, ReferralState
from bot.records.tickets import Ticket
from tests.people import Office, Person


def referrals(office: Office) -> list[Referral]:
    return office.call(lambda session: list(session.scalars(select(Referral).order_by(Referral.id))))


def tickets_ever(office: Office) -> int:
    return office.call(lambda session: session.scalar(select(func.count()).select_from(Ticket))) or 0


def said_since(person: Person, known: list[Message]) -> list[str | None]:
    """Names of the responses that came after those messages."""
    return [message.response for message in person.transcript()[len(known) :] if message.direction is Direction.OUT]


def test_questions_asked_while_rasa_is_down_are_answered_later_once_in_order_and_quoted(office: Office) -> None:
    chuy = office.person("chuy")
    office.rasa.stopped = True
    told = chuy.says("como saco mi pasaporte mexicano estando en chicago")
    assert told.responses == ["utter_understanding_down"]
    assert "no se perdió" in told.text and "/talk_to_human" in told.payloads and "911" in told.text
    assert chuy.says("y cuanto cuesta").responses == ["utter_understanding_down"]
    known = chuy.transcript()
    office.rasa.stopped = False
    office.answer_deferred()
    assert said_since(chuy, known) == [
        "utter_late_answer", "utter_consular_passport",
        "utter_late_answer", "utter_consular_passport_cost",
    ]  # fmt: skip
    quoted = [message.text for message in chuy.transcript() if message.response == "utter_late_answer"]
    assert "«como saco mi pasaporte mexicano estando en chicago»" in quoted[0] and "«y cuanto cuesta»" in quoted[1]
    known = chuy.transcript()
    office.answer_deferred()
    assert chuy.transcript()[len(known) :] == []
    assert chuy.says("y que papeles llevo").responses == ["utter_consular_passport_papers"]


def test_a_question_that_finds_rasa_down_twice_is_still_answered_once(office: Office) -> None:
    yamile = office.person("yamilé")
    office.rasa.stopped = True
    assert yamile.says("se me vencio la tarjeta").responses == ["utter_understanding_down"]
    known = yamile.transcript()
    office.answer_deferred()  # it looked well again for a moment
    assert said_since(yamile, known) == []  # told once is enough
    office.restart()
    office.rasa.stopped = True
    office.answer_deferred()
    assert said_since(yamile, known) == []
    office.rasa.stopped = False
    office.answer_deferred()
    office.answer_deferred()
    assert said_since(yamile, known) == ["utter_late_answer", "utter_regularization_expired"]
    assert yamile.says("gracias").responses == ["utter_thank"]


def test_menus_buttons_and_commands_work_with_rasa_down(office: Office) -> None:
    rene = office.person("rené")
    office.rasa.stopped = True
    assert rene.says("/start").responses == ["utter_greet"]
    assert rene.presses("Trabajo").responses == ["utter_topic_employment"]
    answer = rene.presses("Me corrieron o no me pagan")
    assert answer.responses == ["utter_employment_unpaid_or_fired"] and "Fuente:" in answer.text
    assert rene.says("y como cuanto me tocaria").responses == ["utter_understanding_down"]
    assert rene.says("MENÚ").responses == ["utter_help"]
    assert rene.says("idioma").responses == ["utter_which_language"]
    assert rene.says("cancelar").responses == ["utter_nothing_to_cancel"]
    assert rene.says("😢").responses == ["utter_fallback_rephrase"]
    assert rene.says("persona").responses == ["utter_person_requested"]
    office.claim(*office.waiting_tickets())
    known = rene.transcript()
    office.rasa.stopped = False
    office.answer_deferred()
    assert said_since(rene, known) == []  # a person has the chat and has read the question


def test_a_request_is_filled_in_and_sent_with_rasa_down(office: Office) -> None:
    tomasa = office.person("doña tomasa")
    office.rasa.stopped = True
    assert tomasa.says("hola buenas").responses == ["utter_understanding_down"]
    tomasa.says("menu")
    asked = tomasa.presses("Pedir apoyo de una oficina").responses
    assert asked == ["utter_referral_request", "utter_notice_simplified", "ask_referral_intake_need"]
    assert tomasa.says("papeles").responses == ["ask_referral_intake_story"]
    assert tomasa.says("mi hijo nacio en carolina y no lo puedo apuntar en la escuela").responses == ["ask_referral_intake_municipality"]
    corrected = tomasa.says("regresar")
    assert corrected.responses == ["ask_referral_intake_story"]
    tomasa.presses("Omitir")
    assert tomasa.says("soy de Atlixco").responses == ["ask_referral_intake_contact_way"]
    assert tomasa.says("por telefono").responses == ["ask_referral_intake_telephone"]
    summary = tomasa.sends(Incoming(Kind.CONTACT, telephone="+52 222 345 6789"))
    assert summary.responses == ["ask_referral_intake_consent"] and "+522223456789" in summary.text
    assert referrals(office) == []
    assert tomasa.says("simon").responses == ["utter_referral_sent"]
    [referral] = referrals(office)
    assert (referral.need, referral.municipality, referral.state) == ("documents", "21019", ReferralState.SENT)
    assert "story" not in referral.details


def test_a_question_in_a_questionnaire_with_rasa_down_is_answered_later_and_the_step_asked_again(office: Office) -> None:
    fermin = office.person("fermín")
    fermin.says("ocupo q alguna oficina vea mi caso")
    fermin.presses("Trabajo")
    office.rasa.stopped = True
    told = fermin.says("¿y cuanto tarda la comar?")
    assert told.responses == ["utter_understanding_down", "ask_referral_intake_story"]
    assert fermin.presses("Omitir").responses == ["ask_referral_intake_municipality"]
    known = fermin.transcript()
    office.rasa.stopped = False
    office.answer_deferred()
    assert said_since(fermin, known) == ["utter_late_answer", "utter_regularization_asylum_time", "ask_referral_intake_municipality"]
    assert fermin.says("Atlixco").responses == ["ask_referral_intake_contact_way"]
    assert "ask_referral_intake_consent" in fermin.presses("Por este chat").responses
    assert referrals(office) == []


def test_danger_is_answered_with_rasa_down_and_is_no_question_for_later(office: Office) -> None:
    lorena = office.person("lorena")
    office.rasa.stopped = True
    lorena.says("/menu")
    lorena.presses("Pedir apoyo de una oficina")
    lorena.presses("Familia o persona detenida")
    danger = lorena.says("ayudenme mi marido, ahorita me estan golpeando")
    assert danger.responses == ["utter_safety_violence_now", "utter_questionnaire_waits"]
    assert danger.safety == "violence_now"
    known = lorena.transcript()
    office.rasa.stopped = False
    office.answer_deferred()
    assert lorena.transcript()[len(known) :] == []
    assert lorena.presses("Seguir con mi solicitud").responses == ["ask_referral_intake_story"]
    assert lorena.says("ya no quiero vivir").responses == ["utter_safety_self_harm", "utter_questionnaire_waits"]
    assert lorena.presses("Cancelar").responses == ["utter_cancelled"]


def test_a_restart_in_the_middle_of_a_request_keeps_the_place_and_the_answers(office: Office) -> None:
    abundio = office.person("abundio")
    abundio.says("quiero que una oficina me ayude con mi caso")
    abundio.presses("Poner un negocio")
    office.restart()
    assert abundio.says("quiero vender cemitas con lo q traje de nueva york").responses == ["ask_referral_intake_municipality"]
    abundio.says("Atlixco")
    office.restart()
    summary = abundio.presses("Por este chat")
    assert "Poner un negocio" in summary.text and "cemitas" in summary.text and "Atlixco, Puebla" in summary.text
    office.restart()
    assert referrals(office) == []
    sent = abundio.presses("Sí, autorizo")
    assert sent.responses == ["utter_referral_sent"]
    [referral] = referrals(office)
    assert referral.folio in sent.text and referral.details["story"] == "quiero vender cemitas con lo q traje de nueva york"
    assert referral.folio in abundio.says("como va mi caso").text


def test_a_question_outlives_a_restart_while_rasa_is_down(office: Office) -> None:
    blanca = office.person("blanca")
    assert blanca.says("buenos días").responses == ["utter_greet"]
    office.rasa.stopped = True
    assert blanca.says("como saco mi matricula consular").responses == ["utter_understanding_down"]
    office.restart()  # Rasa is back with it
    assert blanca.says("sigue ahi? ocupo un permiso pa trabajar").responses == ["utter_employment_work_permit"]
    known = blanca.transcript()
    office.answer_deferred()
    assert said_since(blanca, known) == ["utter_late_answer", "utter_consular_id_card"]
    assert "«como saco mi matricula consular»" in blanca.transcript()[-2].text
    assert blanca.says("y cuanto cuesta").responses[0].startswith("utter_consular_id_card")


def test_the_same_update_again_gets_the_same_answer_and_happens_once(office: Office) -> None:
    goyo = office.person("goyo")
    goyo.answers_everything = True
    first = goyo.says("quiero que alguien del ipam vea mi caso", update_id="81")
    assert goyo.says("quiero que alguien del ipam vea mi caso", update_id="81").taken == first.taken
    goyo.presses("Para mí")
    goyo.presses("Trabajo")
    assert goyo.says("quiero que alguien del ipam vea mi caso", update_id="81").taken == first.taken  # late, and not the present step
    goyo.answers_everything = False
    goyo.says("omitir")
    goyo.says("Atlixco", update_id="82")
    repeated = goyo.says("Atlixco", update_id="82")
    assert repeated.responses == ["ask_referral_intake_contact_way"]
    goyo.presses("Por este chat")
    sent = goyo.says("si autorizo", update_id="83")
    office.restart()
    assert goyo.says("si autorizo", update_id="83").text == sent.text
    assert len(referrals(office)) == 1
    goyo.says("persona", update_id="84")
    assert goyo.says("persona", update_id="84").responses == ["utter_person_requested"]  # not "still waiting"
    texts = [message.text for message in goyo.transcript() if message.direction is Direction.IN]
    assert [texts.count(text) for text in ("quiero que alguien del ipam vea mi caso", "Atlixco", "si autorizo", "persona")] == [1, 1, 1, 1]


def test_an_update_repeated_while_rasa_is_down_is_one_question(office: Office) -> None:
    elvia = office.person("elvia")
    office.rasa.stopped = True
    told = elvia.says("ocupo un permiso pa trabajar", update_id="501")
    assert elvia.says("ocupo un permiso pa trabajar", update_id="501").taken == told.taken
    office.rasa.stopped = False
    assert elvia.says("ocupo un permiso pa trabajar", update_id="501").responses == ["utter_understanding_down"]
    known = elvia.transcript()
    office.answer_deferred()
    assert said_since(elvia, known) == ["utter_late_answer", "utter_employment_work_permit"]
    known = elvia.transcript()
    assert elvia.says("ocupo un permiso pa trabajar", update_id="501").responses == ["utter_understanding_down"]
    assert elvia.transcript()[len(known) :] == []


def test_a_button_that_was_not_offered_does_nothing(office: Office) -> None:
    victima, otro = office.person("victima"), office.person("otro")
    victima.says("quiero que alguien del ipam vea mi caso")
    victima.presses("Ayuda legal")
    victima.presses("Omitir")
    victima.says("Atlixco")
    forged = victima.sends_payload("referral_intake.consent=yes")
    assert forged.responses == ["utter_button_unknown", "ask_referral_intake_contact_way"]
    assert referrals(office) == []
    victima.presses("Por este chat")
    victima.presses("Sí, autorizo")
    [referral] = referrals(office)
    otro.says("hola")
    assert otro.sends_payload(f"/withdraw_referral={referral.folio}").responses == ["utter_button_unknown"]
    assert otro.sends_payload("/start_questionnaire").responses == ["utter_button_unknown"]
    assert otro.sends_payload("x" * 5000).responses == ["utter_button_unknown"]
    assert otro.sends_payload("").responses == ["utter_button_unknown"]
    assert "enviado" in victima.says("como va mi caso").text
    assert [each.state for each in referrals(office)] == [ReferralState.SENT]
    assert otro.presses("Ver los temas").responses == ["utter_help"]


def test_what_is_typed_after_a_slash_is_a_known_command_or_nothing(office: Office) -> None:
    hugo = office.person("hugo")
    for typed in ("/referral_request", ' /greet{"language": "en"}', '/persona{"reason":"asked"}', "/", "// /", "/😀", "/restart"):
        refused = hugo.says(typed)
        assert refused.responses == ["utter_unknown_command"] and "/talk_to_human" in refused.payloads
    assert tickets_ever(office) == 0
    hugo.says("quiero que una oficina me ayude con mi caso")
    hugo.presses("Salud")
    assert hugo.says("/referral_intake.consent=yes").responses == ["utter_unknown_command", "ask_referral_intake_story"]
    assert hugo.says("/saltar").responses == ["ask_referral_intake_municipality"]
    assert hugo.says(" /CANCELAR ya no quiero").responses == ["utter_cancelled"]
    assert hugo.says("/Menú@puente_bot").responses == ["utter_help"]
    assert hugo.says("/persona").responses == ["utter_person_requested"]
    assert tickets_ever(office) == 1 and referrals(office) == []


def test_a_hundred_kilobytes_of_text_are_answered_cut_and_never_kept_whole(office: Office) -> None:
    elias = office.person("elías")
    long = elias.says("me corrieron de la chamba y no me pagaron mi semana. " * 2000)
    assert "utter_employment_unpaid_or_fired" in long.responses
    elias.says("quiero que alguien del ipam vea mi caso")
    elias.presses("Trabajo")
    story = elias.says("le cuento mi historia de cuando andaba en los files de fresno " * 1700)
    assert story.responses == ["utter_text_cut", "ask_referral_intake_municipality"]
    elias.says("Atlixco")
    summary = elias.presses("Por este chat")
    assert "files de fresno" in summary.text and len(summary.text) < LONGEST_TEXT
    assert elias.presses("Sí, autorizo").responses == ["utter_referral_sent"]
    assert len(referrals(office)[0].details["story"]) == 1000
    assert elias.says("ya no quiero vivir " + "y luego le cuento " * 6000).responses == ["utter_safety_self_harm"]
    office.rasa.stopped = True
    assert "utter_understanding_down" in elias.says("cuanto tarda la comar " * 5000).responses
    office.rasa.stopped = False
    office.answer_deferred()
    late = next(message for message in elias.transcript() if message.response == "utter_late_answer")
    assert len(late.text) < 400
    assert max(len(message.text) for message in elias.transcript()) <= LONGEST_TEXT


def test_control_characters_neither_hide_what_is_said_nor_reach_the_records(office: Office) -> None:
    zoila = office.person("zoila")
    assert zoila.says("\x00quiero\x07 pedir \x1b[31mrefugio\x00").responses == ["utter_regularization_asylum_apply"]
    assert zoila.says("\x00\x01\x02\x7f").responses == ["utter_fallback_rephrase"]
    assert zoila.says("per\u200bso\u2060na").responses == ["utter_person_requested"]
    danger = zoila.says("ya no qui\u200bero vi\u202evir")
    assert danger.responses == ["utter_safety_self_harm"]
    assert zoila.says("\u200b/menu\ufeff").responses == ["utter_help"]
    zoila.presses("Pedir apoyo de una oficina")
    zoila.presses("Salud")
    assert zoila.says("me duele\x00 la rodilla\ndesde que\tcrucé").responses == ["ask_referral_intake_municipality"]
    assert zoila.says("Atl\x08ixco\x00").responses == ["ask_referral_intake_contact_way"]
    written = "".join(message.text for message in zoila.transcript())
    assert not [letter for letter in written if letter not in "\n\t" and not letter.isprintable()]
    assert "me duele la rodilla\ndesde que crucé" in written
