"""People who get what they came for."""

from sqlalchemy import select

from bot.conversation.incoming import Incoming, Kind
from bot.records.referrals import Consent, Referral, ReferralState
from bot.records.tickets import Ticket, TicketState
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


def test_a_wife_learns_whom_to_call_when_he_is_detained_and_how_to_get_a_lawyer(office: Office) -> None:
    wife = office.person("wife")
    first = wife.says("buenas noches ahorita me agarro la migra a mi esposo en chicago saliendo del jale, que hago")
    assert first.safety == "detention_now" and first.responses == ["utter_safety_detention_now"]
    assert "CIAM" in first.text
    detained = wife.presses("Detención en EE. UU.")
    assert detained.responses == ["utter_consular_detained"]
    assert "no firme nada" in detained.text and "Hablar con una persona" in detained.titles
    assert wife.presses("Número de ayuda").responses == ["utter_consular_hotline"]
    wife.presses("Detuvieron a mi familiar")
    lawyer = wife.presses("Ayuda de un abogado")
    assert lawyer.responses == ["utter_consular_lawyer"]
    assert "PALE" in lawyer.text
    assert wife.says("y cobran mucho?").responses == ["utter_consular_lawyer_cost"]
    assert wife.says("muchas gracias dios lo bendiga").responses == ["utter_thank"]
    assert office.waiting_tickets() == []


def test_a_woman_who_flees_learns_how_to_ask_for_refuge_and_a_lawyer_is_looked_for_in_naucalpan(office: Office) -> None:
    woman = office.person("from honduras")
    refuge = woman.says("soy de honduras y vengo huyendo de la mara con mis dos cipotes, como pido refugio")
    assert refuge.responses == ["utter_regularization_asylum_apply"]
    assert "COMAR" in refuge.text
    assert "Naucalpan" in woman.says("y donde queda eso").text
    assert woman.presses("Cómo pedir refugio").responses == ["utter_regularization_asylum_apply"]
    assert woman.presses("¿Cuánto tarda?").responses == ["utter_regularization_asylum_time"]
    woman.says("necesito un abogado gratis q me ayude aqui en mexico con lo de la comar")
    asked = woman.presses("Quiero que me canalicen").responses
    assert asked == ["utter_referral_request", "utter_notice_simplified", "ask_referral_intake_need"]
    woman.says("ayuda legal")
    woman.says("pedi refugio en enero y no me han citado")
    woman.says("naucalpan")
    summary = woman.says("por este chat")
    assert "Ayuntamiento de Naucalpan" in summary.text and "Naucalpan de Juárez, México" in summary.text
    assert woman.says("si autorizo").responses == ["utter_referral_sent"]
    [referral] = office.call(lambda session: list(session.scalars(select(Referral))))
    assert (referral.organization_id, referral.need, referral.municipality) == ("naucalpan", "legal", "15057")


def test_a_mason_who_was_not_paid_learns_his_deadline_and_where_to_complain(office: Office) -> None:
    mason = office.person("mason")
    assert mason.says("que onda buenas").responses == ["utter_greet"]
    unpaid = mason.says("soy albañil y el contratista me corrió y no me quiere pagar dos semanas")
    assert unpaid.responses == ["utter_employment_unpaid_or_fired"]
    assert mason.says("y cuanto tiempo tengo").responses == ["utter_employment_unpaid_or_fired_time"]
    assert mason.says("y a que numero hablo").responses == ["utter_employment_unpaid_or_fired_contact"]
    assert mason.presses("No me pagaron").responses == ["utter_employment_unpaid_or_fired"]
    rights = mason.presses("Mis derechos sin papeles")
    assert rights.responses == ["utter_employment_rights_without_papers"]
    assert "aunque no tenga papeles" in rights.text
    assert mason.says("sale pues adios").responses == ["utter_goodbye"]


def test_a_case_with_a_shared_telephone_is_recorded_as_the_summary_showed_it(office: Office) -> None:
    father = office.person("father")
    father.says("buenas tardes fijese q necesito que me canalicen con una oficina")
    father.presses("Familia o persona detenida")
    father.says("mi hijo de 16 años se quedó solo en Nueva York cuando me regresaron")
    father.says("soy de izucar de matamoros")
    assert father.presses("Por teléfono").responses == ["ask_referral_intake_telephone"]
    summary = father.sends(Incoming(Kind.CONTACT, telephone="+52 243 436 0000"))
    assert summary.responses == ["ask_referral_intake_consent"]
    for shown in ("Familia o persona detenida", "mi hijo de 16 años", "Izúcar de Matamoros, Puebla", "+522434360000"):
        assert shown in summary.text
    assert office.call(lambda session: session.scalar(select(Referral))) is None
    sent = father.says("de acuerdo")
    referral = office.call(lambda session: session.scalar(select(Referral)))
    consent = office.call(lambda session: session.scalar(select(Consent)))
    assert referral is not None and consent is not None
    assert referral.folio in sent.text
    assert referral.details == {
        "for_whom": "self", "need": "family", "story": "mi hijo de 16 años se quedó solo en Nueva York cuando me regresaron",
        "municipality": "21085", "contact_way": "telephone", "telephone": "+522434360000",
    }  # fmt: skip
    assert consent.text == summary.text


def test_a_person_who_asks_for_the_staff_is_answered_by_them_and_afterwards_by_the_assistant(office: Office) -> None:
    grandmother = office.person("grandmother")
    grandmother.says("buenos dias joven")
    asked = grandmother.says("no le sé a esto del telefono, mejor que me atienda un ser humano")
    assert asked.responses == ["utter_person_requested"]
    [ticket] = office.waiting_tickets()
    assert grandmother.says("es que busco trabajo para mi nieto que lo deportaron").responses == ["utter_employment_find_job"]
    office.claim(ticket)
    assert grandmother.says("bueno? hay alguien?").is_silent
    office.reply(ticket, "Buenos días, soy Rosa. Su nieto puede venir el lunes con su CURP.")
    assert grandmother.says("ay que bueno, ahi le digo").is_silent
    office.hand_back(ticket)
    said = [message.text for message in grandmother.transcript()]
    assert "Buenos días, soy Rosa. Su nieto puede venir el lunes con su CURP." in said
    assert [each.response for each in grandmother.transcript()[-2:]] == ["utter_ticket_closed", "utter_survey"]
    assert grandmother.says("y q papeles tiene q llevar").responses == ["utter_employment_find_job_papers"]
    assert office.waiting_tickets() == []


def test_a_case_is_withdrawn_by_its_owner_and_the_consent_with_it(office: Office) -> None:
    owner = office.person("owner")
    owner.says("quiero que me canalicen con una oficina para lo de mi trabajo")
    owner.presses("Trabajo")
    owner.says("omitir")
    owner.says("tehuacan")
    owner.presses("Por este chat")
    owner.presses("Sí, autorizo")
    folio = office.call(lambda session: session.scalar(select(Referral.folio)))
    assert "enviado" in owner.says("¿cómo va mi caso?").text
    which = owner.presses("Retirar mi caso")
    assert which.responses == ["utter_referral_ask_withdrawal"]
    withdrawn = owner.presses(f"Retirar {folio}")
    assert withdrawn.responses == ["utter_referral_withdrawn"] and str(folio) in withdrawn.text
    assert office.call(lambda session: session.scalar(select(Referral.state))) is ReferralState.WITHDRAWN
    assert office.call(lambda session: session.scalar(select(Consent.withdrawn_at))) is not None
    assert "retirado por usted" in owner.says("entonces como va mi caso").text


def test_a_neighbour_with_the_folio_does_not_see_the_case(office: Office) -> None:
    owner, neighbour = office.person("owner"), office.person("neighbour")
    owner.says("ayudenme a que me atienda el ipam porfa")
    owner.presses("Salud")
    owner.says("me lastimé la espalda en el corte de la lechuga")
    assert neighbour.says("buenas tardes vecino").responses == ["utter_greet"]
    owner.says("huaquechula")
    owner.presses("Por este chat")
    owner.presses("Sí, autorizo")
    folio = office.call(lambda session: session.scalar(select(Referral.folio)))
    seen = neighbour.says(f"como va mi caso {folio}")
    assert seen.responses == ["utter_referral_none"]
    assert str(folio) in owner.says("como va mi caso").text
    assert neighbour.sends_payload(f"/withdraw_referral={folio}").responses == ["utter_button_unknown"]
    assert office.call(lambda session: session.scalar(select(Referral.state))) is ReferralState.SENT


def test_a_case_from_a_place_without_an_office_goes_to_the_staff_and_is_not_kept(office: Office) -> None:
    migrant = office.person("in tapachula")
    migrant.says("pueden pasar mi caso a alguien, llevo 3 meses varado")
    migrant.presses("Papeles o identidad")
    migrant.presses("Omitir")
    migrant.says("Tapachula")
    told = migrant.presses("Por este chat")
    assert told.responses == ["utter_referral_no_recipient"]
    assert "No guardé sus datos" in told.text and "autoriza" not in told.text
    assert office.call(lambda session: session.scalar(select(Referral))) is None
    ticket = office.call(lambda session: session.scalar(select(Ticket)))
    assert ticket is not None
    assert (ticket.state, ticket.reason) == (TicketState.WAITING, "no_recipient")
    assert migrant.says("cuanto tarda la comar en resolver").responses == ["utter_regularization_asylum_time"]


def test_somebody_who_only_presses_buttons_finds_the_price_of_the_id_card(office: Office) -> None:
    shy = office.person("shy")
    shy.says("/start")
    assert shy.presses("Consulado y detención en EE. UU.").responses == ["utter_topic_consular"]
    card = shy.presses("Matrícula consular")
    assert card.responses == ["utter_consular_id_card"]
    assert shy.presses("Sacar cita gratis").responses == ["utter_consular_appointment"]
    assert shy.presses("Número de ayuda").responses == ["utter_consular_hotline"]
    assert shy.presses("Hablar con una persona").responses == ["utter_person_requested"]
    assert len(office.waiting_tickets()) == 1
    assert "utter_help" in shy.presses("Ver los temas").responses
