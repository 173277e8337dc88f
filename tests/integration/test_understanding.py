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


@pytest.fixture(scope="module")
def outcomes(rasa_port: int) -> list[Outcome]:
    live = LiveContent(ROOT / "flows", None, MODELS)

    async def go() -> list[Outcome]:
        client = RasaClient.at(rasa_port)
        found = []
        for example in read_examples(ROOT / "nlu" / "test_data", []):
            read = await parse(live, client, example.text)
            best_topic = live.current()[0].topic_of(read["intent"] or "") or ""
            found.append(Outcome(example.intent, example.topic, read["decision"], read["intent"] or "", best_topic, read["suggestions"]))
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


def test_people_are_helped(outcomes: list[Outcome]) -> None:
    assert share(outcomes, right="helped") >= 0.95
    assert share(outcomes, right="straight") >= 0.75
    assert share(outcomes, right="topic") >= 0.94
    assert share(outcomes, right="top1") >= 0.88


def test_people_are_hardly_ever_misled(outcomes: list[Outcome]) -> None:
    assert share(outcomes, right="misled") <= 0.04


def test_no_more_than_four_questions_are_suggested(outcomes: list[Outcome]) -> None:
    assert max(len(each.suggestions) for each in outcomes) <= 4


def test_other_matters_are_not_answered_as_if_known(outcomes: list[Outcome]) -> None:
    outside = [each for each in outcomes if each.intent == "out_of_scope"]
    known = [each for each in outside if each.decision == "answer" and each.best_topic != "dialogue"]
    assert len(outside) >= 30 and len(known) / len(outside) <= 0.15


def test_danger_is_recognized_without_rasa() -> None:
    live = LiveContent(ROOT / "flows", None, MODELS)
    detector = live.current()[1]
    written = yaml.safe_load((ROOT / "nlu" / "test_data" / "safety.yml").read_text(encoding="utf-8"))
    danger = [str(text) for messages in written["danger"].values() for text in messages]
    found = [text for text in danger if detector.category(text)]
    false = [text for text in written["harmless"] if detector.category(str(text))]
    assert len(danger) >= 130 and len(found) / len(danger) >= 0.95
    assert len(false) / len(written["harmless"]) <= 0.05
