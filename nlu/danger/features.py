"""The features of a message for the danger weights: runs of words and of letters, by sound.

Plain Python, because the bot computes them before and without Rasa. Training uses the same function.
"""

from __future__ import annotations

import math

from nlu.components.spelling import by_sound

MOST_WORDS = 120  # of a message that are looked at
WORDS = (1, 2, 3)
LETTERS = (3, 4, 5)
FEW_RUNS, FEW_LETTERS = 6, 20


def features(text: str) -> dict[str, float]:
    """Feature to value. The values of a kind have about length one together, less in short messages: two words prove little."""
    words = by_sound(text).split()[:MOST_WORDS]
    runs = {"w " + " ".join(words[at : at + size]) for size in WORDS for at in range(len(words) - size + 1)}
    letters: set[str] = set()
    for word in words:
        padded = f" {word} "
        letters.update("c" + padded[at : at + size] for size in LETTERS for at in range(len(padded) - size + 1))
    values = dict.fromkeys(runs, 1 / math.sqrt(len(runs) + FEW_RUNS))
    values.update(dict.fromkeys(letters, 1 / math.sqrt(len(letters) + FEW_LETTERS)))
    return values
