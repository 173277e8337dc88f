"""Which passwords are taken, and how they are kept: argon2id, long rather than odd, none that everybody tries first.

NIST SP 800-63B, 3.1.1: length and a list of common ones are what counts; no rules of composition, nothing expires.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import RefusedError

SHORTEST, LONGEST = 12, 256
_OWN_LETTERS = 8  # that a password needs beside the member's name
_FEWEST_SIGNS = 5
_HASHER = PasswordHasher(time_cost=3, memory_cost=46 * 1024, parallelism=1)  # 0.1 s; OWASP's least is a third of it
_DUMMY = "$argon2id$v=19$m=47104,t=3,p=1$c0hi1ySA2r2ea1Hl25jHVA$jP43TPRWAW58GRVYDVI6eb7NpOHSWdakHjdbcxymSH8"  # of a forgotten secret
_READS_AS = str.maketrans("@04135$7!", "aoaiesst" + "i")
_ROWS = ("qwertyuiop", "asdfghjklñ", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "01234567890")


def check(password: str, name: str) -> None:
    """Raises RefusedError, which says what to do, for a password that would soon be guessed."""
    text = _normal(password)
    if len(text) < SHORTEST:
        raise RefusedError(f"La contraseña es corta: use {SHORTEST} letras o más; sirven cuatro palabras que no se digan juntas")
    if len(text) > LONGEST:
        raise RefusedError(f"La contraseña es demasiado larga: use hasta {LONGEST} letras")
    own = _letters(text).replace(_letters(name), "") if _letters(name) else _letters(text)
    if own != _letters(text) and len(own) < _OWN_LETTERS:
        raise RefusedError("La contraseña lleva su nombre; use otras palabras")
    if is_common(text):
        raise RefusedError("Esa contraseña es de las primeras que se prueban; use cuatro palabras que no se digan juntas")


def is_common(text: str) -> bool:
    """One or two words of the list with whatever figures around them, a run of the keyboard, or few signs again and again."""
    if len(set(text.casefold())) < _FEWEST_SIGNS:
        return True
    plain = _plain(text)
    left = re.sub("|".join(re.escape(run) for run in _runs()), "", plain)
    if len(re.sub(r"[\W\d_]", "", left)) < 3 and left != plain:
        return True
    return any(_is_of_list(letters) for letters in {_letters(text), re.sub(r"[\W\d_]", "", plain)} if letters) or plain.isdecimal()


def hashed(password: str) -> str:
    """Slow on purpose: not on the event loop, and not in a transaction."""
    return _HASHER.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """The same work is done when nothing is kept, so that the time does not tell whether a name exists. Slow on purpose."""
    try:
        return _HASHER.verify(kept or _DUMMY, _normal(password[: LONGEST * 4])) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _is_of_list(letters: str) -> bool:
    words = _words()
    if letters in words or letters in (letters + letters)[1:-1]:  # the same again and again
        return True
    return any(letters[:cut] in words and letters[cut:] in words for cut in range(1, len(letters)))


@cache
def _words() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(_letters(word) for line in lines if not line.startswith("#") for word in line.split())


@cache
def _runs() -> tuple[str, ...]:
    """Four signs or more that stand side by side, forwards and backwards; the longest first."""
    both = [each for row in _ROWS for each in (row, row[::-1])]
    found = {row[start:end] for row in both for start in range(len(row)) for end in range(start + 4, len(row) + 1)}
    return tuple(sorted(found, key=lambda run: (-len(run), run)))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _plain(text: str) -> str:
    """In small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("ñ", "\0"))
    return "".join(each for each in parts if not unicodedata.combining(each)).replace("\0", "ñ")


def _letters(text: str) -> str:
    """What is left of it when figures that stand for letters are read as such and all other signs are left out."""
    return re.sub(r"[\W\d_]", "", _plain(text).rstrip("0123456789!.$").translate(_READS_AS))
