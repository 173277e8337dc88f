"""Whoever learns in the officials' bot is none of the people whom the assistant serves: no figure, list, sample or file knows of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import today
from bot.accounts import roster
from bot.content.team import Team
from bot.conversation import closing
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import alerts, attending, order, proposals, queue, search, tickets, waiting
from bot.handoff.group_topics import Desk as Group
from bot.handoff.group_topics import next_post
from bot.handoff.queue import Tab, Wanted
from bot.health import _counts
from bot.numbers.dashboard import Wish, make_dashboard
from bot.numbers.period import Period
from bot.numbers.report import make_report
from bot.numbers.rows import conversation_rows, referral_rows
from bot.permissions import Actor
from bot.privacy import arco, holds, person
from bot.records.conversations import OF_OFFICIALS, Conversation, Message
from bot.records.database import Database
from bot.records.privacy import ArcoRequest
from bot.records.referrals import Referral
from bot.records.staff import Role, Staff
from bot.records.tickets import Channel, Ticket
from bot.referrals import lifecycle, listing, recipients
from bot.review import agreement, proposing, sample
from bot.review.phrases import PhraseBook
from bot.review.sample import Wanted as Read
from bot.review.sample import Which
from bot.settings import ROOT
from tests.lives import HELD_BY, NOW, THEN, live

ROSA, SARA, OLGA = Actor(HELD_BY, Role.AGENT), Actor("sara", Role.SUPERVISOR), Actor("olga", Role.DATA_OFFICER)
ANY = {role: Actor(f"a {role}", role, "ipam" if role is Role.PARTNER else None) for role in Role}
MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))
MIGRANTS, BOOK = "telegram:1", PhraseBook(ROOT / "nlu")
DOORS = (f"telegram:777{OF_OFFICIALS}", f"web{OF_OFFICIALS}", f"terminal{OF_OFFICIALS}")

type Look = Callable[[Session, Surroundings], Any]


def _listed(tab: Tab) -> Look:
    def look(session: Session, around: Surroundings) -> Any:
        found = queue.show(session, ROSA, Wanted(tab=tab), NOW, 1)
        return found.lines, found.counts, found.fresh

    return look


def _searched(text: str) -> Look:
    return lambda session, around: search.find(session, ROSA, text, {"consular": "Consulado"}, NOW).lines


def _readable(which: Which, reader: str = "nobody", **more: Any) -> Look:
    return lambda session, around: sample.listed(session, reader, Read(which, **more), around.content, NOW)


def _numbers(role: Role) -> Look:
    """Without the data officer's number of officials' own requests, which stands apart."""
    return lambda session, around: [each for each in today.numbers(session, ANY[role], NOW) if each.name != "officials_rights"]


def _post(session: Session, around: Surroundings, has_topics: bool) -> Any:
    return next_post(session, Group("-100", has_topics, None), around)


def _own_ticket(session: Session) -> Ticket:
    return session.scalars(select(Ticket).where(Ticket.resolved_at.is_(None)).order_by(Ticket.id.desc())).first()  # type: ignore[return-value]


FIGURES: Mapping[str, Look] = {
    "dashboard": lambda session, around: replace(make_dashboard(session, around.content, Wish(), NOW), made_at=NOW),
    "dashboard of an office": lambda session, around: make_dashboard(session, around.content, Wish(organization="ipam", state="21"), NOW),
    "report": lambda session, around: make_report(session, around.content, MONTH, NOW),
    "rows of conversations": lambda session, around: conversation_rows(session, SARA, MONTH),
    "rows of cases": lambda session, around: referral_rows(session, SARA, MONTH, around.content, "", NOW),
    "sample of the day": _readable(Which.SAMPLE),
    **{f"sample: {each}": _readable(Which.SAMPLE, stratum=each.value) for each in (sample.Stratum.DANGER, sample.Stratum.FALLBACK)},
    "what I read": _readable(Which.MINE, "luz"),
    "agreement of readers": lambda session, around: agreement.agreement(session, THEN),
    "proposed examples": lambda session, around: proposing.waiting(session, ANY[Role.EDITOR], BOOK, around.content, NOW),
    **{f"inbox: {tab}": _listed(tab) for tab in Tab},
    "late": lambda session, around: queue.late(session, NOW),
    "search: topic": _searched("consulado"),
    "search: tag": _searched("queja"),
    "expected wait": lambda session, around: waiting.expected_wait(session, Team(), NOW),
    "second reader": lambda session, around: proposals.waiting(session, SARA, NOW),
    **{f"first page: {role}": _numbers(role) for role in (Role.AGENT, Role.SUPERVISOR, Role.EDITOR, Role.DATA_OFFICER, Role.PARTNER)},
    "alerts of the group": lambda session, around: alerts.due(session, Channel.GROUP, NOW),
    "alerts by mail": lambda session, around: alerts.due(session, Channel.EMAIL, NOW, HELD_BY),
    "alerts that wait": lambda session, around: alerts.waiting(session),
    "who holds how many": lambda session, around: [(each.name, each.holds) for each in roster.read(session, NOW)],
    "people who wait, on the health page": lambda session, around: _counts(session, NOW)[3:],
    "cases": lambda session, around: listing.find(session, SARA, listing.Wanted(), NOW),
    "cases by state": lambda session, around: listing.board(session, SARA, listing.Wanted(), NOW),
    "cases of a partner": lambda session, around: listing.find(session, ANY[Role.PARTNER], listing.Wanted(), NOW),
    "load of offices": lambda session, around: recipients.open_counts(session),
    "register of rights": lambda session, around: [each.folio for each in arco.register(session)],
    "orders to keep": lambda session, around: [reference for _, reference in holds.every(session, OLGA, NOW)],
}  # fmt: skip


@pytest.fixture
def busy(database: Database) -> Database:
    def begin(session: Session) -> None:
        session.add(Staff(name=HELD_BY, role=Role.SUPERVISOR, email="rosa@example.org", created_at=THEN, created_by="x"))
        session.flush()
        live(session, MIGRANTS)

    database.call(begin)
    return database


def seen(database: Database, figure: str, around: Surroundings) -> str:
    return database.call(lambda session: repr(FIGURES[figure](session, replace(around, now=NOW))))


@pytest.mark.parametrize("figure", FIGURES)
def test_no_figure_knows_of_officials(figure: str, busy: Database, content_around: Surroundings) -> None:
    before = seen(busy, figure, content_around)
    for door in DOORS:
        busy.call(live, door)
    assert seen(busy, figure, content_around) == before


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_knows_of_migrants(figure: str, busy: Database, content_around: Surroundings) -> None:
    """Or else the test above could not fail."""
    before = seen(busy, figure, content_around)
    busy.call(live, MIGRANTS, 12)
    assert seen(busy, figure, content_around) != before


@pytest.mark.parametrize("has_topics", [False, True])
def test_the_staffs_group_hears_nothing_of_officials(has_topics: bool, database: Database, content_around: Surroundings) -> None:
    database.call(live, DOORS[0])
    assert database.call(_post, replace(content_around, now=NOW), has_topics) is None
    database.call(live, MIGRANTS)
    assert database.call(_post, replace(content_around, now=NOW), has_topics) is not None


def test_nobody_waits_behind_an_official(database: Database) -> None:
    database.call(live, DOORS[0])
    database.call(live, MIGRANTS, 3)
    before = database.call(lambda session: order.ahead_of(session, _own_ticket(session)))
    assert before == database.call(lambda session: len(session.scalars(select(Ticket).where(Ticket.state == "waiting")).all())) - 2 - 1


def test_staff_open_nothing_of_an_official_by_its_number_or_folio(busy: Database, content_around: Surroundings) -> None:
    [official] = busy.call(live, DOORS[0], 1)
    around = replace(content_around, now=NOW)

    def theirs(table: Any, session: Session) -> Any:
        return session.scalars(select(table).where(table.conversation_id == official.id).order_by(table.id.desc())).first()

    for attempt in (
        lambda session: tickets.get(session, theirs(Ticket, session).id),
        lambda session: attending.claim_ticket(session, theirs(Ticket, session).id, ROSA, around),
        lambda session: lifecycle.for_actor(session, SARA, theirs(Referral, session).folio),
        lambda session: arco.of_folio(session, theirs(ArcoRequest, session).folio),
        lambda session: person.of_folio(session, theirs(Referral, session).folio),
        lambda session: person.of_folio(session, official.reference),
    ):
        with pytest.raises(RefusedError):
            busy.call(attempt)

    def found(session: Session) -> list[Any]:
        number, folio, message = (theirs(table, session) for table in (Ticket, Referral, Message))
        by = (search.find(session, ROSA, word, {}, NOW).lines for word in (str(number.id), folio.folio))
        return [*by, sample.find(session, "luz", message.id - 1, NOW)]

    assert busy.call(found) == [(), (), None]


def test_half_a_lesson_is_not_forgotten_after_a_day_and_half_a_request_is(database: Database) -> None:
    [official] = database.call(live, DOORS[0], 1)
    [migrant] = database.call(live, MIGRANTS, 1)
    assert database.call(closing.drop_idle, THEN + closing.IDLE * 3) == 1

    def pending(session: Session) -> list[bool]:
        return [session.get_one(Conversation, each.id).questionnaire is not None for each in (official, migrant)]

    assert database.call(pending) == [True, False]
