"""The staff's group when Telegram fails or asks to wait, and when we die in the middle: nothing is lost, nobody is written to twice."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot import audit
from bot.handoff import group, group_topics, tickets
from bot.records.tickets import GroupTopic, TicketState
from bot.telegram_adapter import group_desk as group_module
from bot.telegram_adapter.http import NeverLeftError
from bot.telegram_adapter.limits import Limits
from tests import telegram_json as telegram
from tests.chats import Chat
from tests.staff_group import LUIS, ROSA, STAFF_CHAT, STRANGER, Office, person

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_module, "AFTER_FAILURE", 0.0)
    monkeypatch.setattr(group_module, "AFTER_REFUSAL", 0.0)


def count(office: Office, result: str) -> float:
    return office.metrics.registry.get_sample_value("puente_alerts_total", {"channel": "group", "result": result}) or 0


@pytest.mark.parametrize(
    "fault", [NeverLeftError("x"), NetworkError("x"), TimedOut(), Forbidden("bot was kicked"), BadRequest("something new")]
)
@pytest.mark.parametrize("times", [1, 6])
def test_an_alert_is_tried_until_it_is_there(fault: Exception, times: int, office: Office) -> None:
    office.telegram.is_forum = False
    office.telegram.faults["sendMessage"] += [fault] * times
    office.chat.person_waits()
    tries = 0
    while not office.telegram.general:
        office.works()
        tries += 1
        assert tries < 60, "it was given up"
        office.chat.later(minutes=10)
    office.works()
    assert len(office.telegram.general) == 1 and count(office, "sent") == 1
    assert sum(count(office, each) for each in ("network", "unknown", "forbidden", "refused")) == times


def test_an_alert_that_cannot_go_out_stops_when_somebody_takes_the_request_in_the_console(office: Office) -> None:
    office.telegram.is_forum = False
    office.telegram.faults["sendMessage"] += [NetworkError("x")] * 3
    office.chat.person_waits()
    office.works()
    office.holds("rosa")
    office.chat.later(minutes=30)
    office.works()
    assert not office.telegram.general


def test_a_flood_limit_is_waited_for_and_nothing_else_goes_to_the_group_meanwhile(open_office: Office) -> None:
    open_office.holds("rosa")
    open_office.telegram.faults["sendMessage"].append(RetryAfter(timedelta(seconds=0.3)))
    open_office.chat.says("¿hola?")

    async def run() -> tuple[bool, bool, float]:
        desk, loop = open_office.desk(Limits(10_000, 0)), asyncio.get_running_loop()
        began = loop.time()
        first, second = await desk.once(), await desk.once()
        while not await desk.once():
            await asyncio.sleep(0.02)
        return first, second, loop.time() - began

    first, second, seconds = asyncio.run(run())
    assert (first, second) == (True, False) and 0.3 <= seconds < 3
    assert open_office.telegram.topics[open_office.thread()].said[-1] == "Persona: ¿hola?"


def test_the_group_gets_a_message_no_sooner_than_its_limit_allows(open_office: Office) -> None:
    open_office.holds("rosa")
    for number in range(3):
        open_office.writes(LUIS, f"hola {number}", open_office.thread())

    async def run() -> float:
        desk, loop = open_office.desk(Limits(10_000, 0), 0.2), asyncio.get_running_loop()
        began, made = loop.time(), 0
        while made < 3:
            made += await desk.once()
            await asyncio.sleep(0.005)
        return loop.time() - began

    assert asyncio.run(run()) >= 0.4


def test_what_was_shown_and_not_written_down_is_shown_again_and_the_person_gets_nothing_twice(open_office: Office) -> None:
    """We die after each call and before its outcome is written down."""
    open_office.holds("rosa")
    open_office.writes(ROSA, "dígame", open_office.thread())
    chat, around = open_office.chat, open_office.desk(Limits(1, 1))._around()
    while chat.call(lambda session: group.take_next(session, chat.bot_id, "-100777", around)):
        pass
    chat.says("gracias")
    desk = group_topics.Desk("-100777", True)
    first = chat.call(lambda session: group_topics.next_post(session, desk, around))
    again = chat.call(lambda session: group_topics.next_post(session, desk, around))
    assert first == again and first is not None and "gracias" in first.text
    assert open_office.to_person() == ["dígame"]


def test_an_update_that_telegram_brings_twice_is_one_reply(open_office: Office) -> None:
    open_office.holds("rosa")
    raw = telegram.message(
        chat=STAFF_CHAT, number=70, sender=person(ROSA), text="una sola vez", message_thread_id=open_office.thread(), is_topic_message=True
    )
    open_office.takes(raw)
    open_office.works()
    open_office.takes(raw)
    open_office.works()
    assert open_office.to_person() == ["una sola vez"]


def test_what_fails_in_a_way_nobody_foresaw_sends_nothing_is_tried_again_and_then_said(
    open_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_office.holds("rosa")
    tries = []

    def breaks(*_: object, **__: object) -> None:
        tries.append(1)
        raise KeyError("unforeseen")

    monkeypatch.setattr(group.replies, "write", breaks)
    open_office.writes(ROSA, "hola", open_office.thread())
    for _ in range(8):
        open_office.works()
        open_office.chat.later(minutes=1)
    assert len(tries) == group.MOST_ATTEMPTS and open_office.hints() == ["failed"] and open_office.to_person() == []


def test_a_group_in_which_we_may_not_make_topics_still_has_alerts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_module, "AFTER_REFUSAL", 60.0)
    office.telegram.faults["createForumTopic"] += [BadRequest("not enough rights to create a topic")] * 3
    office.chat.person_waits()
    assert office.works() < 10, "it asks again and again"
    assert len(office.telegram.general) == 1 and not office.telegram.topics
    office.telegram.faults.clear()
    office.works()
    assert len(office.telegram.topics) == 1, "another desk looks anew"


def test_who_read_in_the_group_stands_in_the_audit(open_office: Office) -> None:
    reference = str(open_office.chat.get("reference"))
    read = open_office.chat.call(lambda session: audit.about(session, reference, ("ticket.read",)))
    assert [(each.who, each.why) for each in read] == [("staff", "group")]


STEPS = st.lists(
    st.sampled_from([
        (ROSA, "/tomar"), (LUIS, "/tomar"), (ROSA, "/soltar"), (LUIS, "/soltar"), (ROSA, "/cerrar"), (LUIS, "/cerrar"),
        (STRANGER, "/tomar"),
        (ROSA, "hola"), (LUIS, "hola"), (STRANGER, "hola"), (ROSA, "// nota"), (LUIS, "//nota"), (0, "persona"), (0, "gracias"),
    ]),
    max_size=14,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_written_only_the_holders_plain_words_reach_the_person(steps: list[tuple[int, str]], ana: Chat) -> None:
    office = Office(Chat(ana.database, ana.around))
    office.chat.person_waits()
    office.works()
    thread = office.chat.call(lambda session: _thread(office, session))
    names, expected = {ROSA: "rosa", LUIS: "luis"}, list[str]()
    for number, (account, said) in enumerate(steps):
        if account == 0:
            office.chat.says(said)
        else:
            holder = office.chat.call(lambda session: _holder(office, session))
            text = f"{said} {number}" if said == "hola" else said
            office.writes(account, text, thread)
            if said == "hola" and holder is not None and names.get(account) == holder:
                expected.append(text)
        office.works()
    assert office.to_person() == expected
    if office.chat.has_ticket():  # whoever holds it: the next example begins with an empty group
        office.chat.call(lambda session: tickets.close(session, office.chat.ticket(session).id, "luis", office.chat.now))
        office.works()


def _thread(office: Office, session: Session) -> int:
    query = select(GroupTopic.thread_id).where(GroupTopic.conversation_id == office.chat.conversation(session).id)
    return int(session.scalars(query).one())


def _holder(office: Office, session: Session) -> str | None:
    found = tickets.open_of(session, office.chat.conversation(session).id)
    return found.holder if found and found.state is TicketState.ASSIGNED else None
