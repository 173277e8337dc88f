"""The topics of the staff's group follow the conversations, from the first word to the erasure."""

import asyncio

from sqlalchemy import select

from bot.conversation.surroundings import Surroundings
from bot.handoff import group_topics
from bot.records.database import Database
from bot.records.tickets import GroupThread, GroupTopic
from bot.telegram_adapter.limits import Limits
from tests import telegram_json as telegram
from tests.chats import Chat
from tests.staff_group import GROUP, ROSA, Office

# Topics


def test_each_open_request_has_a_topic_with_what_was_said_before(open_office: Office) -> None:
    topic = open_office.telegram.topics[open_office.thread()]
    assert topic.name == f"{open_office.ticket_id} · Sin tema · es"
    assert "Persona: quiero mi pasaporte" in topic.said[0] and "Persona: persona" in topic.said[0]
    assert open_office.works() == 0, "it is as it should be"


def test_what_the_person_writes_comes_to_the_topic_once(open_office: Office) -> None:
    open_office.holds("rosa")
    before = len(open_office.telegram.topics[open_office.thread()].said)
    open_office.chat.says("¿sigue ahí?")
    open_office.works()
    assert open_office.telegram.topics[open_office.thread()].said[before:] == ["Persona: ¿sigue ahí?"]


def test_what_identifies_somebody_comes_to_the_topic_as_it_is_kept(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.chat.says("mi correo es ana.secreta@example.org")
    open_office.chat.sends(**telegram.file("photo"), caption="mi acta")
    open_office.works()
    shown = "\n".join(open_office.telegram.topics[open_office.thread()].said)
    assert "ana.secreta" not in shown and "mi correo es" in shown
    assert "archivo 1 (photo)" in shown and "photo-id" not in shown and "sendMessage" in open_office.telegram.calls


def test_what_staff_say_in_the_console_is_shown_and_what_they_write_in_the_topic_is_not_said_twice(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.chat.staff_says("desde la consola")
    open_office.writes(ROSA, "desde el grupo", open_office.thread())
    open_office.works()
    shown = "\n".join(open_office.telegram.topics[open_office.thread()].said)
    assert "Equipo: desde la consola" in shown and "desde el grupo" not in shown
    assert open_office.to_person() == ["desde la consola", "desde el grupo"]


def test_a_closed_request_closes_its_topic_and_the_next_opens_it_again_under_its_number(open_office: Office) -> None:
    thread = open_office.thread()
    open_office.holds("rosa")
    open_office.chat.staff_closes()
    open_office.works()
    assert not open_office.telegram.topics[thread].is_open
    open_office.chat.person_waits()
    open_office.works()
    topic = open_office.telegram.topics[open_office.thread()]
    assert open_office.thread() == thread and topic.is_open and topic.name.startswith(f"{open_office.ticket_id} · ")


def test_a_topic_that_somebody_deleted_is_made_anew_and_shows_the_conversation(open_office: Office) -> None:
    old = open_office.thread()
    del open_office.telegram.topics[old]
    open_office.holds("rosa")
    open_office.chat.says("sigo esperando")
    open_office.works()
    new = open_office.thread()
    assert new != old and "sigo esperando" in open_office.telegram.topics[new].said[-1]
    open_office.writes(ROSA, "ya estoy con usted", new)
    open_office.works()
    assert open_office.to_person() == ["ya estoy con usted"]


def test_who_is_erased_leaves_no_topic(open_office: Office) -> None:
    chat, thread = open_office.chat, open_office.thread()
    erase(chat)
    open_office.works()
    assert open_office.telegram.deleted == [thread] and not open_office.telegram.topics
    assert not chat.call(lambda session: [*session.scalars(select(GroupTopic)), *session.scalars(select(GroupThread))])


def test_a_topic_whose_person_was_erased_while_it_was_made_is_deleted(office: Office) -> None:
    office.chat.says("hola")
    office.chat.person_waits()
    make = office.telegram.create_forum_topic

    async def erased_meanwhile(chat_id: str, name: str) -> object:
        made = await make(chat_id, name)
        erase(office.chat)
        return made

    office.telegram.create_forum_topic = erased_meanwhile  # type: ignore[method-assign]
    office.works()
    assert len(office.telegram.deleted) == 1 and not office.telegram.topics


def test_a_group_without_topics_has_alerts_only(database: Database, content_around: Surroundings) -> None:
    office = Office(Chat(database, content_around), is_forum=False)
    office.chat.person_waits()
    office.works()
    assert len(office.telegram.general) == 1 and not office.telegram.topics and set(office.telegram.calls) == {"sendMessage"}


def test_what_was_about_to_be_shown_is_not_shown_after_the_erasure(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.chat.says("mi secreto")
    around = open_office.chat.around
    post = open_office.chat.call(lambda session: group_topics.next_post(session, group_topics.Desk(str(GROUP), True), around))
    assert post is not None and "mi secreto" in post.text
    erase(open_office.chat)

    async def make() -> None:
        await open_office.desk(Limits(10_000, 0))._make(post)

    asyncio.run(make())
    assert "mi secreto" not in str(open_office.telegram.topics)


def erase(chat: Chat) -> None:
    chat.says("/borrar")
    chat.presses(next(str(payload) for _, payload in chat.transcript()[-1].buttons or () if payload.startswith("/erase_now=")))
