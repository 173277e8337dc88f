"""`./puente badge`: what it says of a file, with the records and without them; who revokes; what it prints for others."""

import json

import pytest

from bot.courses import certificates, signing
from bot.courses.verification import SENTENCES, Verdict
from bot.records.learning import Revocation
from tests.badge_commands import Told
from tests.certified import NAME, NOW
from tests.unit.test_certificates import SUPERVISOR

DAY = "2026-11-23"


def test_a_file_is_verified_on_a_day_and_against_a_name(told: Told) -> None:
    code, said = told.badge("verify", str(told.file), "--on", DAY, "--name", NAME.upper())
    assert code == 0 and SENTENCES[Verdict.GENUINE] in said and "Es de esa persona." in said and told.number in said
    assert NAME not in said
    code, said = told.badge("verify", str(told.file), "--on", DAY, "--name", "Otra Persona")
    assert code == 1 and "NO es de" in said
    code, said = told.badge("verify", str(told.file), "--on", "2028-11-23")
    assert code == 1 and SENTENCES[Verdict.EXPIRED] in said


def test_with_both_files_no_database_is_opened(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    files = told.public_files()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{told.folder}/nowhere/none.db")
    code, said = told.badge("verify", str(told.file), "--on", DAY, *files)
    assert code == 0 and SENTENCES[Verdict.GENUINE] in said
    assert not (told.folder / "nowhere").exists()
    told.database.call(certificates.revoke, SUPERVISOR, told.number, Revocation.ASKED, NOW)
    code, said = told.badge("verify", str(told.file), "--on", DAY, *told.public_files())
    assert code == 1 and SENTENCES[Verdict.REVOKED] in said


def test_a_changed_file_and_one_that_is_none_are_told_apart(told: Told) -> None:
    head, body, end = told.token.split(".")
    told.file.write_text(f"{head}.{body[:-8]}AAAAAAAA.{end}")
    assert told.badge("verify", str(told.file)) == (1, f"{SENTENCES[Verdict.TAMPERED]}\n")
    told.file.write_text("hola")
    assert told.badge("verify", str(told.file)) == (1, f"{SENTENCES[Verdict.UNREADABLE]}\n")
    assert told.badge("verify", "nowhere.pdf")[0] == 2 and told.badge("verify")[0] == 2
    wrong = told.folder / "wrong.json"
    for text in ("[]", "{"):
        wrong.write_text(text)
        assert told.badge("verify", str(told.file), "--keys", str(wrong), "--revoked", str(wrong))[0] == 2


def test_only_a_supervisor_revokes_with_a_reason(told: Told) -> None:
    for words in (("--who", "ada", "--why", "cheated"), ("--why", "cheated"), ("--who", "rosa")):
        assert told.badge("revoke", told.number, *words)[0] == 2
    assert told.badge("verify", str(told.file), "--on", DAY)[0] == 0
    code, said = told.badge("revoke", told.number, "--why", "cheated", "--who", "rosa")
    assert code == 0 and told.number in said
    code, said = told.badge("verify", str(told.file), "--on", DAY)
    assert code == 1 and SENTENCES[Verdict.REVOKED] in said


def test_another_key_signs_and_the_old_certificate_stays_good(told: Told) -> None:
    assert told.badge("renew", "--who", "rosa")[0] == 2
    assert told.badge("renew", "--who", "ada")[0] == 0
    code, said = told.badge("keys")
    assert code == 0 and len(json.loads(said)["keys"]) == 2 and '"d"' not in said
    assert told.badge("verify", str(told.file), "--on", DAY)[0] == 0


def test_the_page_without_a_network_is_printed_with_keys_and_revocations(told: Told) -> None:
    told.badge("revoke", told.number, "--why", "asked", "--who", "rosa")
    code, page = told.badge("page")
    [key] = told.database.call(signing.public_keys)["keys"]
    assert code == 0 and page.startswith("<!doctype html>") and key["kid"] in page and told.number in page
