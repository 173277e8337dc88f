"""Links of posters and pages (t.me/bot?start=name), and messages that answer an older one of ours."""

from typing import Any

import pytest

from bot.content.load import institution_names, load_content
from bot.conversation.actions import ACTIONS
from bot.settings import ROOT
from tests import intake
from tests import telegram_json as telegram
from tests.chats import Chat, understood

LINKS = load_content(ROOT / "flows", None)[0].links
OLD, UNKNOWN_BUTTON = "utter_button_old", "utter_button_unknown"


def follows(ana: Chat, name: str) -> list[str]:
    return ana.says(f"/start {name}")


def test_there_are_links() -> None:
    assert {"migrante_emprende", "oficina_ipam", "persona"} <= set(LINKS)


@pytest.mark.parametrize("name", sorted(LINKS))
def test_every_link_opens_something(ana: Chat, name: str) -> None:
    said = follows(ana, name)
    assert said and not {OLD, UNKNOWN_BUTTON, "utter_link_old", "utter_offices_none", "utter_start_over"} & set(said)
    assert ana.asked == [], "a link is no question for Rasa"


@pytest.mark.parametrize("institution", institution_names(ROOT / "flows"))
def test_every_link_opens_something_at_every_institution(institution: str) -> None:
    content, _ = load_content(ROOT / "flows", institution)
    for link in content.links.values():
        name, _, value = link.payload.removeprefix("/").partition("=")
        assert name in ACTIONS or name in content.commands or f"utter_{name}" in content.responses
        assert name != "start_questionnaire" or value in content.questionnaires
        assert name != "show_office" or value in content.organizations


def test_a_programmes_link_gives_its_answer_and_is_what_a_follow_up_is_about(ana: Chat) -> None:
    assert follows(ana, "migrante_emprende") == ["utter_entrepreneurship_migrante_emprende"]
    assert ana.get("state")["slots"]["last_answer"] == "entrepreneurship_migrante_emprende"


def test_a_guides_link_asks_its_first_question(ana: Chat) -> None:
    [asked] = follows(ana, "migrante_emprende_guia")
    assert asked.startswith("ask_check_migrante_emprende_")
    assert ana.pending is not None and ana.pending["name"] == "check_migrante_emprende"


def test_an_offices_link_shows_it(ana: Chat) -> None:
    assert follows(ana, "oficina_ipam") == ["utter_offices_found"]


def test_the_link_to_a_person_asks_for_one(ana: Chat) -> None:
    assert follows(ana, "persona") == ["utter_person_requested"] and ana.has_ticket()


@pytest.mark.parametrize("name", ["invitacion_3f9a", "invitacion_", "invitacion_" + "a" * 53])
def test_an_invitation_is_not_open_yet(ana: Chat, name: str) -> None:
    assert follows(ana, name) == ["utter_invitation_closed"]


@pytest.mark.parametrize(
    "name", ["cartel_de_2019", "MIGRANTE_EMPRENDE", "talk_to_human", "/talk_to_human", "show_office=ipam", "a" * 64, "../x"]
)
def test_a_link_nobody_knows_any_more_is_said_so_and_opens_nothing_else(ana: Chat, name: str) -> None:
    assert follows(ana, name) == ["utter_link_old"] and not ana.has_ticket()


@pytest.mark.parametrize("text", ["/start", "/start ", "/start@puente_bot", "start", "inicio"])
def test_start_without_a_name_is_a_plain_start(ana: Chat, text: str) -> None:
    plain = Chat(ana.database, ana.around).says("/inicio")
    assert ana.says(text) == plain and "utter_link_old" not in plain


def test_a_link_followed_in_the_middle_of_a_request_is_opened_and_the_request_goes_on(ana: Chat) -> None:
    ana.is_at(intake.at("municipality"))
    assert follows(ana, "migrante_emprende") == ["utter_entrepreneurship_migrante_emprende", "ask_referral_intake_municipality"]
    assert follows(ana, "migrante_emprende_guia")[0].startswith("ask_check_migrante_emprende_")
    ana.says("cancelar")
    assert ana.pending is not None and ana.pending["name"] == "referral_intake"


def test_a_link_followed_while_a_person_holds_the_ticket_is_silent(ana: Chat) -> None:
    ana.person_holds()
    assert follows(ana, "migrante_emprende") == []


# Replies to an older answer

COST = understood("utter_followup_unknown", intent="followup_cost", topic="dialogue")


@pytest.fixture
def two_answers(ana: Chat, content_around: Any) -> tuple[Chat, int, int]:
    """A chat in which two things were answered, and Telegram's numbers of both answers."""
    follows(ana, "migrante_emprende")
    [first] = ana.delivers(500)
    follows(ana, "apoyo")
    ana.says("cancelar")
    return ana, first, ana.delivers(600)[-1]


def test_a_reply_to_an_older_answer_is_about_that_one(two_answers: tuple[Chat, int, int]) -> None:
    ana, first, _ = two_answers
    ana.understands = None
    ana.says("gracias")
    ana.says("y cuánto cuesta", **telegram.reply_to(first))
    slots = ana.get("state")["slots"]
    assert (slots["topic"], slots["last_answer"]) == ("entrepreneurship", "entrepreneurship_migrante_emprende")


def test_the_follow_up_goes_where_the_replied_answer_says(ana: Chat, content_around: Any) -> None:
    responses = content_around.content.responses
    name = next(each.name for each in responses.values() if "cost" in each.followups and content_around.content.topic_of(each.name[6:]))
    intent = name.removeprefix("utter_")
    ana.says("ayuda")
    ana.call(lambda session: ana.conversation(session))
    told = offer_and_press(ana, intent)
    ana.says("persona")
    ana.understands = None
    ana.says("y cuánto cuesta", **telegram.reply_to(told))
    state = ana.get("state")
    ana.understands = COST.model_copy(update={"state": state})
    assert ana.says("y cuánto cuesta", **telegram.reply_to(told)) == [responses[name].followups["cost"]]


def offer_and_press(ana: Chat, intent: str) -> int:
    """An answer was given to a suggestion that was pressed; Telegram's number of it."""
    ana.understands = understood("utter_suggest", intent=intent, decision="suggest", suggestions=[intent])
    ana.says("algo de eso")
    ana.delivers(700)
    ana.presses(f"/{intent}")
    return ana.delivers(800)[-1]


@pytest.mark.parametrize("number", [1, 999_999])
def test_a_reply_to_what_we_never_said_changes_no_subject(two_answers: tuple[Chat, int, int], number: int) -> None:
    ana, _, _ = two_answers
    before = ana.get("state")
    ana.understands = None
    ana.says("y cuánto cuesta", **telegram.reply_to(number))
    assert ana.get("state") == before


def test_a_reply_to_a_sentence_of_the_dialogue_changes_no_subject(two_answers: tuple[Chat, int, int]) -> None:
    ana, _, cancelled = two_answers
    before = ana.get("state")
    ana.understands = None
    ana.says("y cuánto cuesta", **telegram.reply_to(cancelled))
    assert ana.get("state") == before
