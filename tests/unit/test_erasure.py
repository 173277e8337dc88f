"""Who asks for it is erased everywhere, in tables, files and backups, and nobody else is."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cases import files
from bot.conversation.inbox import chat_hash
from bot.conversation.surroundings import Surroundings
from bot.permissions import PERSON
from bot.privacy import erasure, farewell
from bot.records.conversations import Conversation, Message
from bot.records.database import Database, open_database
from bot.records.deliveries import OutboxMessage
from bot.records.privacy import ArcoRequest, ArcoState, Erasure
from bot.records.referrals import Referral
from tests import telegram_json as telegram
from tests.case_files import COURSE, applies, document_of, fetches, files_in, sends_photo
from tests.chats import Chat
from tests.erasures import ASIDE, erases, lives_through_everything, sender_delivers, sends_a_case
from tests.stores import files_with, rows, rows_with


@pytest.fixture
def ana(database: Database, content_around: Surroundings, tmp_path: Path) -> Chat:
    return Chat(database, replace(content_around, folder=tmp_path / "files"))


def test_after_the_receipt_is_delivered_nothing_is_found_by_any_key_in_any_store(ana: Chat, database: Database, tmp_path: Path) -> None:
    words = lives_through_everything(ana)
    before = rows_with(database, words.values())
    assert {line.split(": ")[1] for line in before} >= {words[name] for name in words if name != "number"}, "the test looks for nothing"
    said = erases(ana)
    sender_delivers(ana)
    assert rows_with(database, words.values(), ASIDE) == []
    database.call(farewell.clear, ana.now)
    database.call_empty_log()
    kept = [line for line in files_with(tmp_path, words.values()) if not line.endswith(words["reference"])]
    assert kept == []
    assert [line.split(":")[0] for line in files_with(tmp_path, [words["reference"]])] == ["erasures.log", "puente.db"]
    assert rows(database, Conversation) == [] and rows(database, Message) == [] and rows(database, OutboxMessage) == []
    assert "BOR-" in said and files_in(tmp_path / "files") == []
    assert rows(database, Erasure)[0].counts["files"] == 5, "the photograph, its draft and its readable copy, and two that staff fetched"
    print(f"{len(before)} places held a word of the person before, none after")


def test_every_table_that_leads_to_a_conversation_is_erased(ana: Chat, database: Database, tmp_path: Path) -> None:
    """The rows of all of them are there before, so that a new table that nobody thought of is noticed here."""
    lives_through_everything(ana)
    leading, tables = {"conversation"}, Erasure.metadata.sorted_tables
    for table in tables:  # in the order in which they point to each other
        if any(key.column.table.name in leading for key in table.foreign_keys):
            leading.add(table.name)
    expected = {"legal_hold"}  # none may stand when it is erased
    counts = {t.name: database.call(lambda s, t=t: len(s.execute(select(t)).all())) for t in tables if t.name in leading}  # type: ignore[misc]
    assert {name for name, count in counts.items() if not count} == expected, "somebody of whom every table knows something"
    erases(ana)
    sender_delivers(ana)
    left = {t.name: database.call(lambda s, t=t: len(s.execute(select(t)).all())) for t in tables if t.name in leading}  # type: ignore[misc]
    assert {name for name, count in left.items() if count} == {"arco_request"}
    [request] = rows(database, ArcoRequest)
    assert (request.conversation_id, request.asked, request.answer, request.state) == (None, None, None, ArcoState.DONE)


def test_another_persons_data_stay(ana: Chat, database: Database) -> None:
    """Of the same bot, and of the same person with another bot."""
    ana.says("gracias")
    other = Chat(database, ana.around)
    other.says("hola")
    beto = telegram.text("hola", chat=telegram.PRIVATE | {"id": telegram.ANA + 1})
    ana.takes(beto)
    erases(ana)
    sender_delivers(ana)
    kept = {(row.bot_id, row.chat) for row in rows(database, Conversation)}
    assert kept == {(other.bot_id, chat_hash(other.bot_id, other.id)), (ana.bot_id, chat_hash(ana.bot_id, str(telegram.ANA + 1)))}
    assert len(rows(database, Message)) == 4


def test_a_restored_backup_forgets_again_once(ana: Chat, database: Database, tmp_path: Path, content_around: Surroundings) -> None:
    words = lives_through_everything(ana)
    database.call_empty_log()
    shutil.copy(tmp_path / "puente.db", tmp_path / "backup.db")
    erases(ana)
    sender_delivers(ana)
    restored = open_database(f"sqlite:///{tmp_path}/backup.db", tmp_path / "puente.keys")
    logged = [reference for line in erasure.logged(tmp_path / "puente.keys") for reference in line["erased"]]
    assert (tmp_path / "erasures.log").stat().st_mode & 0o777 == 0o600
    assert restored.call(erasure.replay, logged, ana.around.folder) == 2, "the conversation and the one that was forgotten"
    assert restored.call(erasure.replay, logged, ana.around.folder) == 0
    assert rows_with(restored, words.values(), ASIDE) == []
    restored.close()


def test_an_institution_that_has_the_case_is_named_and_the_case_is_taken_back_first(ana: Chat, database: Database) -> None:
    sends_a_case(ana)
    [referral] = rows(database, Referral)
    seen: list[str] = []

    def watch(session: Session) -> None:
        erasure._revoke(session, [ana.conversation(session)], PERSON, ana.now)
        seen.append(session.get_one(Referral, referral.id).state)
        session.rollback()

    database.call(watch)
    said = erases(ana)
    assert seen == ["withdrawn"] and rows(database, Erasure)[0].left["offices"] == [referral.organization_id]
    assert ana.around.content.organizations[referral.organization_id].name in said


def test_a_photograph_goes_with_its_readable_copy_and_another_persons_stays(ana: Chat, database: Database, tmp_path: Path) -> None:
    """As the door brings it and as staff open it; one that the door has not brought yet never comes."""
    folder = tmp_path / "files"
    beto = Chat(database, ana.around)
    for each in (ana, beto):
        applies(each)
        sends_photo(each)
        assert fetches(each, folder) == 1
        files.lay_open(folder, document_of(each).stored or "")
    sends_photo(ana, COURSE, "photo-2")
    (folder / "70-1.jpg").write_bytes(b"of another request")
    erases(ana)
    own = document_of(beto).stored or ""
    assert [name for name in files_in(folder) if own not in name] == ["70-1.jpg"] and len(files_in(folder)) == 3
    [done] = rows(database, Erasure)
    assert (done.counts["files"], done.counts["documents"] > 2) == (2, True)
    assert fetches(ana, folder) == 0 and len(files_in(folder)) == 3
