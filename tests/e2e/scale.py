"""What staff and people wait for when there is much: `python -m tests.e2e.scale --messages 1000000 --referrals 100000 [--postgresql]`.

Fills an empty database with invented people (a few minutes for a million messages) and takes the time of what is done all day.
`--folder` keeps the database, or measures the one that is there.
"""

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import health, referral_desk
from bot.cases import keeping
from bot.console.words import topics_of
from bot.conversation import closing, deferred, inbox, outbox
from bot.conversation.inbox import Arrival
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.turn import Question, accept_and_begin, finish
from bot.conversation.worker import KEPT_FOR, utc_now
from bot.handoff import printed, queue, search
from bot.numbers.invented import BOT_ID, Size, fill
from bot.numbers.period import read_period
from bot.numbers.reading import snapshot
from bot.numbers.report import make_report
from bot.permissions import PERSON, Actor
from bot.privacy import erasure
from bot.rasa.client import Understanding
from bot.records.conversations import ButtonOffer, Conversation, Message
from bot.records.database import Database, open_database
from bot.records.referrals import Referral, ReferralState
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketState
from bot.referrals import lifecycle
from bot.referrals.listing import Wanted
from bot.settings import ROOT, Settings
from tests import postgresql
from tests.console import Desk, Member

STAFF = Actor("rosa", Role.AGENT)
OFFICE = Actor("ines", Role.PARTNER, "ipam")
TIMES = 100
NO_FILES = ROOT / "no such folder"
UNDERSTOOD = Understanding(
    decisions=["utter_thank"], state={"slots": {}}, intent="thank", confidence=0.9, topic="dialogue", decision="answer", suggestions=[],
    entities=[],
)  # fmt: skip


@dataclass
class Known:
    """Whom the operations are about: somebody else each time, and those who wrote most."""

    people: list[tuple[int, str]]  # conversation and chat id
    offers: list[tuple[str, str]]  # chat id and payload
    tickets: list[int]
    folios: list[tuple[int, str]]
    to_erase: list[int]  # conversations that nothing else here is about, some of them long; each once

    @classmethod
    def of(cls, session: Session) -> "Known":
        draw = random.Random(1)
        most = session.execute(
            select(Message.conversation_id).group_by(Message.conversation_id).order_by(func.count().desc()).limit(TIMES // 4)
        ).scalars()
        chats = {row.id: row.chat_id for row in session.execute(select(Conversation.id, Conversation.chat_id))}
        for held in session.scalars(select(Ticket.conversation_id).where(Ticket.state == TicketState.ASSIGNED)):
            chats.pop(held, None)  # the assistant does not answer while somebody holds the chat
        talkative = [each for each in most if each in chats]
        some = [*talkative, *draw.choices(sorted(chats), k=TIMES - len(talkative))]
        offers = [
            (chats[each], session.scalars(select(ButtonOffer.payload).where(ButtonOffer.conversation_id == each).limit(1)).one())
            for each in some
        ]
        busy = list(session.scalars(select(Ticket.id).where(Ticket.conversation_id.in_(talkative)).limit(TIMES // 4)))
        every = list(session.scalars(select(Ticket.id)))
        numbers = [*busy, *draw.choices(every, k=TIMES - len(busy))]
        cases = [(row.conversation_id, row.folio) for row in session.execute(select(Referral.conversation_id, Referral.folio))]
        folios = draw.choices(cases, k=TIMES)
        of_tickets = session.scalars(select(Ticket.conversation_id).where(Ticket.id.in_(numbers)))
        others = sorted(set(chats) - {*some, *of_tickets, *(conversation_id for conversation_id, _ in folios)})
        return cls([(each, chats[each]) for each in some], offers, numbers, folios, draw.sample(others, k=min(4 * TIMES, len(others))))


@dataclass
class Place:
    database: Database
    around: Surroundings
    known: Known
    member: Member

    def __post_init__(self) -> None:
        self._numbers = itertools.count(time.time_ns())

    def arrival(self, chat_id: str, incoming: Incoming) -> Arrival:
        return Arrival(BOT_ID, f"scale {next(self._numbers)}", chat_id, incoming, self.around.now)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.database.call(function, *arguments)


type Operation = Callable[[Place, int], object]


def _turn(place: Place, chat_id: str, incoming: Incoming) -> None:
    _, begun = place.call(accept_and_begin, place.arrival(chat_id, incoming), [BOT_ID], place.around)
    assert begun is not None, "nothing was begun"
    claimed, outcome = begun
    if isinstance(outcome, Question):
        outcome = place.call(finish, claimed, place.around, UNDERSTOOD)
    assert outcome.replies, "nobody was answered"


def _press(place: Place, number: int) -> None:
    chat_id, payload = place.known.offers[number]
    _turn(place, chat_id, Incoming(Kind.BUTTON, payload=payload))


def _say(place: Place, number: int) -> None:
    _turn(place, place.known.people[number][1], Incoming(Kind.TEXT, "quisiera saber cuánto tarda mi trámite"))


def _deliver(place: Place, number: int) -> None:
    taken = place.call(outbox.take, BOT_ID, [], 10)
    place.call(outbox.settle_and_take, [outbox.Outcome(each.id, door_id="1") for each in taken], BOT_ID, [], 0, place.around.now)


def _list_of(actor: Actor, wanted: Wanted) -> Operation:
    return lambda place, number: place.call(referral_desk.list_referrals, actor, wanted, place.around.now)


def _status(place: Place, number: int) -> None:
    conversation_id, folio = place.known.folios[number]

    def look(session: Session) -> None:
        conversation = session.get_one(Conversation, conversation_id)
        assert lifecycle.of_folio(session, conversation, folio), "it is not found"
        assert lifecycle.of_conversation(session, conversation)

    place.call(look)


def _erase(place: Place, number: int) -> None:
    conversation_id = place.known.to_erase.pop()
    place.call(lambda session: erasure.erase(session, session.get_one(Conversation, conversation_id), PERSON, place.around.now, NO_FILES))


def _queue(**wanted: Any) -> Operation:
    return lambda place, number: place.call(queue.show, STAFF, queue.Wanted(**wanted), place.around.now)


def _search(text: Callable[[Place, int], str]) -> Operation:
    return lambda place, number: place.call(search.find, STAFF, text(place, number), topics_of(place.around.content), place.around.now)


def _see(path: str) -> Operation:
    """A whole page of the console, from the request to its last byte."""

    def see(place: Place, number: int) -> None:
        assert place.member.get(path).status_code == 200

    return see


OPERATIONS: dict[str, Operation] = {
    "inbox: page": _see("/consola/bandeja"),
    "inbox: page of all open ones": _see("/consola/bandeja?tab=abiertas"),
    "inbox: page of a topic and a place": _see("/consola/bandeja?tema=health&municipio=naucalpan"),
    "inbox: first page of the console": _see("/consola"),
    "inbox: list of who waits": _queue(),
    "inbox: list of all open ones": _queue(tab=queue.Tab.ALL),
    "inbox: list of closed ones": _queue(tab=queue.Tab.RESOLVED),
    "inbox: list of a tag": _queue(tag="albergue"),
    "inbox: list of who is late": _queue(tab=queue.Tab.ALL, only_late=True),
    "inbox: counts of all tabs": lambda place, number: place.call(queue.counts, STAFF),
    "inbox: search by a number": _search(lambda place, number: str(place.known.tickets[number])),
    "inbox: search by a folio": _search(lambda place, number: place.known.folios[number][1]),
    "inbox: search by a topic": _search(lambda place, number: "salud"),
    "staff open a conversation": lambda place, number: place.call(printed.shown, place.known.tickets[number], STAFF, place.around),
    "staff list open requests": lambda place, number: place.call(printed.listed, STAFF, place.around),
    "list of cases: all": _list_of(STAFF, Wanted()),
    "list of cases: all that are late": _list_of(STAFF, Wanted(only_late=True)),
    "list of cases: one state": _list_of(STAFF, Wanted(ReferralState.DONE)),
    "list of cases: institution": _list_of(OFFICE, Wanted()),
    "list of cases: institution and state": _list_of(OFFICE, Wanted(ReferralState.SENT)),
    "how is my case": _status,
    "turn of a button": _press,
    "turn of a text, without Rasa": _say,
    "messages on their way": _deliver,
    "health": lambda place, number: place.call(health._counts, place.around.now),
    "inbox purge": lambda place, number: place.call(inbox.purge, place.around.now - KEPT_FOR),
    "questions asked again": lambda place, number: place.call(deferred.ask_again, place.around.now),
    "photographs taken back": lambda place, number: place.call(keeping.follow_lately, NO_FILES, place.around.now),
    "erase one person": _erase,
    "idle questionnaires": lambda place, number: place.call(closing.drop_idle, place.around.now),
}


def measure(place: Place, name: str, clock: Callable[[], float] = time.perf_counter) -> tuple[float, float, float]:
    """Median, 95th percentile and longest in milliseconds."""
    took = []
    for number in range(TIMES):
        started = clock()
        OPERATIONS[name](place, number)
        took.append((clock() - started) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1], max(took)


def surroundings(now: datetime) -> Surroundings:
    content, danger = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()
    return Surroundings(content, danger, "scale", "", now)


@contextmanager
def filled(url: str, keys: Path, size: Size, around: Surroundings) -> Iterator[Place]:
    database = open_database(url, keys)
    try:
        if database.call(lambda session: session.scalar(select(Conversation.id).limit(1))) is None:
            fill(database, around.content, size, around.now.replace(hour=0, minute=0, second=0, microsecond=0), print)
        desk = Desk(database, LiveContent(ROOT / "flows", None, ROOT / "no such file"), Settings(_env_file=None), around.now)
        yield Place(database, around, database.call(Known.of), desk.member(Role.AGENT, "rosa"))
    finally:
        database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=50_000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--referrals", type=int, default=100_000)
    parser.add_argument("--tickets", type=int, default=10_000, help="open ones")
    parser.add_argument("--only", default="", help="what to measure: the beginning of its name")
    parser.add_argument("--processor", action="store_true", help="processor time of this process alone, whatever else the machine does")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--folder", type=Path, help="SQLite only: where the database is or is to be kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        size = Size(chosen.chats, chosen.messages, chosen.referrals, tickets=chosen.tickets)
        if not chosen.postgresql:
            run(f"sqlite:///{folder}/puente.db", folder / "puente.keys", size, chosen)
            return
        with postgresql.running() as server:
            run(postgresql.fresh(server), folder / "puente.keys", size, chosen)


def run(url: str, keys: Path, size: Size, chosen: argparse.Namespace) -> None:
    around = surroundings(utc_now())
    started = time.monotonic()
    with filled(url, keys, size, around) as place:
        print(f"ready after {time.monotonic() - started:.0f} s\n{'':<45} median     p95  longest")
        clock = time.process_time if chosen.processor else time.perf_counter
        for name in [each for each in OPERATIONS if each.startswith(chosen.only)]:
            print(f"{name:<45} {'{:6.1f}  {:6.1f}  {:7.1f} ms'.format(*measure(place, name, clock))}", flush=True)
        if chosen.only:
            return
        started = time.monotonic()
        with snapshot(place.database) as session:
            make_report(session, around.content, read_period(None, None, around.now), around.now)
        print(f"report of a year: {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
