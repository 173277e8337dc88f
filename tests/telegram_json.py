"""Updates as Telegram sends them, in its own JSON: https://core.telegram.org/bots/api#update"""

import itertools
from typing import Any

ANA = 4021
SENT_AT = 1_795_284_000  # 21/11/2026, 18:00 UTC
ANA_HERSELF = {
    "id": ANA,
    "is_bot": False,
    "first_name": "Ana Secreta",
    "last_name": "Prueba",
    "username": "ana_secreta",
    "language_code": "es",
}
PRIVATE = {"id": ANA, "first_name": "Ana Secreta", "last_name": "Prueba", "username": "ana_secreta", "type": "private"}
GROUP = {"id": -501, "title": "Vecinos secretos", "type": "group", "all_members_are_administrators": True}
SUPERGROUP = {"id": -1001234567890, "title": "Vecinos secretos", "username": "vecinos_secretos", "type": "supergroup"}
CHANNEL = {"id": -1009876543210, "title": "Avisos secretos", "type": "channel"}
OTHER_PERSON = {"id": 77, "is_bot": False, "first_name": "Beto Secreto"}
BOT_ITSELF = {"id": 1, "is_bot": True, "first_name": "Puente", "username": "puente_bot"}
NUMBERS = itertools.count(700_001)


def update(kind: str, content: dict[str, Any], update_id: int | None = None) -> dict[str, Any]:
    return {"update_id": next(NUMBERS) if update_id is None else update_id, kind: content}


def message(
    kind: str = "message", *, chat: dict[str, Any] = PRIVATE, number: int = 7, at: int = SENT_AT, sender: Any = ANA_HERSELF, **content: Any
) -> dict[str, Any]:
    """A message, an edited one or a post with that content."""
    author = {"from": sender} if sender else {"sender_chat": chat}
    return update(kind, {"message_id": number, **author, "chat": chat, "date": at, **content})


def text(said: str, **more: Any) -> dict[str, Any]:
    return message(text=said, **more)


def edited(said: str, number: int = 7, **more: Any) -> dict[str, Any]:
    return message("edited_message", number=number, **{"edit_date": SENT_AT + 30, "text": said, **more})


def pressed(data: str, chat: dict[str, Any] = PRIVATE, sender: dict[str, Any] = ANA_HERSELF) -> dict[str, Any]:
    shown = {"message_id": 6, "from": BOT_ITSELF, "chat": chat, "date": SENT_AT - 60, "text": "¿En qué le ayudo?"}
    return update("callback_query", {"id": "4382", "from": sender, "message": shown, "chat_instance": "-3", "data": data})


RIGHTS = (
    "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories", "can_post_messages",
    "can_edit_messages",
)  # fmt: skip


def membership(status: str, chat: dict[str, Any] = PRIVATE, before: str = "member") -> dict[str, Any]:
    """What became of the bot in a chat."""
    extra = {"kicked": {"until_date": 0}, "administrator": {"can_be_edited": False, **dict.fromkeys(RIGHTS, True)}}
    members = [{"user": BOT_ITSELF, "status": each, **extra.get(each, {})} for each in (before, status)]
    change = {"chat": chat, "from": ANA_HERSELF, "date": SENT_AT, "old_chat_member": members[0], "new_chat_member": members[1]}
    return update("my_chat_member", change)


FORWARDED = {"forward_origin": {"type": "user", "sender_user": OTHER_PERSON, "date": SENT_AT - 600}}


def reply_to(number: int, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    """The part of a message that says which one of ours it answers."""
    answered = {"message_id": number, "from": BOT_ITSELF, "chat": chat, "date": SENT_AT - 3600, "text": "Lo que dijo Puente"}
    return {"reply_to_message": answered}


def file(kind: str, **more: Any) -> dict[str, Any]:
    """The file inside a message of that kind, under its own name, as Telegram describes it."""
    thumb = {"file_id": "thumb", "file_unique_id": "t", "width": 90, "height": 90, "file_size": 900}
    known: dict[str, Any] = {
        "voice": {"duration": 4, "mime_type": "audio/ogg", "file_size": 9000},
        "audio": {
            "duration": 100,
            "performer": "X",
            "title": "Y",
            "file_name": "canción.mp3",
            "mime_type": "audio/mpeg",
            "file_size": 3_000_000,
        },
        "document": {"file_name": "acta.pdf", "mime_type": "application/pdf", "file_size": 40_000, "thumbnail": thumb},
        "video": {"duration": 9, "width": 640, "height": 480, "file_name": "v.mp4", "mime_type": "video/mp4", "file_size": 900_000},
        "video_note": {"duration": 9, "length": 240, "thumbnail": thumb, "file_size": 800_000},
        "animation": {"duration": 2, "width": 320, "height": 240, "file_name": "g.mp4", "mime_type": "video/mp4", "file_size": 70_000},
    }
    if kind == "photo":
        small = {"file_id": "photo-small", "file_unique_id": "s", "width": 90, "height": 67, "file_size": 1200}
        return {
            "photo": [small, {"file_id": "photo-id", "file_unique_id": "b", "width": 1280, "height": 960, "file_size": 150_000, **more}]
        }
    described = {"file_id": f"{kind}-id", "file_unique_id": "u", **known[kind], **more}
    beside = {"document": {"file_id": "beside", "file_unique_id": "u", "mime_type": "video/mp4"}} if kind == "animation" else {}
    return {kind: described, **beside}


PUEBLA = {"latitude": 19.0414, "longitude": -98.2063}
LOCATION = {"location": {**PUEBLA, "horizontal_accuracy": 12.0}}
LIVE_LOCATION = {"location": {**PUEBLA, "live_period": 3600, "heading": 90}}
VENUE = {**LOCATION, "venue": {"location": PUEBLA, "title": "Casa secreta", "address": "Calle secreta 5", "foursquare_id": "4b"}}
OWN_CONTACT = {"contact": {"phone_number": "+522221234567", "first_name": "Ana Secreta", "user_id": ANA}}
CONTACT_OF_OTHER = {"contact": {"phone_number": "+522227654321", "first_name": "Beto Secreto", "user_id": 77}}
CONTACT_OF_NOBODY_HERE = {"contact": {"phone_number": "+522220000000", "first_name": "Caro Secreta"}}
STICKER = {
    "sticker": {
        "file_id": "sticker-id", "file_unique_id": "u", "type": "regular", "width": 512, "height": 512, "is_animated": False,
        "is_video": False, "emoji": "👍", "set_name": "Manos", "file_size": 20_000,
    }
}  # fmt: skip
OPTIONS = [{"persistent_id": name, "text": name, "voter_count": 0} for name in ("Uno", "Dos")]
POLL = {
    "poll": {
        "id": "5", "question": "¿Cuál?", "options": OPTIONS, "total_voter_count": 0, "is_closed": False, "is_anonymous": True,
        "type": "regular", "allows_multiple_answers": False, "allows_revoting": True, "members_only": False,
    }
}  # fmt: skip
DICE = {"dice": {"emoji": "🎲", "value": 4}}
STORY = {"story": {"chat": CHANNEL, "id": 3}}
GAME = {"game": {"title": "Juego", "description": "Uno", "photo": [{"file_id": "g", "file_unique_id": "u", "width": 9, "height": 9}]}}
