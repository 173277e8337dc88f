"""The staff's group as a forum, beside the peer's private chats: topics that exist or not, and members who write in them."""

import time
from dataclasses import dataclass, field

from aiohttp import web

from tests.e2e import updates
from tests.e2e.faults import refusal
from tests.e2e.peer import Peer, Sent
from tests.e2e.updates import Json

GROUP = -1_001_777_000_111
STAFF_CHAT: Json = {"id": GROUP, "type": "supergroup", "title": "Equipo", "is_forum": True}
_TOPICS = ("editForumTopic", "closeForumTopic", "reopenForumTopic", "deleteForumTopic")


@dataclass
class Topic:
    name: str
    is_open: bool = True
    said: list[str] = field(default_factory=list)


class ForumPeer(Peer):
    """What Telegram does with topics: https://core.telegram.org/bots/api#createforumtopic"""

    def __init__(self) -> None:
        super().__init__()
        self.topics: dict[int, Topic] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method == "getChat":
            about = {**STAFF_CHAT, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
            return web.json_response({"ok": True, "result": about})
        if method != "createForumTopic" and method not in _TOPICS:
            return await super().handle(request)
        fields = dict(await request.post())
        wrong = await self.fault(request, method, request.match_info["token"], fields)
        if wrong is not None:
            return wrong
        if method == "createForumTopic":
            number = self._next_id()
            self.topics[number] = Topic(str(fields["name"]))
            made = {"message_thread_id": number, "name": fields["name"], "icon_color": 7_322_096}
            return web.json_response({"ok": True, "result": made})
        return self._change(method, int(str(fields["message_thread_id"])), fields)

    def _change(self, method: str, number: int, fields: Json) -> web.Response:
        topic = self.topics.get(number)
        if topic is None:
            return refusal(400, "Bad Request: message thread not found")
        if method == "editForumTopic":
            topic.name = fields["name"]
        elif method == "deleteForumTopic":
            del self.topics[number]
        elif topic.is_open is (method == "reopenForumTopic"):
            return refusal(400, "Bad Request: TOPIC_NOT_MODIFIED")
        else:
            topic.is_open = not topic.is_open
        return web.json_response({"ok": True, "result": True})

    async def _take_message(self, request: web.Request, fields: Json) -> web.StreamResponse:
        thread = int(fields.get("message_thread_id") or 0)
        if thread and thread not in self.topics:
            return refusal(400, "Bad Request: message thread not found")
        answer = await super()._take_message(request, fields)
        if thread and answer.status == 200:
            self.topics[thread].said.append(str(fields["text"]))
        return answer

    # What members of the staff do

    def staff_writes(self, account: int, said: str, thread: int | None = None, **more: object) -> int:
        """Answers the message's number."""
        number = self._next_id()
        place = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        self.deliver({"message": {**self._by(account, number), **updates.text(said), **place, **more}})
        return number

    def staff_edits(self, account: int, number: int, said: str, thread: int) -> None:
        place = {"message_thread_id": thread, "is_topic_message": True, "edit_date": int(time.time())}
        self.deliver({"edited_message": {**self._by(account, number), **updates.text(said), **place}})

    def staff_presses(self, account: int, data: str, on: Sent) -> None:
        shown = {"message_id": on.message_id, "date": int(time.time()), "chat": STAFF_CHAT, "from": updates.bot(), "text": on.text}
        query = {"id": str(self._next_id()), "from": updates.person(account), "chat_instance": "1", "data": data, "message": shown}
        self.deliver({"callback_query": query})

    def _by(self, account: int, number: int) -> Json:
        return {"message_id": number, "date": int(time.time()), "chat": STAFF_CHAT, "from": updates.person(account)}

    def alerts(self) -> list[Sent]:
        """What was said in the group beside the topics."""
        return [each for each in self.to(GROUP) if "message_thread_id" not in each.fields]

    def answers(self) -> list[str]:
        """What those who pressed were shown."""
        return [str(each.get("text", "")) for each in self.called("answerCallbackQuery")]


_GIFTS = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False)
