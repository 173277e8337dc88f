"""Practice cases of a learner: begun, gone on with, and scored when they end. What was written is kept only until then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.simulations import Action, Simulation
from bot.records.learning import Learner, SimulationRun
from bot.simulations.scoring import Move, Pressed, Said, Score, score

MOST_MOVES = 40


def begin(session: Session, learner: Learner, simulation: Simulation, now: datetime) -> SimulationRun:
    """A new run; one that was left half-way is given up."""
    left = open_of(session, learner)
    if left:
        give_up(session, left)
    run = SimulationRun(learner_id=learner.id, simulation=simulation.name, version=simulation.version, moves=[], began_at=now)
    session.add(run)
    session.flush()
    return run


def open_of(session: Session, learner: Learner) -> SimulationRun | None:
    query = select(SimulationRun).where(SimulationRun.learner_id == learner.id, SimulationRun.ended_at.is_(None))
    return session.scalar(query.order_by(SimulationRun.id.desc()).limit(1))


def under_way(session: Session, learner: Learner, simulations: Mapping[str, Simulation]) -> tuple[SimulationRun, Simulation] | None:
    """The case they are in, or that waits for them, as long as it is published as they began it."""
    run = open_of(session, learner)
    simulation = simulations.get(run.simulation) if run else None
    return (run, simulation) if run and simulation and simulation.version == run.version else None


def name_of(run: SimulationRun) -> str:
    """What its buttons call it: no other run of theirs began in that second, and numbers of rows come again after they are given up."""
    return str(int(run.began_at.timestamp()))


def give_up(session: Session, run: SimulationRun) -> None:
    """Nothing is scored, and nothing of it is kept."""
    session.delete(run)
    session.flush()


def add(session: Session, run: SimulationRun, move: Move) -> Sequence[Move]:
    """All moves so far, with this one."""
    run.moves = [*(run.moves or []), _stored(move)]
    session.flush()
    return moves_of(run)


def moves_of(run: SimulationRun) -> list[Move]:
    return [Said(each["said"]) if "said" in each else Pressed(Action(each["pressed"]), each.get("value", "")) for each in run.moves or []]


def end(session: Session, run: SimulationRun, simulation: Simulation, now: datetime) -> Score:
    """What it came to. The words go; the points stay."""
    found = score(simulation, moves_of(run))
    run.points, run.passed, run.kept, run.ended_at = found.points, found.passed, dict(found.kept), now
    run.moves = None
    session.flush()
    return found


def passed(session: Session, learner: Learner) -> int:
    """How many cases they have passed, each counted once."""
    query = select(func.count(func.distinct(SimulationRun.simulation))).where(
        SimulationRun.learner_id == learner.id, SimulationRun.passed.is_(True)
    )  # fmt: skip
    return session.scalar(query) or 0


def _stored(move: Move) -> dict[str, Any]:
    return {"said": move.text} if isinstance(move, Said) else {"pressed": str(move.action), "value": move.value}
