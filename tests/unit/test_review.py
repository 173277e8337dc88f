"""What readers are given, what they see of it, and what they may say."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Message
from bot.records.database import Database
from bot.records.reviews import NONE, ProposedExample, Review
from bot.records.staff import Role
from bot.review import opinions, reading
from bot.review.masking import as_phrase, mask
from bot.review.reading import Reading
from bot.review.sample import Item, Stratum, Wanted, Which, listed
from tests import intake
from tests.chats import Chat
from tests.reviewing import LUZ, MEMO, PASSPORT, SARA, VISA, asks, heard, reads


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    """Alone in a database of her own."""
    return Chat(database, content_around)


def given(chat: Chat, reader: Actor = LUZ, **wanted: object) -> list[Item]:
    return chat.call(lambda session: listed(session, reader.name, Wanted(**wanted), chat.around.content, chat.now))  # type: ignore[arg-type]


def opened(chat: Chat, message_id: int, reader: Actor = LUZ) -> Reading:
    return chat.call(lambda session: reading.read(session, reader, message_id, chat.around.content, chat.now))


def test_the_sample_has_some_of_every_kind_and_all_readers_get_the_same(ana: Chat) -> None:
    for number in range(12):
        asks(ana, f"pasaporte {number}")
        asks(ana, f"¿será esto? {number}", confidence=0.52)
        asks(ana, f"cosas {number}", decision="suggest")
        asks(ana, f"qwerty {number}", "nlu_fallback", "fallback", 0.1)
        ana.says("me quiere matar mi esposo")
        ana.later(minutes=3)
    found = given(ana)
    assert {stratum: sum(each.stratum is stratum for each in found) for stratum in Stratum} == dict.fromkeys(Stratum, 5)
    assert [each.id for each in given(ana, MEMO)] == [each.id for each in found]
    ana.later(days=1)
    assert [each.id for each in given(ana)] != [each.id for each in found]


def test_the_list_is_narrowed_by_topic_language_outcome_and_age(ana: Chat) -> None:
    passport = asks(ana, "mi pasaporte")
    lost = asks(ana, "xyz", "nlu_fallback", "fallback", 0.1)
    assert [each.id for each in given(ana, topic="consular")] == [passport]
    assert [each.id for each in given(ana, stratum="fallback")] == [lost]
    assert given(ana, language="ht") == []
    ana.later(days=3)
    assert given(ana, days=1) == [] and len(given(ana, days=7)) == 2


def test_what_answers_a_question_of_ours_is_never_given_to_readers(ana: Chat) -> None:
    ana.is_at(intake.at("story", need=["work", "Trabajo"]))
    ana.says("continuar")
    before = [message.response for message in ana.transcript()][-1]
    story = asks(ana, "Mi patrón me pegó y debo dinero en Tapachula", "employment_unpaid_or_fired")
    assert (before or "").startswith("ask_") and heard(ana).decision is not None
    assert story not in [each.id for each in given(ana)]
    with pytest.raises(RefusedError, match="no se puede revisar"):
        opened(ana, story)


def test_a_reader_sees_no_identifier_and_no_name_that_somebody_gives_as_theirs(ana: Chat) -> None:
    shown = opened(ana, asks(ana, "Hola, me llamo Ana López García y mi correo es ana.lopez@example.org, necesito pasaporte"))
    assert "López" not in shown.text and "@" not in shown.text
    assert "necesito pasaporte" in shown.text


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("me llamo ana lopez y necesito trabajo", "me llamo [nombre] y necesito trabajo"),
        ("my name is Jean Baptiste and I need a visa", "my name is [nombre] and I need a visa"),
        ("Je m'appelle Marie-Ange Pierre", "Je m'appelle [nombre]"),
        ("llamen al 5512345678 por favor", "llamen al [teléfono …78] por favor"),
        ("vivo en San Martín Texmelucan", "vivo en San Martín Texmelucan"),
    ],
)
def test_places_stay_and_persons_go(said: str, seen: str, content: Content) -> None:
    assert mask(said, content) == seen
    assert "5512345678" not in as_phrase(said, content)


def test_what_stood_before_is_shown_without_what_the_person_was_asked_for(ana: Chat) -> None:
    ana.says("mi prima Juana me dijo")  # commands and the like are not understood by Rasa: nothing says what they hold
    ana.call(lambda session: setattr(session.get_one(type(heard(ana)), heard(ana).id), "decision", None))
    shown = opened(ana, asks(ana, "mi pasaporte"))
    assert [each.text for each in shown.before if each.who == "in"] == [None]
    assert "Juana" not in repr(shown)
    assert [each.response for each in shown.answers] == ["utter_consular_passport"]


def test_what_came_in_a_flood_is_no_question_and_may_be_an_answer_of_theirs(ana: Chat) -> None:
    ana.says("mi prima Juana me dijo")
    flooded = heard(ana).id
    ana.call(lambda session: setattr(session.get_one(Message, flooded), "decision", "flood"))
    assert "Juana" not in repr(opened(ana, asks(ana, "mi pasaporte")))
    with pytest.raises(RefusedError, match="no se puede revisar"):
        opened(ana, flooded)


def test_every_reading_is_written_down_with_the_conversation_it_is_of(ana: Chat) -> None:
    opened(ana, asks(ana, "mi pasaporte"))
    [row] = ana.call(lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.action == str(Action.REVIEW_READ)))))
    assert (row.who, row.subject) == ("luz", ana.get("reference"))


def test_who_may_see_no_message_reads_none(ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")
    with pytest.raises(RefusedError, match="no ve mensajes"):
        opened(ana, message, Actor("iris", Role.ADMIN))


def test_the_second_reader_does_not_see_the_first_label_before_giving_theirs(ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")
    reads(ana, LUZ, message, VISA, comment="pide otra cosa")
    assert opened(ana, message, MEMO).others == ()
    assert [each.id for each in given(ana, MEMO, which=Which.SECOND)] == [message]
    assert given(ana, LUZ, which=Which.SECOND) == []
    reads(ana, MEMO, message, PASSPORT)
    assert [each.intent for each in opened(ana, message, MEMO).others] == [VISA]
    assert given(ana, SARA, which=Which.SECOND) == []


def test_two_who_agree_close_it_and_then_nothing_is_changed(ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")
    reads(ana, LUZ, message, VISA)
    reads(ana, LUZ, message, PASSPORT)  # changed their mind: still one row
    reads(ana, MEMO, message, PASSPORT)
    assert opened(ana, message).is_settled
    assert ana.call(lambda session: len(reading.reviews_of(session, message))) == 2
    with pytest.raises(RefusedError, match="cerrada"):
        reads(ana, LUZ, message, VISA)


def settles(chat: Chat, message: int, intent: str, actor: Actor = SARA) -> None:
    chat.call(lambda session: opinions.settle(session, actor, message, intent, chat.around.content, chat.now))


def test_where_readers_differ_one_label_counts_and_it_can_be_a_third(ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")
    reads(ana, LUZ, message, VISA)
    with pytest.raises(RefusedError, match="dos lecturas"):
        settles(ana, message, VISA)
    reads(ana, MEMO, message, PASSPORT)
    for intent in (PASSPORT, VISA, NONE):
        settles(ana, message, intent)
    final = [each for each in ana.call(lambda session: reading.reviews_of(session, message)) if each.is_final]
    assert [(each.who, each.intent) for each in final] == [("sara", NONE)]


def test_the_database_itself_keeps_to_one_label_that_counts(ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")

    def twice(session: Session) -> None:
        session.add_all(Review(message_id=message, who=who, intent=PASSPORT, is_final=True, at=ana.now) for who in ("a", "b"))

    with pytest.raises(IntegrityError):
        ana.call(twice)


@pytest.mark.parametrize(
    ("intent", "comment", "why"),
    [("no_such", "", "Elija"), (PASSPORT, "llamen al 5512345678", "teléfono"), (PASSPORT, "a" * 501, "acórtelo")],
)
def test_a_label_that_does_not_exist_and_a_comment_that_names_somebody_are_refused(intent: str, comment: str, why: str, ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")
    with pytest.raises(RefusedError, match=why):
        reads(ana, LUZ, message, intent, comment=comment)


def test_a_corrected_phrase_is_proposed_once_and_without_what_identifies_anybody(ana: Chat) -> None:
    message = asks(ana, "me llamo Ana Secreta, mi cel es 5512345678, quiero matrícula", PASSPORT)
    reads(ana, LUZ, message, VISA, proposes=True)
    reads(ana, MEMO, message, VISA, proposes=True)
    [made] = ana.call(lambda session: list(session.scalars(select(ProposedExample))))
    assert (made.intent, made.language) == (VISA, "es")
    assert "Secreta" not in made.text and "5512345678" not in made.text and "quiero matrícula" in made.text


def test_what_is_too_old_is_read_no_more(ana: Chat) -> None:
    message = asks(ana, "mi pasaporte")
    ana.now += timedelta(days=93)
    with pytest.raises(RefusedError):
        opened(ana, message)
