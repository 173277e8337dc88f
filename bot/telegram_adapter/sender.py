"""Delivers the outbox to Telegram: one sender for each bot token, in order for each chat, within Telegram's limits.

A row is marked `sending` before the call. If the process dies or the answer never comes, nobody knows whether the message arrived: it is
sent again and counted, because a repeated answer harms less than silence. How calls ended is written down with the next ones taken,
in one transaction.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot.conversation import outbox
from bot.conversation.closing import move_chat
from bot.conversation.formatting import as_html, as_plain
from bot.conversation.outbox import Delivery, Outcome
from bot.conversation.parts import LONGEST_MESSAGE, units
from bot.metrics import Metrics
from bot.privacy import copies
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.deliveries import Call
from bot.records.leading import Leadership
from bot.telegram_adapter.http import FateUnknownError
from bot.telegram_adapter.limits import Limits
from bot.telegram_adapter.line import Line, seconds_of

logger = logging.getLogger(__name__)

AT_ONCE = 32  # calls under way
LOOK_AGAIN = 0.5  # seconds: for messages put there by another process
SOONEST = 0.01  # seconds between two looks when nothing rings
AFTER_FAILURE = 5.0  # seconds until the next try in that chat
FAILURES_IN_A_ROW = 3  # of the network, in whatever chats: then all wait
LEADING_EVERY = 5.0  # seconds between two looks whether we are still the ones who send
SOON = 2.0  # seconds that the end waits for a chat's next message
LAST_CALLS = 3.0  # seconds for calls under way when we stop
LATE = timedelta(minutes=10)
COPY = "mis-datos.json"  # name of the document with all that is kept of somebody


class Sender:
    def __init__(
        self,
        line: Line,
        database: Database,
        clock: Callable[[], datetime],
        limits: Limits,
        metrics: Metrics,
        late_note: Callable[[datetime, str], str],
    ) -> None:
        """`late_note` gives, for when something was written and a language, what is put above it when it goes out late."""
        self._line, self._database, self._clock, self._limits, self._metrics = line, database, clock, limits, metrics
        self._late_note = late_note
        self.on_settled: Callable[[], None] = lambda: None  # the fate of a message is known
        self._wake = asyncio.Event()
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._outcomes: list[Outcome] = []
        self._own: set[int] = set()  # rows whose call is under way, or whose outcome is not written down
        self._is_unsure = False  # whether rows are marked whose calls nobody makes
        self._failures = 0
        self._stopping = False
        self._leadership = Leadership(database.engine, line.bot_id)
        self._led_at = 0.0
        self.is_leading = False  # this process sends for the bot, and no other

    def ring(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        """Take no more; calls under way are given LAST_CALLS to finish, and what came of them is written down."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        while not self._stopping:
            if await self._leads():
                await self._send()
            else:  # another process sends for this bot
                await self._end_lead()
        await self._end_calls()
        await self._settle_and_take(0)
        self.is_leading = False
        await asyncio.to_thread(self._leadership.give_up)

    async def _end_lead(self) -> None:
        """What came of our last calls is written down as soon as it is known: whoever leads now repeats the rest."""
        if self._calls:
            await asyncio.wait(list(self._calls.values()), timeout=LEADING_EVERY, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(LEADING_EVERY)
        await self._settle_and_take(0)

    async def _leads(self) -> bool:
        self._led_at = time.monotonic()
        self.is_leading = await asyncio.to_thread(self._leadership.is_ours)
        return self.is_leading

    async def _send(self) -> None:
        """As long as it is certain that nobody else does."""
        await self._recover()
        while not self._stopping:
            if time.monotonic() - self._led_at > LEADING_EVERY and not await self._leads():
                return
            self._wake.clear()
            if self._is_unsure and not await self._put_back():
                continue
            room = self._limits.room(AT_ONCE - len(self._calls)) if len(self._calls) < AT_ONCE else 0
            taken = await self._settle_and_take(room)
            for delivery in taken:
                await self._limits.count(delivery.conversation_id)
                self._own.add(delivery.id)
                task = asyncio.create_task(self._deliver(delivery))
                self._calls[delivery.conversation_id] = task
                task.add_done_callback(partial(self._finished, delivery.conversation_id))
            if not taken or len(taken) < room:
                await self._sleep()

    async def _end_calls(self) -> None:
        """One that hangs, or waits for a new token, must not hold up the stop: the outbox knows how far it came."""
        calls = list(self._calls.values())
        if calls:
            _, left = await asyncio.wait(calls, timeout=LAST_CALLS)
            for task in left:
                task.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def is_idle(self) -> bool:
        """Nothing is under way and nothing could go now or soon."""
        if self._calls or self._outcomes:
            return False
        try:
            return not await self._database.run(outbox.is_anything_due, self._line.bot_id, self._limits.waiting(SOON))
        except SQLAlchemyError:
            return True

    async def show_typing(self, chat_id: str) -> None:
        """Nothing depends on it."""
        with contextlib.suppress(TelegramError):
            await self._line.bot.send_chat_action(chat_id, ChatAction.TYPING)

    async def _recover(self) -> None:
        while not self._stopping:
            try:
                repeated = await self._database.run(outbox.recover, self._line.bot_id, self._own)
            except SQLAlchemyError as error:
                logger.error("The outbox cannot be read (%s); trying again", type(error).__name__)
                await asyncio.sleep(1)
                continue
            if repeated:
                self._metrics.sends.labels("unknown").inc(repeated)
                logger.warning("%s sends of an earlier process have an unknown fate and are repeated", repeated)
            return

    async def _put_back(self) -> bool:
        """A commit failed, and perhaps did not: what it marked was handed to nobody."""
        try:
            await self._database.run(outbox.put_back, self._line.bot_id, self._own)
        except SQLAlchemyError as error:
            logger.error("The outbox cannot be written (%s); trying again", type(error).__name__)
            await asyncio.sleep(1)
            return False
        self._is_unsure = False
        return True

    async def _sleep(self) -> None:
        longest = max(SOONEST, self._limits.next_change(LOOK_AGAIN))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), longest)

    def _finished(self, conversation_id: int, _task: asyncio.Task[None]) -> None:
        self._calls.pop(conversation_id, None)
        self._wake.set()

    async def _settle_and_take(self, most: int) -> list[Delivery]:
        outcomes, self._outcomes = self._outcomes, []
        if not outcomes and not most:
            return []
        # A conversation whose last call is not written down yet is still `sending` there, so it is not taken.
        busy = [*self._calls, *self._limits.waiting()]
        try:
            taken = await self._database.run(outbox.settle_and_take, outcomes, self._line.bot_id, busy, most, self._clock())
        except SQLAlchemyError as error:
            self._outcomes, self._is_unsure = [*outcomes, *self._outcomes], True
            logger.error("The outbox cannot be read or written (%s); trying again", type(error).__name__)
            await asyncio.sleep(1)
            return []
        self._own.difference_update(outcome.id for outcome in outcomes)
        if outcomes:
            self.on_settled()
        return taken

    async def _deliver(self, delivery: Delivery) -> None:
        started, bot = time.perf_counter(), self._line.bot
        self._metrics.turn_seconds.labels("outbox").observe(max(0.0, (self._clock() - delivery.created_at).total_seconds()))
        outcome = await self._try(bot, delivery) if await self._may_repeat(bot, delivery) else self._network(delivery)
        self._metrics.turn_seconds.labels("send").observe(time.perf_counter() - started)
        self._metrics.sends.labels(outcome.failure or "sent").inc()
        self._outcomes.append(outcome)
        self._failures = self._failures + 1 if outcome.failure == "network" else 0
        if self._failures >= FAILURES_IN_A_ROW:
            self._limits.wait_all(AFTER_FAILURE)
        if outcome.failure == "token":
            await self._line.renew(bot)

    async def _may_repeat(self, bot: Bot, delivery: Delivery) -> bool:
        """What has an unknown fate waits until the line works: an outage must not use up its one repeat."""
        if not delivery.unknown:
            return True
        try:
            await bot.get_me()
        except InvalidToken:
            return True  # the send finds it out
        except TelegramError:
            return False
        except Exception:  # a door: without an outcome the chat would wait for ever
            logger.exception("The line could not be proved in a way nobody foresaw")
            return False
        return True

    async def _try(self, bot: Bot, delivery: Delivery) -> Outcome:
        """Make the call and say how it ended."""
        again = partial(Outcome, delivery.id, again=True)
        try:
            return Outcome(delivery.id, door_id=await self._call(bot, delivery))
        except RetryAfter as error:
            self._limits.wait(delivery.conversation_id, seconds_of(error))
            return again("wait")
        except Forbidden:
            return Outcome(delivery.id, "blocked")
        except ChatMigrated as error:
            return await self._moved(delivery, str(error.new_chat_id))
        except InvalidToken:
            if delivery.call not in outbox.SAYING:  # Telegram also says so of a method it does not know
                return Outcome(delivery.id, "refused")
            return again("token")
        except BadRequest as error:
            logger.error("Telegram refuses message %s (%s)", delivery.id, type(error).__name__)
            return Outcome(delivery.id, "refused")
        except (TimedOut, FateUnknownError):
            return again("unknown")
        except TelegramError as error:
            if type(error) is TelegramError:  # the library's word for an answer that cannot be read: 200, and no more is known
                return again("unknown")
            logger.warning("Message %s did not go out (%s); trying again", delivery.id, type(error).__name__)
            return self._network(delivery)
        except Exception:  # a door: without an outcome the chat would wait for ever
            logger.exception("Message %s failed in a way nobody foresaw", delivery.id)
            return again("unknown")

    async def _moved(self, delivery: Delivery, chat_id: str) -> Outcome:
        try:
            await self._database.run(_move, delivery.conversation_id, chat_id)
        except SQLAlchemyError as error:
            logger.error("The new number of a chat cannot be written down (%s); Telegram will say it again", type(error).__name__)
            return self._network(delivery)
        return Outcome(delivery.id, "moved", again=True)

    def _network(self, delivery: Delivery) -> Outcome:
        self._limits.wait(delivery.conversation_id, AFTER_FAILURE)
        return Outcome(delivery.id, "network", again=True)

    async def _call(self, bot: Bot, delivery: Delivery) -> str | None:
        """Telegram's name for what was sent."""
        if delivery.call is Call.DELETE:
            await bot.delete_messages(delivery.chat_id, delivery.door_ids)
            return None
        if delivery.call is Call.LEAVE:
            await bot.leave_chat(delivery.chat_id)
            return None
        if delivery.call is Call.DOCUMENT:  # made now, so that it is kept nowhere
            data = await self._database.run(copies.document, delivery.conversation_id, self._clock())
            sent = await bot.send_document(delivery.chat_id, data, filename=COPY)
            return str(sent.message_id)
        rows = [[InlineKeyboardButton(title, callback_data=data)] for title, data in delivery.buttons]
        keyboard = InlineKeyboardMarkup(rows) if rows else None
        text = self._with_late_note(delivery)
        try:
            sent = await bot.send_message(delivery.chat_id, as_html(text), parse_mode=ParseMode.HTML, reply_markup=keyboard)
        except BadRequest as error:
            if "parse" not in str(error).lower():
                raise
            self._metrics.plain_retries.inc()
            logger.error("Telegram does not take the formatting of message %s; it goes plain", delivery.id)
            sent = await bot.send_message(delivery.chat_id, as_plain(text), reply_markup=keyboard)
        return str(sent.message_id)

    def _with_late_note(self, delivery: Delivery) -> str:
        if self._clock() - delivery.created_at < LATE:
            return delivery.text
        noted = f"{self._late_note(delivery.created_at, delivery.language)}\n\n{delivery.text}"
        return noted if units(noted) <= LONGEST_MESSAGE else delivery.text


def _move(session: Session, conversation_id: int, chat_id: str) -> None:
    move_chat(session, session.get_one(Conversation, conversation_id), chat_id)
