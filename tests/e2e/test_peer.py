"""The peer itself, against the Telegram library that the bot uses: what it hands out can be read, and what it refuses is refused."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, TimedOut
from telegram.request import HTTPXRequest

from tests.e2e import updates
from tests.e2e.conftest import SECRET
from tests.e2e.faults import wrong_html
from tests.e2e.peer import BOT_ID, SECOND_TOKEN, TOKEN, Peer
from tests.e2e.post import post_at_once, post_webhook

ANA = 111_000_111
Work = Callable[[Bot], Awaitable[None]]
pytestmark = pytest.mark.filterwarnings("default::telegram.warnings.PTBDeprecationWarning")


def with_bot(peer: Peer, work: Work, token: str = TOKEN) -> None:
    async def run() -> None:
        request = HTTPXRequest(read_timeout=2, httpx_kwargs={"trust_env": False})
        bot = Bot(token, base_url=f"{peer.url}/bot", base_file_url=f"{peer.url}/file/bot", request=request, get_updates_request=request)
        async with bot:
            await work(bot)

    asyncio.run(run())


@pytest.mark.parametrize("name", [*updates.CONTENTS, *updates.SERVICE])
def test_every_content_is_read_by_the_library(peer: Peer, name: str) -> None:
    peer.say(ANA, {**updates.CONTENTS, **updates.SERVICE}[name])

    async def work(bot: Bot) -> None:
        [update] = await bot.get_updates()
        assert update.message is not None and update.message.chat.id == ANA
        assert abs(update.message.date.timestamp() - time.time()) < 5
        assert update.message.effective_attachment is not None or update.message.text or name in updates.SERVICE or "unheard" in name

    with_bot(peer, work)


def test_every_kind_of_update_is_read_by_the_library(peer: Peer) -> None:
    peer.say(ANA, updates.location(live=900))
    peer.edit(ANA, peer.last_said(ANA), updates.location(live=900))
    peer.press(ANA, "/help")
    peer.block(ANA)
    peer.unblock(ANA)
    peer.add_to(-100)
    peer.add_to(-200, "channel")
    for content in updates.IN_GROUPS.values():
        peer.say(-100, content, "supergroup")
    peer.say(-200, updates.text("menu"), "channel")
    peer.deliver(updates.unheard_of())
    peer.say(ANA, updates.photo(caption="mi papel", album="9"))
    peer.reply(ANA, peer.last_said(ANA), updates.text("este"))

    async def work(bot: Bot) -> None:
        found = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
        assert [each.update_id for each in found] == list(range(1, 19))
        assert found[1].edited_message and found[1].edited_message.location.live_period in (900, timedelta(seconds=900))
        assert found[0].message and found[0].message.message_id == found[1].edited_message.message_id
        assert found[2].callback_query and found[2].callback_query.data == "/help"
        assert found[3].my_chat_member and found[3].my_chat_member.new_chat_member.status == "kicked"
        assert found[-4].channel_post and not found[-3].effective_chat
        assert found[-2].message and found[-2].message.media_group_id == "9"
        assert found[-1].message and found[-1].message.reply_to_message.message_id == found[-2].message.message_id

    with_bot(peer, work)


def test_what_was_sent_can_be_edited_deleted_and_replied_to_once_it_exists(peer: Peer) -> None:
    async def work(bot: Bot) -> None:
        assert bot.id == BOT_ID
        first = await bot.send_message(ANA, "uno")
        second = await bot.send_message(ANA, "<b>dos</b> &amp; tres", parse_mode="HTML", reply_to_message_id=first.message_id)
        assert second.message_id > first.message_id and second.text == "dos & tres"
        assert peer.sent[1].reply_to == first.message_id
        await bot.edit_message_text("uno, mejor", ANA, first.message_id)
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_text("uno, mejor", ANA, first.message_id)
        await bot.delete_messages(ANA, [first.message_id, second.message_id])
        for gone in (bot.delete_message(ANA, first.message_id), bot.edit_message_text("x", ANA, second.message_id)):
            with pytest.raises(BadRequest, match="not found"):
                await gone
        with pytest.raises(BadRequest, match="replied not found"):
            await bot.send_message(ANA, "cuatro", reply_to_message_id=first.message_id)

    with_bot(peer, work)


def test_the_menu_the_description_and_the_files_are_kept(peer: Peer) -> None:
    peer.offer_file("voice-1", b"OggS" * 10)

    async def work(bot: Bot) -> None:
        await bot.set_my_commands([("ayuda", "Ver los temas")], language_code="es")
        await bot.set_my_description("Puente", "es")
        await bot.set_my_short_description("Puente", "es")
        await bot.leave_chat(-100)
        await bot.send_chat_action(ANA, "typing")
        await bot.answer_callback_query("1")
        assert bytes(await (await bot.get_file("voice-1")).download_as_bytearray()) == b"OggS" * 10
        with pytest.raises(BadRequest, match="rong file_id"):
            await bot.get_file("voice-2")

    with_bot(peer, work)
    assert peer.commands() == {"es": [("ayuda", "Ver los temas")]}
    assert [call["chat_id"] for call in peer.called("leaveChat")] == ["-100"]
    assert peer.called("setMyDescription") and peer.called("sendChatAction") and peer.called("answerCallbackQuery")


@pytest.mark.parametrize(
    "good", ["<b>a</b>", "a &lt; b &amp; c", '<a href="https://example.org/?a=1&amp;b=2">x</a>', "<b><i>x</i></b>", ""]
)
def test_good_html_passes(good: str) -> None:
    assert wrong_html(good) == ""


@pytest.mark.parametrize("bad", ["<b>a", "a</b>", "<b><i>x</b></i>", "<p>a</p>", "1 < 2", "tú & yo", "<script>x</script>", "<br>"])
def test_bad_html_is_refused(peer: Peer, bad: str) -> None:
    async def work(bot: Bot) -> None:
        with pytest.raises(BadRequest, match="an't parse entities"):
            await bot.send_message(ANA, bad, parse_mode="HTML")

    with_bot(peer, work)
    assert not peer.sent


def test_a_blocked_bot_a_revoked_token_and_a_rival_are_told_so(peer: Peer) -> None:
    async def work(bot: Bot) -> None:
        peer.block(ANA)
        with pytest.raises(Forbidden):
            await bot.send_message(ANA, "hola")
        await bot.send_message(ANA + 1, "hola")
        peer.unblock(ANA)
        await bot.send_message(ANA, "hola")
        with peer.rival(), pytest.raises(Conflict):
            await bot.get_updates()
        peer.tokens = {SECOND_TOKEN}
        with pytest.raises(InvalidToken):
            await bot.send_message(ANA, "hola")

    async def after(bot: Bot) -> None:
        assert len(await bot.get_updates()) == 2, "a rotated token is the same bot, with the same updates"

    with_bot(peer, work)
    with_bot(peer, after, SECOND_TOKEN)


def test_outages_silence_and_lost_answers(peer: Peer) -> None:
    async def work(bot: Bot) -> None:
        for status in (502, None):
            with peer.outage(status), pytest.raises(NetworkError):
                await bot.send_message(ANA, "hola")
        with peer.silence("getUpdates"), pytest.raises(TimedOut):
            await bot.get_updates()
        polling = asyncio.create_task(bot.get_updates(timeout=20, read_timeout=25))
        await asyncio.sleep(0.3)
        with peer.outage(502), pytest.raises(NetworkError):
            await polling
        assert not peer.sent
        peer.lost_answers = 1
        with pytest.raises(TimedOut):
            await bot.send_message(ANA, "hola")
        assert len(peer.sent) == 1

    with_bot(peer, work)


def test_a_batch_is_handed_over_again_though_it_was_confirmed(peer: Peer) -> None:
    peer.post.hand_next_batch_again(2)
    peer.deliver_all([peer.said(ANA, updates.text("menu"))] * 2)

    async def work(bot: Bot) -> None:
        first = await bot.get_updates()
        again = [await bot.get_updates(offset=first[-1].update_id + 1) for _ in range(2)]
        assert again == [first, first]
        assert not await bot.get_updates(offset=first[-1].update_id + 1)

    with_bot(peer, work)


class Taker:
    """A web server which notes the updates posted to it and refuses some."""

    def __init__(self, refusals: int = 0) -> None:
        self.got: list[tuple[int, int]] = []
        self.secrets: set[str | None] = set()
        self._refusals = refusals

    async def __aenter__(self) -> str:
        app = web.Application()
        app.router.add_post("/telegram", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/telegram"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        if self._refusals:
            self._refusals -= 1
            return web.Response(status=503)
        self.got.append((update["message"]["chat"]["id"], update["update_id"]))
        return web.Response()


def test_the_webhook_gets_each_update_once_and_in_order_for_each_chat(peer: Peer) -> None:
    async def work(bot: Bot) -> None:
        taker = Taker(refusals=5)
        async with taker as url:
            await bot.set_webhook(url, secret_token=SECRET)
            given = await asyncio.to_thread(
                peer.deliver_all, [peer.said(chat, updates.text("menu")) for _ in range(5) for chat in range(1, 11)]
            )
            with pytest.raises(Conflict):
                await bot.get_updates()
            until = time.monotonic() + 10
            while peer.waiting() and time.monotonic() < until:
                await asyncio.sleep(0.05)
            await bot.delete_webhook()
        assert sorted(number for _, number in taker.got) == given and taker.secrets == {SECRET}
        for chat in range(1, 11):
            mine = [number for where, number in taker.got if where == chat]
            assert mine == sorted(mine)
        assert set(peer.handed) == set(given)

    with_bot(peer, work)


def test_updates_posted_straight_at_the_bot_are_all_taken_in_order(peer: Peer) -> None:
    async def work() -> None:
        taker = Taker(refusals=7)
        async with taker as url:
            many = [
                peer.said(chat, updates.text("menu")) | {"update_id": 10 * number + chat} for number in range(5) for chat in range(1, 9)
            ]
            handed = await post_webhook(url, SECRET, many, at_once=4)
            assert len(taker.got) == len(many) == len(handed)
            assert [number for where, number in taker.got if where == 3] == [3, 13, 23, 33, 43]
            assert await post_at_once(url, SECRET, many[0], 10) == [True] * 10

    asyncio.run(work())
