"""What stands beside a conversation: a snapshot of it, and that it tells the truth about answers that have changed since."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from bot.content.published import Content
from bot.conversation.replies import render
from bot.handoff.packet import Packet, packet_of
from bot.permissions import Actor, Field
from bot.records.conversations import Message
from bot.records.referrals import Consent, ConsentKind, Referral, ReferralState
from bot.records.staff import Role
from bot.records.tickets import Urgency
from tests.attended import Attended
from tests.chats import understood

PASSPORT = understood("utter_consular_passport", intent="consular_passport", topic="consular", confidence=0.87)


def seen(attended: Attended, content: Content, role: Role = Role.AGENT) -> Packet:
    actor = Actor("luis", role)
    return attended.chat.call(lambda session: packet_of(session, attended.chat.ticket(session), actor, content, attended.desk.now))


def asks_for_a_passport(attended: Attended) -> None:
    attended.chat.understands = PASSPORT
    attended.person_writes("¿cuánto cuesta el pasaporte?")


def has_a_case(attended: Attended) -> None:
    now = attended.desk.now

    def make(session: Any) -> None:
        conversation = attended.chat.conversation(session)
        referral = Referral(
            folio="PTE-26-ABCD-12", idempotency_key="x", conversation_id=conversation.id, organization_id="ipam", need="health",
            state=ReferralState.SENT, details={"name": "Ana"}, created_at=now, changed_at=now,
        )  # fmt: skip
        session.add(referral)
        session.flush()
        for days, withdrawn in ((30, None), (-1, None), (30, now)):
            session.add(
                Consent(
                    kind=ConsentKind.SHARE, conversation_id=conversation.id, referral_id=referral.id, version="1", text="sí", language="es",
                    recipient="ipam", purpose="referral_intake", fields=["need"], given_at=now - timedelta(days=40),
                    expires_at=now + timedelta(days=days), withdrawn_at=withdrawn,
                )
            )  # fmt: skip

    attended.chat.call(make)


def test_the_packet_as_staff_see_it(attended: Attended, content: Content) -> None:
    asks_for_a_passport(attended)
    has_a_case(attended)
    attended.changes(topic="consular", urgency=Urgency.HIGH, municipality="21114", reply_by=attended.desk.now + timedelta(hours=1))
    packet = seen(attended, content)
    now = attended.desk.now
    assert (packet.ticket_id, packet.state, packet.holder, packet.reason) == (attended.number, "waiting", None, "asked")
    assert (packet.urgency, packet.topic, packet.topic_name) == (Urgency.HIGH, "Consulado y detención en EE. UU.", "consular")
    assert (packet.language, packet.municipality) == ("Español", "Puebla, Puebla")
    assert (packet.waiting_since, packet.reply_by) == (now, now + timedelta(hours=1))
    assert [(each.topic, each.confidence) for each in packet.recognized] == [("Consulado y detención en EE. UU.", 0.87)]
    assert [(each.title, each.version, each.changed) for each in packet.answered] == [
        (content.titles["consular_passport"], content.version, False)
    ]
    assert [(each.kind, each.recipient, each.until) for each in packet.agreed] == [
        ("share", content.name_of("ipam"), now + timedelta(days=30))
    ], "neither what was taken back nor what ran out"
    assert [(each.folio, each.state, each.office) for each in packet.cases] == [
        ("PTE-26-ABCD-12", "Enviado, sin respuesta", content.name_of("ipam"))
    ]
    assert (packet.tags, packet.viewers, packet.hidden, packet.two_readers, packet.is_blocked) == ((), (), (), False, False)


def test_what_names_the_person_is_not_in_it(attended: Attended, content: Content) -> None:
    has_a_case(attended)
    assert "Ana" not in repr(seen(attended, content))
    assert "Ana" not in attended.rosa.get(attended.path).text


def test_another_version_of_the_content_alone_changes_no_answer(attended: Attended, content: Content) -> None:
    asks_for_a_passport(attended)
    attended.chat.call(lambda session: session.execute(update(Message).values(content_version="older")))
    assert [each.changed for each in seen(attended, content).answered] == [False]


def test_an_answer_that_says_something_else_today_is_marked(attended: Attended, content: Content) -> None:
    asks_for_a_passport(attended)
    response = content.responses["utter_consular_passport"]
    other = replace(response, text=f"Antes que nada, saque cita. {response.text}")
    newer = replace(content, version="newer", responses={**content.responses, response.name: other})
    assert [each.changed for each in seen(attended, newer).answered] == [True]
    gone = replace(content, version="newer", responses={name: each for name, each in content.responses.items() if name != response.name})
    assert [each.changed for each in seen(attended, gone).answered] == [True]
    assert render(content, response.name, "es", attended.desk.now.date()).text != ""


def test_a_role_that_does_not_see_the_words_sees_nothing_drawn_from_them(attended: Attended, content: Content) -> None:
    asks_for_a_passport(attended)
    packet = seen(attended, content, Role.DATA_OFFICER)
    assert (packet.recognized, packet.answered, packet.hidden) == ((), (), (Field.TRANSCRIPT,))
    nothing = seen(attended, content, Role.EDITOR)
    assert (nothing.language, nothing.municipality, nothing.cases) == ("", "", ())
