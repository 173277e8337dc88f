"""A practice case in the chat: the assistant writes as a made-up person, the official attends to her, and it is scored at the end.

What is written goes to her and to nobody else, so no danger is heard in it: every message shows the way out, and whatever else is
asked for makes the case wait.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.content.published import Button
from bot.content.simulations import Action, Simulation
from bot.conversation import learning_menu, practice_shown
from bot.conversation.context import Turn
from bot.conversation.incoming import Kind
from bot.conversation.learning_menu import learner_of
from bot.courses import practice
from bot.questionnaires.run import pause
from bot.records.learning import SimulationRun
from bot.simulations.persona import last_lines, next_lines
from bot.simulations.scoring import Move, Pressed, Said
from nlu.components.spelling import plain

Arguments = Mapping[str, Any]
LEAVE = ("salir", "salir de la practica", "leave", "quitter", "sair", "soti")
OWN = ("do", "leave", "resume")  # what its buttons do
WRITTEN = (Kind.TEXT, Kind.EDIT)


def show_cases(turn: Turn, arguments: Arguments) -> None:
    turn.keep_quiet_about_questionnaire()
    cases = learning_menu.current(turn, turn.content.simulations).values()
    lines = "\n".join(f"• {practice_shown.told(turn, each.title)}" for each in cases)
    waiting = [practice_shown.resume_button(turn)] if pending(turn) else []
    buttons = [Button(practice_shown.told(turn, each.title), f"/simulate={each.name}") for each in cases]
    learning_menu.say(turn, "utter_learning_practice", (*waiting, *buttons), cases=lines)


def begin(turn: Turn, arguments: Arguments) -> None:
    simulation = learning_menu.current(turn, turn.content.simulations).get(str(arguments.get("value") or ""))
    if simulation is None:
        turn.say("utter_button_old")
        return
    _rest_lesson(turn)
    run = practice.begin(turn.session, learner_of(turn), simulation, turn.now)
    turn.say(
        "utter_learning_practice_begins", title=practice_shown.told(turn, simulation.title), says=practice_shown.told(turn, simulation.says)
    )
    practice_shown.write(turn, run, next_lines(simulation, []))


def pending(turn: Turn) -> tuple[SimulationRun, Simulation] | None:
    return practice.under_way(turn.session, learner_of(turn), turn.content.simulations)


def is_within(turn: Turn) -> bool:
    """Is what they write said to the made-up person?"""
    found = pending(turn)
    return found is not None and not found[0].waits


def attend(turn: Turn, command: str | None) -> bool:
    """What was written is said to the made-up person. False: it is for somebody else."""
    found = pending(turn)
    if found is None:
        return _tell_gone(turn)
    run, simulation = found
    if run.waits or turn.incoming.kind is Kind.BUTTON:
        return False
    said = turn.incoming.text
    if said.startswith("/"):
        return _leave_by_command(turn, said) or (command == "unknown_command" and _ask_for_text(turn, run))
    if turn.incoming.kind not in WRITTEN or not plain(said):
        return _ask_for_text(turn, run)
    turn.keep_quiet_about_questionnaire()
    name, _, value = (turn.typed_payload or "").removeprefix("/").partition("=")
    if plain(said) in LEAVE:
        leave(turn, {})
    elif name in OWN:
        ACTIONS[name](turn, {"value": value})
    else:
        _move(turn, run, simulation, Said(said))
    return True


def wait(turn: Turn) -> bool:
    """Something else was asked for in a case: it waits. False: there is none, or it is what was pressed."""
    pressed = (turn.offered(turn.incoming.payload) or "") if turn.incoming.kind is Kind.BUTTON else ""
    found = pending(turn)
    if found is None or found[0].waits or pressed.removeprefix("/").partition("=")[0] in OWN:
        return False
    found[0].waits = True
    turn.session.flush()
    return True


def offer_to_go_on(turn: Turn) -> None:
    """Under what is said while a case waits."""
    found = pending(turn)
    button = practice_shown.resume_button(turn)
    if found and found[0].waits and turn.replies and not any(button in reply.buttons for reply in turn.replies):
        turn.replies[-1] = replace(turn.replies[-1], buttons=(*turn.replies[-1].buttons, button))


def resume(turn: Turn, arguments: Arguments) -> None:
    """What the person wrote last, once more."""
    found = pending(turn)
    if found is None:
        learning_menu.say(turn, "utter_learning_practice_none", (practice_shown.cases_button(turn),))
        return
    run, simulation = found
    _rest_lesson(turn)
    run.waits = False
    turn.say("utter_learning_practice_goes_on", title=practice_shown.told(turn, simulation.title))
    practice_shown.write(turn, run, last_lines(simulation, practice.moves_of(run)))


def do(turn: Turn, arguments: Arguments) -> None:
    """A button of the case: its run, what is done, and with whom, as `1795284000.refer` or `1795284000.refer.fgr`."""
    name, _, done = str(arguments.get("value") or "").partition(".")
    action, _, value = done.partition(".")
    found = pending(turn)
    if found is None or name != practice.name_of(found[0]) or not _is_known(found[1], action, value):
        turn.say("utter_button_old")
        return
    run, simulation = found
    _rest_lesson(turn)
    run.waits = False
    if action == Action.REFER and not value:
        practice_shown.ask_office(turn, run, simulation)
    else:
        _move(turn, run, simulation, Pressed(Action(action), value))


def _is_known(simulation: Simulation, action: str, value: str) -> bool:
    return action in list(Action) and (not value or value in simulation.refer_to)


def leave(turn: Turn, arguments: Arguments) -> None:
    """Given up: nothing is scored, and nothing of it is kept."""
    turn.keep_quiet_about_questionnaire()
    run = practice.open_of(turn.session, learner_of(turn))
    if run:
        practice.give_up(turn.session, run)
    learning_menu.say(turn, "utter_learning_practice_left" if run else "utter_learning_practice_none", (practice_shown.cases_button(turn),))


def _leave_by_command(turn: Turn, said: str) -> bool:
    if plain(said.removeprefix("/").split("@")[0]) not in LEAVE:
        return False
    leave(turn, {})
    return True


def _tell_gone(turn: Turn) -> bool:
    """A case that was changed or taken away is given up. False: there is none, or something else was asked for."""
    run = practice.open_of(turn.session, learner_of(turn))
    if run is None:
        return False
    simulation, waited = turn.content.simulations.get(run.simulation), run.waits
    practice.give_up(turn.session, run)
    pressed = (turn.offered(turn.incoming.payload) or "") if turn.incoming.kind is Kind.BUTTON else turn.typed_payload or ""
    is_of_case = pressed.removeprefix("/").partition("=")[0] in OWN
    is_for_others = waited or turn.incoming.kind is Kind.BUTTON or turn.incoming.text.startswith("/")
    if is_for_others and not is_of_case:
        return False
    turn.keep_quiet_about_questionnaire()
    again = [Button(turn.sentence("utter_learning_button_again"), f"/simulate={simulation.name}")] if simulation else []
    learning_menu.say(turn, "utter_learning_practice_gone", (*again, practice_shown.cases_button(turn)))
    return True


def _ask_for_text(turn: Turn, run: SimulationRun) -> bool:
    turn.keep_quiet_about_questionnaire()
    turn.say("utter_learning_practice_only_text")
    turn.replies[-1] = replace(turn.replies[-1], buttons=practice_shown.buttons(turn, run))
    return True


def _rest_lesson(turn: Turn) -> None:
    """One thing at a time: a lesson under way waits."""
    turn.keep_quiet_about_questionnaire()
    if turn.progress:
        turn.set_progress(pause(turn.progress, None))


def _move(turn: Turn, run: SimulationRun, simulation: Simulation, move: Move) -> None:
    moves = practice.add(turn.session, run, move)
    if isinstance(move, Pressed):
        turn.say("utter_learning_practice_did", what=practice_shown.what(turn, move))
    is_end = isinstance(move, Pressed) and move.action is Action.END
    if is_end or len(moves) >= practice.MOST_MOVES:
        if not is_end:
            turn.say("utter_learning_practice_long")
        practice_shown.say_score(turn, simulation, practice.end(turn.session, run, simulation, turn.now))
        return
    lines = next_lines(simulation, moves)
    if lines:
        practice_shown.write(turn, run, lines)
    else:
        turn.replies[-1] = replace(turn.replies[-1], buttons=practice_shown.buttons(turn, run))


ACTIONS: dict[str, Callable[[Turn, Arguments], None]] = {
    "practice": show_cases,
    "simulate": begin,
    "do": do,
    "leave": leave,
    "resume": resume,
}
