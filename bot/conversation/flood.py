"""How much of one chat is answered: the rest is kept, but not one by one, so that nobody slows the others."""

from datetime import timedelta

from sqlalchemy import bindparam, select

from bot.conversation.context import Turn
from bot.conversation.incoming import Kind
from bot.records.conversations import Direction, Message

BUDGET = 30  # messages of one chat
WITHIN = timedelta(minutes=1)

_LAST = (
    select(Message.created_at, Message.decision, Message.safety)
    .where(
        Message.conversation_id == bindparam("conversation"),
        Message.direction == Direction.IN,
        Message.response.is_distinct_from("deferred"),  # asked again by ourselves
    )
    .order_by(Message.id.desc())
    .limit(BUDGET)
)


def keeps_within_budget(turn: Turn, is_held: bool) -> bool:
    """False: too many in a minute. It is said once, and not while a person holds the chat; a danger that was not just answered is
    answered still."""
    if turn.incoming.kind is Kind.DEFERRED:
        return True
    last = turn.session.execute(_LAST, {"conversation": turn.conversation.id}).all()
    if len(last) < BUDGET or abs(turn.said_at - last[-1].created_at) > WITHIN:  # later, too: a clock put back, an old message corrected
        return True
    turn.is_flood = not is_held
    if turn.safety and last[0].safety != turn.safety:
        return True
    turn.keep_quiet_about_questionnaire()
    if last[0].decision != "flood" and not is_held:
        turn.say("utter_too_many")
    return False
