"""Which answers of a self-assessment count, and who sees them, is the same on PostgreSQL as on SQLite."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.content.load import load_content
from bot.courses import assessing
from bot.permissions import Actor
from bot.records.database import open_database
from bot.settings import ROOT
from tests.officials import NOW, PABLO, SOFIA, official
from tests.postgresql import fresh

PUEBLA, ATLIXCO = "21114", "21019"


def seen(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(row.municipality, row.answers["privacy"]) for row in assessing.listed(session, actor, ["entrepreneurship"])]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_last_answers_of_each_municipality_are_listed(kind: str, postgresql: str, tmp_path: Path) -> None:
    assessment = load_content(ROOT / "flows", None)[0].assessments["entrepreneurship"]
    database = open_database(f"sqlite:///{tmp_path}/puente.db" if kind == "sqlite" else fresh(postgresql), tmp_path / "keys")

    def answer(session: Session) -> None:
        for days, municipality, office, said in ((2, PUEBLA, "ipam", "yes"), (1, PUEBLA, None, "no"), (0, ATLIXCO, None, "partly")):
            learner = official(session, municipality, organization=office)
            assessing.save(session, learner, assessment, {"privacy": said}, NOW + timedelta(days=days))

    try:
        database.call(answer)
        assert database.call(seen, SOFIA) == [(ATLIXCO, "partly"), (PUEBLA, "yes")]
        assert database.call(seen, PABLO) == [(PUEBLA, "yes")]
    finally:
        database.close()
