"""The staff's group as a forum, against the Telegram peer: alerted, taken, answered and closed there, also when the process is killed.

Rasa is not asked: whoever asks for a person gets one without it.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.accounts import telegram_link
from bot.rasa.process import free_port
from bot.records.conversations import Direction, Message
from bot.records.database import Database, open_database
from bot.records.deliveries import OutboxMessage
from bot.records.staff import Role, Staff
from bot.settings import Settings
from tests.e2e.conftest import NO_LIMITS, BotAlone, telegram
from tests.e2e.forum import GROUP, ForumPeer
from tests.e2e.peer import Sent

ANA, BETO = 4021, 4022
ROSA, LUIS, STRANGER = 601, 602, 699
PATIENCE = 40.0
KILLS = 8


@pytest.fixture
def forum() -> Iterator[ForumPeer]:
    with ForumPeer().running() as started:
        assert isinstance(started, ForumPeer)
        yield started


@pytest.fixture
def office(tmp_path: Path, forum: ForumPeer) -> Iterator[BotAlone]:
    settings = {
        **telegram(forum, **NO_LIMITS), "TELEGRAM_STAFF_GROUP": str(GROUP), "TELEGRAM_PER_GROUP": "0.02",
        "PUENTE_PUBLIC_URL": "https://puente.example.mx",
    }  # fmt: skip
    made = BotAlone(tmp_path / "var", free_port(), **settings)
    made.start()
    until(lambda: forum.polls > 0)
    yield made
    if made.process and made.process.poll() is None:
        made.stop()


def until(check: Callable[[], object], seconds: float = PATIENCE, why: Callable[[], str] = lambda: "it never happened") -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, why()
        time.sleep(0.05)


def records(office: BotAlone) -> Database:
    return open_database(f"sqlite:///{office.var}/puente.db", Settings(puente_var=office.var, _env_file=None).keys_file)


def links(office: BotAlone, forum: ForumPeer) -> None:
    """Rosa says who she is in the group, Luis in private."""
    database, now = records(office), datetime.now(UTC)

    def offer(session) -> list[str]:  # type: ignore[no-untyped-def]
        members = [Staff(name=name, role=Role.AGENT, created_at=now, created_by="operator") for name in ("rosa", "luis")]
        session.add_all(members)
        session.flush()
        return [telegram_link.offer(session, each, now) for each in members]

    rosa, luis = database.call(offer)
    database.close()
    forum.staff_writes(ROSA, f"/soy {rosa}")
    forum.message(LUIS, f"/soy {luis}")
    until(lambda: any("rosa" in each.text for each in forum.alerts()) and any("luis" in each.text for each in forum.to(LUIS)))


def topic_of(forum: ForumPeer, words: str) -> int:
    until(lambda: [number for number, topic in forum.topics.items() if any(words in said for said in topic.said)])
    return next(number for number, topic in forum.topics.items() if any(words in said for said in topic.said))


def said_to(forum: ForumPeer, chat: int) -> list[str]:
    return [each.text for each in forum.to(chat)]


def alert_of(forum: ForumPeer, words: str) -> Sent:
    until(lambda: any(words in each.text for each in forum.alerts()))
    return next(each for each in forum.alerts() if words in each.text)


def test_a_person_is_attended_from_the_group_and_nobody_else_hears_of_it(office: BotAlone, forum: ForumPeer) -> None:
    links(office, forum)
    forum.message(ANA, "/persona")
    alert = alert_of(forum, "Nueva petición · petición 1")
    assert "https://puente.example.mx/consola/peticiones/1" in alert.text and [data for _, data in alert.buttons] == ["own", "seen"]
    thread = topic_of(forum, "Persona: /persona")
    forum.message(BETO, "/persona")
    alert_of(forum, "petición 2")
    forum.staff_presses(ROSA, "own", alert)
    until(lambda: any("Usted atiende la petición 1" in each for each in forum.answers()))
    forum.topics[thread].name = "renombrado a mano"
    forum.staff_writes(ROSA, "Buenas tardes, ¿en qué le ayudo?", thread, quote={"text": "petición 2", "position": 0})
    until(lambda: "Buenas tardes, ¿en qué le ayudo?" in said_to(forum, ANA))
    forum.staff_writes(LUIS, "yo no la atiendo", thread)
    forum.staff_writes(STRANGER, "soy de otro equipo", thread)
    number = forum.staff_writes(ROSA, "// llamar mañana", thread)
    forum.staff_edits(ROSA, number, "corregido", thread)
    forum.message(ANA, "gracias, ya llegué")
    until(lambda: any("gracias, ya llegué" in each for each in forum.topics[thread].said))
    forum.staff_writes(ROSA, "/cerrar", thread)
    until(lambda: not forum.topics[thread].is_open)
    heard = " ".join([*said_to(forum, ANA), *said_to(forum, BETO)])
    assert not any(words in heard for words in ("yo no la atiendo", "otro equipo", "llamar mañana", "corregido"))
    assert "Buenas tardes" not in " ".join(said_to(forum, BETO))
    until(lambda: any("/soy" in each.text for each in forum.to(STRANGER)))
    assert office.stop() == 0


def test_kills_in_the_middle_lose_no_reply_and_double_none_without_cause(office: BotAlone, forum: ForumPeer) -> None:
    links(office, forum)
    threads = {}
    for chat in (ANA, BETO):
        forum.message(chat, "/persona")
        number = len(threads) + 1
        alert = alert_of(forum, f"petición {number}\n")
        until(lambda number=number: any(topic.name.startswith(f"{number} · ") and topic.said for topic in forum.topics.values()))
        threads[chat] = next(each for each, topic in forum.topics.items() if topic.name.startswith(f"{number} · "))
        forum.staff_presses(ROSA, "own", alert)
    until(lambda: sum("Usted atiende" in each for each in forum.answers()) == 2)
    chance, wanted = random.Random(11), {chat: list[str]() for chat in threads}
    for kill in range(KILLS):
        for number in range(6):
            chat = chance.choice([ANA, BETO])
            words = f"respuesta {kill}-{number} para {chat}"
            wanted[chat].append(words)
            forum.staff_writes(ROSA, words, threads[chat])
            forum.message(chat, f"gracias {kill}-{number}")  # a word of danger would put each reply before a second reader
            time.sleep(chance.uniform(0, 0.15))
        office.kill_and_start()
    until(lambda: not _missing(forum, wanted), 90, lambda: f"{_missing(forum, wanted)} did not come; {office.log.read_text()[-3000:]}")
    until(lambda: forum.waiting() == 0)
    assert office.stop() == 0
    database = records(office)
    for chat, words in wanted.items():
        heard = Counter(each for each in said_to(forum, chat) if each.startswith("respuesta"))
        repeated, written = database.call(lambda session: (_repeated(session), _written(session)))
        assert set(heard) == set(words), "it came to the wrong person"
        assert all(count == 1 or each in repeated for each, count in heard.items()), heard
        assert [each for each in written if each.endswith(str(chat))] == words, "once each and in order"
    database.close()


def _missing(forum: ForumPeer, wanted: dict[int, list[str]]) -> set[str]:
    return {each for chat, words in wanted.items() for each in words} - {each for chat in wanted for each in said_to(forum, chat)}


def _repeated(session) -> set[str]:  # type: ignore[no-untyped-def]
    """Replies whose send has an unknown fate."""
    query = select(Message.text).join(OutboxMessage, OutboxMessage.message_id == Message.id).where(OutboxMessage.unknown > 0)
    return set(session.scalars(query))


def _written(session) -> list[str]:  # type: ignore[no-untyped-def]
    return list(session.scalars(select(Message.text).where(Message.direction == Direction.STAFF).order_by(Message.id)))
