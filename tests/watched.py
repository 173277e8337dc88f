"""A chat in which anything may happen, and what must be so after each thing."""

from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.surroundings import Surroundings
from bot.handoff import tickets
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate, OutboxMessage, OutboxState
from tests import telegram_json as telegram
from tests.chats import Chat, names

LADDER = ("utter_fallback", "utter_suggest", "utter_out_of_scope", "utter_step_")
_LAST_ROWS = (
    select(OutboxMessage)
    .join(Message, Message.id == OutboxMessage.message_id)
    .where(OutboxMessage.part == 0, Message.direction == Direction.OUT)
    .order_by(OutboxMessage.id.desc())
    .limit(10)
)


class Watched(RuleBasedStateMachine):
    """What people, staff and Rasa do is said by who inherits from it: tests/unit/test_any_sequence.py."""

    database: Database
    around: Surroundings

    @initialize()
    def begin(self) -> None:
        self.chat = Chat(self.database, self.around)
        self.sent: list[dict[str, Any]] = []  # updates
        self.numbers: list[int] = []  # of messages with words
        self.offered: list[str] = []
        self.ladder: list[str] = []  # what was last said of not understanding, one after another

    def _message(self, **content: Any) -> dict[str, Any]:
        number = 1000 + len(self.sent)
        if "text" in content or "caption" in content:
            self.numbers.append(number)
        return telegram.message(number=number, at=int(self.chat.now.timestamp()), **content)

    def _gets(self, raw: dict[str, Any], unchanged: bool = False, seconds: float = 7) -> None:
        self.chat.later(seconds=seconds)
        held = self._is_held()
        taken = self.chat.takes(raw)
        self.sent.append(raw)
        claimed_meanwhile = self._is_held() and not taken.replies
        self._check(taken, held, silent=unchanged or claimed_meanwhile or self._is_flood_told())
        if "utter_forgotten" in names(taken):
            self.numbers.clear()

    def _check(self, taken: Taken, held: bool, silent: bool, blocked: bool = False) -> None:
        said = names(taken)
        assert taken.replies or held or silent, "somebody is left without an answer"
        if held:
            assert said in ([], ["utter_danger_while_assigned"], ["utter_forgotten"]) or "utter_forgotten" in said
        self._is_on_its_way(len(taken.replies), blocked)
        self.offered += [button.payload for reply in taken.replies for button in reply.buttons]
        for reply in taken.replies:
            if (reply.response or "").startswith(LADDER):
                self.ladder.append(reply.text)
                assert not (len(self.ladder) >= 3 and len(set(self.ladder[-3:])) == 1), "the same three times"
        if taken.replies and not any(name.startswith(LADDER) for name in said):
            self.ladder.clear()

    def _speaks_only_to_hand_back(self, held: bool, said: list[str | None]) -> None:
        """What is said to somebody whom a person held: that this one does not hold them any more, once."""
        if self._is_held():
            assert said == [], "they are talked over"
        elif held:
            assert said == ["utter_person_returned"], "from now on the assistant speaks, and they have been told so once"
        else:
            assert set(said) <= {"utter_person_not_forgotten", "utter_person_meanwhile"} and len(said) <= 1

    def _is_on_its_way(self, replies: int, blocked: bool) -> None:
        """Each reply of the last turn is queued."""
        rows = self.chat.call(lambda session: list(session.scalars(_LAST_ROWS, {"bot": self.chat.bot_id})))[:replies]
        assert len(rows) == replies
        assert {row.state for row in rows} <= {OutboxState.FAILED if blocked else OutboxState.QUEUED}

    def _ticket(self) -> Any:
        return self.chat.call(
            lambda session: tickets.open_of(session, conversation.id) if (conversation := self._conversation(session)) else None
        )

    def _is_held(self) -> bool:
        ticket = self._ticket()
        return ticket is not None and ticket.holder is not None and ticket.state == "assigned"

    def _is_blocked(self) -> bool:
        return self.chat.call(lambda session: bool((conversation := self._conversation(session)) and conversation.blocked_at))

    def _is_flood_told(self) -> bool:
        """The last message was one too many, and so was the one before, after which it was said."""
        last = [each.decision for each in self.chat.heard()[-2:]]
        return last == ["flood", "flood"]

    def _conversation(self, session: Session) -> Conversation | None:
        if not hasattr(self, "chat"):
            return None
        chat = inbox.chat_hash(self.chat.bot_id, self.chat.id)
        return session.scalar(select(Conversation).where(Conversation.bot_id == self.chat.bot_id, Conversation.chat == chat))

    def _wording(self, number: int) -> str | None:
        """The latest wording of that message in this conversation."""
        query = select(Message.text).where(Message.direction == Direction.IN, Message.door_id == str(number)).order_by(Message.id.desc())

        def look(session: Session) -> str | None:
            conversation = self._conversation(session)
            return session.scalar(query.where(Message.conversation_id == conversation.id).limit(1)) if conversation else None

        return self.chat.call(look)

    @invariant()
    def a_ticket_is_held_by_somebody_or_waits_for_somebody(self) -> None:
        ticket = self._ticket() if hasattr(self, "chat") else None
        if ticket is not None:
            assert (ticket.state == "assigned") is (ticket.held_since is not None)
            assert ticket.state != "waiting" or (ticket.holder is None and ticket.waiting_since and ticket.reply_by)

    @invariant()
    def every_update_is_stored_once(self) -> None:
        if not hasattr(self, "chat"):
            return

        def count(session: Session) -> tuple[int, int, int, int]:
            updates = select(func.count(), func.count(InboxUpdate.done_at)).where(InboxUpdate.bot_id == self.chat.bot_id)
            stored = select(func.count(), func.count(Message.inbox_id.distinct())).join(Conversation)
            heard = stored.where(Conversation.bot_id == self.chat.bot_id, Message.direction == Direction.IN)
            return (*session.execute(updates).one(), *session.execute(heard).one())

        assert len(set(self.chat.call(count))) == 1, "updates, done ones, messages and updates they came in"
