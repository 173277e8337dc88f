"""Joining with a one-time link: once, in time, by whoever it was given to, after a yes of their own; and what a stranger is told."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.courses import learners
from bot.records.learning import Learner
from tests import telegram_json as telegram
from tests.learning import INVITES, NAME, Official

STRANGER, CLOSED = ["utter_learning_stranger"], ["utter_learning_invitation_closed"]
INVITED = ["utter_learning_invited", "ask_joining_officials_privacy"]
ASKED_NAME = ["ask_joining_officials_name"]
WELCOME = ["utter_learning_welcome", "utter_learning_menu"]
DANGER = "mi esposo me está golpeando"


def link(token: str) -> str:
    return f"/start curso_{token}"


def field(chat: Official, reference: str, name: str) -> object:
    return chat.call(lambda session: getattr(session.query(Learner).filter_by(reference=reference).one(), name))


def is_invited(chat: Official) -> tuple[str, str]:
    """Reference and token."""

    def invite(session: Session) -> tuple[str, str]:
        learner, token = learners.invite(session, INVITES, chat.around.content, chat.place, chat.now)
        return learner.reference, token

    return chat.call(invite)


def is_withdrawn(chat: Official, reference: str) -> None:
    chat.call(lambda session: learners.withdraw(session, INVITES, reference, chat.now))


def test_whoever_follows_the_link_agrees_and_gives_a_name_has_joined(stranger: Official) -> None:
    reference, token = is_invited(stranger)
    assert stranger.says(link(token)) == INVITED
    assert stranger.says("Estoy de acuerdo") == ASKED_NAME
    assert field(stranger, reference, "name") is None, "nothing is kept before it is said"
    assert stranger.says("  ana   lópez ") == WELCOME
    assert field(stranger, reference, "name") == "ana lópez"
    assert field(stranger, reference, "privacy_version") == stranger.around.content.learning.privacy_version
    assert field(stranger, reference, "joined_at") == stranger.now


def test_a_link_works_once(stranger: Official) -> None:
    token = stranger.is_invited()
    other = Official(stranger.database, stranger.around)
    for words in (link(token), "Estoy de acuerdo", NAME):
        stranger.says(words)
    assert other.says(link(token)) == CLOSED
    assert other.pending is None


def test_of_two_who_follow_one_link_the_first_to_finish_has_joined(stranger: Official) -> None:
    token = stranger.is_invited()
    other = Official(stranger.database, stranger.around)
    for each in (stranger, other):
        each.says(link(token))
        each.says("Estoy de acuerdo")
    assert other.says("Beto Cruz Paz") == WELCOME
    assert stranger.says(NAME) == CLOSED
    assert other.of_learner("name") == "Beto Cruz Paz"
    assert stranger.says("cursos") == STRANGER


@pytest.mark.parametrize(("days", "answered"), [(30, INVITED), (30.01, CLOSED)])
def test_a_link_holds_for_thirty_days(stranger: Official, days: float, answered: list[str]) -> None:
    token = stranger.is_invited()
    stranger.waits(days=days)
    assert stranger.says(link(token)) == answered


def test_a_link_that_ends_between_the_yes_and_the_name_is_closed(stranger: Official) -> None:
    stranger.says(link(stranger.is_invited()))
    stranger.says("Estoy de acuerdo")
    stranger.waits(days=31)
    assert stranger.says(NAME) == CLOSED
    assert stranger.says("cursos") == STRANGER


def test_an_invitation_taken_back_meanwhile_is_closed(stranger: Official) -> None:
    reference, token = is_invited(stranger)
    stranger.says(link(token))
    stranger.says("Estoy de acuerdo")
    is_withdrawn(stranger, reference)
    assert stranger.says(NAME) == CLOSED
    assert field(stranger, reference, "name") is None and field(stranger, reference, "chat") is None


def test_the_number_of_an_invitation_that_was_erased_is_no_way_into_the_next_one(stranger: Official) -> None:
    """SQLite gives a number again."""
    reference, token = is_invited(stranger)
    stranger.says(link(token))
    stranger.says("Estoy de acuerdo")
    stranger.call(lambda session: learners.erase(session, session.query(Learner).filter_by(reference=reference).one(), stranger.now))
    following, _ = is_invited(stranger)
    assert stranger.says("Ana López") == ["utter_learning_invitation_closed"]
    assert field(stranger, following, "joined_at") is None


def test_a_link_that_was_never_given_is_closed(stranger: Official) -> None:
    assert stranger.says("/start curso_nada") == CLOSED
    assert stranger.says("/start curso_") == CLOSED


def test_who_says_no_is_asked_nothing_and_kept_nowhere(stranger: Official) -> None:
    reference, token = is_invited(stranger)
    stranger.says(link(token))
    assert stranger.says("No quiero entrar") == ["utter_learning_privacy_refused"]
    assert stranger.pending is None
    assert [field(stranger, reference, name) for name in ("name", "chat", "bot_id", "joined_at", "privacy_version")] == [None] * 5
    assert stranger.says("cursos") == STRANGER


def test_who_said_no_may_follow_the_link_again(stranger: Official) -> None:
    token = stranger.is_invited()
    stranger.says(link(token))
    stranger.says("No quiero entrar")
    assert stranger.says(link(token)) == INVITED


@pytest.mark.parametrize("said", ["Ana", "ana", "A B", "Ana 123", "👍", "x" * 81, "Ana López" * 10, "cursos", "¿por qué?", "/start"])
def test_what_is_no_name_is_asked_again_with_an_example(stranger: Official, said: str) -> None:
    stranger.says(link(stranger.is_invited()))
    stranger.says("Estoy de acuerdo")
    assert stranger.says(said)[-1:] == ASKED_NAME
    assert "Ana López Cruz" in stranger.transcript()[-1].text
    assert stranger.says(NAME) == WELCOME


@pytest.mark.parametrize("name", ["María de los Ángeles Núñez", "Jean-Baptiste O'Neill", "J. A. Ruiz Xólotl", "İbrahim Gökçe"])
def test_names_of_all_kinds_are_names(name: str) -> None:
    assert learners.is_name(name)


def test_back_from_the_name_asks_for_the_yes_again(stranger: Official) -> None:
    stranger.says(link(stranger.is_invited()))
    stranger.says("Estoy de acuerdo")
    assert stranger.presses("/back") == ["ask_joining_officials_privacy"]
    assert stranger.says("atrás") == ["ask_joining_officials_privacy"], "there is nothing before it"


@pytest.mark.parametrize("after", [0, 1])
def test_what_is_asked_offers_nothing_but_its_answers_and_the_way_back(stranger: Official, after: int) -> None:
    stranger.says(link(stranger.is_invited()))
    for words in ("Estoy de acuerdo",)[:after]:
        stranger.says(words)
    offered = {payload.partition("=")[0] for _, payload in stranger.transcript()[-1].buttons}
    assert offered == ({"joining_officials.privacy"}, {"/back"})[after]


def test_nobody_agrees_or_is_named_by_words_of_somebody_else(stranger: Official) -> None:
    stranger.says(link(stranger.is_invited()))
    assert stranger.says("Estoy de acuerdo", **telegram.FORWARDED)[-1] == "ask_joining_officials_privacy"
    stranger.says("Estoy de acuerdo")
    assert stranger.says("Beto Cruz Paz", **telegram.FORWARDED)[-1:] == ASKED_NAME


def test_a_link_inside_a_forwarded_message_is_told_to_be_opened(stranger: Official) -> None:
    token = stranger.is_invited()
    assert "utter_learning_stranger" in stranger.says(link(token), **telegram.FORWARDED)
    assert stranger.pending is None
    assert stranger.says(link(token)) == INVITED


def test_a_photo_or_a_place_instead_of_an_answer_is_asked_again(stranger: Official) -> None:
    stranger.says(link(stranger.is_invited()))
    for content in (telegram.file("photo"), telegram.LOCATION, telegram.STICKER):
        assert stranger.sends(**content)[-1] == "ask_joining_officials_privacy"
    assert stranger.attachments() == []


@pytest.mark.parametrize("said", ["hola", "cursos", "/cursos", "protocolos", "quiero refugio", "👍", "/start", "/nada"])
def test_a_stranger_is_told_what_this_is_and_where_migrants_are_attended(stranger: Official, said: str) -> None:
    assert stranger.says(said) == STRANGER
    assert "911" in stranger.transcript()[-1].text


def test_a_migrant_in_danger_at_this_door_is_told_what_to_do_now_and_shown_nothing_that_is_refused(stranger: Official) -> None:
    assert stranger.says(DANGER) == ["utter_safety_violence_now", "utter_learning_stranger"]
    assert [payload for each in stranger.transcript() for _, payload in each.buttons or () if payload.startswith("/")] == []
    assert stranger.heard()[-1].safety == "violence_now"


def test_danger_while_joining_comes_first_and_what_follows_is_no_name(stranger: Official) -> None:
    stranger.says(link(stranger.is_invited()))
    stranger.says("Estoy de acuerdo")
    assert stranger.says(DANGER)[0] == "utter_safety_violence_now"
    assert stranger.says("ayuda por favor")[-1:] == ASKED_NAME
    assert stranger.says(NAME) == WELCOME


def test_danger_in_a_flood_is_answered(stranger: Official) -> None:
    for number in range(31):
        stranger.says(f"hola {number}")
    assert stranger.says(DANGER)[0] == "utter_safety_violence_now"


def test_who_was_withdrawn_is_a_stranger_and_who_is_invited_again_goes_on(official: Official) -> None:
    lesson = next(iter(official.around.content.courses.values())).lessons[0].questionnaire.name
    official.does(lesson)
    is_withdrawn(official, official.of_learner("reference"))
    official.waits(minutes=5)
    assert official.says("cursos") == STRANGER
    official.joins("Ana López de Paz")
    assert official.says("cursos") == ["utter_learning_courses"]
    assert ": 1 de " in official.transcript()[-1].text, "what they had done is theirs still"
    assert official.of_learner("name") == "Ana López de Paz"


def test_a_second_link_changes_nothing_for_who_has_joined(official: Official) -> None:
    reference, token = is_invited(official)
    official.waits(minutes=2)
    assert official.says(link(token)) == ["utter_learning_menu"]
    assert field(official, reference, "joined_at") is None


def test_the_link_of_an_invitation_says_nothing_in_the_records(stranger: Official) -> None:
    token = stranger.is_invited()
    assert stranger.call(lambda session: session.query(Learner).filter(Learner.invitation == token).count()) == 0
    assert stranger.call(lambda session: learners.invited(session, token, stranger.now + timedelta(days=1))) is not None
