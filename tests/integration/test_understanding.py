"""What the assistant understands of messages that another hand wrote: floors, below which nothing is published."""

import asyncio
from dataclasses import dataclass

import pytest
import yaml

from bot.content.examples import read_examples
from bot.conversation.live import LiveContent
from bot.local_chat.jsonl import parse
from bot.rasa.client import RasaClient
from bot.rasa.training import MODELS
from bot.settings import ROOT


@dataclass(frozen=True)
class Outcome:
    intent: str
    topic: str
    decision: str
    best: str
    best_topic: str
    suggestions: list[str]
    language: str
    heard: str


FLOORS = {  # helped, straight, misled (a ceiling), best guess, topic
    "es": (0.96, 0.75, 0.04, 0.88, 0.94),
    "en": (0.92, 0.75, 0.06, 0.82, 0.90),
    "fr": (0.88, 0.60, 0.08, 0.75, 0.86),
    "pt": (0.88, 0.60, 0.08, 0.75, 0.86),
    "ht": (0.82, 0.50, 0.10, 0.68, 0.80),
}
WORST_TOPIC = 0.85  # helped, in Spanish: a topic has 30 to 170 messages


@pytest.fixture(scope="module")
def outcomes(rasa_port: int) -> list[Outcome]:
    live = LiveContent(ROOT / "flows", None, MODELS)

    async def go() -> list[Outcome]:
        client = RasaClient.at(rasa_port)
        found = []
        for example in read_examples(ROOT / "nlu" / "test_data", []):
            read = await parse(live, client, example.text)
            best_topic = live.current()[0].topic_of(read["intent"] or "") or ""
            found.append(
                Outcome(
                    example.intent,
                    example.topic,
                    read["decision"],
                    read["intent"] or "",
                    best_topic,
                    read["suggestions"],
                    example.language,
                    read["language"],
                )
            )
        await client.close()
        return found

    return asyncio.run(go())


def share(outcomes: list[Outcome], *, right: str) -> float:
    asked = [each for each in outcomes if each.intent != "out_of_scope"]
    rules = {
        "helped": lambda each: each.best == each.intent if each.decision == "answer" else each.intent in each.suggestions,
        "straight": lambda each: each.decision == "answer" and each.best == each.intent,
        "misled": lambda each: each.decision == "answer" and each.best != each.intent,
        "top1": lambda each: each.best == each.intent,
        "topic": lambda each: each.best_topic == each.topic,
    }
    return sum(map(rules[right], asked)) / len(asked)


@pytest.mark.parametrize("language", FLOORS)
def test_people_are_helped_and_hardly_ever_misled(outcomes: list[Outcome], language: str) -> None:
    said = [each for each in outcomes if each.language == language]
    helped, straight, misled, best, topic = FLOORS[language]
    assert len(said) >= 150
    assert share(said, right="helped") >= helped
    assert share(said, right="straight") >= straight
    assert share(said, right="misled") <= misled
    assert share(said, right="top1") >= best
    assert share(said, right="topic") >= topic


def test_no_topic_is_understood_much_worse_than_the_others(outcomes: list[Outcome]) -> None:
    spanish = [each for each in outcomes if each.language == "es" and each.intent != "out_of_scope"]
    by_topic = {topic: [each for each in spanish if each.topic == topic] for topic in {each.topic for each in spanish}}
    helped = {topic: share(said, right="helped") for topic, said in by_topic.items()}
    assert {topic: value for topic, value in helped.items() if value < WORST_TOPIC} == {} and len(helped) >= 19


def test_the_language_of_a_question_is_heard(outcomes: list[Outcome]) -> None:
    for language in FLOORS:
        said = [each for each in outcomes if each.language == language]
        assert sum(each.heard == language for each in said) / len(said) >= 0.94, language


def test_no_more_than_four_questions_are_suggested(outcomes: list[Outcome]) -> None:
    assert max(len(each.suggestions) for each in outcomes) <= 4


def test_other_matters_are_not_answered_as_if_known(outcomes: list[Outcome]) -> None:
    outside = [each for each in outcomes if each.intent == "out_of_scope"]
    known = [each for each in outside if each.decision == "answer" and each.best_topic != "dialogue"]
    assert len(outside) >= 30 and len(known) / len(outside) <= 0.15


DANGER = {"es": (0.97, 0.03), "en": (0.93, 0.06), "fr": (0.93, 0.11), "pt": (0.93, 0.11), "ht": (0.93, 0.11)}
"""Found at least, and false alarms at most. The others than Spanish have 42 messages of danger and 40 alarming ones: one is 2.5 %."""


@pytest.mark.parametrize("language", DANGER)
def test_danger_is_recognized_without_rasa(rasa_port: int, language: str) -> None:
    detector = LiveContent(ROOT / "flows", None, MODELS).current()[1]
    folder = ROOT / "nlu" / "test_data" / ("" if language == "es" else language)
    written = yaml.safe_load((folder / "safety.yml").read_text(encoding="utf-8"))
    danger = [str(text) for messages in written["danger"].values() for text in messages]
    found = [text for text in danger if detector.category(text)]
    false = [text for text in written["harmless"] if detector.category(str(text))]
    least, most = DANGER[language]
    assert len(danger) >= 42 and len(found) / len(danger) >= least
    assert len(false) / len(written["harmless"]) <= most
