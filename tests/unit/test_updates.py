"""Every kind of Telegram's updates, as Telegram sends it, and what the conversation takes in of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Bot

from bot.conversation.inbox import Arrival
from bot.conversation.incoming import LONGEST_TEXT, Incoming, Kind
from bot.telegram_adapter.updates import arrival_of
from tests import telegram_json as telegram
from tests.telegram_json import (
    ANA,
    CHANNEL,
    FORWARDED,
    GROUP,
    PRIVATE,
    SENT_AT,
    SUPERGROUP,
    edited,
    file,
    membership,
    message,
    pressed,
    text,
)

NOW = datetime(2026, 11, 21, 18, 0, 5, tzinfo=UTC)
BOT, BOT_ID = Bot("1:nobody-asks-Telegram"), "telegram:1"
STAFF_GROUP = -100777
MESSAGE: dict[str, Any] = {"door_id": "7", "said_at": SENT_AT, "language": "es"}
PLACE: dict[str, Any] = {**telegram.PUEBLA, **MESSAGE}


def arrives(raw: dict[str, Any], staff_group: int | None = STAFF_GROUP) -> Arrival | None:
    return arrival_of(raw, BOT, BOT_ID, NOW, staff_group)


def taken(raw: dict[str, Any]) -> Incoming | None:
    arrival = arrives(raw)
    return arrival.incoming if arrival else None


def test_an_update_arrives_under_telegrams_number_in_its_own_chat() -> None:
    raw = telegram.update("message", text("hola")["message"], 81_123_456)
    assert arrives(raw) == Arrival(BOT_ID, "81123456", str(ANA), Incoming(Kind.TEXT, "hola", **MESSAGE), NOW)


# Words


def test_a_text_is_its_words_and_its_formatting_is_left_out() -> None:
    entities = [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "text_link", "offset": 5, "length": 4, "url": "https://example.org/secreto"},
        {"type": "text_mention", "offset": 5, "length": 4, "user": telegram.OTHER_PERSON},
    ]
    assert taken(text("hola Beto", entities=entities)) == Incoming(Kind.TEXT, "hola Beto", **MESSAGE)


def test_a_command_is_a_text_with_its_slash() -> None:
    raw = text("/start migrante_emprende", entities=[{"type": "bot_command", "offset": 0, "length": 6}])
    assert taken(raw) == Incoming(Kind.TEXT, "/start migrante_emprende", **MESSAGE)


def test_a_text_is_taken_without_hidden_characters_and_as_long_as_telegram_allows() -> None:
    assert taken(text("me \u202equiero\u200b\tir\x07")) == Incoming(Kind.TEXT, "me quiero ir", **MESSAGE)
    assert taken(text("a" * 5000)) == Incoming(Kind.TEXT, "a" * LONGEST_TEXT, was_cut=True, **MESSAGE)


def test_a_reply_names_the_message_it_answers() -> None:
    assert taken(text("¿y cuánto cuesta?", **telegram.reply_to(55))) == Incoming(Kind.TEXT, "¿y cuánto cuesta?", reply_to="55", **MESSAGE)


@pytest.mark.parametrize(
    "origin",
    [
        FORWARDED["forward_origin"],
        {"type": "hidden_user", "sender_user_name": "Beto Secreto", "date": SENT_AT - 9},
        {"type": "chat", "sender_chat": SUPERGROUP, "date": SENT_AT - 9},
        {"type": "channel", "chat": CHANNEL, "message_id": 3, "date": SENT_AT - 9},
    ],
    ids=lambda origin: origin["type"],
)
def test_a_forwarded_text_is_marked_wherever_it_comes_from(origin: dict[str, Any]) -> None:
    assert taken(text("cobran 500", forward_origin=origin)) == Incoming(Kind.TEXT, "cobran 500", is_forwarded=True, **MESSAGE)


def test_a_forwarded_photo_is_marked_and_its_caption_is_its_words() -> None:
    found = taken(message(**file("photo"), caption="miren esto", **FORWARDED))
    assert found is not None
    assert (found.kind, found.text, found.is_forwarded, found.file_id) == (Kind.PHOTO, "miren esto", True, "photo-id")


def test_the_language_is_that_of_the_telephone_without_its_country() -> None:
    english = {**telegram.ANA_HERSELF, "language_code": "en-US"}
    none = {name: value for name, value in telegram.ANA_HERSELF.items() if name != "language_code"}
    found = [taken(text("hi", sender=english)), taken(text("hi", sender=none)), taken(pressed("/help", sender=english))]
    assert [each.language for each in found if each] == ["en", "", "en"]


# Buttons and corrections


def test_a_press_is_the_data_of_its_button() -> None:
    assert taken(pressed("referral_intake.need=work")) == Incoming(Kind.BUTTON, payload="referral_intake.need=work", language="es")


def test_a_press_under_a_message_too_old_to_be_shown_counts() -> None:
    raw = pressed("/help")
    raw["callback_query"]["message"] = {"message_id": 6, "chat": PRIVATE, "date": 0}
    assert taken(raw) == Incoming(Kind.BUTTON, payload="/help", language="es")


def test_a_press_of_a_game_button_has_no_data() -> None:
    raw = pressed("")
    raw["callback_query"]["game_short_name"] = raw["callback_query"].pop("data")
    assert taken(raw) == Incoming(Kind.BUTTON, language="es")


def test_an_edited_text_is_a_correction_of_the_message_of_that_number() -> None:
    found = taken(edited("hola otra vez", number=31))
    assert found is not None and (found.kind, found.text, found.door_id) == (Kind.EDIT, "hola otra vez", "31")


def test_an_edited_caption_is_a_correction() -> None:
    raw = message("edited_message", number=31, edit_date=SENT_AT + 30, **file("photo"), caption="es mi acta")
    found = taken(raw)
    assert found is not None and (found.kind, found.text, found.door_id, found.file_id) == (Kind.EDIT, "es mi acta", "31", "")


def test_a_correction_is_said_when_it_is_made_and_not_when_the_first_wording_was() -> None:
    found = taken(edited("hola otra vez", edit_date=SENT_AT + 7200))
    assert found is not None and found.said_at == SENT_AT + 7200


@pytest.mark.parametrize("content", [telegram.LIVE_LOCATION, file("photo"), telegram.POLL], ids=lambda content: str(*list(content)[:1]))
def test_an_edit_without_words_is_no_correction(content: dict[str, Any]) -> None:
    """So the next points of a live location are taken as nothing."""
    assert arrives(message("edited_message", edit_date=SENT_AT + 30, **content)) is None


# Files, places and the rest

FILES = {
    "photo": {"file_id": "photo-id", "mime_type": "image/jpeg", "size": 150_000},
    "document": {"file_id": "document-id", "mime_type": "application/pdf", "size": 40_000, "file_name": "acta.pdf"},
    "video": {"file_id": "video-id", "mime_type": "video/mp4", "size": 900_000, "file_name": "v.mp4"},
    "video_note": {"file_id": "video_note-id", "size": 800_000},
    "animation": {"file_id": "animation-id", "mime_type": "video/mp4", "size": 70_000, "file_name": "g.mp4"},
    "voice": {"file_id": "voice-id", "mime_type": "audio/ogg", "size": 9000},
    "audio": {"file_id": "audio-id", "mime_type": "audio/mpeg", "size": 3_000_000, "file_name": "canción.mp3"},
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_its_name_at_telegram_its_type_and_its_size(kind: str) -> None:
    assert taken(message(**file(kind))) == Incoming(Kind(kind), **FILES[kind], **MESSAGE)


@pytest.mark.parametrize("kind", sorted(set(FILES) - {"video_note"}))
def test_a_caption_is_the_words_of_its_file(kind: str) -> None:
    assert taken(message(**file(kind), caption=" ¿qué es\u200b esto? ")) == Incoming(Kind(kind), "¿qué es esto?", **FILES[kind], **MESSAGE)


def test_a_file_that_tells_nothing_of_itself_is_taken_all_the_same() -> None:
    raw = message(document={"file_id": "document-id", "file_unique_id": "u"})
    assert taken(raw) == Incoming(Kind.DOCUMENT, file_id="document-id", **MESSAGE)


@pytest.mark.parametrize(
    ("content", "kind"), [(telegram.LOCATION, Kind.LOCATION), (telegram.LIVE_LOCATION, Kind.LIVE_LOCATION), (telegram.VENUE, Kind.VENUE)]
)
def test_a_place_is_two_numbers_and_no_name(content: dict[str, Any], kind: Kind) -> None:
    assert taken(message(**content)) == Incoming(kind, **PLACE)


@pytest.mark.parametrize(
    ("content", "telephone", "is_of_other"),
    [
        (telegram.OWN_CONTACT, "+522221234567", False),
        (telegram.CONTACT_OF_OTHER, "+522227654321", True),
        (telegram.CONTACT_OF_NOBODY_HERE, "+522220000000", True),
    ],
)
def test_a_contact_is_its_telephone_and_whether_it_is_the_senders_own(content: dict[str, Any], telephone: str, is_of_other: bool) -> None:
    assert taken(message(**content)) == Incoming(Kind.CONTACT, telephone=telephone, is_of_other=is_of_other, **MESSAGE)


@pytest.mark.parametrize(
    "content", [telegram.STICKER, telegram.POLL, telegram.DICE, telegram.STORY, telegram.GAME], ids=lambda content: str(*content)
)
def test_what_has_no_words_is_its_kind(content: dict[str, Any]) -> None:
    assert taken(message(**content)) == Incoming(Kind(str(*content)), **MESSAGE)


@pytest.mark.parametrize(
    "content",
    [
        {"hologram": {"depth": 3}},
        {},
        {"invoice": {"title": "X", "description": "Y", "start_parameter": "z", "currency": "MXN", "total_amount": 100}},
    ],
    ids=["not heard of", "empty", "invoice"],
)
def test_a_message_of_an_unknown_kind_is_something_else_and_is_answered(content: dict[str, Any]) -> None:
    assert taken(message(**content)) == Incoming(Kind.OTHER, **MESSAGE)


# Done to the chat


@pytest.mark.parametrize("chat", [GROUP, SUPERGROUP], ids=lambda chat: chat["type"])
@pytest.mark.parametrize(
    "content",
    [{"text": "secreto"}, {"new_chat_members": [telegram.BOT_ITSELF]}, file("photo"), telegram.LOCATION],
    ids=lambda each: str(*list(each)[:1]),
)
def test_of_a_group_only_that_it_is_one_is_taken_in(chat: dict[str, Any], content: dict[str, Any]) -> None:
    arrival = arrives(message(chat=chat, **content))
    assert arrival is not None and (arrival.chat_id, arrival.incoming) == (str(chat["id"]), Incoming(Kind.GROUP))


def test_of_a_group_neither_a_press_nor_a_correction_is_taken_in() -> None:
    assert [taken(pressed("/help", chat=GROUP)), taken(edited("secreto", chat=GROUP))] == [Incoming(Kind.GROUP)] * 2


@pytest.mark.parametrize("kind", ["channel_post", "edited_channel_post"])
def test_of_a_channel_only_that_it_is_one_is_taken_in(kind: str) -> None:
    assert taken(message(kind, chat=CHANNEL, sender=None, text="secreto")) == Incoming(Kind.GROUP)


@pytest.mark.parametrize(
    ("status", "chat", "incoming"),
    [
        ("kicked", PRIVATE, Incoming(Kind.BLOCKED)),
        ("member", PRIVATE, Incoming(Kind.UNBLOCKED)),
        ("member", GROUP, Incoming(Kind.GROUP, payload="added")),
        ("member", SUPERGROUP, Incoming(Kind.GROUP, payload="added")),
        ("member", CHANNEL, Incoming(Kind.GROUP, payload="channel")),
        ("left", GROUP, Incoming(Kind.BLOCKED)),
        ("kicked", SUPERGROUP, Incoming(Kind.BLOCKED)),
        ("left", CHANNEL, Incoming(Kind.BLOCKED)),
    ],
)
def test_what_becomes_of_the_bot_in_a_chat_is_taken_in(status: str, chat: dict[str, Any], incoming: Incoming) -> None:
    assert taken(membership(status, chat, "kicked" if status == "member" else "member")) == incoming


def test_a_group_that_became_another_chat_names_it(caplog: pytest.LogCaptureFixture) -> None:
    assert taken(message(chat=GROUP, migrate_to_chat_id=-100999)) == Incoming(Kind.MOVED, payload="-100999")
    assert "-100999" not in caplog.text, "that is not the operators' affair"


def test_the_staffs_group_that_became_another_chat_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    staff = {**SUPERGROUP, "id": STAFF_GROUP}
    assert taken(message(chat=staff, migrate_to_chat_id=-100999)) == Incoming(Kind.MOVED, payload="-100999")
    assert "-100999" in caplog.text and "TELEGRAM_STAFF_GROUP" in caplog.text


def test_nothing_is_taken_in_from_the_staffs_own_group() -> None:
    staff = {**SUPERGROUP, "id": STAFF_GROUP}
    raws = [
        text("secreto", chat=staff),
        pressed("/help", chat=staff),
        edited("secreto", chat=staff),
        membership("member", staff),
        membership("left", staff),
    ]
    assert [arrives(raw) for raw in raws] == [None] * len(raws)
    moved = arrives(message(chat=staff, migrate_to_chat_id=-100999))
    assert moved is not None and moved.incoming == Incoming(Kind.MOVED, payload="-100999")


@pytest.mark.parametrize(
    "content",
    [
        {"pinned_message": telegram.text("x")["message"]},
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
        {"chat_background_set": {"type": {"type": "chat_theme", "theme_name": "x"}}},
        {"write_access_allowed": {"from_request": True}},
        {"delete_chat_photo": True},
    ],
    ids=lambda content: str(*content),
)
def test_a_notice_about_a_private_chat_is_taken_as_nothing(content: dict[str, Any]) -> None:
    assert arrives(message(**content)) is None
