"""A turn at a door where officials learn: joining with an invitation, then lessons, protocols and questions in their own words.

Nothing of what is done for migrants can be reached from here, neither a request for a person nor a referral: whatever would lead there
is taken from what is shown.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.content import spoken
from bot.content.published import Button
from bot.conversation import assessment_turn, certificate_turn, course_turn, joining_turn, learning_menu, practice_turn, refresh_turn
from bot.conversation.actions import change_language, say_more
from bot.conversation.context import Turn
from bot.conversation.corrections import find_corrected, take_as_words
from bot.conversation.flood import keeps_within_budget
from bot.conversation.incoming import Kind
from bot.conversation.masking import delete_message
from bot.conversation.official_rights import show_privacy
from bot.conversation.pressed import typed_command
from bot.conversation.questionnaire_answers import answer_step, finish_what_is_gone, press_step
from bot.conversation.questionnaire_turn import go_back, is_for_questionnaire, missed
from bot.conversation.replies import render
from bot.conversation.rights_turn import RIGHTS, takes_right
from bot.courses import learners
from bot.questionnaires import run, taught
from bot.questionnaires.answer_words import is_question
from bot.questionnaires.run import BACK
from bot.rasa.client import Understanding
from bot.records.learning import Learner
from nlu.components.spelling import plain

Arguments = Mapping[str, Any]
_LETTER = re.compile(r"(?:(?:la|el|opcion|respuesta|es|inciso)\s+)*(de|[a-e])")  # `plain` writes "d" out as "de"


def take(turn: Turn) -> bool:
    """All that needs no understanding. False: Rasa has to be asked what the words mean."""
    turn.keeps_file = False
    incoming = turn.incoming
    command = typed_command(turn, incoming)
    learner = learners.of_chat(turn.session, turn.conversation.bot_id, turn.conversation.chat)
    in_case = learner is not None and practice_turn.is_within(turn)  # what is said there is said to somebody made up
    if command is None and not in_case and not is_for_questionnaire(turn):
        turn.hear_language(incoming.text)
    if not in_case:
        turn.safety = _danger(turn, command)
    if not keeps_within_budget(turn, is_held=False):
        return True
    if turn.safety:
        _say_danger(turn, learner)
        return _done(turn)
    if takes_right(turn, command):
        return _done(turn)
    if incoming.kind is Kind.EDIT and not in_case:
        if _correction_changes_nothing(turn):
            return _done(turn)
        command = typed_command(turn, turn.incoming)
    if learner is None:
        _join(turn, command)
        return _done(turn)
    learners.touch(learner, turn.now)
    if practice_turn.attend(turn, command):
        return _done(turn)
    case_waits = practice_turn.wait(turn)
    if not (finish_what_is_gone(turn) or _at_once(turn, learner, command)):
        return False
    if case_waits:
        practice_turn.offer_to_go_on(turn)
    return _done(turn)


def say_decided(turn: Turn, understanding: Understanding | None) -> None:
    """After Rasa: a protocol, an answer, or the pending question once more."""
    turn.understanding = understanding
    if turn.incoming.kind is Kind.EDIT:
        take_as_words(turn, find_corrected(turn))
    if not is_for_questionnaire(turn):
        turn.hear_language(turn.incoming.text)
    progress = turn.progress
    if understanding is None:
        learning_menu.say(turn, "utter_learning_down")
    elif progress and not progress.paused and understanding.decision != "answer" and not is_question(turn.incoming.text):
        turn.say(_unclear(turn))
        turn.ask_step()
    else:
        _answer(turn, understanding)
    _done(turn)


def give_up(turn: Turn) -> None:
    """It failed again and again."""
    turn.keep_quiet_about_questionnaire()
    turn.say("utter_learning_failed")


def _join(turn: Turn, command: str | None) -> None:
    """All that somebody may do who has not joined; anybody who is not invited is told what this is."""
    payload = turn.offered(turn.incoming.payload) if turn.incoming.kind is Kind.BUTTON else None
    if (token := joining_turn.token_of(turn)) is not None:
        joining_turn.begin(turn, token)
    elif not is_for_questionnaire(turn):
        turn.say("utter_learning_stranger")
    elif BACK in (payload, f"/{command}"):
        go_back(turn, {})
    elif turn.incoming.kind is Kind.BUTTON:
        if not (payload and press_step(turn, payload)):
            turn.ask_step()
    elif turn.incoming.is_forwarded or not answer_step(turn):  # what somebody else wrote is nobody's yes
        missed(turn)


def _correction_changes_nothing(turn: Turn) -> bool:
    """A message written anew: an answer stays as it was given, anything else is read as words."""
    original = find_corrected(turn)
    if original and original.text == turn.hidden.text:
        turn.keep_quiet_about_questionnaire()
        return True
    if turn.progress and not turn.progress.paused:
        turn.say("utter_learning_correction")
        return True
    take_as_words(turn, original)
    return False


def _at_once(turn: Turn, learner: Learner, command: str | None) -> bool:
    if turn.incoming.kind is Kind.BUTTON:
        payload = turn.offered(turn.incoming.payload)
        _press(turn, payload) if payload else turn.say("utter_button_unknown")
        return True
    if command is not None:
        _run(turn, command, {})
        return True
    theirs = turn.incoming.kind is Kind.TEXT and not turn.incoming.is_forwarded  # what somebody else wrote answers nothing
    if theirs and is_for_questionnaire(turn) and (_takes_letter(turn) or answer_step(turn)):
        return True
    if theirs and turn.typed_payload:
        _press(turn, turn.typed_payload)
        return True
    if turn.incoming.kind not in (Kind.TEXT, Kind.DEFERRED) or not plain(turn.incoming.text):
        learning_menu.say(turn, "utter_learning_not_understood")
        return True
    return False


def _press(turn: Turn, payload: str) -> None:
    if is_for_questionnaire(turn) and press_step(turn, payload):
        return
    name, _, value = payload.removeprefix("/").partition("=")
    _run(turn, name, {"value": value})


def _run(turn: Turn, name: str, arguments: Arguments) -> None:
    """A command typed or a button: an action of the officials' own, or something to read."""
    command = turn.commands.get(name)
    response = command.response if command and command.response else f"utter_{name}"
    if name in ACTIONS:
        ACTIONS[name](turn, arguments)
    elif _may_be_read(turn, response):
        turn.remember_subject(name)
        turn.say(response)
    elif name == "unknown_command":
        learning_menu.say(turn, "utter_learning_not_understood")
    else:
        turn.say("utter_button_old")


def _go_on(turn: Turn, arguments: Arguments) -> None:
    """With the lesson or the case that waits; where both do, they choose."""
    case = practice_turn.pending(turn)
    if case and turn.progress:
        learning_menu.show(turn, arguments)
    else:
        (practice_turn.resume if case else course_turn.go_on)(turn, arguments)


def _later(turn: Turn, arguments: Arguments) -> None:
    if practice_turn.pending(turn) and (turn.progress is None or turn.progress.paused):
        turn.keep_quiet_about_questionnaire()
        learning_menu.say(turn, "utter_learning_later")
    else:
        course_turn.later(turn, arguments)


def _takes_letter(turn: Turn) -> bool:
    """ "b", "la b)": a choice by its letter, in the order in which this learner sees them; never one of an earlier question."""
    progress = turn.progress
    said = _LETTER.fullmatch(plain(turn.incoming.text))
    if progress is None or progress.study is None or said is None:
        return False
    questionnaire = turn.content.questionnaires[progress.name]
    step = run.current(questionnaire, progress)
    if step.options and not step.is_judged:  # a self-assessment has no letters
        return False
    option = dict(taught.ordered(step, progress)).get(said[1][0].upper())
    if progress.paused or option is None:
        turn.say(_unclear(turn))
        turn.ask_step()
        return True
    return press_step(turn, f"{questionnaire.name}.{step.id}{run.PICK}{option.value}")


def _unclear(turn: Turn) -> str:
    """What can be written instead: a letter, where the choices have letters."""
    progress = turn.progress
    step = run.current(turn.content.questionnaires[progress.name], progress) if progress else None
    return "utter_learning_answer_unclear" if step and step.options and not step.is_judged else "utter_learning_step_unclear"


def _answer(turn: Turn, understanding: Understanding) -> None:
    found = [name for name in understanding.decisions if _may_be_read(turn, name)]
    if understanding.decision == "suggest" and understanding.suggestions:
        titles = ((each, turn.content.titles.get(each, "")) for each in understanding.suggestions)
        buttons = tuple(Button(turn.content.translate(title, turn.language), f"/{each}") for each, title in titles if title)
        learning_menu.say(turn, "utter_learning_suggest", buttons)
    elif understanding.decision == "answer" and found and turn.content.responses[found[0]].review:
        turn.conversation.state = understanding.state
        turn.replies += [render(turn.content, name, turn.language, turn.today) for name in found]
        _point_to_protocol(turn, understanding.intent or "")
    elif understanding.decision == "answer" and understanding.intent in ("greet", "help", "thank", "goodbye", "start_over"):
        learning_menu.show(turn, {})
    else:
        learning_menu.say(turn, "utter_learning_not_understood")


def _point_to_protocol(turn: Turn, intent: str) -> None:
    """What a migrant asks has its protocol for who attends them."""
    topic = turn.content.topic_of(intent)
    if topic and spoken.PROTOCOL + topic in turn.content.responses:
        button = Button(turn.sentence("utter_learning_button_protocols"), f"/protocol_{topic}")
        turn.replies[-1] = replace(turn.replies[-1], buttons=(button, *turn.replies[-1].buttons))


def _danger(turn: Turn, command: str | None) -> str | None:
    if command is not None or turn.incoming.kind in (Kind.BUTTON, Kind.DEFERRED) or turn.typed_payload:
        return None
    return turn.around.detector.category(turn.incoming.text)


def _say_danger(turn: Turn, learner: Learner | None) -> None:
    """Theirs or of whom they attend: what to do now comes first. Whoever has not joined is shown nothing to press: it would not work."""
    category = next(each for each in turn.content.safety.categories if each.name == turn.safety)
    said = render(turn.content, category.response, turn.language, turn.today)
    turn.replies.append(said if learner else replace(said, buttons=()))
    if turn.progress:
        turn.set_progress(run.pause(turn.progress, turn.safety))
    if learner:
        learning_menu.say(turn, "utter_learning_danger", learning_menu.go_on_button(turn))
    elif not turn.progress:
        turn.say("utter_learning_stranger")


def _may_be_read(turn: Turn, name: str) -> bool:
    """A response that only says something, and needs nothing filled in."""
    response = turn.content.responses.get(name)
    return response is not None and response.command is None and not response.variables and bool(response.text)


def _done(turn: Turn) -> bool:
    """The pending question is asked, and only what exists at this door is offered."""
    if turn.progress and turn.progress.paused:
        turn.keep_quiet_about_questionnaire()
    elif turn.replies:
        turn.ask_step()
    for number, reply in enumerate(turn.replies):
        kept = tuple(button for button in reply.buttons if _is_here(turn, button.payload))
        if len(kept) < len(reply.buttons) and not kept:
            kept = (learning_menu.button(turn),)
        turn.replies[number] = replace(reply, buttons=kept)
    return True


def _is_here(turn: Turn, payload: str) -> bool:
    if not payload.startswith("/"):
        return True  # a step of what is pending
    name = payload[1:].partition("=")[0]
    command = turn.commands.get(name)
    return name in ACTIONS or name in RIGHTS or bool(command and command.response) or _may_be_read(turn, f"utter_{name}")


ACTIONS: dict[str, Callable[[Turn, Arguments], None]] = {
    "start": learning_menu.show,
    "back": go_back,
    "more": say_more,
    "change_language": change_language,
    "privacy": show_privacy,
    "delete_message": delete_message,
    "protocols": lambda turn, _: turn.say("utter_officials_protocol"),
    **assessment_turn.ACTIONS,
    **course_turn.ACTIONS,
    **certificate_turn.ACTIONS,
    **practice_turn.ACTIONS,
    **refresh_turn.ACTIONS,
    "continue": _go_on,
    "later": _later,
}
