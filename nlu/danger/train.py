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
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.danger.features import features
from nlu.examples import SPANISH, read, read_safety

DATA = Path(__file__).parent.parent / "data"
NEAR_DANGER = {
    "children_alone", "consular_detained", "fraud_fake_lawyer", "health_injured_on_route", "health_mental", "health_pregnancy",
    "missing_locate_detained", "missing_report", "missing_wait", "regularization_crime_victim", "regularization_detained",
    "regularization_detention_time", "rights_bribe", "rights_complaint_authority", "rights_extortion_kidnap", "rights_refused_entry",
    "shelter_find", "trafficking_consent", "trafficking_report", "trafficking_signs", "women_protection_orders", "women_sexual_violence",
    "women_shelter", "women_violence_hotline",
}  # fmt: skip
"""Questions whose examples are often danger themselves: as messages without danger they would teach the opposite."""
OTHERS = "others"
SEEN_TWICE = 2  # messages a feature must occur in
DECIMALS = 2
LIGHTEST = 0.05  # a weight below it decides nothing
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


def read_examples(data: Path = DATA) -> dict[str, tuple[dict[str, list[str]], list[str]]]:
    """For Spanish and for the others together: messages of danger by category, and messages without danger."""
    found: dict[str, tuple[dict[str, list[str]], list[str]]] = {SPANISH: ({}, []), OTHERS: ({}, [])}
    for language, of_danger, only_sounding in read_safety(data):
        danger, harmless = found[SPANISH if language == SPANISH else OTHERS]
        harmless += only_sounding
        for name, messages in of_danger.items():
            danger.setdefault(name, []).extend(messages)
    for example in read(data):
        if example.intent not in NEAR_DANGER:
            found[SPANISH if example.language == SPANISH else OTHERS][1].append(example.text)
    return found


def _table(names: Any, weights: Any) -> dict[str, float]:
    rounded = ((str(name), round(float(weight), DECIMALS)) for name, weight in zip(names, weights))  # noqa: B905  one weight each
    return {name: weight for name, weight in rounded if abs(weight) >= LIGHTEST}


if __name__ == "__main__":
    tables = {language: learn(danger, harmless) for language, (danger, harmless) in read_examples().items()}
    Path(sys.argv[1]).write_text(json.dumps(tables, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
