"""From one of Telegram's updates, as it came, to what the conversation takes in. Every kind has its own line here.

An update nobody has heard of yet is taken as `other`, so that whoever sent it is answered; one that cannot be read at all is named in the
log and left out, because one bad update must not hold up the rest.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from telegram import Bot, Chat, ChatMember, ChatMemberUpdated, Message, Update
from telegram.constants import ChatType

from bot.conversation.inbox import Arrival
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.handoff.group import desk_of
from bot.telegram_adapter.group_updates import of_staff

logger = logging.getLogger(__name__)

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
GONE = (ChatMember.BANNED, ChatMember.LEFT)
OF_THE_CHAT = (  # said by Telegram about the chat itself: nobody waits for an answer
    "pinned_message", "message_auto_delete_timer_changed", "new_chat_title", "new_chat_photo", "delete_chat_photo", "chat_background_set",
    "boost_added", "forum_topic_created", "forum_topic_closed", "forum_topic_reopened", "video_chat_started", "video_chat_ended",
    "video_chat_scheduled", "video_chat_participants_invited", "write_access_allowed", "proximity_alert_triggered",
)  # fmt: skip


def arrival_of(raw: Mapping[str, Any], bot: Bot, bot_id: str, now: datetime, staff_group: int | None = None) -> Arrival | None:
    """None where there is nothing to take in: notices about a chat, further points of a live location. What staff write in their own group
    arrives at their desk and not at the dialogue."""
    update_id = raw.get("update_id") if isinstance(raw.get("update_id"), int) else None
    try:
        update = Update.de_json(dict(raw), bot)
        chat = update.effective_chat
        staffs = of_staff(update, chat, staff_group) if chat else None
        incoming = staffs or (_incoming(update, chat, staff_group) if chat else None)
    except Exception as error:  # a door: what Telegram may send tomorrow is not known, nor what the error quotes of it
        logger.error("Update %s cannot be read (%s)", update_id, type(error).__name__)
        chat, incoming, staffs = None, None, None
    if chat is not None:
        return Arrival(desk_of(bot_id) if staffs else bot_id, str(update_id), str(chat.id), incoming, now) if incoming else None
    chat_id = _chat_of(raw)
    if chat_id is None or update_id is None:
        logger.warning(
            "Update %s of the kind %s has no chat; nothing is done with it", update_id, ", ".join(sorted(set(raw) - {"update_id"}))
        )
        return None
    return Arrival(bot_id, str(update_id), chat_id, Incoming(Kind.OTHER), now)


def kind_of(raw: Mapping[str, Any]) -> str:
    """Telegram's word for the update, for counting; an unknown one is `unknown`."""
    return next((kind for kind in ALLOWED if kind in raw), "unknown")


def _chat_of(raw: Mapping[str, Any]) -> str | None:
    """The private chat of an update that the library does not know."""
    found = [value for value in raw.values() if isinstance(value, dict)]
    for value in [*found, *(each["message"] for each in found if isinstance(each.get("message"), dict))]:  # of a button's message
        chat = value.get("chat")
        if isinstance(chat, dict) and chat.get("type") == ChatType.PRIVATE and isinstance(chat.get("id"), int):
            return str(chat["id"])
    return None


def _incoming(update: Update, chat: Chat, staff_group: int | None) -> Incoming | None:
    if chat.id == staff_group:
        return _moved(update, is_staffs=True)
    if update.my_chat_member:
        return _membership(update.my_chat_member, chat)
    if chat.type != ChatType.PRIVATE:
        return _moved(update) or Incoming(Kind.GROUP)
    if update.callback_query:
        return Incoming(Kind.BUTTON, payload=update.callback_query.data or "", language=_language(update))
    if update.edited_message:
        return _edited(update.edited_message)
    message = update.message
    if message is None:
        return Incoming(Kind.OTHER)
    said = _said(message)
    return said and replace(_about(said, message), language=_language(update))


def _membership(change: ChatMemberUpdated, chat: Chat) -> Incoming | None:
    gone = change.new_chat_member.status in GONE
    if chat.type == ChatType.PRIVATE:
        return Incoming(Kind.BLOCKED if gone else Kind.UNBLOCKED)
    return Incoming(Kind.BLOCKED) if gone else Incoming(Kind.GROUP, payload="channel" if chat.type == ChatType.CHANNEL else "added")


def _moved(update: Update, is_staffs: bool = False) -> Incoming | None:
    message = update.message
    if message is None or message.migrate_to_chat_id is None:
        return None
    if is_staffs:
        logger.error("The staff's group is now %s; write that number in TELEGRAM_STAFF_GROUP", message.migrate_to_chat_id)
    return Incoming(Kind.MOVED, payload=str(message.migrate_to_chat_id))


def _edited(message: Message) -> Incoming | None:
    """A caption or text is corrected; what else Telegram calls an edit, such as the next point of a live location, is none."""
    text = message.text if message.text is not None else message.caption
    if text is None:
        return None
    return _about(text_message(text, Kind.EDIT), message)


def _language(update: Update) -> str:
    person = update.effective_user
    return (person.language_code or "").split("-")[0][:8] if person else ""


def _about(said: Incoming, message: Message) -> Incoming:
    """What all messages have: their name, when they were sent, what they answer and whether they are somebody else's words."""
    answered = message.reply_to_message
    return replace(
        said,
        door_id=str(message.message_id),
        said_at=int((message.edit_date or message.date).timestamp()),
        reply_to=str(answered.message_id) if answered else "",
        is_forwarded=message.forward_origin is not None,
    )


def _said(message: Message) -> Incoming | None:
    if message.text is not None:
        return text_message(message.text)
    if message.venue:
        place = message.venue.location
        return Incoming(Kind.VENUE, latitude=place.latitude, longitude=place.longitude)
    if message.location:
        place = message.location
        kind = Kind.LIVE_LOCATION if place.live_period else Kind.LOCATION
        return Incoming(kind, latitude=place.latitude, longitude=place.longitude)
    if message.contact:
        sender = message.from_user.id if message.from_user else None
        return Incoming(Kind.CONTACT, telephone=message.contact.phone_number, is_of_other=message.contact.user_id != sender)
    file = _file(message)
    if file:
        return replace(file, text=text_message(message.caption or "").text)
    for kind in (Kind.STICKER, Kind.POLL, Kind.DICE, Kind.STORY, Kind.GAME):
        if getattr(message, kind):
            return Incoming(kind)
    if any(getattr(message, name, None) for name in OF_THE_CHAT):
        return None
    return Incoming(Kind.OTHER, text=text_message(message.caption or "").text)


def _file(message: Message) -> Incoming | None:
    if message.photo:
        return _named(Kind.PHOTO, message.photo[-1], "image/jpeg")
    if message.animation:  # before the document that Telegram puts beside it
        return _named(Kind.ANIMATION, message.animation)
    for kind in (Kind.DOCUMENT, Kind.VIDEO, Kind.VIDEO_NOTE, Kind.VOICE, Kind.AUDIO):
        file = getattr(message, kind)
        if file:
            return _named(kind, file)
    return None


def _named(kind: Kind, file: Any, mime_type: str = "") -> Incoming:
    return Incoming(
        kind,
        file_id=file.file_id,
        file_name=(getattr(file, "file_name", None) or "")[:200],
        mime_type=(getattr(file, "mime_type", None) or mime_type)[:128],
        size=file.file_size,
    )
