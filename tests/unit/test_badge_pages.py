"""The pages about certificates: what they show to whom, what they never show, and that nobody guesses names or links."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.app import App
from bot.badge_page.door import BadgeDoor
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.courses import certificates, learners, signing
from bot.courses.verification import Verdict, verify
from bot.doors import DOORS
from bot.local_chat.web import web_app
from bot.partner_page.patience import ALL, MISSED
from bot.records.database import Database
from bot.records.learning import Learner, Revocation
from tests.certified import NAME, NOW, OFFICE, ORIGIN, certify, course, with_course
from tests.unit.test_certificates import SUPERVISOR
from tests.unit.test_verification import TODAY

OURS = ("/constancia", "/insignia", "/verificar")
FIRST_NAME = NAME.split()[0]


class Published:
    """Content with the made-up course."""

    def __init__(self, live: LiveContent, folder: Path) -> None:
        content, self._danger = live.current()
        self.content = with_course(content, course(folder))

    def current(self) -> tuple[Content, object]:
        return self.content, self._danger


class Visitor:
    """Every call is a new process's worth of patience unless many are asked in one."""

    def __init__(self, database: Database, live: LiveContent, folder: Path) -> None:
        self.database, self.published = database, Published(live, folder)
        taught = self.published.content.courses["first_contact"]
        made, self.token = database.call(certify, self.published.content, taught)
        self.number, self.signed = made.number, made.signed or ""
        self.holder, self.badge = f"/constancia/{self.token}", f"/insignia/{made.number}"

    def door(self) -> BadgeDoor:
        return BadgeDoor(self.database, cast(LiveContent, self.published), ORIGIN, lambda: NOW)

    def ask[R](self, asked: Callable[[httpx.AsyncClient], Awaitable[R]]) -> R:
        async def run() -> R:
            transport = httpx.ASGITransport(web_app(cast(App, None), self.door().routes()), raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://somebody.example") as client:
                return await asked(client)

        return asyncio.run(run())

    def get(self, path: str) -> httpx.Response:
        return self.ask(lambda client: client.get(path))

    def compare(self, name: str) -> httpx.Response:
        return self.ask(lambda client: client.post(self.badge, data={"name": name}))

    def revoke(self) -> None:
        self.database.call(certificates.revoke, SUPERVISOR, self.number, Revocation.CHEATED, NOW)


@pytest.fixture
def visitor(database: Database, live: LiveContent, tmp_path: Path) -> Visitor:
    return Visitor(database, live, tmp_path)


def test_every_page_stands_in_the_table_of_doors(visitor: Visitor) -> None:
    paths = {route.path for route in visitor.door().routes()}  # type: ignore[attr-defined]
    assert paths == {door for door in DOORS if door.startswith(OURS)}


def test_the_holder_sees_name_course_dates_and_state_and_downloads_both_files(visitor: Visitor) -> None:
    page = visitor.get(visitor.holder)
    assert page.status_code == 200
    assert all(part in page.text for part in (NAME, "Primer contacto", "22 de noviembre de 2028", "Vigente", visitor.number))
    pdf, credential = visitor.get(f"{visitor.holder}/pdf"), visitor.get(f"{visitor.holder}/jwt")
    assert NAME in " ".join(PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text().split())
    assert credential.text == visitor.signed and credential.headers["content-type"].startswith("text/plain")
    for answer in (pdf, credential):
        assert answer.headers["content-disposition"].startswith("attachment") and FIRST_NAME not in answer.headers["content-disposition"]
        assert verify(answer.content, visitor.database.call(signing.public_keys), {}, TODAY).verdict is Verdict.GENUINE


def test_by_number_everything_is_shown_but_whose_it_is(visitor: Visitor) -> None:
    page = visitor.get(visitor.badge)
    assert page.status_code == 200 and "Primer contacto" in page.text and "Vigente" in page.text
    assert not any(part in page.text for part in (*NAME.split()[:1], "Núñez", OFFICE, "21041", visitor.token, visitor.signed))
    assert visitor.get(visitor.badge.upper().replace("INSIGNIA", "insignia")).status_code == 200


@pytest.mark.parametrize(("name", "fits"), [("maria de los angeles nuñez", True), ("María Núñez", False), ("", False)])
def test_a_name_is_compared_and_never_told(name: str, fits: bool, visitor: Visitor) -> None:
    page = visitor.compare(name)
    assert page.status_code == (200 if fits else 422)
    assert ("Sí: la constancia es de esa persona" in page.text) is fits and ("No: la constancia no es" in page.text) is not fits
    assert NAME not in page.text


@pytest.mark.parametrize("what", ["names", "links", "numbers"])
def test_nobody_guesses(what: str, visitor: Visitor) -> None:
    async def guess(client: httpx.AsyncClient) -> list[int]:
        found = []
        for number in range(ALL // MISSED + 2):
            if what == "names":
                found.append((await client.post(visitor.badge, data={"name": f"Ana {number}"})).status_code)
            else:
                path = f"/constancia/wrong{number}" if what == "links" else f"/insignia/wrong{number}"
                found.append((await client.get(path)).status_code)
        return found

    answers = visitor.ask(guess)
    assert set(answers[:-2]) == {422 if what == "names" else 404} and answers[-1] == 429


def test_a_revoked_one_says_so_to_both_and_gives_no_pdf(visitor: Visitor) -> None:
    visitor.revoke()
    for path in (visitor.holder, visitor.badge):
        page = visitor.get(path).text
        assert "Revocada" in page and "Vigente" not in page and "cheated" not in page and "trampa" not in page
    assert visitor.get(f"{visitor.holder}/pdf").status_code == 404
    listed = visitor.get("/insignias/revocadas.json")
    assert listed.json()["revokedCredentials"] == [{"id": f"urn:uuid:{visitor.number}", "revoked": True}]
    assert listed.headers["access-control-allow-origin"] == "*"


def test_a_protocol_that_changed_shows_as_an_update_that_is_due(visitor: Visitor) -> None:
    def age(session: object) -> None:
        certificates.find(session, visitor.number).protocols = {"women": "0"}  # type: ignore[arg-type, union-attr]

    visitor.database.call(age)
    assert all("actualización pendiente" in visitor.get(path).text for path in (visitor.holder, visitor.badge))


def test_the_link_of_somebody_erased_opens_nothing(visitor: Visitor) -> None:
    visitor.database.call(lambda session: learners.erase(session, session.scalars(select(Learner)).one(), NOW))
    for path in (visitor.holder, f"{visitor.holder}/pdf", f"{visitor.holder}/jwt", "/constancia/x"):
        assert visitor.get(path).status_code == 404
    page = visitor.get(visitor.badge)
    assert page.status_code == 200 and "pidió borrar sus datos" in page.text and "Nombre completo" not in page.text
    assert visitor.compare(NAME).status_code == 404


def test_what_the_credential_names_can_be_read(visitor: Visitor) -> None:
    """The key by its address, the issuer, the set of keys: what another program asks for."""
    import jwt

    header, payload = jwt.get_unverified_header(visitor.signed), jwt.decode(visitor.signed, options={"verify_signature": False})
    key = visitor.get(header["kid"].removeprefix(ORIGIN)).json()
    assert key == header["jwk"] and visitor.get("/insignias/claves.json").json() == {"keys": [key], "leaked": []}
    jwt.decode(visitor.signed, jwt.PyJWK(key), algorithms=["RS256"], options={"verify_nbf": False})
    profile = visitor.get(payload["iss"].removeprefix(ORIGIN)).json()
    assert {name: profile[name] for name in payload["issuer"]} == payload["issuer"]
    assert visitor.get("/insignias/claves/x").status_code == 404


def test_the_page_that_verifies_asks_nobody_and_holds_what_it_needs(visitor: Visitor) -> None:
    page = visitor.get("/verificar")
    keys = json.loads(re.findall(r'data-keys="([^"]*)"', page.text)[0].replace("&#34;", '"'))
    assert keys == visitor.database.call(signing.public_keys)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "connect-src" not in policy and "unsafe" not in policy
    assert re.findall(r"<script(?! src=\"/insignias/pagina/verificar.js\")", page.text) == [] and "<style" not in page.text
    script = visitor.get("/insignias/pagina/verificar.js").text
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|innerHTML|eval\(|https?://", script)


def test_the_single_file_needs_nothing_beside_it(visitor: Visitor) -> None:
    answer = visitor.get("/verificar/verificar.html")
    assert answer.headers["content-disposition"] == 'attachment; filename="verificar.html"'
    assert not re.search(r'(src|href)="(?!#)', answer.text) and "unsafe" not in answer.text and answer.text.count("<script") == 1


def test_every_page_is_private_and_runs_nothing_inline(visitor: Visitor) -> None:
    for path in (visitor.holder, visitor.badge, "/insignia", "/constancia/x", "/verificar", f"{visitor.holder}/pdf"):
        headers = visitor.get(path).headers
        assert (
            headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store" and "noindex" in headers["x-robots-tag"]
        )
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_number_that_was_typed_leads_to_its_page(visitor: Visitor) -> None:
    assert "Buscar" in visitor.get("/insignia").text
    answer = visitor.get(f"/insignia?numero=%20{visitor.number.upper()}%20")
    assert answer.status_code == 303 and answer.headers["location"] == visitor.badge
    assert visitor.get("/insignia?numero=//evil.example/").headers["location"] == "/insignia/%2F%2Fevil.example%2F"


def test_no_name_and_no_link_is_logged(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="bot"):
        visitor.get(visitor.holder)
        visitor.compare(NAME)
    assert NAME not in caplog.text and visitor.token not in caplog.text
