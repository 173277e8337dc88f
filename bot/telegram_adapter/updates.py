"""From a Telegram update to what the conversation takes in."""

from datetime import datetime

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from bot.conversation.inbox import Arrival
from bot.conversation.incoming import Incoming, Kind, text_message

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]


def arrival_of(update: Update, bot_id: str, now: datetime) -> Arrival | None:
    """None for what is not said to us in private: groups, channels, and a blocked or unblocked bot."""
    chat = update.effective_chat
    if chat is None or chat.type != ChatType.PRIVATE:
        return None
    incoming = _incoming(update)
    return Arrival(bot_id, str(update.update_id), str(chat.id), incoming, now) if incoming else None


def _incoming(update: Update) -> Incoming | None:
    if update.callback_query:
        return _pressed(update.callback_query)
    message = update.message or update.edited_message
    return _said(message) if message else None


def _pressed(query: CallbackQuery) -> Incoming:
    return Incoming(Kind.BUTTON, payload=query.data or "")


def _said(message: Message) -> Incoming:
    if message.text is not None:
        return text_message(message.text)
    if message.location:
        return Incoming(Kind.LOCATION, latitude=message.location.latitude, longitude=message.location.longitude)
    if message.contact:
        return Incoming(Kind.CONTACT, telephone=message.contact.phone_number)
    if message.photo:
        return Incoming(Kind.PHOTO, text=text_message(message.caption or "").text, file_id=message.photo[-1].file_id)
    if message.document:
        return Incoming(Kind.DOCUMENT, text=text_message(message.caption or "").text, file_id=message.document.file_id)
    if message.voice or message.audio:
        return Incoming(Kind.VOICE)
    if message.sticker or message.animation:
        return Incoming(Kind.STICKER)
    return Incoming(Kind.OTHER, text=text_message(message.caption or "").text)
