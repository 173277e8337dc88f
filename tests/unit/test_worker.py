"""The worker: every message is answered once and in order, whatever Rasa or another process does. See tests/worker.py."""

import asyncio
import random
from functools import partial

from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.inbox import LEASE, Arrival
from bot.conversation.live import LiveContent
from bot.conversation.worker import AT_ONCE
from bot.records.database import Database
from tests.bot_api import until
from tests.outgoing import Clock
from tests.worker import MOMENT, SAID, Rasa, all_done, arrival, push, run, sent, take, transcript, working


def scramble(chats: int, each: int) -> list[Arrival]:
    """Numbered messages of many chats, mixed; each chat's in its own order."""
    turns = [chat for chat in range(chats) for _ in range(each)]
    random.Random(5).shuffle(turns)
    counts = dict.fromkeys(range(chats), 0)
    mixed = []
    for chat in turns:
        counts[chat] += 1
        mixed.append(arrival(f"chat {chat}", f"mensaje {counts[chat]} del chat {chat}"))
    return mixed


def check_scrambled(database: Database, rasa: Rasa, chats: int, each: int) -> None:
    """Each message was asked once, after what was said before it, and answered once, in order."""
    assert len(rasa.asked) == len(set(rasa.asked)) == chats * each
    for chat in range(chats):
        texts = [f"mensaje {number} del chat {chat}" for number in range(1, each + 1)]
        assert database.call(transcript, f"chat {chat}") == [line for text in texts for line in (("in", text), ("out", SAID))]
        assert database.call(sent, f"chat {chat}") == [SAID] * each
        before = [rasa.states[text].get("slots", {}).get("said_before") for text in texts]
        assert before == [None, *texts[:-1]], "a turn began before the one before it was written down"


def test_two_hundred_messages_of_twenty_chats_are_each_answered_once_and_in_order(database: Database, live: LiveContent) -> None:
    rasa, chance = Rasa(), random.Random(3)

    async def go() -> None:
        mixed = scramble(20, 10)
        async with working(database, live, rasa) as worker:
            while mixed:
                count = chance.randrange(1, 15)
                await push(database, worker, *mixed[:count])
                del mixed[:count]
            await until(lambda: database.run(all_done))

    run(go())
    check_scrambled(database, rasa, 20, 10)


def test_two_hundred_messages_of_doors_that_wait_are_each_answered_once_and_in_order(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> list[Taken]:
        async with working(database, live, rasa) as worker:
            begun = await asyncio.gather(*(worker.take(each) for each in scramble(20, 10)))
            waiting = [future for _, future in begun if future]
            return await asyncio.gather(*waiting)

    taken = run(go())
    assert len(taken) == 200
    assert {tuple(reply.response for reply in each.replies) for each in taken} == {(SAID,)}
    check_scrambled(database, rasa, 20, 10)


def test_what_an_earlier_process_left_is_dealt_with_unasked(database: Database, live: LiveContent) -> None:
    rasa = Rasa()
    database.call(inbox.accept, scramble(10, 5))

    async def go() -> None:
        async with working(database, live, rasa):
            await until(lambda: database.run(all_done))

    run(go())
    check_scrambled(database, rasa, 10, 5)


def test_the_same_update_again_is_not_answered_again(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        async with working(database, live, rasa) as worker:
            one, other = await asyncio.gather(take(worker, "ana", "hola buenas"), take(worker, "ana", "hola buenas"))
            assert await one == await other
            accepted, waiting = await worker.take(arrival("ana", "hola buenas"))
            assert accepted.done and waiting is None
            await push(database, worker, arrival("ana", "hola buenas"))
            await (await take(worker, "ana", "otra cosa"))

    run(go())
    assert rasa.asked == ["hola buenas", "otra cosa"]
    assert database.call(transcript, "ana") == [("in", "hola buenas"), ("out", SAID), ("in", "otra cosa"), ("out", SAID)]


def test_a_chat_that_hangs_in_rasa_does_not_hold_up_others(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        answer = rasa.hold("esta se queda colgada")
        async with working(database, live, rasa) as worker:
            hanging = await take(worker, "ana", "esta se queda colgada")
            behind = await take(worker, "ana", "esta espera detrás")
            for number in range(10):
                other = await take(worker, f"chat {number}", "esta no espera")
                assert (await other).replies[0].response == SAID
            assert database.call(transcript, "ana") == []
            assert "esta espera detrás" not in rasa.asked
            answer.set()
            await hanging
            await behind

    run(go())
    assert database.call(transcript, "ana") == [
        ("in", "esta se queda colgada"), ("out", SAID),
        ("in", "esta espera detrás"), ("out", SAID),
    ]  # fmt: skip


def test_only_so_many_turns_are_taken_at_once(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        texts = [f"mensaje del chat {number}" for number in range(AT_ONCE + 2)]
        answers = [rasa.hold(text) for text in texts]

        async def asked(count: int) -> bool:
            return len(rasa.asked) >= count

        async with working(database, live, rasa) as worker:
            await database.run(inbox.accept, [arrival(text, text) for text in texts])
            for _ in texts:
                worker.ring()
            for number in range(3):
                await until(partial(asked, AT_ONCE + number))
                await database.run(all_done)  # the worker has had its chance to begin another
                assert len(rasa.asked) == AT_ONCE + number
                answers[number].set()
            for answer in answers:
                answer.set()
            await until(lambda: database.run(all_done))

    run(go())


def test_a_worker_that_is_stopped_finishes_the_turns_under_way_and_begins_no_others(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        answer = rasa.hold("ya me la están contestando")
        async with working(database, live, rasa) as worker:
            await take(worker, "ana", "ya me la están contestando")
            worker.stop()
            await push(database, worker, arrival("beto", "esta es para el siguiente"))
            answer.set()

    run(go())
    assert database.call(sent, "ana") == [SAID]
    assert database.call(sent, "beto") == []
    assert rasa.asked == ["ya me la están contestando"]


def test_an_update_that_another_process_took_over_is_not_answered_twice(database: Database, live: LiveContent) -> None:
    slow, quick, clock = Rasa("utter_affirm"), Rasa(SAID), Clock()

    async def go() -> None:
        answer = slow.hold("quién me contesta")

        async def asked() -> bool:
            return bool(slow.asked)

        async with working(database, live, slow, clock) as late:
            await push(database, late, arrival("ana", "quién me contesta"))
            await until(asked)
            clock.now += LEASE + MOMENT
            async with working(database, live, quick, clock):
                await until(lambda: database.run(all_done))
            answer.set()
            after = await take(late, "ana", "y ahora quién")  # the late one works on
            await after

    run(go())
    assert database.call(transcript, "ana") == [
        ("in", "quién me contesta"), ("out", SAID),
        ("in", "y ahora quién"), ("out", "utter_affirm"),
    ]  # fmt: skip
    assert database.call(sent, "ana") == [SAID, "utter_affirm"]
    assert (slow.asked, quick.asked) == (["quién me contesta", "y ahora quién"], ["quién me contesta"])
    assert slow.states["y ahora quién"] == {"slots": {"said_before": "quién me contesta"}}


def test_two_workers_on_one_database_answer_each_message_once_and_in_order(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        async with working(database, live, rasa) as one, working(database, live, rasa) as other:
            for number, each in enumerate(scramble(20, 10)):
                await push(database, (one, other)[number % 2], each)
            await until(lambda: database.run(all_done))

    run(go())
    check_scrambled(database, rasa, 20, 10)
