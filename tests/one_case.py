"""One person's case on Telegram, followed with the clock: see tests/chats.py for the chat."""

import asyncio
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.errors import RefusedError
from bot.housekeeping import follow_cases
from bot.permissions import Actor
from bot.records.conversations import Direction, Message
from bot.records.referrals import Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import answers, creation, lifecycle
from bot.referrals.creation import Consented
from tests.chats import Chat

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=MEXICO)
OFFICE = Actor("ines", Role.PARTNER, "ipam")
AGREED = Consented("1", "the text as it was shown", "es", "ipam", "referral_intake", {"need": "work"}, 180)
RECEIVED, ACCEPTED, REJECTED = ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.REJECTED
IN_SERVICE, DONE = ReferralState.IN_SERVICE, ReferralState.DONE
QUESTIONS = ("utter_ask_attended", "utter_ask_attended_late")


class Case:
    """One person's case on Telegram, and the clock."""

    def __init__(self, chat: Chat, need: str = "work", agreed: Consented = AGREED) -> None:
        self.chat = chat
        if not chat.transcript():
            chat.now = MONDAY
            chat.says("gracias")
        self.folio = chat.call(lambda session: self._create(session, need, agreed))

    def _create(self, session: Session, need: str, agreed: Consented) -> str:
        conversation = self.chat.conversation(session)
        key = f"{self.chat.bot_id}:{need}:{self.chat.now}"
        return creation.create(session, conversation, key, need, None, agreed, self.chat.now, content=self.chat.around.content).folio

    def is_answered(self, state: ReferralState, why: str | None = None, note: str | None = None) -> bool:
        def answer(session: Session) -> bool:
            found = lifecycle.for_actor(session, OFFICE, self.folio)
            return answers.answer(session, found, state, OFFICE, why, replace(self.chat.around, now=self.chat.now), note)

        return self.chat.call(answer)

    def is_allowed(self, state: ReferralState) -> bool:
        try:
            self.is_answered(state)
        except RefusedError:
            return False
        return True

    def looks(self) -> None:
        """The jobs, as housekeeping runs them."""
        asyncio.run(follow_cases(self.chat.database, replace(self.chat.around, now=self.chat.now)))

    def after(self, **much: float) -> "Case":
        self.chat.later(**much)
        self.looks()
        return self

    def day_by_day(self, days: int) -> None:
        for _ in range(days):
            self.after(days=1)

    @property
    def referral(self) -> Referral:
        return self.chat.call(lambda session: session.scalars(select(Referral).where(Referral.folio == self.folio)).one())

    @property
    def events(self) -> list[tuple[str, str | None]]:
        query = select(ReferralEvent).where(ReferralEvent.referral_id == self.referral.id).order_by(ReferralEvent.id)
        return [(each.who, each.why) for each in self.chat.call(lambda session: list(session.scalars(query)))]

    @property
    def written(self) -> list[str]:
        """The names of what the assistant wrote without being written to."""
        return [each.response or "" for each in self.chat.transcript() if each.direction is Direction.OUT and each.inbox_id is None]

    @property
    def questions(self) -> list[Message]:
        return [each for each in self.chat.transcript() if each.response in QUESTIONS]
