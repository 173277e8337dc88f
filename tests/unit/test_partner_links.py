"""A link opens one case for one institution, while it lasts; a form changes it once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.content.danger import DangerDetector
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Action, Actor, may
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.deliveries import OutboxMessage
from bot.records.referrals import MAY_BECOME, PartnerLink, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import partner_links
from bot.referrals.partner_links import ATTENDED, Said, SharedCase, StaleFormError
from tests.cases_made import DETAILS, FOLIO, NOW, case, consents, make_case
from tests.stores import rows

ROSA = Actor("rosa", Role.AGENT)
SOON = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def made(database: Database) -> Database:
    database.call(lambda session: make_case(session) and None)
    return database


@pytest.fixture
def token(made: Database) -> str:
    return made.call(partner_links.make, ROSA, FOLIO, NOW)[1]


def opened(database: Database, token: str, content: Content, at: datetime = SOON) -> SharedCase | None:
    return database.call(partner_links.open_link, token, content, at)


def answered(
    database: Database, token: str, content: Content, state: str, form: str, why: str | None = None, at: datetime = SOON
) -> SharedCase | None:
    around = Surroundings(content, DangerDetector(content.safety), "web", "", at)
    return database.call(partner_links.answer, token, form, Said(state, why), around)


def put(database: Database, state: ReferralState) -> None:
    def move(session: Session) -> None:
        case(session).state = state

    database.call(move)


def test_the_database_holds_nothing_that_opens_a_link(made: Database, token: str) -> None:
    [link] = rows(made, PartnerLink)
    assert len(token) >= 32 and token not in str(vars(link))
    assert len({made.call(partner_links.make, ROSA, FOLIO, NOW)[1] for _ in range(20)}) == 20


def test_a_link_shows_what_the_person_agreed_to_share(made: Database, token: str, content: Content) -> None:
    shown = opened(made, token, content)
    assert shown and shown.folio == FOLIO and set(DETAILS.values()) <= {value for _, value in shown.lines}


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_share_a_case_makes_lists_and_revokes_links(role: Role, made: Database) -> None:
    actor = Actor("somebody", role, "ipam" if role is Role.PARTNER else None)
    for function in (partner_links.make, partner_links.of_case, partner_links.revoke):
        if may(role, Action.REFERRAL_SHARE):
            made.call(function, actor, FOLIO, NOW)
        else:
            with pytest.raises(RefusedError, match="permiso"):
                made.call(function, actor, FOLIO, NOW)


def test_a_link_lasts_as_long_as_was_said_and_not_a_moment_longer(made: Database, token: str, content: Content) -> None:
    assert opened(made, token, content, NOW + 14 * DAY - timedelta(seconds=1))
    assert opened(made, token, content, NOW + 14 * DAY) is None
    _, short = made.call(partner_links.make, ROSA, FOLIO, NOW, 1)
    assert opened(made, short, content, NOW + DAY - timedelta(seconds=1)) and opened(made, short, content, NOW + DAY) is None


@pytest.mark.parametrize("days", [-1, 0, 91, 100_000])
def test_a_link_for_too_long_or_no_time_is_refused(days: int, made: Database) -> None:
    with pytest.raises(RefusedError, match="1 a 90"):
        made.call(partner_links.make, ROSA, FOLIO, NOW, days)


def test_a_link_never_outlives_the_consent(database: Database, content: Content) -> None:
    database.call(lambda session: make_case(session, expires_at=NOW + 3 * DAY) and None)
    link, token = database.call(partner_links.make, ROSA, FOLIO, NOW, 30)
    assert link.expires_at == NOW + 3 * DAY
    assert opened(database, token, content, NOW + 3 * DAY) is None


def _revoke(session: Session) -> None:
    partner_links.revoke(session, ROSA, FOLIO, SOON)


def _withdraw_consent(session: Session) -> None:
    for each in consents(session):
        each.withdrawn_at = SOON


def _shorten_consent(session: Session) -> None:
    for each in consents(session):
        each.expires_at = SOON


def _give_to_another(session: Session) -> None:
    case(session).organization_id = "naucalpan"


@pytest.mark.parametrize("change", [_revoke, _withdraw_consent, _shorten_consent, _give_to_another])
def test_a_link_ends_with_what_it_stands_on(change: Callable[[Session], None], made: Database, token: str, content: Content) -> None:
    shown = opened(made, token, content)
    assert shown
    made.call(change)
    assert opened(made, token, content) is None
    assert answered(made, token, content, "received", shown.form) is None
    assert rows(made, Referral)[0].state is ReferralState.SENT


@pytest.mark.parametrize("state", list(ReferralState))
def test_a_link_opens_while_the_case_is_attended(state: ReferralState, made: Database, token: str, content: Content) -> None:
    put(made, state)
    assert (opened(made, token, content) is not None) is (state in ATTENDED)
    if state in ATTENDED:
        made.call(partner_links.make, ROSA, FOLIO, NOW)
    else:
        with pytest.raises(RefusedError, match=str(state)):
            made.call(partner_links.make, ROSA, FOLIO, NOW)


@pytest.mark.parametrize("guess", ["", "x", "a" * 32, "é" * 32, "a\0b", "' or 1=1 --"])
def test_what_is_no_link_opens_nothing(guess: str, made: Database, token: str, content: Content) -> None:
    assert opened(made, guess, content) is None
    assert answered(made, guess, content, "received", "") is None
    assert rows(made, PartnerLink)[0].opened == 0


def test_opening_is_counted_and_written_down_and_receives_nothing(made: Database, token: str, content: Content) -> None:
    opened(made, token, content)
    opened(made, token, content, SOON + DAY)
    [link], [person] = rows(made, PartnerLink), rows(made, Conversation)
    assert (link.opened, link.opened_at) == (2, SOON + DAY)
    assert [(each.who, each.office, each.action, each.subject) for each in rows(made, AuditEntry)] == [
        ("rosa", None, "referral.share", person.reference),
        ("partner link", "ipam", "referral.read", person.reference),
        ("partner link", "ipam", "referral.read", person.reference),
    ]
    assert rows(made, Referral)[0].state is ReferralState.SENT and len(rows(made, ReferralEvent)) == 1


def test_to_look_whether_a_link_is_there_leaves_no_trace(made: Database, token: str, content: Content) -> None:
    before = len(rows(made, AuditEntry))
    assert made.call(partner_links.look, token, content, SOON) and made.call(partner_links.look, "x", content, SOON) is None
    assert (rows(made, PartnerLink)[0].opened, len(rows(made, AuditEntry))) == (0, before)


@pytest.mark.parametrize("before", ATTENDED)
def test_an_institution_says_what_the_table_allows(before: ReferralState, made: Database, token: str, content: Content) -> None:
    for after in ReferralState:
        put(made, before)
        shown = opened(made, token, content)
        assert shown
        allowed = after in MAY_BECOME[before] and after in partner_links.ANSWERS
        assert (after in shown.answers) is allowed
        if allowed:
            assert answered(made, token, content, after, shown.form, "full" if after is ReferralState.REJECTED else None)
            assert rows(made, Referral)[0].state is after
        else:
            with pytest.raises(RefusedError):
                answered(made, token, content, after, shown.form)
            assert rows(made, Referral)[0].state is before


def test_a_form_changes_the_case_once(made: Database, token: str, content: Content) -> None:
    shown = opened(made, token, content)
    assert shown and answered(made, token, content, "received", shown.form)
    for again in ("received", "accepted", "rejected"):
        with pytest.raises(StaleFormError):
            answered(made, token, content, again, shown.form, "full")
    assert rows(made, Referral)[0].state is ReferralState.RECEIVED
    assert [event.after for event in rows(made, ReferralEvent)] == [ReferralState.SENT, ReferralState.RECEIVED]


@pytest.mark.parametrize("form", ["", "0" * 32, "é"])
def test_a_form_that_is_not_of_this_page_changes_nothing(form: str, made: Database, token: str, content: Content) -> None:
    with pytest.raises(StaleFormError):
        answered(made, token, content, "received", form)
    assert rows(made, Referral)[0].state is ReferralState.SENT


def test_the_form_of_another_case_or_of_another_link_changes_nothing(made: Database, token: str, content: Content) -> None:
    made.call(lambda session: make_case(session, folio="PTE-26-OTHER2") and None)
    for folio in ("PTE-26-OTHER2", FOLIO):
        _, other = made.call(partner_links.make, ROSA, folio, NOW)
        shown = opened(made, other, content)
        assert shown
        with pytest.raises(StaleFormError):
            answered(made, token, content, "received", shown.form)
    assert {each.state for each in rows(made, Referral)} == {ReferralState.SENT}


def test_of_two_pages_of_one_link_the_first_answer_stands(made: Database, token: str, content: Content) -> None:
    one, two = opened(made, token, content), opened(made, token, content)
    assert one and two and answered(made, token, content, "accepted", one.form)
    with pytest.raises(StaleFormError):
        answered(made, token, content, "rejected", two.form, "full")
    assert rows(made, Referral)[0].state is ReferralState.ACCEPTED


def test_an_answer_is_written_down_for_the_institution(made: Database, token: str, content: Content) -> None:
    shown = opened(made, token, content)
    assert shown and answered(made, token, content, "accepted", shown.form)
    last, event = rows(made, AuditEntry)[-1], rows(made, ReferralEvent)[-1]
    assert (last.who, last.office, last.action, last.why) == ("partner link", "ipam", "referral.answer", f"{FOLIO} accepted")
    assert (event.before, event.after, event.who, event.at) == (ReferralState.SENT, ReferralState.ACCEPTED, "partner link", SOON)


def test_of_many_who_send_the_same_form_at_once_one_changes_the_case_and_the_person_is_told_once(
    made: Database, token: str, content: Content
) -> None:
    shown = opened(made, token, content)
    assert shown
    start = threading.Barrier(6)

    def send(_: int) -> bool:
        start.wait(10)
        try:
            return answered(made, token, content, "accepted", shown.form) is not None
        except StaleFormError:
            return False

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(send, range(6))) == [False] * 5 + [True]
    assert [event.after for event in rows(made, ReferralEvent)] == [ReferralState.SENT, ReferralState.ACCEPTED]
    assert len(rows(made, OutboxMessage)) == 1
