"""The staff's group on Telegram without a network: what stands in its topics, and members who write and press there.

It does as Telegram does with topics: a deleted one is refused, closing a closed one too. The database and the services are real.
"""

import asyncio
import itertools
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram.error import BadRequest, Forbidden

from bot.accounts import telegram_link
from bot.conversation import inbox
from bot.handoff import tickets
from bot.metrics import Metrics
from bot.records.staff import Role, Staff
from bot.records.tickets import Alert, GroupNotice, Ticket
from bot.telegram_adapter.group_desk import GroupDesk
from bot.telegram_adapter.limits import Limits
from bot.telegram_adapter.line import Line
from bot.telegram_adapter.updates import arrival_of
from tests import telegram_json as telegram
from tests.chats import BOT, Chat

GROUP = -100777
STAFF_CHAT = {"id": GROUP, "title": "Equipo", "type": "supergroup", "is_forum": True}
LINK = "https://puente.example.mx"
ROSA, LUIS, STRANGER = 501, 502, 599  # accounts on Telegram
NUMBERS = itertools.count(9000)  # of messages and topics: a group never gives one out again


@dataclass
class Topic:
    name: str
    is_open: bool = True
    said: list[str] = field(default_factory=list)


class FakeGroup:
    """Stands in for telegram.Bot. `faults` are raised, one for each call of that method."""

    def __init__(self) -> None:
        self.is_forum = True
        self.topics: dict[int, Topic] = {}
        self.general: list[str] = []  # beside the topics
        self.private: dict[str, list[str]] = defaultdict(list)
        self.never_started: set[str] = set()  # members who have no private chat with the bot
        self.messages: dict[int, str] = {}
        self.buttons: dict[int, list[str]] = {}
        self.answers: list[str] = []  # shown to who pressed
        self.faults: dict[str, deque[Exception]] = defaultdict(deque)
        self.calls: list[str] = []
        self.deleted: list[int] = []

    def _call(self, method: str) -> None:
        self.calls.append(method)
        if self.faults[method]:
            raise self.faults[method].popleft()

    async def get_chat(self, chat_id: str) -> Any:
        return SimpleNamespace(is_forum=self.is_forum)

    async def send_message(
        self, chat_id: str, text: str, reply_markup: Any = None, message_thread_id: int | None = None, **more: Any
    ) -> Any:
        self._call("sendMessage")
        if chat_id != str(GROUP):
            if chat_id in self.never_started:
                raise Forbidden("bot can't initiate conversation with a user")
            self.private[chat_id].append(text)
        elif message_thread_id is None:
            self.general.append(text)
        else:
            self._topic(message_thread_id).said.append(text)
        number = next(NUMBERS)
        self.messages[number] = text
        self.buttons[number] = _titles(reply_markup)
        return SimpleNamespace(message_id=number)

    async def edit_message_text(self, text: str, chat_id: str, message_id: int, reply_markup: Any = None) -> None:
        self._call("editMessageText")
        self.messages[message_id], self.buttons[message_id] = text, _titles(reply_markup)

    async def answer_callback_query(self, query: str, text: str, show_alert: bool) -> None:
        self._call("answerCallbackQuery")
        self.answers.append(text)

    async def create_forum_topic(self, chat_id: str, name: str) -> Any:
        self._call("createForumTopic")
        number = next(NUMBERS)
        self.topics[number] = Topic(name)
        return SimpleNamespace(message_thread_id=number)

    async def edit_forum_topic(self, chat_id: str, thread: int, name: str) -> None:
        self._call("editForumTopic")
        self._topic(thread).name = name

    async def close_forum_topic(self, chat_id: str, thread: int) -> None:
        self._call("closeForumTopic")
        self._set_open(thread, False)

    async def reopen_forum_topic(self, chat_id: str, thread: int) -> None:
        self._call("reopenForumTopic")
        self._set_open(thread, True)

    async def delete_forum_topic(self, chat_id: str, thread: int) -> None:
        self._call("deleteForumTopic")
        self._topic(thread)
        del self.topics[thread]
        self.deleted.append(thread)

    def _set_open(self, thread: int, is_open: bool) -> None:
        if self._topic(thread).is_open is is_open:
            raise BadRequest("Topic_not_modified")
        self.topics[thread].is_open = is_open

    def _topic(self, thread: int) -> Topic:
        if thread not in self.topics:
            raise BadRequest("Bad Request: message thread not found")
        return self.topics[thread]


def _titles(markup: Any) -> list[str]:
    return [each.callback_data for row in markup.inline_keyboard for each in row] if markup else []


class Office:
    """The desk of one bot, whose person is `chat`. Rosa and Luis are linked; a stranger is in the group too."""

    def __init__(self, chat: Chat, is_forum: bool = True) -> None:
        self.chat, self.telegram, self.metrics = chat, FakeGroup(), Metrics()
        self.telegram.is_forum = is_forum
        self.chat.call(self._link)

    def _link(self, session: Session) -> None:
        for name, role, account in (("rosa", Role.AGENT, ROSA), ("luis", Role.SUPERVISOR, LUIS)):
            found = session.scalar(select(Staff).where(Staff.name == name))
            if found is None:
                found = Staff(name=name, role=role, created_at=self.chat.now, created_by="operator", accepted_at=self.chat.now)
                session.add(found)
            session.flush()
            assert telegram_link.take(session, telegram_link.offer(session, found, self.chat.now), str(account), self.chat.now)

    # The group's side

    def writes(self, account: int, said: str, thread: int | None = None, **more: Any) -> int:
        """In a topic, or beside them. The number of the message."""
        self.chat.number = next(self.chat._messages)
        place = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        content = {"text": said, **place, **more}
        self.takes(telegram.message(chat=STAFF_CHAT, number=self.chat.number, sender=person(account), **content))
        return self.chat.number

    def corrects(self, account: int, number: int, said: str, thread: int) -> None:
        self.takes(telegram.edited(said, number, chat=STAFF_CHAT, sender=person(account), message_thread_id=thread, is_topic_message=True))

    def presses(self, account: int, data: str, message: int) -> None:
        raw = telegram.pressed(data, STAFF_CHAT, person(account))
        raw["callback_query"]["message"]["message_id"] = message
        self.takes(raw)

    def takes(self, raw: dict[str, Any]) -> bool:
        """The update is on the disk; False: there is nothing to take in."""
        arrival = arrival_of(raw, BOT, self.chat.bot_id, self.chat.now, GROUP)
        if arrival is not None:
            self.chat.call(lambda session: inbox.accept(session, [arrival]))
        return arrival is not None

    def works(self, most: int = 60, limits: Callable[[], Limits] | None = None, seconds: float = 0) -> int:
        """The desk does all there is to do; how many calls it made."""

        async def run() -> int:
            desk = self.desk(limits() if limits else Limits(10_000, 0), seconds)
            count = 0
            while count < most and await desk.once():
                count += 1
            return count

        return asyncio.run(run())

    def desk(self, limits: Limits, seconds: float = 0) -> GroupDesk:
        line = cast(Line, SimpleNamespace(bot=self.telegram, bot_id=self.chat.bot_id, renew=None))
        return GroupDesk(
            line, self.chat.database, limits, self.metrics, lambda: replace(self.chat.around, now=self.chat.now), lambda: True, GROUP,
            LINK, seconds,
        )  # fmt: skip

    # Looking

    @property
    def ticket_id(self) -> int:
        return self.chat.call(lambda session: self.chat.ticket(session).id)

    def ticket(self) -> Ticket:
        query = select(Ticket).order_by(Ticket.id.desc()).limit(1)
        return self.chat.call(lambda session: session.scalars(query).one())

    def holds(self, name: str) -> None:
        self.chat.call(lambda session: tickets.claim(session, self.chat.ticket(session).id, name, self.chat.now))

    def to_person(self) -> list[str]:
        return self.chat.staff_said()

    def thread(self) -> int:
        """The one topic of the group."""
        [number] = self.telegram.topics
        return number

    def alert_message(self, kind: str = "new") -> int:
        query = select(Alert.door_id).join(Ticket, Ticket.id == Alert.ticket_id).where(Alert.kind == kind, Alert.door_id.is_not(None))
        return int(self.chat.call(lambda session: session.scalars(query.order_by(Alert.id.desc()).limit(1)).one()) or 0)

    def hints(self) -> list[str]:
        """Names of what staff were told."""
        query = select(GroupNotice.says).where(GroupNotice.says != "alert").order_by(GroupNotice.id)
        return self.chat.call(lambda session: list(session.scalars(query)))


def person(account: int) -> dict[str, Any]:
    return {"id": account, "is_bot": False, "first_name": "Alguien"}
