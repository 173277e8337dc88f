"""A map of equal squares: each municipality near its true place, none upon another, the same every time.

Borders are not in the project's data, and squares of one size do not make a small municipality disappear beside a large one.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil, cos, radians, sqrt

from bot.content.municipalities import Municipality

type Square = tuple[int, int]  # column and row, from the north-west
type Point = tuple[float, float]

ROOM = 1.7  # squares of the grid for each municipality
MOST_ROUNDS = 40  # of exchanges; on the two states of the service it is done before


@lru_cache(maxsize=8)
def squares(places: tuple[Municipality, ...]) -> Mapping[str, Square]:
    """By key; places without a point are left out: where they are is not known."""
    points = _on_the_grid([place for place in places if place.point])
    free = _grid(points)
    order = sorted(points, key=lambda key: (-_crowd(points, key), key))  # where it is close, first come
    taken: dict[str, Square] = {}
    for key in order:
        nearest = min(free, key=lambda square: (_far(points[key], square), square))
        taken[key] = nearest
        free.remove(nearest)
    _exchange(points, taken, free)
    left, top = min(column for column, _ in taken.values()) if taken else 0, min(row for _, row in taken.values()) if taken else 0
    return {key: (column - left, row - top) for key, (column, row) in taken.items()}


def _on_the_grid(places: Sequence[Municipality]) -> dict[str, Point]:
    """In squares, from the north-west; a degree of longitude is shorter than one of latitude."""
    known = {place.key: place.point for place in places if place.point}
    if not known:
        return {}
    shorter = cos(radians(sum(point[0] for point in known.values()) / len(known)))
    flat = {key: (point[1] * shorter, -point[0]) for key, point in known.items()}
    west, north = min(x for x, _ in flat.values()), min(y for _, y in flat.values())
    wide, high = max(x for x, _ in flat.values()) - west, max(y for _, y in flat.values()) - north
    side = sqrt(max(wide * high, 1e-9) / (ROOM * len(flat)))
    return {key: ((x - west) / side, (y - north) / side) for key, (x, y) in flat.items()}


def _grid(points: Mapping[str, Point]) -> set[Square]:
    columns, rows = (ceil(max((point[at] for point in points.values()), default=0)) + 1 for at in (0, 1))
    while columns * rows < len(points):
        rows += 1
    return {(column, row) for column in range(columns) for row in range(rows)}


def _crowd(points: Mapping[str, Point], key: str) -> int:
    x, y = points[key]
    return sum(abs(x - other) < 2 and abs(y - below) < 2 for other, below in points.values())


def _far(point: Point, square: Square) -> float:
    """Squared: one that is far off costs more than two that are a little off."""
    return (point[0] - square[0]) ** 2 + (point[1] - square[1]) ** 2


def _exchange(points: Mapping[str, Point], taken: dict[str, Square], free: set[Square]) -> None:
    """Two change places, or one moves to a free square, as long as that brings them nearer to where they are."""
    keys = sorted(taken)
    for _ in range(MOST_ROUNDS):
        changed = False
        for at, key in enumerate(keys):
            changed = _move(points, taken, free, key) or changed
            for other in keys[at + 1 :]:
                here, there = taken[key], taken[other]
                now = _far(points[key], here) + _far(points[other], there)
                if _far(points[key], there) + _far(points[other], here) < now - 1e-9:
                    taken[key], taken[other], changed = there, here, True
        if not changed:
            return


def _move(points: Mapping[str, Point], taken: dict[str, Square], free: set[Square], key: str) -> bool:
    nearest = min(free, key=lambda square: (_far(points[key], square), square), default=None)
    if nearest is None or _far(points[key], nearest) >= _far(points[key], taken[key]) - 1e-9:
        return False
    free.remove(nearest)
    free.add(taken[key])
    taken[key] = nearest
    return True
