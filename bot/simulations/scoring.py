"""What an official's moves in a practice case are worth: what was written and pressed, in order, against the criteria of the case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType

from bot.content.simulations import Action, Criterion, Kind, Simulation
from bot.simulations.hearing import hears, hears_exactly


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Pressed:
    action: Action
    value: str = ""  # of a referral: the organization


Move = Said | Pressed


@dataclass(frozen=True)
class Score:
    points: int
    of: int
    kept: Mapping[str, bool]  # by criterion
    passed: bool


def score(simulation: Simulation, moves: Sequence[Move]) -> Score:
    """What comes after the official has ended the case does not count."""
    counted = until_end(moves)
    kept = {criterion.id: is_kept(criterion, counted) for criterion in simulation.criteria}
    of = sum(criterion.points for criterion in simulation.criteria)
    points = sum(criterion.points for criterion in simulation.criteria if kept[criterion.id])
    essentials = all(kept[criterion.id] for criterion in simulation.criteria if criterion.essential)
    return Score(points, of, MappingProxyType(kept), essentials and points * 100 >= simulation.pass_percent * of)


def until_end(moves: Sequence[Move]) -> Sequence[Move]:
    end = next((place for place, move in enumerate(moves) if _is(move, Action.END)), len(moves))
    return moves[: end + 1]


def is_kept(criterion: Criterion, moves: Sequence[Move]) -> bool:
    if criterion.kind is Kind.NEVER:
        return not any(_says(move, criterion) for move in moves)
    looked_at = list(takewhile(lambda move: criterion.before is None or not _is(move, criterion.before), moves))
    if criterion.within:
        looked_at = looked_at[: criterion.within]
    if criterion.to and any(_is(move, criterion.action) and move.value not in criterion.to for move in moves if isinstance(move, Pressed)):
        return False  # one right office among wrong ones helps nobody: the person is sent around
    return any(_is(move, criterion.action) or _says(move, criterion) for move in looked_at)


def _is(move: Move, action: Action | None) -> bool:
    return isinstance(move, Pressed) and move.action == action


def _says(move: Move, criterion: Criterion) -> bool:
    if not isinstance(move, Said):
        return False
    if criterion.kind is Kind.SAYS:
        return hears(move.text, criterion.patterns, criterion.unless, criterion.not_after)
    return hears_exactly(move.text, criterion.patterns, criterion.unless, criterion.not_after, criterion.apart)
