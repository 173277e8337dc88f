"""Finds what identifies somebody among the words they typed, and masks it: «[CURP …09]», «[teléfono …67]».

An identifier whose shape leaves no doubt (a CURP, a clave de elector) is masked even where its check digit is wrong: a slip of the finger
identifies all the same. A mere run of digits needs its check digit or a word beside it that says what it is.
https://www.gob.mx/curp
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.mx import curp, rfc


class Kind(StrEnum):
    CURP = "curp"
    PASSPORT = "passport"
    SOCIAL_SECURITY = "social_security"
    RFC = "rfc"
    VOTER_KEY = "voter_key"
    CARD = "card"
    CLABE = "clabe"
    TELEPHONE = "telephone"
    EMAIL = "email"


WORDS = {
    Kind.CURP: "CURP", Kind.PASSPORT: "pasaporte", Kind.SOCIAL_SECURITY: "NSS", Kind.RFC: "RFC", Kind.VOTER_KEY: "clave de elector",
    Kind.CARD: "tarjeta", Kind.CLABE: "CLABE", Kind.TELEPHONE: "teléfono", Kind.EMAIL: "correo",
}  # fmt: skip
"""As staff read them, and as Rasa is asked about them."""


@dataclass(frozen=True)
class Masked:
    text: str
    kinds: tuple[Kind, ...] = ()  # each once, in the order of the text
    asked: str = ""  # the same with each identifier replaced by its word: what it is about, for Rasa


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    kind: Kind


_MASK = re.compile(rf"\[({'|'.join(WORDS.values())}) …\w{{1,2}}\]")
_DASHES = "‐‑‒–—―−"
_GAP = r"[ \-._]{0,2}"


def _spaced(*parts: tuple[str, int]) -> str:
    return rf"(?<![A-Z0-9]){_GAP.join(letter for letter, times in parts for _ in range(times))}(?![A-Z0-9])"


_EMAIL = re.compile(
    r"[A-Z0-9][A-Z0-9._%+-]*(?: ?@ ?[A-Z0-9-]+(?:\.[A-Z0-9-]+)+"
    r"| ?\(?ARROBA\)? ?[A-Z0-9-]+(?: ?(?:\.| PUNTO ) ?(?:COM|MX|NET|ORG|EDU|GOB|ES|GT|HN|SV))+)"
)
_CURP = re.compile(_spaced(("[A-Z]", 4), ("[0-9]", 6), ("[HMX]", 1), ("[A-Z]", 5), ("[A-Z0-9]", 1), ("[0-9]", 1)))
_VOTER_KEY = re.compile(_spaced(("[A-Z]", 6), ("[0-9]", 8), ("[HM]", 1), ("[0-9]", 3)))
_RFC = re.compile(r"(?<![A-Z0-9&])[A-Z&]{3,4}[ -]?[0-9]{6}(?:[ -]?[A-Z0-9]{2}[A0-9])?(?![A-Z0-9])")
_PASSPORT = re.compile(r"(?<![A-Z0-9])(?:[A-Z][0-9]{8}|[GN][ -]?[0-9](?:[ -]?[0-9]){7})(?![A-Z0-9])")
_FOREIGN_PASSPORT = re.compile(r"(?<![A-Z0-9])(?:[A-Z]{1,3}-?|[A-Z] )?[0-9](?:[ -]?[0-9]){4,9}[A-Z]?(?![A-Z0-9])")
_RUN = re.compile(r"(?:\+ ?)?\(?[0-9](?:[ .\-()]{0,3}[0-9])*")
_PLUS = re.compile(r"\+ ?\(?")
_GROUP = re.compile(r"[0-9]+")

_AT_START = r"(?<![0-9])(?<![0-9][ .-])"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)[0-9]{2}"
_ORDINARY = [
    re.compile(rf"{_AT_START}{_DAY}(?P<sign>[-./ ]){_MONTH}(?P=sign){_YEAR}(?![0-9])"),
    re.compile(rf"{_AT_START}{_YEAR}(?P<sign>[-./ ])(?:0[1-9]|1[0-2])(?P=sign)(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"),
    re.compile(r"\bPTE-[0-9]{2}-[0-9A-Z]{6}\b"),  # our own folios
    re.compile(r"\$ ?[0-9]{1,3}(?:[ .,]?[0-9]{3}){0,2}(?:\.[0-9]{1,2})?(?![0-9])"),
    re.compile(
        rf"{_AT_START}(?<![+(])[0-9]{{1,3}}(?:[ .,]?[0-9]{{3}}){{0,2}}(?:\.[0-9]{{1,2}})?"
        r" ?(?:PESOS|DOLARES|DOLLARS|DLLS?|DLS|MXN|USD|EUROS|QUETZALES|LEMPIRAS|MILLONES|%)"
    ),
    re.compile(r"(?<![0-9])[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])"),
]
"""Dates, folios and amounts of money: never part of an identifier."""

_NAMED = {
    Kind.PASSPORT: re.compile(r"PASA?PORT|PASSE?PORT|PASPO|PASAPOTE"),
    Kind.SOCIAL_SECURITY: re.compile(r"\bNSS\b|\bSSN\b|SEGURO SOCIAL|SEGURIDAD SOCIAL|SOCIAL SECURITY|\bIMSS\b"),
    Kind.RFC: re.compile(r"\bRFC\b"),
    Kind.CARD: re.compile(r"TARJETA|\bCARD\b|DEBITO|CREDITO|\bCARTE\b|CARTAO"),
    Kind.CLABE: re.compile(r"CLABE|INTERBANCARIA"),
    Kind.TELEPHONE: re.compile(
        r"\bTEL(?:S|EFON\w*|EPHONE)?\b|\bCEL(?:ULAR\w*)?\b|WH?ATS|WASAP|GUASAP|MOVIL|PHONE|LLAM[AEO]|MARQU|MARC[AO]"
    ),
}
_OWN_NAME = {
    Kind.TELEPHONE: re.compile(r"\bTEL(?:S|EFON\w*|EPHONE)?\b|\bCEL(?:ULAR\w*)?\b|WH?ATS|WASAP|GUASAP|MOVIL|PHONE"),
    Kind.CURP: re.compile(r"\bCURP\b"), Kind.VOTER_KEY: re.compile(r"ELECTOR|\bINE\b"), Kind.EMAIL: re.compile(r"CORREO|E-?MAIL"),
}  # fmt: skip
_BEFORE, _AFTER = 40, 20  # letters between such a word and what it names

_CARD_GROUPS = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)}
_CLABE_GROUPS = {(3, 3, 11, 1), (3, 3, 12), (4, 4, 4, 4, 2), (3, 3, 3, 3, 3, 3), (6, 6, 6), (3, 15)}
_NSS_GROUPS = {(2, 2, 2, 4, 1), (2, 2, 2, 5), (10, 1), (3, 3, 4, 1), (2, 4, 4, 1), (3, 4, 4), (4, 4, 3), (2, 2, 2, 2, 2, 1)}
_SSN_GROUPS = (3, 2, 4)
_MOST_GROUPS = 19
_ABROAD = re.compile(
    r"52[0-9]{10}|521[0-9]{10}|1[2-9][0-9]{9}|50[1-9][0-9]{8}|0?44[0-9]{10}|0?45[0-9]{10}|01[0-9]{10}|00(?:52|521|1)[0-9]{10}"
    r"|0050[1-9][0-9]{8}|01152[0-9]{10}|0111?[0-9]{10}"
)
"""What stands before a number of ten or eight digits: a country, or what used to be dialled."""


def masked(text: str, spared: Collection[str] = frozenset()) -> Masked:
    """The text with every identifier masked but these telephones, which are everybody's (see `public_numbers`)."""
    kinds: list[Kind] = []
    while found := _all_in(text, spared):
        kinds += [each.kind for each in found]
        text = _replaced(text, found)
    return Masked(text, tuple(dict.fromkeys(kinds)), _asked(text) if _MASK.search(text) else text)


def _asked(text: str) -> str:
    """A word said twice ("mi curp es CURP, ¿cuánto cuesta el pasaporte?") would draw the question to itself: it stands only once."""
    rest = "".join(map(_legible, _MASK.sub(" ", text)))
    missing = {word: not _naming(kind).search(rest) for kind, word in WORDS.items()}
    asked = _MASK.sub(lambda mask: mask[1] if missing[mask[1]] else "", text)
    return re.sub(r" +(?=[,.;:!?]|$| )", "", asked).strip()


def _naming(kind: Kind) -> re.Pattern[str]:
    """The identifier's own names; what one does with it ("llame al …") is none."""
    return _NAMED[kind] if kind in _NAMED and kind is not Kind.TELEPHONE else _OWN_NAME[kind]


def public_numbers(values: Iterable[str]) -> frozenset[str]:
    """The digits of telephones as content writes them: "+52 55 627 22 728", "079, opción 1"."""
    runs = (_digits(found[0]) for value in values for found in _RUN.finditer(value))
    return frozenset(digits[-10:] for digits in runs if len(digits) >= 7)


def _replaced(text: str, found: list[_Found]) -> str:
    parts, last = [], 0
    for each in found:
        tail = "".join(letter for letter in text[each.start : each.end] if letter.isalnum())[-2:]
        parts += [text[last : each.start], f"[{WORDS[each.kind]} …{tail}]"]
        last = each.end
    return "".join([*parts, text[last:]])


def _all_in(text: str, spared: Collection[str]) -> list[_Found]:
    """In order, none over another."""
    legible = "".join(map(_legible, text))
    if not _GROUP.search(legible) and "@" not in legible and "ARROBA" not in legible:
        return []
    legible = _without(legible, (mask.span() for mask in _MASK.finditer(text)))
    found = [_Found(*each.span(), Kind.EMAIL) for each in _EMAIL.finditer(legible)]
    legible = _without(legible, ((each.start, each.end) for each in found))
    for finder in (_find_lettered, _find_digits, _find_foreign_passports):
        more = list(finder(legible, spared))
        found += more
        legible = _without(legible, ((each.start, each.end) for each in more))
        if finder is _find_lettered:
            legible = _without(legible, (each.span() for pattern in _ORDINARY for each in pattern.finditer(legible)))
    return sorted(found, key=lambda each: each.start)


def _legible(letter: str) -> str:
    """One plain capital letter, digit or sign for each, so that places stay the same."""
    if letter in _DASHES:
        return "-"
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    plain = unicodedata.normalize("NFKD", letter)[0].upper()
    return plain if len(plain) == 1 else letter


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _find_lettered(text: str, spared: Collection[str]) -> Iterator[_Found]:
    for each in _CURP.finditer(text):
        if len(each[0]) == 18 or curp.is_valid(_bare(each[0]), validate_check_digits=False):
            yield _Found(*each.span(), Kind.CURP)
    for each in _VOTER_KEY.finditer(text):
        yield _Found(*each.span(), Kind.VOTER_KEY)
    for each in _RFC.finditer(text):
        if _is_rfc(text, each):
            yield _Found(*each.span(), Kind.RFC)
    for each in _PASSPORT.finditer(text):
        yield _Found(*each.span(), Kind.PASSPORT)


def _is_rfc(text: str, each: re.Match[str]) -> bool:
    """In pieces it needs its check digit, or the word beside it: "del 120520 a31" is none."""
    number = _bare(each[0])
    if number == each[0] or _is_named(text, each.start(), each.end(), Kind.RFC):
        return bool(rfc.is_valid(number))
    return len(number) > 10 and bool(rfc.is_valid(number, validate_check_digits=True))


def _find_foreign_passports(text: str, spared: Collection[str]) -> Iterator[_Found]:
    """Every country has its own: only beside the word."""
    for each in _FOREIGN_PASSPORT.finditer(text):
        groups = _GROUP.findall(each[0])
        in_pieces = len(groups) > 1 and any(len(group) < 3 or re.fullmatch(_YEAR, group) for group in groups)
        has_letter = any(letter.isalpha() for letter in each[0])
        enough = sum(map(len, groups)) >= (5 if has_letter else 6)
        if enough and not in_pieces and _is_named(text, each.start(), each.end(), Kind.PASSPORT):
            yield _Found(*each.span(), Kind.PASSPORT)


def _find_digits(text: str, spared: Collection[str]) -> Iterator[_Found]:
    """In every run of digits the longest identifiers that its groups make."""
    for run in _RUN.finditer(text):
        groups = [(run.start() + each.start(), run.start() + each.end()) for each in _GROUP.finditer(run[0])]
        first, has_plus = 0, bool(_PLUS.match(run[0]))
        while first < len(groups):
            taken = 1
            for last in range(min(len(groups), first + _MOST_GROUPS), first, -1):
                start, end = groups[first][0], groups[last - 1][1]
                pieces = [text[left:right] for left, right in groups[first:last]]
                if _is_public("".join(pieces), spared):
                    taken = last - first
                    break
                kind = _kind_of(text, pieces, start, end, has_plus and first == 0)
                if kind:
                    yield _Found(run.start() if first == 0 and kind is Kind.TELEPHONE else start, end, kind)
                    taken = last - first
                    break
            first += taken


def _is_public(digits: str, spared: Collection[str]) -> bool:
    return 7 <= len(digits) <= 15 and any(
        digits == number or (len(digits) > 10 and digits.endswith(number)) or (len(digits) < 10 and number.endswith(digits))
        for number in spared
    )


def _kind_of(text: str, pieces: list[str], start: int, end: int, has_plus: bool) -> Kind | None:
    digits, shape = "".join(pieces), tuple(map(len, pieces))
    count, is_whole = len(digits), len(pieces) == 1 or set(shape) == {1}

    def named(kind: Kind) -> bool:
        return _is_named(text, start, end, kind)

    if count < 7 or all(re.fullmatch(_YEAR, piece) for piece in pieces):
        return None
    if has_plus and 8 <= count <= 15:
        return Kind.TELEPHONE
    if count == 18 and (named(Kind.CLABE) or (_is_clabe(digits) and (is_whole or shape in _CLABE_GROUPS))):
        return Kind.CLABE
    if 13 <= count <= 19 and _is_luhn(digits) and (is_whole or shape in _CARD_GROUPS or named(Kind.CARD)):
        return Kind.CARD
    if count in (15, 16) and named(Kind.CARD) and (is_whole or shape in _CARD_GROUPS):
        return Kind.CARD
    is_telephone = _is_telephone(digits, shape, is_whole)
    if 9 <= count <= 11 and named(Kind.SOCIAL_SECURITY) and not (is_telephone and named(Kind.TELEPHONE)):
        return Kind.SOCIAL_SECURITY
    if is_telephone and (count != 11 or named(Kind.TELEPHONE) or not _is_luhn(digits)):
        return Kind.TELEPHONE
    if (count == 11 and _is_luhn(digits) and (is_whole or shape in _NSS_GROUPS)) or shape == _SSN_GROUPS:
        return Kind.SOCIAL_SECURITY
    if is_telephone or (count in (7, 8) and named(Kind.TELEPHONE) and (is_whole or shape in {(4, 4), (3, 4), (2, 2, 2, 2)})):
        return Kind.TELEPHONE
    return None


def _is_telephone(digits: str, shape: tuple[int, ...], is_whole: bool) -> bool:
    if len(digits) == 10:
        return is_whole or (min(shape) >= 2 and len(shape) <= 5)
    return _ABROAD.fullmatch(digits) is not None


def _is_clabe(digits: str) -> bool:
    """Its last digit checks the others, with the weights 3, 7, 1."""
    total = sum(int(digit) * (3, 7, 1)[place % 3] % 10 for place, digit in enumerate(digits[:17]))
    return (10 - total % 10) % 10 == int(digits[17])


def _is_luhn(digits: str) -> bool:
    try:
        return bool(luhn.validate(digits))
    except ValidationError:
        return False


def _is_named(text: str, start: int, end: int, kind: Kind) -> bool:
    """Does a word near it say what it is?"""
    return _NAMED[kind].search(text, max(0, start - _BEFORE), min(len(text), end + _AFTER)) is not None


def _bare(found: str) -> str:
    return re.sub(r"[^A-Z0-9&]", "", found)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
