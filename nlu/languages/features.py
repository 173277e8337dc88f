"""The features of a message for telling languages apart: its words and runs of their letters, with and without accents.

Plain Python, because the bot computes them before and without Rasa. Training uses the same function. Nothing is folded by sound here:
the spelling is what tells Creole from French.
"""

from __future__ import annotations

import itertools
import math
import re

from nlu.components.spelling import without_marks

MOST_WORDS = 60  # of a message that are looked at
LETTERS = (1, 2, 3, 4)
FEW_WORDS, FEW_LETTERS = 1, 6
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # c'est and m'ap are one word


def words_of(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())][:MOST_WORDS]


def features(text: str) -> dict[str, float]:
    """Feature to value; a kind has about length one together, less where there is little to go by."""
    words = words_of(text)
    plain = [without_marks(word) for word in words]
    whole = {"w " + word for word in plain} | {f"p {first} {second}" for first, second in itertools.pairwise(plain)}
    runs: set[str] = set()
    for word, bare in zip(words, plain):  # noqa: B905  one for one
        padded = f" {bare} "
        runs.update("c" + padded[at : at + size] for size in LETTERS for at in range(len(padded) - size + 1))
        if word != bare:
            runs.update("a" + word[max(0, at - 1) : at + 2] for at, letter in enumerate(word) if ord(letter) > 127)
            runs.update("a" + letter for letter in word if ord(letter) > 127)
    values = dict.fromkeys(whole, 1 / math.sqrt(len(whole) + FEW_WORDS))
    values.update(dict.fromkeys(runs, 1 / math.sqrt(len(runs) + FEW_LETTERS)))
    return values
