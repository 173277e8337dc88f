"""Answer, suggest or admit that nothing was understood: the last component of the pipeline.

Rasa's FallbackClassifier looks at the first two intents only; here the chances of a whole topic are summed, so
that a message that is surely about consulates but unclear in detail gets the consular questions as buttons.
The intent is replaced by `suggest` or `nlu_fallback` where it is not answered; rules do the rest.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

SUGGEST = "suggest"
FALLBACK = "nlu_fallback"
MOST_SUGGESTIONS = 4


def decide(ranking: list[dict[str, Any]], config: dict[str, Any]) -> dict[str, Any]:
    """What to do with a ranking: `{decision, topic, best, confidence, suggestions}`.

    `config` holds the thresholds, `topics` (topic -> intents) and `not_offered` (intents that make no sense as a button).
    """
    if not ranking:
        return {"decision": "fallback", "topic": None, "best": None, "confidence": 0.0, "suggestions": []}
    topic_of = {intent: topic for topic, intents in config["topics"].items() for intent in intents}
    chance_of_topic: dict[str, float] = {}
    for intent in ranking:
        topic = topic_of.get(intent["name"], "")
        chance_of_topic[topic] = chance_of_topic.get(topic, 0.0) + intent["confidence"]
    topic = max(chance_of_topic, key=lambda name: chance_of_topic[name])
    first = ranking[0]
    second = ranking[1]["confidence"] if len(ranking) > 1 else 0.0
    result = {"topic": topic_of.get(first["name"]), "best": first["name"], "confidence": first["confidence"], "suggestions": []}
    if first["confidence"] >= config["answer_above"] and first["confidence"] - second >= config["lead"]:
        return {**result, "decision": "answer"}
    offered = [intent for intent in ranking if intent["name"] not in config["not_offered"]]
    if chance_of_topic[topic] >= config["topic_above"] and topic not in config["topics_not_offered"]:
        within = [intent for intent in offered if topic_of.get(intent["name"]) == topic]
        outside = [intent for intent in offered if topic_of.get(intent["name"]) != topic]
        strong = [intent for intent in outside if intent["confidence"] >= config["outsider_above"]]
        offered = sorted(within[:MOST_SUGGESTIONS] + strong, key=lambda intent: -intent["confidence"])
        result["topic"] = topic
    offered = [intent for intent in offered[:MOST_SUGGESTIONS] if intent["confidence"] >= config["suggestion_above"]]
    if offered and sum(intent["confidence"] for intent in offered) >= config["suggest_above"]:
        return {**result, "decision": "suggest", "suggestions": [intent["name"] for intent in offered]}
    return {**result, "decision": "fallback"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Decision(GraphComponent):
    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"answer_above": 0.45, "lead": 0.1, "topic_above": 0.5, "suggest_above": 0.2, "suggestion_above": 0.01,
                "outsider_above": 0.1, "topics": {}, "not_offered": [], "topics_not_offered": []}  # fmt: skip

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Decision:
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            decided = decide(message.get("intent_ranking") or [], self.config)
            message.set("decision", decided, add_to_output=True)
            if decided["decision"] != "answer":
                name = SUGGEST if decided["decision"] == "suggest" else FALLBACK
                message.set("intent", {"name": name, "confidence": decided["confidence"]}, add_to_output=True)
        return messages
