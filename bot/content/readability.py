"""How easy an answer reads: the Szigriszt-Pazos perspicuity (1993) on the INFLESZ scale (Barrio Cantalejo 2008).

Syllables come from the library pyphen, from which textstat, which knows the formula too, takes them; importing that one alone takes 0.8 s.
On that scale 55 to 65 is "normal", 65 to 80 "fairly easy" (primary school). Names, numbers and places in braces are not our words and
are left out, and a list's entries count as sentences.
"""

import re
from collections.abc import Iterator, Sequence

import pyphen

from bot.content.problems import Problem
from bot.content.published import PLACEHOLDER, Content

HARDEST_ALLOWED = 60.0
FEWEST_WORDS = 30  # a formula says nothing about less
LONGEST_SENTENCE = 26  # words

_SPANISH = pyphen.Pyphen(lang="es")
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[.?!:]+(?=\s|$)")


def ease(text: str) -> float:
    """0 to about 120: the higher, the easier."""
    said = prose(text)
    words = _WORD.findall(said)
    sentences = max(1, len(_SENTENCE.findall(said)))
    syllables = sum(len(_SPANISH.positions(word)) + 1 for word in words)
    return 206.835 - 62.3 * syllables / max(1, len(words)) - len(words) / sentences


def prose(text: str) -> str:
    """The text as sentences."""
    lines = (re.sub(r"^(?:•|\d+\.)\s*", "", line.strip()) for line in PLACEHOLDER.sub("", text).splitlines())
    return " ".join(line if line[-1] in ".?!:" else line + "." for line in lines if re.search(r"\w", line))


def check_readability(content: Content, checked: Sequence[Content] = ()) -> Iterator[Problem]:
    """The answers that read badly; those that `checked` content says in the same words are not looked at again."""
    known = {response.text for each in checked for response in each.responses.values()}
    for response in content.responses.values():
        if not response.review or response.text in known:
            continue
        for sentence in re.split(r"(?<=[.?!:;])\s+", prose(response.text)):
            if len(sentence.split()) > LONGEST_SENTENCE:
                yield response.where.problem(
                    f"{response.name} tiene una frase de {len(sentence.split())} palabras («{sentence[:40]}…»)",
                    f"córtela: hasta {LONGEST_SENTENCE}",
                )
        if len(prose(response.text).split()) >= FEWEST_WORDS:
            found = ease(response.text)
            if found < HARDEST_ALLOWED:
                yield response.where.problem(
                    f"{response.name} es difícil de leer ({found:.0f} en la escala INFLESZ)",
                    f"use frases y palabras más cortas: debe llegar a {HARDEST_ALLOWED:.0f}",
                )
