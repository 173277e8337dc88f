"""Whatever people, staff and Rasa do, in any order: everybody is answered, nobody is talked over, nothing is said in a loop or lost.

The database, the content and the turns are real; what Rasa understands is drawn by lot.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from bot.conversation import closing, deferred, inbox
from bot.conversation.flood import BUDGET
from bot.conversation.incoming import text_message
from bot.conversation.surroundings import Surroundings
from bot.handoff import putting_off, tickets
from bot.rasa.client import Understanding
from bot.records.database import Database
from bot.telegram_adapter.updates import arrival_of
from tests import telegram_json as telegram
from tests.chats import BOT, NOT_UNDERSTOOD, STAFF, THANKS, UNRELATED, Chat, understood
from tests.shifts import follow
from tests.unit.test_received import EVERYTHING
from tests.watched import Watched

EXAMPLES, STEPS = 20, 25
DANGER = "me quiero matar"
TEXTS = (
    "gracias", "zzz", "…", "¿cuánto cuesta?", "Atlixco", "San Martín", "1", "sí", "no", "5512345678", "Trabajo", "15/10/2026",
    "quiero que me ayuden con mi familia", "ok", DANGER, "PTE-26-ABCDEF", "a" * 5000,
)  # fmt: skip
WORDS = (
    "persona", "/cancelar", "/inicio", "idioma", "/ayuda", "privacidad", "/olvidar", "alto", "/nada", "regresar", "omitir", "corregir",
    "ver mas", "seguir", "oficinas",
    "/start apoyo", "/start migrante_emprende_guia", "/start persona", "/start viejo", "/start invitacion_1",
)  # fmt: skip
SUGGESTED = understood("utter_suggest", intent="x", decision="suggest", suggestions=["regularization_asylum_apply", "that_was_taken_away"])
NO_SUGGESTION = understood("utter_suggest", intent="x", decision="suggest")
OF_OLD_MODEL = understood("utter_that_was_taken_away", intent="x")
BEGINS = understood("utter_referral_request", intent="referral_request", topic="referral")
UNDERSTOOD = (THANKS, NOT_UNDERSTOOD, NOT_UNDERSTOOD, SUGGESTED, NO_SUGGESTION, UNRELATED, BEGINS, OF_OLD_MODEL, None)  # None: Rasa is down
FORGED = ("/talk_to_human=1", "/withdraw_referral=PTE-26-ABCDEF", "referral_intake.consent=yes", "", "/nothing", "~0123", "x" * 64)


class Anything(Watched):
    # What the person does

    @rule(text=st.sampled_from(TEXTS), understanding=st.sampled_from(UNDERSTOOD), forwarded=st.sampled_from((False, False, False, True)))
    def says(self, text: str, understanding: Understanding | None, forwarded: bool) -> None:
        self.chat.understands = understanding
        self._gets(self._message(text=text, **(telegram.FORWARDED if forwarded else {})))

    @rule(text=st.sampled_from(("gracias", "zzz", DANGER)), understanding=st.sampled_from(UNDERSTOOD), word=st.sampled_from(WORDS))
    def says_a_word(self, text: str, understanding: Understanding | None, word: str) -> None:
        self.chat.understands = understanding
        self._gets(self._message(text=word))

    @rule(times=st.integers(2, 5))
    def is_not_understood_again_and_again(self, times: int) -> None:
        for number in range(times):
            self.chat.understands = NOT_UNDERSTOOD
            self._gets(self._message(text=f"zzz {number}"))

    @precondition(lambda self: self.offered)
    @rule(which=st.integers(0, 30))
    def presses(self, which: int) -> None:
        self._gets(telegram.pressed(self.offered[-1 - which % len(self.offered)]))

    @rule(payload=st.sampled_from(FORGED))
    def presses_what_was_never_offered(self, payload: str) -> None:
        self._gets(telegram.pressed(payload))

    @precondition(lambda self: self.numbers)
    @rule(which=st.integers(0, 3), text=st.sampled_from((*TEXTS, *WORDS)), understanding=st.sampled_from(UNDERSTOOD), old=st.booleans())
    def edits(self, which: int, text: str, understanding: Understanding | None, old: bool) -> None:
        self.chat.understands = understanding
        now = int(self.chat.now.timestamp())
        number = self.numbers[-1 - which % len(self.numbers)]
        self._gets(
            telegram.edited(text, number, at=now - 3600 * old, edit_date=now), unchanged=self._wording(number) == text_message(text).text
        )

    @rule(kind=st.sampled_from(sorted(EVERYTHING)), caption=st.sampled_from(("", "", *TEXTS)), understanding=st.sampled_from(UNDERSTOOD))
    def sends(self, kind: str, caption: str, understanding: Understanding | None) -> None:
        self.chat.understands = understanding
        self._gets(self._message(**EVERYTHING[kind], **({"caption": caption} if caption else {})))

    @rule(hears=st.sampled_from(("", "persona", "zzz", DANGER, "gracias")))
    def speaks(self, hears: str) -> None:
        self.chat.hears, self.chat.understands = hears, THANKS
        self._gets(self._message(**telegram.file("voice")))
        self.chat.hears = None

    @rule(status=st.sampled_from(("kicked", "member")))
    def blocks_or_unblocks(self, status: str) -> None:
        assert self.chat.gets(telegram.membership(status)) == []

    @rule()
    def floods(self) -> None:
        self.chat.understands = THANKS
        for _ in range(BUDGET // 3):
            self._gets(self._message(text="gracias"), seconds=0)

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 10))
    def telegram_repeats_an_update(self, which: int) -> None:
        arrival = arrival_of(self.sent[-1 - which % len(self.sent)], BOT, self.chat.bot_id, self.chat.now)
        assert arrival is not None
        before = len(self.chat.transcript())
        [accepted] = self.database.call(inbox.accept, [arrival])
        assert accepted.done and self.chat.goes_on() == [] and len(self.chat.transcript()) == before

    # What staff, time and Rasa do

    @precondition(lambda self: self._ticket() is not None)
    @rule()
    def staff_claim(self) -> None:
        self.chat.call(lambda session: tickets.claim(session, self.chat.ticket(session).id, STAFF, self.chat.now))

    @precondition(lambda self: self._ticket() is not None)
    @rule(text=st.sampled_from(TEXTS))
    def staff_claim_while_rasa_is_asked(self, text: str) -> None:
        self.chat.while_rasa_is_asked = lambda session: tickets.claim(session, self.chat.ticket(session).id, STAFF, self.chat.now)
        self.chat.understands, asked, before = THANKS, len(self.chat.asked), len(self.chat.transcript())
        self._gets(self._message(text=text))
        assert len(self.chat.asked) == asked or len(self.chat.transcript()) == before + 1, "the person was talked over"
        self.chat.while_rasa_is_asked = lambda session: None

    @precondition(lambda self: self._is_held())
    @rule()
    def staff_write(self) -> None:
        self.chat.staff_says("¿En qué le ayudo?")
        self.ladder.clear()

    @precondition(lambda self: self._is_held())
    @rule()
    def staff_close(self) -> None:
        self.chat.staff_closes()
        self.ladder.clear()

    @precondition(lambda self: self._is_held())
    @rule(hours=st.sampled_from((0.1, 2.0, 30.0)))
    def staff_put_it_off(self, hours: float) -> None:
        until = self.chat.now + timedelta(hours=hours)
        self.chat.call(lambda session: putting_off.snooze(session, self.chat.ticket(session).id, until, STAFF, self.chat.now))

    @precondition(lambda self: self._is_held())
    @rule()
    def staff_let_it_go(self) -> None:
        self.chat.call(lambda session: tickets.release(session, self.chat.ticket(session).id, STAFF, self.chat.now))

    @rule(hours=st.sampled_from((0.01, 0.5, 2.0, 23.0, 25.0)), housekeeping=st.booleans())
    def time_passes(self, hours: float, housekeeping: bool) -> None:
        self.chat.later(hours=hours)
        if housekeeping:
            self.database.call(closing.drop_idle, self.chat.now)
            held, before = self._is_held(), len(self.chat.transcript())
            follow(self.database, replace(self.around, now=self.chat.now))
            self._speaks_only_to_hand_back(held, [each.response for each in self.chat.transcript()[before:]])

    @rule(understanding=st.sampled_from(UNDERSTOOD))
    def questions_that_waited_are_asked_again(self, understanding: Understanding | None) -> None:
        self.chat.understands = understanding
        self.database.call(deferred.ask_again, self.chat.now)
        for _ in range(100):
            held, blocked = self._is_held(), self._is_blocked()
            taken = self.database.call(self.chat.next_turn)
            if taken is None:
                break
            self._check(taken, held, silent=understanding is None, blocked=blocked)


def test_in_any_sequence_everybody_is_answered_and_nobody_is_talked_over(chats_database: Database, content_around: Surroundings) -> None:
    machine = type("Anything", (Anything,), {"database": chats_database, "around": content_around})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=checks, database=None),
    )


def test_a_suggestion_of_a_question_that_was_taken_away_is_left_out(ana: Chat) -> None:
    ana.understands = SUGGESTED
    assert ana.says("eso de los papeles") == ["utter_suggest_1"]
    assert [payload for _, payload in ana.transcript()[-1].buttons] == ["/regularization_asylum_apply", "/talk_to_human"]
