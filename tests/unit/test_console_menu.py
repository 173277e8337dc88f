"""What the console's menu leads to: every page that a role may open, none that it may not, each with one heading and a title."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.console import visit
from bot.console.console import console_of
from bot.console.visit import SECTIONS
from bot.content.translatable import all_texts, texts_of_conduct, texts_of_console
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.doors import DOORS, SIGNED_IN
from bot.permissions import MAY, Action
from bot.records.database import open_database
from bot.records.staff import Role
from bot.settings import ROOT, Settings
from tests.chats import Chat
from tests.console import Desk, Member

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
NOT_TO_BE_SHOWN = ("/consola/vivo", "/consola/cuenta/telefono")  # a stream; what the password opens first
MOST = 80  # pages looked at in one walk
LINK = re.compile(r'<a [^>]*?href="(/consola[^"#]*)')


@dataclass
class Walk:
    """What somebody finds who follows every link, once for each page of the table."""

    pages: dict[str, tuple[str, int, str]] = field(default_factory=dict)  # path -> address, status, text
    kinds: list[str] = field(default_factory=list)  # the paths of the table

    def go(self, member: Member) -> "Walk":
        self.kinds = [page.path for page in console_of(member.desk.app).pages if page.method == "GET"]
        ahead = ["/consola"]
        while ahead and len(self.pages) < MOST:
            address = ahead.pop(0)
            kind = next((each for each in self.kinds if _is_of(urlsplit(address).path, each)), address)
            if kind not in self.pages:
                answer = member.get(address)
                is_page = answer.headers.get("content-type", "").startswith("text/html")
                self.pages[kind] = (address, answer.status_code, answer.text if is_page else "")
                ahead += [unescape(each) for each in LINK.findall(self.pages[kind][2])]
        return self


def _is_of(path: str, kind: str) -> bool:
    parts = [re.escape(each) for each in re.split(r"\{\w+\}", kind)]
    return bool(re.fullmatch("[^/]+".join(parts), path))


def may_open(role: Role, path: str) -> bool:
    return DOORS[path] == SIGNED_IN or (DOORS[path] in list(Action) and role in MAY[Action(DOORS[path])])


@pytest.fixture(scope="module")
def passed() -> Iterator[set[str]]:
    """Every text that a page has translated."""
    found: set[str] = set()
    real = visit.translations

    def noting(content: Any, language: str) -> Any:
        one, several = real(content, language)
        return (
            lambda text: (found.add(str(text)), one(text))[1],
            lambda single, many, count: (found.update((single, many)), several(single, many, count))[1],
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visit, "translations", noting)
        patch.setattr(visit.Visit, "say", lambda self, text: (found.add(text), text)[1])
        yield found


@pytest.fixture(scope="module")
def walks(
    tmp_path_factory: pytest.TempPathFactory, live: LiveContent, content_around: Surroundings, passed: set[str]
) -> Iterator[dict[Role, Walk]]:
    folder = tmp_path_factory.mktemp("menu")
    opened = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    desk = Desk(opened, live, Settings(puente_var=Path(folder), _env_file=None), NOW)  # type: ignore[call-arg]
    for words in (["necesito mi pasaporte", "quiero hablar con una persona"], ["mi esposo me pega y tengo miedo", "persona"]):
        chat = Chat(opened, content_around)
        chat.now = NOW
        for said in words:
            chat.says(said)
    yield {role: Walk().go(desk.member(role, role.value, "ipam" if role is Role.PARTNER else None)) for role in Role}
    opened.close()


@pytest.mark.parametrize("role", list(Role))
def test_a_roles_menu_leads_to_every_page_it_may_open(role: Role, walks: dict[Role, Walk]) -> None:
    wanted = {path for path in DOORS if path.startswith("/consola") and "{" not in path and may_open(role, path)}
    shown = wanted & set(walks[role].kinds) - set(NOT_TO_BE_SHOWN)
    assert sorted(shown - set(walks[role].pages)) == [] and len(shown) >= 4


@pytest.mark.parametrize("role", list(Role))
def test_no_page_leads_to_one_that_is_closed_to_who_looks_at_it(role: Role, walks: dict[Role, Walk]) -> None:
    found = {address: status for address, status, _ in walks[role].pages.values() if status != 200}
    assert found.pop("/consola/entrar", 303) == 303 and found == {}  # shown when a session ends; who is still in it goes on


@pytest.mark.parametrize("role", list(Role))
def test_every_page_has_one_heading_and_a_title_of_its_own(role: Role, walks: dict[Role, Walk]) -> None:
    texts = {address: text for address, _, text in walks[role].pages.values() if text}
    assert {address: text.count("<h1") for address, text in texts.items() if text.count("<h1") != 1} == {}
    titles = {address: re.findall(r"<title>\s*(.*?)\s* · Puente</title>", text) for address, text in texts.items()}
    assert {address: title for address, title in titles.items() if len(title) != 1 or title[0] in ("", "Consola")} == {} and titles


def test_who_only_verifies_the_audit_is_led_to_where_that_is_done(walks: dict[Role, Walk]) -> None:
    home = {role: walk.pages["/consola"][2] for role, walk in walks.items()}
    assert 'href="/consola/registro/cadena">Registro' in home[Role.ADMIN] and 'href="/consola/registro"' not in home[Role.ADMIN]
    assert 'href="/consola/registro">Registro' in home[Role.DATA_OFFICER] and "registro" not in home[Role.AGENT]


def test_every_text_that_a_page_has_translated_is_in_the_catalogues(walks: dict[Role, Walk], passed: set[str]) -> None:
    listed = {*texts_of_console(), *all_texts(ROOT / "flows"), *texts_of_conduct(ROOT / "flows")}
    assert len(passed) > 300 and {title for title, _ in SECTIONS} <= passed
    assert sorted(text for text in passed - listed if text) == []
