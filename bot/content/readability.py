"""How easy an answer reads: the Szigriszt-Pazos perspicuity (1993) on the INFLESZ scale (Barrio Cantalejo 2008).

Syllables come from the library pyphen, from which textstat, which knows the formula too, takes them; importing that one alone takes 0.8 s.
On that scale 55 to 65 is "normal", 65 to 80 "fairly easy" (primary school). Names, numbers and places in braces are not our words and
are left out, and a list's entries count as sentences.
"""

import re
from collections.abc import Iterator, Sequence

import pyphen

from bot.content.courses import BANK
from bot.content.problems import Problem
from bot.content.published import PLACEHOLDER, Content
from bot.content.review import Where

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
    """The answers and lessons that read badly; those that `checked` content says in the same words are not looked at again."""
    known = {response.text for each in checked for response in each.responses.values()}
    for response in content.responses.values():
        if response.review and response.text not in known:
            yield from check_reading(response.where, response.name, response.text)
    if checked:  # courses are the same for every institution
        return
    for course in content.courses.values():
        taught = [(lesson.id, step) for lesson in course.lessons for step in lesson.questionnaire.steps]
        for lesson, step in (*taught, *((BANK, step) for step in course.bank)):
            explained = (option.because for option in step.options)
            yield from check_reading(step.where, f"el paso {step.id} de {course.name}-{lesson}", "\n".join([step.ask, *explained]))
    for assessment in content.assessments.values():
        yield from check_reading(assessment.where, assessment.name, assessment.says)
        for asked in assessment.questions:
            yield from check_reading(asked.where, f"la pregunta {asked.id}", "\n".join([asked.ask, asked.help, asked.step]))


def check_reading(where: Where, what: str, text: str) -> Iterator[Problem]:
    for sentence in re.split(r"(?<=[.?!:;])\s+", prose(text)):
        if len(sentence.split()) > LONGEST_SENTENCE:
            yield where.problem(
                f"{what} tiene una frase de {len(sentence.split())} palabras («{sentence[:40]}…»)", f"córtela: hasta {LONGEST_SENTENCE}"
            )
    if len(prose(text).split()) >= FEWEST_WORDS:
        found = ease(text)
        if found < HARDEST_ALLOWED:
            yield where.problem(
                f"{what} es difícil de leer ({found:.0f} en la escala INFLESZ)",
                f"use frases y palabras más cortas: debe llegar a {HARDEST_ALLOWED:.0f}",
            )
