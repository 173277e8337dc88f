"""Rules over the published content itself, for the base and every institution, and over the names it shares with the code."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from bot import identifiers
from bot.content import spoken, spoken_learning
from bot.content.assessments import ANSWERS
from bot.content.check import check_all, check_content
from bot.content.check_texts import QUESTIONNAIRE_VARIABLES
from bot.content.courses import FINAL_OF, RECALL, REFRESH, RULES, TAUGHT
from bot.content.examples import by_intent, read_examples
from bot.content.load import institution_names, load_content
from bot.content.published import LONGEST_MESSAGE, PLACEHOLDER, Content, Response
from bot.content.questionnaires import STEP_TYPES
from bot.content.review import Review
from bot.conversation import learning_menu, official_turn, practice_shown
from bot.conversation.actions import ACTIONS
from bot.conversation.fallback import VARIANTS
from bot.conversation.incoming import FILES, Kind
from bot.conversation.questionnaire_answers import ENDINGS
from bot.conversation.replies import PERSON, facts_of, render, render_whole, shown
from bot.conversation.rights_turn import RIGHTS
from bot.courses.certificates import State
from bot.privacy.looks import SEEN
from bot.questionnaires import question, run
from bot.questionnaires.steps import READERS
from bot.records.privacy import ArcoState
from bot.records.referrals import ReferralState
from bot.settings import ROOT

FLOWS, NLU = ROOT / "flows", ROOT / "nlu"
FEWEST_EXAMPLES = 40  # of every question, for the published model; the gate lets an editor begin with fewer
MOST_SECONDS = 3.5
INSTITUTIONS = [None, *institution_names(FLOWS)]


@cache
def content_of(institution: str | None) -> Content:
    return load_content(FLOWS, institution)[0]


@pytest.fixture(params=INSTITUTIONS, ids=lambda name: name or "base")
def content(request: pytest.FixtureRequest) -> Content:
    return content_of(request.param)


def answers(content: Content) -> list[tuple[Response, Review]]:
    """The responses that state something, with their review."""
    return [(response, response.review) for response in content.responses.values() if response.review]


# The gate


@pytest.mark.parametrize("institution", INSTITUTIONS, ids=lambda name: name or "base")
def test_the_content_passes_the_gate(institution: str | None) -> None:
    content, problems = load_content(FLOWS, institution)
    assert [str(problem) for problem in (*problems, *check_content(content, FLOWS))] == []


def test_the_content_and_its_examples_pass_the_gate_together() -> None:
    assert [str(problem) for problem in check_all(FLOWS, NLU)] == []


@pytest.mark.alone
def test_the_whole_check_takes_less_than_two_seconds(tmp_path: Path) -> None:
    """Two seconds of the processor's time: what it would take by the clock on a machine that does nothing else.

    The best of three, since a neighbour on the same processor slows any one of them.
    """
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "SYSTEMROOT")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "PUENTE_FLOWS": str(FLOWS), "PUENTE_INSTITUTION": ""}
    taken = []
    for _ in range(3):
        before = os.times()
        done = subprocess.run(
            [sys.executable, "-m", "bot", "check"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        after = os.times()
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert min(taken) < MOST_SECONDS


# Answers


def test_every_answer_shows_its_sources_its_office_and_its_date(content: Content) -> None:
    wrong = []
    for response, review in answers(content):
        text = render_whole(content, response.name, "es", review.reviewed_on)
        office = content.organizations[response.office or ""].short_name
        if not all(expected in text for expected in (*(source.title for source in review.sources), office, shown(review.reviewed_on))):
            wrong.append(response.name)
    assert wrong == [] and answers(content)


def test_every_answer_is_filled_in_completely(content: Content) -> None:
    texts = {response.name: render_whole(content, response.name, "es", review.reviewed_on) for response, review in answers(content)}
    assert [name for name, text in texts.items() if PLACEHOLDER.search(text)] == [] and texts


def test_a_person_is_one_tap_away_from_every_answer(content: Content) -> None:
    replies = {response.name: render(content, response.name, "es", review.reviewed_on) for response, review in answers(content)}
    assert [name for name, reply in replies.items() if PERSON not in [button.payload for button in reply.buttons]] == [] and replies


def test_every_answer_fits_a_telegram_message_with_its_caution_and_its_source(content: Content) -> None:
    lengths = {}
    for response, review in answers(content):
        late = max(each.due_on for each in (review, *(fact.review for fact in facts_of(content, response)))) + timedelta(days=1)
        ends = [each.expires_on for each in (review, *(fact.review for fact in facts_of(content, response))) if each.expires_on]
        lengths[response.name] = len(render_whole(content, response.name, "es", min([late, *ends])))
    assert {name: length for name, length in lengths.items() if length > LONGEST_MESSAGE} == {} and lengths


def test_no_answer_shows_a_doubtful_fact(content: Content) -> None:
    doubtful = [(each.name, fact.name) for each in content.responses.values() for fact in facts_of(content, each) if fact.doubt]
    assert doubtful == []


def test_no_answer_is_withheld_today(content: Content) -> None:
    """An answer past its expiry is held back from people: it has to be reviewed or taken away."""
    texts = {response.name: render_whole(content, response.name, "es", date.today()) for response, _ in answers(content)}
    notice = content.responses["utter_withheld"].text.partition("{")[0]
    assert [name for name, text in texts.items() if text.startswith(notice)] == [] and notice


def test_danger_is_answered_with_a_telephone(content: Content) -> None:
    for category in content.safety.categories:
        kinds = {fact.kind for fact in facts_of(content, content.responses[category.response])}
        assert "telephone" in kinds, category.name


# Examples


def test_every_question_has_forty_training_examples() -> None:
    grouped = by_intent(read_examples(NLU / "data", []))
    intents = [intent for names in content_of(None).topics.values() for intent in names]
    few = {intent: len(grouped.get(intent, [])) for intent in intents if len(grouped.get(intent, [])) < FEWEST_EXAMPLES}
    assert few == {} and intents


# Names that code and content share

NAMED_WHERE_RECEIVED = FILES | {Kind.CONTACT, Kind.STICKER, Kind.POLL, Kind.DICE, Kind.STORY, Kind.GAME, Kind.OTHER}
EXPANDED = {
    "utter_state_": [str(state) for state in ReferralState],
    "utter_arco_state_": [str(state) for state in ArcoState],
    "utter_seen_": list(SEEN.values()),
    "utter_received_": [str(kind) for kind in sorted(NAMED_WHERE_RECEIVED)],
    "utter_identifier_": [str(kind) for kind in identifiers.Kind],
    "utter_suggest_": [str(number) for number in range(1, VARIANTS + 1)],
    "utter_command_": [command.name for command in content_of(None).commands.values() if command.menu],
    "utter_button_": re.findall(r'_way\(content, "(\w+)"', Path(question.__file__).read_text(encoding="utf-8")),
    "utter_learning_command_": [command.name for command in content_of(None).officials_commands.values() if command.menu],
    "utter_learning_button_": [
        *learning_menu.SHOWN,
        "menu",
        "go_on",
        "recall",
        "begin",
        "next_lesson",
        "reminders_on",
        "reminders_off",
        "next",
        "later",
        *(str(action) for action in practice_shown.SHOWN),
    ],
    "utter_learning_rule_": list(RULES),
    "utter_learning_certificate_": [str(state) for state in State],
    "utter_learning_reminders_": ["on", "off"],
    "utter_learning_button_reminders_": ["on", "off"],
    "utter_learning_answer_": list(ANSWERS),
    "utter_learning_assessment_": ["exists", "partly", "lacks", "unknown"],
    "utter_learning_title_": [FINAL_OF, RECALL, REFRESH],
}
"""What is put at the end of a name that the code composes."""


def _names_in(tree: ast.AST) -> Iterator[str]:
    """Names of responses in strings, also in those that are composed; `utter_` and an intent is a name of the content."""
    composed = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in composed:
            if node.value in EXPANDED:
                yield from (node.value + end for end in EXPANDED[node.value])
            elif re.fullmatch(r"utter_\w*[^\W_]", node.value):
                yield node.value
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            if start.startswith("utter_") and start != "utter_":
                yield from (start + end for end in EXPANDED[start])


def test_the_responses_the_code_says_are_the_ones_the_gate_asks_for() -> None:
    used = set()
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if not path.name.startswith("spoken"):
            used |= set(_names_in(ast.parse(path.read_text(encoding="utf-8"))))
    assert sorted(spoken.RESPONSES) == sorted(used)


def test_the_actions_the_gate_allows_are_the_ones_the_code_does() -> None:
    assert sorted(spoken.ACTIONS) == sorted(ACTIONS)
    assert sorted(spoken_learning.ACTIONS) == sorted({*official_turn.ACTIONS, *RIGHTS} - {"erase_now"})


def test_the_endings_the_gate_allows_are_the_ones_the_code_does() -> None:
    assert sorted(spoken.ENDINGS) == sorted(ENDINGS)


def test_the_followups_the_gate_allows_are_the_ones_people_can_ask() -> None:
    intents = [intent for names in content_of(None).topics.values() for intent in names]
    assert sorted(f"followup_{kind}" for kind in spoken.FOLLOWUPS) == sorted(each for each in intents if each.startswith("followup_"))


def test_the_types_of_step_the_gate_allows_are_the_ones_that_are_read() -> None:
    assert sorted((*STEP_TYPES, *TAUGHT)) == sorted(READERS)


def test_the_variables_the_gate_allows_in_a_question_are_the_ones_that_are_given(content: Content) -> None:
    for questionnaire in content.questionnaires.values():
        assert set(question.variables(content, questionnaire, run.start(questionnaire), "es")) == QUESTIONNAIRE_VARIABLES


def test_every_spoken_sentence_is_published(content: Content) -> None:
    assert [name for name in spoken.RESPONSES if name not in content.responses] == []
