"""Leave to write notices: asked apart from sharing, refused and taken back apart from it."""

import pytest

from bot.records.referrals import ConsentKind, ReferralState
from bot.referrals import consent
from tests import intake
from tests.chats import Chat

STOPPED = "utter_notices_stopped"


def may_write(chat: Chat) -> bool:
    return chat.call(lambda session: consent.may_write(session, chat.conversation(session).id, chat.now))


def sends(ana: Chat, notices: str) -> None:
    ana.is_at(intake.at("notices"))
    ana.says("seguir")
    assert ana.says(notices) == ["ask_referral_intake_consent"]
    assert ana.says("acepto") == ["utter_referral_sent"]


def test_whoever_was_never_asked_may_be_answered_about_their_own_case(ana: Chat) -> None:
    ana.says("gracias")
    assert may_write(ana)


@pytest.mark.parametrize(("said", "may"), [("sí", True), ("no", False), ("Sí, escríbanme", True), ("No, yo pregunto", False)])
def test_the_answer_is_kept_with_its_text_and_counts(ana: Chat, said: str, may: bool) -> None:
    sends(ana, said)
    share, write = sorted(intake.consents(ana), key=lambda each: each.kind)
    assert (share.kind, write.kind, may_write(ana)) == (ConsentKind.SHARE, ConsentKind.WRITE, may)
    assert "avisos" in write.text and write.referral_id is None and share.withdrawn_at is None


def test_nothing_is_kept_of_it_when_sharing_is_refused(ana: Chat) -> None:
    ana.is_at(intake.at("notices"))
    ana.says("seguir")
    ana.says("no")
    assert ana.says("no autorizo") == ["utter_consent_refused"]
    assert intake.consents(ana) == [] and may_write(ana)


@pytest.mark.parametrize(
    "typed", ["no me escriban avisos", "No me escriban avisos.", "no notices", "pas d'avis", "sem avisos", "pa ekri m avi"]
)
def test_it_is_taken_back_alone_and_the_case_goes_on(ana: Chat, typed: str) -> None:
    sends(ana, "sí")
    assert ana.says(typed) == [STOPPED]
    assert not may_write(ana)
    assert [each.state for each in intake.referrals(ana)] == [ReferralState.SENT]
    assert [each.withdrawn_at for each in intake.consents(ana) if each.kind is ConsentKind.SHARE] == [None]
    assert ana.says(intake.referrals(ana)[0].folio) == ["utter_referral_status_of"]


def test_whoever_was_never_asked_can_forbid_it_too(ana: Chat) -> None:
    ana.says("no me escriban avisos")
    assert not may_write(ana)


def test_it_can_be_given_again(ana: Chat) -> None:
    sends(ana, "no")
    ana.says("sin avisos")
    assert ana.presses("/start_questionnaire=case_notices") == ["ask_case_notices_notices"]
    assert ana.presses(intake.button(ana, "case_notices.notices=yes")) == ["utter_notices_allowed"]
    assert may_write(ana)


def test_a_second_refusal_leaves_it_forbidden(ana: Chat) -> None:
    ana.says("no me escriban avisos")
    ana.presses("/start_questionnaire=case_notices")
    assert ana.says("no") == [STOPPED]
    assert not may_write(ana)


def test_whoever_is_called_by_telephone_is_not_asked(ana: Chat) -> None:
    ana.is_at(intake.at("telephone", contact_way=["telephone", "Por teléfono"]))
    assert ana.says("222 765 4321") == ["ask_referral_intake_consent"]
