"""What is not words: what is said to it, and what of it is stored."""

from typing import Any

import pytest

from bot.conversation.received import LARGEST
from bot.questionnaires.run import Progress
from bot.records.deliveries import Call
from tests import intake
from tests import telegram_json as telegram
from tests.chats import Chat
from tests.telegram_json import FORWARDED, file

FILES = ("photo", "document", "video", "video_note", "animation", "voice", "audio")
WORDLESS: dict[str, dict[str, Any]] = {
    "sticker": telegram.STICKER, "poll": telegram.POLL, "dice": telegram.DICE, "story": telegram.STORY, "game": telegram.GAME,
    "other": {"hologram": {"depth": 3}},
}  # fmt: skip
PLACES: dict[str, dict[str, Any]] = {"location": telegram.LOCATION, "live_location": telegram.LIVE_LOCATION, "venue": telegram.VENUE}
CONTACTS: dict[str, dict[str, Any]] = {"own contact": telegram.OWN_CONTACT, "contact": telegram.CONTACT_OF_OTHER}
EVERYTHING = {**{kind: file(kind) for kind in FILES}, **WORDLESS, **PLACES, **CONTACTS}
NAMED = [f"utter_received_{kind}" for kind in EVERYTHING]
DANGER = "me quiero matar"


def at(ana: Chat, step: str, **answers: str) -> None:
    """In the middle of a request for support."""
    given = {name: [value, value] for name, value in {"for_whom": "self", "story": "—", **answers}.items()}
    ana.is_at(Progress("referral_intake", step, given))


@pytest.mark.parametrize("kind", FILES)
def test_a_file_without_words_is_answered_by_what_it_is_and_its_name_is_kept_for_staff(ana: Chat, kind: str) -> None:
    assert ana.sends(**file(kind)) == [f"utter_received_{kind}"]
    [kept] = ana.attachments()
    assert (kept.kind, kept.file_id) == (kind, f"{kind}-id")
    assert kept.message_id == ana.heard()[0].id and ana.heard()[0].text == f"[{kind}]"


def test_of_a_file_its_name_its_type_and_its_size_are_kept(ana: Chat) -> None:
    ana.sends(**file("document"))
    [kept] = ana.attachments()
    assert (kept.file_name, kept.mime_type, kept.size) == ("acta.pdf", "application/pdf", 40_000)


@pytest.mark.parametrize("kind", WORDLESS)
def test_what_holds_no_words_is_answered_by_what_it_is(ana: Chat, kind: str) -> None:
    assert ana.sends(**WORDLESS[kind]) == [f"utter_received_{kind}"]
    assert ana.attachments() == [] and ana.heard()[0].text == f"[{kind}]"


@pytest.mark.parametrize("kind", EVERYTHING)
def test_whatever_was_sent_a_way_on_is_offered(ana: Chat, kind: str) -> None:
    ana.sends(**EVERYTHING[kind])
    offered = [payload for each in ana.transcript() for _, payload in each.buttons or ()]
    assert {"/help", "/talk_to_human"} & set(offered)


# Places and contacts


@pytest.mark.parametrize("kind", ["location", "venue"])
def test_a_place_begins_the_search_for_an_office_there_and_is_not_kept(ana: Chat, kind: str) -> None:
    assert ana.sends(**PLACES[kind]) == ["utter_received_location", "ask_find_office_need"]
    assert ana.answers["municipality"].endswith("114"), "the municipality of Puebla"
    assert [each.text for each in ana.heard()] == [f"[{kind}]"]
    assert [each.incoming for each in ana.inbox()] == [None]


def test_a_live_location_is_not_followed(ana: Chat) -> None:
    assert ana.sends(**telegram.LIVE_LOCATION)[0] == "utter_received_live_location"
    assert [each.incoming for each in ana.inbox()] == [None] and [each.text for each in ana.heard()] == ["[live_location]"]


def test_a_place_on_the_open_sea_is_no_error(ana: Chat) -> None:
    assert ana.sends(location={"latitude": 0.0, "longitude": -150.0})[0] == "utter_received_location"


@pytest.mark.parametrize(("kind", "said"), [("own contact", "utter_received_contact"), ("contact", "utter_contact_of_other")])
def test_a_contact_that_nobody_asked_for_is_not_kept(ana: Chat, kind: str, said: str) -> None:
    assert ana.sends(**CONTACTS[kind]) == [said]
    assert [each.incoming for each in ana.inbox()] == [None] and [each.text for each in ana.heard()] == ["[contact]"]


def test_other_updates_stay_in_the_inbox_for_a_while(ana: Chat) -> None:
    ana.says("gracias")
    ana.sends(**file("photo"))
    assert [each.incoming is None for each in ana.inbox()] == [False, False]


# Captions


@pytest.mark.parametrize("kind", sorted(set(FILES) - {"video_note"}))
def test_a_caption_is_answered_as_words_and_the_file_is_kept(ana: Chat, kind: str) -> None:
    assert ana.sends(**file(kind), caption="mil gracias") == ["utter_thank"]
    assert ana.asked == ["mil gracias"]
    [kept] = ana.attachments()
    assert kept.kind == kind and ana.heard()[0].text == "mil gracias"


def test_danger_in_a_caption_is_danger(ana: Chat) -> None:
    danger = ana.takes(telegram.message(**file("photo"), caption=DANGER))
    assert danger.safety is not None and ana.asked == [] and len(ana.attachments()) == 1


def test_a_caption_whose_question_rasa_cannot_be_asked_is_answered_later(ana: Chat) -> None:
    ana.understands = None
    assert ana.sends(**file("photo"), caption="¿cuánto cuesta el pasaporte?") == ["utter_understanding_down"]
    assert ana.heard()[0].unanswered is True and len(ana.attachments()) == 1


def test_a_caption_without_a_letter_is_not_understood(ana: Chat) -> None:
    assert ana.sends(**file("photo"), caption="…!") == ["utter_fallback_rephrase"]


# Refused


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_too_big_is_refused_and_not_kept(ana: Chat, kind: str) -> None:
    assert ana.sends(**file(kind, file_size=LARGEST + 1)) == ["utter_file_too_big"]
    assert ana.attachments() == [] and "20 MB" in ana.transcript()[-1].text


def test_a_file_as_big_as_telegram_lets_us_fetch_is_kept(ana: Chat) -> None:
    assert ana.sends(**file("document", file_size=LARGEST)) == ["utter_received_document"]
    assert len(ana.attachments()) == 1


@pytest.mark.parametrize(
    "mime_type",
    [
        "application/zip",
        "application/x-msdownload",
        "application/vnd.android.package-archive",
        "text/html",
        "application/x-sh",
        "application/json",
        "image/svg+xml",
    ],
)
def test_a_file_that_can_do_harm_is_refused_and_not_kept(ana: Chat, mime_type: str) -> None:
    assert ana.sends(**file("document", mime_type=mime_type)) == ["utter_file_refused"]
    assert ana.attachments() == []


@pytest.mark.parametrize(
    "mime_type",
    [
        "application/pdf",
        "image/png",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/plain",
    ],
)
def test_a_photo_a_pdf_or_a_letter_is_kept(ana: Chat, mime_type: str) -> None:
    assert ana.sends(**file("document", mime_type=mime_type)) == ["utter_received_document"]
    assert len(ana.attachments()) == 1


def test_danger_beside_a_file_that_is_refused_is_danger(ana: Chat) -> None:
    assert ana.takes(telegram.message(**file("document", file_size=LARGEST + 1), caption=DANGER)).safety is not None
    assert ana.attachments() == []


def test_words_beside_a_file_that_is_refused_are_answered_too(ana: Chat) -> None:
    assert ana.sends(**file("document", mime_type="application/zip"), caption="mil gracias") == ["utter_file_refused", "utter_thank"]
    assert ana.sends(**file("video", file_size=LARGEST + 1), caption="mil gracias") == ["utter_file_too_big", "utter_thank"]
    assert ana.sends(**file("video", file_size=LARGEST + 1), caption="…!") == ["utter_file_too_big", "utter_fallback_rephrase"]
    assert ana.attachments() == []


def test_words_beside_a_refused_file_are_answered_later_when_rasa_is_down(ana: Chat) -> None:
    ana.understands = None
    said = ana.sends(**file("document", mime_type="application/zip"), caption="¿cuánto cuesta el pasaporte?")
    assert said == ["utter_file_refused", "utter_understanding_down"] and ana.heard()[0].unanswered is True


# With a person


@pytest.mark.parametrize("kind", FILES)
def test_with_a_ticket_waiting_a_file_is_kept_for_whoever_takes_it(ana: Chat, kind: str) -> None:
    ana.person_waits()
    assert ana.sends(**file(kind)) == ["utter_kept_for_staff"]
    assert [each.kind for each in ana.attachments()] == [kind]


@pytest.mark.parametrize("kind", sorted(set(EVERYTHING) - set(FILES)))
def test_with_a_ticket_waiting_what_is_no_file_is_answered_as_ever(ana: Chat, kind: str) -> None:
    ana.person_waits()
    said = ana.sends(**EVERYTHING[kind])
    assert said[0] in {*NAMED, "utter_contact_of_other"}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_while_a_person_holds_the_ticket_nothing_is_said_and_all_is_written_down(ana: Chat, kind: str) -> None:
    ana.person_holds()
    before = len(ana.heard())
    assert ana.sends(**EVERYTHING[kind]) == []
    assert len(ana.heard()) == before + 1
    assert [each.kind for each in ana.attachments()] == ([kind] if kind in FILES else [])


@pytest.mark.parametrize("kind", [*PLACES, *CONTACTS])
def test_a_place_or_a_contact_is_forgotten_while_a_person_holds_the_ticket_too(ana: Chat, kind: str) -> None:
    ana.person_holds()
    ana.sends(**EVERYTHING[kind])
    assert ana.inbox()[-1].incoming is None


def test_danger_in_a_caption_warns_the_person_who_holds_the_ticket(ana: Chat) -> None:
    ana.person_holds()
    assert ana.sends(**file("photo"), caption=DANGER) == ["utter_danger_while_assigned"]


# In the middle of a request


@pytest.mark.parametrize("kind", sorted(set(EVERYTHING) - set(CONTACTS)))
def test_what_is_no_answer_is_said_so_and_the_question_is_asked_again(ana: Chat, kind: str) -> None:
    at(ana, "telephone", need="work", municipality="21114", contact_way="telephone")
    said = ana.sends(**EVERYTHING[kind])
    assert said[0] in NAMED and said[-1] == "ask_referral_intake_telephone"
    assert ana.pending is not None and ana.pending["step"] == "telephone"


@pytest.mark.parametrize("kind", CONTACTS)
def test_where_a_telephone_is_asked_for_a_contact_is_the_answer(ana: Chat, kind: str) -> None:
    at(ana, "telephone", need="work", municipality="21114", contact_way="telephone")
    assert ana.sends(**CONTACTS[kind]) == ["ask_referral_intake_consent"]
    assert ana.answers["telephone"] == CONTACTS[kind]["contact"]["phone_number"]
    assert ana.inbox()[-1].incoming is None and ana.heard()[-1].text == "[contact]"


@pytest.mark.parametrize("kind", PLACES)
def test_where_a_municipality_is_asked_for_a_place_is_the_answer(ana: Chat, kind: str) -> None:
    at(ana, "municipality", need="work")
    assert ana.sends(**PLACES[kind]) == ["ask_referral_intake_contact_way"]
    assert ana.answers["municipality"].endswith("114")
    assert ana.inbox()[-1].incoming is None


def test_where_an_office_is_looked_for_a_place_ends_the_search(ana: Chat) -> None:
    ana.is_at(Progress("find_office", "municipality", {"need": ["work", "Trabajo"]}))
    assert ana.sends(**telegram.LOCATION) == ["utter_offices_found"]
    assert ana.pending is None


def test_a_forwarded_contact_or_place_answers_no_question_of_ours(ana: Chat) -> None:
    at(ana, "telephone", need="work", municipality="21114", contact_way="telephone")
    assert "telephone" not in ana.answers
    ana.sends(**telegram.OWN_CONTACT, **FORWARDED)
    assert "telephone" not in ana.answers
    at(ana, "municipality", need="work")
    ana.sends(**telegram.LOCATION, **FORWARDED)
    assert "municipality" not in ana.answers


def test_a_caption_is_heard_as_words_in_a_request_too(ana: Chat) -> None:
    ana.is_at(intake.at_need())
    said = ana.sends(**file("photo"), caption="mil gracias")
    assert ana.asked == ["gracias", "mil gracias"] and said[-1] == "ask_referral_intake_need"


def test_nothing_is_fetched_or_deleted_for_what_was_received(ana: Chat) -> None:
    for content in EVERYTHING.values():
        ana.later(minutes=1)
        ana.sends(**content)
    assert ana.outbox(call=Call.DELETE) == ana.outbox(call=Call.LEAVE) == []
