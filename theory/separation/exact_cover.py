"""Exact covering searches: which sets of irreps separate all states, at least cost.

An option (an irrep) covers the points it tells from the start, and a set of options is a cover when every point is
covered by one of them. Points are reduced first: a point that is covered whenever another one is need not be asked for.
For faithful representations what is left are the minimal normal subgroups. Both searches branch on the point with the
fewest options, so they visit every irredundant cover unless a bound excludes it, and stop at a limit of nodes that is
stated in the result.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..bit_masks import bits

NODES = 50_000  # search nodes before an interval is returned


@dataclass(frozen=True)
class Cover:
    """The best cover found, and what is proved about the least cost.

    Attributes:
        chosen: positions of the options used, in increasing order.
        cost: their cost.
        lower: no cover costs less.
        nodes: how many partial covers were looked at.
    """

    chosen: tuple[int, ...]
    cost: int
    lower: int
    nodes: int

    @property
    def exact(self) -> bool:
        """Whether `cost` is proved to be the least."""
        return self.cost == self.lower


@dataclass(frozen=True)
class Problem:
    """A covering problem after reduction: for each atom the options that cover it, and the reverse, as bit masks."""

    atoms: tuple[int, ...]  # one point for each
    options: tuple[int, ...]  # for each option the atoms it covers
    everything: int


def reduce_points(stuck: Sequence[int], points: int, start: int) -> Problem | None:
    """The covering problem of options that leave the points `stuck[i]` (a bit mask with the start's bit) uncovered.

    Returns:
        None if no set of options covers all points.
    """
    covering: dict[int, int] = {}  # options that cover a point, as a mask -> one such point
    for point in range(points):
        if point != start:
            mask = sum(1 << i for i, s in enumerate(stuck) if not s >> point & 1)
            covering.setdefault(mask, point)
    if 0 in covering:
        return None
    masks = sorted(covering, key=int.bit_count)
    minimal: list[int] = []
    for mask in masks:
        if not any(small & mask == small for small in minimal):
            minimal.append(mask)
    options = tuple(sum(1 << a for a, mask in enumerate(minimal) if mask >> i & 1) for i in range(len(stuck)))
    return Problem(tuple(covering[mask] for mask in minimal), options, (1 << len(minimal)) - 1)


def cheapest_cover(costs: Sequence[int], problem: Problem, limit: int = NODES) -> Cover:
    """A cover of least total cost: A* over sets of atoms not yet covered.

    The estimate of what is left is the dearest atom's cheapest option. Of equal estimates the deeper node comes first.
    """
    if not problem.atoms:  # nothing to separate: some option all the same, as weights need a unit
        cheapest = min(range(len(costs)), key=lambda i: costs[i])
        return Cover((cheapest,), costs[cheapest], costs[cheapest], 0)
    kept = _undominated(problem.options, [(cost,) for cost in costs])
    by_atom = [[i for i in kept if problem.options[i] >> a & 1] for a in range(len(problem.atoms))]
    least = [min(costs[i] for i in options) for options in by_atom]

    def estimate(left: int) -> int:
        return max((least[a] for a in bits(left)), default=0)

    best = _greedy(costs, problem, kept)
    heap: list[tuple[int, int, int, int, tuple[int, ...]]] = [
        (estimate(problem.everything), 0, 0, problem.everything, ())
    ]
    reached: dict[int, int] = {problem.everything: 0}
    nodes = 0
    while heap:
        total, _, cost, left, used = heapq.heappop(heap)
        if total >= best[0]:
            return Cover(tuple(sorted(best[1])), best[0], best[0], nodes)
        if not left:
            return Cover(tuple(sorted(used)), cost, cost, nodes)
        if cost > reached[left]:
            continue
        nodes += 1
        if nodes > limit:
            return Cover(tuple(sorted(best[1])), best[0], min(total, best[0]), nodes)
        atom = min(bits(left), key=lambda a: len(by_atom[a]))
        for i in by_atom[atom]:
            after, price = left & ~problem.options[i], cost + costs[i]
            if price < reached.get(after, price + 1):
                reached[after] = price
                heapq.heappush(heap, (price + estimate(after), -price, price, after, (*used, i)))
    return Cover(tuple(sorted(best[1])), best[0], best[0], nodes)


def bottleneck_cover(loads: NDArray[np.int64], problem: Problem, limit: int = NODES) -> Cover:
    """A cover with the least max_x Σ_i loads[i, x] over its options i.

    Args:
        loads: (options, letters), at least 0.
        problem: the covering problem.
        limit: nodes of the search.
    """
    if not loads.shape[1]:
        loads = np.zeros((len(loads), 1), dtype=np.int64)
    loads = _undominated_columns(loads)
    kept = _undominated(problem.options, [tuple(row) for row in loads.tolist()])
    peak = [int(row.max()) for row in loads]
    by_atom = [[i for i in kept if problem.options[i] >> a & 1] for a in range(len(problem.atoms))]
    lower = max((min(peak[i] for i in options) for options in by_atom), default=min(peak))
    best = _greedy(peak, problem, kept)
    value, chosen, nodes = int(loads[list(best[1])].sum(axis=0).max()), best[1], 0
    while lower < value:
        search = _Bounded(loads, problem, by_atom, value - 1, limit - nodes)
        found = search.run(problem.everything, np.zeros(loads.shape[1], dtype=np.int64), ())
        nodes += search.nodes
        if found is None:
            lower = lower if search.exhausted else value
            break
        value, chosen = int(loads[list(found)].sum(axis=0).max()), found
    return Cover(tuple(sorted(chosen)), value, lower, nodes)


class _Bounded:
    """Depth-first search for a cover whose load stays within a bound everywhere."""

    def __init__(
        self, loads: NDArray[np.int64], problem: Problem, by_atom: list[list[int]], bound: int, limit: int
    ) -> None:
        self.loads, self.problem, self.by_atom, self.bound, self.limit = loads, problem, by_atom, bound, limit
        self.nodes, self.exhausted = 0, False
        self.failed: set[tuple[int, bytes]] = set()

    def run(self, left: int, load: NDArray[np.int64], used: tuple[int, ...]) -> tuple[int, ...] | None:
        if not left:
            return used
        key = (left, load.tobytes())
        if key in self.failed:
            return None
        self.nodes += 1
        if self.nodes > self.limit:
            self.exhausted = True
            return None
        options = min(
            ([i for i in self.by_atom[a] if (load + self.loads[i]).max() <= self.bound] for a in bits(left)), key=len
        )
        for i in options:
            found = self.run(left & ~self.problem.options[i], load + self.loads[i], (*used, i))
            if found is not None or self.exhausted:
                return found
        self.failed.add(key)
        return None


def _greedy(costs: Sequence[int], problem: Problem, kept: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Some cover: at every step the option with the most new atoms for its cost."""
    left, used = problem.everything, list[int]()
    while left:
        best = max(kept, key=lambda i: ((problem.options[i] & left).bit_count() / (costs[i] or 0.5), -costs[i]))
        used.append(best)
        left &= ~problem.options[best]
    used = used or [min(kept, key=lambda i: costs[i])]  # nothing to separate
    return sum(costs[i] for i in used), tuple(used)


def _undominated(options: Sequence[int], costs: Sequence[tuple[int, ...]]) -> list[int]:
    """Options that no other one beats: covers at least as much and costs at most as much everywhere."""
    order = sorted(range(len(options)), key=lambda i: (sum(costs[i]), -options[i].bit_count()))
    kept: list[int] = []
    for i in order:
        if not any(
            options[j] & options[i] == options[i] and all(a <= b for a, b in zip(costs[j], costs[i], strict=True))
            for j in kept
        ):
            kept.append(i)
    return kept


def _undominated_columns(loads: NDArray[np.int64]) -> NDArray[np.int64]:
    """The letters that no other letter exceeds in every option: (options, fewer letters)."""
    columns = np.unique(loads, axis=1)
    columns = columns[:, np.argsort(-columns.sum(axis=0), kind="stable")]
    kept: list[NDArray[np.int64]] = []
    for column in columns.T:
        if not any((column <= other).all() for other in kept):
            kept.append(column)
    return np.array(kept, dtype=np.int64).T
