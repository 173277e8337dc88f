"""`./puente desk` as an official runs it: a process, a terminal, the records it leaves."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records.database import open_database
from bot.records.referrals import Consent, Referral
from bot.settings import ROOT

ONE = ["Para mí", "Trabajo", "me corrieron de la obra", "Puebla", "Pregunto yo con mi folio", "3", "sí autorizo"]
TWO = ["nueva", "Para otra persona adulta", "Salud", "omitir", "Puebla", "Pregunto yo con mi folio", "no autorizo"]


def run(var: Path, *arguments: str, lines: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PUENTE_VAR": str(var), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", *arguments]
    typed = "".join(f"{line}\n" for line in lines)
    return subprocess.run(command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_an_official_registers_one_person_and_another_refuses(tmp_path: Path) -> None:
    var = tmp_path / "var"
    assert run(var, "staff", "add", "ana", "--role", "admin").returncode == 0
    assert run(var, "staff", "add", "rosa", "--role", "agent", "--who", "ana").returncode == 0
    refused = run(var, "desk", "--who", "ana")
    assert refused.returncode == 2 and "permiso" in refused.stderr
    done = run(var, "desk", "--who", "rosa", lines=(*ONE, *TWO))
    assert done.returncode == 0, done.stderr
    assert "LEA EN VOZ ALTA" in done.stdout and "HOJA PARA LA PERSONA" in done.stdout and "no guardé ni compartí nada" in done.stdout
    database = open_database(f"sqlite:///{var}/puente.db", var / "puente.keys")
    referral, consent = database.call(kept)
    database.close()
    assert referral.folio in done.stdout and (referral.sender, consent.given_by) == ("rosa", "rosa")
    assert sorted(referral.details) == consent.fields == ["contact_way", "for_whom", "municipality", "need"]


def kept(session: Session) -> tuple[Referral, Consent]:
    return session.scalars(select(Referral)).one(), session.scalars(select(Consent)).one()
