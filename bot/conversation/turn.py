"""One turn, read from top to bottom: what works anywhere, danger, a person holding the chat, the pending question, Rasa.

`begin_next` claims an update and does everything that needs no understanding. When Rasa has to be asked it returns the Question, so
that no transaction stays open meanwhile, and `finish` does the rest. Each commits all of its turn or nothing.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import tickets
from bot.conversation import inbox
from bot.conversation.actions import ACTIONS, answer
from bot.conversation.context import Surroundings, Taken, Turn
from bot.conversation.fallback import say_not_understood
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.questionnaire_turn import answer_step, is_for_questionnaire, missed, names_town, needs_understanding, press_step
from bot.questionnaires.run import pause
from bot.questionnaires.steps import is_question
from bot.rasa.client import Understanding
from bot.records.tickets import TicketState
from bot.referrals import OPEN, of_conversation
from nlu.components.spelling import plain

MOST_ATTEMPTS = 3
SAYS_A_LANGUAGE = 4  # words in an answer to a question of ours
UNTOUCHED_BY_RASA = (Kind.LOCATION, Kind.CONTACT, Kind.PHOTO, Kind.DOCUMENT, Kind.VOICE, Kind.STICKER, Kind.OTHER)


@dataclass(frozen=True)
class Question:
    """Rasa has to be asked this before the turn can go on."""

    text: str
    state: dict[str, Any]


class TurnFailedError(Exception):
    """The turn of `claimed` raised something unforeseen; it and its claim are rolled back."""

    def __init__(self, claimed: inbox.Claimed) -> None:
        super().__init__(f"update {claimed.id}")
        self.claimed = claimed


def begin_next(session: Session, bot_ids: list[str], around: Surroundings) -> tuple[inbox.Claimed, Question | Taken] | None:
    """Claim the next update and take its turn as far as it goes without Rasa. None: there is nothing to do."""
    claimed = inbox.claim(session, bot_ids, around.worker, around.now)
    if claimed is None:
        return None
    try:
        turn = Turn.open(session, claimed, around)
        if claimed.attempts > MOST_ATTEMPTS:
            _give_up(turn)
        elif not _without_rasa(turn):
            return claimed, Question(claimed.incoming.text, dict(turn.conversation.state or {}))
        return claimed, turn.close()
    except SQLAlchemyError:
        raise
    except Exception as error:
        raise TurnFailedError(claimed) from error


def accept_and_begin(
    session: Session, arrival: inbox.Arrival, bot_ids: list[str], around: Surroundings
) -> tuple[inbox.Accepted, tuple[inbox.Claimed, Question | Taken] | None]:
    """For a door that waits: write the update down and begin in one transaction. What is begun may be an older update."""
    [accepted] = inbox.accept(session, [arrival])
    return accepted, None if accepted.done else begin_next(session, bot_ids, around)


def finish(session: Session, claimed: inbox.Claimed, around: Surroundings, understanding: Understanding | None) -> Taken:
    """The second half: what Rasa decided, or None when it could not be asked."""
    turn = Turn.open(session, claimed, around)
    _hear_language(turn)
    ticket = tickets.open_of(session, turn.conversation.id)
    if ticket is None or ticket.state is not TicketState.ASSIGNED:  # it may have been taken while Rasa was asked
        _decided(turn, understanding)
    return turn.close()


def _is_waited_for(turn: Turn) -> bool:
    """Our own words typed back, or the town that was asked for: "San Martín" speaks of no blood."""
    return turn.typed_payload is not None or (is_for_questionnaire(turn) and names_town(turn))


def _hear_language(turn: Turn) -> None:
    """From what was typed, unless it is a short answer of ours: the names of places have no language."""
    if turn.incoming.kind is Kind.TEXT and not (is_for_questionnaire(turn) and len(turn.incoming.text.split()) < SAYS_A_LANGUAGE):
        turn.hear_language(turn.incoming.text)


def _give_up(turn: Turn) -> None:
    """It failed again and again: a person gets it, and whoever wrote is told."""
    tickets.open_ticket(turn.session, turn.conversation, "failed", turn.now)
    turn.say("utter_failed")
    turn.keep_quiet_about_questionnaire()


def _without_rasa(turn: Turn) -> bool:
    incoming = turn.incoming
    command = _typed_command(turn, incoming)
    is_bare_command = command not in (None, "unknown_command") and (len(plain(incoming.text).split()) == 1 or "/" not in incoming.text)
    if command is None:
        _hear_language(turn)
    if not is_bare_command and not _is_waited_for(turn) and incoming.kind is not Kind.DEFERRED:
        turn.safety = turn.around.detector.category(incoming.text)
    ticket = tickets.open_of(turn.session, turn.conversation.id)
    if ticket and ticket.state is TicketState.ASSIGNED:
        turn.keep_quiet_about_questionnaire()
        if turn.safety:
            tickets.alert(turn.session, ticket, turn.safety, turn.now)
            turn.say("utter_danger_while_assigned")
        return True
    if turn.safety and not _tells_it_again(turn):
        _say_danger(turn)
        return True
    if incoming.kind is Kind.BUTTON:
        _press(turn, incoming.payload)
        return True
    if command is not None:
        _run_command(turn, command)
        return True
    if is_for_questionnaire(turn) and (turn.safety or not needs_understanding(turn)) and answer_step(turn):
        return True
    if turn.typed_payload:
        _press(turn, turn.typed_payload)
        return True
    if incoming.kind in UNTOUCHED_BY_RASA:
        answer(turn, f"utter_received_{incoming.kind}")
        return True
    if not plain(incoming.text):
        say_not_understood(turn)
        return True
    return False


def _say_danger(turn: Turn) -> None:
    category = next(each for each in turn.content.safety.categories if each.name == turn.safety)
    turn.say(category.response)
    turn.conversation.misses = 0
    if turn.progress:
        turn.set_progress(pause(turn.progress, turn.safety))
        turn.keep_quiet_about_questionnaire()
        turn.say("utter_questionnaire_waits")


def _tells_it_again(turn: Turn) -> bool:
    """The danger was answered, the person went on with the request, and now tells it as the story that is asked for."""
    progress = turn.progress
    return progress is not None and not progress.paused and progress.alarmed == turn.safety and needs_understanding(turn)


def _typed_command(turn: Turn, incoming: Incoming) -> str | None:
    """The name of the command typed: "/ayuda", "cancelar". An unknown one with a slash is `unknown_command`."""
    typed = incoming.text.strip()
    if incoming.kind is not Kind.TEXT or not typed:
        return None
    if typed.startswith("/"):
        word = plain(next(iter(typed[1:].split("@")[0].split()), ""))
        return next((each.name for each in turn.content.commands.values() if word in each.words), "unknown_command")
    said = plain(typed)
    return next((each.name for each in turn.content.commands.values() if said in each.words), None)


def _run_command(turn: Turn, name: str) -> None:
    if name != "unknown_command":
        turn.conversation.misses = 0
    if name in ACTIONS:
        ACTIONS[name](turn, {})
        return
    command = turn.content.commands.get(name)
    answer(turn, command.response if command and command.response else "utter_unknown_command")


def _press(turn: Turn, payload: str) -> None:
    """A button: accepted only if it was offered to this chat."""
    if not turn.was_offered(payload):
        turn.say("utter_button_unknown")
        return
    turn.conversation.misses = 0
    if is_for_questionnaire(turn) and press_step(turn, payload):
        return
    name, _, value = payload.removeprefix("/").partition("=")
    response = f"utter_{name}"
    if name in ACTIONS:
        ACTIONS[name](turn, {"value": value})
    elif name in turn.content.commands:
        _run_command(turn, name)
    elif response in turn.content.responses:
        turn.remember_subject(name)
        answer(turn, response)
    else:
        turn.say("utter_button_old")


def _decided(turn: Turn, understanding: Understanding | None) -> None:
    if understanding is None:
        if turn.incoming.kind is Kind.TEXT and is_for_questionnaire(turn) and answer_step(turn):
            return
        turn.unanswered = True
        if turn.incoming.kind is not Kind.DEFERRED:  # said once is enough
            turn.say("utter_understanding_down")
        return
    understanding = _about_last_answer(turn, understanding)
    turn.understanding = understanding
    answered = understanding.decision == "answer"
    if is_for_questionnaire(turn) and turn.incoming.kind is Kind.TEXT:
        if answered and understanding.intent in GIVING_UP:
            _give_up_questionnaire(turn, understanding)
            return
        if needs_understanding(turn) and not (answered and understanding.intent in STEERING) and answer_step(turn):
            return
        if _is_no_digression(turn, understanding):
            missed(turn)
            return
    turn.conversation.state = understanding.state
    if answered and understanding.intent != "out_of_scope":
        turn.conversation.misses = 0
    if turn.incoming.kind is Kind.DEFERRED:
        turn.say("utter_late_answer", question=turn.incoming.text[:300])
    known = [name for name in understanding.decisions if name in turn.content.responses]
    for name in known:
        answer(turn, name)
    if not known:  # an old model may name a response that was taken away since
        say_not_understood(turn)


def _about_last_answer(turn: Turn, understanding: Understanding) -> Understanding:
    """ "¿Y cuánto cuesta?" goes where the last answer's own `followups:` say."""
    kind = (understanding.intent or "").removeprefix("followup_")
    last = turn.content.responses.get(f"utter_{understanding.state.get('slots', {}).get('last_answer')}")
    target = last.followups.get(kind) if last and understanding.decision == "answer" and kind != understanding.intent else None
    return understanding.model_copy(update={"decisions": [target]}) if target else understanding


NO_DIGRESSION = {"affirm", "deny", "out_of_scope", "feedback_good", "feedback_bad", "goodbye"}
STEERING = {
    "talk_to_human",
    "start_over",
    "change_language",
    "help",
    "bot_challenge",
    "greet",
    "thank",
    "goodbye",
    "affirm",
    "deny",
}  # meant for the assistant even where a story is asked for
GIVING_UP = {"stop", "referral_withdraw"}


def _give_up_questionnaire(turn: Turn, understanding: Understanding) -> None:
    """They want to stop, unless they only ask about it; a case already sent may be what they mean."""
    if is_question(turn.incoming.text):
        missed(turn)
        return
    _run_command(turn, "cancel")
    if understanding.intent == "referral_withdraw" and any(each.state in OPEN for each in of_conversation(turn.session, turn.conversation)):
        ACTIONS["ask_withdrawal"](turn, {})


def _is_no_digression(turn: Turn, understanding: Understanding) -> bool:
    """Is it a bad answer to our question rather than a question to us? After a danger nothing is taken as an answer."""
    if turn.progress and turn.progress.paused:
        return False
    if understanding.decision == "answer":
        return understanding.intent in NO_DIGRESSION or understanding.decisions == ["utter_followup_unknown"]
    return not is_question(turn.incoming.text)
