"""Base and strong generating set of a permutation group (C. C. Sims, 1970), on arrays of images, for any base.

For points b_1, b_2, … let G^(i) be the elements that fix b_1, …, b_{i−1}. Level i holds for each point c of the orbit
of b_i under G^(i) one element of G^(i) that takes b_i to c. The order of G is at least the product of the lengths of
these orbits, with equality exactly when the chain is complete: so where the order is known, random elements that are
sifted until the product is right give a proof. Source: D. F. Holt, B. Eick and E. A. O'Brien, Handbook of Computational
Group Theory, section 4.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Integer = TypeVar("Integer", bound=np.integer)

SIFTED = 16  # random elements that are sifted at once


@dataclass(frozen=True, eq=False)
class Level:
    """One orbit of the chain.

    Attributes:
        point: b.
        orbit: the points, b first.
        movers: an element that takes b to c, for each point c of the orbit: (orbit, degree).
        inverses: their inverses, (orbit, degree).
        place: for each point its place in the orbit, −1 outside: (degree,).
        generators: of the group whose orbit it is, (generators, degree).
    """

    point: int
    orbit: tuple[int, ...]
    movers: Rows
    inverses: Rows
    place: Rows
    generators: Rows


def products(left: NDArray[Integer], right: NDArray[Integer]) -> NDArray[Integer]:
    """Row by row the permutation left ∘ right, (k, degree)."""
    count, degree = right.shape
    places = right + np.arange(0, count * degree, degree)[:, None]
    return np.ascontiguousarray(left).ravel().take(places)


def inverted(rows: NDArray[Integer]) -> NDArray[Integer]:
    """The inverse of each row, (k, degree)."""
    found = np.empty_like(rows)
    np.put_along_axis(found, rows, np.arange(rows.shape[1], dtype=rows.dtype)[None], axis=1)
    return found


def random_elements(transversals: Sequence[NDArray[Any]], degree: int, count: int, draw: np.random.Generator) -> Rows:
    """Elements drawn uniformly from the products u_1 ∘ u_2 ∘ … with u_k in the k-th transversal: (count, degree)."""
    rows = np.tile(np.arange(degree), (count, 1))
    for coset in reversed(transversals):
        rows = products(coset[draw.integers(len(coset), size=count)].astype(np.int64), rows)
    return rows


def chain_on(points: Sequence[int], order: int, elements: Callable[[int], Rows], degree: int) -> list[Level]:
    """The complete levels of a group on a base that begins with some points, which may be redundant.

    Args:
        points: the first points of the base.
        order: that of the group.
        elements: draws so many elements of it uniformly.
        degree: the number of points.
    """
    identity = np.arange(degree)
    levels = [_level(point, identity[None][:0], identity) for point in points]
    while prod(len(level.orbit) for level in levels) < order:
        _learn(levels, elements(SIFTED), identity)
    return levels


def _learn(levels: list[Level], rows: Rows, identity: Rows) -> None:
    """Extend the levels until these elements sift to the identity."""
    while True:
        rows, depth = _sifted(levels, rows)
        left = (rows != identity).any(axis=1)
        rows, depth = rows[left], depth[left]
        if not len(rows):
            return
        first = int(depth.argmin())
        row, stuck = rows[first], int(depth[first])
        if stuck == len(levels):
            levels.append(_level(int(np.flatnonzero(row != identity)[0]), row[None][:0], identity))
        for k in range(stuck + 1):
            levels[k] = _level(levels[k].point, np.concatenate([levels[k].generators, row[None]]), identity)


def _sifted(levels: Sequence[Level], rows: Rows) -> tuple[Rows, Rows]:
    """What is left of permutations after division by the levels, and the first level whose orbit each leaves."""
    depth = np.full(len(rows), len(levels))
    alive = np.arange(len(rows))
    rows = rows.copy()
    for k, level in enumerate(levels):
        places = level.place[rows[alive, level.point]]
        depth[alive[places < 0]] = k
        alive, places = alive[places >= 0], places[places >= 0]
        rows[alive] = products(level.inverses[places], rows[alive])
    return rows, depth


def _level(point: int, generators: Rows, identity: Rows) -> Level:
    orbit, movers = [point], [identity]
    place = np.full(len(identity), -1)
    place[point] = 0
    for k, here in enumerate(orbit):
        for s in generators:
            there = int(s[here])
            if place[there] < 0:
                place[there] = len(orbit)
                orbit.append(there)
                movers.append(s[movers[k]])
    rows = np.array(movers)
    return Level(point, tuple(orbit), rows, inverted(rows), place, generators)
