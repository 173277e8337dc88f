"""The page that verifies, in a real browser, once a signing key got out: what it signed proves nothing, whoever signed it and when."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from bot.badge_page.checker import Trusted, single_file
from bot.conversation.live import LiveContent
from bot.courses import certificates, leaks, signing
from bot.courses.certificate_paper import Issuer, sheet
from bot.courses.verification import Verdict, verify
from bot.permissions import Actor
from bot.records.database import Database, open_database
from bot.records.learning import Certificate
from bot.records.staff import Role
from bot.settings import ROOT
from tests.certified import NOW, ORIGIN, certify, course, forgeries, saved_anew, with_course
from tests.e2e.test_offline_checker import put


@dataclass(frozen=True)
class Leaked:
    """`page`, `copy`: the single file as it is now, and as it was before; `files`: what the leaked key signed, ours and forged."""

    page: Path
    copy: Path
    files: dict[str, bytes]
    new: str
    new_pdf: bytes
    trusted: Trusted


@pytest.fixture(scope="module")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaked]:
    folder = tmp_path_factory.mktemp("leaked")
    database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    yield _leak(database, folder)
    database.close()


def _leak(database: Database, folder: Path) -> Leaked:
    taught = course(folder)
    content = with_course(LiveContent(ROOT / "flows", None, None).current()[0], taught)
    made, token = database.call(certify, content, taught)
    issuer = Issuer(content.learning.issuer, content.learning.proves, ORIGIN)

    def pdf() -> bytes:
        shown = database.call(certificates.held, token, content, NOW)
        assert shown
        return sheet(shown, issuer, NOW)

    def trusted() -> Trusted:
        return Trusted(database.call(signing.public_keys), database.call(certificates.revocations, ORIGIN), NOW)

    copy, page = folder / "copy.html", folder / "verificar.html"
    copy.write_text(single_file(trusted()), encoding="utf-8")
    key, old_pdf = database.call(signing.current, NOW), pdf()
    stolen = key.private or ""
    database.call(leaks.declare, Actor("ada", Role.ADMIN), key.name, NOW)
    page.write_text(single_file(trusted()), encoding="utf-8")
    new = database.call(lambda session: session.scalars(select(Certificate.signed)).one())
    assert made.signed and new
    forged = {name: each.encode() for name, each in forgeries(made.signed, stolen).items()}
    files = {"ours of before": made.signed.encode(), "our PDF of before": old_pdf, "our PDF packed": saved_anew(old_pdf), **forged}
    return Leaked(page, copy, files, new, pdf(), trusted())


def opened(browser: Browser, file: Path) -> Page:
    """From the disk, the network off."""
    context = browser.new_context()
    context.set_offline(True)
    page = context.new_page()
    page.clock.set_fixed_time(NOW + timedelta(hours=1))
    page.goto(file.as_uri())
    return page


def test_nothing_that_the_leaked_key_signed_proves_anything(browser: Browser, leaked: Leaked) -> None:
    page = opened(browser, leaked.page)
    for name, data in leaked.files.items():
        found = verify(data, leaked.trusted.keys, leaked.trusted.revoked, NOW.date()).verdict
        assert put(page, data) == found == Verdict.LEAKED_KEY, name
        assert page.locator("#resultado dl").count() == 0 and not page.locator("#nombre").is_visible(), "nothing of it is shown"
    page.context.close()


def test_what_was_signed_again_is_genuine(browser: Browser, leaked: Leaked) -> None:
    page = opened(browser, leaked.page)
    assert [put(page, data) for data in (leaked.new.encode(), leaked.new_pdf)] == ["genuine", "genuine"]
    page.context.close()


def test_programs_read_the_names_in_the_page_and_an_old_copy_knows_none(browser: Browser, leaked: Leaked) -> None:
    page = opened(browser, leaked.page)
    keys = json.loads(page.locator("#comprobar").get_attribute("data-keys") or "")
    assert keys == leaked.trusted.keys and len(keys["leaked"]) == 1
    page.context.close()
    old = opened(browser, leaked.copy)
    assert put(old, leaked.new.encode()) == "unknown_key" and put(old, leaked.files["an invented number"]) == "genuine"
    old.context.close()
