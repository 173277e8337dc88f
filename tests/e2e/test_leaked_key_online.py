"""A signing key gets out while the service runs: the command is given beside it, and from then on its pages say so, in a real browser."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Browser
from sqlalchemy import select

from bot import staff
from bot.conversation.live import LiveContent
from bot.courses import signing
from bot.records.database import Database
from bot.records.learning import Certificate
from bot.records.staff import Role
from bot.settings import ROOT
from bot.staff import OPERATOR
from tests.certified import certify, course, forgeries, with_course
from tests.e2e.conftest import Alone
from tests.e2e.test_offline_checker import put

PICTURES = os.environ.get("PICTURES_OF_PAGES")  # a folder: for people who look at how the pages look


def test_the_running_service_refuses_the_key_as_soon_as_it_was_said(
    puente: Alone, database: Database, browser: Browser, tmp_path: Path
) -> None:  # fmt: skip
    taught, began = course(tmp_path), datetime.now(UTC) - timedelta(hours=1)
    content = with_course(LiveContent(ROOT / "flows", None, None).current()[0], taught)
    made, token = database.call(certify, content, taught, began, puente.address)
    database.call(staff.invite, OPERATOR, "ada", Role.ADMIN, None, began)
    key = database.call(signing.current, began)
    files = {"ours of before": made.signed or "", **forgeries(made.signed or "", key.private or "")}
    page = browser.new_context().new_page()
    page.goto(f"{puente.address}/verificar")
    assert put(page, files["the same again"].encode()) == "genuine", "before it is said, nobody can know"

    said = puente.orders("badge", "leaked", key.name[:10], "--who", "ada")
    assert said.returncode == 0, said.stderr
    page.goto(f"{puente.address}/verificar")
    for name, file in files.items():
        assert put(page, file.encode()) == "leaked_key", name
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/leaked_key.png", full_page=True)
    new = httpx.get(f"{puente.address}/constancia/{token}/jwt", trust_env=False).text
    assert new == database.call(lambda session: session.scalars(select(Certificate.signed)).one()) != made.signed
    assert put(page, new.encode()) == "genuine"
    page.goto(f"{puente.address}/insignia/{made.number}")
    assert "Vigente hasta" in page.locator("main").inner_text() and page.locator("h1").inner_text().endswith("Primer contacto")
    assert httpx.get(f"{puente.address}/insignias/claves/{key.name}", trust_env=False).status_code == 410
    page.context.close()
