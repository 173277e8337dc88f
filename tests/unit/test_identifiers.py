"""What identifies somebody is found among ordinary words, and ordinary words are left alone. All identifiers here are made up."""

import random
import re
import string
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.mx import curp, rfc

from bot.content.load import load_content
from bot.identifiers import WORDS, Kind, masked, public_numbers
from bot.settings import ROOT

CONTENT = load_content(ROOT / "flows", None)[0]
PUBLIC = public_numbers(fact.value for fact in CONTENT.facts.values() if fact.kind == "telephone")
MANY = 200
FEWEST_MASKED, MOST_FALSE_ALARMS = 0.99, 0.01

# Made-up identifiers, as written in one piece


def letters(chance: random.Random, many: int) -> str:
    return "".join(chance.choices("BCDFGHJKLMNPQRSTVWXYZ", k=many))


def digits(chance: random.Random, many: int) -> str:
    return "".join(chance.choices(string.digits, k=many))


def birthday(chance: random.Random) -> str:
    return f"{chance.randint(40, 99)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"


def with_luhn(number: str) -> str:
    return number + luhn.calc_check_digit(number)


def a_curp(chance: random.Random) -> str:
    state = chance.choice(["PL", "OC", "DF", "MC", "NE", "CS", "VZ"])
    start = f"{letters(chance, 4)}{birthday(chance)}{chance.choice('HM')}{state}{letters(chance, 3)}{chance.randint(0, 9)}"
    return start + curp.calc_check_digit(start)


def an_rfc(chance: random.Random) -> str:
    start = f"{letters(chance, chance.choice([3, 4]))}{birthday(chance)}{letters(chance, 1)}{chance.randint(1, 9)}"
    return start + rfc.calc_check_digit(start)


def a_voter_key(chance: random.Random) -> str:
    return f"{letters(chance, 6)}{birthday(chance)}{chance.randint(1, 32):02}{chance.choice('HM')}{digits(chance, 3)}"


def a_passport(chance: random.Random) -> str:
    return chance.choice("GN") + digits(chance, 8)


def a_foreign_passport(chance: random.Random) -> str:
    return chance.choice(["E", "F", "AB", "RD", "", "C"]) + digits(chance, chance.choice([6, 7]))


def an_nss(chance: random.Random) -> str:
    return with_luhn(f"{chance.randint(2, 97):02}{digits(chance, 8)}")


def a_card(chance: random.Random) -> str:
    return with_luhn(chance.choice("45") + digits(chance, 14))


def a_clabe(chance: random.Random) -> str:
    start = f"{chance.choice(['012', '002', '072', '646'])}{digits(chance, 14)}"
    return start + str(-sum(int(digit) * (3, 7, 1)[place % 3] for place, digit in enumerate(start)) % 10)


def a_telephone(chance: random.Random) -> str:
    return chance.choice(["222", "951", "663", "961", "744"]) + str(chance.randint(2, 9)) + digits(chance, 6)


def a_central_american(chance: random.Random) -> str:
    return f"50{chance.randint(2, 7)}{chance.randint(2, 9)}{digits(chance, 7)}"


def an_email(chance: random.Random) -> str:
    return (
        f"{letters(chance, 5)}.{letters(chance, 4)}{digits(chance, 2)}@{chance.choice(['gmail.com', 'yahoo.com.mx', 'hotmail.es'])}".lower()
    )


def grouped(*lengths: int) -> Callable[[str, str], str]:
    def group(number: str, sign: str) -> str:
        places = [sum(lengths[:each]) for each in range(len(lengths) + 1)]
        return sign.join(number[start:end] for start, end in pairwise(places))

    return group


def whole(number: str, sign: str) -> str:
    return number


def foreign(number: str, sign: str) -> str:
    prefix = number.rstrip(string.digits)
    return f"{prefix}{sign if prefix and sign == '-' else ''}{number.removeprefix(prefix)}"


def bracketed(number: str, sign: str) -> str:
    return f"({number[:3]}) {number[3:6]}{sign}{number[6:]}"


def abroad(prefix: str) -> Callable[[str, str], str]:
    return lambda number, sign: f"{prefix}{sign}{number[:3]}{sign}{number[3:6]}{sign}{number[6:]}"


MADE: dict[Kind, list[tuple[Callable[[random.Random], str], list[Callable[[str, str], str]]]]] = {
    Kind.CURP: [(a_curp, [whole, whole, grouped(4, 6, 6, 2), grouped(4, 6, 8), grouped(18)])],
    Kind.PASSPORT: [(a_passport, [whole, grouped(1, 8)]), (a_foreign_passport, [whole, foreign])],
    Kind.SOCIAL_SECURITY: [(an_nss, [whole, grouped(2, 2, 2, 4, 1)])],
    Kind.RFC: [(an_rfc, [whole])],
    Kind.VOTER_KEY: [(a_voter_key, [whole, grouped(6, 8, 4)])],
    Kind.CARD: [(a_card, [whole, grouped(4, 4, 4, 4)])],
    Kind.CLABE: [(a_clabe, [whole, grouped(3, 3, 11, 1)])],
    Kind.TELEPHONE: [
        (a_telephone, [whole, grouped(3, 3, 4), grouped(2, 4, 4), grouped(2, 2, 2, 2, 2), bracketed]),
        (a_telephone, [abroad("+52"), abroad("+52 1"), abroad("+1"), abroad("1"), abroad("044"), abroad("52")]),
        (a_central_american, [lambda number, sign: f"+{number[:3]} {number[3:7]}{sign}{number[7:]}", whole]),
    ],
    Kind.EMAIL: [(an_email, [whole])],
}
SENTENCES = {
    kind: [
        *own, "mire, {} y no sé qué hacer con eso", "{}", "Buenas tardes, {}, ¿me ayuda por favor?",
        "el 12/03/2025 me pidieron {} en la oficina 3",
    ]
    for kind, own in {
        Kind.CURP: ["mi curp es {} y sale mal mi apellido", "no encuentro mi acta, CURP: {}."],
        Kind.PASSPORT: ["mi pasaporte {} vence en 2027", "tengo el pasaporte num. {}"],
        Kind.SOCIAL_SECURITY: ["mi numero de seguro social es {} ¿puedo ir al imss?", "NSS {}"],
        Kind.RFC: ["mi rfc {} está mal", "ya tengo RFC: {}, ¿qué sigue?"],
        Kind.VOTER_KEY: ["perdí mi ine, la clave de elector es {}"],
        Kind.CARD: ["me clonaron la tarjeta {} y debo 1,500 pesos"],
        Kind.CLABE: ["depositen a la CLABE {} por favor", "ya di mi clabe {}"],
        Kind.TELEPHONE: ["llámeme al {} despues de las 5", "mi cel es {}, soy de Honduras y tengo 32 años", "whats {}"],
        Kind.EMAIL: ["escribame a {} por favor"],
    }.items()
}  # fmt: skip


def one(chance: random.Random) -> tuple[str, str, Kind]:
    """A sentence, the identifier in it and its kind."""
    kind = chance.choice(list(Kind))
    make, ways = chance.choice(MADE[kind])
    written = chance.choice(ways)(make(chance), chance.choice([" ", "-", " "] if kind is not Kind.TELEPHONE else [" ", "-", "."]))
    written = chance.choice([str, str.lower])(written)
    sentences = SENTENCES[kind][:1] if make is a_foreign_passport else SENTENCES[kind]  # beside the word only
    return chance.choice(sentences).format(written), written, kind


def is_hidden(said: str, written: str) -> bool:
    """Nothing of it is left but its last two characters."""
    text = masked(said, PUBLIC).text
    left, others = re.sub(r"\[[^]]*…\w\w\]", "", text), said.replace(written, "", 1)
    bare = re.sub(r"[\W_]", "", written)
    return bare not in re.sub(r"[\W_]", "", text) and all(left.count(part) <= others.count(part) for part in re.findall(r"\d{3,}", written))


@pytest.mark.parametrize("seed", [1, 2])
def test_identifiers_are_masked_however_they_are_written(seed: int) -> None:
    chance = random.Random(seed)
    made = [one(chance) for _ in range(MANY)]
    left = [(said, masked(said, PUBLIC).text) for said, written, _ in made if not is_hidden(said, written)]
    print(f"masked: {MANY - len(left)} of {MANY}")
    assert 1 - len(left) / MANY >= FEWEST_MASKED, left


def test_they_are_called_by_their_names() -> None:
    chance = random.Random(3)
    wrong = [(said, masked(said, PUBLIC)) for said, _, kind in (one(chance) for _ in range(MANY)) if kind not in masked(said, PUBLIC).kinds]
    print(f"called by another name: {len(wrong)} of {MANY}")
    assert len(wrong) / MANY <= 0.03, wrong


def ordinary() -> list[str]:
    files = sorted((ROOT / "nlu" / "test_data").rglob("*.yml"))
    blocks = [entry["examples"] for path in files for entry in yaml.safe_load(Path(path).read_text(encoding="utf-8")).get("nlu", [])]
    return [line.removeprefix("- ").strip() for block in blocks for line in block.splitlines() if line.strip()] + [*CONTENT.titles.values()]


def test_ordinary_words_are_left_alone() -> None:
    said = ordinary()
    alarms = [each for each in said if masked(each, PUBLIC).kinds]
    print(f"false alarms: {len(alarms)} of {len(said)}: {alarms}")
    assert len(said) > 2000 and len(alarms) / len(said) <= MOST_FALSE_ALARMS


@pytest.mark.parametrize(
    "said",
    [
        "llegué el 20-11-2026 y me voy el 2027-01-15", "nací el 3 5 1990", "de 2019 a 2025", "los años 2019 2020 2021 2022",
        "2019-2025",
        "cuesta $1,795.00 o 1 500 000 pesos", "pagué 12000000 pesos", "$ 2500", "mi folio es PTE-26-ABC234",
        "llame al 911, al 079 o al 089",
        "el artículo 37 de la Ley de Migración", "expediente 123/2025", "COMAR 4521/2026",
        "mi pasaporte vence el 12/10/2027",
        "el pasaporte de 3, 6 o 10 años", "cita del pasaporte a las 15 10 30", "tengo 3 hijos de 10 12 y 14 años",
        "el pasaporte cuesta 1795",
        "la cita es el 10 12 2025 15 horas", "por teléfono me cobraron 12345678 pesos", "llamé y pagué $12345678",
        "llamé por el folio PTE-26-234567", "me dijeron por tel que el 2026-10-12", "llame al 1,234,567",
        "en los años 2010 2011 2012 2013", "lo llamé en 2019-2025", "4111 1111 1111 1112", "nos faltan del 120520 a31",
        "para 120520 personas",
        "el 2026-10-12 15 horas", "el folio PTE-26-234567 22 de marzo", "hice 1,500 2000 100 pasos",
        "tiene 300 dólares en 3 partes", "código postal 72000", "vivo en el 1205-B", "a@ b", "una arroba de café",
    ],
)  # fmt: skip
def test_dates_amounts_folios_and_short_numbers_are_no_identifiers(said: str) -> None:
    assert masked(said, PUBLIC).text == said


def test_the_telephones_that_our_own_answers_show_are_not_masked() -> None:
    for fact in CONTENT.facts.values():
        if fact.kind == "telephone":
            said = f"¿es cierto que el telefono es {fact.value}? me dijeron {re.sub(r'[ -]', '', fact.value)}"
            assert masked(said, PUBLIC).text == said
    assert masked("mi teléfono es 55 4321 9876", PUBLIC).kinds == (Kind.TELEPHONE,)
    assert masked("llame al 8005430033", frozenset()).kinds == (Kind.TELEPHONE,)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("mi curp BOXW310820HNERXN09", "mi curp [CURP …09]"),
        ("mi curp ＢＯＸＷ３１０８２０HNERXN09", "mi curp [CURP …09]"),
        ("boxw310820hnerxn08 con un error", "[CURP …08] con un error"),
        ("tel. 222 123 4567", "tel. [teléfono …67]"),
        ("(222) 123-4567 o 5512345678", "[teléfono …67] o [teléfono …78]"),
        ("2221234567 5512345678", "[teléfono …67] [teléfono …78]"),
        ("ana@correo.mx", "[correo …mx]"),
        ("ana arroba gmail punto com", "[correo …om]"),
        ("passport AB1234567", "passport [pasaporte …67]"),
        ("paspò mwen se 1234567", "paspò mwen se [pasaporte …67]"),
        ("cel 1234 5678", "cel [teléfono …78]"),
        ("mi seguro social 123-45-6789", "mi seguro social [NSS …89]"),
        ("+34 612 34 56 78", "[teléfono …78]"),
        ("+509 34 12 3456", "[teléfono …56]"),
        ("boxw 310820 k91 es mi rfc", "[RFC …91] es mi rfc"),
        ("٢٢٢١٢٣٤٥٦٧", "[teléfono …٦٧]"),
        ("222‑123–4567", "[teléfono …67]"),
    ],
)
def test_the_kind_and_the_last_two_characters_stay(said: str, kept: str) -> None:
    assert masked(said, PUBLIC).text == kept


def test_a_kind_is_named_once() -> None:
    assert masked("tel 2221234567, correo a@b.mx y tel 5512345678").kinds == (Kind.TELEPHONE, Kind.EMAIL)


def test_rasa_is_asked_about_the_kind() -> None:
    assert masked("mi curp es BOXW310820HNERXN09, ¿está mal?").asked == "mi curp es, ¿está mal?"
    assert masked("llame al [teléfono …67]").asked == "llame al teléfono"


@given(
    st.integers(0, 10**9), st.lists(st.sampled_from(["mi", "curp", "pasaporte", "12", "nss", "tel", "de 2019", "\n", "5", "a"]), max_size=6)
)
@example(0, [])
def test_no_masked_text_holds_the_identifier(seed: int, words: list[str]) -> None:
    said, written, _ = one(random.Random(seed))
    text = f"{' '.join(words)}; {said}"
    assert is_hidden(text, written), text


@given(
    st.lists(st.one_of(st.integers(0, 10**9).map(lambda seed: one(random.Random(seed))[0]), st.text(), st.from_regex(r"[0-9 .()+-]{1,30}")))
)
@example(["pasaporte G12345678 123456789"])
@example(["nss", "pasaporte", "G12345678" * 3, "123 456 789"])
def test_a_masked_text_stays_as_it_is(parts: list[str]) -> None:
    once = masked(" ".join(parts), PUBLIC)
    again = masked(once.text, PUBLIC)
    assert again.text == once.text and again.kinds == () and again.asked == once.asked


@pytest.mark.parametrize(
    "text", ["1 " * 2048, "A" * 4096, "1" * 4096, "A@" * 2048, "a." * 2048, "passport 12345 " * 270, "(" * 4096, "2 A" * 1300]
)
def test_the_longest_message_takes_no_time(text: str) -> None:
    before = time.process_time()
    masked(text, PUBLIC)
    assert time.process_time() - before < 1


def test_every_kind_has_its_word() -> None:
    assert set(WORDS) == set(Kind)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("hola, mi curp es GOMA850312HPLRRN09 y cuanto cuesta el pasaporte", "hola, mi curp es y cuanto cuesta el pasaporte"),
        ("GOMA850312HPLRRN09 cuanto cuesta el pasaporte", "CURP cuanto cuesta el pasaporte"),
        ("mi cel es 222 123 4567, como pido trabajo", "mi cel es, como pido trabajo"),
        ("GOMA850312HPLRRN09", "CURP"),
        ("cuanto cuesta el pasaporte", "cuanto cuesta el pasaporte"),
    ],
)
def test_rasa_is_asked_about_the_matter_and_not_twice_about_the_identifier(said: str, asked: str) -> None:
    assert masked(said).asked == asked
