"""Long answers: what goes wrong today by the design. Not collected; move into test_long_answers.py when it is mended."""

from tests.people import Office


def test_the_rest_asked_for_twice_is_not_told_twice(office: Office) -> None:
    ana = office.person("ana")
    ana.says("como saco mi pasaporte mexicano en estados unidos")
    ana.presses("Ver más")
    assert ana.says("ver más").responses == ["utter_nothing_more"]  # today the same rest again, as often as it is asked for


def test_more_is_more_than_sources(office: Office) -> None:
    dora = office.person("dora")
    dora.says("como pido refugio en mexico, soy de honduras")
    place = dora.says("y a donde voy")
    body = place.text.split("Fuente:")[0]
    assert "Ver más" not in place.titles or dora.presses("Ver más").text.split("Fuente:")[0] != body  # today the same text, more sources
