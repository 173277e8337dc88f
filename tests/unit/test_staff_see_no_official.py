"""No page of the console shows what an official wrote in their bot, whoever of the staff opens it."""

from datetime import UTC, datetime
from html import unescape

import pytest

from bot.console.console import console_of
from bot.conversation.surroundings import Surroundings
from bot.records.database import Database
from bot.records.staff import Role
from tests.chats import Chat
from tests.console import Desk
from tests.learning import Official

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
WORD = "Xicoténcatl"  # nobody else says it
NOT_PAGES = ("/consola/salir", "/consola/vivo", "/consola/vivo/{ticket}")


def shown(desk: Desk, role: Role, sought: list[str]) -> set[str]:
    """The pages on which one of these stands."""
    member, found = desk.member(role, organization_id="ipam" if role is Role.PARTNER else None), set()
    for page in console_of(desk.app).pages:
        if page.method == "GET" and page.path not in NOT_PAGES:
            for number in range(1, 4) if "{" in page.path else (0,):
                path = page.path
                while "{" in path:
                    path = path.partition("{")[0] + str(number) + path.partition("{")[2].partition("}")[2]
                said = unescape(member.get(path).text)
                found |= {f"{page.path}: {each}" for each in sought if each in said}
    return found


def asks(chat: Chat) -> Chat:
    chat.now = NOW
    chat.says(f"me llamo {WORD} y no sé qué hacer con mi papel")
    chat.says("persona")
    return chat


@pytest.mark.parametrize("role", list(Role))
def test_no_page_shows_an_officials_chat(role: Role, desk: Desk, database: Database, content_around: Surroundings) -> None:
    official = Official(database, content_around)
    official.now = NOW
    official.joins()
    asks(official)
    assert WORD in "".join(each.text for each in official.heard())
    desk.now = NOW
    assert shown(desk, role, [WORD, str(official.get("reference")), str(official.get("chat"))]) == set()


def test_a_migrants_chat_is_shown_or_else_nothing_was_looked_at(desk: Desk, database: Database, content_around: Surroundings) -> None:
    asks(Chat(database, content_around))
    desk.now = NOW
    assert shown(desk, Role.AGENT, [WORD])
