"""Inviting many officials from a table: every line is right or nobody is invited, and what is wrong says on which line."""

import csv
import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.courses import invitations, inviting, learners
from bot.courses.invitations import Standing
from bot.courses.inviting import WrongLinesError, as_csv, municipality_of, read_places, text_of
from bot.courses.learners import Place
from bot.courses.links import invitation_link
from bot.errors import RefusedError
from bot.records.database import Database
from bot.records.learning import Learner
from tests.officials import DORA, NOW, SOFIA, certificate, official

GOOD = "DIF municipal,Atlixco,other\nRegistro civil,21114,Primera atención o ventanilla,ipam\n"


def everybody(session: Session) -> list[Learner]:
    return list(session.scalars(select(Learner).order_by(Learner.id)))


def test_a_line_is_an_office_a_municipality_and_a_post(content: Content) -> None:
    wanted = [Place("DIF municipal", "21019", "other"), Place("Registro civil", "21114", "first_contact", "ipam")]
    assert read_places(GOOD, content) == wanted
    assert read_places("Oficina;Puesto;Municipio;Organizacion\nDIF municipal;other;Atlixco;\n\n", content) == wanted[:1]
    assert read_places(text_of("oficina\tmunicipio\tpuesto\nAtención\tTepeaca\tother".encode("cp1252")), content)[0].office == "Atención"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DIF,Atlixco,other\nDIF,Atlantis,other", "Línea 2: no se encuentra el municipio «Atlantis»"),
        ("DIF,21999,other", "Línea 1: «21999» no es la clave"),
        ("\nDIF,Tlaxco,other", "Línea 2: hay varios municipios «Tlaxco»: escriba la clave"),
        ("oficina,municipio,puesto\nDIF,,other", "Línea 2: falta municipio"),
        ("DIF,Atlixco,jefe", "Línea 1: «jefe» no es un puesto"),
        ("DIF,Atlixco,other,nowhere", "Línea 1: «nowhere» no está en el directorio"),
        (f"{'x' * 129},Atlixco,other", "Línea 1: Falta la oficina"),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong_is_named(text: str, says: str, content: Content) -> None:
    with pytest.raises(WrongLinesError) as told:
        read_places(text, content)
    assert str(told.value.wrong[0]).startswith(says), told.value


def test_every_wrong_line_is_told_at_once_and_nobody_is_invited(content: Content) -> None:
    with pytest.raises(WrongLinesError) as told:
        read_places("DIF,Atlixco,other\nDIF,x,other\nDIF,Atlixco,y", content)
    assert [each.line for each in told.value.wrong] == [2, 3]


def test_an_empty_table_and_one_that_is_too_long_are_refused(content: Content) -> None:
    for text in ("", "oficina,municipio,puesto\n", "DIF,Atlixco,other\n" * (inviting.MOST + 1), '"DIF\0,x'):
        with pytest.raises(RefusedError):
            read_places(text, content)


def test_of_many_municipalities_of_one_name_the_state_says_which(content: Content) -> None:
    assert municipality_of(content.municipalities, "Tlaxco, Puebla").key[:2] == "21"
    assert municipality_of(content.municipalities, "1001").key == "01001"  # a spreadsheet cut the nought off


def test_the_table_of_links_can_be_read_again_and_is_no_formula(database: Database, content: Content) -> None:
    text = GOOD + '"=cmd|calc!A0",21019,other\n'
    places = read_places(text, content)
    made = database.call(inviting.invite, SOFIA, content, places, "cursos_bot", NOW)
    written = as_csv(made, content)
    rows = list(csv.DictReader(io.StringIO(written)))
    assert rows[3]["oficina"] == "'=cmd|calc!A0" and rows[1]["enlace"].startswith("https://t.me/cursos_bot?start=curso_")
    assert read_places(written, content) == places
    assert [each.organization_id for each in database.call(everybody)] == [None, "ipam", None]


def test_each_link_opens_one_invitation_and_is_not_in_the_records(database: Database, content: Content) -> None:
    made = database.call(inviting.invite, SOFIA, content, read_places(GOOD, content), "cursos_bot", NOW)
    tokens = [each.link.partition("curso_")[2] for each in made]
    found = [database.call(learners.invited, token, NOW) for token in tokens]
    assert [each and each.id for each in found] == [each.learner.id for each in made] and len(set(tokens)) == 2
    assert not any(token in str(vars(each)) for token in tokens for each in database.call(everybody))


def test_a_link_is_short_enough_for_telegram_and_without_a_bot_it_is_what_to_write(database: Database, content: Content) -> None:
    _, token = database.call(learners.invite, SOFIA, content, Place("DIF", "21019", "other"), NOW)
    assert invitation_link(None, token) == f"/start curso_{token}"
    word = invitation_link("cursos_bot", token).partition("?start=")[2]
    assert len(word) <= 64 and word.replace("_", "").replace("-", "").isalnum()


def test_another_link_kills_the_one_before_and_is_not_for_who_has_joined(database: Database, content: Content) -> None:
    learner, token = database.call(learners.invite, SOFIA, content, Place("DIF", "21019", "other"), NOW)
    _, other = database.call(learners.invite_again, SOFIA, learner.reference, NOW)
    assert database.call(learners.invited, token, NOW) is None and database.call(learners.invited, other, NOW)
    joined = database.call(official)
    for reference in (joined.reference, "nobody"):
        with pytest.raises(RefusedError):
            database.call(learners.invite_again, SOFIA, reference, NOW)


def test_who_only_reads_the_report_neither_invites_nor_sees_who_was_invited(database: Database, content: Content) -> None:
    for refused in (
        lambda: database.call(inviting.invite, DORA, content, read_places(GOOD, content), None, NOW),
        lambda: database.call(invitations.listed, DORA, NOW),
        lambda: database.call(learners.withdraw, DORA, "x", NOW),
        lambda: database.call(learners.invite_again, DORA, "x", NOW),
    ):
        with pytest.raises(RefusedError, match="permiso"):
            refused()


def test_the_list_says_how_each_stands_and_never_a_name_or_what_they_learned(database: Database) -> None:
    def records(session: Session) -> None:
        certificate(session, official(session))
        official(session, joined=False)
        official(session, joined=False, expires_at=NOW.replace(year=2025))
        official(session, left=True)

    database.call(records)
    found = database.call(invitations.listed, SOFIA, NOW)
    assert [each.standing for each in found.invited] == [Standing.LEFT, Standing.LAPSED, Standing.WAITING, Standing.JOINED]
    assert "Tomasa" not in repr(found) and "first" not in repr(found)
    for standing in Standing:
        assert [each.standing for each in database.call(invitations.listed, SOFIA, NOW, standing).invited] == [standing]
    page = database.call(invitations.listed, SOFIA, NOW, most=3)
    older = database.call(invitations.listed, SOFIA, NOW, None, page.older, most=3)
    assert len(page.invited) == 3 and [each.standing for each in older.invited] == [Standing.JOINED] and older.older is None
