"""The same code on PostgreSQL: a whole conversation, and two workers on one inbox. Debian's server, started here."""

import asyncio
import glob
import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.conversation import inbox
from bot.conversation.incoming import text_message
from bot.conversation.live import LiveContent
from bot.conversation.worker import Worker, utc_now
from bot.rasa.client import RasaClient, Understanding
from bot.rasa.process import free_port
from bot.rasa.training import MODELS
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database, open_database
from bot.records.referrals import Referral
from bot.settings import ROOT, Settings
from tests.people import Office

BINARIES = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
if not BINARIES and not os.environ.get("CI"):
    pytest.skip("no PostgreSQL on this machine (apt install postgresql)", allow_module_level=True)


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty server. It refuses to run as root, so root becomes nobody for it."""
    folder = tmp_path_factory.mktemp("postgresql")
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(folder, user.pw_uid, user.pw_gid)
    for parent in folder.parents:
        if parent != Path("/") and parent.owner() == pwd.getpwuid(os.geteuid()).pw_name:
            parent.chmod(parent.stat().st_mode | 0o011)
    port = free_port()

    def run(*command: str) -> None:
        subprocess.run(
            [f"{BINARIES[-1]}/{command[0]}", *command[1:]],
            check=True,
            capture_output=True,
            user=user.pw_uid,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin"},
        )

    run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "puente", "-E", "UTF8")
    run("pg_ctl", "-D", f"{folder}/data", "-o", f"-p {port} -k {folder} -h 127.0.0.1", "-l", f"{folder}/log", "-w", "start")
    yield f"postgresql://puente@127.0.0.1:{port}"
    run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


def fresh(postgresql: str, name: str) -> str:
    subprocess.run([f"{BINARIES[-1]}/createdb", "--maintenance-db", f"{postgresql}/postgres", name], check=True)
    return f"{postgresql}/{name}"


def test_a_referral_is_made_and_found_again(postgresql: str, tmp_path: Path, rasa_port: int) -> None:
    office = Office(Settings(puente_var=tmp_path / "var", database_url=fresh(postgresql, "talk"), _env_file=None), rasa_port)
    ana = office.person("ana")
    ana.says("necesito que me canalicen con una oficina")
    ana.presses("Trabajo")
    ana.presses("Omitir")
    ana.says("Atlixco")
    ana.presses("Por este chat")
    sent = ana.presses("Sí, autorizo")
    office.restart()
    [referral] = office.call(lambda session: session.scalars(select(Referral)).all())
    assert referral.folio in sent.text and referral.folio in ana.says("como va mi caso").text
    office.close()


class Unhurried(RasaClient):
    """A Rasa that takes its time, so that turns overlap."""

    def __init__(self) -> None:
        super().__init__(httpx.AsyncClient())

    async def understand(self, text: str, state: dict[str, Any] | None) -> Understanding:
        await asyncio.sleep(0.01)
        return Understanding(
            decisions=["utter_thank"],
            state={"slots": {}},
            intent="thank",
            confidence=0.9,
            topic="dialogue",
            decision="answer",
            suggestions=[],
            entities=[],
        )


def test_two_workers_take_each_update_once_and_in_order(postgresql: str, tmp_path: Path) -> None:
    database = open_database(fresh(postgresql, "race"), tmp_path / "keys")

    async def go(database: Database) -> None:
        live = LiveContent(ROOT / "flows", None, MODELS)
        workers = [Worker(database, live, Unhurried(), ["terminal"], utc_now) for _ in range(2)]
        arrivals = [
            inbox.Arrival("terminal", f"{chat}-{number}", f"chat{chat}", text_message(f"dato {number:02d}"), utc_now())
            for number in range(10)
            for chat in range(20)
        ]
        await database.run(inbox.accept, arrivals)
        running = [asyncio.create_task(worker.run()) for worker in workers]
        for _ in range(600):
            await asyncio.sleep(0.1)
            for worker in workers:
                worker.ring()
            answered = await database.run(
                lambda session: len(session.scalars(select(Message.id).where(Message.direction == Direction.OUT)).all())
            )
            if answered >= 200:
                break
        for worker in workers:
            worker.stop()
        await asyncio.gather(*running)

    asyncio.run(go(database))
    talks = database.call(
        lambda session: [
            [
                message.text
                for message in session.scalars(
                    select(Message).where(Message.conversation_id == each.id, Message.direction == Direction.IN).order_by(Message.id)
                )
            ]
            for each in session.scalars(select(Conversation))
        ]
    )
    database.close()
    assert len(talks) == 20 and all(talk == [f"dato {number:02d}" for number in range(10)] for talk in talks)
