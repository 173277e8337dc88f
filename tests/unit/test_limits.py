"""How fast a bot may send: in all, to one chat, and when Telegram asks to wait. The loop's clock is the test's."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.telegram_adapter.limits import Limits

ANA, BETO = 1, 2


class Loop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still until the test moves it."""

    moment = 1000.0

    def time(self) -> float:
        return self.moment


def later(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    loop.moment += seconds


def in_a_still_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def send_all_there_is_room_for(limits: Limits) -> int:
    room = limits.room(1000)
    for number in range(room):
        await limits.count(number)
    return room


@in_a_still_loop
async def test_so_many_messages_go_at_once_and_then_so_many_a_second() -> None:
    limits = Limits(30, 1)
    assert await send_all_there_is_room_for(limits) == 30
    assert limits.room(1000) == 0
    later(0.5)
    assert await send_all_there_is_room_for(limits) == 15
    later(10)
    assert await send_all_there_is_room_for(limits) == 30, "what was not used is saved up"


@in_a_still_loop
async def test_there_is_never_more_room_than_asked_for() -> None:
    assert [Limits(30, 1).room(most) for most in (0, 1, 29, 31)] == [0, 1, 29, 30]


@pytest.mark.parametrize("per_second", [1, 1.5, 29.9])
def test_any_allowed_speed_lets_messages_through(per_second: float) -> None:
    @in_a_still_loop
    async def run() -> None:
        limits = Limits(per_second, 1)
        sent = await send_all_there_is_room_for(limits)
        for _ in range(100):
            later(0.1)
            sent += await send_all_there_is_room_for(limits)
        assert 10 * per_second - 1 <= sent <= 11 * per_second

    run()


@in_a_still_loop
async def test_a_chat_waits_after_each_message_and_others_do_not() -> None:
    limits = Limits(30, 1)
    await limits.count(ANA)
    assert limits.waiting() == [ANA]
    later(0.99)
    await limits.count(BETO)
    assert limits.waiting() == [ANA, BETO]
    later(0.01)
    assert limits.waiting() == [BETO]


@in_a_still_loop
async def test_the_longest_wait_of_a_chat_holds() -> None:
    limits = Limits(30, 1)
    limits.wait(ANA, 30)
    await limits.count(ANA)
    later(29.9)
    assert limits.waiting() == [ANA]
    later(0.2)
    assert limits.waiting() == []


@in_a_still_loop
async def test_when_all_wait_there_is_no_room_until_the_longest_wait_is_over() -> None:
    limits = Limits(30, 1)
    limits.wait_all(5)
    limits.wait_all(2)
    later(4.99)
    assert limits.room(30) == 0 and limits.waiting() == []
    later(0.01)
    assert limits.room(30) == 30


@in_a_still_loop
async def test_the_next_change_is_the_end_of_the_shortest_wait() -> None:
    limits = Limits(30, 1)
    assert limits.next_change(0.5) == 0.5
    limits.wait_all(0.4)
    limits.wait(ANA, 0.3)
    limits.wait(BETO, 20)
    assert limits.next_change(0.5) == pytest.approx(0.3)
    later(0.3)
    assert limits.waiting() == [BETO]
    assert limits.next_change(0.5) == pytest.approx(0.1)


@in_a_still_loop
async def test_a_wait_that_ended_since_it_was_last_asked_for_is_a_change_now() -> None:
    """Otherwise a chat whose second is over while the outbox is read waits for the next look."""
    limits = Limits(30, 1)
    await limits.count(ANA)
    assert limits.waiting() == [ANA]
    later(1)
    assert limits.next_change(0.5) == 0
    assert limits.waiting() == [] and limits.next_change(0.5) == 0.5


@in_a_still_loop
async def test_chats_that_no_longer_wait_are_forgotten() -> None:
    limits = Limits(1000, 1)
    await send_all_there_is_room_for(limits)
    later(1)
    limits.waiting()
    assert limits._ready_at == {}
