"""Migrants and officials each have a bot of their own in one process: what is one's is never said, shown, fetched or heard by the other.

Both are asked by people whose chats have the same number, as Telegram gives it to one person who writes to both.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation.inbox import chat_hash
from bot.courses import learners
from bot.courses.learners import Place
from bot.errors import RefusedError, TelegramError
from bot.handoff.attachments import SentFile
from bot.permissions import Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.deliveries import InboxUpdate, OutboxMessage
from bot.records.staff import Role
from bot.telegram_adapter import line as line_module
from bot.telegram_adapter import sender as sender_module
from bot.telegram_adapter.webhook import PROOF
from tests.bot_api import OTHER_BOTS_TOKEN, TOKEN, BotApi, Fault, message, two_bots, until
from tests.service import Rasa, Service, Serving, answering

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
ANA = 111_000_111
MIGRANTS, OFFICIALS = "telegram:4242424242", "telegram:777777:officials"
OFFICIALS_NEW_TOKEN = "777777:AAF-second-token-of-the-officials-bot-00"
SECRET = "s3cret-of-the-webhook_0123456789"
BOTH = {"telegram_officials_token": OTHER_BOTS_TOKEN}
WEBHOOK = {"telegram_webhook_url": "http://127.0.0.1/telegram", "telegram_webhook_secret": SECRET, **BOTH}


@dataclass
class Both:
    service: Service
    migrants: BotApi
    officials: BotApi

    def text(self, name: str) -> str:
        return self.service.text(name)

    async def learns(self) -> None:
        """The person of that chat has joined the officials' bot."""
        content, chat = self.service.app.content.current()[0], chat_hash(OFFICIALS, str(ANA))

        def join(session: Session) -> None:
            now = datetime.now(UTC)
            learner, _ = learners.invite(session, Actor("vera", Role.SUPERVISOR), content, Place("DIF", "15057", "other"), now)
            learners.join(session, learner, OFFICIALS, chat, "Ana López Cruz", "1", now)

        await self.service.app.database.run(join)


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(line_module, "LOOK_FOR_TOKEN", 0.05)
    return Serving(tmp_path / "var", monkeypatch)


@asynccontextmanager
async def both(serving: Serving, **settings: Any) -> AsyncIterator[Both]:
    async with (
        two_bots() as (migrants, officials),
        answering() as rasa,
        serving.start(migrants, rasa, **{**BOTH, **settings}) as service,
    ):
        yield Both(service, migrants, officials)


def run(what: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(what, 60))


def test_one_person_who_writes_to_both_is_two_people_to_us(serving: Serving) -> None:
    async def go() -> None:
        async with both(serving) as two:
            two.migrants.say(ANA, "menu")
            two.officials.say(ANA, "hola", "hola")
            await until(lambda: (len(two.migrants.to(ANA)), len(two.officials.to(ANA))) == (1, 2))
            assert two.officials.to(ANA) == [two.text("utter_learning_stranger")] * 2
            assert two.migrants.to(ANA) != [two.text("utter_learning_stranger")]
            chats, said, sent = await two.service.app.database.run(records)
            assert set(chats) == {MIGRANTS, OFFICIALS} and len({chat for _, chat in chats.values()}) == 2
            assert said == {MIGRANTS: ["menu"], OFFICIALS: ["hola", "hola"]}
            assert sent == {MIGRANTS: {chats[MIGRANTS][0]}, OFFICIALS: {chats[OFFICIALS][0]}}

    run(go())


def records(session: Session) -> tuple[dict[str, tuple[int, str]], dict[str, list[str]], dict[str, set[int]]]:
    """Each door's conversation, what was said in it, and to which conversations it sent."""
    chats = {each.bot_id: (each.id, each.chat) for each in session.scalars(select(Conversation))}
    said: dict[str, list[str]] = {}
    for text, bot_id in session.execute(
        select(Message.text, Conversation.bot_id).join(Conversation).where(Message.direction == Direction.IN).order_by(Message.id)
    ):
        said.setdefault(bot_id, []).append(text)
    sent: dict[str, set[int]] = {}
    for each in session.scalars(select(OutboxMessage)):
        sent.setdefault(each.bot_id, set()).add(each.conversation_id)
    return chats, said, sent


@pytest.mark.parametrize("alone", ["migrants", "officials"])
def test_either_bot_is_served_without_the_other(alone: str, serving: Serving) -> None:
    async def go() -> None:
        async with two_bots() as (migrants, officials), answering() as rasa:
            served, silent = (migrants, officials) if alone == "migrants" else (officials, migrants)
            tokens = {} if alone == "migrants" else {"telegram_token": None, **BOTH}
            async with serving.start(served, rasa, **tokens) as service:
                silent.say(ANA, "menu")
                served.say(ANA, "hola")
                await until(lambda: len(served.to(ANA)) == 1)
                assert (await service.get("/healthz")).json()["telegram_silent_seconds"] is not None
            assert silent.calls == []

    run(go())


@pytest.mark.parametrize("asked", ["migrants", "officials"])
def test_who_waits_for_an_answer_sees_their_own_bot_write(asked: str, serving: Serving) -> None:
    async def go() -> None:
        async with both(serving) as two:
            await two.learns()
            two.service.rasa.mode = "slow"
            theirs, others = (two.migrants, two.officials) if asked == "migrants" else (two.officials, two.migrants)
            theirs.say(ANA, "quiero dar las gracias por la orientación que me dieron")
            await until(lambda: len(theirs.to(ANA)) > 0)
            assert [each["chat_id"] for each in theirs.asked("sendChatAction")] == [ANA]
            assert others.asked("sendChatAction") == [] and others.sent == []

    run(go())


def test_what_either_bot_is_to_say_is_said_at_once(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bell of the turns rings both senders, which otherwise look again after a while."""
    monkeypatch.setattr(sender_module, "LOOK_AGAIN", 60)

    async def go() -> None:
        async with both(serving) as two:
            await until(lambda: all(api.asked("setMyShortDescription") for api in (two.migrants, two.officials)))
            await asyncio.sleep(1)  # both senders sleep
            for api in (two.migrants, two.officials):
                api.say(ANA, "menu")
                await until(lambda api=api: len(api.to(ANA)) == 1, 5)

    run(go())


def test_a_file_is_fetched_by_the_bot_it_was_sent_to(serving: Serving) -> None:
    async def go() -> None:
        async with both(serving) as two:
            fetch = two.service.app.fetch_file
            assert fetch is not None
            for bot_id, theirs, others in ((MIGRANTS, two.migrants, two.officials), (OFFICIALS, two.officials, two.migrants)):
                theirs.faults["getFile"].append(Fault(400, "Bad Request: wrong file_id"))
                with pytest.raises(TelegramError):
                    await fetch(SentFile(bot_id, "AgAC"))
                assert [each["file_id"] for each in theirs.asked("getFile")] == ["AgAC"]
                theirs.calls.clear()
                assert others.asked("getFile") == []
            with pytest.raises(RefusedError):
                await fetch(SentFile("telegram:5", "AgAC"))

    run(go())


def test_each_bot_shows_its_own_menu_and_says_what_it_is(serving: Serving) -> None:
    async def go() -> None:
        async with both(serving) as two:
            for api, description, word in (
                (two.migrants, "utter_bot_description", "persona"), (two.officials, "utter_learning_bot_description", "cursos")
            ):  # fmt: skip
                await until(lambda api=api: len(api.asked("setMyShortDescription")) == 6)
                shown = {each.get("language_code"): each["description"] for each in api.asked("setMyDescription")}
                assert shown["es"] == two.text(description)[:512]
                menus = {each.get("language_code"): {line["command"] for line in each["commands"]} for each in api.asked("setMyCommands")}
                assert word in menus["es"]
            assert "persona" not in menus["es"]

    run(go())


def test_a_revoked_token_of_one_bot_does_not_stop_the_other_and_is_renewed(serving: Serving, tmp_path: Path) -> None:
    async def go() -> None:
        async with both(serving) as two:
            two.officials.tokens = {OFFICIALS_NEW_TOKEN}
            await until(lambda: two.officials.refused > 0)
            two.migrants.say(ANA, "menu")
            await until(lambda: len(two.migrants.to(ANA)) == 1)
            two.officials.say(ANA, "hola")
            written = f"TELEGRAM_TOKEN={TOKEN}\nTELEGRAM_OFFICIALS_TOKEN={OFFICIALS_NEW_TOKEN}\nTELEGRAM_API_URL={two.officials.url}\n"
            (tmp_path / ".env").write_text(written)
            await until(lambda: two.officials.to(ANA) == [two.text("utter_learning_stranger")])
            assert two.migrants.refused == 0

    run(go())


def test_a_token_of_officials_that_telegram_does_not_know_leaves_migrants_their_bot(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        async with two_bots() as (migrants, officials), answering() as rasa:
            officials.tokens = set()
            async with serving.start(migrants, rasa, **BOTH) as service:
                await until(lambda: "TELEGRAM_OFFICIALS_TOKEN: Telegram no conoce" in caplog.text)
                migrants.say(ANA, "menu")
                await until(lambda: len(migrants.to(ANA)) == 1)
                assert not service.running.done()
                assert await service.stop() < 5

    run(go())


@pytest.mark.parametrize("alone", [True, False])
def test_a_token_that_telegram_does_not_know_ends_the_start(alone: bool, serving: Serving) -> None:
    """Of the migrants' bot, or of the only one."""

    async def go() -> None:
        async with two_bots() as (migrants, officials), answering() as rasa:
            unknown = officials if alone else migrants
            unknown.tokens = set()
            tokens = {"telegram_token": None, **BOTH} if alone else BOTH
            name = "TELEGRAM_OFFICIALS_TOKEN" if alone else "TELEGRAM_TOKEN"
            with pytest.raises(TelegramError, match=f"^{name}: "):
                async with serving.start(unknown, rasa, **tokens):
                    pass

    run(go())


def test_each_webhook_takes_its_own_bots_updates(serving: Serving) -> None:
    async def go() -> None:
        async with both(serving, **WEBHOOK) as two:
            await until(lambda: bool(two.migrants.webhook and two.officials.webhook))
            assert (two.migrants.webhook, two.officials.webhook) == ("http://127.0.0.1/telegram", "http://127.0.0.1/telegram/officials")
            assert await posted(two.service, "/telegram/officials", "wrong") == 403
            assert await posted(two.service, "/telegram/officials", None) == 403
            assert await two.service.app.database.run(lambda session: session.scalars(select(InboxUpdate.id)).all()) == []
            assert await posted(two.service, "/telegram/officials", SECRET) == 200
            await until(lambda: two.officials.to(ANA) == [two.text("utter_learning_stranger")])
            assert two.migrants.sent == []
            assert await posted(two.service, "/telegram", SECRET) == 200  # the same number of an update is another bot's update
            await until(lambda: len(two.migrants.to(ANA)) == 1)
            assert len(two.officials.sent) == 1
            assert two.migrants.asked("getUpdates") == two.officials.asked("getUpdates") == []

    run(go())


async def posted(service: Service, path: str, secret: str | None) -> int:
    headers = {} if secret is None else {PROOF: secret}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.settings.puente_port}", trust_env=False) as http:
        return (await http.post(path, json=message(1, ANA, text="hola"), headers=headers)).status_code


def test_the_officials_bot_does_not_stay_in_the_staffs_group(serving: Serving) -> None:
    async def go() -> None:
        async with both(serving, telegram_staff_group=-1007) as two:
            group = {"id": -1007, "type": "supergroup", "title": "Equipo"}
            said = message(1, ANA, text="hola")
            said["message"]["chat"] = group
            two.officials.deliver(said)
            await until(lambda: [each["chat_id"] for each in two.officials.asked("leaveChat")] == [-1007])
            assert two.migrants.asked("leaveChat") == []

    run(go())


def test_a_rasa_that_is_asked_by_both_answers_each_in_its_chat(serving: Serving) -> None:
    async def go() -> None:
        async with both(serving) as two:
            await two.learns()
            rasa: Rasa = two.service.rasa
            rasa.mode, rasa.seconds = "slow", 0.3
            for number in range(5):
                two.migrants.say(ANA, f"quiero dar las gracias {number}")
                two.officials.say(ANA, f"quiero saber de mi trabajo {number}")
            await until(lambda: len(two.migrants.to(ANA)) == len(two.officials.to(ANA)) == 5)
            assert two.migrants.to(ANA) == [two.text("utter_thank")] * 5
            assert two.text("utter_thank") not in two.officials.to(ANA)

    run(go())
