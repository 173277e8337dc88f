"""What stays as it is of an official: under an order to keep, under the name that certificates are signed for, in no list any more."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot.conversation.surroundings import Surroundings
from bot.courses import learners
from bot.keeping.retention import Run, run_now
from bot.privacy import holds, officials, person
from bot.privacy.officials import Correction
from bot.records.conversations import Message
from bot.records.database import Database
from bot.records.learning import Certificate, Learner
from tests.learning import INVITES, NAUCALPAN, PLACE, Official, does_everything
from tests.stores import rows
from tests.unit.test_rights_of_officials import NAME, OLGA, around, loses_the_chat, places, reference


@pytest.fixture
def eva(database: Database, content_around: Surroundings, tmp_path: Path) -> Official:
    return does_everything(Official(database, replace(content_around, folder=tmp_path / "files", address="https://puente.example")), NAME)


def test_an_order_over_who_had_no_chat_keeps_what_is_said_in_it_since(eva: Official) -> None:
    loses_the_chat(eva)
    places(eva)
    eva.waits(minutes=1)
    eva.says("cursos")
    late = Run(eva.around.content.retention, eva.now + timedelta(days=9000), Path())
    said = len(rows(eva.database, Message))
    run_now(eva.database, late, OLGA)
    assert len(rows(eva.database, Message)) == said > 0
    eva.call(lambda s: holds.lift(s, OLGA, person.of_word(s, reference(eva)), eva.now))
    run_now(eva.database, late, OLGA)
    assert rows(eva.database, Message) == []


def comes_back(official: Official, name: str) -> str:
    """Withdrawn and invited again for another place: what the assistant said last."""
    official.call(lambda s: learners.withdraw(s, INVITES, reference(official), official.now))
    official.place = replace(PLACE, municipality=NAUCALPAN)
    link = official.is_invited()
    official.waits(minutes=1)
    for each in (f"/start curso_{link}", "Estoy de acuerdo", name):
        official.says(each)
    return " ".join(each.text or "" for each in official.transcript()[-2:])


def test_who_comes_back_under_another_name_keeps_the_one_that_certificates_are_signed_for(eva: Official) -> None:
    assert NAME in comes_back(eva, "Otra Persona"), "they are greeted by it"
    assert (eva.of_learner("name"), eva.of_learner("municipality")) == (NAME, NAUCALPAN)


def test_who_comes_back_while_an_order_stands_is_kept_as_they_were(eva: Official) -> None:
    eva.call(lambda s: s.execute(delete(Certificate)))
    places(eva)
    comes_back(eva, "Otra Persona")
    assert (eva.of_learner("name"), eva.of_learner("municipality")) == (NAME, PLACE.municipality)
    assert eva.of_learner("withdrawn_at") is None


def test_a_name_is_corrected_also_where_the_post_is_in_no_list_any_more(eva: Official) -> None:
    eva.call(lambda s: s.execute(update(Learner).values(post="gone")))
    wanted = Correction("Eva Luz Robledo", replace(PLACE, post="gone"))
    assert eva.call(lambda s: officials.correct(s, OLGA, reference(eva), wanted, around(eva), None)).fields == ["name"]
