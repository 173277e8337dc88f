"""Who asks for it is erased everywhere, and has a receipt; what they write next begins anew."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit, tickets
from bot.conversation import deferred, inbox, outbox
from bot.conversation.inbox import chat_hash
from bot.conversation.outbox import Outcome
from bot.conversation.surroundings import Surroundings
from bot.permissions import PERSON, Action, Actor
from bot.privacy import erasure, farewell, holds, receipts
from bot.records.audit import AuditEntry
from bot.records.cases import CaseDocument, CaseEvent, CaseFile, DocumentState, Stage
from bot.records.columns import KeyRing
from bot.records.conversations import Conversation, Message
from bot.records.database import Database, open_database
from bot.records.deliveries import Call, InboxUpdate, OutboxMessage, OutboxState
from bot.records.privacy import ArcoRequest, ArcoState, Erasure
from bot.records.referrals import PartnerLink, Referral
from bot.records.staff import Role
from bot.referrals.lifecycle import FOLIO
from bot.telegram_adapter.updates import arrival_of
from tests import intake
from tests import telegram_json as telegram
from tests.chats import BOT, NOT_UNDERSTOOD, STAFF, Chat
from tests.stores import files_with, rows_with

STORY = "Me llamo Ana Secreta y debo dinero"
TELEPHONE = "+522221234567"
OFFICER = Actor("olga", Role.DATA_OFFICER)
ASIDE = ("erasure.erased", "audit.subject")  # random, and leads nowhere once the conversation is gone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def own(folder: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    yield opened
    opened.close()


@pytest.fixture
def ana(own: Database, content_around: Surroundings, folder: Path) -> Chat:
    return Chat(own, replace(content_around, folder=folder))


def sends_a_case(chat: Chat) -> str:
    """A request with a name and a telephone in it; its folio."""
    chat.is_at(intake.at("contact_way", story=[STORY, STORY], municipality=["21114", "Puebla"]))
    chat.says("por teléfono")
    chat.sends(**telegram.OWN_CONTACT)
    chat.says("sí autorizo")
    found = FOLIO.search(" ".join(message.text for message in chat.transcript()))
    assert found is not None
    return found[0]


def opens_a_file_of_the_case(session: Session, folio: str, folder: Path) -> None:
    """What staff and the institution did with it."""
    [referral] = session.scalars(select(Referral).where(Referral.folio == folio))
    case = CaseFile(
        referral_id=referral.id,
        programme="migrante_emprende",
        stage=Stage.VISIT,
        opened_at=referral.created_at,
        changed_at=referral.created_at,
    )
    session.add(case)
    session.flush()
    at = referral.created_at
    session.add(CaseEvent(case_file_id=case.id, before=None, after=Stage.VISIT, who="rosa", why=None, at=at))
    session.add(CaseDocument(case_file_id=case.id, name="curp", state=DocumentState.SENT, stored="a1b2c3", why="borroso", changed_at=at))
    session.add(
        PartnerLink(referral_id=referral.id, organization_id="ipam", token="t" * 32, created_by="rosa", created_at=at, expires_at=at)
    )
    (folder / "cases").mkdir()
    (folder / "cases" / "a1b2c3").write_bytes(b"acta de Ana Secreta")


def lives_through_everything(chat: Chat, folder: Path) -> dict[str, str]:
    """Somebody of whom every table knows something; the words to look for afterwards."""
    former = sends_a_case(chat)
    chat.says("/olvidar")
    folio = sends_a_case(chat)
    chat.says("mi correo es ana.secreta@example.org")
    chat.sends(**telegram.file("photo"), caption="mi acta")
    chat.person_holds()
    number = chat.call(chat.ticket).id
    (folder / "files").mkdir()
    (folder / "files" / f"{number}-1.jpg").write_bytes(b"cara de Ana Secreta")
    chat.staff_says("Buenas tardes, señora Secreta")
    chat.database.call(opens_a_file_of_the_case, folio, folder)
    reference = str(chat.get("reference"))
    staff = Actor(STAFF, Role.AGENT)
    chat.call(lambda session: audit.write(session, staff, Action.IDENTITY_OPEN, reference, chat.now, "llamó la señora Secreta"))
    chat.staff_closes()
    chat.says("arco")
    chat.presses("arco_request.right=rectification")
    chat.understands = NOT_UNDERSTOOD
    chat.says("mi apellido es Secretísima")
    chat.delivers()
    return {
        "chat": chat_hash(chat.bot_id, chat.id), "number": f"'{chat.id}'", "folio": folio, "former folio": former, "reference": reference,
        "name": "Secret", "telephone": TELEPHONE, "document": "a1b2c3", "file": "photo-id", "link": "t" * 32,
    }  # fmt: skip


def asks_to_erase(chat: Chat) -> str:
    """The payload of the button that does it."""
    assert chat.says("/borrar") == ["utter_erase_ask"]
    return next(str(payload) for _, payload in chat.transcript()[-1].buttons or () if payload.startswith("/erase_now="))


def erases(chat: Chat) -> str:
    """What the person is told."""
    taken = chat.takes(telegram.pressed(asks_to_erase(chat)))
    assert [reply.response for reply in taken.replies] == ["utter_erased"]
    return taken.replies[0].text


def rows[T](database: Database, table: type[T]) -> list[T]:
    return database.call(lambda session: list(session.scalars(select(table))))


def test_after_the_receipt_is_delivered_nothing_is_found_by_any_key_in_any_store(ana: Chat, own: Database, folder: Path) -> None:
    words = lives_through_everything(ana, folder)
    before = rows_with(own, words.values())
    assert {line.split(": ")[1] for line in before} >= {words[name] for name in words if name != "number"}, "the test looks for nothing"
    said = erases(ana)
    sender_delivers(ana)
    assert rows_with(own, words.values(), ASIDE) == []
    own.call(farewell.clear, ana.now)
    farewell.empty_log(own)
    kept = [line for line in files_with(folder, words.values()) if not line.endswith(words["reference"])]
    assert kept == []
    assert [line.split(":")[0] for line in files_with(folder, [words["reference"]])] == ["erasures.log", "puente.db"]
    assert rows(own, Conversation) == [] and rows(own, Message) == [] and rows(own, OutboxMessage) == []
    assert "BOR-" in said and not list((folder / "files").iterdir()) and not list((folder / "cases").iterdir())
    print(f"{len(before)} places held a word of the person before, none after")


def sender_delivers(chat: Chat) -> None:
    """All that is queued, call by call, as the sender does it."""
    outcomes: list[Outcome] = []
    for number in range(900, 1000):
        taken = chat.call(lambda session, made=outcomes: outbox.settle_and_take(session, made, chat.bot_id, [], 1, chat.now))  # type: ignore[misc]
        if not taken:
            return
        outcomes = [Outcome(taken[0].id, door_id=str(number) if taken[0].call in outbox.SAYING else None)]


def test_every_table_that_leads_to_a_conversation_is_erased(ana: Chat, own: Database, folder: Path) -> None:
    """The rows of all of them are there before, so that a new table that nobody thought of is noticed here."""
    lives_through_everything(ana, folder)
    leading, tables = {"conversation"}, Erasure.metadata.sorted_tables
    for table in tables:  # in the order in which they point to each other
        if any(key.column.table.name in leading for key in table.foreign_keys):
            leading.add(table.name)
    expected = {"legal_hold"}  # none may stand when it is erased
    counts = {t.name: own.call(lambda s, t=t: len(s.execute(select(t)).all())) for t in tables if t.name in leading}  # type: ignore[misc]
    assert {name for name, count in counts.items() if not count} == expected, "somebody of whom every table knows something"
    erases(ana)
    sender_delivers(ana)
    left = {t.name: own.call(lambda s, t=t: len(s.execute(select(t)).all())) for t in tables if t.name in leading}  # type: ignore[misc]
    assert {name for name, count in left.items() if count} == {"arco_request"}
    [request] = rows(own, ArcoRequest)
    assert (request.conversation_id, request.asked, request.answer, request.state) == (None, None, None, ArcoState.DONE)


def test_the_same_update_again_does_nothing_and_brings_nothing_back(ana: Chat, own: Database) -> None:
    ana.says("gracias")
    confirmed = telegram.pressed(asks_to_erase(ana))
    ana.takes(confirmed)
    sender_delivers(ana)
    with pytest.raises(AssertionError, match="known already"):
        ana.takes(confirmed)
    assert rows(own, Conversation) == [] and len(rows(own, Erasure)) == 1
    assert all(row.incoming is None and row.chat != chat_hash(ana.bot_id, ana.id) for row in rows(own, InboxUpdate))


def test_what_is_written_while_it_is_erased_begins_anew(ana: Chat, own: Database) -> None:
    ana.is_at(intake.at("story"))
    erases(ana)
    assert ana.says("gracias") == ["utter_thank"], "no question of the form is asked"
    [leaving, new] = rows(own, Conversation)
    assert leaving.leaves_at is not None and new.chat == chat_hash(ana.bot_id, ana.id)
    sender_delivers(ana)
    assert [row.id for row in rows(own, Conversation)] == [new.id]


def test_questions_that_wait_to_be_asked_again_are_erased_with_the_rest(ana: Chat, own: Database) -> None:
    ana.understands = None
    ana.says("cuánto cuesta el pasaporte de Ana Secreta")
    arrival = arrival_of(telegram.pressed(asks_to_erase(ana)), BOT, ana.bot_id, ana.now)
    assert arrival is not None
    own.call(inbox.accept, [arrival])
    assert own.call(deferred.ask_again, ana.now) == 1
    assert [reply.response for reply in ana.goes_on()[0].replies] == ["utter_erased"]
    sender_delivers(ana)
    assert rows_with(own, ["Ana Secreta"]) == [] and ana.goes_on() == [] and rows(own, Conversation) == []


def test_what_is_under_way_while_it_is_erased_goes_from_the_screen_and_is_not_repeated(ana: Chat, own: Database) -> None:
    ana.says("gracias")
    [sent] = ana.call(lambda session: outbox.take(session, ana.bot_id, [], 1))
    erases(ana)
    ana.call(lambda session: outbox.settle_and_take(session, [Outcome(sent.id, door_id="777")], ana.bot_id, [], 0, ana.now))
    assert any(row.door_ids == [777] for row in ana.outbox(call=Call.DELETE))
    sender_delivers(ana)
    assert rows(own, OutboxMessage) == []


def test_what_failed_under_way_is_not_tried_again_after_an_erasure(ana: Chat, own: Database) -> None:
    ana.says("gracias")
    [sent] = ana.call(lambda session: outbox.take(session, ana.bot_id, [], 1))
    erases(ana)
    ana.call(lambda session: outbox.settle_and_take(session, [Outcome(sent.id, "network", again=True)], ana.bot_id, [], 0, ana.now))
    assert next(row for row in ana.outbox() if row.id == sent.id).state is OutboxState.FAILED
    sender_delivers(ana)
    assert rows(own, OutboxMessage) == []


def test_a_receipt_that_cannot_be_delivered_is_erased_after_two_days(ana: Chat, own: Database) -> None:
    erases(ana)
    ana.database.call(farewell.clear, ana.now + farewell.LONGEST - (farewell.LONGEST / 100))
    assert len(rows(own, Conversation)) == 1
    ana.database.call(farewell.clear, ana.now + farewell.LONGEST)
    assert rows(own, Conversation) == [] and rows(own, OutboxMessage) == [] and rows(own, Message) == []


def test_who_blocked_us_leaves_nothing_either(ana: Chat, own: Database) -> None:
    payload = asks_to_erase(ana)
    ana.call(lambda session: outbox.block(session, ana.conversation(session), ana.now))
    ana.takes(telegram.pressed(payload))
    sender_delivers(ana)
    ana.database.call(farewell.clear, ana.now)
    assert rows(own, Conversation) == []


def test_the_screen_is_emptied_of_the_last_two_days(ana: Chat) -> None:
    ana.says("gracias")
    shown = ana.delivers(500)
    first = ana.number
    erases(ana)
    deleted = {number for row in ana.outbox(call=Call.DELETE) for number in row.door_ids or ()}
    assert {first, ana.number, *shown} <= deleted


def test_it_works_while_a_person_holds_the_chat_and_the_holder_learns_it(ana: Chat, own: Database) -> None:
    ana.person_holds()
    number = ana.call(ana.ticket).id
    erases(ana)
    [done] = rows(own, Erasure)
    assert done.left["tickets"] == [[number, STAFF]]
    with pytest.raises(Exception, match="pidió borrar"):
        own.call(tickets.get, number)


def test_the_confirmation_belongs_to_its_question_and_its_hour(ana: Chat, own: Database) -> None:
    old = asks_to_erase(ana)
    new = asks_to_erase(ana)
    assert ana.presses(old) == ["utter_erase_ask"], "a later question stands"
    new = next(payload for _, payload in ana.transcript()[-1].buttons or () if payload.startswith("/erase_now="))
    ana.later(minutes=31)
    assert ana.presses(new) == ["utter_erase_ask"]
    assert ana.presses("/erase_now=0000") == ["utter_button_unknown"]
    assert rows(own, Erasure) == []


def test_the_button_may_be_typed(ana: Chat, own: Database) -> None:
    asks_to_erase(ana)
    assert ana.says("sí, borrar todo") == ["utter_erased"]
    assert len(rows(own, Erasure)) == 1


def test_an_order_to_keep_it_puts_it_off_and_the_wish_gets_a_folio(ana: Chat, own: Database) -> None:
    payload = asks_to_erase(ana)
    own.call(lambda session: holds.place(session, OFFICER, ana.conversation(session), "Juzgado 3, exp. 12/2026", ana.now, ana.now))
    assert ana.presses(payload) == ["utter_erase_held"] and ana.says("/borrar") == ["utter_erase_held"]
    [request] = rows(own, ArcoRequest)
    assert request.state is ArcoState.OPEN and request.folio in ana.transcript()[-1].text and rows(own, Erasure) == []
    with pytest.raises(erasure.HeldError):
        own.call(lambda session: erasure.erase(session, ana.conversation(session), OFFICER, ana.now, None))
    own.call(lambda session: holds.lift(session, OFFICER, ana.conversation(session), ana.now))
    erases(ana)
    sender_delivers(ana)
    assert rows(own, Conversation) == [] and rows(own, ArcoRequest)[0].state is ArcoState.DONE


def test_the_receipt_is_genuine_and_a_changed_one_is_not(ana: Chat, own: Database) -> None:
    said = erases(ana)
    receipt = receipts.read(f"Mi recibo:\n{said}\ngracias")
    [done] = rows(own, Erasure)
    assert receipt is not None and receipts.is_genuine(receipt) and receipt == erasure.receipt_of(done)
    assert not receipts.is_genuine(replace(receipt, counts={**receipt.counts, "messages": receipt.counts["messages"] + 1}))
    assert not receipts.is_genuine(replace(receipt, folio=receipt.folio[:-1] + ("2" if receipt.folio[-1] != "2" else "3")))
    signature = receipt.signature
    assert not receipts.is_genuine(replace(receipt, signature=("A" if signature[0] != "A" else "B") + signature[1:]))


def test_the_key_of_receipts_is_added_once_and_the_file_stays_private(ana: Chat, own: Database, folder: Path) -> None:
    keys = folder / "puente.keys"
    before = keys.read_text()
    erases(ana)
    after = keys.read_text()
    assert after.startswith(before) and after.count("\nsign ") == 1 and keys.stat().st_mode & 0o777 == 0o600
    KeyRing.current().sign_seed = None  # as another process, which read the file before
    receipt = receipts.read(erases(ana))
    assert receipt is not None and receipts.is_genuine(receipt) and keys.read_text() == after


def test_the_audit_still_verifies_and_says_who_erased_but_no_reason(ana: Chat, own: Database) -> None:
    ana.says("gracias")
    reference = str(ana.get("reference"))
    own.call(lambda session: audit.write(session, OFFICER, Action.IDENTITY_OPEN, reference, ana.now, "llamó Ana Secreta"))
    erases(ana)
    assert own.call(audit.verify)[1] is None
    entries = rows(own, AuditEntry)
    assert [(entry.action, entry.role, entry.why) for entry in entries] == [
        ("identity.open", "data_officer", None), ("person.erase", PERSON.name, None),
    ]  # fmt: skip


def test_an_institution_that_has_the_case_is_named_and_the_case_is_taken_back_first(ana: Chat, own: Database) -> None:
    sends_a_case(ana)
    [referral] = rows(own, Referral)
    seen: list[str] = []

    def watch(session: Session) -> None:
        erasure._revoke(session, [ana.conversation(session)], PERSON, ana.now)
        seen.append(session.get_one(Referral, referral.id).state)
        session.rollback()

    own.call(watch)
    said = erases(ana)
    assert seen == ["withdrawn"] and rows(own, Erasure)[0].left["offices"] == [referral.organization_id]
    assert ana.around.content.organizations[referral.organization_id].name in said


def test_another_persons_data_stay(ana: Chat, own: Database) -> None:
    """Of the same bot, and of the same person with another bot."""
    ana.says("gracias")
    other = Chat(own, ana.around)
    other.says("hola")
    beto = telegram.text("hola", chat=telegram.PRIVATE | {"id": telegram.ANA + 1})
    ana.takes(beto)
    erases(ana)
    sender_delivers(ana)
    kept = {(row.bot_id, row.chat) for row in rows(own, Conversation)}
    assert kept == {(other.bot_id, chat_hash(other.bot_id, other.id)), (ana.bot_id, chat_hash(ana.bot_id, str(telegram.ANA + 1)))}
    assert len(rows(own, Message)) == 4


def test_a_restored_backup_forgets_again_once(ana: Chat, own: Database, folder: Path, content_around: Surroundings) -> None:
    words = lives_through_everything(ana, folder)
    farewell.empty_log(own)
    shutil.copy(folder / "puente.db", folder / "backup.db")
    erases(ana)
    sender_delivers(ana)
    restored = open_database(f"sqlite:///{folder}/backup.db", folder / "puente.keys")
    logged = [reference for line in erasure.logged(folder / "puente.keys") for reference in line["erased"]]
    assert (folder / "erasures.log").stat().st_mode & 0o777 == 0o600
    assert restored.call(erasure.replay, logged, folder) == 2, "the conversation and the one that was forgotten"
    assert restored.call(erasure.replay, logged, folder) == 0
    assert rows_with(restored, words.values(), ASIDE) == []
    restored.close()


def test_the_log_of_erasures_names_nobody(ana: Chat, folder: Path) -> None:
    ana.says("gracias")
    erases(ana)
    assert re.fullmatch(
        r'\{"folio": "BOR-[^"]+", "erased": \["[0-9a-f]{32}"\], "erased_at": "[^"]+", "asked_by": "person"\}\n',
        (folder / "erasures.log").read_text(),
    )
