"""The full privacy notice comes in two parts: the first fits a small screen, and «Ver más» brings what was left out."""

from functools import cache

import pytest

from bot.content.languages import LANGUAGES
from bot.content.load import institution_names, load_content
from bot.content.published import Content
from bot.conversation.notice_turn import FULL, full
from bot.conversation.parts import LONGEST_FIRST, in_two
from bot.conversation.replies import MORE, sentence
from bot.settings import ROOT
from tests import telegram_json as telegram
from tests.chats import Chat

BUTTON = f"{MORE}={FULL}"


@cache
def content_of(institution: str | None) -> Content:
    return load_content(ROOT / "flows", institution)[0]


def pressed(chat: Chat, payload: str) -> tuple[str, list[str]]:
    """The one answer's text, and what its buttons do."""
    [reply] = chat.takes(telegram.pressed(payload)).replies
    return reply.text, [button.payload for button in reply.buttons]


def typed(chat: Chat, said: str) -> str:
    [reply] = chat.takes(telegram.text(said, number=900, at=int(chat.now.timestamp()))).replies
    return reply.text


def opens_notice(chat: Chat) -> tuple[str, list[str]]:
    chat.says("/privacidad")
    return pressed(chat, "/notice_full")


def test_the_first_part_fits_a_small_screen_and_offers_the_rest_before_anything_else(ana: Chat) -> None:
    text, payloads = opens_notice(ana)
    assert len(text) <= LONGEST_FIRST and payloads == [BUTTON, "/my_data", "/erase", "/talk_to_human"]


def test_both_parts_are_the_whole_notice_and_nothing_is_said_twice(ana: Chat) -> None:
    first, _ = opens_notice(ana)
    rest, payloads = pressed(ana, BUTTON)
    content = ana.around.content
    assert f"{first}\n\n{rest}".split() == sentence(content, FULL, "es", full(content, "es")).split()
    assert "derechos ARCO" in rest and "derechos ARCO" not in first
    assert payloads == ["/my_data", "/erase", "/talk_to_human"]


def test_the_rest_of_the_notice_can_be_asked_for_in_words(ana: Chat) -> None:
    opens_notice(ana)
    assert typed(ana, "ver más") == pressed(ana, BUTTON)[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("institution", [None, *institution_names(ROOT / "flows")])
def test_the_first_part_ends_where_a_line_ends_in_every_language(institution: str | None, language: str) -> None:
    content = content_of(institution)
    whole = sentence(content, FULL, language, full(content, language))
    first, rest = in_two(whole, LONGEST_FIRST)
    assert rest and whole[len(first)] == "\n" and content.notice.version in first
