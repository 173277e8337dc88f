"""Measures the understanding on nlu/test_data: `nlu/.venv/bin/python -m nlu.measure [--curve]` from the project's root.

helped: answered right, or the right question among the suggestions. straight: answered right at once. misled: answered with another
question's answer. top1 and topic: the best guess, even when unsure. The model is trained anew in memory from nlu/data with config.yml.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from nlu.examples import Example, read

ROOT = Path(__file__).resolve().parent.parent


def figures(ranked: list[tuple[list[dict[str, Any]], Example]], config: dict[str, Any], topics: dict[str, str]) -> dict[str, float]:
    from nlu.components.decision import decide

    counts = dict.fromkeys(("helped", "straight", "misled", "top1", "topic"), 0)
    asked = [(ranking, example) for ranking, example in ranked if example[1] != "out_of_scope"]
    outside = [ranking for ranking, example in ranked if example[1] == "out_of_scope"]
    for ranking, (_, intent, topic, _) in asked:
        decided = decide(ranking, config)
        answered = decided["decision"] == "answer"
        counts["straight"] += answered and decided["best"] == intent
        counts["misled"] += answered and decided["best"] != intent
        counts["helped"] += decided["best"] == intent if answered else intent in decided["suggestions"]
        counts["top1"] += ranking[0]["name"] == intent
        counts["topic"] += topics[ranking[0]["name"]] == topic
    result = {name: count / len(asked) for name, count in counts.items()} if asked else {}
    if outside:
        taken = [decide(ranking, config) for ranking in outside]
        known = [each for each in taken if each["decision"] == "answer" and topics[each["best"]] != "dialogue"]
        result["outside refused"] = 1 - len(known) / len(outside)
    return result


def main(curve: bool) -> None:
    from nlu.components.intent_classifier import LinearIntentClassifier, build_model
    from nlu.components.spelling import without_greeting

    components = {
        each["name"].rsplit(".", 1)[-1]: each for each in yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    }
    training, tests = read(ROOT / "nlu" / "data"), read(ROOT / "nlu" / "test_data")
    topics = {intent: topic for _, intent, topic, _ in training}
    decision = {**components["Decision"], "topics": {}}
    for intent, topic in topics.items():
        decision["topics"].setdefault(topic, []).append(intent)
    model = build_model({**LinearIntentClassifier.get_default_config(), **components["LinearIntentClassifier"]})
    model.fit([each[0] for each in training], [each[1] for each in training])
    chances = model.predict_proba([without_greeting(each[0]) for each in tests])
    ranked = []
    for row, example in zip(chances, tests):  # noqa: B905  one row each
        order = sorted(range(len(row)), key=lambda place: -row[place])
        ranked.append(([{"name": str(model.classes_[place]), "confidence": float(row[place])} for place in order], example))
    print(f"{len(training)} examples, {len(topics)} questions, {len(tests)} tests")
    for language in sorted({example[3] for _, example in ranked}):
        of_language = [each for each in ranked if each[1][3] == language]
        _print(f"{language} all", figures(of_language, decision, topics))
        for topic in sorted({example[2] for _, example in of_language}):
            _print(f"{language} {topic}", figures([each for each in of_language if each[1][2] == topic], decision, topics))
    if curve:
        for threshold in (0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60):
            _print(f"answer_above {threshold:.2f}", figures(ranked, {**decision, "answer_above": threshold}, topics))
        for lead in (0.0, 0.1, 0.15, 0.2, 0.3):
            _print(f"lead {lead:.2f}", figures(ranked, {**decision, "lead": lead}, topics))


def _print(name: str, values: dict[str, float]) -> None:
    print(f"{name:20}", "  ".join(f"{label} {value:.3f}" for label, value in values.items()))


if __name__ == "__main__":
    main("--curve" in sys.argv)
