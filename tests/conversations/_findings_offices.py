"""Finding an office: what goes wrong today by the design. Not collected; move each into test_offices.py when it is mended."""

from sqlalchemy import select

from bot.conversation.incoming import Incoming, Kind
from bot.records.deliveries import InboxUpdate
from tests.people import Office


def test_where_somebody_is_stays_in_no_table_at_all(office: Office) -> None:
    hidden = office.person("hidden")
    hidden.says("oficinas")
    hidden.presses("Pedir refugio")
    assert hidden.sends(Incoming(Kind.LOCATION, latitude=19.04567, longitude=-98.20678)).responses == ["utter_offices_found"]
    arrived = office.call(lambda session: str(list(session.scalars(select(InboxUpdate.incoming)))))
    assert "19.04567" not in arrived  # "No la guardamos", but the update keeps it until it is purged


def test_the_name_of_a_town_is_no_danger(office: Office) -> None:
    man = office.person("man")
    man.says("oficinas")
    man.presses("Abogado o queja")
    assert man.says("san martin").safety is None  # today: medical_now


def test_what_has_to_be_answered_in_a_search_is_not_called_a_case(office: Office) -> None:
    lady = office.person("lady")
    lady.says("oficinas")
    assert "enviar su caso" not in lady.says("omitir").text
