"""A database of the first version is brought up to date with everything in it, and the tables are those of the models."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from bot.conversation import inbox, outbox
from bot.records.conversations import ButtonOffer, Conversation, Direction, LanguageFrom, Message
from bot.records.database import MIGRATIONS, Database, open_database
from bot.records.deliveries import Call, InboxUpdate, OutboxMessage, OutboxState
from bot.records.keys import Keys, read_keys
from bot.records.referrals import Consent, Referral, ReferralEvent, ReferralState
from bot.records.tables import Instance, Table
from bot.records.tickets import Ticket, TicketEvent, TicketState

BOT = "telegram:1"
AT, SOON = datetime(2026, 1, 15, 18, 30, tzinfo=UTC), datetime(2026, 1, 15, 18, 31, tzinfo=UTC)
FOLIO = "PTE-26-ABCDEF"


def config_on(connection: Any) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def made_at_first_version(keys: Keys) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table of revision 0001, as that version wrote them."""
    at, soon = AT.strftime("%Y-%m-%d %H:%M:%S.%f"), SOON.strftime("%Y-%m-%d %H:%M:%S.%f")
    hidden, chat = keys.encrypt, {name: keys.hash("chat", BOT, name) for name in ("111", "222")}
    asked = {"chat_id": "111", "kind": "text", "text": "necesito trabajo"}
    update = {"bot_id": BOT, "chat": chat["111"], "received_at": at, "leased_by": None, "leased_until": None}
    message = {
        "conversation_id": 1, "place": 0, "intent": None, "confidence": None, "decision": None, "safety": None, "unanswered": None,
        "content_version": "v1", "model_version": "m1", "created_at": at, "buttons": None, "response": None,
    }  # fmt: skip
    delivery = {
        "bot_id": BOT, "conversation_id": 1, "chat_id": hidden("111"), "attempts": 0, "unknown": 0, "not_before": None, "failure": None,
        "created_at": at, "sent_at": None,
    }  # fmt: skip
    return {
        "instance": [{"id": 1, "proof": hidden("puente"), "name": "0123456789abcdef"}],
        "conversation": [
            {
                "id": 1, "bot_id": BOT, "chat": chat["111"], "chat_id": hidden("111"), "language": "ht",
                "state": hidden(json.dumps({"slots": {"topic": "work"}})), "questionnaire": hidden(json.dumps({"name": "referral_intake"})),
                "misses": 2, "created_at": at, "updated_at": soon,
            },
            {
                "id": 2, "bot_id": BOT, "chat": chat["222"], "chat_id": hidden("222"), "language": "es", "state": None,
                "questionnaire": None, "misses": 0, "created_at": at, "updated_at": at,
            },
        ],
        "inbox": [
            {**update, "id": 1, "update_id": "7", "incoming": None, "attempts": 1, "done_at": soon},
            {**update, "id": 2, "update_id": "8", "incoming": hidden(json.dumps(asked)), "attempts": 0, "done_at": None},
        ],
        "message": [
            {**message, "id": 1, "inbox_id": 1, "direction": "in", "text": hidden("soy Tomasa"), "intent": "greet", "confidence": 0.75},
            {
                **message, "id": 2, "inbox_id": 1, "direction": "out", "text": hidden("Elija"), "response": "utter_menu",
                "buttons": hidden(json.dumps([["Trabajo", "/work"]])),
            },
            {**message, "id": 3, "inbox_id": None, "direction": "staff", "text": hidden("Soy Rosa")},
            {**message, "id": 4, "inbox_id": 1, "direction": "out", "place": 1, "text": hidden("¿Algo más?")},
        ],
        "button_offer": [{"conversation_id": 1, "payload": "/work", "offered_at": at}],
        "outbox": [
            {**delivery, "id": 1, "message_id": 2, "state": "sent", "attempts": 1, "sent_at": soon},
            {**delivery, "id": 2, "message_id": 3, "state": "sending", "attempts": 1},
            {**delivery, "id": 3, "message_id": 4, "state": "queued", "not_before": soon},
        ],
        "ticket": [
            {"id": 1, "conversation_id": 1, "state": "resolved", "reason": "asked", "holder": "rosa", "opened_at": at, "changed_at": soon},
            {"id": 2, "conversation_id": 1, "state": "waiting", "reason": "fallback", "holder": None, "opened_at": at, "changed_at": at},
        ],
        "ticket_event": [{"id": 1, "ticket_id": 2, "what": "opened", "who": "person", "why": "fallback", "at": at}],
        "referral": [
            {
                "id": 1, "folio": FOLIO, "idempotency_key": "7", "conversation_id": 1, "organization_id": "ipam", "state": "sent",
                "need": "work", "municipality": "21019", "details": hidden(json.dumps({"name": "Tomasa"})), "created_at": at,
                "changed_at": soon,
            }
        ],
        "consent": [
            {
                "id": 1, "referral_id": 1, "version": "1", "text": hidden("Autorizo"), "language": "es", "recipient": "ipam",
                "purpose": "referral", "fields": json.dumps(["name"]), "given_at": at, "expires_at": soon, "withdrawn_at": None,
            }
        ],
        "referral_event": [{"id": 1, "referral_id": 1, "before": "draft", "after": "sent", "who": "person", "why": None, "at": at}],
    }  # fmt: skip


@dataclass
class First:
    url: str
    keys: Path


@pytest.fixture
def first(tmp_path: Path) -> First:
    """A database as the first version left it."""
    made = First(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    engine = create_engine(made.url)
    with engine.begin() as connection:
        alembic.command.upgrade(config_on(connection), "0001")
        for table, rows in made_at_first_version(read_keys(made.keys, may_create=True)).items():
            for row in rows:
                names = ", ".join(row)
                values = ", ".join(f":{name}" for name in row)
                connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608
    engine.dispose()
    return made


@pytest.fixture
def upgraded(first: First) -> Iterator[Database]:
    database = open_database(first.url, first.keys)
    yield database
    database.close()


def all_of[T: Table](database: Database, table: type[T]) -> list[T]:
    return database.call(lambda session: list(session.scalars(select(table).order_by(*inspect(table).primary_key))))


def test_every_table_of_the_first_version_has_a_row_to_keep(first: First) -> None:
    engine = create_engine(first.url)
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        assert {table for table in tables if not connection.scalar(text(f"SELECT count(*) FROM {table}"))} == set()  # noqa: S608
    engine.dispose()


def test_no_row_is_lost_or_made(first: First) -> None:
    def counts(engine: Engine) -> dict[str, int]:
        with engine.connect() as connection:
            tables = set(made_at_first_version(read_keys(first.keys, may_create=False)))
            return {table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}  # noqa: S608

    engine = create_engine(first.url)
    before = counts(engine)
    database = open_database(first.url, first.keys)
    assert counts(database.engine) == before
    database.close()
    engine.dispose()


def test_conversations_stay_where_they_were(upgraded: Database) -> None:
    tomasa, other = all_of(upgraded, Conversation)
    assert (tomasa.chat, tomasa.chat_id, tomasa.language, tomasa.misses) == (inbox.chat_hash(BOT, "111"), "111", "ht", 2)
    assert (tomasa.state, tomasa.questionnaire) == ({"slots": {"topic": "work"}}, {"name": "referral_intake"})
    assert (tomasa.created_at, tomasa.updated_at) == (AT, SOON)
    assert (tomasa.language_from, tomasa.blocked_at, tomasa.dropped_at, tomasa.former_chat) == (LanguageFrom.NOTHING, None, None, None)
    assert (other.chat_id, other.state, other.questionnaire) == ("222", None, None)


def test_messages_and_offered_buttons_are_read_as_they_were_written(upgraded: Database) -> None:
    assert [(each.direction, each.place, each.text, each.inbox_id, each.door_id) for each in all_of(upgraded, Message)] == [
        (Direction.IN, 0, "soy Tomasa", 1, None), (Direction.OUT, 0, "Elija", 1, None), (Direction.STAFF, 0, "Soy Rosa", None, None),
        (Direction.OUT, 1, "¿Algo más?", 1, None),
    ]  # fmt: skip
    said, menu, *_ = all_of(upgraded, Message)
    assert (said.intent, said.confidence, menu.buttons, menu.response) == ("greet", 0.75, [["Trabajo", "/work"]], "utter_menu")
    [offer] = all_of(upgraded, ButtonOffer)
    assert (offer.conversation_id, offer.payload, offer.key, offer.offered_at) == (1, "/work", None, AT)


def test_what_was_waiting_to_be_dealt_with_is_next(upgraded: Database) -> None:
    done, waiting = all_of(upgraded, InboxUpdate)
    assert (done.update_id, done.incoming, done.done_at) == ("7", None, SOON)
    claimed = upgraded.call(inbox.claim, [BOT], "new version", SOON)
    assert claimed and (claimed.id, claimed.chat_id, claimed.incoming.text) == (waiting.id, "111", "necesito trabajo")


def test_what_was_waiting_to_be_sent_is_sent_in_order_and_what_was_half_done_once_more(upgraded: Database) -> None:
    assert [(each.id, each.state, each.call, each.part, each.message_id) for each in all_of(upgraded, OutboxMessage)] == [
        (1, OutboxState.SENT, Call.SEND, 0, 2), (2, OutboxState.SENDING, Call.SEND, 0, 3), (3, OutboxState.QUEUED, Call.SEND, 0, 4),
    ]  # fmt: skip
    assert upgraded.call(outbox.recover, BOT) == 1
    [again] = upgraded.call(outbox.take, BOT, [], 10)
    assert (again.chat_id, again.text, again.created_at) == ("111", "Soy Rosa", AT)
    [last] = upgraded.call(outbox.settle_and_take, [outbox.Outcome(again.id)], BOT, [], 10, SOON)
    assert last.text == "¿Algo más?"


def test_tickets_are_as_they_were(upgraded: Database) -> None:
    assert [(each.state, each.reason, each.holder, each.opened_at, each.changed_at) for each in all_of(upgraded, Ticket)] == [
        (TicketState.RESOLVED, "asked", "rosa", AT, SOON), (TicketState.WAITING, "fallback", None, AT, AT),
    ]  # fmt: skip
    [event] = all_of(upgraded, TicketEvent)
    assert (event.ticket_id, event.what, event.who, event.why, event.at) == (2, "opened", "person", "fallback", AT)


def test_referrals_stand_on_their_consent(upgraded: Database) -> None:
    [referral], [consent], [event] = (all_of(upgraded, table) for table in (Referral, Consent, ReferralEvent))
    assert (referral.folio, referral.state, referral.details) == (FOLIO, ReferralState.SENT, {"name": "Tomasa"})
    assert (referral.municipality, referral.conversation_id, referral.changed_at) == ("21019", 1, SOON)
    assert (consent.referral_id, consent.text, consent.fields, consent.expires_at) == (1, "Autorizo", ["name"], SOON)
    assert (event.referral_id, event.before, event.after) == (1, ReferralState.DRAFT, ReferralState.SENT)


def test_the_installation_is_the_same(upgraded: Database) -> None:
    [instance] = all_of(upgraded, Instance)
    assert (instance.proof, instance.name) == ("puente", "0123456789abcdef")


def test_what_belongs_together_still_holds_together(upgraded: Database) -> None:
    with upgraded.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    for broken in (
        "UPDATE outbox SET message_id = 2 WHERE id = 3",
        "UPDATE conversation SET chat = (SELECT chat FROM conversation WHERE id = 1) WHERE id = 2",
        "UPDATE inbox SET update_id = '7' WHERE id = 2",
        "UPDATE outbox SET conversation_id = 99 WHERE id = 3",
        "UPDATE ticket SET state = 'waiting' WHERE id = 1",
    ):
        with pytest.raises(IntegrityError):
            upgraded.call(lambda session, statement=broken: session.execute(text(statement)))


def test_a_database_up_to_date_is_left_as_it_is(first: First) -> None:
    for _ in range(2):
        database = open_database(first.url, first.keys)
        assert len(all_of(database, Message)) == 4
        database.close()


# The models


def test_the_migrations_make_the_tables_of_the_models(upgraded: Database, tmp_path: Path) -> None:
    fresh = open_database(f"sqlite:///{tmp_path}/fresh.db", tmp_path / "puente.keys.of.fresh")
    for database in (fresh, upgraded):
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
            assert compare_metadata(context, Table.metadata) == []
    fresh.close()


def test_each_migration_follows_the_one_before() -> None:
    found = list(ScriptDirectory.from_config(config_on(None)).walk_revisions())
    assert [each.revision for each in found[::-1]] == [f"{number:04}" for number in range(1, len(found) + 1)]
    assert [each.down_revision for each in found[::-1]] == [None, *(each.revision for each in found[:0:-1])]
