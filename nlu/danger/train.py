"""Learns the danger weights from safety.yml of every language in nlu/data, with all other training examples as messages without danger.

`python -m nlu.danger.train OUT` in Rasa's environment, which has scikit-learn. Seconds, and the same result every time.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.danger.features import features

DATA = Path(__file__).parent.parent / "data"
NEAR_DANGER = ("consular_detained", "regularization_detained")  # their examples are often danger themselves
SEEN_TWICE = 2  # messages a feature must occur in
DECIMALS = 3
STRENGTH = 0.3  # of the fit: scikit-learn's C


def learn(danger: dict[str, list[str]], harmless: list[str], strength: float = STRENGTH) -> dict[str, Any]:
    """`{bias, weights, categories}`: weights of danger at all, and for each category those that tell it from the others."""
    texts = [text for messages in danger.values() for text in messages]
    names = [name for name, messages in danger.items() for _ in messages]
    rows = [features(text) for text in (*texts, *harmless)]
    count: dict[str, int] = {}
    for row in rows:
        for feature in row:
            count[feature] = count.get(feature, 0) + 1
    # Rare words say more than "me", "no", "y": a feature weighs by how few messages hold it. The table has that multiplied in.
    rarity = {feature: math.log(len(rows) / times) for feature, times in count.items() if times >= SEEN_TWICE}
    rows = [{feature: value * rarity[feature] for feature, value in row.items() if feature in rarity} for row in rows]
    vectors = DictVectorizer()
    table = vectors.fit_transform(rows)
    is_danger = np.array([1] * len(texts) + [0] * len(harmless))
    whether = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear").fit(table, is_danger)
    which = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear").fit(table[: len(texts)], names)
    found = vectors.get_feature_names_out()
    rare = [rarity[name] for name in found]
    return {
        "bias": round(float(whether.intercept_[0]), DECIMALS),
        "weights": _table(found, whether.coef_[0] * rare),
        "categories": {
            str(name): {"bias": round(float(which.intercept_[at]), DECIMALS), "weights": _table(found, which.coef_[at] * rare)}
            for at, name in enumerate(which.classes_)
        },
    }


def read_examples(data: Path = DATA) -> tuple[dict[str, list[str]], list[str]]:
    """Messages of danger by category, and messages without danger."""
    danger: dict[str, list[str]] = {}
    harmless: list[str] = []
    for path in sorted((*data.glob("*.yml"), *data.glob("??/*.yml"))):  # Spanish, and a folder for each other language
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.stem == "safety":
            harmless += [str(text) for text in written["harmless"]]
            for name, messages in written["danger"].items():
                danger.setdefault(name, []).extend(str(text) for text in messages)
            continue
        for entry in written["nlu"]:
            if entry["intent"] not in NEAR_DANGER:
                harmless += [line[2:] for line in entry["examples"].splitlines() if line.startswith("- ")]
    return danger, harmless


def _table(names: Any, weights: Any) -> dict[str, float]:
    rounded = ((str(name), round(float(weight), DECIMALS)) for name, weight in zip(names, weights))  # noqa: B905  one weight each
    return {name: weight for name, weight in rounded if abs(weight) >= 0.02}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(learn(*read_examples()), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
