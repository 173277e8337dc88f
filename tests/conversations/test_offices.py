"""Finding an office: by what is needed and where one is. Where one is stays nowhere, and a request that is under way waits meanwhile."""

from sqlalchemy import func, select

from bot.conversation.incoming import Incoming, Kind
from bot.records.conversations import Direction, Message
from bot.records.deliveries import InboxUpdate
from bot.records.referrals import Referral
from tests.people import Office, Person
from tests.stores import all_that_is_stored

PUEBLA = (19.0414, -98.2063)


def at(place: tuple[float, float]) -> Incoming:
    return Incoming(Kind.LOCATION, latitude=place[0], longitude=place[1])


def test_an_office_is_found_from_the_menu_in_two_answers(ana: Person) -> None:
    ana.says("hola")
    needs = ana.presses("Buscar una oficina cerca")
    assert needs.responses == ["ask_find_office_need"] and "Pedir refugio" in needs.titles
    where = ana.presses("Dónde dormir, comer o asearme")
    assert where.responses == ["ask_find_office_municipality"] and "No la guardamos" in where.text
    found = ana.says("tehuacan")
    assert found.responses == ["utter_offices_found"]
    assert "Tehuacán, Puebla" in found.text and "Dormitorio Municipal" in found.text and "km)" in found.text
    assert "Teléfono:" in found.text and "Fuente:" in found.text
    assert found.titles[-2:] == ["Buscar en otro lugar", "Hablar con una persona"]


def test_a_question_that_names_the_municipality_is_not_asked_where(office: Office) -> None:
    tired = office.person("tired")
    assert tired.says("buenas noches").responses == ["utter_greet"]
    found = tired.says("donde puedo dormir hoy en tehuacan")
    assert found.responses == ["utter_shelter_find", "utter_offices_found"]
    assert "Tehuacán, Puebla" in found.taken.replies[-1].text
    elsewhere = tired.says("donde hay comedor para migrantes en naucalpan")
    assert elsewhere.responses == ["utter_shelter_find", "utter_offices_found"]
    assert "Naucalpan de Juárez" in elsewhere.taken.replies[-1].text
    assert tired.says("donde puedo dormir hoy").responses == ["utter_shelter_find", "ask_find_office_municipality"]
    assert tired.says("tehuacan").responses == ["utter_offices_found"]


def test_a_shared_location_answers_where(office: Office) -> None:
    walker = office.person("walker")
    walker.says("como pido refugio en mexico, soy de honduras")
    assert walker.presses("Buscar oficinas cerca").responses == ["ask_find_office_municipality"]
    found = walker.sends(at(PUEBLA))
    assert found.responses == ["utter_offices_found"] and "Puebla, Puebla" in found.text
    assert walker.presses("Buscar en otro lugar").responses == ["ask_find_office_municipality"]
    assert "Naucalpan de Juárez" in walker.sends(at((19.4785, -99.2396))).text


def test_a_location_far_from_every_municipality_is_no_answer_and_no_harm(office: Office) -> None:
    sailor = office.person("sailor")
    sailor.says("oficinas")
    sailor.presses("Salud")
    lost = sailor.sends(at((0.0, 0.0)))
    assert lost.responses == ["utter_received_location", "ask_find_office_municipality"]
    assert sailor.says("atlixco").responses == ["utter_offices_found"]
    assert "No la guardo" in sailor.sends(at(PUEBLA)).text


def test_where_somebody_is_stays_in_no_table_once_the_update_is_emptied(office: Office) -> None:
    hidden = office.person("hidden")
    hidden.says("oficinas")
    hidden.presses("Pedir refugio")
    assert hidden.sends(at((19.04567, -98.20678))).responses == ["utter_offices_found"]
    hidden.says("gracias")
    stored = office.call(all_that_is_stored, InboxUpdate.__tablename__)  # what has just arrived is kept for a while, for repeats
    assert "[location]" in stored and "utter_offices_found" in stored
    for trace in ("19.0", "98.2", "4567", "20678"):
        assert trace not in stored
    assert office.call(lambda session: session.scalar(select(func.count()).select_from(Referral))) == 0


def test_the_search_leaves_no_answer_behind_but_what_was_said(office: Office) -> None:
    shy = office.person("shy")
    shy.says("oficinas")
    shy.presses("Violencia contra la mujer")
    shy.says("atlixco")
    shy.says("gracias")
    stored = office.call(all_that_is_stored, Message.__tablename__, InboxUpdate.__tablename__)
    assert "Atlixco" not in stored and "atlixco" not in stored and "'answers'" not in stored
    said = [message.text for message in shy.transcript() if message.direction is Direction.IN]
    assert said[2] == "atlixco"


def test_a_name_that_several_places_have_is_asked_about(office: Office) -> None:
    farmer = office.person("farmer")
    farmer.says("oficinas")
    farmer.presses("Trabajo")
    which = farmer.says("texmelucan")
    assert which.responses == ["utter_which_place", "ask_find_office_municipality"]
    assert which.titles[:2] == ["San Martín Texmelucan, Puebla", "San Lorenzo Texmelúcan, Oaxaca"]
    found = farmer.presses("San Lorenzo Texmelúcan, Oaxaca")
    assert found.responses == ["utter_offices_found"] and "San Lorenzo Texmelúcan, Oaxaca" in found.text
    farmer.presses("Buscar en otro lugar")
    farmer.says("guadalupe")
    assert "Guadalupe, Zacatecas" in farmer.says("Guadalupe, Zacatecas").text


def test_who_does_not_say_where_sees_what_serves_from_anywhere(office: Office) -> None:
    careful = office.person("careful")
    careful.says("oficina")
    careful.presses("Denunciar trata")
    found = careful.presses("Omitir")
    assert found.responses == ["utter_offices_found"] and "desde cualquier lugar" in found.text
    assert "km)" not in found.text
    careful.presses("Buscar en otro lugar")
    assert "desde cualquier lugar" in careful.says("omitir").text
    careful.says("oficinas")
    assert careful.says("omitir").responses == ["utter_step_needed", "ask_find_office_need"]  # what is needed has to be said


def test_more_offices_are_others_and_the_last_ones_offer_no_more(office: Office) -> None:
    patient = office.person("patient")
    patient.says("oficinas")
    patient.presses("Salud")
    shown = [patient.says("atlixco")]
    while "Ver otras" in shown[-1].titles:
        shown.append(patient.presses("Ver otras"))
        assert len(shown) < 20
    names = [heard.text.split("\n\n")[1] for heard in shown]
    assert len(shown) > 2 and len(set(names)) == len(names)
    assert all(heard.responses == ["utter_offices_found"] and "Atlixco, Puebla" in heard.text for heard in shown)
    assert all(len(heard.text) <= 600 for heard in shown)


def test_ver_otras_typed_goes_on_from_the_last_ones(office: Office) -> None:
    reader = office.person("reader")
    reader.says("oficinas")
    reader.presses("Salud")
    first = reader.says("atlixco")
    second = reader.says("ver otras")
    third = reader.says("Ver otras")
    assert second.responses == third.responses == ["utter_offices_found"]
    assert len({first.text, second.text, third.text}) == 3


def test_a_search_inside_a_request_lets_the_request_go_on_where_it_was(office: Office) -> None:
    woman = office.person("woman")
    woman.says("necesito que me canalicen con una oficina")
    woman.presses("Salud")
    woman.says("me duele la espalda")
    assert woman.says("oficinas").responses == ["ask_find_office_need"]
    woman.presses("Trabajo")
    found = woman.says("tehuacan")
    assert found.responses == ["utter_offices_found", "ask_referral_intake_municipality"]
    assert woman.says("puebla").responses == ["ask_referral_intake_contact_way"]
    summary = woman.presses("Por este chat")
    for said in ("Necesidad: Salud", "me duele la espalda", "Municipio: Puebla"):
        assert said in summary.text
    assert "Tehuacán" not in summary.text and "Trabajo" not in summary.text


def test_a_search_given_up_inside_a_request_gives_up_the_search_alone(office: Office) -> None:
    cook = office.person("cook")
    cook.says("necesito que me canalicen con una oficina")
    cook.presses("Ayuda legal")
    cook.presses("Omitir")
    cook.says("oficinas")
    assert cook.says("cancelar").responses == ["utter_cancelled", "ask_referral_intake_municipality"]
    assert cook.says("atlixco").responses == ["ask_referral_intake_contact_way"]
    assert "Ayuda legal" in cook.presses("Por este chat").text
    assert cook.says("cancelar").responses == ["utter_cancelled"]
    assert cook.says("cancelar").responses == ["utter_nothing_to_cancel"]


def test_a_question_in_the_middle_of_a_search_is_answered_and_the_search_goes_on(office: Office) -> None:
    boy = office.person("boy")
    boy.says("oficinas")
    boy.presses("Trabajo")
    asked = boy.says("como saco mi pasaporte mexicano en estados unidos")
    assert asked.responses == ["utter_consular_passport", "ask_find_office_municipality"]
    assert boy.says("regresar").responses == ["ask_find_office_need"]
    boy.presses("Salud")
    assert boy.says("atlixco").responses == ["utter_offices_found"]


def test_an_office_shows_a_map_only_where_it_has_a_public_address(office: Office) -> None:
    guest = office.person("guest")
    guest.says("oficinas")
    guest.presses("Dónde dormir, comer o asearme")
    assert "https://maps.google.com/?q=16+Oriente+207" in guest.says("tehuacan").text
    guest.says("oficinas")
    guest.presses("Dónde dormir, comer o asearme")
    shelter = guest.says("naucalpan")
    assert "la dirección no se da" in shelter.text and "maps.google" not in shelter.text


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
    assert man.says("san martin").safety is None


def test_what_has_to_be_answered_in_a_search_is_not_called_a_case(office: Office) -> None:
    lady = office.person("lady")
    lady.says("oficinas")
    assert "enviar su caso" not in lady.says("omitir").text
