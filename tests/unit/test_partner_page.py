"""The pages that institutions open from a link: what they show, what a form changes, and what nobody learns from them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import cast

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import App
from bot.conversation.live import LiveContent
from bot.doors import DOORS
from bot.local_chat.web import web_app
from bot.partner_page.door import LARGEST, PartnerDoor
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.referrals import PartnerLink, ReferralState
from bot.records.staff import Role
from bot.referrals import partner_links
from tests.cases_made import DETAILS, FOLIO, NOW, case, consents, make_case

ROSA = Actor("rosa", Role.AGENT)
PROMISED = {
    "referrer-policy": "no-referrer", "cache-control": "no-store", "x-robots-tag": "noindex, nofollow, noarchive",
    "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}  # fmt: skip


class Visitor:
    """Asks the pages for things; every call is a new process's worth of patience unless many are asked in one."""

    def __init__(self, database: Database, live: LiveContent) -> None:
        self.database, self.live, self.now = database, live, NOW + timedelta(hours=1)
        database.call(lambda session: make_case(session) and None)
        self.token = database.call(partner_links.make, ROSA, FOLIO, NOW)[1]
        self.path = f"/caso/{self.token}"

    def ask[R](self, asked: Callable[[httpx.AsyncClient], Awaitable[R]]) -> R:
        async def run() -> R:
            app = web_app(cast(App, None), PartnerDoor(self.database, self.live, lambda: self.now).routes())  # as it is served
            transport = httpx.ASGITransport(app, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://institution.example") as client:
                return await asked(client)

        return asyncio.run(run())

    def get(self, path: str | None = None, method: str = "GET") -> httpx.Response:
        return self.ask(lambda client: client.request(method, path or self.path))

    def send(self, answer: str, form: str, path: str | None = None, **more: str) -> httpx.Response:
        return self.ask(lambda client: client.post(path or self.path, data={"form": form, "answer": answer, **more}))

    def form(self) -> str:
        return form_in(self.get().text)

    @property
    def state(self) -> ReferralState:
        return self.database.call(lambda session: case(session).state)

    def opened(self) -> int:
        return self.database.call(lambda session: session.scalars(select(PartnerLink)).one().opened)


def form_in(page: str) -> str:
    return page.partition('name="form" value="')[2].partition('"')[0]


@pytest.fixture
def visitor(database: Database, live: LiveContent) -> Iterator[Visitor]:
    yield Visitor(database, live)


def test_every_page_stands_in_the_table_of_doors(visitor: Visitor) -> None:
    paths = {route.path for route in PartnerDoor(visitor.database, visitor.live).routes()}  # type: ignore[attr-defined]
    assert paths == {door for door in DOORS if door.startswith(("/caso", "/paginas"))}


def test_the_page_shows_the_case_and_what_the_institution_may_say(visitor: Visitor) -> None:
    page = visitor.get()
    assert page.status_code == 200 and FOLIO in page.text and "Instituto Poblano" in page.text
    assert all(value in page.text for value in DETAILS.values())
    assert [word for word in ("received", "accepted", "in_service", "done", "rejected") if f'value="{word}"' in page.text] == [
        "received", "accepted", "rejected"
    ]  # fmt: skip


@pytest.mark.parametrize("left_out", list(DETAILS))
def test_no_byte_of_a_field_beyond_the_consent_is_on_the_page(left_out: str, visitor: Visitor) -> None:
    def agree_to_less(session: Session) -> None:
        for each in consents(session):
            each.fields = sorted(set(DETAILS) - {left_out})

    visitor.database.call(agree_to_less)
    page = visitor.get()
    assert DETAILS[left_out].encode() not in page.content
    assert all(value.encode() in page.content for name, value in DETAILS.items() if name != left_out)
    assert b"transcriptvalue" not in page.content and b"number of ana" not in page.content


@pytest.mark.parametrize("path", ["/caso/{token}", "/caso/wrong"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_answer_has_the_headers_that_keep_it_private(path: str, method: str, visitor: Visitor) -> None:
    answer = visitor.get(path.replace("{token}", visitor.token), method)
    assert {name: answer.headers.get(name) for name in PROMISED} == PROMISED
    assert not {"set-cookie", "access-control-allow-origin"} & set(answer.headers)


def test_who_left_no_telephone_or_did_not_share_it_is_reached_through_the_team(visitor: Visitor) -> None:
    def agree_to_all_but_the_telephone(session: Session) -> None:
        for each in consents(session):
            each.fields = sorted(set(DETAILS) - {"telephone"})

    def left_none(session: Session) -> None:
        case(session).details = {**DETAILS, "telephone": ""}

    asks_team, calls = "La persona no dejó teléfono", "Su oficina va a llamar a la persona"
    assert calls in visitor.get().text and asks_team not in visitor.get().text
    for change in (left_none, agree_to_all_but_the_telephone):
        visitor.database.call(change)
        page = visitor.get().text
        assert asks_team in page and calls not in page


def test_a_page_asks_nothing_of_anybody_else_and_runs_nothing(visitor: Visitor) -> None:
    text = visitor.get().text
    assert "<script" not in text and "http://" not in text and "https://" not in text and " style=" not in text
    style = visitor.get("/paginas/institucion.css")
    assert style.status_code == 200 and "url(" not in style.text and "@import" not in style.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_a_link_receives_nothing(method: str, visitor: Visitor) -> None:
    for _ in range(3):
        assert visitor.get(method=method).status_code == 200
    assert visitor.state is ReferralState.SENT and visitor.opened() == (3 if method == "GET" else 0)


def test_a_form_changes_the_case_and_comes_back_to_its_page(visitor: Visitor) -> None:
    answer = visitor.send("received", visitor.form())
    assert (answer.status_code, answer.headers["location"]) == (303, f"{visitor.path}?anotado")
    assert visitor.state is ReferralState.RECEIVED and "Quedó anotado" in visitor.get(answer.headers["location"]).text


def test_a_form_sent_again_changes_nothing_and_says_so(visitor: Visitor) -> None:
    form = visitor.form()
    visitor.send("received", form)
    again = visitor.send("accepted", form)
    assert again.status_code == 409 and "No se guardó nada nuevo" in again.text and visitor.state is ReferralState.RECEIVED
    assert visitor.send("accepted", form_in(again.text)).status_code == 303, "the page it comes back to can be used"
    assert visitor.state is ReferralState.ACCEPTED


def test_a_page_left_open_while_staff_changed_the_case_changes_nothing(visitor: Visitor) -> None:
    form = visitor.form()

    def move(session: Session) -> None:
        case(session).state = ReferralState.IN_SERVICE

    visitor.database.call(move)
    assert visitor.send("done", form).status_code == 409 and visitor.state is ReferralState.IN_SERVICE


def test_who_does_not_take_a_case_says_why(visitor: Visitor) -> None:
    form = visitor.form()
    for missing in ({}, {"why": ""}, {"why": "nothing of the list"}, {"why": "other"}, {"why": "other", "note": "   "}):
        refused = visitor.send("rejected", form, **missing)
        assert refused.status_code == 422 and "elija un motivo" in refused.text
    assert visitor.state is ReferralState.SENT
    ended = visitor.send("rejected", form, why="other", note="Le toca a salud")
    assert ended.status_code == 200 and visitor.state is ReferralState.REJECTED and visitor.get().status_code == 404


@pytest.mark.parametrize("answer", ["", "sent", "withdrawn", "revoked", "expired", "draft", "in_service", "x" * 40])
def test_what_the_page_does_not_offer_is_refused(answer: str, visitor: Visitor) -> None:
    assert visitor.send(answer, visitor.form()).status_code == 422
    assert visitor.state is ReferralState.SENT


def test_a_wrong_an_expired_a_revoked_and_an_ended_link_look_the_same(visitor: Visitor) -> None:
    form = visitor.form()
    wrong = visitor.get("/caso/wrong")
    seen = [wrong, visitor.send("received", form, "/caso/wrong")]
    visitor.now += timedelta(days=14)
    seen += [visitor.get(), visitor.send("received", form)]
    visitor.now -= timedelta(days=14)

    def revoke(session: Session) -> None:
        partner_links.revoke(session, ROSA, FOLIO, visitor.now)

    visitor.database.call(revoke)
    seen += [visitor.get(), visitor.send("received", form)]
    assert {(each.status_code, each.text, str(each.headers)) for each in seen} == {(404, wrong.text, str(wrong.headers))}
    assert visitor.state is ReferralState.SENT


def test_what_was_withdrawn_while_the_page_was_open_is_gone(visitor: Visitor) -> None:
    form = visitor.form()

    def withdraw(session: Session) -> None:
        case(session).state = ReferralState.WITHDRAWN
        for each in consents(session):
            each.withdrawn_at = NOW

    visitor.database.call(withdraw)
    for page in (visitor.send("accepted", form), visitor.get()):
        assert page.status_code == 404 and "storyvalue" not in page.text
    assert visitor.state is ReferralState.WITHDRAWN


def test_who_guesses_is_stopped_before_the_database_and_others_are_not(visitor: Visitor) -> None:
    async def guess(client: httpx.AsyncClient) -> tuple[list[int], list[int]]:
        guesses = [(await client.get(f"/caso/guess{number}")).status_code for number in range(30)]
        own = (await client.get(visitor.path)).status_code
        return guesses, [own, (await client.post(visitor.path, data={})).status_code]

    guesses, own = visitor.ask(guess)
    assert guesses.count(404) <= 11 and set(guesses[15:]) == {429} and own == [429, 429]
    assert visitor.get().status_code == 200 and visitor.opened() == 1


def test_guesses_that_come_all_at_once_are_stopped_too(visitor: Visitor) -> None:
    async def flood(client: httpx.AsyncClient) -> list[httpx.Response]:
        return await asyncio.gather(*(client.get(f"/caso/guess{number}") for number in range(300)))

    assert sum(each.status_code == 404 for each in visitor.ask(flood)) <= 60


def test_behind_our_proxy_each_address_has_its_own_patience_and_cannot_write_itself_another(visitor: Visitor) -> None:
    async def guess(client: httpx.AsyncClient) -> list[set[int]]:
        async def from_address(forwarded: str) -> int:
            return (await client.get("/caso/guess", headers={"X-Forwarded-For": forwarded})).status_code

        one = [await from_address(f"10.0.0.{number}, 203.0.113.7") for number in range(30)]
        return [set(one[15:]), {await from_address("203.0.113.8")}, {await from_address("203.0.113.7")}]

    assert visitor.ask(guess) == [{429}, {404}, {429}]


def test_an_office_with_many_cases_is_not_stopped(visitor: Visitor) -> None:
    async def work(client: httpx.AsyncClient) -> set[int]:
        return {(await client.get(visitor.path)).status_code for _ in range(40)}

    assert visitor.ask(work) == {200}


@pytest.mark.parametrize("body", [b"x" * (LARGEST + 1), b"note=" + b"a" * LARGEST, b"\xff\xfe=1", b"&".join([b"a=1"] * 50)])
def test_a_form_that_is_too_long_or_is_none_is_refused(body: bytes, visitor: Visitor) -> None:
    answer = visitor.ask(lambda client: client.post(visitor.path, content=body))
    assert answer.status_code in (400, 413) and visitor.state is ReferralState.SENT
    assert {name: answer.headers.get(name) for name in PROMISED} == PROMISED


def test_what_a_person_wrote_is_shown_as_text(visitor: Visitor) -> None:
    def write(session: Session) -> None:
        case(session).details = {"story": "<b>hola</b> <script>alert(1)</script> {{ 7 * 7 }}"}

    visitor.database.call(write)
    text = visitor.get().text
    assert "&lt;b&gt;hola" in text and "<script" not in text and "{{ 7 * 7 }}" in text


def test_no_token_and_nothing_of_a_person_is_written_in_the_log(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    visitor.send("received", visitor.form())
    visitor.send("accepted", "stale")
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert visitor.token not in said and not [value for value in DETAILS.values() if value in said]
