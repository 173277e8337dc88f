"""When nothing is understood: rephrase, then topics and a person, then the person. Never a loop, never the same text again."""

from dataclasses import replace

from bot.content.published import Button
from bot.conversation.context import Turn
from bot.conversation.handoff_turn import open_for, say_queue
from bot.conversation.replies import PERSON, spoken
from bot.handoff import order, tickets

VARIANTS = 3  # wordings of the offer of suggestions


def say_suggestions(turn: Turn) -> None:
    """The likeliest questions as buttons, and a person. An old model may name a question that was taken away since."""
    suggested = turn.understanding.suggestions if turn.understanding else []
    known = [intent for intent in suggested if intent in turn.content.titles and f"/{intent}" != PERSON]
    offered = [Button(title_of(turn, intent), f"/{intent}") for intent in known]
    if not offered or turn.conversation.misses >= VARIANTS:
        say_not_understood(turn, tuple(offered))
        return
    turn.conversation.misses += 1
    name = f"utter_suggest_{turn.conversation.misses}"
    person = Button(turn.sentence("utter_button_none"), PERSON)
    turn.replies.append(spoken(turn.content, name, turn.language, (*offered, person)))


def say_out_of_scope(turn: Turn) -> None:
    """Another matter: said once; again and again it is treated like anything that is not understood."""
    if turn.conversation.misses:
        say_not_understood(turn)
        return
    turn.conversation.misses = 1
    turn.say("utter_out_of_scope_once")


def say_not_understood(turn: Turn, offered: tuple[Button, ...] = ()) -> None:
    """The next rung of the ladder, with what was `offered` as its buttons if there is anything."""
    turn.conversation.misses += 1
    if turn.conversation.misses == 1:
        turn.say("utter_fallback_rephrase")
    elif turn.conversation.misses == 2:
        turn.say("utter_fallback_topics")
    else:
        waiting = tickets.open_of(turn.session, turn.conversation.id)
        ticket = open_for(turn, "fallback")
        if waiting:
            turn.say("utter_fallback_noted", ahead=str(order.ahead_of(turn.session, ticket)), noted=str(turn.conversation.misses))
        else:
            say_queue(turn, "utter_fallback_person", ticket)
    if offered:
        turn.replies[-1] = replace(turn.replies[-1], buttons=(*offered, *turn.replies[-1].buttons))


def title_of(turn: Turn, intent: str) -> str:
    """What the button of a question says, from flows/titles.yml."""
    return turn.content.translate(turn.content.titles[intent], turn.language)
