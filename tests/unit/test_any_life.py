"""Whatever person, agent, institution and clock do with cases, in any order: the events tell a legal life, an end is an end, and nobody is
written to who does not want it.
"""

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation import outbox
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.housekeeping import follow_cases
from bot.permissions import ASSISTANT, PERSON, Actor
from bot.records.conversations import Conversation, Direction, Message, key_of
from bot.records.database import Database
from bot.records.referrals import MAY_BECOME, Consent, ConsentKind, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import answers, creation, followups, lifecycle
from bot.referrals.lifecycle import MAY_MAKE, By
from tests.chats import Chat
from tests.one_case import AGREED

EXAMPLES, STEPS = 30, 30
ACTORS = (
    Actor("rosa", Role.AGENT), Actor("sofia", Role.SUPERVISOR), Actor("ines", Role.PARTNER, "ipam"),
    Actor("nora", Role.PARTNER, "naucalpan"), Actor("olga", Role.DATA_OFFICER), PERSON, ASSISTANT,
)  # fmt: skip
REASONS = (None, "full", "other", "mistake", "consent_ended")


class Life(RuleBasedStateMachine):
    database: Database
    around: Surroundings

    @initialize()
    def begin(self) -> None:
        self.chat = Chat(self.database, self.around)
        self.chat.now = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
        self.chat.says("gracias")
        self.keys: dict[str, str] = {}  # to the folio it made
        self.silent: dict[int, int] = {}  # conversation that is not written to any more, and the last message there was then
        self.withdrawn: dict[str, int] = {}  # folio, and the last message there was then

    def _last(self) -> int:
        return self.chat.call(lambda session: session.scalar(select(func.max(Message.id))) or 0)

    def _folio(self, which: int) -> str:
        folios = list(self.keys.values())
        return folios[which % len(folios)]

    # What the person does

    @rule(number=st.integers(0, 5), need=st.sampled_from(("work", "legal", "health")), organization=st.sampled_from(("ipam", "naucalpan")))
    def asks_for_help(self, number: int, need: str, organization: str) -> None:
        key = f"{self.chat.bot_id}:{number}"

        def create(session: Session) -> tuple[str, str]:
            agreed = replace(AGREED, recipient=organization, expires_in=20)
            conversation = self.chat.conversation(session)
            made = creation.create(session, conversation, key, need, None, agreed, self.chat.now, content=self.around.content)
            return key_of(conversation, key), made.folio

        own_key, folio = self.chat.call(create)
        assert self.keys.setdefault(own_key, folio) == folio, "one key made two"

    @precondition(lambda self: self.keys)
    @rule(which=st.integers(0, 9))
    def withdraws(self, which: int) -> None:
        folio, before = self._folio(which), self._last()
        try:
            self.chat.call(lambda session: lifecycle.withdraw(session, self.chat.conversation(session), folio, self.chat.now))
        except RefusedError:
            return
        self.withdrawn[folio] = before

    @precondition(lambda self: self.keys)
    @rule(which=st.integers(0, 9), answer=st.sampled_from(("yes", "not_yet", "no")))
    def answers_whether_attended(self, which: int, answer: str) -> None:
        self._writes()
        self.chat.presses(f"/attended={answer}.{self._folio(which)}")

    @rule(word=st.sampled_from(("gracias", "persona")))
    def says(self, word: str) -> None:
        self._writes()
        self.chat.says(word)

    @precondition(lambda self: self.keys)
    @rule()
    def says_stop(self) -> None:
        self._writes()
        before = self.chat.call(self._open_here)
        self.chat.says("alto")
        if before:
            self.silent[self.chat.get("id")] = self._last()

    def _open_here(self, session: Session) -> int:
        here = self.chat.conversation(session).id
        return session.scalar(select(func.count()).where(Referral.conversation_id == here, Referral.state.in_(lifecycle.OPEN))) or 0

    @precondition(lambda self: self.keys)
    @rule(which=st.integers(0, 9), next_one=st.integers(0, 2))
    def blocks_and_the_office_goes_on(self, which: int, next_one: int) -> None:
        self.chat.call(lambda session: outbox.block(session, self.chat.conversation(session), self.chat.now))
        self.silent.setdefault(self.chat.get("id"), self._last())
        self.blocked = self.chat.get("id")
        self.the_office_goes_on(which, next_one)

    blocked = 0

    def _writes(self) -> None:
        """Whoever writes has not blocked us; who said stop has still said so."""
        if self.blocked and not self.chat.call(self._has_refused):
            self.silent.pop(self.blocked, None)
        self.blocked = 0

    def _has_refused(self, session: Session) -> bool:
        refused = select(Consent.id).where(Consent.conversation_id == self.blocked, Consent.kind == ConsentKind.WRITE)
        return session.scalar(refused) is not None

    @rule()
    def forgets(self) -> None:
        old = self.chat.get("id")
        self._writes()
        self.chat.says("/olvidar")
        self.silent[old] = self._last()

    # What the others do

    @precondition(lambda self: self.keys)
    @rule(
        which=st.integers(0, 9), state=st.sampled_from(list(ReferralState)), actor=st.sampled_from(ACTORS), why=st.sampled_from(REASONS),
        note=st.sampled_from((None, "No hay luz")),
    )  # fmt: skip
    def tries_to_change(self, which: int, state: ReferralState, actor: Actor, why: str | None, note: str | None) -> None:
        folio, before = self._folio(which), self._last()

        def change(session: Session) -> None:
            found = session.scalars(select(Referral).where(Referral.folio == folio)).one()
            answers.answer(session, found, state, actor, why, replace(self.around, now=self.chat.now), note)

        try:
            self.chat.call(change)
        except RefusedError:
            return
        if state is ReferralState.WITHDRAWN:
            self.withdrawn[folio] = before

    @precondition(lambda self: self.keys)
    @rule(which=st.integers(0, 9), next_one=st.integers(0, 2))
    def the_office_goes_on(self, which: int, next_one: int) -> None:
        """With whatever may come next, of a case that is open if there is one."""
        rows = [referral for referral, _, _ in self.chat.call(self._rows)]
        openly = [each for each in rows if each.state in lifecycle.OPEN] or rows
        chosen = openly[which % len(openly)]
        ways = sorted(state for state in MAY_BECOME[chosen.state] if By.PARTNER in MAY_MAKE[state])
        if ways:
            state = ways[next_one % len(ways)]
            why = "full" if state is ReferralState.REJECTED else None
            self.tries_to_change(list(self.keys.values()).index(chosen.folio), state, Actor("rosa", Role.AGENT), why, None)

    @rule(much=st.sampled_from((timedelta(minutes=5), timedelta(hours=20), timedelta(days=1), timedelta(days=8))))
    def time_goes_by(self, much: timedelta) -> None:
        self.chat.now += much
        asyncio.run(follow_cases(self.database, replace(self.around, now=self.chat.now)))

    # What always holds

    def _rows(self, session: Session) -> list[tuple[Referral, list[ReferralEvent], list[Consent]]]:
        found = []
        query = select(Referral).join(Conversation).where(Conversation.bot_id == self.chat.bot_id)
        for referral in session.scalars(query):
            events = session.scalars(select(ReferralEvent).where(ReferralEvent.referral_id == referral.id).order_by(ReferralEvent.id))
            consents = session.scalars(select(Consent).where(Consent.referral_id == referral.id))
            found.append((referral, list(events), list(consents)))
        return found

    @invariant()
    def the_events_are_a_legal_life_that_ends_in_the_state(self) -> None:
        for referral, events, _ in self.chat.call(self._rows):
            changes = [each for each in events if each.before is not each.after]
            assert (changes[0].before, changes[0].after) == (None, ReferralState.DRAFT)
            for earlier, later in itertools.pairwise(changes):
                assert later.before is earlier.after and later.after in MAY_BECOME[earlier.after], "a jump"
                assert earlier.at <= later.at
            assert changes[-1].after is referral.state and changes[-1].at == referral.changed_at

    @invariant()
    def nothing_is_asked_after_the_person_or_the_clock_ended_it(self) -> None:
        for referral, events, _ in self.chat.call(self._rows):
            closed = (ReferralState.WITHDRAWN, ReferralState.EXPIRED, ReferralState.REVOKED, ReferralState.REJECTED)
            end = next((number for number, each in enumerate(events) if each.after in closed and each.before is not each.after), None)
            if end is not None:
                assert [each.why for each in events[end + 1 :] if each.who == ASSISTANT.name] == []
            assert referral.asked == len([each for each in events if each.why == "asked"]) <= followups.MOST_QUESTIONS

    @invariant()
    def there_is_one_referral_for_each_key(self) -> None:
        found = {referral.idempotency_key: referral.folio for referral, _, _ in self.chat.call(self._rows)}
        assert found == self.keys

    @invariant()
    def a_consent_that_was_taken_back_ended_its_case(self) -> None:
        for referral, _, consents in self.chat.call(self._rows):
            if any(each.withdrawn_at for each in consents):
                assert referral.state is ReferralState.WITHDRAWN

    @invariant()
    def nobody_is_written_to_who_does_not_want_it(self) -> None:
        unasked = select(Message).where(Message.direction == Direction.OUT, Message.inbox_id.is_(None))
        for conversation_id, last in self.silent.items():
            later = unasked.where(Message.conversation_id == conversation_id, Message.id > last)
            assert self.chat.call(lambda session, later=later: [each.response for each in session.scalars(later)]) == []  # type: ignore[misc]
        for folio, last in self.withdrawn.items():
            later = unasked.join(Conversation).where(Conversation.bot_id == self.chat.bot_id, Message.id > last)
            assert not [each for each in self.chat.call(lambda session, later=later: list(session.scalars(later))) if folio in each.text]  # type: ignore[misc]


def test_whatever_happens_a_case_lives_a_legal_life(chats_database: Database, content_around: Surroundings) -> None:
    class Lived(Life):
        database, around = chats_database, content_around

    run_state_machine_as_test(
        Lived,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck), database=None
        ),
    )  # type: ignore[no-untyped-call]
