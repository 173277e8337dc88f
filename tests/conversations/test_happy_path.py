"""People who get what they came for."""

from tests.people import Office, Person


def test_a_returnee_asks_about_the_grant_and_is_referred(office: Office, ana: Person) -> None:
    assert "utter_greet" in ana.says("hola buenas").responses
    assert "20,000 pesos" in ana.says("regresé de estados unidos y me dijeron que dan un apoyo para poner un negocito").text
    ana.says("quiero que alguien del ipam vea mi caso")
    ana.presses("Poner un negocio")
    ana.presses("Omitir")
    ana.says("Atlixco")
    summary = ana.presses("Por este chat")
    assert "Atlixco, Puebla" in summary.text and "Instituto Poblano" in summary.text
    sent = ana.presses("Sí, autorizo")
    assert sent.responses == ["utter_referral_sent"]
    assert "PTE-" in ana.says("como va mi caso").text
