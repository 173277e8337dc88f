"""The case in the chat: the application, leave to keep photographs, the next photograph taken for a document, and what is told back."""

import pytest
from sqlalchemy import func, select

from bot.cases import opening
from bot.content.languages import LANGUAGES
from bot.records.cases import CaseFile, DocumentState, Stage
from bot.records.referrals import ConsentKind, Referral, ReferralState
from tests import telegram_json as telegram
from tests.case_files import BIRTH, COURSE, applies, case_of, document_of, events_of, photo_consents, sends_photo
from tests.chats import Chat, understood

ASKS_BIRTH = "ask_photo_migrante_emprende_birth_certificate_photo"
ASKS_LEAVE = "ask_photos_migrante_emprende_consent"
SEND_BIRTH, SEND_COURSE = f"/send_document=migrante_emprende.{BIRTH}", f"/send_document=migrante_emprende.{COURSE}"
DIGRESSION = understood("utter_rights_police", intent="rights_police")


def last(chat: Chat) -> tuple[str, list[str]]:
    """The last message: its text and what its buttons do."""
    message = chat.transcript()[-1]
    return message.text, [payload for _, payload in message.buttons or []]


def test_an_application_is_a_referral_to_the_office_with_a_case(ana: Chat) -> None:
    folio = applies(ana)
    case, referral = case_of(ana)
    assert (referral.organization_id, referral.need, referral.state) == ("ipam", "business", ReferralState.SENT)
    assert referral.details == {"business": "start", "municipality": "21019", "contact_way": "chat"} and referral.folio == folio
    assert (case.programme, case.stage) == ("migrante_emprende", Stage.APPLICATION)
    assert [(each.before, each.after, each.who) for each in events_of(ana)] == [
        (None, Stage.INFORMATION, "person"), (Stage.INFORMATION, Stage.APPLICATION, "person"),
    ]  # fmt: skip


def test_the_application_names_the_office_that_would_receive_it_wherever_the_business_is(ana: Chat) -> None:
    ana.says("/start migrante_emprende")
    ana.presses("/start_application=migrante_emprende")
    ana.presses("application_migrante_emprende.business=start")
    ana.presses("/skip=idea")
    ana.says("Naucalpan")
    ana.presses("application_migrante_emprende.contact_way=chat")
    assert "La recibiría: Instituto Poblano de Asistencia al Migrante" in last(ana)[0]


def test_without_the_consent_there_is_no_case(ana: Chat) -> None:
    ana.says("/start migrante_emprende")
    ana.presses("/start_application=migrante_emprende")
    ana.presses("application_migrante_emprende.business=start")
    ana.presses("/skip=idea")
    ana.says("Atlixco")
    ana.presses("application_migrante_emprende.contact_way=chat")
    assert ana.says("no autorizo") == ["utter_consent_refused"]
    query = select(func.count()).select_from(Referral).where(Referral.conversation_id == ana.get("id"))
    assert ana.call(lambda session: session.scalar(query)) == 0


def test_whoever_has_an_open_case_gets_no_second(ana: Chat) -> None:
    folio = applies(ana)
    assert ana.presses("/start_application=migrante_emprende") == ["utter_case_status"]
    assert folio in last(ana)[0] and ana.pending is None
    assert case_of(ana)[1].folio == folio


def test_after_a_withdrawal_one_may_apply_again(ana: Chat) -> None:
    folio = applies(ana)
    ana.says("/mitramite")
    ana.presses(ana_offers(ana, "/referral_withdraw"))
    ana.presses(f"/withdraw_referral={folio}")
    assert ana.presses("/start_application=migrante_emprende") == ["ask_application_migrante_emprende_business"]


def ana_offers(chat: Chat, payload: str) -> str:
    """The folio typed shows the case, with the button to withdraw it."""
    chat.says(case_of(chat)[1].folio)
    assert payload in last(chat)[1]
    return payload


def test_the_guide_leads_to_the_application_unless_it_found_a_condition_missing(ana: Chat) -> None:
    ana.says("/start migrante_emprende_guia")
    ana.presses("check_migrante_emprende.origin=yes")
    ana.presses("check_migrante_emprende.returned=deported")
    ana.presses("check_migrante_emprende.purpose=start")
    assert "/start_application=migrante_emprende" in last(ana)[1]
    ana.says("/start migrante_emprende_guia")
    ana.presses("check_migrante_emprende.origin=no")
    assert "/start_application=migrante_emprende" not in last(ana)[1]


def test_leave_to_keep_photographs_is_asked_for_before_the_first_one_and_once(ana: Chat) -> None:
    applies(ana)
    assert ana.presses(SEND_BIRTH) == [ASKS_LEAVE] and photo_consents(ana) == []
    shown = last(ana)[0]
    assert ana.says("sí autorizo") == [ASKS_BIRTH]
    [given] = photo_consents(ana)
    assert (given.kind, given.recipient, given.version, given.text) == (ConsentKind.DOCUMENTS, "ipam", "2026-11-22", shown)
    assert (given.expires_at - given.given_at).days == 180 and given.conversation_id == ana.get("id")
    ana.sends(**telegram.file("photo"))
    assert ana.presses(SEND_COURSE) == ["ask_photo_migrante_emprende_icatep_certificate_photo"]
    assert len(photo_consents(ana)) == 1


def test_a_photograph_before_the_leave_is_given_is_no_yes(ana: Chat) -> None:
    applies(ana)
    ana.presses(SEND_BIRTH)
    ana.sends(**telegram.file("photo"))
    assert document_of(ana).state is DocumentState.MISSING and document_of(ana).file_id is None and photo_consents(ana) == []


@pytest.mark.parametrize("said", ["no", "mejor no", "No autorizo"])
def test_who_refuses_shows_papers_in_person_and_the_case_goes_on(said: str, ana: Chat) -> None:
    applies(ana)
    ana.presses(SEND_BIRTH)
    assert ana.says(said) == ["utter_case_papers_in_person"]
    assert ana.pending is None and photo_consents(ana) == [] and case_of(ana)[0].stage is Stage.APPLICATION
    assert ana.sends(**telegram.file("photo")) == ["utter_received_photo"] and document_of(ana).file_id is None


def test_the_next_photograph_is_taken_for_that_document_and_for_nobody_else(ana: Chat) -> None:
    applies(ana)
    assert sends_photo(ana) == ["utter_case_document_received"]
    row = document_of(ana)
    assert (row.state, row.file_id, row.stored) == (DocumentState.SENT, "photo-1", None)
    assert ana.attachments() == [], "a ticket would open it"
    assert ana.pending is None and SEND_BIRTH not in last(ana)[1] and SEND_COURSE in last(ana)[1]
    assert events_of(ana)[-1].why == f"{BIRTH} sent"


def test_a_pdf_is_taken_too(ana: Chat) -> None:
    applies(ana)
    ana.presses(SEND_BIRTH)
    ana.says("sí autorizo")
    assert ana.sends(**telegram.file("document", file_id="acta")) == ["utter_case_document_received"]
    assert document_of(ana).file_id == "acta"


@pytest.mark.parametrize(
    "more",
    [
        {"mime_type": "application/x-msdownload"},
        {"mime_type": "image/svg+xml"},
        {"mime_type": "text/plain"},
        {"file_size": 21_000_000},
    ],
)
def test_what_is_no_picture_and_no_pdf_or_too_big_is_refused_and_asked_for_again(more: dict[str, object], ana: Chat) -> None:
    applies(ana)
    ana.presses(SEND_BIRTH)
    ana.says("sí autorizo")
    assert ana.sends(**telegram.file("document", **more)) == ["utter_case_document_refused", ASKS_BIRTH]
    assert document_of(ana).state is DocumentState.MISSING and ana.attachments() == []
    assert ana.sends(**telegram.file("photo")) == ["utter_case_document_received"]


def test_a_photograph_nobody_asked_for_is_dealt_with_as_ever(ana: Chat) -> None:
    applies(ana)
    sends_photo(ana)
    assert ana.sends(**telegram.file("photo", file_id="other")) == ["utter_received_photo"]
    assert [each.file_id for each in ana.attachments()] == ["other"] and document_of(ana).file_id == "photo-1"


def test_a_question_in_between_is_answered_and_the_photograph_asked_for_again(ana: Chat) -> None:
    applies(ana)
    ana.presses(SEND_BIRTH)
    ana.says("sí autorizo")
    ana.understands = DIGRESSION
    assert ana.says("¿me puede detener la policía?")[-1] == ASKS_BIRTH
    assert ana.says("cancelar") == ["utter_cancelled"] and ana.pending is None


def test_another_document_is_asked_for_in_place_of_the_one_that_waits(ana: Chat) -> None:
    applies(ana)
    ana.presses(SEND_BIRTH)
    ana.says("sí autorizo")
    ana.presses(SEND_COURSE)
    ana.sends(**telegram.file("photo"))
    assert document_of(ana, COURSE).state is DocumentState.SENT and document_of(ana).state is DocumentState.MISSING
    assert ana.pending is None


def test_leave_taken_back_forgets_what_was_not_yet_fetched_and_says_so(ana: Chat) -> None:
    applies(ana)
    sends_photo(ana)
    assert ana.presses("/withdraw_photos") == ["utter_case_photos_withdrawn"]
    assert [each.withdrawn_at for each in photo_consents(ana)] == [ana.now]
    assert (document_of(ana).state, document_of(ana).file_id) == (DocumentState.MISSING, None)
    assert case_of(ana)[0].stage is Stage.APPLICATION and case_of(ana)[1].state is ReferralState.SENT
    assert ana.presses("/withdraw_photos") == ["utter_case_no_photos"]
    ana.says("/mitramite")
    assert ana.presses(SEND_BIRTH) == [ASKS_LEAVE]


def test_the_case_of_another_person_is_not_shown(ana: Chat) -> None:
    folio = applies(ana)
    beto = Chat(ana.database, ana.around)
    assert beto.says("/mitramite") == ["utter_case_none"]
    assert folio not in last(beto)[0]


def test_a_forgotten_chat_shows_no_case(ana: Chat) -> None:
    applies(ana)
    ana.says("/olvidar")
    assert ana.says("/mitramite") == ["utter_case_none"]


WORDS = {"es": "mitramite", "en": "mycase", "fr": "mondossier", "pt": "meuprocesso", "ht": "dosyemwen"}


@pytest.mark.parametrize(("language", "word"), WORDS.items())
def test_the_case_is_seen_in_every_language(language: str, word: str, ana: Chat) -> None:
    assert set(WORDS) == set(LANGUAGES)
    folio = applies(ana)
    assert ana.says(f"/{word}") == ["utter_case_status"] and folio in last(ana)[0]
    assert ana.around.content.commands["my_case"].menu[language] == word


def test_a_danger_in_a_caption_goes_before_the_document(ana: Chat) -> None:
    applies(ana)
    ana.presses(SEND_BIRTH)
    ana.says("sí autorizo")
    said = ana.sends(**telegram.file("photo"), caption="mi esposo me pega y me quiere matar")
    assert said[0].startswith("utter_safety_") and document_of(ana).state is DocumentState.MISSING


def test_a_replayed_update_opens_no_second_case(ana: Chat) -> None:
    """The same key finds the same referral, and the same referral the same case."""
    applies(ana)
    case, referral = case_of(ana)

    assert ana.call(lambda session: opening.open_file(session, referral, "migrante_emprende", ana.now).id) == case.id
    query = select(func.count()).select_from(CaseFile).where(CaseFile.referral_id == referral.id)
    assert ana.call(lambda session: session.scalar(query)) == 1
