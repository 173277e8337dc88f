"""Five languages: answered in the one that is written in, changed at any moment, and nothing is lost by changing it."""

from sqlalchemy import func, select

from bot.records.referrals import Consent, ConsentKind, Referral
from tests.people import Office, Person

TALK = {
    "es": "Hablar con una persona",
    "en": "Talk to a person",
    "fr": "Parler à une personne",
    "pt": "Falar com uma pessoa",
    "ht": "Pale ak yon moun",
}
"""The one button that is everywhere, by which a person sees the language of an answer."""


def test_the_first_message_is_answered_in_the_language_it_is_written_in(office: Office, ana: Person) -> None:
    spanish = ana.says("hola como pido refugio en mexico")
    english = office.person("john").says("hello, how do I apply for asylum in mexico")
    french = office.person("aminata").says("bonjour, comment demander l'asile au mexique")
    portuguese = office.person("joão").says("olá, como peço refúgio no méxico")
    creole = office.person("wideline").says("bonjou, kijan pou m mande azil nan meksik")
    for heard, language in ((spanish, "es"), (english, "en"), (french, "fr"), (portuguese, "pt"), (creole, "ht")):
        assert heard.responses == ["utter_regularization_asylum_apply"]
        assert heard.titles[-1] == TALK[language]
    assert len({heard.text for heard in (spanish, english, french, portuguese, creole)}) == 5


def test_a_greeting_of_one_or_two_words_is_enough_to_be_answered_in_its_language(office: Office) -> None:
    assert office.person("a canadian").says("hello good morning").titles[-1] == TALK["en"]
    assert office.person("a brazilian").says("bom dia").titles[-1] == TALK["pt"]
    assert office.person("a haitian").says("bonjou").titles[-1] == TALK["ht"]
    assert office.person("a beninese").says("salut").titles[-1] == TALK["fr"]
    assert office.person("a poblana").says("buenas tardes").titles[-1] == TALK["es"]


def test_who_chose_nothing_is_followed_from_one_language_into_another(office: Office) -> None:
    daughter = office.person("born in chicago")
    assert daughter.says("hola buenas tardes").titles[-1] == TALK["es"]
    assert daughter.says("i need to find a job in puebla please").titles[-1] == TALK["en"]
    assert daughter.says("ok").titles[-1] == TALK["en"]  # a word of every language changes nothing
    assert daughter.says("quiero saber donde saco la matricula consular").titles[-1] == TALK["es"]


def test_the_language_is_changed_by_its_button_and_answers_follow(office: Office) -> None:
    pierre = office.person("pierre")
    pierre.says("hola")
    offered = pierre.presses("Idioma / Language")
    assert offered.responses == ["utter_which_language"]
    assert offered.titles == ["Español", "English", "Français", "Português", "Kreyòl ayisyen", TALK["es"]]
    assert pierre.presses("Français").titles == ["Voir les sujets"]
    assert pierre.presses("Voir les sujets").titles[-1] == TALK["fr"]
    assert pierre.says("comment avoir le passeport mexicain au consulat").responses == ["utter_consular_passport"]


def test_a_word_for_language_in_any_of_the_five_asks_which_one(office: Office) -> None:
    marie = office.person("marie")
    marie.says("buenas")
    assert marie.says("language").responses == ["utter_which_language"]
    marie.presses("Kreyòl ayisyen")
    assert marie.says("lang").responses == ["utter_which_language"]
    assert marie.presses("Português").titles == ["Ver os temas"]
    assert marie.says("/idioma").responses == ["utter_which_language"]
    assert marie.says("langue").responses == ["utter_which_language"]
    assert marie.presses("Español").titles == ["Ver los temas"]


def test_the_name_of_a_language_typed_alone_is_a_choice_of_it(office: Office) -> None:
    polyglot = office.person("polyglot")
    polyglot.says("hola")
    assert polyglot.says("Kreyòl ayisyen").titles == ["Wè sijè yo"]
    assert polyglot.says("français").titles == ["Voir les sujets"]
    assert polyglot.says("English").titles == ["See the topics"]
    assert polyglot.says("portugues").titles == ["Ver os temas"]
    assert polyglot.says("español").titles == ["Ver los temas"]


def test_a_language_asked_for_politely_is_given_and_one_that_is_not_spoken_is_not(office: Office) -> None:
    visitor = office.person("visitor")
    visitor.says("hola")
    assert visitor.says("english please").titles == ["See the topics"]
    assert visitor.says("en français s'il vous plaît").titles == ["Voir les sujets"]
    assert visitor.says("pale kreyòl souple").titles == ["Wè sijè yo"]
    assert visitor.says("fala português?").titles == ["Ver os temas"]
    asked = visitor.says("no hablo español")
    assert asked.responses == ["utter_which_language"] and "English" in asked.titles


def test_the_language_can_be_changed_at_every_step_of_a_request_and_nothing_is_lost(office: Office) -> None:
    nadege = office.person("nadege")
    nadege.says("necesito que me canalicen con una oficina")
    assert nadege.says("english please").responses == ["utter_language_changed", "ask_referral_intake_need"]
    assert nadege.presses("Health").responses == ["ask_referral_intake_story"]
    story = nadege.says("Français")
    assert story.responses == ["utter_language_changed", "ask_referral_intake_story"] and "Passer" in story.titles
    assert nadege.says("j'ai mal au dos et je n'ai pas d'assurance").responses == ["ask_referral_intake_municipality"]
    assert nadege.says("português").responses == ["utter_language_changed", "ask_referral_intake_municipality"]
    assert nadege.says("atlixco").titles[:2] == ["Por este chat", "Por telefone"]
    way = nadege.says("kreyòl")
    assert way.responses == ["utter_language_changed", "ask_referral_intake_contact_way"]
    assert nadege.presses("Nan telefòn").responses == ["ask_referral_intake_telephone"]
    assert nadege.says("english").responses == ["utter_language_changed", "ask_referral_intake_telephone"]
    summary = nadege.says("222 123 4567")
    assert summary.responses == ["ask_referral_intake_consent"] and "Yes, I agree" in summary.titles
    spanish = nadege.says("español")
    assert spanish.responses == ["utter_language_changed", "ask_referral_intake_consent"]
    for said in ("Necesidad: Salud", "j'ai mal au dos", "Atlixco, Puebla", "Por teléfono", "2221234567"):
        assert said in spanish.text
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_the_consent_is_kept_in_the_words_and_the_language_it_was_given_in(office: Office) -> None:
    kevin = office.person("kevin")
    kevin.says("necesito que me canalicen con una oficina")
    kevin.presses("Trabajo")
    kevin.presses("Omitir")
    kevin.says("atlixco")
    spanish = kevin.presses("Por este chat")
    kevin.says("language")
    english = kevin.presses("English")
    assert english.responses == ["utter_language_changed", "ask_referral_intake_consent"]
    shown = english.taken.replies[-1].text
    assert shown != spanish.text
    assert kevin.says("yes").responses == ["utter_referral_sent"]
    kept = {each.kind: each for each in office.call(lambda session: list(session.scalars(select(Consent))))}
    assert kept.keys() == {ConsentKind.WRITE, ConsentKind.SHARE}
    assert kept[ConsentKind.SHARE].language == "en" and shown.startswith(kept[ConsentKind.SHARE].text.strip())
    assert "avisos de su caso" in kept[ConsentKind.WRITE].text, "that was agreed to before the language was changed"


def test_a_chosen_language_stays_whatever_is_written_and_the_other_is_offered(office: Office) -> None:
    kerline = office.person("kerline")
    kerline.says("english please")
    kerline.says("menu")
    kerline.answers_everything = True
    typed = kerline.says("pedir apoyo de una oficina")  # it was asked in Spanish
    assert "For me" in typed.titles and typed.titles[-1] == "Español"
    assert kerline.says("cancel").titles == ["See the topics"]
    assert kerline.says("quiero saber donde saco la matricula consular").titles[0] == "See more"
    assert kerline.says("muchas gracias por todo señorita").titles[0] == "See the topics"
    kerline.says("menu")
    kerline.says("pedir apoyo de una oficina")
    kerline.answers_everything = False
    changed = kerline.presses("Español")
    assert changed.responses == ["utter_language_changed", "ask_referral_intake_need"] and "Papeles o identidad" in changed.titles


def test_an_english_speaker_may_type_what_the_buttons_say(office: Office) -> None:
    kwame = office.person("kwame")
    kwame.says("english")
    assert kwame.says("See the topics").responses == ["utter_help"]
    assert kwame.says("ask an office for support").responses[-1] == "ask_referral_intake_need"
    kwame.presses("Health")
    assert kwame.says("Skip").responses == ["ask_referral_intake_municipality"]
    assert kwame.says("Back").responses == ["ask_referral_intake_story"]
    assert kwame.says("Talk to a person").responses == ["utter_person_requested", "ask_referral_intake_story"]


def test_a_french_speaker_may_type_what_the_buttons_say(office: Office) -> None:
    fatou = office.person("fatou")
    fatou.says("français")
    fatou.says("Voir les sujets")
    assert fatou.says("chercher un bureau proche").responses == ["ask_find_office_need"]
    fatou.presses("Santé")
    assert fatou.says("Retour").responses == ["ask_find_office_need"]
    assert fatou.says("Annuler").responses == ["utter_cancelled"]
    assert fatou.says("voir les sujets").responses == ["utter_help"]


def test_a_portuguese_speaker_may_type_what_the_buttons_say(office: Office) -> None:
    luana = office.person("luana")
    luana.says("bom dia")
    assert luana.says("Trabalho").responses == ["utter_topic_employment"]
    luana.says("menu")
    assert luana.says("pedir apoio de um escritorio").responses[-1] == "ask_referral_intake_need"
    luana.presses("Trabalho")
    assert luana.says("pular").responses == ["ask_referral_intake_municipality"]
    luana.says("puebla")
    assert luana.says("voltar").responses == ["ask_referral_intake_municipality"]


def test_a_creole_speaker_may_type_what_the_buttons_say(office: Office) -> None:
    jean = office.person("jean")
    jean.says("bonjou")
    assert jean.says("Travay").responses == ["utter_topic_employment"]
    jean.says("meni")
    assert jean.says("mande ed yon biwo").responses[-1] == "ask_referral_intake_need"
    jean.presses("Sante")
    assert jean.says("sote").responses == ["ask_referral_intake_municipality"]
    assert jean.says("Anile").responses == ["utter_cancelled"]


def test_danger_is_answered_in_the_language_it_is_told_in(office: Office) -> None:
    told = {
        "es": office.person("rosa").says("me esta pegando mi marido ahorita"),
        "en": office.person("kate").says("my husband is beating me right now"),
        "fr": office.person("awa").says("mon mari me frappe maintenant, aidez moi"),
        "pt": office.person("bia").says("meu marido esta me batendo agora"),
        "ht": office.person("rose").says("mari m ap bat mwen kounye a"),
    }
    for language, heard in told.items():
        assert heard.safety == "violence_now" and heard.responses == ["utter_safety_violence_now"]
        assert "911" in heard.text and heard.titles == [TALK[language]]


def test_danger_in_another_language_than_the_request_is_found_and_the_request_waits(office: Office) -> None:
    mirlande = office.person("mirlande")
    mirlande.says("kreyòl")
    mirlande.says("menu")
    mirlande.presses("Mande èd yon biwo")
    mirlande.presses("Sante")
    danger = mirlande.says("i want to kill myself")
    assert danger.responses == ["utter_safety_self_harm", "utter_questionnaire_waits"]
    assert mirlande.says("kontinye").responses == ["ask_referral_intake_story"]
    assert mirlande.presses("Sote").responses == ["ask_referral_intake_municipality"]


def test_danger_is_found_in_a_language_that_was_not_chosen(office: Office) -> None:
    steve = office.person("steve")
    steve.says("english please")
    danger = steve.says("quero morrer")
    assert danger.safety == "self_harm" and "911" in danger.text
    assert TALK["en"] in danger.titles
    assert steve.says("person").responses == ["utter_person_requested"]
    office.claim(*office.waiting_tickets())
    assert steve.says("je veux mourir").responses == ["utter_danger_while_assigned"]


def test_the_words_for_a_person_for_the_menu_and_for_leaving_work_in_each_language(office: Office) -> None:
    def leaves(person: Person, request: str, menu: str, person_word: str, leave: str) -> None:
        assert person.says(menu).responses == ["utter_help"]
        assert person.presses(request).responses[-1] == "ask_referral_intake_need"
        assert person.says(person_word).responses[0] in ("utter_person_requested", "utter_person_still_waiting")
        assert person.says(leave).responses == ["utter_cancelled"]

    speaker = office.person("speaker")
    leaves(speaker, "Pedir apoyo de una oficina", "menú", "persona", "cancelar")
    speaker.says("english")
    leaves(speaker, "Ask an office for support", "topics", "person", "cancel")
    speaker.says("français")
    leaves(speaker, "Demander l'aide d'un bureau", "aide", "personne", "annuler")
    speaker.says("português")
    leaves(speaker, "Pedir apoio de um escritório", "ajuda", "pessoa", "cancelar")
    speaker.says("kreyòl")
    leaves(speaker, "Mande èd yon biwo", "meni", "moun", "anile")
    assert len(office.waiting_tickets()) == 1


def test_the_commands_of_another_language_work_too(office: Office) -> None:
    helper = office.person("helper")
    helper.says("hola")
    assert helper.says("cancel").responses == ["utter_nothing_to_cancel"]
    assert helper.says("aide").titles[-1] == TALK["es"]  # the word of a command decides no language
    assert helper.says("/topics").responses == ["utter_help"]
    assert helper.says("moun").responses == ["utter_person_requested"]


def test_an_option_typed_in_the_language_it_is_shown_in_is_an_answer(office: Office) -> None:
    kwame = office.person("kwame")
    kwame.says("english")
    kwame.says("menu")
    kwame.presses("Ask an office for support")
    assert kwame.says("Papers or identity").responses == ["ask_referral_intake_story"]
    kwame.says("cancel")
    fatou = office.person("fatou")
    fatou.says("français")
    fatou.says("menu")
    fatou.presses("Demander l'aide d'un bureau")
    assert fatou.says("santé").responses == ["ask_referral_intake_story"]


def test_a_question_in_another_language_than_the_chosen_one_offers_that_language(office: Office) -> None:
    john = office.person("john")
    john.says("english please")
    asked = john.says("hola necesito saber como saco mi pasaporte mexicano en estados unidos")
    assert asked.responses == ["utter_consular_passport"]
    assert asked.titles[-1] == "Español"


def test_hello_is_english(office: Office) -> None:
    assert "Talk to a person" in office.person("john").says("hello").titles


def test_what_a_creole_button_says_is_no_danger(office: Office) -> None:
    jean = office.person("jean")
    jean.says("bonjou")
    assert jean.says("Wè tout sijè yo").responses == ["utter_help"]
