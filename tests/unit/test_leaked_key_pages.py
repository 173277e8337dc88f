"""What the pages about certificates show once a signing key got out: our own records, and no file that proves nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.conversation.live import LiveContent
from bot.courses import certificates, leaks, learners, signing
from bot.courses.verification import Verdict, verify
from bot.records.database import Database
from bot.records.learning import Certificate, Learner, Revocation
from tests.certified import NAME, NOW
from tests.unit.test_badge_pages import Visitor
from tests.unit.test_certificates import ADMIN, SUPERVISOR
from tests.unit.test_verification import TODAY


@pytest.fixture
def visitor(database: Database, live: LiveContent, tmp_path: Path) -> Visitor:
    return Visitor(database, live, tmp_path)


def leaks_now(visitor: Visitor) -> leaks.Leak:
    return visitor.database.call(leaks.declare, ADMIN, visitor.database.call(signing.current, NOW).name, NOW)


def database_signed(visitor: Visitor) -> str | None:
    return visitor.database.call(lambda session: session.scalars(select(Certificate.signed)).one())


def test_our_pages_show_our_own_record_whatever_was_forged(visitor: Visitor) -> None:
    before = visitor.get(visitor.badge).text
    leak = leaks_now(visitor)
    assert visitor.get(visitor.badge).text == before and "Vigente hasta" in before
    assert visitor.compare(NAME).status_code == 200
    page, pdf, file = (visitor.get(f"{visitor.holder}{more}") for more in ("", "/pdf", "/jwt"))
    assert page.status_code == 200 and NAME in page.text and "Constancia en PDF" in page.text
    keys = visitor.get("/insignias/claves.json").json()
    for data in (pdf.content, file.content):
        assert verify(data, keys, {}, TODAY).verdict is Verdict.GENUINE
    assert file.text == database_signed(visitor) != visitor.signed
    assert visitor.get("/insignia/2b1e3c4d-0000-4000-8000-000000000000").status_code == 404
    assert keys["leaked"] == [leak.key] and leak.key in visitor.get("/verificar").text


def test_a_leaked_key_is_gone_by_its_address_and_asking_for_it_costs_no_patience(visitor: Visitor) -> None:
    leak = leaks_now(visitor)

    async def ask(client):  # type: ignore[no-untyped-def]
        return [await client.get(f"/insignias/claves/{leak.key}") for _ in range(14)]

    for answer in visitor.ask(ask):
        assert answer.status_code == 410 and answer.json() == {"leaked": [leak.key]}
    assert visitor.get(f"/insignias/claves/{leak.signs}").json()["kid"] == leak.signs


@pytest.mark.parametrize("ended", ["revoked", "expired"])
def test_of_one_that_was_over_the_pages_say_so_and_no_file_is_given_any_more(ended: str, visitor: Visitor) -> None:
    def end(session):  # type: ignore[no-untyped-def]
        session.scalars(select(Certificate)).one().expires_at = NOW - timedelta(seconds=1)

    if ended == "revoked":
        visitor.database.call(certificates.revoke, SUPERVISOR, visitor.number, Revocation.CHEATED, NOW)
    else:
        visitor.database.call(end)
    assert visitor.get(f"{visitor.holder}/jwt").status_code == 200
    leaks_now(visitor)
    for path in (visitor.holder, visitor.badge):
        page = visitor.get(path).text
        assert ("Revocada" if ended == "revoked" else "Venció") in page and "ya no prueba nada" in page and "Vigente" not in page
        assert "/pdf" not in page and "/jwt" not in page
    assert [visitor.get(f"{visitor.holder}/{file}").status_code for file in ("pdf", "jwt")] == [404, 404]
    assert visitor.compare(NAME).status_code == 200, "the name is compared with our own record"


def test_of_somebody_erased_the_page_goes_on_saying_the_state(visitor: Visitor) -> None:
    visitor.database.call(lambda session: learners.erase(session, session.scalars(select(Learner)).one(), NOW))
    before = visitor.get(visitor.badge).text
    leaks_now(visitor)
    assert (
        visitor.get(visitor.badge).text == before and "pidió borrar sus datos" in before and visitor.get(visitor.holder).status_code == 404
    )
