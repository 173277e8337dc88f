"""Consent: to exactly what was shown, field by field, for whom it is; and nothing of it without a clear yes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.asking import Questionnaire
from bot.content.languages import LANGUAGES
from bot.conversation.surroundings import Surroundings
from bot.records.database import Database
from bot.records.referrals import ConsentKind, ForWhom, ReferralState
from tests import intake
from tests.chats import Chat, understood

ASKED, SENT, CHANGED, NEEDED = "ask_referral_intake_consent", "utter_referral_sent", "utter_consent_changed", "utter_field_is_needed"
STORY = ["me corrieron", "me corrieron"]
TELEPHONE = ["telephone", "Por teléfono"]
ALWAYS = {"for_whom": "self", "need": "work", "contact_way": "telephone"}
MAY_BE_UNTICKED = {"story": "me corrieron", "municipality": "21114"}
YES, NO = "referral_intake.consent=yes", "referral_intake.consent=no"


def at_consent(chat: Chat, step: str = "consent", **answers: list[object]) -> Chat:
    """Asked for consent, with everything answered and a telephone given."""
    progress = intake.at(step, **{"story": STORY, "contact_way": TELEPHONE, **answers})
    before = dict(progress.answers)
    if before["contact_way"] == TELEPHONE:
        del before["notices"]
    chat.is_at(replace(progress, answers=before))
    chat.says("seguir")
    return chat


def edited(chat: Chat, **changes: object) -> None:
    """An editor publishes the questionnaire with something else in it."""
    asked = chat.around.content.questionnaires[intake.NAME]
    publish(chat, replace(asked, **changes))  # type: ignore[arg-type]


def publish(chat: Chat, questionnaire: Questionnaire) -> None:
    content = chat.around.content
    chat.around = replace(chat.around, content=replace(content, questionnaires={**content.questionnaires, intake.NAME: questionnaire}))


# Field by field


@settings(max_examples=40, deadline=None)
@given(pressed=st.lists(st.sampled_from(["story", "municipality", "telephone", "need", "for_whom", "contact_way"]), max_size=6))
def test_what_is_sent_is_what_is_ticked(chats_database: Database, content_around: Surroundings, pressed: list[str]) -> None:
    chat = at_consent(Chat(chats_database, content_around))
    ticked = {**ALWAYS, **MAY_BE_UNTICKED, "telephone": "2221234567"}
    for name in pressed:
        chat.presses(f"referral_intake.consent~{name}")
        if name == "telephone" and "telephone" in ticked:
            del ticked["telephone"]
            ticked["contact_way"] = "chat"
            chat.says("sí")  # whether notices may be written, which is asked then
        elif name in MAY_BE_UNTICKED and name in ticked:
            del ticked[name]
        elif name in MAY_BE_UNTICKED:
            ticked[name] = MAY_BE_UNTICKED[name]
    assert chat.presses(intake.button(chat, YES)) == [SENT]
    [referral] = intake.referrals(chat)
    [shared] = [each for each in intake.consents(chat) if each.kind is ConsentKind.SHARE]
    assert referral.details == ticked
    assert shared.fields == sorted(ticked) and shared.referral_id == referral.id
    assert (referral.municipality, referral.need) == (ticked.get("municipality"), "work")


def test_an_unticked_value_is_neither_shown_nor_kept_with_the_consent(ana: Chat) -> None:
    at_consent(ana)
    assert "me corrieron" in ana.transcript()[-1].text
    assert ana.presses("referral_intake.consent~story") == [ASKED]
    shown = ana.transcript()[-1]
    assert "☐ Lo que cuenta" in shown.text and "me corrieron" not in f"{shown.text} {shown.buttons}"
    ana.presses(intake.button(ana, YES))
    assert all("me corrieron" not in each.text for each in intake.consents(ana))


@pytest.mark.parametrize("name", ["for_whom", "need", "contact_way"])
def test_what_the_office_cannot_do_without_stays_ticked_and_it_is_said_why(ana: Chat, name: str) -> None:
    at_consent(ana)
    assert ana.presses(f"referral_intake.consent~{name}") == [NEEDED, ASKED]
    why = ana.around.content.questionnaires[intake.NAME].step(name)
    assert why is not None and why.needed in ana.transcript()[-2].text


def test_without_the_telephone_it_is_by_chat_and_then_notices_are_asked_about(ana: Chat) -> None:
    at_consent(ana)
    assert ana.presses("referral_intake.consent~telephone") == ["ask_referral_intake_notices"]
    assert ana.says("sí") == [ASKED]
    assert "2221234567" not in ana.transcript()[-1].text and "Por este chat" in ana.transcript()[-1].text
    assert ana.says("acepto") == [SENT]
    [referral] = intake.referrals(ana)
    assert referral.details == {**ALWAYS, **MAY_BE_UNTICKED, "contact_way": "chat"}


TYPED = {
    "es": ("sin lo que cuenta", "municipio", "sí autorizo", "no autorizo"),
    "en": ("4", "municipality", "I agree", "no thank you"),
    "fr": ("4", "5", "j'accepte", "non merci"),
    "pt": ("4 e 5", "4, 5, 4", "aceito", "não autorizo"),
    "ht": ("3", "4", "mwen dakò", "mwen pa dakò"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_ticks_a_yes_and_a_no_can_be_typed_in_every_language(ana: Chat, language: str) -> None:
    first, second, yes, no = TYPED[language]
    at_consent(ana)
    ana.says("idioma")
    ana.presses(f"/change_language={language}")
    assert ana.says(first)[-1] == ASKED
    assert ana.says(second)[-1] == ASKED
    assert ana.would_say(no) == ["utter_consent_refused"]
    assert ana.says(yes) == [SENT]


def test_typed_names_untick_and_tick_again(ana: Chat) -> None:
    at_consent(ana)
    for typed, unticked in (("3", ["story"]), ("Municipio", ["story", "municipality"]), ("3 y 4", []), ("sin municipio", ["municipality"])):
        assert ana.says(typed) == [ASKED]
        assert ana.pending is not None and ana.pending["unticked"] == unticked, typed
    ana.says("sin municipio")
    assert ana.pending is not None and ana.pending["unticked"] == ["municipality"], "taken away twice it does not come back"


@pytest.mark.parametrize("typed", ["9", "0", "3 gatos", "telefono de mi tia", "-1", "33333333333333"])
def test_other_numbers_and_words_untick_nothing(ana: Chat, typed: str) -> None:
    at_consent(ana)
    ana.says(typed)
    assert ana.pending is not None and ana.pending["unticked"] == [] and intake.referrals(ana) == []


# To what was shown


def test_a_refusal_keeps_nothing_and_help_goes_on(ana: Chat) -> None:
    at_consent(ana)
    assert ana.presses(NO) == ["utter_consent_refused"]
    assert (ana.pending, intake.referrals(ana), intake.consents(ana)) == (None, [], [])
    assert ana.says("gracias") == ["utter_thank"]


def test_the_consent_keeps_the_text_as_it_was_shown_and_its_version(ana: Chat) -> None:
    at_consent(ana)
    shown = ana.transcript()[-1].text
    ana.says("acepto")
    [kept] = intake.consents(ana)
    assert (kept.text, kept.language, kept.given_by, kept.recipient) == (shown, "es", "person", "ipam")
    assert kept.version == ana.around.content.questionnaires[intake.NAME].consent_version
    assert kept.expires_at == ana.now + timedelta(days=180)


@pytest.mark.parametrize("typed", [True, False])
def test_a_new_version_is_asked_again(ana: Chat, typed: bool) -> None:
    at_consent(ana)
    old = intake.button(ana, YES)
    edited(ana, consent_version="2027-01-01")
    assert (ana.says("acepto") if typed else ana.presses(old)) == [CHANGED, ASKED]
    assert intake.referrals(ana) == []
    assert ana.presses(intake.button(ana, YES)) == [SENT]
    assert [each.version for each in intake.consents(ana)] == ["2027-01-01"]


@pytest.mark.parametrize("typed", [True, False])
def test_a_text_edited_between_question_and_yes_is_shown_and_asked_again(ana: Chat, typed: bool) -> None:
    at_consent(ana)
    old = intake.button(ana, YES)
    asked = ana.around.content.questionnaires[intake.NAME]
    edited(ana, steps=tuple(replace(each, ask="Otro texto. " + each.ask) if each.id == "consent" else each for each in asked.steps))
    assert (ana.says("acepto") if typed else ana.presses(old)) == [CHANGED, ASKED]
    assert ana.transcript()[-1].text.startswith("Otro texto.") and intake.referrals(ana) == []
    assert ana.says("acepto") == [SENT]
    assert intake.consents(ana)[0].text.startswith("Otro texto.")


def test_a_longer_term_is_asked_again(ana: Chat) -> None:
    at_consent(ana)
    edited(ana, expires_in=3650)
    assert ana.says("acepto") == [CHANGED, ASKED]


def test_the_yes_above_an_older_list_is_not_taken_for_the_new_one(ana: Chat) -> None:
    at_consent(ana)
    before = intake.button(ana, YES)
    ana.presses("referral_intake.consent~story")
    assert ana.presses(before) == [CHANGED, ASKED]
    assert intake.referrals(ana) == []


def test_a_yes_without_its_mark_is_no_yes(ana: Chat) -> None:
    at_consent(ana)
    assert ana.presses(YES) == ["utter_button_unknown", ASKED]
    assert intake.referrals(ana) == []


def test_a_yes_before_anything_was_shown_is_no_yes(ana: Chat) -> None:
    ana.is_at(intake.at("consent"))
    assert ana.says("acepto") == [CHANGED, ASKED]


def test_pressing_yes_twice_makes_one_referral(ana: Chat) -> None:
    at_consent(ana)
    yes = intake.button(ana, YES)
    assert ana.presses(yes) == [SENT]
    assert ana.presses(yes) == ["utter_button_old"]
    assert len(intake.referrals(ana)) == 1


# For whom


def begins(ana: Chat) -> None:
    ana.says("gracias")
    ana.says("menu")
    ana.is_at(replace(intake.at("for_whom"), answers={}))
    ana.says("seguir")


def test_an_adult_asks_for_a_minor_and_says_what_they_are_to_them(ana: Chat) -> None:
    begins(ana)
    assert ana.says("Para una niña, niño o adolescente") == ["ask_referral_intake_relationship"]
    assert ana.says("Su mamá o su papá") == ["ask_referral_intake_need"]
    for said in ("Trabajo", "omitir", "Puebla", "por este chat", "sí"):
        last = ana.says(said)
    assert last == ["ask_referral_intake_consent_minor"] and "pregúntele qué opina" in ana.transcript()[-1].text
    assert ana.presses("referral_intake.consent_minor~relationship") == [NEEDED, "ask_referral_intake_consent_minor"]
    assert ana.says("acepto") == [SENT]
    [referral] = intake.referrals(ana)
    assert (referral.for_whom, referral.details["relationship"]) == (ForWhom.MINOR, "parent")


def test_for_another_adult_the_text_asks_to_confirm_that_they_agree(ana: Chat) -> None:
    at_consent(ana, "consent_other", for_whom=["other", "Para otra persona adulta"])
    assert "está de acuerdo" in ana.transcript()[-1].text
    assert ana.says("acepto") == [SENT]
    assert [each.for_whom for each in intake.referrals(ana)] == [ForWhom.OTHER]


def test_who_corrects_for_whom_it_is_reads_the_other_text(ana: Chat) -> None:
    at_consent(ana)
    ana.says("corregir")
    ana.says("Para quién es")
    assert ana.says("Para otra persona adulta") == ["ask_referral_intake_consent_other"]


@pytest.mark.parametrize("typed", [True, False])
def test_a_girl_or_boy_alone_is_kept_safe_and_a_person_called_and_no_consent_asked(ana: Chat, typed: bool) -> None:
    begins(ana)
    said = ana.says("Soy menor y estoy sin un adulto") if typed else ana.presses("referral_intake.for_whom=alone")
    assert said == ["utter_safety_child_alone_now", "utter_person_requested"]
    assert ana.pending is None and ana.has_ticket()
    assert ana.call(lambda session: ana.ticket(session).reason) == "minor_alone"


# Taken back


def test_withdrawing_ends_the_referral_and_its_consent_and_says_what_cannot_be_undone(ana: Chat) -> None:
    at_consent(ana)
    ana.says("acepto")
    [referral] = intake.referrals(ana)
    ana.says(referral.folio)
    ana.understands = understood("utter_referral_withdraw", intent="referral_withdraw")
    ana.says("quiero retirar mi caso")
    ana.presses(f"/withdraw_referral={referral.folio}")
    [kept], [ended] = intake.consents(ana), intake.referrals(ana)
    assert kept.withdrawn_at == ana.now and ended.state is ReferralState.WITHDRAWN
    assert "no se puede deshacer" in ana.transcript()[-1].text
