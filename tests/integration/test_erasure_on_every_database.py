"""After /borrar, and after everything is old enough, every table and folder is counted: on SQLite and on PostgreSQL."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import keeping
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.handoff import tickets
from bot.keeping import retention, rotation
from bot.keeping.retention import Run
from bot.permissions import Action, Actor
from bot.privacy import erasure, farewell, receipts
from bot.records import keys as keys_module
from bot.records import learning
from bot.records.columns import KeyRing
from bot.records.database import Database
from bot.records.privacy import ArcoRequest, ArcoState, Erasure
from bot.records.staff import Role
from bot.records.tables import Table
from bot.records.tickets import TicketState
from bot.referrals import followups
from bot.staff import OPERATOR
from tests.case_files import JPEG, PDF, Door, applies, document_of, fetches, files_in, sends_photo
from tests.chats import Chat
from tests.e2e.scale import surroundings
from tests.erasures import ASIDE, erases, lives_through_everything, sender_delivers
from tests.old_records import KEPT
from tests.stores import files_with, rows, rows_with

OF_OFFICIALS = {
    each.__tablename__
    for each in vars(learning).values()
    if isinstance(each, type) and issubclass(each, Table) and each.__module__ == learning.__name__
}
"""Nothing of these is of a migrant; tests/unit/test_own_data_of_officials.py counts them after an erasure."""
OF_NOBODY = {"erasure", "staff", "legal_hold", "staff_session", "used_form", "export", "group_thread", "group_notice"}
"""Tables that need not know anything of somebody: of the staff themselves, and of erasures."""
STAYS_OF_AN_ERASURE = {"instance": 1, "erasure": 1, "arco_request": 1, "inbox": None, "audit": None}
"""How many rows, as far as it is known: the register without words, names of updates without what they said, and the audit."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def ana(database: Database, folder: Path) -> Chat:
    return Chat(database, replace(surroundings(utc_now()), folder=folder))


def counted(database: Database) -> dict[str, int]:
    """Rows of every table that has any."""
    every = {t.name: database.call(lambda s, t=t: s.scalar(select(func.count()).select_from(t)) or 0) for t in Table.metadata.sorted_tables}  # type: ignore[misc]
    return {name: count for name, count in every.items() if count}


def test_after_an_erasure_every_store_is_counted(ana: Chat, database: Database, tmp_path: Path, folder: Path) -> None:
    words = lives_through_everything(ana)
    before = counted(database)
    assert set(Table.metadata.tables) - set(before) <= OF_NOBODY | OF_OFFICIALS, "somebody of whom every table knows something"
    said = erases(ana)
    sender_delivers(ana)
    database.call(farewell.clear, ana.now)
    database.call_empty_log()
    left = counted(database)
    assert left == {name: left[name] if count is None else count for name, count in STAYS_OF_AN_ERASURE.items()}
    assert rows_with(database, words.values(), ASIDE) == [] and files_in(folder) == []
    secrets = {name: word for name, word in words.items() if name != "reference"}
    assert files_with(tmp_path, secrets.values()) == []
    receipt = receipts.read(said)
    assert receipt is not None and receipts.is_genuine(receipt) and database.call(audit.verify)[1] is None
    [done] = rows(database, Erasure)
    for name in ("messages", "attachments", "tickets", "referrals", "consents", "documents"):
        table = {"documents": "case_document"}.get(name, name.removesuffix("s"))
        assert done.counts[name] >= before[table] if table == "message" else done.counts[name] == before[table], name


def ends_everything(session: Session, around: Surroundings) -> None:
    """Cases end with their consent, requests with an answer."""
    for job in followups.JOBS:
        for referral_id in followups.due(session, job, around.now):
            followups.follow(session, job, referral_id, around)
    keeping.follow_referrals(session, around.folder or Path(), around.now)
    for request in session.scalars(select(ArcoRequest)):
        request.state, request.answered_at = ArcoState.DONE, around.now


def test_after_everything_is_old_enough_every_store_is_counted(ana: Chat, database: Database, tmp_path: Path, folder: Path) -> None:
    words = lives_through_everything(ana)
    assert len(files_in(folder)) == 5
    database.call(ends_everything, replace(ana.around, now=ana.now + timedelta(days=181)))
    ana.now += timedelta(days=181)
    sender_delivers(ana)
    for days in (4000, 4001):
        retention.run_now(database, Run(KEPT, ana.now + timedelta(days=days), folder), OPERATOR)
    assert set(counted(database)) == {"audit", "instance"} and files_in(folder) == []
    database.call_empty_log()
    kept_by_the_audit = ("reference", "folio", "former folio")
    secrets = [word for name, word in words.items() if name not in kept_by_the_audit]
    assert rows_with(database, secrets, [*ASIDE, "audit.why"]) == [] and files_with(tmp_path, secrets) == []


def test_new_keys_lose_no_photograph(ana: Chat, database: Database, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what a process left half written that died in the last rotation."""
    monkeypatch.setattr(keys_module, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(rotation, "NOTICED_AFTER", 0.1)
    beto = Chat(database, ana.around)
    for each, data in ((ana, JPEG), (beto, PDF)):
        applies(each)
        sends_photo(each)
        assert fetches(each, folder, Door(data)) == 1
    names = {document_of(ana).stored: JPEG, document_of(beto).stored: PDF}
    before = {name: (folder / f"{name}.case").read_bytes() for name in names}
    for name in names:
        (folder / f"{name}.draft").write_bytes(b"half")
    rotation.rotate(database, tmp_path / "puente.keys", folder, OPERATOR, ana.now, lambda line: None)
    for name, data in names.items():
        sealed = (folder / f"{name}.case").read_bytes()
        assert sealed != before[name] and KeyRing.current().decrypt_bytes(sealed) == data and KeyRing.current().renewed(sealed) is None
    assert files_in(folder) == sorted(f"{name}.case" for name in names)


def test_who_works_on_a_ticket_and_who_erases_it_do_not_wait_for_each_other(ana: Chat, database: Database, folder: Path) -> None:
    """The lock of the audit comes last: with it nobody waits for a row, or whoever has the row would wait for the lock."""
    lives_through_everything(ana)
    reference, rosa, olga = str(ana.get("reference")), Actor("rosa", Role.AGENT), Actor("olga", Role.DATA_OFFICER)
    number = database.call(lambda session: tickets.open_ticket(session, ana.conversation(session), "asked", ana.now).id)
    taken = threading.Event()

    def claims(session: Session) -> TicketState:
        claimed = tickets.claim(session, number, "rosa", ana.now)
        session.flush()
        taken.set()
        time.sleep(1)  # the erasure gets as far as it can
        audit.write(session, rosa, Action.TICKET_CLAIM, reference, ana.now)
        return claimed.state

    with ThreadPoolExecutor(1) as other:
        working = other.submit(database.call, claims)
        assert taken.wait(10)
        done = database.call(lambda session: erasure.erase(session, ana.conversation(session), olga, ana.now, folder))
        assert working.result() is TicketState.ASSIGNED
    assert [holder for _, holder in done.left["tickets"]] == ["rosa"] and "ticket" not in counted(database)
    assert database.call(audit.verify)[1] is None
