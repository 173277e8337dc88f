"""What the assistant still does wrong in the middle of a request. Each fails until it is mended."""

from sqlalchemy import select

from bot.records.referrals import Referral
from tests.people import Office


def test_a_question_about_the_data_does_not_cancel_the_request(office: Office) -> None:
    lady = office.person("lady")
    lady.says("necesito que me canalicen con una oficina")
    lady.presses("Salud")
    lady.presses("Omitir")
    lady.says("atlixco")
    asked = lady.says("¿para que quieren mis datos?")
    assert "utter_cancelled" not in asked.responses
    assert asked.responses[-1] == "ask_referral_intake_contact_way"


def test_a_story_with_the_word_como_in_it_is_a_story(office: Office) -> None:
    cook = office.person("cook")
    cook.says("necesito que me canalicen con una oficina")
    cook.presses("Trabajo")
    assert cook.says("trabajaba como cocinero en atlanta y me regresaron").responses == ["ask_referral_intake_municipality"]
    cook.says("atlixco")
    assert "trabajaba como cocinero" in cook.presses("Por este chat").text


def test_a_greeting_or_thanks_is_not_written_down_as_the_story(office: Office) -> None:
    girl = office.person("girl")
    girl.says("necesito que me canalicen con una oficina")
    girl.presses("Salud")
    assert girl.says("gracias").responses[-1] == "ask_referral_intake_story"
    assert girl.says("si").responses[-1] == "ask_referral_intake_story"


def test_the_story_of_a_detained_relative_can_be_told_although_it_sounds_like_danger(office: Office) -> None:
    son = office.person("son")
    son.says("necesito que me canalicen con una oficina")
    son.presses("Familia o persona detenida")
    son.says("mi papá está detenido en san diego y no sabemos nada")
    son.presses("Seguir con mi solicitud")
    assert son.says("mi papá está detenido en san diego y no sabemos nada").responses[-1] == "ask_referral_intake_municipality"


def test_a_relative_held_by_immigration_is_not_answered_as_a_kidnapping(office: Office) -> None:
    sister = office.person("sister")
    assert sister.says("tienen a mi hermano en la estacion de migracion de tapachula").safety != "kidnapping_now"


def test_withdrawing_a_case_in_the_middle_of_a_second_request_offers_to_withdraw_the_case(office: Office) -> None:
    baker = office.person("baker")
    baker.says("necesito que me canalicen con una oficina")
    baker.presses("Poner un negocio")
    baker.presses("Omitir")
    baker.says("atlixco")
    baker.presses("Por este chat")
    baker.presses("Sí, autorizo")
    baker.says("necesito que me canalicen con una oficina")
    baker.presses("Trabajo")
    baker.presses("Omitir")
    folio = office.call(lambda session: session.scalar(select(Referral.folio)))
    assert f"Retirar {folio}" in baker.says("quiero retirar mi caso").titles


def test_places_are_understood_with_what_people_put_around_them(office: Office) -> None:
    weaver = office.person("weaver")
    weaver.says("necesito que me canalicen con una oficina")
    weaver.presses("Trabajo")
    weaver.presses("Omitir")
    misunderstood = []
    for typed in ("atlixco pue", "cerca de tehuacan", "estoy como a una hora de atlixco", "ciudad serdan"):
        heard = weaver.says(typed)
        if "ask_referral_intake_contact_way" in heard.responses:
            weaver.says("regresar")
        elif "utter_which_place" not in heard.responses:
            misunderstood.append(typed)
    assert misunderstood == []
