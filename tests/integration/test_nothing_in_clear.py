"""Fifty people talk, with names, telephones and CURPs that the test knows; nowhere on the disk does one of them stand in clear."""

import io
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.content.hsds import export
from bot.conversation import outbox
from bot.conversation.live import LiveContent
from bot.conversation.outbox import Outcome
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.logs import set_up_logs
from bot.privacy import copies
from bot.records.database import Database, open_database
from bot.settings import ROOT
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, Chat
from tests.stores import files_with, rows_with

PEOPLE = 50
CURP_DIGITS = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Known:
    name: str
    telephone: str
    curp: str

    @property
    def words(self) -> tuple[str, ...]:
        return (self.name, self.telephone, self.curp)


def somebody(number: int) -> Known:
    draw = random.Random(number)
    name = f"Xochitl{number:02d} Zempoaltecatl{draw.randrange(10**6)}"
    first = (
        f"ZEXO{draw.randrange(60, 99)}{draw.randrange(1, 13):02d}{draw.randrange(1, 29):02d}MPL"
        + "".join(draw.choices("BCDFGHJKLM", k=3))
        + "0"
    )
    total = sum(CURP_DIGITS.index(letter) * (18 - place) for place, letter in enumerate(first))
    return Known(name, f"222{draw.randrange(10**6, 10**7)}", f"{first}{(10 - total % 10) % 10}")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged, at the most talkative level."""
    root, written = logging.getLogger(), io.StringIO()
    before, level = list(root.handlers), root.level
    set_up_logs("DEBUG", "json")
    root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield written
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/var/puente.db", tmp_path / "var" / "puente.keys")
    yield opened
    opened.close()


def talks(chat: Chat, person: Known) -> None:
    """Names and numbers in every place where people put them."""
    chat.understands = NOT_UNDERSTOOD
    chat.says(f"hola soy {person.name}")
    chat.says(f"mi curp es {person.curp} y mi telefono {person.telephone}")
    chat.edits(f"soy {person.name}, curp {person.curp}")
    chat.sends(**telegram.file("document", file_name=f"acta de {person.name}.pdf"), caption=f"acta de {person.name}")
    chat.later(minutes=2)
    chat.says("menu")
    chat.presses("/referral_request")
    chat.says("para mí")
    chat.says("trabajo")
    chat.says(f"{person.name}, curp {person.curp}, me deben mi sueldo")
    chat.says("Atlixco, Puebla")
    chat.says("por teléfono")
    chat.says(person.telephone)
    assert chat.says("sí autorizo") == ["utter_referral_sent"]
    chat.later(minutes=2)
    chat.says("/misdatos")
    chat.says("/quienvio")
    chat.says("persona")


def delivers(chat: Chat) -> None:
    outcomes: list[Outcome] = []
    while taken := chat.call(lambda session, made=outcomes: outbox.settle_and_take(session, made, chat.bot_id, [], 1, chat.now)):  # type: ignore[misc]
        outcomes = [Outcome(taken[0].id, door_id="5")]


def test_no_name_telephone_or_curp_of_fifty_people_stands_in_clear(tmp_path: Path, database: Database, logged: io.StringIO) -> None:
    content, danger = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()
    around = Surroundings(content, danger, "test", "", utc_now(), folder=tmp_path / "var")
    people = [somebody(number) for number in range(PEOPLE)]
    for person in people:
        chat = Chat(database, replace(around))
        talks(chat, person)
        delivers(chat)
        if person is people[0]:
            kept = copies.as_json(chat.call(lambda session, chat=chat: copies.copy_of(session, chat.conversation(session))))  # type: ignore[misc]
    (tmp_path / "var" / "puente.log").write_text(logged.getvalue(), encoding="utf-8")
    (tmp_path / "var" / "directory.json").write_text(export(content, utc_now().date()).model_dump_json(), encoding="utf-8")
    words = [word for person in people for word in person.words]
    assert people[0].name in kept and people[0].telephone in kept, "the words were never said"
    assert people[0].curp not in kept, "a CURP is not kept at all, not even encrypted"
    assert (tmp_path / "var" / "puente.db-wal").stat().st_size > 0
    assert files_with(tmp_path, words) == []
    assert rows_with(database, [person.curp for person in people]) == []
    for folder in ("build", "cache", "data"):
        assert files_with(ROOT / "nlu" / folder, words) == []
    stored = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    print(f"{len(words)} words of {PEOPLE} people: none in {stored / 1e6:.1f} MB")
