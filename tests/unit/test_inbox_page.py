"""The inbox as its page is asked for: tabs, filters that keep their values, search, sorting, and what each form carries."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.console.words import DANGERS
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import ProposalState, ReplyProposal, Ticket, TicketState
from bot.settings import ROOT, Settings
from tests.asking import NOW
from tests.console import Desk, Member
from tests.queues import tag, ticket
from tests.stores import rows

INBOX = "/consola/bandeja"


@pytest.fixture
def desk(database: Database, live: LiveContent, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(database, live, Settings(puente_var=tmp_path, _env_file=None), NOW)  # type: ignore[call-arg]


@pytest.fixture
def rosa(desk: Desk) -> Member:
    return desk.member(Role.AGENT, "rosa")


def made(database: Database, *tags: str, **fields: Any) -> int:
    def make(session: Any) -> int:
        of = ticket(session, **fields)
        tag(session, of, *tags)
        return of.id

    return database.call(make)


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<a id="p(\d+)"', page)]


def test_the_inbox_says_of_each_who_waits_what_staff_choose_by(rosa: Member, database: Database) -> None:
    number = made(database, "papeles", urgency=0, topic="women", reason="violence_now", language="ht", municipality="15057", reply_by=NOW)
    page = rosa.get(INBOX, params={}).text
    assert shown(page) == [number] and f'action="/consola/peticiones/{number}/tomar"' in page
    for words in ("Peligro", "Mujeres", "violencia", "Kreyòl", "Naucalpan", "1 h", "papeles", "<title>(1) Bandeja"):
        assert words in page
    assert "Atrasada<" not in page


def test_only_who_waits_can_be_taken(rosa: Member, database: Database) -> None:
    for state in (TicketState.ASSIGNED, TicketState.SNOOZED, TicketState.RESOLVED):
        made(database, state=state, holder="luis")
    for tab in ("abiertas", "cerradas"):
        page = rosa.get(f"{INBOX}?tab={tab}").text
        assert shown(page) and "/tomar" not in page


def test_each_form_of_a_page_is_a_form_of_its_own(rosa: Member, database: Database) -> None:
    """Who goes back and takes another one sends a form that was not taken before."""
    for _ in range(3):
        made(database)
    used = re.findall(r'name="once" value="([^"]+)"', rosa.get(INBOX).text)
    assert len(used) == len(set(used)) == 4 and all(16 <= len(each) <= 64 for each in used)


def test_filters_keep_their_values_and_lead_on(rosa: Member, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handoff.queue.SHOWN", 1)
    first, second = made(database, topic="health", municipality="21114"), made(database, topic="health", municipality="21114")
    made(database, topic="women")
    page = rosa.get(f"{INBOX}?tema=health&municipio=puebla&espera=1h").text
    assert shown(page) == [first] and '<option value="health" selected>' in page and 'value="puebla"' in page
    [further] = re.findall(r'href="([^"]+)" rel="next"', page)
    page = rosa.get(further.replace("&amp;", "&")).text
    assert shown(page) == [second] and 'rel="next"' not in page and '<option value="1h" selected>' in page


@pytest.mark.parametrize(
    "query",
    ["tab=x", "urgencia=x", "espera=x", "desde=x", "desde=1.1.1", "vistas=x", "tab=%F0%9F%99%82", "idioma=" + "x" * 500],
)
def test_an_address_that_somebody_wrote_is_no_fault_of_ours(query: str, rosa: Member, database: Database) -> None:
    made(database)
    assert rosa.get(f"{INBOX}?{query}").status_code == 200


def test_a_place_that_does_not_exist_is_said_and_shows_nobody(rosa: Member, database: Database) -> None:
    made(database, municipality=None)
    page = rosa.get(f"{INBOX}?municipio=xqzwkk").text
    assert "No encontramos ese municipio" in page and shown(page) == []


def test_the_page_asks_its_own_address_again_and_counts_who_came_meanwhile(rosa: Member, database: Database) -> None:
    made(database, topic="health")
    page = rosa.get(f"{INBOX}?tema=health").text
    [again] = re.findall(r'hx-get="([^"]+)"', page)
    made(database, topic="health")
    page = rosa.get(again.replace("&amp;", "&"), headers={"hx-request": "true"}).text
    assert len(shown(page)) == 2 and "Llegó 1 petición" in page
    assert [each.action for each in rows(database, AuditEntry)] == ["ticket.list"]


def test_an_empty_tab_says_so_in_words(rosa: Member) -> None:
    for query, words in (
        ("", "Nadie espera"),
        ("?tab=mias", "no atiende a nadie"),
        ("?tab=cerradas", "no hay peticiones"),
        ("?tarde=1", "Ninguna"),
    ):
        assert words in rosa.get(f"{INBOX}{query}").text


def test_nothing_that_a_person_said_and_no_mark_of_theirs_reaches_the_page(rosa: Member, database: Database) -> None:
    number = made(database, "queja")

    def say(session: Any) -> None:
        conversation_id = session.get_one(Ticket, number).conversation_id
        session.get_one(Conversation, conversation_id).chat_id = "5550001112"
        session.add(Message(conversation_id=conversation_id, direction=Direction.IN, text="Ana Secreta", created_at=NOW))

    database.call(say)
    page = rosa.get(INBOX).text + rosa.get(f"{INBOX}?busca={number}").text
    assert "Secreta" not in page and "5550001112" not in page


def test_a_search_shows_what_it_found_and_that_words_of_conversations_are_not_searched(rosa: Member, database: Database) -> None:
    number = made(database, "papeles", state=TicketState.RESOLVED)
    assert shown(rosa.get(f"{INBOX}?busca=papeles").text) == [number] == shown(rosa.get(f"{INBOX}?busca={number}").text)
    page = rosa.get(f"{INBOX}?busca=<script>alert(1)</script>").text
    assert "<script>alert" not in page and "cifradas" in page


def test_sorting_by_the_form_goes_back_to_the_ticket(rosa: Member, database: Database) -> None:
    number = made(database, "papeles", "queja")
    answer = rosa.send(
        f"/consola/peticiones/{number}/ordenar", tema="women", urgencia="peligro", etiqueta="Albergue", quitar="papeles,queja"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/consola/peticiones/{number}?dicho=sorted")
    [changed] = rows(database, Ticket)
    assert (changed.topic, changed.urgency) == ("women", 0)
    assert shown(rosa.get(f"{INBOX}?busca=albergue").text) == [number] and shown(rosa.get(f"{INBOX}?busca=queja").text) == []


def test_a_tag_that_names_somebody_is_refused_in_words(rosa: Member, database: Database) -> None:
    answer = rosa.send(f"/consola/peticiones/{made(database)}/ordenar", etiqueta="222 123 45 67")
    assert answer.status_code == 409 and "teléfonos" in answer.text


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AGENT, Role.SUPERVISOR)])
def test_who_is_not_at_the_desk_sees_no_queue(role: Role, desk: Desk, database: Database) -> None:
    number = made(database)
    member = desk.member(role)
    assert member.get(INBOX).status_code == 403 == member.send(f"/consola/peticiones/{number}/ordenar", tema="women").status_code
    assert rows(database, Ticket)[0].topic is None


def test_every_member_can_read_how_the_console_is_used(desk: Desk) -> None:
    for role in Role:
        assert desk.member(role).get("/consola/ayuda").status_code == 200


def test_the_help_page_lists_every_key_that_does_something(rosa: Member) -> None:
    script = (ROOT / "bot/console/static/keys.js").read_text(encoding="utf-8")
    letters = set(re.findall(r'\n    if \(key === "(.)"\)', script)) - {"g"}
    pages = re.search(r"GOES = \{([^}]+)\}", script)
    assert pages and letters
    known = {"Enter", *letters, *(f"g {letter}" for letter in re.findall(r"(\w): ", pages[1]))}
    assert set(re.findall(r"<kbd>([^<]+)</kbd>", rosa.get("/consola/ayuda").text)) == known


def test_the_first_page_counts_what_waits_for_this_role(desk: Desk, rosa: Member, database: Database) -> None:
    made(database)
    made(database, reply_by=NOW.replace(hour=0))
    number = made(database, state=TicketState.ASSIGNED, holder="rosa")

    other = made(database, state=TicketState.ASSIGNED, holder="jefa")

    def propose(session: Any) -> None:
        for ticket_id, who in ((number, "rosa"), (other, "jefa")):
            session.add(ReplyProposal(ticket_id=ticket_id, who=who, text="Hola", proposed_at=NOW, state=ProposalState.WAITING))

    database.call(propose)
    assert counted(rosa) == {
        "Esperan a una persona": 2,
        "Atrasadas: pasó el plazo para contestar": 1,
        "Las atiende usted": 1,
        "Casos sin contestar": 0,
        "Casos atrasados": 0,
    }
    assert counted(desk.member(Role.SUPERVISOR))["Respuestas que esperan una segunda lectura"] == 2
    assert counted(desk.member(Role.SUPERVISOR, "jefa"))["Respuestas que esperan una segunda lectura"] == 1
    assert counted(desk.member(Role.SUPERVISOR, "both"))["Las atiende usted"] == 0
    assert counted(desk.member(Role.ADMIN)) == {}


def counted(member: Member) -> dict[str, int]:
    return {title: int(count) for count, title in re.findall(r"<strong>(\d+)</strong>([^<]+)</a>", member.get("/consola").text)}


def test_every_class_of_danger_has_its_words(content: Content) -> None:
    assert set(DANGERS) == {each.name for each in content.safety.categories}


def test_the_database_is_asked_a_fixed_number_of_times(rosa: Member, database: Database) -> None:
    def asked() -> int:
        seen: list[str] = []
        note = lambda connection, cursor, statement, *more: seen.append(statement)  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", note)
        rosa.get(INBOX)
        event.remove(database.engine, "before_cursor_execute", note)
        return len(seen)

    made(database)
    few = asked()
    for _ in range(30):
        made(database, "papeles")
    assert asked() == few and database.call(lambda session: len(session.scalars(select(Ticket.id)).all())) == 31
