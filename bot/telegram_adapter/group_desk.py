"""The staff's group on Telegram: what they write there is dealt with in order, and the group is kept as the records say it should be.

One call after another, within the bot's own limits and the group's, only in the process that sends for the bot. Whatever fails stays in the
records and is tried again; a call that was made twice because we died in between shows staff something twice, and nobody else.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot.conversation import inbox
from bot.conversation.parts import in_messages
from bot.conversation.surroundings import Surroundings
from bot.handoff import group, group_outcomes, group_topics
from bot.handoff.group import GroupFailedError
from bot.handoff.group_topics import Desk, Do, Post
from bot.metrics import Metrics
from bot.records.database import Database
from bot.records.tickets import Channel
from bot.telegram_adapter.http import FateUnknownError
from bot.telegram_adapter.limits import Limits
from bot.telegram_adapter.line import Line, seconds_of

logger = logging.getLogger(__name__)

THE_GROUP = 0  # among the limits, whose other names are numbers of conversations
LOOK_AGAIN = 1.0  # seconds: for what the console or a job has changed
LOOK_AT_GROUP = 600.0  # seconds until we ask again whether it has topics
AFTER_FAILURE = 5.0  # seconds
AFTER_REFUSAL = 60.0  # seconds: we are not in the group, or may not make topics there
_GONE = ("thread not found", "topic_deleted", "topic_id_invalid")
_DONE = ("not_modified", "not modified")  # it is as it should be


class GroupDesk:
    def __init__(
        self,
        line: Line,
        database: Database,
        limits: Limits,
        metrics: Metrics,
        around: Callable[[], Surroundings],
        is_leading: Callable[[], bool],
        group_id: int,
        link: str | None,
        seconds: float,
    ) -> None:
        """`seconds`: between two messages to the group."""
        self._line, self._database, self._limits, self._metrics = line, database, limits, metrics
        self._around, self._is_leading, self._seconds = around, is_leading, seconds
        self._desk = Desk(str(group_id), has_topics=False, link=link)
        self._look_at = 0.0  # on the loop's clock
        self._wake = asyncio.Event()
        self.on_replies: Callable[[], None] = lambda: None  # the sender's bell

    def ring(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            try:
                is_busy = self._is_leading() and await self.once()
            except SQLAlchemyError as error:
                logger.error("The staff's group waits for the database (%s)", type(error).__name__)
                is_busy = False
            except Exception:  # a door: nothing of the people's depends on it, so it must not end what does
                logger.exception("The staff's group cannot be served")
                is_busy = False
                await asyncio.sleep(AFTER_FAILURE)
            if not is_busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_AGAIN)

    async def once(self) -> bool:
        """What staff wrote, and then one call. False: there is nothing to do now."""
        while await self._take():
            self.on_replies()
        if self._limits.waiting_seconds(THE_GROUP) or not self._limits.room(1):
            return False
        await self._look_at_group()
        post = await self._database.run(group_topics.next_post, self._desk, self._around())
        if post is None:
            return False
        await self._make(post)
        return True

    async def _take(self) -> bool:
        around = self._around()
        try:
            return await self._database.run(group.take_next, self._line.bot_id, self._desk.group_id, around)
        except GroupFailedError as error:
            logger.exception("Update %s of the staff's group failed at attempt %s", error.claimed.id, error.claimed.attempts)
            await self._database.run(inbox.set_aside, error.claimed, around.worker, self._now())
            return True

    async def _look_at_group(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._look_at:
            return
        self._look_at = loop.time() + AFTER_REFUSAL
        try:
            chat = await self._line.bot.get_chat(self._desk.group_id)
        except TelegramError as error:
            logger.warning("The staff's group cannot be looked at (%s)", type(error).__name__)
            return
        self._desk = Desk(self._desk.group_id, bool(chat.is_forum), self._desk.link)
        self._look_at = loop.time() + LOOK_AT_GROUP

    async def _make(self, post: Post) -> None:
        bot = self._line.bot
        await self._limits.count(THE_GROUP)
        self._limits.wait(THE_GROUP, 0 if post.do is Do.ANSWER else self._seconds)
        try:
            name = await self._call(bot, post)
        except RetryAfter as error:
            self._limits.wait(THE_GROUP, seconds_of(error))
            self._count(post, "wait")
        except InvalidToken:
            self._count(post, "token")
            await self._line.renew(bot)
        except ChatMigrated as error:
            logger.error("The staff's group is now %s; write that number in TELEGRAM_STAFF_GROUP", error.new_chat_id)
            await self._fail(post, "moved", AFTER_REFUSAL)
        except Forbidden:
            await self._forbidden(post)
        except BadRequest as error:
            await self._refused(post, str(error).lower())
        except TelegramError as error:
            is_unsure = isinstance(error, TimedOut | FateUnknownError) or type(error) is TelegramError
            await self._fail(post, "unknown" if is_unsure else "network", AFTER_FAILURE)
        else:
            self._count(post, "sent")
            await self._database.run(group_outcomes.done, post, name, self._now())

    async def _call(self, bot: Bot, post: Post) -> str:
        """Telegram's name for what was made."""
        thread = int(post.thread_id) if post.thread_id else None
        if post.do is Do.ANSWER:
            await bot.answer_callback_query(post.query, post.text[:200], show_alert=True)
        elif post.do is Do.EDIT:
            await bot.edit_message_text(post.text, post.chat_id, int(post.edits), reply_markup=_keyboard(post))
        elif post.do is Do.OPEN:
            made = await bot.create_forum_topic(post.chat_id, post.text)
            return str(made.message_thread_id)
        elif post.do is Do.REOPEN:
            assert thread is not None, "a topic has a number"
            with _as_it_should_be():
                await bot.reopen_forum_topic(post.chat_id, thread)
            with _as_it_should_be():
                await bot.edit_forum_topic(post.chat_id, thread, name=post.text)
        elif post.do is Do.CLOSE:
            assert thread is not None, "a topic has a number"
            with _as_it_should_be():
                await bot.close_forum_topic(post.chat_id, thread)
        elif post.do is Do.DELETE:
            assert thread is not None, "a topic has a number"
            await bot.delete_forum_topic(post.chat_id, thread)
        else:
            return await self._say(bot, post, thread)
        return ""

    async def _say(self, bot: Bot, post: Post, thread: int | None) -> str:
        """In as many messages as it needs; as it is: nothing of it is markup."""
        answered = ReplyParameters(int(post.answers), allow_sending_without_reply=True) if post.answers else None
        name = ""
        for text in in_messages(post.text):
            if not await self._database.run(group_outcomes.is_current, post):
                break
            if name:
                await self._wait_for_room()
            more: dict[str, Any] = {"message_thread_id": thread} if thread else {}
            sent = await bot.send_message(
                post.chat_id, text, reply_markup=_keyboard(post), reply_parameters=answered, disable_web_page_preview=True, **more
            )
            name = str(sent.message_id)
        return name

    async def _wait_for_room(self) -> None:
        await asyncio.sleep(self._limits.waiting_seconds(THE_GROUP))
        await self._limits.count(THE_GROUP)
        self._limits.wait(THE_GROUP, self._seconds)

    async def _forbidden(self, post: Post) -> None:
        if post.chat_id != self._desk.group_id:  # a member who has never opened a chat with us
            await self._database.run(group_outcomes.redirect, post, self._desk.group_id, self._now())
            return
        logger.error("The bot is not in the staff's group, or may not write there: make it a member with the right to manage topics")
        await self._fail(post, "forbidden", AFTER_REFUSAL)

    async def _refused(self, post: Post, why: str) -> None:
        if any(each in why for each in _DONE):
            await self._database.run(group_outcomes.done, post, "", self._now())
        elif any(each in why for each in _GONE) and post.thread_id and post.do is not Do.DELETE:
            await self._database.run(group_outcomes.topic_is_gone, post)
            await self._fail(post, "gone", 0)
        elif "chat not found" in why and post.chat_id != self._desk.group_id:
            await self._database.run(group_outcomes.redirect, post, self._desk.group_id, self._now())
        elif post.do in (Do.OPEN, Do.REOPEN, Do.CLOSE):
            logger.error("The staff's group takes no topics: make it a forum and the bot an administrator who may manage topics")
            self._desk, self._look_at = Desk(self._desk.group_id, False, self._desk.link), asyncio.get_running_loop().time() + AFTER_REFUSAL
            self._count(post, "refused")
        else:
            logger.error("Telegram refuses %s %s of the staff's group", post.do, post.id)
            await self._fail(post, "refused", 0, for_good=True)

    async def _fail(self, post: Post, why: str, wait: float, for_good: bool = False) -> None:
        self._count(post, why)
        self._limits.wait(THE_GROUP, wait)
        await self._database.run(group_outcomes.failed, post, why, self._now(), for_good)

    def _count(self, post: Post, result: str) -> None:
        if post.do is Do.ALERT:
            self._metrics.alerts.labels(Channel.GROUP, result).inc()
        self._metrics.sends.labels(result).inc()

    def _now(self) -> datetime:
        return self._around().now


def _keyboard(post: Post) -> InlineKeyboardMarkup | None:
    return (
        InlineKeyboardMarkup([[InlineKeyboardButton(title, callback_data=data) for title, data in post.buttons]]) if post.buttons else None
    )


@contextlib.contextmanager
def _as_it_should_be() -> Any:
    """Telegram refuses to close what is closed."""
    try:
        yield
    except BadRequest as error:
        if not any(each in str(error).lower() for each in _DONE):
            raise
