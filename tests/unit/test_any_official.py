"""Whatever an official does, in any order and over days: they are answered, nothing judged is lost, and no button that is shown is refused.

The database, the content and the turns are real; what Rasa understands is drawn by lot.
"""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bot.conversation.surroundings import Surroundings
from bot.questionnaires.run import current
from bot.rasa.client import Understanding
from bot.records.database import Database
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, THANKS, UNRELATED, understood
from tests.learning import READS, Official

EXAMPLES, STEPS = 20, 40
WORDS = (
    "cursos", "hola", "protocolos", "práctica", "avance", "repaso", "recordatorios", "ayuda", "idioma", "privacidad", "luego", "continuar",
    "regresar", "ver más", "mis datos", "/cursos", "/nada", "/start curso_nada", "salir",
)  # fmt: skip
SAID = (
    "a", "b", "la c", "d)", "e", "sí", "no", "seguir", "listo", "gracias", "zzz", "¿qué es el INM?", "👍", "…", "refugio para familias",
    "Saludarla, decir quién soy, ofrecerle asiento y preguntar si está en peligro.", "5512345678", "mi CURP es LOCA850101MDFPRN09",
    "mi esposo me está golpeando", "a" * 5000, "I need help with my papers please", "where is the consulate of Haiti",
)  # fmt: skip
OF_MODEL = understood("utter_health_care_without_papers", intent="health_care_without_papers", topic="health")
GREETS = understood("utter_greet", intent="greet")
SUGGESTED = understood("utter_suggest", intent="x", decision="suggest", suggestions=["regularization_asylum_apply", "that_was_taken_away"])
OLD = understood("utter_that_was_taken_away", intent="x")
UNDERSTOOD = (THANKS, NOT_UNDERSTOOD, UNRELATED, OF_MODEL, GREETS, SUGGESTED, OLD, None)
REFUSALS = {
    "utter_button_old", "utter_button_unknown", "utter_learning_stranger", "utter_learning_no_more_tries", "utter_learning_lessons_first",
    "utter_learning_recall_none", "utter_learning_refresh_none", "utter_learning_nothing_pending", "utter_nothing_more",
    "utter_learning_not_understood", "utter_learning_answered_before", "utter_message_not_deleted",
}  # fmt: skip
ENDS = {
    "utter_learning_lesson_done", "utter_learning_lesson_read", "utter_learning_final_passed", "utter_learning_final_failed",
    "utter_learning_recall_done", "utter_learning_refreshed",
}  # fmt: skip
LEFT_OUT = ("/erase", "/erase_now", "/my_data", "/who_saw")  # what becomes of their data is tested with the other rights

type Judged = dict[tuple[str, int], dict[str, bool]]


def test_whatever_an_official_does(chats_database: Database, content_around: Surroundings) -> None:
    class Here(AnyOfficial):
        database, around = chats_database, content_around

    limits = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Here, settings=limits)


class AnyOfficial(RuleBasedStateMachine):
    database: Database
    around: Surroundings

    @initialize()
    def join(self) -> None:
        self.chat = Official(self.database, self.around).joins()
        self.shown: list[str] = []
        self.last_words = ""  # of the message that would be corrected
        self._gets(telegram.text("cursos", number=1))

    @precondition(lambda self: self.shown)
    @rule(which=st.integers(0, 30))
    def presses(self, which: int) -> None:
        payload = self.shown[which % len(self.shown)]
        said = self._gets(telegram.pressed(payload))
        assert not set(said) & REFUSALS, f"{payload} is offered and refused: {said}"

    @precondition(lambda self: self.chat.is_asked)
    @rule(right=st.booleans(), times=st.integers(1, 12))
    def studies(self, right: bool, times: int) -> None:
        for _ in range(times):
            if self.chat.is_asked:
                self._gets(telegram.pressed(self._answer(right)))

    @rule(said=st.sampled_from((*SAID, *WORDS)), understanding=st.sampled_from(UNDERSTOOD), forwarded=st.sampled_from((False, False, True)))
    def says(self, said: str, understanding: Understanding | None, forwarded: bool) -> None:
        self.chat.understands = understanding
        self._gets(telegram.text(said, number=self._number(), at=self._at(), **(telegram.FORWARDED if forwarded else {})))
        self.last_words = said

    @rule(content=st.sampled_from([telegram.file("photo"), telegram.file("voice"), telegram.STICKER, telegram.LOCATION, telegram.POLL]))
    def sends(self, content: dict[str, Any]) -> None:
        self._gets(telegram.message(number=self._number(), at=self._at(), **content))
        self.last_words = ""

    @rule(said=st.sampled_from(SAID), understanding=st.sampled_from(UNDERSTOOD))
    def edits(self, said: str, understanding: Understanding | None) -> None:
        self.chat.understands = understanding
        raw = telegram.edited(said, self.chat.number, date=self._at(), edit_date=self._at())
        self._gets(raw, may_be_silent=said == self.last_words)
        self.last_words = said

    @rule(which=st.integers(0, 60))
    def presses_an_old_button(self, which: int) -> None:
        old = [payload for each in self.chat.transcript()[-40:] for _, payload in each.buttons or () if not payload.startswith(LEFT_OUT)]
        self._gets(telegram.pressed(old[which % len(old)]))

    @rule(days=st.sampled_from((0.01, 1, 3, 30, 200)))
    def waits(self, days: float) -> None:
        self.chat.waits(days=days)
        self.shown = []  # what was due, or closed, may be otherwise by now

    def _number(self) -> int:
        self.chat.number += 1
        return self.chat.number

    def _at(self) -> int:
        return int(self.chat.now.timestamp())

    def _answer(self, right: bool) -> str:
        questionnaire = self.around.content.questionnaires[self.chat.at.name]
        step = current(questionnaire, self.chat.at)
        return f"{questionnaire.name}.{step.id}=" + (
            next(each.value for each in step.options if each.right is right) if step.is_judged else "next"
        )

    def _gets(self, raw: dict[str, Any], may_be_silent: bool = False) -> list[str]:
        self.chat.waits(seconds=READS)
        before = self._judged()
        replies = self.chat.takes(raw).replies
        said = [reply.response or "" for reply in replies]
        assert replies or may_be_silent, "nobody answers"
        assert "utter_learning_failed" not in said
        assert all(reply.text.strip() and "{" not in reply.text for reply in replies)
        if replies:
            self.shown = [each.payload for reply in replies for each in reply.buttons if not each.payload.startswith(LEFT_OUT)]
        self._has_lost_nothing(before, set(said))
        return said

    def _judged(self) -> Judged:
        """All that was judged and waits: by questionnaire and try."""
        found: Judged = {}
        stored = self.chat.pending
        while stored:
            if stored.get("study"):
                found[stored["name"], stored["study"]["seed"]] = dict(stored["study"]["firsts"])
            stored = stored.get("waiting")
        return found

    def _has_lost_nothing(self, before: Judged, said: set[str]) -> None:
        now = self._judged()
        gone = [key for key, firsts in before.items() if key not in now and firsts]
        assert len(gone) <= 1 and (not gone or said & ENDS), f"{gone} is gone"
        for key in now.keys() & before.keys():
            assert before[key].items() <= now[key].items(), f"{key} was judged otherwise"
