"""The process that serves both bots is killed again and again while people with the same chat numbers write to both: nothing is lost,
doubled without cause, out of order, or said by the other bot. Rasa is not needed: everything is a word of the menu or a button.
"""

import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.conversation.inbox import chat_hash
from bot.conversation.live import LiveContent
from bot.courses import learners
from bot.courses.learners import Place
from bot.permissions import Actor
from bot.rasa.process import free_port
from bot.records.conversations import Conversation
from bot.records.database import open_database
from bot.records.learning import Learner, LessonResult
from bot.records.staff import Role
from bot.settings import ROOT
from tests.e2e.accounts import accounts
from tests.e2e.conftest import NO_LIMITS, Alone, BotAlone, telegram
from tests.e2e.peer import Peer
from tests.e2e.two_bots import OFFICIALS_TOKEN, TwoBots

MIGRANTS, OFFICIALS = "telegram:4242424242", "telegram:7777777777:officials"
CHATS, DEATHS, PAUSE = [1000 + number for number in range(25)], 20, 2.0
WAYS = ["=/topic_consular", "ayuda", "=/topic_regularization", "temas", "=/topic_employment", "idioma", "=/topic_health", "menu"]


class WithoutRasa(BotAlone):
    wait_until_ready = Alone.wait_until_ready  # type: ignore[assignment]


@pytest.fixture(scope="module")
def content() -> Content:
    return LiveContent(ROOT / "flows", None, ROOT / "no such file").current()[0]


@pytest.fixture(params=["polling", "webhook"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[WithoutRasa, TwoBots]]:
    """Both bots, without Telegram's limits; not yet started."""
    with TwoBots().running() as peer:
        made = WithoutRasa(tmp_path / "var", free_port(), **telegram(peer, TELEGRAM_OFFICIALS_TOKEN=OFFICIALS_TOKEN, **NO_LIMITS))
        if request.param == "webhook":
            made.with_webhook()
        yield made, peer
        if made.process and made.process.poll() is None:
            made.stop()


def lesson_of(content: Content, number: int, length: int) -> list[str]:
    """What one official does: a lesson to its end, and looks at how far they are."""
    course = list(content.courses.values())[number % len(content.courses)]
    questionnaire = course.lessons[0].questionnaire
    values = [(step.id, next((each.value for each in step.options if each.right), "next")) for step in questionnaire.steps]
    steps = [f"={questionnaire.name}.{step}={value}" for step, value in values]
    done = ["cursos", f"=/course={course.name}", f"=/lesson={questionnaire.name}", *steps, "avance"]
    return (done + ["ayuda", "cursos"] * length)[:length]


def walk_of(number: int, length: int) -> list[str]:
    turned = WAYS[number % len(WAYS) :] + WAYS[: number % len(WAYS)]
    return ["menu", *(turned * length)[: length - 1]]


def test_twenty_kills_of_both_bots_lose_and_cross_nothing(served: tuple[WithoutRasa, TwoBots], content: Content) -> None:
    alone, peer = served
    alone.start().wait_until_ready()
    _on_records(alone, lambda database: database.call(_join, content))
    length = max(len(course.lessons[0].questionnaire.steps) for course in content.courses.values()) + 4
    migrants = {chat: walk_of(number, length) for number, chat in enumerate(CHATS)}
    officials = {chat: lesson_of(content, number, length) for number, chat in enumerate(CHATS)}
    began, feeding = time.monotonic(), threading.Thread(target=_feed, args=(peer, migrants, officials), daemon=True)
    feeding.start()
    chance = random.Random(13)
    for _ in range(DEATHS):
        if chance.random() < 0.8:  # in the middle of the work; else wherever its start has got to
            _wait_for_an_answer(peer)
        time.sleep(chance.uniform(0.1, 1.0))
        alone.kill_and_start()
    feeding.join(180)
    alone.wait_until_ready().wait_until_idle(peer, 150)
    assert alone.stop() == 0
    wrong, doubled, unknown = {}, 0, 0
    for bot_id, mine, scripts in ((MIGRANTS, peer, migrants), (OFFICIALS, peer.officials, officials)):
        found = accounts(alone.var, bot_id)
        for chat, script in scripts.items():
            account, got = found[str(chat)], mine.to(chat)
            doubled, unknown = doubled + max(0, len(got) - len(account.answers)), unknown + account.repeats
            if faults := account.faults([text.removeprefix("=") for text in script], got):
                wrong[bot_id, chat] = faults, account.undelivered
        assert set(found) == {str(chat) for chat in scripts} == {each.chat for each in mine.sent}
    print(f"\n{2 * length * len(CHATS)} updates to two bots, {DEATHS} kills, {time.monotonic() - began:.0f} s:", end=" ")
    print(f"{len(wrong)} chats with something lost, crossed or out of order, {doubled} doubled, {unknown} of unknown fate")
    assert not wrong
    assert doubled <= unknown
    _on_records(alone, lambda database: database.call(_check))


def _on_records(alone: BotAlone, look: object) -> None:
    database = open_database(f"sqlite:///{alone.var}/puente.db", alone.var / "puente.keys")
    look(database)  # type: ignore[operator]
    database.close()


def _join(session: Session, content: Content) -> None:
    """All of these chats have joined the officials' bot."""
    now = datetime.now(UTC)
    for chat in CHATS:
        learner, _ = learners.invite(session, Actor("vera", Role.SUPERVISOR), content, Place("DIF", "15057", "other"), now)
        learners.join(session, learner, OFFICIALS, chat_hash(OFFICIALS, str(chat)), "Ana López Cruz", "1", now)


def _check(session: Session) -> None:
    """Every official has that one lesson, once; each person is one conversation at each bot, of another chat."""
    assert session.scalar(select(func.count()).select_from(LessonResult)) == session.scalar(select(func.count()).select_from(Learner))
    chats = {(each.bot_id, each.chat_id): each.chat for each in session.scalars(select(Conversation))}
    assert set(chats) == {(bot_id, str(chat)) for bot_id in (MIGRANTS, OFFICIALS) for chat in CHATS}
    assert len(set(chats.values())) == len(chats)


def _feed(peer: TwoBots, migrants: dict[int, list[str]], officials: dict[int, list[str]]) -> None:
    """Everybody says one thing to each bot every PAUSE seconds."""
    for place in range(len(migrants[CHATS[0]])):
        began = time.monotonic()
        for mine, scripts in ((peer, migrants), (peer.officials, officials)):
            mine.deliver_all(_said(mine, chat, script[place]) for chat, script in scripts.items())
        time.sleep(max(0.0, PAUSE - (time.monotonic() - began)))


def _said(peer: Peer, chat: int, text: str) -> dict[str, object]:
    return peer.pressed(chat, text[1:]) if text.startswith("=") else peer.typed(chat, text)


def _wait_for_an_answer(peer: TwoBots) -> None:
    """The next one of either bot, if there is anything to answer."""
    count, until = len(peer.sent) + len(peer.officials.sent), time.monotonic() + 20
    while len(peer.sent) + len(peer.officials.sent) == count and peer.waiting() and time.monotonic() < until:
        time.sleep(0.02)
