"""What Telegram shows of the bot beside the conversation: in every language, from the content, and again when that changes."""

import asyncio
import re
from collections import defaultdict, deque
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.content.languages import LANGUAGES
from bot.content.published import Content
from bot.telegram_adapter.line import Line
from bot.telegram_adapter.profile import Profile


class Recorded:
    """Stands in for telegram.Bot: notes what it is told, in each language; `faults` are raised, one for each call of that method."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str | None, Any]] = defaultdict(dict)
        self.calls = 0
        self.faults: dict[str, deque[TelegramError]] = defaultdict(deque)

    def _note(self, method: str, language: str | None, value: Any) -> None:
        self.calls += 1
        if self.faults[method]:
            raise self.faults[method].popleft()
        self.told[method][language] = value

    async def set_my_commands(self, commands: Any, language_code: str | None = None) -> None:
        self._note("commands", language_code, {each.command: each.description for each in commands})

    async def set_my_description(self, text: str, language_code: str | None = None) -> None:
        self._note("description", language_code, text)

    async def set_my_short_description(self, text: str, language_code: str | None = None) -> None:
        self._note("short", language_code, text)


def profile(bot: Recorded, contents: list[Content]) -> Profile:
    return Profile(cast(Line, SimpleNamespace(bot=bot)), lambda: contents[-1])


def set_up(bot: Recorded, contents: list[Content], times: int = 1) -> None:
    shown = profile(bot, contents)

    async def go() -> None:
        for _ in range(times):
            await shown.bring_up_to_date()

    asyncio.run(go())


def test_every_language_has_its_menu_and_everybody_else_the_spanish_one(content: Content) -> None:
    bot = Recorded()
    set_up(bot, [content])
    assert set(bot.told["commands"]) == {None, *LANGUAGES}
    assert bot.told["commands"][None] == bot.told["commands"]["es"]
    assert {"inicio", "ayuda", "persona", "idioma", "cancelar", "privacidad", "olvidar", "alto"} <= set(bot.told["commands"]["es"])
    assert "person" in bot.told["commands"]["en"] and "moun" in bot.told["commands"]["ht"]
    assert len({tuple(words) for words in bot.told["commands"].values()}) == len(LANGUAGES)


def test_every_word_of_a_menu_is_one_that_telegram_takes_and_that_works(content: Content) -> None:
    bot = Recorded()
    set_up(bot, [content])
    known = {word for command in content.commands.values() for word in command.words}
    for menu in bot.told["commands"].values():
        for word, description in menu.items():
            assert re.fullmatch(r"[a-z0-9_]{1,32}", word) and word in known
            assert 3 <= len(description) <= 256


def test_the_descriptions_fit_and_say_how_to_read_about_privacy(content: Content) -> None:
    bot = Recorded()
    set_up(bot, [content])
    for language, text in bot.told["description"].items():
        assert 50 < len(text) <= 512, language
        assert "/" in text, "no way to the privacy text"
    assert "/privacidad" in bot.told["description"]["es"]
    assert all(10 < len(text) <= 120 for text in bot.told["short"].values())


def test_nothing_is_set_again_until_the_content_changes(content: Content) -> None:
    bot, contents = Recorded(), [content]
    shown = profile(bot, contents)

    async def go() -> None:
        await shown.bring_up_to_date()
        calls = bot.calls
        await shown.bring_up_to_date()
        assert bot.calls == calls
        contents.append(replace(content, version="another"))
        await shown.bring_up_to_date()
        assert bot.calls == 2 * calls

    asyncio.run(go())


def test_a_language_that_is_refused_does_not_stop_the_others(content: Content) -> None:
    bot = Recorded()
    bot.faults["commands"].append(BadRequest("Invalid language code specified"))
    set_up(bot, [content])
    assert set(bot.told["commands"]) == set(LANGUAGES)


@pytest.mark.parametrize("fault", [RetryAfter(30)])
def test_what_has_to_wait_is_set_the_next_time(content: Content, fault: TelegramError) -> None:
    bot = Recorded()
    bot.faults["description"].append(fault)
    set_up(bot, [content], times=2)
    assert set(bot.told["description"]) == {None, *LANGUAGES}
