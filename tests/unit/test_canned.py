"""Prepared replies: what is known of the ticket is put in its place, and what is not known or not true any more is never sent."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.content.canned import Canned
from bot.content.published import Content
from bot.content.review import Where
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import canned, replies
from bot.records.tickets import TicketState
from bot.settings import ROOT
from tests.attended import Attended, box
from tests.unit.test_packet import has_a_case

HERE = Where(ROOT / "flows/replies.yml", 1)


@pytest.fixture
def held(attended: Attended) -> Attended:
    attended.is_held()
    return attended


def with_reply(attended: Attended, text: str, **more: object) -> Surroundings:
    """The content with one more reply, called `own`."""
    around = attended.around
    own = Canned("own", "Propia", text, HERE, **more)  # type: ignore[arg-type]
    return replace(around, content=replace(around.content, canned={**around.content.canned, "own": own}))


def inserted(attended: Attended, around: Surroundings, name: str = "own") -> canned.Inserted:
    return attended.chat.call(lambda session: canned.insert(session, attended.chat.ticket(session), attended.rosa.actor, name, around))


def write(attended: Attended, around: Surroundings, text: str = "Hola") -> replies.Outcome:
    return attended.chat.call(
        lambda session: replies.write(session, attended.number, attended.rosa.actor, text, around, template="own")
    )  # fmt: skip


def test_one_is_put_in_the_box_and_can_be_changed_before_it_goes(held: Attended) -> None:
    page = held.rosa.get(f"{held.path}?plantilla=greeting").text
    assert "Soy rosa" in box(page) and "{" not in box(page) and held.sent() == []
    held.rosa.send(f"{held.path}/responder", text="Buen día, soy Rosa.", plantilla="greeting")
    assert held.sent() == ["Buen día, soy Rosa."]


def test_what_was_typed_is_not_lost_when_one_is_picked(held: Attended) -> None:
    answer = held.rosa.send(f"{held.path}/borrador", text="Le cuento:", poner="1", elegida="ask_place")
    shown = box(held.rosa.get(answer.headers["location"]).text)
    assert shown.startswith("Le cuento:") and "municipio" in shown


def test_a_variable_without_a_value_can_be_neither_inserted_nor_sent(held: Attended) -> None:
    page = held.rosa.get(held.path).text
    assert "Cómo va su caso (la persona no tiene un caso)" in page
    refused = held.rosa.get(f"{held.path}?plantilla=case_state")
    assert refused.status_code == 409 and "no tiene un caso" in refused.text
    assert held.rosa.send(f"{held.path}/responder", text="Su caso", plantilla="case_state").status_code == 409
    assert held.sent() == []
    has_a_case(held)
    assert "PTE-26-ABCD-12" in box(held.rosa.get(f"{held.path}?plantilla=case_state").text)


def test_one_past_its_day_can_be_neither_inserted_nor_sent(held: Attended) -> None:
    today = held.desk.now.date()
    last = with_reply(held, "Venga hoy.", expires_on=today)
    assert inserted(held, last).text == "Venga hoy."
    over = with_reply(held, "Venga hoy.", expires_on=today - timedelta(days=1))
    for refused in (lambda: inserted(held, over), lambda: write(held, over)):
        with pytest.raises(RefusedError, match="venció"):
            refused()
    assert held.sent() == []


def test_a_fact_past_its_day_is_not_said(held: Attended, content: Content) -> None:
    around = with_reply(held, "Marque {women_line_phone}.")
    assert inserted(held, around).text == f"Marque {content.facts['women_line_phone'].value}."
    fact = content.facts["women_line_phone"]
    old = replace(fact, review=replace(fact.review, expires_on=date(2026, 1, 1)))
    stale = replace(around, content=replace(around.content, facts={**content.facts, fact.name: old}))
    with pytest.raises(RefusedError, match="venció"):
        inserted(held, stale)


def test_one_that_is_gone_is_refused(held: Attended) -> None:
    with pytest.raises(RefusedError, match="ya no existe"):
        inserted(held, held.around, "nothing")


def test_a_macro_does_what_it_says_once_it_is_sent_and_not_before(held: Attended) -> None:
    around = with_reply(held, "Adiós.", then=(("tag", "albergue"), ("close", "")))
    inserted(held, around)
    assert held.ticket().state is TicketState.ASSIGNED
    assert write(held, around) is replies.Outcome.SENT
    assert held.ticket().state is TicketState.RESOLVED and ("tag", "rosa", "albergue") in held.events()
    assert held.sent() == ["Hola"]


def test_a_macro_puts_off_until_tomorrow(held: Attended) -> None:
    write(held, with_reply(held, "Mañana le escribo.", then=(("snooze", ""),)))
    assert held.ticket().state is TicketState.SNOOZED and held.ticket().snoozed_until == held.desk.now + timedelta(days=1)


def test_it_is_said_in_the_persons_language_and_its_doubts_are_told(held: Attended) -> None:
    text = held.around.content.responses["utter_ticket_closed"].text
    held.chat.call(lambda session: setattr(held.chat.conversation(session), "language", "fr"))
    own = inserted(held, with_reply(held, text))
    assert own.text == held.around.content.translate(text, "fr") != text
    assert own.caution == ("unreviewed" if held.around.content.is_unreviewed(text, "fr") else "")
    assert inserted(held, with_reply(held, "Nadie tradujo esto.")).caution == "not_translated"


def test_replies_of_other_topics_are_not_offered(held: Attended) -> None:
    def ids() -> set[str]:
        around = held.around
        ticket = held.chat.ticket
        return {each.id for each in held.chat.call(lambda session: canned.offered(session, ticket(session), held.rosa.actor, around))}

    assert "women_line" not in ids() and "greeting" in ids()
    held.changes(topic="women")
    assert "women_line" in ids()


def test_every_reply_of_the_repository_can_be_used_where_all_is_known(held: Attended) -> None:
    has_a_case(held)
    around = held.around
    assert len(around.content.canned) >= 15
    for name, each in around.content.canned.items():
        held.changes(topic=each.topics[0] if each.topics else "consular")
        assert "{" not in inserted(held, around, name).text
