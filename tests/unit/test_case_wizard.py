"""A case begun by the staff in a conversation: who can receive it, the person's own leave in their chat, and the leave read at a desk."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.load import load_content
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Action, Actor, may
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.referrals import ConsentKind, Referral, ReferralState
from bot.records.staff import Role
from bot.referrals import in_person, proposing, recipients
from bot.referrals.proposing import Wish
from bot.referrals.recipients import Case
from bot.settings import ROOT, Settings
from tests.chats import ON_DUTY, STAFF, Chat
from tests.console import Desk, Member
from tests.intake import button, consents, referrals

WISH = Wish("work", "21019", "ipam_attention", "Me corrieron de la obra")
FORM = {"need": "work", "municipality": "21019", "service": "ipam_attention", "text": "Me corrieron de la obra"}
AT_DESK = {"for_whom": "self", "contact_way": "telephone", "telephone": "222 123 4567"}
OTHER = Actor("luis", Role.AGENT)


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    """In the hands of STAFF."""
    chat = Chat(database, content_around)
    chat.person_holds()
    return chat


@pytest.fixture
def desk(database: Database, live: LiveContent, tmp_path: Path, ana: Chat) -> Iterator[Desk]:
    yield Desk(database, live, Settings(puente_var=tmp_path, _env_file=None), ana.now)  # type: ignore[call-arg]


@pytest.fixture
def holder(desk: Desk) -> Member:
    return desk.member(Role.AGENT, name=STAFF)


def ticket_of(chat: Chat) -> int:
    return chat.call(lambda session: chat.ticket(session).id)


def asks(chat: Chat, wish: Wish = WISH, actor: Actor = ON_DUTY) -> None:
    number, around = ticket_of(chat), replace(chat.around, now=chat.now)
    chat.call(lambda session: proposing.ask_person(session, actor, number, wish, around))


def pressed(chat: Chat, beginning: str) -> list[str]:
    return chat.presses(button(chat, f"referral_intake.{beginning}"))


def agrees(chat: Chat) -> list[str]:
    pressed(chat, "for_whom=self")
    pressed(chat, "contact_way=chat")
    pressed(chat, "notices=yes")
    return pressed(chat, "consent=yes")


def test_the_person_is_asked_in_their_language_for_what_is_left_and_sends_it_themselves(ana: Chat) -> None:
    def speaks_english(session: Session) -> None:
        ana.conversation(session).language = "en"

    ana.call(speaks_english)
    asks(ana)
    last = ana.transcript()[-1]
    assert last.response == "ask_referral_intake_for_whom" and "Who" in last.text
    assert agrees(ana) == ["utter_referral_sent"]
    [made] = referrals(ana)
    assert (made.service_id, made.need, made.municipality, made.sender) == ("ipam_attention", "work", "21019", "person")
    assert made.details["story"] == "Me corrieron de la obra"
    assert {each.given_by for each in consents(ana)} == {"person"} and {each.kind for each in consents(ana)} >= {ConsentKind.SHARE}


def test_nothing_is_sent_before_the_person_agrees(ana: Chat) -> None:
    asks(ana)
    pressed(ana, "for_whom=self")
    pressed(ana, "contact_way=chat")
    assert pressed(ana, "notices=no")[-1] == "ask_referral_intake_consent" and not referrals(ana)
    assert pressed(ana, "consent=no") == ["utter_consent_refused"]
    assert not referrals(ana) and ana.pending is None


def test_a_typed_yes_to_the_staff_is_no_leave_to_share(ana: Chat) -> None:
    """They may answer what the member of staff has just asked: leave is given with the button of the text that was shown."""
    asks(ana)
    pressed(ana, "for_whom=self")
    pressed(ana, "contact_way=chat")
    assert ana.says("sí") == [] and "notices" not in ana.answers
    pressed(ana, "notices=yes")
    for word in ("sí", "sí autorizo", "acepto"):
        assert ana.says(word) == []
    assert not referrals(ana)


def test_what_the_person_writes_besides_goes_to_the_staff(ana: Chat) -> None:
    asks(ana)
    before = ana.answers
    assert ana.says("¿y cuánto tarda eso, señorita?") == []
    assert ana.answers == before and ana.heard()[-1].text == "¿y cuánto tarda eso, señorita?"


def test_danger_said_meanwhile_is_heard_first(ana: Chat) -> None:
    asks(ana)
    assert ana.says("mi esposo me quiere matar") == ["utter_danger_while_assigned"]


def test_the_person_can_leave_it_at_any_question(ana: Chat) -> None:
    asks(ana)
    assert ana.presses("/cancel") == ["utter_cancelled"] and ana.pending is None


def test_questions_of_their_own_stay_silent_while_staff_hold_the_chat(database: Database, content_around: Surroundings) -> None:
    chat = Chat(database, content_around)
    chat.says("/start apoyo")
    chat.person_waits()
    chat.call(lambda session: setattr(chat.ticket(session), "state", "assigned"))
    assert pressed(chat, "for_whom=self") == []


@pytest.mark.parametrize("actor", [OTHER, Actor("ines", Role.PARTNER, "ipam"), Actor("ed", Role.EDITOR)], ids=str)
def test_only_who_attends_the_person_begins_their_case(actor: Actor, ana: Chat) -> None:
    with pytest.raises(RefusedError):
        asks(ana, actor=actor)
    assert ana.pending is None


@pytest.mark.parametrize("wish", [
    Wish("work", "21019", "naucalpan_attention"), Wish("work", "21019", "ipam_help"), Wish("work", "21019", "nobody"),
    Wish("nonsense", "21019", "ipam_attention"), Wish("work", "99999", "ipam_attention"), Wish("work", "../..", "<script>"),
], ids=str)  # fmt: skip
def test_a_service_that_does_not_take_such_a_case_cannot_be_chosen(wish: Wish, ana: Chat) -> None:
    with pytest.raises(RefusedError):
        asks(ana, wish)
    assert ana.pending is None


def content_with(**changes: object) -> Content:
    content, _ = load_content(ROOT / "flows", None)
    service = replace(content.services["ipam_attention"], **changes)  # type: ignore[arg-type]
    return replace(content, services={**content.services, "ipam_attention": service})


def test_why_a_service_cannot_be_chosen_is_said(ana: Chat) -> None:
    case = Case({"need": "work", "municipality": "21019"})

    def why(content: Content, counts: dict[str, int]) -> dict[str, str]:
        return {each.service.id: each.why_not for each in recipients.choices(content, case, ana.now, counts)}

    assert why(content_with(capacity=2), {"ipam_attention": 1})["ipam_attention"] == ""
    assert why(content_with(capacity=2), {"ipam_attention": 2})["ipam_attention"] == "full"
    assert why(content_with(accepts={"need": ("health",)}), {})["ipam_attention"] == "other_cases"
    assert why(content_with(receives_referrals=False), {})["ipam_attention"] == "unassured"


def test_of_a_service_that_fills_up_meanwhile_the_person_is_told_and_at_a_desk_it_is_refused(ana: Chat) -> None:
    asks(ana)
    ana.around = replace(ana.around, content=content_with(capacity=0))
    pressed(ana, "for_whom=self")
    pressed(ana, "contact_way=chat")
    assert "utter_recipient_full" in pressed(ana, "notices=yes")
    number, around = ticket_of(ana), replace(ana.around, now=ana.now)
    with pytest.raises(RefusedError):
        ana.call(lambda session: in_person.read_aloud(session, ON_DUTY, number, WISH, AT_DESK, around))


# Through the pages


def test_who_may_not_make_a_case_finds_no_page(desk: Desk, ana: Chat) -> None:
    for role in Role:
        answer = desk.member(role).get(f"/consola/peticiones/{ticket_of(ana)}/caso?necesidad=work&municipio=Atlixco")
        assert (answer.status_code == 200) is may(role, Action.REFERRAL_CREATE)


def test_the_page_shows_who_can_receive_it_and_how_the_asking_stands(holder: Member, ana: Chat) -> None:
    path = f"/consola/peticiones/{ticket_of(ana)}/caso"
    page = holder.get(f"{path}?necesidad=work&municipio=Atlixco").text
    assert 'value="ipam_attention" required' in page and "naucalpan_attention" not in page and "Normal" in page
    assert holder.send(f"{path}/pedir", **FORM).status_code == 303
    assert "Para quién es" in holder.get(path).text
    agrees(ana)
    [made] = referrals(ana)
    page = holder.get(f"{path}?necesidad=work&municipio=Atlixco").text
    assert f"/consola/casos/{made.folio}" in page and f"Ya tiene un caso parecido ahí: {made.folio}" in page


def leave_of(holder: Member, chat: Chat, **more: str) -> tuple[str, str]:
    page = holder.send(f"/consola/peticiones/{ticket_of(chat)}/caso/leer", **FORM, **AT_DESK, **more)
    assert page.status_code == 200
    [mark] = re.findall(r'name="mark" value="([0-9a-f]+)"', page.text)
    return html.unescape(page.text), mark


def test_at_a_desk_the_leave_is_read_aloud_and_kept_as_it_was_read(holder: Member, ana: Chat) -> None:
    page, mark = leave_of(holder, ana)
    assert "LEA EN VOZ ALTA" in page and "Instituto Poblano" in page and not referrals(ana)
    path = f"/consola/peticiones/{ticket_of(ana)}/caso/mandar"
    assert holder.send(path, **FORM, **AT_DESK, mark=mark).status_code == 409
    assert not referrals(ana)
    assert holder.send(path, **FORM, **AT_DESK, mark=mark, agreed="yes").status_code == 303
    [made] = referrals(ana)
    [agreed] = consents(ana)
    assert (made.sender, made.state, agreed.given_by) == (STAFF, ReferralState.SENT, STAFF)
    assert agreed.text in page and set(agreed.fields) == set(made.details)
    assert made.details["telephone"] == "2221234567"


def test_a_yes_counts_only_for_what_was_read(holder: Member, ana: Chat) -> None:
    """Another box, another need or another telephone after the reading: it is read again."""
    _, mark = leave_of(holder, ana)
    path = f"/consola/peticiones/{ticket_of(ana)}/caso/mandar"
    sent = {**FORM, **AT_DESK, "mark": mark, "agreed": "yes"}
    for changed in (
        {"need": "health"},
        {"telephone": "2229999999"},
        {"boxes": "telephone,story", "share": "telephone"},
        {"mark": "0" * 12},
    ):
        assert holder.send(path, **{**sent, **changed}).status_code == 409
    assert not referrals(ana)


def test_what_is_not_ticked_is_not_shared(holder: Member, ana: Chat) -> None:
    boxes = {"boxes": "story,municipality", "share": "municipality"}
    _, mark = leave_of(holder, ana, **boxes)
    holder.send(f"/consola/peticiones/{ticket_of(ana)}/caso/mandar", **FORM, **AT_DESK, **boxes, mark=mark, agreed="yes")
    [made] = referrals(ana)
    assert "story" not in made.details and "municipality" in made.details
    assert "story" not in consents(ana)[0].fields


def test_the_form_sent_twice_makes_one_case(holder: Member, desk: Desk, ana: Chat) -> None:
    """oscar-web#1104."""
    _, mark = leave_of(holder, ana)
    form = holder.form(**FORM, **AT_DESK, mark=mark, agreed="yes")
    path = f"/consola/peticiones/{ticket_of(ana)}/caso/mandar"
    for _ in range(4):
        assert desk.ask(lambda client: client.post(path, data=form), holder.cookies).status_code == 303
    assert len(referrals(ana)) == 1


@pytest.mark.parametrize("changed", [{"for_whom": "alone"}, {"for_whom": ""}, {"contact_way": "chat"}, {"telephone": "no sé"}], ids=str)
def test_an_answer_that_cannot_be_taken_is_said(changed: dict[str, str], holder: Member, ana: Chat) -> None:
    answer = holder.send(f"/consola/peticiones/{ticket_of(ana)}/caso/leer", **{**FORM, **AT_DESK, **changed})
    assert answer.status_code == 409 and FORM["text"] in answer.text


def test_somebody_else_of_the_team_sends_nothing(desk: Desk, holder: Member, ana: Chat) -> None:
    _, mark = leave_of(holder, ana)
    other = desk.member(Role.SUPERVISOR)
    answer = other.send(f"/consola/peticiones/{ticket_of(ana)}/caso/mandar", **FORM, **AT_DESK, mark=mark, agreed="yes")
    assert answer.status_code == 409 and not referrals(ana)


def test_asking_and_sending_are_rows_of_the_audit(holder: Member, ana: Chat) -> None:
    holder.send(f"/consola/peticiones/{ticket_of(ana)}/caso/pedir", **FORM)
    rows = ana.call(lambda session: [each.why for each in session.scalars(select(AuditEntry)) if each.action == Action.REFERRAL_CREATE])
    assert rows == ["ask"]
    assert ana.call(lambda session: session.scalars(select(Referral)).all()) == []
