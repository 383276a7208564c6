"""Cycles of largest mean weight, by Karp's theorem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]  # of float64
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Cycle:
    """A cycle of a graph.

    Attributes:
        mean: weight per edge.
        edges: one after the other.
    """

    mean: float
    edges: tuple[int, ...]


def heaviest_cycle(nodes: int, before: Indices, after: Indices, weights: Floats) -> Cycle | None:
    """A cycle of largest mean weight, or None where there is no cycle.

    With d_k(v) the largest weight of a walk of k edges that ends in v, from anywhere, the largest mean is
    max_v min_k (d_n(v) − d_k(v)) / (n − k), and the walk of n edges to the best v holds such a cycle.

    Args:
        nodes: n, how many.
        before: where each edge begins, (edges,).
        after: where it ends, (edges,).
        weights: finite, (edges,).

    Source: R. M. Karp, A characterization of the minimum cycle mean in a digraph (1978).
    """
    if not len(before):
        return None
    order = np.argsort(after, kind="stable")
    ends, firsts = np.unique(after[order], return_index=True)
    values = np.full((nodes + 1, nodes), -np.inf)
    values[0] = 0.0
    came = np.full((nodes + 1, nodes), -1, dtype=np.int64)
    for k in range(1, nodes + 1):
        reached = (values[k - 1][before] + weights)[order]
        best = np.maximum.reduceat(reached, firsts)
        values[k, ends] = best
        hits = np.flatnonzero(reached == np.repeat(best, np.diff([*firsts, len(order)])))
        came[k, after[order[hits[::-1]]]] = order[hits[::-1]]  # the first of equal ones is written last
    last = values[nodes]
    alive = np.isfinite(last)
    if not alive.any():
        return None
    with np.errstate(invalid="ignore"):
        means = (last - values[:-1]) / np.arange(nodes, 0, -1)[:, None]
    means[~np.isfinite(values[:-1])] = np.inf
    v = int(np.argmax(np.where(alive, means.min(axis=0), -np.inf)))
    walk: list[int] = []
    for k in range(nodes, 0, -1):
        walk.append(int(came[k, v]))
        v = int(before[walk[-1]])
    return _best_within(walk[::-1], before, after, weights)


def _best_within(walk: list[int], before: Indices, after: Indices, weights: Floats) -> Cycle:
    """The heaviest cycle that a walk goes round."""
    found: list[Cycle] = []
    path: list[int] = []
    at = {int(before[walk[0]]): 0}
    for e in walk:
        path.append(e)
        v = int(after[e])
        if v in at:
            cycle = path[at[v] :]
            found.append(Cycle(float(weights[cycle].mean()), tuple(cycle)))
            for f in cycle:
                at.pop(int(after[f]), None)
            path = path[: len(path) - len(cycle)]
            at[v] = len(path)
        else:
            at[v] = len(path)
    return max(found, key=lambda cycle: cycle.mean)
