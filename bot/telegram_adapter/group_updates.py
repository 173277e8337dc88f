"""Updates of the staff's own group, and of a member's private chat as far as they say who they are: what the desk takes in of them.

Only Telegram's numbers count: of the sender, the topic, the message. Names of topics, quotes and translations change nothing.
"""

from telegram import Chat, Message, Update
from telegram.constants import ChatType

from bot.conversation.incoming import Incoming, Kind, text_message

LINKS = "/soy"
PRESSED = ("own", "seen")


def of_staff(update: Update, chat: Chat, staff_group: int | None) -> Incoming | None:
    """None: it is not for the desk."""
    if staff_group is None:
        return None
    if chat.type == ChatType.PRIVATE:
        return _written(update.message, Kind.TEXT) if update.message and _is_link(update.message) else None
    if chat.id != staff_group:
        return None
    if update.callback_query:
        query = update.callback_query
        if query.data not in PRESSED:
            return None
        on = query.message.message_id if query.message else ""
        return Incoming(Kind.BUTTON, payload=query.data or "", door_id=query.id, reply_to=str(on), sender=str(query.from_user.id))
    written = None
    if update.edited_message and (update.edited_message.text or update.edited_message.caption):
        written = _written(update.edited_message, Kind.EDIT)
    elif update.message and _is_said(update.message):
        written = _written(update.message, Kind.TEXT)
    return (
        written if written and (written.thread or _is_link(update.message)) else None
    )  # the rest staff say to each other: nobody keeps it


def _is_link(message: Message | None) -> bool:
    said = (message.text or "").split() if message else []
    return bool(said) and said[0].lower().partition("@")[0] == LINKS


def _is_said(message: Message) -> bool:
    """By somebody: not by Telegram, about the group or its topics."""
    return bool(message.text or message.caption or message.effective_attachment) and message.from_user is not None


def _written(message: Message, kind: Kind) -> Incoming:
    said = text_message(message.text or "")
    sender = message.from_user.id if message.from_user else 0
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    kept = kind if message.text or kind is Kind.EDIT else Kind.OTHER
    return Incoming(kept, said.text, door_id=str(message.message_id), sender=str(sender), thread=thread)
