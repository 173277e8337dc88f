"""What is done with what is not words. What is in a file nobody reads; a place or a contact is used at once or not at all."""

from collections.abc import Callable
from dataclasses import replace

from bot.conversation import outbox
from bot.conversation.actions import answer
from bot.conversation.closing import move_chat
from bot.conversation.context import Turn
from bot.conversation.incoming import FILES, PLACES, Kind
from bot.file_types import LARGEST, is_kept_type
from bot.handoff import tickets


def changes_chat(turn: Turn) -> bool:
    """Not said to us but done to the chat: blocked, unblocked, a group, another number. Nothing is answered but a group."""
    change = CHANGES.get(turn.incoming.kind)
    if change is None:
        if turn.incoming.kind is not Kind.DEFERRED:
            turn.conversation.blocked_at = None  # whoever writes has not blocked us
        return False
    turn.keep_quiet_about_questionnaire()
    change(turn)
    return True


def _blocked(turn: Turn) -> None:
    outbox.block(turn.session, turn.conversation, turn.now)


def _unblocked(turn: Turn) -> None:
    turn.conversation.blocked_at = None


def _group(turn: Turn) -> None:
    """We say once that we only talk in private, and leave."""
    added = turn.incoming.payload
    if turn.conversation.blocked_at and not added:
        return
    turn.conversation.blocked_at = None
    if added != "channel":
        turn.say("utter_group_refused")
    turn.leaves_chat = True


def _moved(turn: Turn) -> None:
    move_chat(turn.session, turn.conversation, turn.incoming.payload)


CHANGES: dict[Kind, Callable[[Turn], None]] = {
    Kind.BLOCKED: _blocked,
    Kind.UNBLOCKED: _unblocked,
    Kind.GROUP: _group,
    Kind.MOVED: _moved,
}


def keep_file(turn: Turn) -> str | None:
    """Its name at the door is kept for staff. The response that says why not, if it is too big or could do harm."""
    came = turn.incoming
    if not came.file_id or not (came.kind in FILES or came.was_heard):
        return None
    if came.size is not None and came.size > LARGEST:
        return "utter_file_too_big"
    if came.mime_type and not is_kept_type(came.mime_type):
        return "utter_file_refused"
    turn.keeps_file = True
    return None


def _of_refusal(refused: str) -> dict[str, str]:
    return {"megabytes": str(LARGEST // 1_000_000)} if refused == "utter_file_too_big" else {}


def say_refused_in_front(turn: Turn, refused: str | None) -> None:
    """The file was refused, and the words beside it are answered."""
    if refused:
        turn.preface(refused, **_of_refusal(refused))


def answer_received(turn: Turn, refused: str | None) -> bool:
    """Say what was done with it. False: it has a caption, and those words are what is answered."""
    came = turn.incoming
    waiting = tickets.open_of(turn.session, turn.conversation.id) is not None
    if refused and not came.text:
        turn.say(refused, **_of_refusal(refused))
    elif turn.keeps_file and waiting:
        turn.say("utter_kept_for_staff")
    elif came.kind in FILES and came.text:
        turn.incoming = replace(came, kind=Kind.TEXT)
        return False
    elif came.kind is Kind.CONTACT and came.is_of_other:
        turn.say("utter_contact_of_other")
    elif came.kind in PLACES:
        if came.kind is Kind.LIVE_LOCATION:
            turn.say("utter_received_live_location")
        answer(turn, "utter_received_location")
    else:
        answer(turn, f"utter_received_{came.kind}")
    return True
