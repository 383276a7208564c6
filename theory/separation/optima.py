"""The least sizes of a group task on each rung, as covering problems over its real irreps (docs/ladder.md).

All of them rest on the averaging lemma: weights that track the task within a bounded family contain an
honest real representation V of the group whose vectors the readout tells apart, built from the same blocks or factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .abelian_tasks import character_rows
from .cp_bounds import CPBounds, cp_bounds
from .exact_cover import Cover, bottleneck_cover, cheapest_cover, reduce_points
from .real_irrep import RealIrrep, TaskIrreps
from .separating_characters import separating_characters


@dataclass(frozen=True)
class Optimum:
    """The least size on a rung and the irreps that reach it.

    Attributes:
        size: what `chosen` reaches.
        lower: no tracker within the family has less.
        chosen: the irreps.
        nodes: how many partial covers the search looked at; 0 where a formula or a threshold decides.
    """

    size: int
    lower: int
    chosen: tuple[RealIrrep, ...]
    nodes: int = 0


def least_full(data: TaskIrreps) -> Optimum:
    """d_min: the least total degree of irreps that separate the states (theorem A)."""
    return _cheapest(data, [v.degree for v in data.irreps])


def least_block(data: TaskIrreps) -> Optimum:
    """b_min: the least b such that the irreps of degree at most b separate the states, and the cheapest of these."""
    return _threshold(data, [v.degree for v in data.irreps])


def least_householder(data: TaskIrreps) -> Optimum:
    """k_min with one head: the least max_x Σ_i rank(ρ_i(x) − 1) over separating sets of irreps (theorem C)."""
    if data.group.is_abelian and data.all_letters:
        # docs/ladder.md: some element moves as many dimensions as a least separating set has.
        chosen = least_full(data).chosen
        moved = sum(v.rank for v in chosen)
        return Optimum(moved, moved, chosen)
    loads = np.array([v.ranks for v in data.irreps], dtype=np.int64).reshape(len(data.irreps), -1)
    return _of(data, bottleneck_cover(loads, data.problem))


def least_householder_per_head(data: TaskIrreps) -> Optimum:
    """k_min with one product of reflections per irrep: the least k such that the irreps of rank at most k separate."""
    return _threshold(data, [v.rank for v in data.irreps])


def least_cp(data: TaskIrreps) -> tuple[Optimum, CPBounds]:
    """Bounds for the least CP rank of weights that track the task (docs/ladder.md)."""
    bounds = cp_bounds(data)
    upper = _cheapest(data, bounds.upper)
    if not data.all_letters:
        # Letters share less than a whole algebra; sets other than the cheapest for the full alphabet may do better.
        options = [upper.chosen, least_full(data).chosen, least_householder(data).chosen]
        best = min(options, key=lambda chosen: bounds.few_letters(chosen)[0])
        upper = Optimum(bounds.few_letters(best)[0], upper.lower, best)
        lower = max(least_full(data).lower + bounds.turning(data), bounds.span(data))
    else:
        lower = bounds.adjusted(_cheapest(data, bounds.lower).lower, data, lambda costs: _cheapest(data, costs).lower)
    assert lower <= upper.size, "a construction beats the lower bound, so one of them is wrong"
    return replace(upper, lower=lower), bounds


def _cheapest(data: TaskIrreps, costs: Sequence[int]) -> Optimum:
    if data.group.is_abelian:
        return _characters(data, costs)
    return _of(data, cheapest_cover(costs, data.problem))


def _characters(data: TaskIrreps, costs: Sequence[int]) -> Optimum:
    """Of an abelian group: one character per invariant factor, real ones where the factor is 2; docs/ladder.md.

    It is cheapest for every cost that depends on the degree alone and grows with it.
    """
    if data.basis is None:
        rows = character_rows(data)
        wanted = {rows[x] for x in separating_characters(data.task)[0]}
    else:
        wanted = set(data.basis)
    picked = [i for i, v in enumerate(data.irreps) if wanted & set(v.rows)] or [0]
    total = sum(costs[i] for i in picked)
    return Optimum(total, total, tuple(data.irreps[i] for i in picked))


def _threshold(data: TaskIrreps, sizes: Sequence[int]) -> Optimum:
    """The least s such that the irreps of size at most s separate, and the cheapest of these by degree."""
    for size in sorted(set(sizes)):
        kept = [v for v, s in zip(data.irreps, sizes, strict=True) if s <= size]
        if not data.separates(kept):
            continue
        problem = reduce_points([v.stuck for v in kept], data.points, data.start)
        assert problem is not None, "they separate"
        # which of them is only a matter of a small witness, so that the search may be cut short
        chosen = [kept[i] for i in cheapest_cover([v.degree for v in kept], problem, limit=2000).chosen]
        return Optimum(size, size, tuple(chosen))
    raise AssertionError("the irreps of a group separate the points it moves")


def _of(data: TaskIrreps, cover: Cover) -> Optimum:
    return Optimum(cover.cost, cover.lower, tuple(data.irreps[i] for i in cover.chosen), cover.nodes)
