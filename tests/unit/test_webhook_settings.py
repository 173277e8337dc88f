"""The settings of Telegram's webhook: a wrong address or secret is named, and the secret is never repeated."""

import pytest

from bot.errors import SettingsError
from bot.settings import read_settings

pytestmark = pytest.mark.usefixtures("elsewhere")
URL, SECRET = "https://puente.example.mx/telegram", "a-Secret_of-16-or-more"


@pytest.mark.parametrize("url", [URL, "https://example.mx:8443/puente/telegram", "http://127.0.0.1:8081/telegram"])
@pytest.mark.parametrize("secret", ["a" * 16, "Z9_-" * 64])
def test_a_webhook_has_an_address_and_a_secret(url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", url)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", secret)
    settings = read_settings()
    assert settings.telegram_webhook_url == url
    assert settings.telegram_webhook_secret and settings.telegram_webhook_secret.get_secret_value() == secret


@pytest.mark.parametrize(
    "wrong", ["http://puente.example.mx/telegram", "puente.example.mx/telegram", "https://puente.example.mx", f"{URL}/", f"{URL}?a=b"]
)
def test_a_wrong_webhook_address_is_refused_by_name(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", wrong)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    with pytest.raises(SettingsError, match=r"^TELEGRAM_WEBHOOK_URL: ") as refused:
        read_settings()
    assert SECRET not in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong", ["", "a" * 15, "a" * 257, "a secret with blanks", "ñandúñandúñandúñandú", "secret/secret/secret", f"{SECRET}\n"]
)
def test_a_webhook_without_a_good_secret_is_refused_by_name_and_the_secret_not_repeated(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", URL)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", wrong)
    with pytest.raises(SettingsError, match=r"^TELEGRAM_WEBHOOK_SECRET: ") as refused:
        read_settings()
    assert not wrong or wrong not in str(refused.value)


def test_a_webhook_secret_without_an_address_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "short")
    assert read_settings().telegram_webhook_url is None


def test_the_webhook_secret_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", URL)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    assert SECRET not in repr(read_settings()) + str(read_settings())
