"""Updates as Telegram makes them: what people send, what happens to chats, and what does not exist yet.

A content is the part of a message that says what it is; `message` puts who, where and when around it.
"""

import time
from typing import Any

Json = dict[str, Any]

BOT_ID = 4242424242
BOT_NAME = "puente_de_prueba_bot"
RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
    "can_post_messages",
)  # fmt: skip


def person(number: int, language: str = "es") -> Json:
    return {"id": number, "is_bot": False, "first_name": "Persona", "language_code": language}


def bot() -> Json:
    return {"id": BOT_ID, "is_bot": True, "first_name": "Puente", "username": BOT_NAME}


def chat(number: int, kind: str = "private") -> Json:
    """`private`, `group`, `supergroup` or `channel`."""
    return {"id": number, "type": kind} | ({"first_name": "Persona"} if kind == "private" else {"title": "Un grupo"})


def message(message_id: int, where: Json, content: Json, language: str = "es", date: int | None = None) -> Json:
    """In a channel nobody in particular says it; in a group somebody does."""
    said = {"message_id": message_id, "date": int(time.time()) if date is None else date, "chat": where}
    if where["type"] == "channel":
        return said | {"sender_chat": where} | content
    return said | {"from": person(where["id"] if where["type"] == "private" else 700_700_700, language)} | content


def callback(query_id: int, on: Json, payload: str, language: str = "es") -> Json:
    """A button under that message was pressed by the person of a private chat."""
    pressed = {"id": str(query_id), "from": person(on["chat"]["id"], language), "chat_instance": "1", "data": payload, "message": on}
    return {"callback_query": pressed}


def membership(where: Json, before: str, after: str, who: int) -> Json:
    """The bot's own standing in a chat: `kicked` and `member` in a private chat are blocked and unblocked."""
    return {
        "my_chat_member": {
            "chat": where,
            "from": person(who),
            "date": int(time.time()),
            "old_chat_member": _standing(before),
            "new_chat_member": _standing(after),
        }
    }


def _standing(status: str) -> Json:
    more: dict[str, Json] = {"kicked": {"until_date": 0}, "administrator": dict.fromkeys(RIGHTS, False)}
    return {"status": status, "user": bot()} | more.get(status, {})


def unheard_of() -> Json:
    """A kind of update that Telegram adds one day."""
    return {"quantum_message": {"state": "both", "chat": chat(1), "amplitude": 0.5}}


def text(words: str, *entities: Json) -> Json:
    return {"text": words} | ({"entities": list(entities)} if entities else {})


def command(words: str) -> Json:
    """`/start e_ipam`: the first word is marked as a command."""
    return text(words, {"type": "bot_command", "offset": 0, "length": len(words.split()[0])})


def file(file_id: str, size: int = 1200, **more: Any) -> Json:
    return {"file_id": file_id, "file_unique_id": f"u-{file_id}"[:40], "file_size": size, **more}


def voice(file_id: str = "voice-1", seconds: int = 3, size: int = 9000) -> Json:
    return {"voice": file(file_id, size, duration=seconds, mime_type="audio/ogg")}


def photo(file_id: str = "photo-1", caption: str = "", album: str = "", size: int = 90_000) -> Json:
    sizes = [file(f"{file_id}-small", 1200, width=90, height=67), file(file_id, size, width=1280, height=960)]
    return {"photo": sizes} | _with(caption=caption, media_group_id=album)


def document(
    file_id: str = "document-1", name: str = "acta.pdf", kind: str = "application/pdf", size: int = 40_000, caption: str = ""
) -> Json:
    return {"document": file(file_id, size, file_name=name, mime_type=kind)} | _with(caption=caption)


def video(file_id: str = "video-1", caption: str = "") -> Json:
    return {"video": file(file_id, 900_000, width=640, height=480, duration=5, mime_type="video/mp4")} | _with(caption=caption)


def animation(file_id: str = "animation-1") -> Json:
    """Telegram puts the same file in `document` for old clients."""
    moving = file(file_id, 60_000, width=320, height=240, duration=2, mime_type="video/mp4")
    return {"animation": moving, "document": file(file_id, 60_000, mime_type="video/mp4")}


def location(latitude: float = 19.0414, longitude: float = -98.2063, live: int = 0) -> Json:
    """`live`: seconds for which a live location is shared."""
    return {"location": {"latitude": latitude, "longitude": longitude} | ({"live_period": live} if live else {})}


def contact(telephone: str = "+522221234567", owner: int | None = None) -> Json:
    """`owner`: the person whose contact it is, when Telegram knows."""
    return {"contact": {"phone_number": telephone, "first_name": "Alguien"} | ({"user_id": owner} if owner else {})}


def forwarded(content: Json, origin: Json | None = None) -> Json:
    hidden = {"type": "hidden_user", "sender_user_name": "Alguien", "date": int(time.time()) - 3600}
    return content | {"forward_origin": origin or hidden}


def _with(**fields: str) -> Json:
    return {name: value for name, value in fields.items() if value}


PLACE: Json = {"latitude": 19.0414, "longitude": -98.2063}
CONTENTS: dict[str, Json] = {
    "text": text("menu"),
    "text with entities": text("menu https://example.org", {"type": "url", "offset": 5, "length": 19}),
    "command": command("/help"),
    "start with a link": command("/start e_ipam"),
    "voice": voice(),
    "audio": {"audio": file("audio-1", 300_000, duration=180, performer="Alguien", title="Algo", mime_type="audio/mpeg")},
    "photo": photo(),
    "photo with a caption": photo(caption="menu"),
    "document": document(),
    "video": video(),
    "video note": {"video_note": file("note-1", 300_000, length=240, duration=6)},
    "sticker": {"sticker": file("sticker-1", type="regular", width=512, height=512, is_animated=False, is_video=False, emoji="👍")},
    "animation": animation(),
    "contact": contact(),
    "location": location(),
    "live location": location(live=900),
    "venue": {"venue": {"location": PLACE, "title": "Casa", "address": "Calle 1"}, "location": PLACE},
    "poll": {
        "poll": {
            "id": "1", "question": "¿Sí?", "total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular",
            "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
            "options": [{"text": word, "voter_count": 0, "persistent_id": word} for word in ("sí", "no")],
        }
    },
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
    "story": {"story": {"chat": chat(5, "channel"), "id": 1}},
    "game": {"game": {"title": "Juego", "description": "Un juego", "photo": [file("game-1", width=90, height=67)]}},
    "forwarded": forwarded(text("menu")),
    "content unheard of": {"hologram": {"file_id": "hologram-1", "depth": 3}},
}  # fmt: skip
"""One of each kind of content that a person can send in a private chat."""

SERVICE: dict[str, Json] = {
    "pinned message": {"pinned_message": {"message_id": 1, "date": 0, "chat": chat(1)}},
    "messages that vanish": {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400}},
}
"""What Telegram itself writes into a private chat; nobody has said anything."""

IN_GROUPS: dict[str, Json] = {
    "bot added": {"new_chat_members": [bot()]},
    "somebody added": {"new_chat_members": [person(700_700_701)]},
    "somebody left": {"left_chat_member": person(700_700_701)},
    "group created": {"group_chat_created": True},
    "group became a supergroup": {"migrate_to_chat_id": -1_001_234_567_890},
    "supergroup came from a group": {"migrate_from_chat_id": -4_444},
    "said in a group": text("menu"),
}
