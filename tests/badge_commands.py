"""`./puente badge` as it is typed: tests/unit/conftest.py begins it."""

import json
from pathlib import Path

import pytest

from bot import staff
from bot.__main__ import main
from bot.content.published import Content
from bot.courses import certificates, signing
from bot.records.database import Database
from bot.records.staff import Role
from bot.staff import OPERATOR
from tests.certified import NOW, ORIGIN, certify, course, with_course


class Told:
    """The commands as they are typed, in a folder with a certificate."""

    def __init__(self, database: Database, content: Content, folder: Path, printed: pytest.CaptureFixture[str]) -> None:
        self.database, self.folder, self._printed = database, folder, printed
        for name, role in (("rosa", Role.SUPERVISOR), ("ada", Role.ADMIN)):
            database.call(staff.invite, OPERATOR, name, role, None, NOW)
        made, _ = database.call(certify, with_course(content, course(folder)), course(folder))
        self.number, self.token = made.number, made.signed or ""
        self.file = folder / "constancia.jwt"
        self.file.write_text(self.token)

    def badge(self, *words: str) -> tuple[int, str]:
        code = main(["badge", *words])
        said = self._printed.readouterr()
        return code, said.out + said.err

    def public_files(self) -> list[str]:
        keys, revoked = self.folder / "claves.json", self.folder / "revocadas.json"
        keys.write_text(json.dumps(self.database.call(signing.public_keys)))
        revoked.write_text(json.dumps(self.database.call(certificates.revocations, ORIGIN)))
        return ["--keys", str(keys), "--revoked", str(revoked)]
