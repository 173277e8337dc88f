"""What goes wrong today in handoff and when things are down. Each fails until it is mended."""

from tests.people import Office


def test_danger_written_behind_a_command_is_danger(office: Office) -> None:
    nelly = office.person("nelly")
    assert nelly.says("/ayuda").responses == ["utter_help"]
    assert nelly.says("/ayuda ahorita me estan golpeando").responses == ["utter_safety_violence_now"]
    assert nelly.says("/ ya no quiero vivir").responses == ["utter_safety_self_harm"]
    assert nelly.says("/persona").responses == ["utter_person_requested"]
    office.claim(*office.waiting_tickets())
    assert nelly.says("/ayuda ahorita me estan golpeando").responses == ["utter_danger_while_assigned"]


def test_a_request_closed_before_anybody_took_it_does_not_say_that_somebody_attended(office: Office) -> None:
    ulises = office.person("ulises")
    assert ulises.says("hola").responses == ["utter_greet"]
    assert ulises.says("persona").responses == ["utter_person_requested"]
    assert ulises.says("menu").responses == ["utter_help"]
    office.hand_back(*office.waiting_tickets())
    closed = ulises.transcript()[-1]
    assert closed.text and "que le atendía" not in closed.text
    assert ulises.says("persona").responses == ["utter_person_requested"]
