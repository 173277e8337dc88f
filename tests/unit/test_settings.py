"""Settings: a wrong one is named, an empty one is none, and README.md lists what there is."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.records.database import open_database
from bot.settings import ROOT, Settings, read_settings
from bot.telegram_adapter.bots import MIGRANTS, OFFICIALS, OwnBot, served

pytestmark = pytest.mark.usefixtures("elsewhere")
README = ROOT / "README.md"
NAMES = sorted(name.upper() for name in Settings.model_fields)


def defaults() -> dict[str, Any]:
    return {name.upper(): field.default for name, field in Settings.model_fields.items()}


def value_of(settings: Settings, name: str) -> Any:
    return getattr(settings, name.lower())


def test_without_settings_everything_has_its_default() -> None:
    settings = read_settings()
    assert {name: value_of(settings, name) for name in NAMES} == defaults()
    assert settings.url == f"sqlite:///{ROOT / 'var' / 'puente.db'}"
    assert settings.keys_file == ROOT / "var" / "puente.keys"


def test_no_secret_has_a_default() -> None:
    settings = read_settings()
    assert (settings.telegram_token, settings.telegram_officials_token, settings.telegram_webhook_secret) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("PUENTE_PORT", "eight thousand"),
        ("PUENTE_PORT", "0"),
        ("PUENTE_PORT", "65536"),
        ("PUENTE_PORT", "-1"),
        ("PUENTE_PORT", "80.5"),
        ("PUENTE_RASA_PORT", "-1"),
        ("PUENTE_RASA_PORT", "65536"),
        ("PUENTE_RASA_PORT", "http://127.0.0.1:5005"),
        ("PUENTE_LOG", "loud"),
        ("PUENTE_LOG", "1"),
        ("PUENTE_LOG_FORMAT", "yaml"),
        ("TELEGRAM_STAFF_GROUP", "@staff"),
        ("TELEGRAM_STAFF_GROUP", "-100.5"),
        ("TELEGRAM_PER_SECOND", "0"),
        ("TELEGRAM_PER_SECOND", "0.5"),
        ("TELEGRAM_PER_SECOND", "-1"),
        ("TELEGRAM_PER_SECOND", "many"),
        ("TELEGRAM_PER_CHAT", "-1"),
        ("TELEGRAM_PER_CHAT", "one"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_setting(name: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, wrong)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert str(refused.value).startswith(f"{name}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "puente.db",
        "/var/lib/puente/puente.db",
        "sqlite",
        "://",
        "nosuchdatabase://localhost/puente",
        "postgresql://localhost:port/puente",
        "postgresql://user:se cret@localhost:port/puente",
    ],
)
def test_a_wrong_database_url_is_refused_by_name_and_not_repeated(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        open_database(wrong, tmp_path / "puente.keys")
    assert str(refused.value).startswith("DATABASE_URL: ")
    assert "se cret" not in str(refused.value) and "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("own", [MIGRANTS, OFFICIALS])
@pytest.mark.parametrize("wrong", ["no-colon", "123456", ":secret", "123456:", "bot123:secret", "@puente_bot", "12 34:secret"])
def test_a_wrong_token_is_refused_by_name_and_not_repeated(wrong: str, own: OwnBot) -> None:
    with pytest.raises(SettingsError) as refused:
        own.bot_id(wrong)
    assert str(refused.value).startswith(f"{own.setting}: ")
    assert wrong not in str(refused.value)


def test_the_number_of_a_token_names_the_bot_and_the_rest_stays_secret() -> None:
    assert MIGRANTS.bot_id("4242424242:AAE-secret_part") == "telegram:4242424242"
    assert OFFICIALS.bot_id("777:AAE-secret_part") == "telegram:777:officials"


@pytest.mark.parametrize(
    "name",
    [
        "TELEGRAM_TOKEN", "TELEGRAM_OFFICIALS_TOKEN", "TELEGRAM_OFFICIALS_NAME", "TELEGRAM_WEBHOOK_URL", "TELEGRAM_WEBHOOK_SECRET",
        "TELEGRAM_STAFF_GROUP", "PUENTE_TRANSCRIBER",
        "DATABASE_URL", "PUENTE_KEYS", "PUENTE_INSTITUTION",
    ],
)  # fmt: skip
def test_an_empty_setting_is_none_at_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_settings()
    monkeypatch.setenv(name, "")
    settings = read_settings()
    assert value_of(settings, name) == defaults()[name]
    assert (settings.url, settings.keys_file) == (before.url, before.keys_file)


def test_an_institution_may_be_called_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUENTE_INSTITUTION", "none")
    assert read_settings().puente_institution is None
    monkeypatch.setenv("PUENTE_INSTITUTION", "ipam")
    assert read_settings().puente_institution == "ipam"


def test_settings_stand_in_the_environment_or_in_the_env_file_and_the_environment_wins(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / ".env").write_text("PUENTE_PORT=8001\nPUENTE_HOST=127.0.0.2\nSOMETHING_ELSE=1\n", encoding="utf-8")
    monkeypatch.setenv("PUENTE_PORT", "8002")
    settings = read_settings()
    assert (settings.puente_port, settings.puente_host) == (8002, "127.0.0.2")


def test_a_wrong_value_in_the_env_file_is_named_too(elsewhere: Path) -> None:
    (elsewhere / ".env").write_text("PUENTE_RASA_PORT=many\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^PUENTE_RASA_PORT: "):
        read_settings()


def test_how_much_is_logged_may_be_written_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUENTE_LOG", "warning")
    assert read_settings().puente_log == "WARNING"


def test_database_and_keys_follow_the_data_folder_unless_they_are_set(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUENTE_VAR", str(elsewhere / "data"))
    settings = read_settings()
    assert settings.url == f"sqlite:///{elsewhere}/data/puente.db"
    assert settings.keys_file == elsewhere / "data" / "puente.keys"
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/puente")
    monkeypatch.setenv("PUENTE_KEYS", "/etc/puente.keys")
    settings = read_settings()
    assert (settings.url, settings.keys_file) == ("postgresql://localhost/puente", Path("/etc/puente.keys"))


def test_the_token_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "4242424242:AAE-secret_part")
    settings = read_settings()
    assert "secret_part" not in repr(settings) + str(settings)
    assert settings.telegram_token and settings.telegram_token.get_secret_value() == "4242424242:AAE-secret_part"


def test_officials_have_a_bot_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "4242:one-secret")
    monkeypatch.setenv("TELEGRAM_OFFICIALS_TOKEN", "4242:other-secret")
    with pytest.raises(SettingsError, match=r"^TELEGRAM_OFFICIALS_TOKEN: .* same bot") as refused:
        read_settings()
    assert "secret" not in str(refused.value)
    monkeypatch.setenv("TELEGRAM_OFFICIALS_TOKEN", "777:other-secret")
    assert list(served(read_settings())) == ["telegram:4242", "telegram:777:officials"]


@pytest.mark.parametrize("alone", ["TELEGRAM_TOKEN", "TELEGRAM_OFFICIALS_TOKEN"])
def test_either_bot_may_be_served_without_the_other(alone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(alone, "4242:one-secret")
    assert [each.setting for each in served(read_settings()).values()] == [alone]


@pytest.mark.parametrize("wrong", ["@cursos_bot", "https://t.me/cursos_bot", "los cursos", "bot", "a" * 33])
def test_the_name_of_the_officials_bot_is_what_a_link_can_lead_to(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_OFFICIALS_NAME", wrong)
    with pytest.raises(SettingsError, match=r"^TELEGRAM_OFFICIALS_NAME: "):
        read_settings()
    monkeypatch.setenv("TELEGRAM_OFFICIALS_NAME", "cursos_puente_bot")
    assert read_settings().telegram_officials_name == "cursos_puente_bot"


# Others of Telegram


def test_the_staff_group_and_the_limits_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_STAFF_GROUP", "-1001234567890")
    monkeypatch.setenv("TELEGRAM_PER_SECOND", "12.5")
    monkeypatch.setenv("TELEGRAM_PER_CHAT", "0")
    settings = read_settings()
    assert (settings.telegram_staff_group, settings.telegram_per_second, settings.telegram_per_chat) == (-1001234567890, 12.5, 0)


@pytest.mark.parametrize("form", ["auto", "json", "text"])
def test_logs_have_one_of_three_forms(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUENTE_LOG_FORMAT", form)
    assert read_settings().puente_log_format == form


def test_settings_do_not_change_while_the_process_runs() -> None:
    settings = read_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.puente_port = 9000  # type: ignore[misc]


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


# README.md


def listed() -> list[tuple[str, str]]:
    """The rows of its tables that begin with the name of a setting: the name and its default."""
    cells = [line.split("|")[1:-1] for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = [(row[0].strip().strip("`"), row[1].strip()) for row in cells if len(row) == 3]
    return [(name, default) for name, default in rows if re.fullmatch("[A-Z][A-Z0-9_]+", name)]


def shown(default: Any) -> str:
    """How a default stands in the table; nothing for one that is found out or follows another setting."""
    if not default:
        return ""
    return f"`{default.relative_to(ROOT)}/`" if isinstance(default, Path) else f"`{default}`"


def test_the_readme_lists_every_setting_once_and_nothing_else() -> None:
    assert sorted(name for name, _ in listed()) == NAMES


def test_the_readme_shows_the_default_of_every_setting() -> None:
    expected = {name: shown(default) for name, default in defaults().items() if shown(default)}
    assert {name: default for name, default in listed() if name in expected} == expected


# The address from outside


@pytest.mark.parametrize(
    "url", ["https://puente.example.mx", "https://puente.example.mx:8443", "http://127.0.0.1:8000", "http://localhost"]
)
@pytest.mark.parametrize("end", ["", "/"])
def test_the_address_from_outside_is_a_scheme_and_a_name(url: str, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUENTE_PUBLIC_URL", url + end)
    assert read_settings().puente_public_url == url


@pytest.mark.parametrize(
    "wrong",
    [
        "http://puente.example.mx",
        "puente.example.mx",
        "https://",
        "https://a.mx/puente",
        "https://a.mx?x",
        "https://u:p@a.mx",
        "ftp://a.mx",
    ],
)
def test_another_address_from_outside_is_refused_by_name(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUENTE_PUBLIC_URL", wrong)
    with pytest.raises(SettingsError, match=r"^PUENTE_PUBLIC_URL: "):
        read_settings()
