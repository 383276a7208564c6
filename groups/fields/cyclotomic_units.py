"""Cyclotomic numbers whose relative norms are roots of unity, by linear algebra over Z.

Let Γ be a group of automorphisms of a field K in Q(ζ_n), a direct product of cyclic groups ⟨γ_i⟩. Wanted are numbers
α_i of K with

    N_i(α_i) = Π_l γ_i^l(α_i),  α_i γ_i(α_j) / (α_j γ_j(α_i))  all roots of unity.

They are looked for among the products of the norms g of 1 − ζ_d^a, d | n, to a small field K_0 on which Γ acts
faithfully: the compositum of the subfields of K of p-power degree and of those of roots of unity of p-power order, p
through the primes that divide |Γ|. As [K : K_0] is prime to |Γ|, the norm from K to K_0 takes a solution in K to a
power of one in K_0 from which the wanted one comes back, so that nothing is lost.

A product of numbers 1 − ζ^a is a root of unity exactly if all its conjugates have the absolute value 1: with the
product formula all its valuations are 0 as well, since those of 1 − ζ_d^a at the places over one prime are equal
(Kronecker's theorem does the rest). So the logarithms of absolute values give linear equations for the exponents;
their integer solutions are found by lattice reduction, with floats, so that solutions are candidates to be checked.
Arguments of 1 − ζ^a are rational multiples of π, and so the roots of unity are exact.
Source: L. C. Washington, Introduction to Cyclotomic Fields, chapter 8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from itertools import combinations
from math import ceil, gcd, prod

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from ..arithmetic.cyclotomic_field import field_degree, prime_divisors
from .number_field import generated, units

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
DIMENSION = 240  # unknown exponents: reduction of larger lattices takes seconds
SCALE = 2.0**45  # of equations; entries are rounded, and a solution is off by its sum of exponents
SIZE_SCALE = 2.0**6  # of the logarithms of solutions, which are to be small numbers
LARGEST_EXPONENT = 200  # solutions of the rounded equations alone have far larger ones
TOLERANCE = 1e-8
ANSWERS = 40


@dataclass(frozen=True)
class CyclotomicProduct:
    """Π_a (1 − ζ_n^a)^{e_a} / (excess · divisor).

    Attributes:
        order: n.
        factors: pairs (a, e_a) with e_a > 0.
        divisor: a positive integer.
        excess: an odd number by which the product can be divided in Z[ζ_n].
    """

    order: int
    factors: tuple[tuple[int, int], ...]
    divisor: int
    excess: int

    def numerator(self, table: IntArray) -> IntArray:
        """The coordinates of divisor times the number modulo 2^64, (φ(n),): they are right where they are small.

        The rows of `table` are the powers of ζ_n in a basis.
        """
        found = np.zeros(self.order, dtype=np.int64)
        found[0] = 1
        places = np.arange(self.order)
        for a, exponent in self.factors:
            shifted = places - a  # negative places count from the end
            for _ in range(exponent):
                found = found - found[shifted]
        inverse = np.uint64(
            pow(self.excess, -1, 2**64)
        )  # unsigned numbers are multiplied modulo 2^64 without a warning
        reduced = ((found @ table).view(np.uint64) * inverse).view(np.int64)
        return np.asarray(reduced, dtype=np.int64)


def products_with_root_norms(
    order: int, fixing: frozenset[int], powers: Sequence[Sequence[int]], root: int
) -> Iterator[list[CyclotomicProduct]]:
    """Products α_i for the generators γ_i of Γ, for different roots of unity as norms and quotients.

    Roots of unity that numbers ζ_M^x in place of α_i have are not distinguished, and those are left out where such
    numbers are enough. What is small comes first. The numbers are candidates: floats have been used.

    Args:
        order: n, not 2 modulo 4.
        fixing: the units modulo n that fix K.
        powers: for each i the units modulo n that belong to 1, γ_i, γ_i², ….
        root: M, such that ζ_M lies in K; norms and quotients are to be powers of it.
    """
    subfield = _subfield(order, fixing, prod(len(row) for row in powers), root)
    numbers = _numbers(order, subfield)
    count = len(powers) * len(numbers)
    if not numbers or count > DIMENSION:
        return
    places = _Places(order, numbers, _embeddings(order, subfield))
    equations, angles = _conditions(places, powers)
    logarithms = places.logarithms(1)
    blocks = np.zeros((len(powers), len(numbers), len(powers), logarithms.shape[1]))
    for i in range(len(powers)):
        blocks[i, :, i] = logarithms
    sizes = blocks.reshape(count, -1)
    unit = 4 * order // root
    odd = [[k if k % 2 else k + order for k in row] for row in powers]  # what they are modulo M, for odd n too
    classes = _Classes(_root_changes(odd, unit), 4 * order)
    done = {classes.reduced([0] * angles.shape[1])}
    for solve in (_few_numbers, _solutions):  # the first finds some solutions in less time
        solutions = solve(equations, sizes)
        turns = solutions @ angles  # of N_i and of quotients, in units of a 4n-th of a turn
        costs = np.abs(solutions @ sizes).sum(axis=1)
        for state, exponents in _representatives(solutions, turns, costs, classes, unit):
            if state not in done:
                done.add(state)
                yield [_product(order, numbers, part) for part in np.split(exponents, len(powers))]


def _subfield(order: int, fixing: frozenset[int], size: int, root: int) -> frozenset[int]:
    """The units that fix K_0."""
    found = set(units(order))
    for p in prime_divisors(size):
        part = 1
        while field_degree(order) % (part * p) == 0:
            part *= p
        inner = 1  # the p-part of M
        while root % (inner * p) == 0:
            inner *= p
        inner = gcd(inner, order)
        found &= generated(order, fixing | {pow(k, part, order) for k in units(order)})
        found = {k for k in found if k % inner == 1 % inner}
    return frozenset(found)


def _numbers(order: int, subfield: frozenset[int]) -> list[tuple[int, IntArray]]:
    """The norms of 1 − ζ_d^a from Q(ζ_d) to its part in K_0, as d and exponents of ζ_n; of conjugates by −1 one.

    Left out are those d for which they are products of those of another: d = 2m for odd m, as 1 + x = (1 − x²)/(1 − x),
    where 4 | n, and d for which d p is tried, p a prime that divides d, and K_0 has the norm from Q(ζ_dp) to Q(ζ_d).
    """
    found = []
    parts = {d: frozenset(k % d for k in subfield) for d in range(2, order + 1) if order % d == 0}
    for d, inner in parts.items():
        larger = (d * p for p in prime_divisors(d) if d * p in parts)
        if d % 4 == 2 or any(len(parts[e]) == len(inner) for e in larger):
            continue
        seen = set[int]()
        for a in units(d):
            if a not in seen:
                exponents = {a * k % d for k in inner}
                seen |= exponents | {d - x for x in exponents}
                found.append((d, np.array(sorted(exponents), dtype=np.int64) * (order // d)))
    return found


def _embeddings(order: int, subfield: frozenset[int]) -> list[int]:
    """One unit for each infinite place of K_0."""
    found, seen = [], set[int]()
    for k in units(order):
        if k not in seen:
            found.append(k)
            seen |= {k * s % order for s in subfield} | {-k * s % order for s in subfield}
    return found


class _Places:
    """Absolute values and arguments of the numbers and of their conjugates."""

    def __init__(self, order: int, numbers: list[tuple[int, IntArray]], embeddings: list[int]) -> None:
        self.order = order
        self.count = len(numbers)
        self.exponents = np.concatenate([exponents for _, exponents in numbers])  # of one number after the other
        self.lengths = np.array([len(exponents) for _, exponents in numbers])
        self.begins = np.cumsum(self.lengths) - self.lengths
        self.embeddings = np.array(embeddings, dtype=np.int64)[:, None]
        self.values = np.zeros(order)
        self.values[1:] = np.log(2 * np.sin(np.pi * np.arange(1, order) / order))
        self._known: dict[int, FloatArray] = {}

    def logarithms(self, k: int) -> FloatArray:
        """The logarithms of |σ_k(g)| at the places, (numbers, places)."""
        if k not in self._known:
            each = self.values[self.embeddings * (self.exponents * k % self.order) % self.order]
            self._known[k] = np.add.reduceat(each, self.begins, axis=1).T
        return self._known[k]

    def turns(self, k: int) -> IntArray:
        """The argument of σ_k(g) in units of 2π/(4n): that of 1 − e^{iθ} is (θ − π)/2 for 0 < θ < 2π."""
        sums = np.add.reduceat(self.exponents * k % self.order, self.begins)
        return np.asarray(2 * sums - self.order * self.lengths, dtype=np.int64)


def _conditions(places: _Places, powers: Sequence[Sequence[int]]) -> tuple[FloatArray, IntArray]:
    """For the exponents of all α_i the logarithms of norms and quotients, and their arguments: rows by unknowns."""
    count = places.count
    norms = [np.sum([places.logarithms(k) for k in row], axis=0) for row in powers]
    width = norms[0].shape[1]
    turned = [np.sum([places.turns(k) for k in row], axis=0) for row in powers]
    columns, angles = [], []
    for i in range(len(powers)):
        column, angle = np.zeros((len(powers), count, width)), np.zeros((len(powers), count), dtype=np.int64)
        column[i], angle[i] = norms[i], turned[i]
        columns.append(column)
        angles.append(angle)
    for i, j in combinations(range(len(powers)), 2):  # α_i γ_j(α_i)⁻¹ γ_i(α_j) α_j⁻¹
        column, angle = np.zeros((len(powers), count, width)), np.zeros((len(powers), count), dtype=np.int64)
        column[i] = places.logarithms(1) - places.logarithms(powers[j][1])
        column[j] = places.logarithms(powers[i][1]) - places.logarithms(1)
        angle[i] = places.turns(1) - places.turns(powers[j][1])
        angle[j] = places.turns(powers[i][1]) - places.turns(1)
        columns.append(column)
        angles.append(angle)
    rows = len(powers) * count
    return (
        np.concatenate([column.reshape(rows, width) for column in columns], axis=1),
        np.stack([angle.reshape(rows) for angle in angles], axis=1),
    )


def _few_numbers(equations: FloatArray, sizes: FloatArray) -> IntArray:
    """Solutions with one exponent 1 and at most one other, 1 or −1."""
    count = len(equations)
    columns = np.eye(count, dtype=np.int64)
    rows = equations[:, :1]  # what is zero at the first place is looked at again
    found = [columns[i] for i in np.flatnonzero(np.abs(rows[:, 0]) < TOLERANCE).tolist()]
    for sign in (1, -1):
        near = np.abs(rows + sign * rows[:, 0]) < TOLERANCE
        found += [columns[i] + sign * columns[j] for i, j in zip(*np.nonzero(np.triu(near, 1)), strict=True)]
    return _proper(np.array(found, dtype=np.int64).reshape(-1, count), equations, sizes)


def _solutions(equations: FloatArray, sizes: FloatArray) -> IntArray:
    """A reduced basis of exponents that solve the equations, without those of roots of unity: (rank, unknowns)."""
    count = len(equations)
    columns = {column.tobytes(): i for i, column in enumerate(np.rint(equations.T * 2**20))}
    different = list(columns.values())  # places of K_0 over one place have the same equation
    parts = [np.eye(count), np.rint(SIZE_SCALE * sizes), np.rint(SCALE * equations[:, different])]
    whole = np.concatenate(parts, axis=1).astype(np.int64)
    reduced = fmpz_mat(*whole.shape, whole.ravel().tolist()).lll()
    first = [row[:count] for row in reduced.tolist()]
    short = [row for row in first if max(abs(x) for x in row) <= LARGEST_EXPONENT]
    found = np.array([[int(x) for x in row] for row in short], dtype=np.int64).reshape(-1, count)
    return _proper(found, equations, sizes)


def _proper(found: IntArray, equations: FloatArray, sizes: FloatArray) -> IntArray:
    """Those rows that solve the equations and do not belong to roots of unity."""
    solved = np.abs(found @ equations).max(axis=1, initial=0) < TOLERANCE
    proper = np.abs(found @ sizes).max(axis=1, initial=0) > TOLERANCE
    return found[solved & proper]


def _root_changes(powers: Sequence[Sequence[int]], unit: int) -> list[list[int]]:
    """What ζ_M α_i in place of α_i changes: the turns of norms, then of quotients."""
    found = []
    pairs = list(combinations(range(len(powers)), 2))
    for i, row in enumerate(powers):
        norms = [sum(row) if i == j else 0 for j in range(len(powers))]
        quotients = [1 - powers[k][1] if i == j else powers[j][1] - 1 if i == k else 0 for j, k in pairs]
        found.append([unit * x for x in (*norms, *quotients)])
    return found


class _Classes:
    """Vectors of integers modulo the lattice that some rows and m times all vectors span."""

    def __init__(self, rows: list[list[int]], m: int) -> None:
        width = len(rows[0])
        whole = rows + [[m if i == j else 0 for j in range(width)] for i in range(width)]
        self._triangle = [[int(x) for x in row] for row in fmpz_mat(whole).hnf().tolist()[:width]]

    def reduced(self, vector: Sequence[int]) -> tuple[int, ...]:
        """The vector of its class that stands for it."""
        found = list(vector)
        for i, row in enumerate(self._triangle):
            times = found[i] // row[i]
            found = [x - times * y for x, y in zip(found, row, strict=True)]
        return tuple(found)


def _representatives(
    solutions: IntArray, turns: IntArray, costs: FloatArray, classes: _Classes, unit: int
) -> Iterator[tuple[tuple[int, ...], IntArray]]:
    """One solution for each class of turns, with the class, those of small numbers first."""
    zero = classes.reduced([0] * turns.shape[1])
    images = [tuple(row) for row in turns.tolist()]
    heap = [(0.0, zero, np.zeros(solutions.shape[1], dtype=np.int64).tobytes())]
    done = set[tuple[int, ...]]()
    answers = 0
    while heap and answers < ANSWERS:
        cost, state, name = heappop(heap)
        if state in done:
            continue
        done.add(state)
        exponents = np.frombuffer(name, dtype=np.int64)
        if not any(x % unit for x in state):
            answers += 1
            yield state, exponents
        for row, image, more in zip(solutions, images, costs.tolist(), strict=True):
            for sign in (1, -1):
                after = classes.reduced([x + sign * y for x, y in zip(state, image, strict=True)])
                if after not in done:
                    heappush(heap, (cost + more, after, (exponents + sign * row).tobytes()))


def _product(order: int, numbers: list[tuple[int, IntArray]], exponents: IntArray) -> CyclotomicProduct:
    """Π g^x; where x is negative, with a power of Π_a (1 − ζ_d^a), which is p for a power d of p, and else 1."""
    total, valuation = Counter[int](), Counter[int]()  # the latter times φ(d)
    lowest = dict.fromkeys((d for d, _ in numbers), 0)
    for (d, g), x in zip(numbers, exponents.tolist(), strict=True):
        if x:
            lowest[d] = min(lowest[d], x)
            valuation[d] += x * len(g)
            for a in g.tolist():
                total[a] += x
    added = Counter[int]()  # powers of p in the denominator
    for d, x in lowest.items():
        for a in units(d) if x else ():
            total[a * (order // d)] -= x
        if x and len(prime_divisors(d)) == 1:
            added[prime_divisors(d)[0]] -= x
    divisor = excess = 1
    for p, power in added.items():
        parts = (Fraction(v, field_degree(d)) for d, v in valuation.items() if prime_divisors(d) == (p,))
        needed = min(power, max(0, ceil(-sum(parts, start=Fraction(0))))) if p > 2 else power
        divisor, excess = divisor * p**needed, excess * p ** (power - needed)
    return CyclotomicProduct(order, tuple((a, e) for a, e in sorted(total.items()) if e), divisor, excess)
