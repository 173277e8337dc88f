"""Streams of the staff's pages: who gets one, what is heard when, and when they end. A real web server, a real database."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.accounts import sessions
from bot.console import live as live_module
from bot.conversation.surroundings import Surroundings
from bot.handoff import presence, tickets
from bot.handoff.watching import MOST
from bot.records.database import Database
from bot.records.staff import Role, StaffSession
from bot.records.tickets import Ticket, TicketNote
from tests.chats import Chat
from tests.console import Desk
from tests.live import served

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SOON = 0.5  # seconds from a change to the page's hearing of it


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    return Chat(database, content_around)


def run(conversation: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(conversation, 60))


def asks_for_a_person(chat: Chat) -> int:
    chat.says("persona")
    return chat.database.call(lambda session: session.scalars(select(Ticket.id).order_by(Ticket.id.desc())).first()) or 0


def note(database: Database, ticket_id: int) -> None:
    database.call(lambda session: session.add(TicketNote(ticket_id=ticket_id, who="rosa", text="secreto", at=NOW)))


def test_a_new_request_is_heard_in_the_list_within_half_a_second_though_nobody_rang(desk: Desk, ana: Chat) -> None:
    async def go() -> None:
        async with served(desk) as there:
            stream = await there.open(desk.member())
            assert stream.names == ["inbox"], "a page hears once at the start: it may be older than the stream"
            written = asyncio.get_running_loop().time()
            await asyncio.to_thread(asks_for_a_person, ana)
            await stream.until(2)
            assert stream.heard[1][1] - written < SOON + 0.3, "and the turn itself takes a while"

    run(go())


def test_what_is_changed_in_this_process_is_heard_at_once(desk: Desk, ana: Chat) -> None:
    async def go() -> None:
        ticket = asks_for_a_person(ana)
        async with served(desk) as there:
            stream = await there.open(desk.member(), ticket)
            took = []
            for count in range(2, 7):
                await asyncio.sleep(0.3)
                await asyncio.to_thread(note, desk.database, ticket)
                written = asyncio.get_running_loop().time()
                desk.app.watching.ring()
                await stream.until(count)
                took.append(stream.heard[-1][1] - written)
            assert sorted(took)[2] < 0.2, took

    run(go())


def test_what_is_changed_while_a_page_is_being_opened_is_heard(desk: Desk, ana: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handoff.watching.SOONEST", 0.3)  # a look that comes late, as on a busy machine

    async def go() -> None:
        ticket = asks_for_a_person(ana)
        async with served(desk) as there:
            await there.open(desk.member(name="luis"), ticket)
            await asyncio.sleep(0.05)
            rosa = await there.open(desk.member(name="rosa"), ticket)
            await asyncio.to_thread(note, desk.database, ticket)  # after the first event, so not in what the page asks for then
            assert await rosa.until(2) == ["ticket", "ticket"]

    run(go())


def test_the_page_of_a_conversation_does_not_hear_of_another_one_and_nobody_hears_what_was_said(desk: Desk, ana: Chat) -> None:
    async def go() -> None:
        ticket, other = asks_for_a_person(ana), asks_for_a_person(Chat(desk.database, ana.around))
        async with served(desk) as there:
            stream = await there.open(desk.member(), ticket)
            await asyncio.to_thread(note, desk.database, other)
            await asyncio.sleep(0.6)
            assert stream.names == ["ticket"]
            await asyncio.to_thread(note, desk.database, ticket)
            assert await stream.until(2) == ["ticket", "ticket"]
            client = there.client(desk.member())
            async with client.stream("GET", f"/consola/vivo/{ticket}") as response:
                lines = [line async for line in _first(response.aiter_lines(), 4)]
            assert lines == [f"retry: {live_module.RETRY}", "", "event: ticket", "data: 1"]
            assert response.headers["cache-control"] == "no-store" and "script-src 'self'" in response.headers["content-security-policy"]

    run(go())


async def _first(lines: Any, count: int) -> Any:
    async for line in lines:
        yield line
        count -= 1
        if not count:
            return


@pytest.mark.parametrize("how", ["signed out", "revoked", "twelve hours", "left alone"])
def test_who_is_signed_out_hears_nothing_more(how: str, desk: Desk, ana: Chat) -> None:
    ends = {
        "signed out": lambda session, member: sessions.end(session, member.number, NOW),
        "revoked": lambda session, member: setattr(session.get(sessions.Staff, member.number), "revoked_at", NOW),
    }

    async def go() -> None:
        member = desk.member()
        async with served(desk) as there:
            stream = await there.open(member)
            if how in ends:
                await desk.database.run(ends[how], member)
            else:
                desk.now += sessions.LASTS if how == "twelve hours" else sessions.IDLE
            assert await stream.until_ended() == ["inbox", "ended"]
            assert desk.app.watching.count() == 0

    run(go())


def test_a_page_that_asks_by_itself_does_not_keep_its_member_signed_in(desk: Desk) -> None:
    member = desk.member()
    seen = select(StaffSession.seen_at)
    for headers in ({"HX-Request": "true"}, {"Accept": "text/event-stream"}):
        desk.now += timedelta(minutes=10)
        assert member.get("/consola", headers=headers).status_code == 200
        assert desk.database.call(lambda session: session.scalar(seen)) == NOW
    member.get("/consola")
    assert desk.database.call(lambda session: session.scalar(seen)) == desk.now


def test_a_stranger_and_a_role_without_conversations_get_no_stream(desk: Desk, ana: Chat) -> None:
    ticket = asks_for_a_person(ana)
    for path in ("/consola/vivo", f"/consola/vivo/{ticket}"):
        assert desk.stranger().get(path, headers={"Accept": "text/event-stream"}).status_code == 401
        for role in (Role.EDITOR, Role.REVIEWER, Role.PARTNER, Role.DATA_OFFICER, Role.ADMIN):
            assert desk.member(role).get(path).status_code == 403
    assert desk.app.watching.count() == 0


def test_a_browser_with_too_many_pages_keeps_the_newest(desk: Desk) -> None:
    async def go() -> None:
        member, other = desk.member(), desk.member()
        async with served(desk) as there:
            of_another = await there.open(other)
            first = await there.open(member)
            kept = [await there.open(member) for _ in range(MOST)]
            assert await first.until_ended() == ["inbox", "full"]
            assert not any(each.has_ended for each in [*kept, of_another]) and desk.app.watching.count() == MOST + 1

    run(go())


def test_who_looks_at_a_conversation_is_seen_by_the_others_until_they_leave(desk: Desk, ana: Chat) -> None:
    async def viewers(name: str) -> list[str]:
        return [each.who for each in await desk.database.run(presence.others, ticket, name, desk.now)]

    ticket = asks_for_a_person(ana)

    async def go() -> None:
        async with served(desk) as there:
            rosa = await there.open(desk.member(name="rosa"), ticket)
            assert await viewers("luis") == ["rosa"] and await viewers("rosa") == []
            assert rosa.names == ["ticket"], "that she looks herself is no news to her"
            luis = await there.open(desk.member(name="luis"), ticket)
            again = await there.open(desk.member(name="luis"), ticket)
            assert await rosa.until(2) == ["ticket", "ticket"] and await viewers("rosa") == ["luis"]
            await again.leave()
            await asyncio.sleep(0.6)
            assert await viewers("rosa") == ["luis"], "he has it open in another page"
            await luis.leave()
            await rosa.until(3)
            assert await viewers("rosa") == []

    run(go())


def test_presence_is_kept_up_as_long_as_the_page_is_open(desk: Desk, ana: Chat) -> None:
    ticket = asks_for_a_person(ana)

    async def go() -> None:
        async with served(desk) as there:
            await there.open(desk.member(name="rosa"), ticket)
            for _ in range(4):
                desk.now += timedelta(seconds=20)
                await asyncio.sleep(0.6)
                assert await desk.database.run(presence.others, ticket, "luis", desk.now)

    run(go())


def test_a_page_hears_now_and_then_though_nothing_happens(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "PING", 0.05)
    monkeypatch.setattr(live_module, "AT_LEAST_EVERY", 0.2)

    async def go() -> None:
        async with served(desk) as there:
            stream = await there.open(desk.member())
            await stream.until(3, 2)
            assert stream.heard[2][1] - stream.heard[1][1] >= 0.2

    run(go())


def test_a_stop_lets_all_pages_go_at_once_and_takes_no_more(desk: Desk, ana: Chat) -> None:
    ticket = asks_for_a_person(ana)

    async def go() -> None:
        async with served(desk) as there:
            streams = [await there.open(desk.member(), each) for each in (None, ticket)]
            started = asyncio.get_running_loop().time()
            desk.app.watching.close()
            assert [(await each.until_ended())[-1] for each in streams] == ["stopped", "stopped"]
            assert asyncio.get_running_loop().time() - started < 1
            late = await there.open(desk.member(), wait=False)
            assert await late.until_ended() == ["stopped"]

    run(go())


def test_a_database_that_fails_for_a_moment_ends_no_stream(desk: Desk, ana: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handoff.watching.AFTER_FAILURE", 0.1)
    ticket = asks_for_a_person(ana)

    async def go() -> None:
        async with served(desk) as there:
            stream = await there.open(desk.member(), ticket)
            with monkeypatch.context() as broken:
                broken.setattr("bot.handoff.watching.changes.look", lambda *_: 1 / 0)
                await asyncio.sleep(0.8)
            assert not stream.has_ended
            await asyncio.to_thread(tickets_claimed, desk.database, ticket)
            assert await stream.until(2) == ["ticket", "ticket"]

    run(go())


def tickets_claimed(database: Database, ticket_id: int) -> None:
    database.call(tickets.claim, ticket_id, "rosa", NOW)
