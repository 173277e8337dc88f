"""What the made-up person of a practice case writes next. The same moves always bring the same words."""

from collections.abc import Sequence

from bot.content.simulations import Action, Kind, PersonReply, Simulation
from bot.simulations.hearing import hears
from bot.simulations.scoring import Move, Pressed, Said, is_kept


def next_lines(simulation: Simulation, moves: Sequence[Move]) -> tuple[str, ...]:
    """After the last of the moves; before the first one, what the case opens with. Most presses are not answered."""
    if not moves:
        return simulation.opens
    if any(isinstance(move, Pressed) and move.action is Action.END for move in moves):
        return ()
    left = list(simulation.replies)
    unanswered = 0
    for move in moves[:-1]:
        if reply := _reply(simulation, left, move):
            left.remove(reply)
        elif isinstance(move, Said):
            unanswered += 1
    if reply := _reply(simulation, left, moves[-1]):
        return (reply.says,)
    if isinstance(moves[-1], Pressed):
        return ()
    return (simulation.otherwise[min(unanswered, len(simulation.otherwise) - 1)],)


def last_lines(simulation: Simulation, moves: Sequence[Move]) -> tuple[str, ...]:
    """What was written last, for whoever comes back to the case."""
    written = (next_lines(simulation, moves[:many]) for many in range(len(moves), -1, -1))
    return next(lines for lines in written if lines)


def _reply(simulation: Simulation, left: Sequence[PersonReply], move: Move) -> PersonReply | None:
    """The first that fits of those that were not said yet."""
    if isinstance(move, Pressed):
        return next((reply for reply in left if reply.on is move.action), None)
    forbidden = (criterion for criterion in simulation.criteria if criterion.kind is Kind.NEVER)
    broken = {criterion.id for criterion in forbidden if not is_kept(criterion, [move])}
    return next((reply for reply in left if reply.breaks in broken or hears(move.text, reply.patterns)), None)
