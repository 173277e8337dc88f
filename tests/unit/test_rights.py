"""What a person sees of their own data in the chat: a copy, who looked, the privacy notice."""

import json

import pytest
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import LANGUAGES
from bot.content.load import load_content
from bot.content.published import Content
from bot.content.retention import OF_OFFICIALS
from bot.conversation.notice_turn import full, simplified
from bot.conversation.replies import sentence
from bot.conversation.rights_turn import ALWAYS
from bot.permissions import Action, Actor
from bot.privacy import copies, looks
from bot.records.deliveries import Call
from bot.records.staff import Role
from bot.referrals import lifecycle
from bot.settings import ROOT
from tests import intake
from tests import telegram_json as telegram
from tests.chats import Chat

ROSA = Actor("rosa", Role.AGENT)
PARTNER = Actor("petra", Role.PARTNER, "ipam")


def text_of(chat: Chat, raw: dict[str, object]) -> str:
    return "\n".join(reply.text for reply in chat.takes(raw).replies)


def typed(chat: Chat, said: str) -> str:
    chat.number += 1
    return text_of(chat, telegram.text(said, number=chat.number + 300, at=int(chat.now.timestamp())))


def looks_at(chat: Chat, actor: Actor, action: Action, why: str | None = None) -> None:
    reference = str(chat.get("reference"))
    chat.call(lambda session: audit.write(session, actor, action, reference, chat.now, why))


def sends_a_case(chat: Chat) -> None:
    chat.is_at(intake.at("contact_way", story=["me corrieron", "me corrieron"], municipality=["21114", "Puebla"]))
    chat.says("por este chat")
    chat.says("sí")
    assert chat.says("sí autorizo") == ["utter_referral_sent"]


# A copy


def test_the_copy_counts_what_is_kept_and_shows_each_case_with_its_permission(ana: Chat) -> None:
    sends_a_case(ana)
    said = typed(ana, "/misdatos")
    [folio] = [each["folio"] for each in ana.call(lambda s: copies.copy_of(s, ana.conversation(s)))["referrals"]]
    assert folio in said and "Necesidad" in said and "Municipio" in said and "dura hasta el" in said
    assert "Mensajes suyos: 4." in said


def test_a_withdrawn_permission_is_shown_as_withdrawn(ana: Chat) -> None:
    sends_a_case(ana)
    folio = ana.call(lambda s: copies.copy_of(s, ana.conversation(s)))["referrals"][0]["folio"]
    ana.call(lambda session: lifecycle.withdraw(session, ana.conversation(session), folio, ana.now))
    assert "lo retiró el" in typed(ana, "mis datos")


def test_the_document_holds_every_message_and_is_made_when_it_is_sent(ana: Chat) -> None:
    ana.says("hola, soy Ana Secreta")
    ana.sends(**telegram.file("photo"), caption="mi acta")
    ana.says("/misdatos")
    [queued] = ana.outbox(call=Call.DOCUMENT)
    assert queued.message_id is None
    ana.says("otra cosa más")
    made = json.loads(ana.call(lambda session: copies.document(session, queued.conversation_id, ana.now)))
    texts = [each["text"] for each in made["messages"]]
    assert "hola, soy Ana Secreta" in texts and "otra cosa más" in texts and made["attachments"][0]["kind"] == "photo"
    assert made["conversations"][0]["chat_id"] == ana.id


def test_the_copy_names_no_staff(ana: Chat) -> None:
    ana.person_holds()
    ana.staff_says("Buenas tardes")
    looks_at(ana, ROSA, Action.TICKET_READ)
    made = ana.call(lambda session: copies.document(session, ana.conversation(session).id, ana.now)).decode()
    assert "Buenas tardes" in made and "rosa" not in made and '"role": "agent"' in made


def test_where_no_document_can_be_sent_a_small_copy_is_shown_and_a_person_gives_a_long_one(ana: Chat) -> None:
    ana.bot_id = f"web:{ana.bot_id}"
    ana.says("gracias")
    assert ana.says("/misdatos") == ["utter_my_data", "", "utter_my_data_shown"]
    for _ in range(9):
        ana.later(minutes=1)
        ana.says("ayuda")
    assert ana.says("/misdatos") == ["utter_my_data", "utter_my_data_too_long"]


@pytest.mark.parametrize("name", ALWAYS)
def test_the_words_of_the_menu_work_in_every_language_and_also_in_a_form_and_while_a_person_holds_the_chat(ana: Chat, name: str) -> None:
    says = {"my_data": "utter_my_data", "who_saw": "utter_who_saw_nobody", "erase": "utter_erase_ask"}[name]
    words = ana.around.content.commands[name].menu
    assert set(words) == set(LANGUAGES)
    ana.is_at(intake.at("story"))
    before = ana.pending
    for word in words.values():
        for said in (word, f"/{word}"):
            ana.later(minutes=1)
            assert ana.says(said)[0] == says, said
    assert ana.pending == before, "the form waits where it was"
    ana.person_holds()
    ana.later(minutes=1)
    assert ana.says(f"/{words['es']}")[0] == says
    assert ana.says("cuánto tarda") == [], "the rest is for the person who holds it"


# Who looked


def test_every_view_is_one_line_with_role_or_office_and_no_name(ana: Chat) -> None:
    ana.says("gracias")
    assert ana.says("/quienvio") == ["utter_who_saw_nobody"]
    for actor, action in [
        (ROSA, Action.TICKET_READ),
        (ROSA, Action.TICKET_READ),
        (PARTNER, Action.REFERRAL_READ),
        (ROSA, Action.IDENTITY_OPEN),
    ]:
        looks_at(ana, actor, action, "motivo secreto" if action is Action.IDENTITY_OPEN else None)
    said = typed(ana, "/quienvio")
    lines = [line for line in said.splitlines() if line.startswith("•")]
    assert len(lines) == 4 and "4 veces" in said
    assert "Instituto Poblano" in lines[2] and "leyó su caso" in lines[2] and "datos que dicen quién es" in lines[3]
    assert not any(word in said for word in ("rosa", "petra", "motivo"))


def test_what_staff_did_in_a_forgotten_conversation_of_the_chat_is_told_too(ana: Chat) -> None:
    ana.says("gracias")
    looks_at(ana, ROSA, Action.TICKET_READ)
    ana.says("/olvidar")
    assert ana.says("/quienvio") == ["utter_who_saw"]


def test_what_was_done_to_others_is_not_told(ana: Chat) -> None:
    other = Chat(ana.database, ana.around)
    other.says("hola")
    looks_at(other, ROSA, Action.TICKET_READ)
    ana.says("gracias")
    looks_at(ana, Actor("rosa", Role.AGENT), Action.TICKET_REPLY)
    assert ana.says("/quienvio") == ["utter_who_saw_nobody"], "an answer is no look"


@pytest.mark.parametrize("action", looks.SEEN)
def test_every_kind_of_view_has_its_words(ana: Chat, action: Action) -> None:
    ana.says("gracias")
    looks_at(ana, ROSA, action)
    assert ana.says("/quienvio") == ["utter_who_saw"]


# The notice


@pytest.fixture(scope="module", params=[None, "ipam", "naucalpan"], ids=str)
def content(request: pytest.FixtureRequest) -> Content:
    return load_content(ROOT / "flows", request.param)[0]


def test_the_short_notice_names_what_the_law_asks_and_invents_no_contact(content: Content) -> None:
    said = sentence(content, "utter_notice_simplified", "es", simplified(content, "es"))
    notice = content.notice
    assert notice.refuse in said and notice.full_at in said and all(each.says in said for each in notice.purposes)
    assert (notice.responsible or "aquí todavía no publica su nombre") in said
    assert (content.facts[notice.address].value if notice.address else "todavía no publica su domicilio") in said


def test_the_full_notice_adds_sensitive_data_law_terms_and_the_four_rights(content: Content) -> None:
    said = sentence(content, "utter_notice_full", "es", full(content, "es"))
    assert all(each in said for each in (*content.notice.sensitive, *content.notice.legal_basis))
    theirs = [each for each in content.retention.values() if each.name not in OF_OFFICIALS]
    assert all(f"{each.days} días" in said and each.says in said for each in theirs)
    assert not any(content.retention[name].says in said for name in OF_OFFICIALS), "of nobody whom the assistant serves"
    assert all(word in said for word in ("/misdatos", "/borrar", "/arco", "/quienvio"))
    assert "todavía no publica aquí cuál es" in said, "no unit has been published"


def test_the_notice_comes_once_before_the_first_datum_and_again_when_it_changes(ana: Chat) -> None:
    ana.says("menu")
    ana.presses("/referral_request")
    assert ana.says("cancelar") == ["utter_cancelled"]
    said = [message.response for message in ana.transcript()]
    assert said.index("utter_notice_simplified") < said.index("ask_referral_intake_for_whom")
    ana.says("menu")
    assert "utter_notice_simplified" not in ana.presses("/referral_request")
    ana.says("cancelar")

    def is_of_before(session: Session) -> None:
        ana.conversation(session).notice_version = "2020-01-01"

    ana.call(is_of_before)
    ana.says("menu")
    assert "utter_notice_simplified" in ana.presses("/referral_request")


def test_a_search_that_keeps_nothing_shows_no_notice(ana: Chat) -> None:
    assert "utter_notice_simplified" not in ana.says("oficinas")


def test_privacy_shows_the_notice_and_leads_to_the_full_one(ana: Chat) -> None:
    assert "Aviso de privacidad" in typed(ana, "/privacidad")
    assert ana.presses("/notice_full") == ["utter_notice_full"]
