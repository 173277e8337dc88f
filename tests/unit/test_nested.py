"""One questionnaire begun inside another: each is there once, and goes on where the person was."""

from tests import intake
from tests.chats import Chat

HALF = intake.at("municipality")


def chain(ana: Chat) -> list[tuple[str, str]]:
    """Name and step of the pending one and of those that wait."""
    found, stored = [], ana.pending
    while stored:
        found.append((stored["name"], stored["step"]))
        stored = stored["waiting"]
    return found


def test_who_comes_back_to_the_one_that_waits_goes_on_where_they_were(ana: Chat) -> None:
    ana.is_at(HALF)
    assert ana.says("oficinas") == ["ask_find_office_need"]
    assert ana.says("/start apoyo")[-1] == "ask_referral_intake_municipality"
    assert chain(ana) == [("referral_intake", "municipality"), ("find_office", "need")]
    assert ana.answers["need"] == "work"


def test_however_often_they_go_from_one_to_the_other_each_is_there_once(ana: Chat) -> None:
    ana.is_at(HALF)
    for _ in range(5):
        ana.later(minutes=1)
        ana.says("oficinas")
        ana.says("/start apoyo")
    assert len(chain(ana)) == 2
    ana.says("cancelar")
    assert ana.says("cancelar") == ["utter_cancelled"] and ana.pending is None


def test_a_search_begun_anew_leaves_the_request_waiting(ana: Chat) -> None:
    ana.is_at(HALF)
    ana.says("oficinas")
    ana.says("oficinas")
    assert chain(ana) == [("find_office", "need"), ("referral_intake", "municipality")]
