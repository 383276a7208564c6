"""The real irreps of an abelian group all of whose elements are letters, without listing its elements as permutations.

A set of characters, or of actions, separates the elements if and only if the subgroup that it leaves alone is trivial,
and a subgroup that is not has an element of prime order. So one generator of each subgroup of prime order is enough as
a point. A character moves g whenever it moves a power of g, and moves g if and only if it moves the other generators of
⟨g⟩: one generator of each cyclic subgroup is enough as a letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray
from sympy import divisors, isprime

from ...groups.characters.labels import exponents_label
from ...groups.errors import TooLargeError
from ...groups.group import PermutationGroup
from ...groups.permutations.abelian_structure import AbelianChain, abelian_chain, character_exponents
from ...groups.permutations.permutation import Permutation
from ..automata.group_task import GroupTask
from .real_irrep import RealIrrep, TaskIrreps
from .separating_characters import least_generators

IntArray = NDArray[np.int64]
ORDER_LIMIT = 100_000
CELL_LIMIT = 300_000  # irreps × letters, or points, up to which all irreps are listed


@dataclass(frozen=True)
class AbelianElements:
    """What the ladder of the elements of an abelian group is made from.

    Attributes:
        data: the irreps.
        first: the first three elements in the order of `group.elements`, or as many as there are.
        turning: the first element whose square is not the identity, None where there is none.
    """

    data: TaskIrreps
    first: tuple[Permutation, ...]
    turning: Permutation | None


def elements_of_abelian(group: PermutationGroup) -> AbelianElements:
    """The real irreps of an abelian group, all of whose elements are letters.

    All irreps are listed up to 300 000 values on points or letters, else the trivial one and a least set of those that
    separate.

    Raises:
        TooLargeError: above 10⁵ elements.
    """
    if group.order > ORDER_LIMIT:
        raise TooLargeError(
            f"{group!r} has {group.order} elements; abelian groups with all elements as letters are classified up to "
            f"{ORDER_LIMIT}"
        )
    chain = abelian_chain(group)
    every, lexicographic = chain.exponents(), chain.lexicographic()
    e, rows = _characters(chain)
    basis = _rows_of(rows, least_generators(rows, e))
    orders = _orders(chain, every, e)

    def permutations(numbers: IntArray) -> tuple[Permutation, ...]:
        return tuple(chain.elements(every[numbers], group.degree))

    prime = np.array([isprime(int(n)) for n in range(e + 1)])
    points = _one_of_each(chain, every, orders, lexicographic[prime[orders[lexicographic]]])
    cyclic = round(
        sum(1 / _phi(int(n)) * count for n, count in zip(*np.unique(orders, return_counts=True), strict=True))
    )
    real = int((rows * 2 % e == 0).all(axis=1).sum())
    complete = (len(rows) + real) // 2 * max(cyclic, len(points) + 1) <= CELL_LIMIT
    letters = _one_of_each(chain, every, orders, lexicographic) if complete else np.array([], dtype=np.int64)
    states = np.array([0, *points], dtype=np.int64)
    chosen = range(len(rows)) if complete else sorted({0, *basis})
    irreps = _irreps(chain, e, rows, chosen, every[states], every[letters] if complete else None)
    task = GroupTask(group, permutations(letters), permutations(states), "left", "element", (group.identity,))
    data = TaskIrreps(task, group, irreps, len(states), 0, True, (), tuple(basis), complete)
    turning = permutations(lexicographic[orders[lexicographic] > 2][:1])
    return AbelianElements(data, permutations(lexicographic[:3]), turning[0] if turning else None)


def _characters(chain: AbelianChain) -> tuple[int, IntArray]:
    """The exponent e, and all characters χ(g_i) = exp(2πi·x_i/e) as rows (x_1, x_2, …), sorted."""
    e, found = character_exponents(chain)
    rows = np.array(found, dtype=np.int64).reshape(len(found), -1)
    common = gcd(e, int(np.gcd.reduce(rows, axis=None))) if rows.size else e
    return e // common, rows // common


def _rows_of(rows: IntArray, wanted: list[IntArray]) -> list[int]:
    return [int(np.flatnonzero((rows == one).all(axis=1))[0]) for one in wanted]


def _orders(chain: AbelianChain, exponents: IntArray, e: int) -> IntArray:
    """The order of each element: (elements,)."""
    found = np.zeros(len(exponents), dtype=np.int64)
    for order in divisors(e):
        left = np.flatnonzero(found == 0)
        done = (chain.reduced(exponents[left] * order) == 0).all(axis=1)
        found[left[done]] = order
    return found


def _phi(n: int) -> int:
    return sum(gcd(n, k) == 1 for k in range(1, n + 1))


def _one_of_each(chain: AbelianChain, every: IntArray, orders: IntArray, among: IntArray) -> IntArray:
    """Of the elements with these numbers the first generator of each cyclic subgroup, in their order."""
    seen = np.zeros(len(every), dtype=bool)
    units: dict[int, IntArray] = {}
    kept = []
    for number in among.tolist():
        if seen[number]:
            continue
        kept.append(number)
        order = int(orders[number])
        if order > 2:
            if order not in units:
                units[order] = np.array([k for k in range(1, order) if gcd(k, order) == 1], dtype=np.int64)
            seen[chain.numbers(chain.reduced(units[order][:, None] * every[number]))] = True
    return np.array(kept, dtype=np.int64)


def _irreps(
    chain: AbelianChain, e: int, rows: IntArray, chosen: range | list[int], points: IntArray, letters: IntArray | None
) -> tuple[RealIrrep, ...]:
    """The real irreps of some characters. Without letters, one that every character but the trivial one moves."""
    position = {row.tobytes(): i for i, row in enumerate(rows)}
    found: dict[tuple[int, ...], RealIrrep] = {}
    for i in chosen:
        conjugate = position[(-rows[i] % e).tobytes()]
        real, pair = conjugate == i, tuple(sorted({i, conjugate}))
        if pair in found:
            continue
        row = rows[pair[0]]
        degree = len(pair)
        stuck = sum(1 << q for q in np.flatnonzero(points @ row % e == 0).tolist())
        moved = np.array([row.any()]) if letters is None else letters @ row % e != 0
        label = exponents_label(chain.relative_orders, row.tolist(), e, "sign" if real else "rot")
        ranks = tuple((degree * moved).tolist())
        found[pair] = RealIrrep(label, pair, degree, 1, int(real), degree, stuck, ranks)
    return tuple(sorted(found.values(), key=lambda v: (v.degree, v.rows)))
