"""Invented people: the same seed makes the same ones, never beside real ones, and Telegram is not served with them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import serve as serve_module
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import new_conversation
from bot.errors import RefusedError, SettingsError
from bot.handoff.tags import MOST, normal
from bot.numbers.invented import Size, fill
from bot.records.conversations import Conversation, Message
from bot.records.database import Database, open_database
from bot.records.deliveries import OutboxMessage, OutboxState
from bot.records.referrals import MAY_BECOME, Consent, Referral, ReferralEvent
from bot.records.tables import is_invented
from bot.records.tickets import Ticket, TicketEvent, TicketState, TicketTag
from bot.referrals.lifecycle import FOLIO
from bot.settings import Settings

TODAY = datetime(2026, 11, 1, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
SIZE = Size(chats=30, messages=1200, referrals=60, tickets=20)


def said(session: Session) -> list[tuple[object, ...]]:
    messages = session.scalars(select(Message).order_by(Message.id))
    return [(each.conversation_id, each.direction, each.text, each.intent, each.created_at) for each in messages]


def cases(session: Session) -> list[tuple[object, ...]]:
    return [(each.folio, each.state, each.details, each.created_at) for each in session.scalars(select(Referral).order_by(Referral.id))]


def test_the_same_seed_makes_the_same_people_and_another_one_others(tmp_path: Path, content_around: Surroundings) -> None:
    made = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        database = open_database(f"sqlite:///{tmp_path}/{name}.db", tmp_path / f"{name}.keys")
        fill(database, content_around.content, Size(30, 1200, 60, seed), TODAY)
        made.append((database.call(said), database.call(cases)))
        database.close()
    assert made[0] == made[1]
    assert made[0][0] != made[2][0] and made[0][1] != made[2][1]


def test_what_is_invented_is_whole(database: Database, content_around: Surroundings) -> None:
    fill(database, content_around.content, SIZE, TODAY)

    def look(session: Session) -> None:
        assert session.scalar(select(func.count()).select_from(Message)) == SIZE.messages
        assert session.scalar(select(func.count()).select_from(Conversation)) == SIZE.chats
        assert set(session.scalars(select(OutboxMessage.state))) == {OutboxState.SENT}
        waiting = session.scalars(select(Ticket.conversation_id).where(Ticket.state != TicketState.RESOLVED)).all()
        assert len(waiting) == len(set(waiting)) == SIZE.tickets
        look_at_tickets(session, content_around.content)
        for referral in session.scalars(select(Referral)):
            events = list(session.scalars(select(ReferralEvent).where(ReferralEvent.referral_id == referral.id).order_by(ReferralEvent.id)))
            assert FOLIO.fullmatch(referral.folio) and events[-1].after is referral.state
            assert all(event.before is None or event.after in MAY_BECOME[event.before] for event in events)
            assert events[0].at <= events[-1].at <= TODAY
            [consent] = session.scalars(select(Consent).where(Consent.referral_id == referral.id))
            assert consent.fields == sorted(referral.details)

    database.call(look)


def look_at_tickets(session: Session, content: Content) -> None:
    """Each is as a real one of its state would be."""
    languages = {each.id: each.language for each in session.scalars(select(Conversation))}
    for each in session.scalars(select(Ticket)):
        is_open, is_held = each.state is not TicketState.RESOLVED, each.state is not TicketState.WAITING
        assert each.language == languages[each.conversation_id] and (each.topic is None or each.topic in content.topics)
        assert each.municipality is None or content.municipalities.get(each.municipality)
        assert (each.resolved_at is None) is is_open and (each.holder is not None) is is_held is (each.held_since is not None)
        assert (each.waiting_since is None) is (each.reply_by is None) and (is_open or each.waiting_since is None)
        assert each.state is not TicketState.WAITING or each.waiting_since == each.opened_at
        assert (each.snoozed_until is not None) is (each.state is TicketState.SNOOZED)
        events = [event.what for event in session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == each.id))]
        assert events[0] == "opened" and ("assigned" in events) is is_held and (events[-1] == "resolved") is not is_open
        tags = list(session.scalars(select(TicketTag.tag).where(TicketTag.ticket_id == each.id)))
        assert len(tags) == len(set(tags)) <= MOST and tags == [normal(tag) for tag in tags]


def test_nobody_is_invented_beside_a_real_person(database: Database, content_around: Surroundings) -> None:
    database.call(new_conversation, "telegram:1", "somebody", "42", "es", TODAY)
    with pytest.raises(RefusedError, match="conversaciones de personas"):
        fill(database, content_around.content, SIZE, TODAY)
    assert not database.call(is_invented)
    assert database.call(said) == []


def test_a_database_is_filled_once(database: Database, content_around: Surroundings) -> None:
    fill(database, content_around.content, SIZE, TODAY)
    with pytest.raises(RefusedError, match="ya tiene personas inventadas"):
        fill(database, content_around.content, SIZE, TODAY)


def test_telegram_is_not_served_with_invented_people(tmp_path: Path, content_around: Surroundings) -> None:
    settings = Settings(puente_var=tmp_path, telegram_token=SecretStr("1:nobody"), telegram_api_url=NOWHERE, _env_file=None)
    database = open_database(settings.url, settings.keys_file)
    fill(database, content_around.content, Size(1, 2, 0), TODAY)
    database.close()
    with pytest.raises(SettingsError, match="personas inventadas"):
        asyncio.run(asyncio.wait_for(serve_module.serve(settings, 1), 60))
