"""One spelling for the many ways a word is typed: case, accents, telephone shorthand and letters that sound alike.

In Mexican and Central American Spanish b/v, s/c/z, ll/y and a silent h are the commonest confusions; folding them
makes "aser", "hazer" and "hacer" the same word before features are counted.
"""

from __future__ import annotations

import re
import unicodedata

SHORTHAND = {
    "q": "que", "k": "que", "ke": "que", "qe": "que", "xq": "porque", "pq": "porque", "porq": "porque", "xk": "porque",
    "x": "por", "xfa": "por favor", "xfavor": "por favor", "porfa": "por favor", "d": "de", "tmb": "tambien",
    "tb": "tambien", "tbn": "tambien", "tambn": "tambien", "ps": "pues", "pos": "pues", "dnd": "donde", "dond": "donde",
    "cm": "como", "m": "me", "kmo": "como", "qn": "quien", "kien": "quien", "ntp": "no te preocupes", "bn": "bien", "msj": "mensaje",
    "cel": "celular", "tel": "telefono", "nro": "numero", "num": "numero", "dr": "doctor", "lic": "licenciado",
    "pa": "para", "toy": "estoy", "ta": "esta", "usa": "estados unidos", "eu": "estados unidos", "eeuu": "estados unidos",
    "eua": "estados unidos", "us": "estados unidos", "cdmx": "ciudad de mexico", "df": "ciudad de mexico",
}  # fmt: skip

SIGNS = {"👍": " si ", "👌": " si ", "👎": " no ", "🙏": " gracias ", "🆘": " auxilio ", "🚨": " auxilio "}

_MARKS = re.compile("[\u0300-\u036f]+")  # accents, tildes and cedillas by themselves
FEWEST_WORDS_OF_A_MATTER = 3
_GREETING = re.compile(
    r"^(?:(?:hola|buenas|buenos dias|buen dia|buenas tardes|buenas noches|saludos|que tal|hello|hi|hey|good (?:morning|afternoon|evening)|"
    r"bonjour|bonsoir|salut|bonjou|bonswa|alo|ola|oi|bom dia|boa (?:tarde|noite))\b ?)+"
)
_REPEATED = re.compile(r"([a-z])\1{2,}")
_WORD = re.compile(r"[a-z]+|\d+")
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}[a-z]?")
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        (r"ch", "\x01"), (r"h", ""), (r"\x01", "ch"), (r"qu(?=[ei])", "k"), (r"c(?=[ei])", "s"), (r"g(?=[ei])", "j"),
        (r"gu(?=[ei])", "g"), (r"c(?!h)", "k"), (r"z", "s"), (r"v", "b"), (r"ll", "y"), (r"w", "gu"), (r"x", "ks"),
        (r"([a-z])\1", r"\1"),
    ]
]  # fmt: skip


def without_marks(text: str) -> str:
    """Without accents, tildes and cedillas."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text))


def plain(text: str) -> str:
    """Lower case, without accents or punctuation, shorthand written out, single spaces."""
    folded = text.lower()
    if not folded.isascii():
        for sign, word in SIGNS.items():
            folded = folded.replace(sign, word)
        folded = without_marks(folded)
    if "." in folded:
        folded = _DOTTED.sub(lambda found: found.group().replace(".", ""), folded)
    return " ".join([SHORTHAND.get(word, word) for word in _WORD.findall(_REPEATED.sub(r"\1", folded))])


def without_greeting(text: str) -> str:
    """The text behind its greeting, where enough is left to be the matter itself: "bonjou, mwen bezwen travay"."""
    folded = plain(text)
    rest = _GREETING.sub("", folded)
    return rest if rest != folded and len(rest.split()) >= FEWEST_WORDS_OF_A_MATTER else text


def by_sound(text: str) -> str:
    """`plain` text with letters that sound alike written alike: "hazer" and "aser" both become "aser"."""
    folded = plain(text)
    for pattern, sound in _SOUNDS:
        folded = pattern.sub(sound, folded)
    return folded
