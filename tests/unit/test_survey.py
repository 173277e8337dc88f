"""One question after a person has helped: asked when it may be, stored once, changed by another press, however late."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.team import Team
from bot.handoff import survey
from bot.numbers.desk import read_tickets
from bot.numbers.period import Period
from bot.records.tickets import Ticket
from bot.referrals import consent
from tests.chats import THANKS, Chat, understood
from tests.shifts import alerts, events


def helped(ana: Chat) -> int:
    """A person wrote to Ana and handed her back. The number of that ticket."""
    ana.person_holds()
    ana.staff_says("Vaya al módulo 3")
    number = ana.call(lambda session: ana.ticket(session).id)
    ana.staff_closes()
    ana.later(minutes=1)
    return number


def said(ana: Chat) -> list[str | None]:
    return [each.response for each in ana.transcript() if each.response]


def rated(ana: Chat, number: int) -> tuple[int | None, str | None]:
    ticket = ana.call(lambda session: session.get_one(Ticket, number))
    return ticket.rating, ticket.rating_why


def times_asked(ana: Chat) -> int:
    return said(ana).count(survey.QUESTION)


def test_after_a_persons_help_one_question_in_words(ana: Chat) -> None:
    helped(ana)
    assert said(ana)[-2:] == ["utter_ticket_closed", "utter_survey"]
    assert [title for title, _ in ana.transcript()[-1].buttons] == ["Sí", "Más o menos", "No"]


def test_who_got_no_word_from_a_person_is_not_asked(ana: Chat) -> None:
    ana.person_holds()
    ana.staff_closes()
    assert times_asked(ana) == 0


def test_yes_is_thanked_and_stored(ana: Chat) -> None:
    number = helped(ana)
    assert ana.presses(f"/rate=yes.{number}") == ["utter_survey_thanks"]
    assert rated(ana, number) == (3, None) and ana.pending is None
    ticket = ana.call(lambda session: session.get_one(Ticket, number))
    assert ticket.rated_at == ana.now and ana.call(lambda session: events(session, ticket))[-1] == ("rated", "person", "yes")


@pytest.mark.parametrize(("answer", "rating"), [("some", 2), ("no", 1)])
def test_the_lesser_two_are_asked_why_and_the_reason_is_kept(answer: str, rating: int, ana: Chat) -> None:
    number = helped(ana)
    assert ana.presses(f"/rate={answer}.{number}") == ["utter_survey_noted", "ask_help_survey_why"]
    ana.understands = understood("utter_fallback", intent="nlu_fallback", decision="fallback")
    assert ana.says("Tardaron tres días y no me dijeron dónde") == ["utter_survey_thanks"]
    assert rated(ana, number) == (rating, "Tardaron tres días y no me dijeron dónde") and ana.pending is None


@pytest.mark.parametrize("word", ["typed", "pressed"])
def test_the_reason_may_be_left_out(word: str, ana: Chat) -> None:
    number = helped(ana)
    ana.presses(f"/rate=no.{number}")
    [skip] = [payload for title, payload in ana.transcript()[-1].buttons if title == "Omitir"]
    assert (ana.says("omitir") if word == "typed" else ana.presses(skip)) == ["utter_survey_thanks"]
    assert rated(ana, number) == (1, None) and ana.pending is None


def test_titles_typed_count_as_presses(ana: Chat) -> None:
    number = helped(ana)
    assert ana.says("mas o menos")[0] == "utter_survey_noted" and rated(ana, number)[0] == 2
    other = Chat(ana.database, ana.around)
    number = helped(other)
    assert other.says("sí") == ["utter_survey_thanks"] and rated(other, number)[0] == 3


def test_an_answer_can_be_changed_and_counts_once(ana: Chat) -> None:
    today = ana.now.astimezone(MEXICO).date()
    number = helped(ana)

    def tally() -> Counter[int | None]:
        period = Period(today, today + timedelta(days=1))
        return Counter(each.rating for each in ana.call(lambda session: read_tickets(session, period, Team(), ana.now)))

    before = tally()
    ana.presses(f"/rate=no.{number}")
    ana.presses(f"/rate=yes.{number}")
    after = tally()
    assert rated(ana, number)[0] == 3 and ana.pending is None, "who is content is not asked why not"
    assert {rating: after[rating] - before[rating] for rating in (3, 2, 1)} == {3: 1, 2: 0, 1: 0}


def test_pressing_twice_is_one_answer(ana: Chat) -> None:
    number = helped(ana)
    for _ in range(2):
        ana.presses(f"/rate=no.{number}")
    ticket = ana.call(lambda session: session.get_one(Ticket, number))
    assert [what for what, _, _ in ana.call(lambda session: events(session, ticket))].count("rated") == 1
    assert ana.call(lambda session: alerts(session, ticket)).count("survey") == 1, "those who supervise are told once"


def test_a_late_press_still_counts(ana: Chat) -> None:
    number = helped(ana)
    ana.later(days=40)
    assert ana.presses(f"/rate=some.{number}")[0] == "utter_survey_noted" and rated(ana, number)[0] == 2


def test_a_press_while_another_person_holds_the_chat_counts_and_nothing_is_said(ana: Chat) -> None:
    number = helped(ana)
    ana.person_holds()
    assert ana.presses(f"/rate=yes.{number}") == [] and rated(ana, number)[0] == 3


def test_the_ticket_of_somebody_else_is_not_rated(ana: Chat) -> None:
    theirs = helped(Chat(ana.database, ana.around))
    helped(ana)
    assert ana.presses(f"/rate=no.{theirs}") == ["utter_button_unknown"]
    assert ana.call(lambda session: survey.rate(session, ana.conversation(session), f"no.{theirs}", ana.now)) is None
    assert ana.call(lambda session: session.get_one(Ticket, theirs).rating) is None


@pytest.mark.parametrize("value", ["", "yes", "yes.", "no.x", "maybe.1", "yes.99999999", "yes.-1", ".1"])
def test_nonsense_is_no_answer(value: str, ana: Chat) -> None:
    helped(ana)
    assert ana.call(lambda session: survey.rate(session, ana.conversation(session), value, ana.now)) is None


def test_nobody_is_asked_twice_in_a_week(ana: Chat) -> None:
    helped(ana)
    ana.later(days=6)
    helped(ana)
    assert times_asked(ana) == 1
    ana.later(days=2)
    helped(ana)
    assert times_asked(ana) == 2


def blocks(session: Session, ana: Chat) -> None:
    ana.conversation(session).blocked_at = ana.now


def says_stop(session: Session, ana: Chat) -> None:
    consent.forbid_writing(session, ana.conversation(session), "alto", ana.now)


def is_erased(session: Session, ana: Chat) -> None:
    ana.conversation(session).leaves_at = ana.now


@pytest.mark.parametrize("change", [blocks, says_stop, is_erased])
def test_nobody_is_asked_who_must_not_be_written_to(change: Callable[[Session, Chat], None], ana: Chat) -> None:
    ana.person_holds()
    ana.staff_says("Vaya al módulo 3")
    ana.call(lambda session: change(session, ana))
    ana.staff_closes()
    assert times_asked(ana) == 0


def test_who_had_the_chat_forgotten_is_not_asked(ana: Chat) -> None:
    ana.person_holds()
    ana.staff_says("Vaya al módulo 3")
    ana.says("/olvidar")
    assert times_asked(ana) == 0


def test_a_forgotten_chat_has_no_question_left(ana: Chat) -> None:
    number = helped(ana)
    ana.says("/olvidar")
    assert ana.presses(f"/rate=no.{number}") == ["utter_button_unknown"] and rated(ana, number)[0] is None


def test_stop_ends_the_question_why(ana: Chat) -> None:
    number = helped(ana)
    ana.presses(f"/rate=no.{number}")
    assert ana.says("alto") == ["utter_stopped"] and ana.pending is None


def test_a_request_that_was_being_filled_in_goes_on_after_the_reason(ana: Chat) -> None:
    ana.understands = understood("utter_referral_request", intent="referral_request", topic="referral")
    ana.says("quiero que me ayuden")
    pending = ana.pending
    assert pending is not None
    number = helped(ana)
    ana.presses(f"/rate=no.{number}")
    assert ana.pending is not None and ana.pending["name"] == "help_survey"
    ana.says("omitir")
    assert ana.pending is not None and ana.pending["name"] == pending["name"]


def test_a_danger_told_as_the_reason_is_answered_as_one(ana: Chat) -> None:
    number = helped(ana)
    ana.presses(f"/rate=no.{number}")
    assert ana.says("me quiero matar")[0].startswith("utter_safety_") and rated(ana, number) == (1, None)


def test_the_reason_is_kept_without_what_identifies_somebody(ana: Chat) -> None:
    number = helped(ana)
    ana.presses(f"/rate=no.{number}")
    ana.understands = THANKS
    ana.says("me pidieron mi CURP GAPA850101MDFRRN09 y nada")
    assert "GAPA850101" not in str(rated(ana, number)[1])
