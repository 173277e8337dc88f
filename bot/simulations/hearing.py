"""Whether words stand in what an official wrote: by the patterns of editors, sentence by sentence, and never by a guess."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.content.listening import Listener
from bot.content.patterns import Patterns, words_of

_SENTENCE_ENDS = re.compile(r"[.?!;](?=\s|$)|\n+")  # one sign and not a row of them: thousands of dots would take seconds
_PART_ENDS = re.compile(rf"{_SENTENCE_ENDS.pattern}|,|\bpero\b", re.IGNORECASE)
"""What is denied in one part is not denied in the next: «No le puedo prometer nada, pero le garantizo…»."""

Words = tuple[str, ...]


def hears(text: str, patterns: Words, unless: Words = (), not_after: Words = ()) -> bool:
    """Does a sentence fit one of the patterns, and none of `unless`? Typing errors are forgiven."""
    listener = _listener(patterns, unless, not_after, True)
    return any(listener.hears(words_of(sentence)) for sentence in _SENTENCE_ENDS.split(text))


def hears_exactly(text: str, patterns: Words, unless: Words = (), not_after: Words = (), apart: Words = ()) -> bool:
    """No typing error is forgiven: «quiero» is one error from «quiere», and who asks is not who announces."""
    listener = _listener(patterns, unless, not_after, False)
    return any(listener.hears(words) for part in _PART_ENDS.split(text) for words in _parts(words_of(part), _made(apart)))


def _parts(words: list[str], apart: Patterns) -> Iterator[list[str]]:
    begins = 0
    for _, start, ends in apart.found(words):
        if start >= begins:
            yield words[begins:start]
            begins = max(ends)
    yield words[begins:]


@lru_cache(maxsize=512)
def _listener(patterns: Words, unless: Words, not_after: Words, forgiving: bool) -> Listener:
    return Listener(patterns, unless, not_after, forgiving)


@lru_cache(maxsize=16)
def _made(patterns: Words) -> Patterns:
    return Patterns(patterns, False)
