"""The single file `verificar.html` in a real browser, opened from the disk with the network off: it says what our own verifying says."""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, Page

from bot.badge_page.checker import Trusted, single_file
from bot.conversation.live import LiveContent
from bot.courses import certificates, signing
from bot.courses.certificate_paper import Issuer, sheet
from bot.courses.verification import SENTENCES, Verdict, verify
from bot.permissions import Actor
from bot.records.database import Database, open_database
from bot.records.learning import Revocation
from bot.records.staff import Role
from bot.settings import ROOT
from tests.certified import NAME, NOW, ORIGIN, certify, course, part_of, parts, saved_anew, with_course

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Issued:
    page: Path
    token: str
    pdf: bytes
    revoked_token: str
    private: str
    keys: dict[str, Any]
    revoked: dict[str, Any]

    def verdict(self, data: bytes) -> str:
        """What our own verifying says, on that day."""
        return verify(data, self.keys, self.revoked, NOW.date()).verdict


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    folder = tmp_path_factory.mktemp("issued")
    database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    yield _issue(database, folder)
    database.close()


def _issue(database: Database, folder: Path) -> Issued:
    taught = course(folder)
    content = with_course(LiveContent(ROOT / "flows", None, None).current()[0], taught)
    made, token = database.call(certify, content, taught)
    withdrawn, _ = database.call(certify, content, taught, chat="another")
    database.call(certificates.revoke, Actor("rosa", Role.SUPERVISOR), withdrawn.number, Revocation.CHEATED, NOW)
    shown = database.call(certificates.held, token, content, NOW)
    assert shown and made.signed and withdrawn.signed
    pdf = sheet(shown, Issuer(content.learning.issuer, content.learning.proves, ORIGIN), NOW)
    keys, revoked = database.call(signing.public_keys), database.call(certificates.revocations, ORIGIN)
    page = folder / "verificar.html"
    page.write_text(single_file(Trusted(keys, revoked, NOW)), encoding="utf-8")
    private = database.call(lambda session: signing.current(session, NOW).private)
    return Issued(page, made.signed, pdf, withdrawn.signed, private, keys, revoked)


@pytest.fixture
def page(browser: Browser, issued: Issued) -> Iterator[Page]:
    """Opened from the disk, the network off; what it asks for anywhere else, or says of an error, fails the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_offline(True)
    opened = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.clock.set_fixed_time(NOW + timedelta(hours=1))
    opened.goto(issued.page.as_uri())
    yield opened
    context.close()
    assert asked == [issued.page.as_uri()] and wrong == []


def put(page: Page, data: bytes, name: str = "constancia.jwt") -> str:
    """What the page says of a file, as the name of its verdict."""
    page.evaluate("document.getElementById('resultado').replaceChildren()")
    page.set_input_files("#archivo", files=[{"name": name, "mimeType": "application/octet-stream", "buffer": data}])
    notice = page.locator("#resultado .notice")
    notice.wait_for()
    said = str(notice.get_attribute("data-verdict"))
    assert notice.inner_text() == SENTENCES[Verdict(said)]
    return said


def test_the_signed_file_and_the_pdf_are_genuine_and_their_facts_are_shown(page: Page, issued: Issued) -> None:
    packed = saved_anew(issued.pdf)
    assert issued.token.encode() not in packed
    for data, name in ((issued.token.encode(), "a.jwt"), (issued.pdf, "a.pdf"), (packed, "b.pdf")):
        assert put(page, data, name) == "genuine"
        shown = page.locator("#resultado").inner_text()
        assert all(fact in shown for fact in ("Primer contacto", "Puente", "23 de noviembre de 2026", "22 de noviembre de 2028"))
        assert NAME not in page.content()


def test_it_tells_whose_it_is_only_to_who_says_the_name(page: Page, issued: Issued) -> None:
    assert not page.locator("#nombre").is_visible()
    put(page, issued.token.encode())
    for name, says in (("maria de los angeles NUÑEZ ", "Sí:"), ("María Núñez", "No:")):
        page.get_by_label("Nombre completo").fill(name)
        page.get_by_role("button", name="Comparar").click()
        page.locator("#es_de", has_text=says).wait_for()


@pytest.mark.parametrize(
    ("moment", "says"),
    [(NOW - timedelta(days=1), "not_yet"), (NOW + timedelta(days=729), "genuine"), (NOW + timedelta(days=731), "expired")],
)
def test_it_counts_the_days(moment: datetime, says: str, page: Page, issued: Issued) -> None:
    page.clock.set_fixed_time(moment)
    assert put(page, issued.token.encode()) == says == issued_on(issued, moment)


def issued_on(issued: Issued, moment: datetime) -> str:
    return verify(issued.token.encode(), issued.keys, issued.revoked, moment.date()).verdict


def test_a_revoked_one_is_known_by_the_list_in_the_page(page: Page, issued: Issued) -> None:
    assert put(page, issued.revoked_token.encode()) == "revoked"


def test_forgeries_are_refused_as_by_our_own_verifying(page: Page, issued: Issued) -> None:
    header, payload = parts(issued.token)
    forger = RSAKey.generate_key(2048)
    own = {**forger.as_dict(private=False), "kid": header["jwk"]["kid"]}
    begun = f"{part_of({**header, 'alg': 'HS256'})}.{part_of(payload)}"
    public = RSAKey.import_key(issued.keys["keys"][0]).as_pem(private=False)
    mac = _base64(hmac.new(public, begun.encode(), hashlib.sha256).digest())
    real = RSAKey.import_key(issued.private)
    forged = {
        "no signature": f"{part_of({**header, 'alg': 'none'})}.{part_of(payload)}.",
        "the public key as a secret": f"{begun}.{mac}",
        "another key under our name": jws.serialize_compact({"alg": "RS256", "jwk": own}, json.dumps(payload), forger, ["RS256"]),
        "another key": jws.serialize_compact(
            {"alg": "RS256", "jwk": {**own, "kid": forger.thumbprint()}}, json.dumps(payload), forger, ["RS256"]
        ),
        "claims that disagree": jws.serialize_compact(header, json.dumps({**payload, "exp": payload["exp"] + 9}), real, ["RS256"]),
        "our key under the name of another algorithm": f"{begun}.{_base64(real.private_key.sign(begun.encode(), PKCS1v15(), SHA256()))}",
        "another course": ".".join([issued.token.split(".")[0], part_of({**payload, "name": "Otro"}), issued.token.split(".")[2]]),
        "no credential": "hola",
        "an empty PDF": "%PDF-1.7\n%%EOF",
    }  # fmt: skip
    found = {name: put(page, data.encode()) for name, data in forged.items()}
    assert found == {name: issued.verdict(data.encode()) for name, data in forged.items()}
    assert set(found.values()) == {"tampered", "unknown_key", "unreadable"}


def test_any_changed_letter_is_told_as_by_our_own_verifying(page: Page, issued: Issued) -> None:
    chosen = random.Random(7)
    places = [*(chosen.randrange(len(issued.token)) for _ in range(120)), *([len(issued.token) - 1] * 8)]
    for place in places:
        changed = issued.token[:place] + chosen.choice(LETTERS) + issued.token[place + 1 :]
        if changed != issued.token:
            assert put(page, changed.encode()) == issued.verdict(changed.encode()) != "genuine", place


def test_a_file_may_be_dropped_anywhere_on_the_page(page: Page, issued: Issued) -> None:
    transfer = page.evaluate_handle(
        "data => { const t = new DataTransfer(); t.items.add(new File([data], 'a.jwt')); return t; }", issued.token
    )
    page.dispatch_event("h1", "drop", {"dataTransfer": transfer})
    page.locator("#resultado .notice[data-verdict=genuine]").wait_for()


def test_what_a_file_says_is_shown_as_text(page: Page, issued: Issued) -> None:
    """Even if our own key had signed it."""
    header, payload = parts(issued.token)
    payload["credentialSubject"]["achievement"]["name"] = "<img src=x onerror=document.title=1><b>hola</b>"
    token = jws.serialize_compact(header, json.dumps(payload), RSAKey.import_key(issued.private), ["RS256"])
    assert put(page, token.encode()) == "genuine"
    assert "<b>hola</b>" in page.locator("#resultado").inner_text() and page.locator("#resultado b, #resultado img").count() == 0


def test_the_policy_of_the_file_lets_it_send_nothing(browser: Browser, issued: Issued) -> None:
    page = browser.new_context().new_page()
    page.goto(issued.page.as_uri())
    refused = "() => fetch('https://example.com').then(() => 'sent', error => String(error))"
    assert "TypeError" in page.evaluate(refused)
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy and policy.startswith("default-src 'none'")
    page.context.close()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
