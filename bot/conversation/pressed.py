"""What is meant beyond doubt: a command typed, a button pressed, a link followed. Rasa is not asked."""

from bot.conversation.actions import ACTIONS, answer
from bot.conversation.context import Turn
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.questionnaire_answers import press_step
from bot.conversation.questionnaire_turn import is_for_questionnaire
from nlu.components.spelling import plain

INVITATION = "invitacion_"


def typed_command(turn: Turn, incoming: Incoming) -> str | None:
    """The name of the command typed: "/ayuda", "cancelar". An unknown one with a slash is `unknown_command`."""
    typed = incoming.text.strip()
    if incoming.kind is not Kind.TEXT or not typed or incoming.is_forwarded:
        return None
    if typed.startswith("/"):
        word = plain(next(iter(typed[1:].split("@")[0].split()), ""))
        return next((each.name for each in turn.commands.values() if word in each.words), "unknown_command")
    said = plain(typed)
    return next((each.name for each in turn.commands.values() if said in each.words), None)


def run_command(turn: Turn, name: str) -> None:
    if name != "unknown_command":
        turn.conversation.misses = 0
    if name in ACTIONS:
        ACTIONS[name](turn, {})
        return
    if name == "start" and follow_link(turn):
        return
    command = turn.content.commands.get(name)
    answer(turn, command.response if command and command.response else "utter_unknown_command")


def press(turn: Turn, data: str) -> None:
    """A button: accepted only if it was offered to this chat."""
    payload = turn.offered(data)
    if payload is None:
        turn.say("utter_button_unknown")
        return
    turn.conversation.misses = 0
    if is_for_questionnaire(turn) and press_step(turn, payload):
        return
    _do(turn, payload)


def _do(turn: Turn, payload: str) -> None:
    name, _, value = payload.removeprefix("/").partition("=")
    response = f"utter_{name}"
    if name in ACTIONS:
        ACTIONS[name](turn, {"value": value})
    elif name in turn.content.commands:
        run_command(turn, name)
    elif response in turn.content.responses:
        turn.remember_subject(name)
        answer(turn, response)
    else:
        turn.say("utter_button_old")


def follow_link(turn: Turn) -> bool:
    """ "/start migrante_emprende", from a poster's link: what flows/links.yml says. False: a plain /start.

    Telegram lets 64 letters, digits, "_" and "-" through: https://core.telegram.org/bots/features#deep-linking
    """
    name = turn.incoming.text.removeprefix("/").partition(" ")[2].strip() if turn.incoming.text.startswith("/") else ""
    if not name:
        return False
    if name.startswith(INVITATION):
        turn.say("utter_invitation_closed")
    elif name in turn.content.links:
        _do(turn, turn.content.links[name].payload)
    else:
        turn.say("utter_link_old")
    return True
