"""«Capacitación» in the console: what each role is shown, inviting with forms and files, tables as CSV."""

import csv
import io
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.training import TRAINING
from bot.records.audit import AuditEntry
from bot.records.learning import Learner
from bot.records.staff import Role
from bot.settings import Settings
from tests.console import Desk, Member
from tests.officials import certificate, enrolment, official, result

WORD = re.compile(r"/start curso_[\w-]{24}")


@pytest.fixture
def sofia(desk: Desk) -> Member:
    return desk.member(Role.SUPERVISOR, "sofia")


def table(text: str) -> list[dict[str, str]]:
    """Without the row of tags."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))[1:]


def rows(session: Session) -> list[Learner]:
    return list(session.scalars(select(Learner).order_by(Learner.id)))


def test_the_table_has_a_row_for_every_municipality_and_the_file_has_the_same(desk: Desk, sofia: Member) -> None:
    desk.database.call(lambda session: certificate(session, official(session)))
    page = sofia.get(TRAINING).text
    assert page.count('<th scope="row">') == 217 + 1 and "meta pendiente" in page and "Tomasa" not in page
    found = table(sofia.get(f"{TRAINING}/municipios.csv").text)
    assert len(found) == 217 and [each["municipio"] for each in found if each["personas_con_constancia"] == "1"] == ["Puebla"]
    assert len(table(sofia.get(f"{TRAINING}/municipios.csv?estado=15").text)) == 125


def test_filters_and_orders_stand_in_the_address_and_hold_for_the_file(desk: Desk, sofia: Member) -> None:
    desk.database.call(lambda session: certificate(session, official(session)))
    page = sofia.get(f"{TRAINING}?solo=sin_nadie&orden=-poblacion").text
    assert page.count('<th scope="row">') == 216 and 'aria-sort="descending"' in page
    found = table(sofia.get(f"{TRAINING}/municipios.csv?solo=sin_nadie&orden=-poblacion").text)
    people = [int(each["poblacion"]) for each in found]
    assert len(found) == 216 and people == sorted(people, reverse=True)
    assert sofia.get(f"{TRAINING}?estado=xx&curso=<b>&solo=y&orden=z").status_code == 200


def test_the_map_says_what_it_shows_also_without_colour_and_is_all_in_the_table(desk: Desk, sofia: Member) -> None:
    desk.database.call(lambda session: certificate(session, official(session)))
    page = sofia.get(TRAINING).text
    assert page.count("<title>") == 217 + 1, "a title for each square and the page's"
    assert "<title>Puebla: Con constancia, falta para la meta (1 con constancia, 1 inscritas)</title>" in page
    assert len(re.findall('<path class="half"', page)) == 3, "on the map, in the legend and in the table"


def test_a_partner_is_led_to_their_own_office_and_gets_nothing_else(desk: Desk) -> None:
    def records(session: Session) -> None:
        for organization in ("ipam", "iom"):
            for _ in range(6):
                learner = official(session, organization=organization, office=organization)
                result(session, enrolment(session, learner, days=2), f"lesson_{organization}", 2)

    desk.database.call(records)
    pablo = desk.member(Role.PARTNER, "pablo", "ipam")
    home, page = pablo.get("/consola").text, pablo.get(f"{TRAINING}/oficinas").text
    assert f'href="{TRAINING}/oficinas">Capacitación' in home and f'href="{TRAINING}"' not in home + page
    assert "lesson_ipam" in page and "lesson_iom" not in page and "Empezaron en todas" not in page
    assert len(table(pablo.get(f"{TRAINING}/oficinas.csv").text)) == 1
    assert [each["leccion"] for each in table(pablo.get(f"{TRAINING}/lecciones.csv").text)] == ["lesson_ipam"]
    for path in ("", "/municipios.csv", "/invitar", "/invitaciones", "/invitaciones.csv"):
        assert pablo.get(f"{TRAINING}{path}").status_code == 403
    assert pablo.send(f"{TRAINING}/invitar", office="x", municipality="21114", post="other").status_code == 403


def test_an_invitation_is_shown_once_and_the_same_form_makes_no_other(desk: Desk, sofia: Member) -> None:
    form = sofia.form(office="DIF", municipality="Atlixco", post="other", organization="")
    answer = sofia.post(f"{TRAINING}/invitar", form)
    assert WORD.search(answer.text) and sofia.post(f"{TRAINING}/invitar", form).status_code == 303
    [learner] = desk.database.call(rows)
    page = sofia.get(f"{TRAINING}/invitaciones").text
    assert learner.municipality == "21019" and "DIF" in page and not WORD.search(page)
    assert sofia.send(f"{TRAINING}/invitar", office="DIF", municipality="Atlantis", post="other").status_code == 409


def test_a_pasted_list_or_a_file_gives_the_links_as_a_table_once(desk: Desk, sofia: Member) -> None:
    answer = sofia.send(f"{TRAINING}/invitar/lista", text="DIF,Atlixco,other\nDIF,21114,other")
    assert answer.headers["content-type"].startswith("text/csv") and "attachment" in answer.headers["content-disposition"]
    assert [bool(WORD.fullmatch(each["enlace"])) for each in table(answer.text)] == [True, True]
    files = {"file": ("lista.csv", "Atención;Atlixco;other\n".encode("cp1252"), "text/csv")}
    sent = desk.ask(lambda client: client.post(f"{TRAINING}/invitar/lista", data=sofia.form(text=""), files=files), sofia.cookies)
    assert table(sent.text)[0]["oficina"] == "Atención" and len(desk.database.call(rows)) == 3


def test_a_wrong_list_comes_back_with_its_lines_and_invites_nobody(desk: Desk, sofia: Member) -> None:
    answer = sofia.send(f"{TRAINING}/invitar/lista", text="DIF,Atlixco,other\nDIF <b>,Atlantis,other")
    assert answer.status_code == 422 and "Línea 2: no se encuentra el municipio «Atlantis»" in answer.text
    assert "DIF &lt;b&gt;,Atlantis,other</textarea>" in answer.text and desk.database.call(rows) == []


def test_a_bot_with_a_name_makes_links(desk: Desk, sofia: Member) -> None:
    object.__setattr__(desk.app, "settings", _named(desk.app.settings))
    page = sofia.send(f"{TRAINING}/invitar", office="DIF", municipality="Atlixco", post="other").text
    assert re.search(r"https://t\.me/cursos_bot\?start=curso_[\w-]{24}", page)


def _named(settings: Settings) -> Settings:
    return settings.model_copy(update={"telegram_officials_name": "cursos_bot"})


def test_the_list_gives_a_new_link_takes_access_away_and_is_a_file_without_names(desk: Desk, sofia: Member) -> None:
    waiting, joined = desk.database.call(lambda session: (official(session, joined=False), official(session)))
    assert WORD.search(sofia.send(f"{TRAINING}/invitaciones/enlace", reference=waiting.reference).text)
    assert sofia.send(f"{TRAINING}/invitaciones/enlace", reference=joined.reference).status_code == 409
    assert sofia.send(f"{TRAINING}/invitaciones/quitar", reference=joined.reference).status_code == 303
    found = table(sofia.get(f"{TRAINING}/invitaciones.csv").text)
    assert [each["estado"] for each in found] == ["sin acceso", "enlace sin usar"]
    shown = sofia.get(f"{TRAINING}/invitaciones").text + sofia.get(f"{TRAINING}/invitaciones.csv?estado=left").text
    assert "Tomasa" not in shown and table(sofia.get(f"{TRAINING}/invitaciones.csv?estado=joined").text) == []


def test_courses_that_too_few_began_are_named_without_a_number(desk: Desk, sofia: Member) -> None:
    def records(session: Session) -> None:
        for number in range(6):
            learner = official(session, organization="ipam")
            enrolment(session, learner, "many")
            if number < 4:
                enrolment(session, learner, "few")

    desk.database.call(records)
    page = sofia.get(f"{TRAINING}/oficinas")
    named = page.text.partition("o nadie:")[2].partition("</p>")[0]
    assert page.status_code == 200 and "few" in named and "many" not in named and "6 empezaron" in page.text and "4 emp" not in page.text


def test_each_look_is_a_row_of_the_audit(desk: Desk, sofia: Member) -> None:
    sofia.get(f"{TRAINING}/municipios.csv?estado=15")
    sofia.get(f"{TRAINING}/oficinas")
    looks = select(AuditEntry.action, AuditEntry.why).where(AuditEntry.who == "sofia", AuditEntry.action.like("learning.%"))
    assert desk.database.call(lambda session: [tuple(each) for each in session.execute(looks)]) == [
        ("learning.reach", "reach 15"), ("learning.report", "offices"),
    ]  # fmt: skip
