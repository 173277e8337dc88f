"""The pages of cases: every role and every field, what each may do there, and what a page never shows or does."""

import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation.live import LiveContent
from bot.permissions import SEES, Action, Field, Sight, may
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.referrals import PartnerLink, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals.lifecycle import TAKEN_BACK
from bot.settings import Settings
from tests.cases_made import DETAILS, FOLIO, NOW, VALUES, case, make_case, make_open_case
from tests.console import Desk, Member

WHY = "La persona pidió que le llamen hoy"
HERE = f"/consola/casos/{FOLIO}"
LATER = NOW + timedelta(hours=1)


def desk_of(database: Database, live: LiveContent, folder: Path) -> Desk:
    settings = Settings(puente_var=folder, puente_public_url="https://puente.example.mx", _env_file=None)  # type: ignore[call-arg]
    return Desk(database, live, settings, LATER)


@pytest.fixture
def desk(database: Database, live: LiveContent, tmp_path: Path) -> Iterator[Desk]:
    yield desk_of(database, live, tmp_path)


@pytest.fixture(scope="module")
def only_read(chats_database: Database, live: LiveContent, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    chats_database.call(make_open_case)
    return desk_of(chats_database, live, tmp_path_factory.mktemp("read"))


@pytest.fixture(scope="module")
def pages(only_read: Desk) -> dict[Role, tuple[str, str]]:
    """Of each role: all that it reads of the case plainly, and what it reads with a reason."""
    return {role: read_by(only_read.member(role, organization_id="ipam" if role is Role.PARTNER else None)) for role in Role}


def read_by(member: Member) -> tuple[str, str]:
    plainly = "".join(member.get(path).text for path in ("/consola/casos", "/consola/casos?vista=tablero", HERE))
    return html.unescape(plainly), html.unescape(member.send(f"{HERE}/identidad", text=WHY).text)


@pytest.mark.parametrize(("role", "field"), [(role, field) for role in Role for field in Field if field is not Field.STATE], ids=str)
def test_a_page_shows_a_role_a_field_as_its_cell_says(role: Role, field: Field, pages: dict[Role, tuple[str, str]]) -> None:
    """Not one byte of what is hidden: the value is looked for in the whole page."""
    value, granted = VALUES[field], SEES[role][field]
    plainly, with_reason = (value in page for page in pages[role])
    reads, opens = may(role, Action.REFERRAL_READ), may(role, Action.IDENTITY_OPEN)
    expected = {
        Sight.HIDDEN: (False, False), Sight.MASKED: (False, False), Sight.CLEAR: (reads, opens), Sight.ON_REASON: (False, opens),
        Sight.CONSENTED: (reads, opens),
    }  # fmt: skip
    if field is Field.TRANSCRIPT and granted is Sight.CLEAR:  # the last messages may name anybody: on a page of its own, or for a reason
        expected[Sight.CLEAR] = (False, opens)
    assert (plainly, with_reason) == expected[granted]


@pytest.mark.parametrize("left_out", sorted(DETAILS))
def test_an_institution_sees_no_byte_of_what_the_person_did_not_agree_to_share(left_out: str, desk: Desk) -> None:
    desk.database.call(make_case, agreed=[name for name in DETAILS if name != left_out])
    partner = desk.member(Role.PARTNER, organization_id="ipam")
    page = html.unescape("".join(partner.get(path).text for path in ("/consola/casos", "/consola/casos?vista=tablero", HERE)))
    assert DETAILS[left_out] not in page and FOLIO in page
    others = [value for name, value in DETAILS.items() if name != left_out]
    assert all(value in page for value in others)


@pytest.mark.parametrize("state", TAKEN_BACK)
def test_of_a_case_that_was_taken_back_an_institution_sees_folio_and_state(state: ReferralState, desk: Desk) -> None:
    desk.database.call(make_case, state=state)
    page = html.unescape(desk.member(Role.PARTNER, organization_id="ipam").get(HERE).text)
    assert FOLIO in page and not any(value in page for value in DETAILS.values())


def test_another_institution_finds_nothing_and_changes_nothing(desk: Desk) -> None:
    """It is told the same as of a folio that nobody has: chatwoot#12855, primero 33f8574 and 462adab."""
    desk.database.call(make_open_case)
    stranger = desk.member(Role.PARTNER, organization_id="naucalpan")
    assert FOLIO not in stranger.get("/consola/casos").text + stranger.get("/consola/casos?vista=tablero").text
    absent = stranger.get("/consola/casos/PTE-26-ZZZZZZ").text.replace("PTE-26-ZZZZZZ", FOLIO)
    assert without_forms(stranger.get(HERE).text) == without_forms(absent)
    for path, fields in {
        "respuesta": {"state": "done"}, "etapa": {"stage": "closed"}, "papel": {"paper": "documentsvalue", "state": "accepted"},
        "foto": {"paper": "documentsvalue", "text": WHY},
    }.items():  # fmt: skip
        assert stranger.send(f"{HERE}/{path}", **fields).status_code == 409
    assert desk.database.call(case).state is ReferralState.IN_SERVICE


def without_forms(page: str) -> str:
    return "".join(line for line in page.splitlines() if 'name="once"' not in line)


DOES = {
    "identidad": (Action.IDENTITY_OPEN, {"text": WHY}), "respuesta": (Action.REFERRAL_ANSWER, {"state": "received"}),
    "anular": (Action.REFERRAL_REVOKE, {"why": "mistake"}), "enlace": (Action.REFERRAL_SHARE, {}), "hoja": (Action.REFERRAL_SHARE, {}),
    "sin-enlaces": (Action.REFERRAL_SHARE, {}),
}  # fmt: skip


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", DOES)
def test_a_role_does_there_what_its_cell_says(path: str, role: Role, desk: Desk) -> None:
    desk.database.call(make_case)
    needs, fields = DOES[path]
    member = desk.member(role, organization_id="ipam" if role is Role.PARTNER else None)
    answer = member.send(f"{HERE}/{path}", **fields)
    assert (answer.status_code == 403) is not may(role, needs)
    assert answer.status_code in (200, 303, 403)


def test_without_a_reason_nothing_that_names_the_person_is_opened(desk: Desk) -> None:
    desk.database.call(make_open_case)
    member = desk.member()
    refused = member.send(f"{HERE}/identidad", text="urge")
    assert refused.status_code == 409 and "namevalue" not in refused.text
    assert audited(desk, Action.IDENTITY_OPEN) == []
    assert "namevalue" in member.send(f"{HERE}/identidad", text=WHY).text
    assert audited(desk, Action.IDENTITY_OPEN) == [f"{FOLIO}: {WHY}"]
    assert "namevalue" not in member.get(HERE).text


def test_every_page_of_a_case_is_one_row_of_the_audit(desk: Desk) -> None:
    desk.database.call(make_open_case)
    member = desk.member()
    for _ in range(2):
        member.get(HERE)
    assert audited(desk, Action.REFERRAL_READ) == [FOLIO, FOLIO]
    member.get("/consola/casos?vista=tablero")
    member.get("/consola/casos")
    assert len(audited(desk, Action.REFERRAL_LIST)) == 2


def audited(desk: Desk, action: Action) -> list[str | None]:
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
    return desk.database.call(lambda session: [each.why for each in session.scalars(query)])


def test_the_same_form_sent_twice_answers_once(desk: Desk) -> None:
    desk.database.call(make_case)
    member = desk.member(Role.PARTNER, organization_id="ipam")
    form = member.form(state="received")
    answers = [desk.ask(lambda client: client.post(f"{HERE}/respuesta", data=form), member.cookies) for _ in range(3)]
    assert {each.status_code for each in answers} == {303}
    events = desk.database.call(lambda session: session.scalar(select(func.count()).where(ReferralEvent.after == ReferralState.RECEIVED)))
    assert events == 1


def test_who_says_they_did_not_receive_it_is_shown_what_the_record_says(desk: Desk) -> None:
    """rva-screening#106: the state, since when and by whom stand on the page of both sides."""
    desk.database.call(make_case)
    office = desk.member(Role.PARTNER, name="ines", organization_id="ipam")
    assert "Enviado, sin respuesta" in office.get(HERE).text
    office.send(f"{HERE}/respuesta", state="received")
    page = desk.member().get(HERE).text
    assert "Recibido" in page and "ines" in page


def test_only_what_may_follow_is_offered_and_the_rest_is_refused(desk: Desk) -> None:
    desk.database.call(make_case, state=ReferralState.ACCEPTED)
    office = desk.member(Role.PARTNER, organization_id="ipam")
    page = office.get(HERE).text
    assert 'value="in_service"' in page and 'value="received"' not in page
    for state in ("received", "withdrawn", "expired", "revoked", "sent", "draft", "nonsense"):
        assert office.send(f"{HERE}/respuesta", state=state, why="mistake").status_code == 409
    assert desk.database.call(case).state is ReferralState.ACCEPTED


def test_a_rejection_needs_its_reason_and_the_words_are_not_lost(desk: Desk) -> None:
    desk.database.call(make_case)
    office = desk.member(Role.PARTNER, organization_id="ipam")
    refused = office.send(f"{HERE}/respuesta", state="rejected", text="Mucho que contar de esto")
    assert refused.status_code == 409 and "Mucho que contar de esto" in refused.text
    assert office.send(f"{HERE}/respuesta", state="rejected", why="full").status_code == 303


def test_a_link_is_shown_once_and_can_be_revoked(desk: Desk) -> None:
    desk.database.call(make_case)
    member = desk.member()
    shown = member.send(f"{HERE}/enlace", days="5").text
    [token] = {each.split("<")[0].split("&")[0] for each in shown.split("https://puente.example.mx/caso/")[1:]}
    assert desk.stranger().get(f"/caso/{token}").status_code in (200, 404) and token not in member.get(HERE).text
    [link] = desk.database.call(lambda session: list(session.scalars(select(PartnerLink))))
    assert link.expires_at == LATER + timedelta(days=5)
    member.send(f"{HERE}/sin-enlaces", link=str(link.id))
    assert desk.database.call(lambda session: session.scalars(select(PartnerLink.revoked_at)).one()) is not None


def test_the_sheet_of_paper_is_a_file_and_nothing_a_browser_runs(desk: Desk) -> None:
    desk.database.call(make_case)
    answer = desk.member().send(f"{HERE}/hoja")
    assert answer.content.startswith(b"%PDF") and answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


HARMFUL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def test_what_a_person_wrote_is_text_wherever_it_is_shown(desk: Desk) -> None:
    desk.database.call(make_case, details={**DETAILS, "story": HARMFUL, "name": HARMFUL, HARMFUL: "othervalue"})
    for member in (desk.member(), desk.member(Role.PARTNER, organization_id="ipam")):
        pages = member.get(HERE).text + member.send(f"{HERE}/identidad", text=WHY).text
        assert "<script>alert" not in pages and "<img" not in pages and "&lt;script&gt;" in pages


@pytest.mark.parametrize("folio", ["..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%3Cscript%3E", "PTE-26-ABCDEF%00", "' OR 1=1 --"])
def test_what_is_no_folio_leads_nowhere(folio: str, desk: Desk) -> None:
    desk.database.call(make_case)
    answer = desk.member().get(f"/consola/casos/{folio}")
    assert answer.status_code in (200, 303, 400, 404, 409) and "namevalue" not in answer.text and "storyvalue" not in answer.text
    assert "<script>" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize("query", ["necesidad=work", "municipio=Atlixco"])
def test_an_institution_does_not_find_people_by_what_they_may_not_have_shared(query: str, desk: Desk) -> None:
    desk.database.call(make_case, agreed=["story"])
    answer = desk.member(Role.PARTNER, organization_id="ipam").get(f"/consola/casos?{query}")
    assert answer.status_code == 409 and FOLIO not in answer.text


def test_the_list_is_filtered_by_what_is_chosen(desk: Desk) -> None:
    def fill(session: Session) -> None:
        make_case(session, folio="PTE-26-AAAAAA")
        make_case(session, folio="PTE-26-BBBBBB", state=ReferralState.ACCEPTED, organization_id="naucalpan")
        make_case(session, folio="PTE-26-CCCCCC", answer_by=datetime(2026, 11, 20, tzinfo=UTC))

    desk.database.call(fill)
    member = desk.member()

    def found(query: str) -> set[str]:
        page = member.get(f"/consola/casos?{query}").text
        return {letter for letter in "ABC" if f"/consola/casos/PTE-26-{letter * 6}" in page}

    assert found("") == {"A", "B", "C"} == found("vista=tablero")
    assert found("estado=accepted") == {"B"} == found("vista=tablero&oficina=naucalpan")
    assert found("atrasados=1") == {"C"} and found("oficina=ipam") == {"A", "C"}
    assert found("municipio=Puebla") <= {"A", "B", "C"} and found("necesidad=health") == set()
