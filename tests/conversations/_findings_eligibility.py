"""Guides: what goes wrong today by the design. Not collected; move into test_eligibility.py when it is mended."""

from tests.people import Office


def test_a_yes_to_a_question_of_yes_or_no_is_an_answer(office: Office) -> None:
    marta = office.person("marta")
    marta.says("como pido refugio en mexico, soy de honduras")
    marta.presses("Calcular mi plazo")
    assert marta.says("si").responses == ["ask_check_refuge_deadline_in_mexico"]  # «Sí, soy de otro país»; today it is not understood
