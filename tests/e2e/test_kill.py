"""Both processes are killed again and again in the middle of 400 messages; nothing is lost, doubled or out of order."""

import random
import time
from collections import Counter

from sqlalchemy import select

from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import open_database
from bot.records.deliveries import OutboxMessage
from bot.records.referrals import Referral
from bot.settings import Settings
from tests.e2e.conftest import Running
from tests.e2e.peer import Peer

KILLS = 20  # of each process
ASKING = [
    "cuanto cuesta el pasaporte", "menu", "y que papeles llevo", "me corrieron del trabajo y no me pagaron", "menu", "como pido refugio en mexico",
    "requisitos de migrante emprende", "menu", "necesito la matricula consular", "gracias", "menu", "se me vencio la tarjeta de residente",
    "cuanto cobra migracion", "menu", "donde busco trabajo", "puedo abrir un negocio siendo refugiado", "menu", "donde saco cita en el consulado",
    "me nego el refugio la comar", "menu",
]  # fmt: skip


def filling(number: int) -> list[str]:
    """Twenty messages: two referrals, told apart by their telephones. A leading = is a button."""
    return [
        "menu", "=/referral_request", "trabajo", f"me quedé sin empleo en la obra {number}", "Atlixco", "por telefono", f"22212300{number:02d}",
        "si autorizo", "menu", "=/referral_request", "salud", "omitir", "Tehuacán", "por telefono", f"22298700{number:02d}", "regresar",
        f"22298700{number:02d}", "si autorizo", "menu", "cancelar",
    ]  # fmt: skip


def test_forty_kills_lose_nothing(served: Running, peer: Peer) -> None:
    chats = {1000 + number: filling(number) if number < 10 else list(ASKING) for number in range(20)}
    assert sum(map(len, chats.values())) == 400
    chance = random.Random(7)
    kills = Counter[str]()
    next_kill = time.monotonic() + 0.5
    for round_number in range(20):
        for chat, script in chats.items():
            text = script[round_number]
            if text.startswith("="):
                peer.press(chat, text[1:])
            else:
                peer.message(chat, text)
            if time.monotonic() >= next_kill:
                word = min(("serve", "rasa"), key=lambda each: kills[each])
                kills[word] += served.kill(word)
                next_kill = time.monotonic() + chance.uniform(0.3, 1.5)
            time.sleep(0.06)
    while min(kills["serve"], kills["rasa"]) < KILLS:  # while the backlog is worked off
        word = min(("serve", "rasa"), key=lambda each: kills[each])
        kills[word] += served.kill(word)
        time.sleep(chance.uniform(0.3, 1.5))
    served.wait_until_ready(90)
    _wait_until_drained(served, peer)
    assert served.stop() == 0
    _check(served, peer, chats)


def _wait_until_drained(served: Running, peer: Peer) -> None:
    quiet_since, count = time.monotonic(), -1
    until = time.monotonic() + 180
    while time.monotonic() - quiet_since < 8:
        assert time.monotonic() < until, "the backlog was not worked off"
        if len(peer.sent) != count:
            quiet_since, count = time.monotonic(), len(peer.sent)
        time.sleep(0.2)


def _check(served: Running, peer: Peer, chats: dict[int, list[str]]) -> None:
    database = open_database(f"sqlite:///{served.var}/puente.db", Settings(puente_var=served.var).keys_file)

    def look(session):  # type: ignore[no-untyped-def]
        repeats = {row.message_id: row.unknown for row in session.scalars(select(OutboxMessage))}
        for chat, script in chats.items():
            conversation = session.scalars(select(Conversation)).all()
            mine = next(each for each in conversation if each.chat_id == str(chat))
            messages = session.scalars(select(Message).where(Message.conversation_id == mine.id).order_by(Message.id)).all()
            said = [each for each in messages if each.direction is Direction.IN and each.response != "deferred"]
            assert [each.text for each in said] == [text.removeprefix("=") for text in script], chat
            answers = [each for each in messages if each.direction is Direction.OUT]
            answered = {each.inbox_id for each in answers}
            assert all(each.inbox_id in answered for each in said), f"chat {chat} has a message without an answer"
            assert not any(each.unanswered for each in messages), f"chat {chat} has a question that was never answered"
            got = [each.text for each in peer.to(chat)]
            expected = [each.text for each in answers]
            allowed = [each.text for each in answers for _ in range(1 + repeats[each.id])]
            assert _without_repeats(got, expected), f"chat {chat}: lost or out of order"
            assert len(got) <= len(allowed), f"chat {chat}: doubled without cause"
        for number in range(10):
            mine = next(each for each in session.scalars(select(Conversation)).all() if each.chat_id == str(1000 + number))
            referrals = session.scalars(select(Referral).where(Referral.conversation_id == mine.id).order_by(Referral.id)).all()
            assert [(each.need, each.municipality, each.details["telephone"]) for each in referrals] == [
                ("work", "21019", f"22212300{number:02d}"),
                ("health", "21156", f"22298700{number:02d}"),
            ]
            assert referrals[0].details["story"] == f"me quedé sin empleo en la obra {number}"

    database.call(look)
    database.close()


def _without_repeats(got: list[str], expected: list[str]) -> bool:
    """Is `got` the expected sequence, each one there, an immediate repeat of the last one apart?"""
    place = 0
    for text in got:
        if place < len(expected) and text == expected[place]:
            place += 1
        elif place == 0 or text != expected[place - 1]:
            return False
    return place == len(expected)
