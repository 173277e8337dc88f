"""Small numbers are not published, and nobody can work them out from the others.

A category of fewer than K people goes together with others (`fold`), so every total that is published stands for K people or more. In
a table of two such lists small cells are left empty, and so many others with them that each could have K other values or more
(`hidden`). What a cell could be is the widest shift along hidden cells that leaves every total as it is: a flow in the graph whose
nodes are the lines and columns and whose edges are the hidden cells (Cox, "Network models for complementary cell suppression", 1995).
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

K = 5
REST = "*"  # the label of what was put together
_ENDLESS = 10**9
_EMPTY_CELL = 10**6  # hiding an empty cell is the last resort: who knows that it must be empty has gained

type Cell = tuple[str, str]
type Node = tuple[str, str]  # ("line" or "column", label)


@dataclass(frozen=True)
class Count:
    rows: int
    people: int  # different ones among them

    def is_small(self, least: int = K) -> bool:
        return 0 < self.people < least


def fold(counts: Mapping[str, Count], people_of: Callable[[Collection[str]], int], least: int = K) -> dict[str, str] | None:
    """Label → the label it is published under: its own, or REST. None: they are all together too few to say anything."""
    rest = {label for label, count in counts.items() if count.is_small(least)}
    kept = sorted((label for label, count in counts.items() if count.people >= least), key=lambda label: (counts[label].people, label))
    while rest and people_of(rest) < least:
        if not kept:
            return None
        rest.add(kept.pop(0))
    return {label: REST if label in rest else label for label, count in counts.items() if count.rows}


def hidden(cells: Mapping[Cell, Count], lines: Collection[str], columns: Collection[str], least: int = K) -> set[Cell] | None:
    """The cells to leave empty, where the totals of all lines and columns are published. None: it cannot be done; leave the table out."""
    values = {(line, column): cells[line, column].rows if (line, column) in cells else 0 for line in lines for column in columns}
    small = sorted(cell for cell, count in cells.items() if count.is_small(least))
    empty = set(small)
    for cell in small:
        for gives in (least, 1, 0):  # one cycle of large cells is enough; else several, of whatever there is
            while _leeway(values, empty, cell, least) < least:
                cycle = _cheapest_cycle(values, empty, cell, gives)
                if cycle is None or cycle <= empty:
                    break
                empty |= cycle
        if _leeway(values, empty, cell, least) < least:
            return None
    return empty


def _leeway(values: Mapping[Cell, int], empty: Collection[Cell], cell: Cell, least: int) -> int:
    """How many more values the cell could have, with the other hidden ones taking up the difference."""
    line, column = ("line", cell[0]), ("column", cell[1])
    up = _most_flow(_arcs(values, empty, cell), column, line, least)
    down = min(values[cell], _most_flow(_arcs(values, empty, cell), line, column, least))
    return up + down


def _arcs(values: Mapping[Cell, int], empty: Collection[Cell], without: Cell) -> dict[Node, dict[Node, int]]:
    """From a column to a line a cell gives, as much as it has; from a line to a column it takes, without end."""
    arcs: dict[Node, dict[Node, int]] = defaultdict(dict)
    for cell in empty:
        if cell != without:
            line, column = ("line", cell[0]), ("column", cell[1])
            arcs[column][line], arcs[line][column] = values[cell], _ENDLESS
    return arcs


def _most_flow(arcs: dict[Node, dict[Node, int]], start: Node, end: Node, enough: int) -> int:
    """Up to what is enough: more is not needed."""
    flow = 0
    while flow < enough and (way := _way(arcs, start, end)):
        least = min(arcs[a][b] for a, b in way)
        for a, b in way:
            arcs[a][b] -= least
            arcs[b][a] = arcs[b].get(a, 0) + least
        flow += least
    return min(flow, enough)


def _way(arcs: Mapping[Node, Mapping[Node, int]], start: Node, end: Node) -> list[tuple[Node, Node]] | None:
    came: dict[Node, Node] = {start: start}
    frontier = [start]
    while frontier and end not in came:
        following = []
        for node in frontier:
            for other, room in arcs.get(node, {}).items():
                if room and other not in came:
                    came[other] = node
                    following.append(other)
        frontier = following
    return _back(came, start, end) if end in came else None


def _back(came: Mapping[Node, Node], start: Node, end: Node) -> list[tuple[Node, Node]]:
    way, node = [], end
    while node != start:
        way.append((came[node], node))
        node = came[node]
    return way


def _cheapest_cycle(values: Mapping[Cell, int], empty: Collection[Cell], cell: Cell, gives: int) -> set[Cell] | None:
    """Cells, hidden already or not, along which so many can be moved into this one; the fewest cases are hidden with them."""
    start, end = ("column", cell[1]), ("line", cell[0])
    lines, columns = {line for line, _ in values}, {column for _, column in values}
    came: dict[Node, Node] = {start: start}
    best, queue = {start: 0}, [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == end:
            return {_cell(a, b) for a, b in _back(came, start, end)}
        if cost > best[node]:
            continue
        for other in [("line", line) for line in lines] if node[0] == "column" else [("column", column) for column in columns]:
            step = _cell(node, other)
            if step == cell or (node[0] == "column" and values[step] < gives):
                continue
            dearer = cost + (0 if step in empty else values[step] or _EMPTY_CELL)
            if dearer < best.get(other, _ENDLESS):
                best[other], came[other] = dearer, node
                heapq.heappush(queue, (dearer, other))
    return None


def _cell(a: Node, b: Node) -> Cell:
    return (a[1], b[1]) if a[0] == "line" else (b[1], a[1])
