"""A turn inside a questionnaire: beginning it, what is said where no answer came, and the words that move through it."""

from collections.abc import Mapping
from typing import Any

from bot.conversation import joining_turn
from bot.conversation.context import Turn
from bot.conversation.incoming import Kind
from bot.conversation.notice_turn import show_once
from bot.conversation.questionnaire_answers import moved, pending_of
from bot.questionnaires import run

Arguments = Mapping[str, Any]
MOST_WORDS_OF_A_TOWN = 4


def start_questionnaire(turn: Turn, arguments: Arguments) -> None:
    """Start it, or go on where the person was. Another one that is pending waits until this one ends."""
    name = str(arguments.get("value") or arguments.get("name") or "")
    known = turn.content.questionnaires.get(name)
    if known is None or known.course or name == joining_turn.JOINING:  # what officials learn begins elsewhere
        turn.say("utter_button_old")
        return
    if turn.progress is None or turn.progress.name != name:
        begun = run.start(known, at_desk=turn.official is not None)
        turn.begin_questionnaire(turn.waiting_questionnaire(name) or begun)
        show_once(turn, known)
    turn.ask_step()


def is_for_questionnaire(turn: Turn) -> bool:
    return turn.progress is not None and turn.incoming.kind is not Kind.DEFERRED


def needs_understanding(turn: Turn) -> bool:
    """Where a story is asked for anything could be the answer: Rasa says first whether it is a wish to stop or to talk to a person."""
    questionnaire, progress = pending_of(turn)
    story = turn.incoming.kind is Kind.TEXT and run.current(questionnaire, progress).type == "text"
    return story and not progress.at_desk  # there an official types the answer


def names_town(turn: Turn) -> bool:
    """Is a municipality asked for, and are these few words one and nothing else?"""
    questionnaire, progress = pending_of(turn)
    text = turn.incoming.text if turn.incoming.kind is Kind.TEXT else ""
    asked = run.current(questionnaire, progress).type == "municipality"
    return asked and len(text.split()) <= MOST_WORDS_OF_A_TOWN and turn.content.municipalities.is_only_name(text)


def missed(turn: Turn) -> None:
    """Not an answer and not a question either: ask again, with the help and never in the same words."""
    _, progress = pending_of(turn)
    turn.set_progress(run.miss(progress))
    if progress.misses == 0:
        turn.say("utter_step_not_understood")
    else:
        turn.say("utter_step_missed_again", times=str(progress.misses + 1))
    turn.ask_step(with_help=True)


def say_not_taken_down(turn: Turn) -> None:
    """At a desk nobody else is asked what the words mean."""
    if turn.progress is None:
        turn.say("utter_desk_next")
    else:
        missed(turn)


def go_back(turn: Turn, arguments: Arguments) -> None:
    if _nothing_pending(turn):
        return
    questionnaire, progress = pending_of(turn)
    turn.set_progress(run.back(questionnaire, progress))
    turn.ask_step()


def skip_step(turn: Turn, arguments: Arguments) -> None:
    if _nothing_pending(turn):
        return
    questionnaire, progress = pending_of(turn)
    wanted = str(arguments.get("value") or "")
    step = questionnaire.step(wanted) if wanted else run.current(questionnaire, progress)
    if step is None:
        turn.say("utter_button_old")
    elif step.optional:
        moved(turn, questionnaire, run.skip(progress, step))
    else:
        turn.say("utter_step_needed")


def correct(turn: Turn, arguments: Arguments) -> None:
    if _nothing_pending(turn):
        return
    questionnaire, progress = pending_of(turn)
    wanted = str(arguments.get("value") or "")
    if wanted:
        turn.set_progress(run.correct(questionnaire, progress, wanted) or progress)
    elif run.shared_answers(questionnaire, progress):
        turn.set_progress(run.choose_correction(progress))
    turn.ask_step()


def cancel(turn: Turn, arguments: Arguments) -> None:
    pending = turn.progress is not None
    turn.leave_questionnaire()
    turn.say("utter_cancelled" if pending else "utter_nothing_to_cancel")


def _nothing_pending(turn: Turn) -> bool:
    if turn.progress is None:
        turn.say("utter_nothing_to_cancel")
        return True
    return False
