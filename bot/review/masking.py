"""What a reader may see of a message: the words without what identifies whoever wrote them.

Identifiers were masked when the message was stored; they are masked here again, as far as the patterns have learned since. Names cannot be
told from other words in general: only those that somebody says to be theirs are masked.
"""

import re

from bot.content.published import Content
from bot.identifiers import WORDS, masked

NAME = "[nombre]"
_WORD = r"[^\W\d_][\w'’-]*"
_ENDS = r"y|e|i|and|et|ak|pero|necesito|soy|tengo|quiero|vengo|estoy|busco|vivo|but|need|want|am|je|eu|mwen|m|que|como|con|para"
_SAYS_OWN_NAME = re.compile(
    r"(?P<says>\b(?:me llamo|mi nombre(?: completo)? es|my name is|my name's|je m['’]appelle|mon nom est|meu nome é|me chamo|mwen rele|"
    rf"m rele|non mwen se)\s+)(?P<name>{_WORD}(?:\s+(?!(?:{_ENDS})\b){_WORD}){{0,3}})",
    re.IGNORECASE,
)


def mask(text: str, content: Content) -> str:
    return _without_names(masked(text, content.public_numbers).text)


def as_phrase(text: str, content: Content) -> str:
    """The same as somebody would say it: «mi CURP es CURP», as Rasa is asked."""
    found = masked(text, content.public_numbers)
    return " ".join(_without_names(found.asked or found.text).split())


def identifies(text: str, content: Content) -> str:
    """What in it identifies somebody, as staff read it; of a text that staff write it has to be nothing."""
    return ", ".join(WORDS[kind] for kind in masked(text, content.public_numbers).kinds)


def _without_names(text: str) -> str:
    return _SAYS_OWN_NAME.sub(lambda found: found["says"] + NAME, text)
