"""Which passwords are taken: long ones that nobody tries first; what they are made of does not matter."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts import passwords
from bot.accounts.browsers import named
from bot.errors import RefusedError


def is_taken(password: str, name: str = "rosa.perez") -> bool:
    try:
        passwords.check(password, name)
    except RefusedError:
        return False
    return True


@pytest.mark.parametrize(
    "password",
    [
        "cuatro nubes y un tren", "zapatoverdelluviamesa", "ventana-lejos-río-9", "kT8#vbQ2!xLm", "mi gata duerme en el techo",
        "шесть слов здесь нет", "🦊🌵🚲🧵🪁🥥🎺🪵🧲🪶🦉🍋",
    ],
)  # fmt: skip
def test_a_long_one_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert is_taken(password)


@pytest.mark.parametrize(
    "password",
    [
        "", "corta", "once letras", "            ", "aaaaaaaaaaaa", "abababababab", "123456789012", "1234567890123456", "qwertyuiop12",
        "qwertyuiopas", "poiuytrewq1!", "abcdefghijkl", "contraseña123", "Contraseña2026!", "CONTRASENA2026", "password1234",
        "P@ssw0rd1234", "passwordpassword", "puente123456", "puentepuente", "Puente2026!!", "MexicoMexico1", "mexico2026puebla",
        "teamomucho123", "telegramtelegram", "contrase\u00f1a1234", "iloveyou1234", "bienvenido2026", "admin12345678", "rosa.perez2026",
        "rosaperez123", "ROSA.PEREZ!!!!", "guadalupe1985", "00000000000000",
    ],
)  # fmt: skip
def test_one_that_everybody_tries_first_is_not(password: str) -> None:
    assert not is_taken(password)


def test_letters_written_in_two_ways_are_the_same_password() -> None:
    kept = passwords.hashed("contrasen\u0303a de nubes")
    assert passwords.matches(kept, "contrase\u00f1a de nubes") and not passwords.matches(kept, "contrasena de nubes")


@pytest.mark.parametrize("kept", [None, "", "x", "$argon2id$v=19$m=1"])
def test_where_nothing_is_kept_nothing_fits(kept: str | None) -> None:
    assert not passwords.matches(kept, "") and not passwords.matches(kept, "cuatro nubes y un tren")


@given(st.text(max_size=300), st.from_regex(r"[a-z0-9][a-z0-9._@-]{1,63}", fullmatch=True))
def test_whatever_is_typed_is_taken_or_refused_with_what_to_do(text: str, name: str) -> None:
    try:
        passwords.check(text, name)
    except RefusedError as error:
        assert len(str(error)) > 20
    else:
        assert passwords.SHORTEST <= len(unicodedata.normalize("NFKC", text)) <= passwords.LONGEST and len(set(text)) > 1


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox en Windows"),
        ("Mozilla/5.0 (Linux; Android 14; SM-A155M) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome en Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1", "Safari en iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge en Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15", "Safari en Mac"),
        ("curl/8.5", "Navegador"), ("", "Navegador"), ("<script>" * 40, "Navegador"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_people_call_it(said: str, name: str) -> None:
    assert named(said) == name
