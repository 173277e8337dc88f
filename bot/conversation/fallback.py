"""When nothing is understood: rephrase, then topics and a person, then the person. Never a loop, never the same text again."""

from bot import tickets
from bot.content.published import Button
from bot.conversation.context import Turn
from bot.conversation.replies import PERSON, Reply, sentence

VARIANTS = 3  # wordings of the offer of suggestions


def say_suggestions(turn: Turn) -> None:
    """The likeliest questions as buttons, and a person."""
    offered = turn.understanding.suggestions if turn.understanding else []
    if not offered:
        say_not_understood(turn)
        return
    name = f"utter_suggest_{turn.conversation.misses % VARIANTS + 1}"
    turn.conversation.misses += 1
    choices = [Button(title_of(turn, intent), f"/{intent}") for intent in offered]
    choices.append(Button(sentence(turn.content, "utter_button_none", turn.language), PERSON))
    turn.replies.append(Reply(sentence(turn.content, name, turn.language), tuple(choices), name))


def say_not_understood(turn: Turn) -> None:
    turn.conversation.misses += 1
    if turn.conversation.misses == 1:
        turn.say("utter_fallback_rephrase")
    elif turn.conversation.misses == 2:
        turn.say("utter_fallback_topics")
    else:
        waiting = tickets.open_of(turn.session, turn.conversation.id)
        ticket = tickets.open_ticket(turn.session, turn.conversation, "fallback", turn.now)
        name = "utter_fallback_noted" if waiting else "utter_fallback_person"
        turn.say(name, ahead=str(tickets.ahead_of(turn.session, ticket)), noted=str(turn.conversation.misses))


def title_of(turn: Turn, intent: str) -> str:
    """What the button of a question says, from flows/titles.yml."""
    return turn.content.translate(turn.content.titles[intent], turn.language)
