"""How a practice case is shown in the chat: the person's messages, the row of buttons with its way out, and the score."""

from collections.abc import Sequence
from dataclasses import replace

from bot.content.published import Button
from bot.content.simulations import Action, Simulation
from bot.conversation import learning_menu
from bot.conversation.context import Turn
from bot.conversation.replies import Reply, fill, provenance
from bot.courses.practice import name_of
from bot.records.learning import SimulationRun
from bot.simulations.scoring import Pressed, Score

SHOWN = (Action.MARK_DANGER, Action.ASK_CONSENT, Action.REFER, Action.END)


def write(turn: Turn, run: SimulationRun, lines: Sequence[str]) -> None:
    """The person's messages, as she writes them; what can be done stands under the last one."""
    turn.replies += [Reply(f"» {told(turn, line)}", (), f"practice_{run.simulation}") for line in lines]
    turn.replies[-1] = replace(turn.replies[-1], buttons=buttons(turn, run))


def buttons(turn: Turn, run: SimulationRun) -> tuple[Button, ...]:
    found = [Button(turn.sentence(f"utter_learning_button_{action}"), f"/do={name_of(run)}.{action}") for action in SHOWN]
    return (*found, way_out(turn))


def way_out(turn: Turn) -> Button:
    return Button(turn.sentence("utter_learning_button_leave"), "/leave")


def resume_button(turn: Turn) -> Button:
    return Button(turn.sentence("utter_learning_button_resume"), "/resume")


def cases_button(turn: Turn) -> Button:
    return Button(turn.sentence("utter_learning_button_practice"), "/practice")


def ask_office(turn: Turn, run: SimulationRun, simulation: Simulation) -> None:
    offices = [Button(_office(turn, each), f"/do={name_of(run)}.{Action.REFER}.{each}") for each in simulation.refer_to]
    turn.say("utter_learning_practice_where")
    turn.replies[-1] = replace(turn.replies[-1], buttons=(*offices, way_out(turn)))


def what(turn: Turn, move: Pressed) -> str:
    title = turn.sentence(f"utter_learning_button_{move.action}")
    return f"{title}: {_office(turn, move.value)}" if move.value else title


def say_score(turn: Turn, simulation: Simulation, score: Score) -> None:
    """Each criterion with whether it was kept; of those that were not, why they matter. Then source, office and date."""
    lines = []
    for criterion in simulation.criteria:
        kept = score.kept[criterion.id]
        because = "" if kept else f" {told(turn, criterion.because)}"
        lines.append(f"{'✔' if kept else '✘'} {told(turn, criterion.title)}.{because}")
    name = "utter_learning_practice_passed" if score.passed else "utter_learning_practice_failed"
    turn.say(name, points=str(score.points), of=str(score.of), criteria="\n".join(lines))
    closing = provenance(
        turn.content, turn.language, turn.today, [simulation.review], [each.title for each in simulation.review.sources],
        [turn.content.organizations[simulation.office].short_name], simulation.review.reviewed_on,
    )  # fmt: skip
    if simulation.pending:
        closing.insert(0, turn.sentence("utter_learning_pending_validation"))
    again = Button(turn.sentence("utter_learning_button_again"), f"/simulate={simulation.name}")
    protocol = Button(turn.sentence("utter_learning_button_protocols"), f"/protocol_{simulation.topic}")
    ways = (protocol, again, cases_button(turn), learning_menu.button(turn))
    turn.replies[-1] = replace(turn.replies[-1], text="\n\n".join([turn.replies[-1].text, *closing]), buttons=ways)


def _office(turn: Turn, name: str) -> str:
    return turn.content.organizations[name].short_name


def told(turn: Turn, text: str) -> str:
    """With its facts in their places."""
    return fill(turn.content, text, turn.language)
