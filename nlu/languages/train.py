"""Learns the language weights from every example in nlu/data and every sentence in flows/translations.

`python -m nlu.languages.train OUT` in Rasa's environment, which has scikit-learn. Under a minute, and the same result every time.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.examples import read, read_safety
from nlu.languages.features import features, words_of

ROOT = Path(__file__).resolve().parent.parent.parent
SEEN_TWICE = 2  # messages a feature must occur in
LIGHTEST = 0.25  # a weight below it in every language decides nothing
DECIMALS = 2
STRENGTH = 20.0  # of the fit: scikit-learn's C
NAMES = re.compile(r"\{[a-z0-9_]+\}|https?://\S+")
_ENTRY = re.compile(r'^msg(id|str) ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)


def learn(messages: list[tuple[str, str]], strength: float = STRENGTH) -> dict[str, Any]:
    """`{languages, bias, weights}`: for each feature one weight a language. `messages` are (text, language)."""
    rows = [features(text) for text, _ in messages]
    count: dict[str, int] = {}
    for row in rows:
        for feature in row:
            count[feature] = count.get(feature, 0) + 1
    vectors = DictVectorizer()
    table = vectors.fit_transform([{name: value for name, value in row.items() if count[name] >= SEEN_TWICE} for row in rows])
    model = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear").fit(table, [language for _, language in messages])
    heavy = np.abs(model.coef_).max(axis=0) >= LIGHTEST
    return {
        "languages": [str(name) for name in model.classes_],
        "bias": [round(float(value), DECIMALS) for value in model.intercept_],
        "weights": {
            str(name): [round(float(value), DECIMALS) for value in model.coef_[:, at]]
            for at, name in enumerate(vectors.get_feature_names_out())
            if heavy[at]
        },
    }


def read_messages(root: Path = ROOT) -> list[tuple[str, str]]:
    data = root / "nlu" / "data"
    found = [(example.text, example.language) for example in read(data)]
    for language, danger, harmless in read_safety(data):
        found += [(text, language) for text in (*harmless, *(text for messages in danger.values() for text in messages))]
    for path in sorted((root / "flows" / "translations").glob("*.po")):
        found += _sentences(path)
    with (root / "flows" / "directory" / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        found += [(row["name"], "es") for row in csv.DictReader(file)]  # "San Martín" is no Creole
    return _each_in_one_language(found)


def _each_in_one_language(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What examples of several languages share ("hello" among the Spanish ones) goes to the language that uses its words most."""
    spoken: dict[str, set[str]] = {}
    for text, language in found:
        spoken.setdefault(text.lower(), set()).add(language)
    uses: dict[str, Counter[str]] = {}
    for text, language in found:
        if len(spoken[text.lower()]) == 1:
            uses.setdefault(language, Counter()).update(words_of(text))

    def home(text: str) -> str:
        return max(
            sorted(spoken[text]), key=lambda each: sum(log((uses[each][word] + 0.5) / uses[each].total()) for word in words_of(text))
        )

    return [(text, language) for text, language in found if len(spoken[text.lower()]) == 1 or home(text.lower()) == language]


def _sentences(path: Path) -> list[tuple[str, str]]:
    """The lines of a catalogue's translations. Rasa's environment has no Babel; what is read here is only counted."""
    found = []
    for kind, quoted in _ENTRY.findall(path.read_text(encoding="utf-8")):
        text = "".join(json.loads(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', quoted))
        lines = (line for line in NAMES.sub(" ", text).splitlines() if ":" not in line[:20])
        found += [(line, path.stem) for line in lines if kind == "str" and len(line.split()) >= 2]
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(learn(read_messages()), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
