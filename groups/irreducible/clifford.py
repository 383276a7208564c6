"""Linear characters of subgroups that induce irreducible characters, along a normal series (Clifford).

Let A be normal in T, λ a linear character of A that T leaves fixed, and A ≤ B normal in T with B/ker λ abelian. Then λ
has |B/A| extensions to B, and T permutes them. By Clifford's theorem induction is a bijection from the irreducible
characters over μ of the stabiliser S of an extension μ to those of T over μ; each character of T over λ comes from one
orbit of extensions. So one goes from (T, A, λ) to (S, B, μ) for one μ of each orbit, until B = T. One begins with
(G, 1, 1), and ends with pairs (H, λ) whose induced characters are irreducible and different.

The larger B the better. Two classes of T fit together if their elements commute modulo ker λ; a maximal set of
classes that fit together is such a B. Where it is A itself, as for the faithful characters of SL(2,3), the road ends.
All λ that are trivial on the same commutators go together, as rows of an array. Sources: I. M. Isaacs, Character
Theory of Finite Groups, 5.5 and 6.11; U. Baum and M. Clausen, Computing irreducible representations of supersolvable
groups, Math. Comp. 63 (1994).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..permutations.listed_group import ListedGroup

IntArray = NDArray[np.int64]
SHORT_FROM = 200  # order from which a table of short numbers is faster


@dataclass(frozen=True, eq=False)
class Products:
    """A group as numbers.

    Attributes:
        table: the position of g h, (n, n).
        inverse: the position of g⁻¹, (n,).
        exponent: e, with g^e = 1 for all g.
        owner: the index of the conjugacy class of each element, (n,).
        representatives: the position of one element of each class, (r,).
        generators: the positions of the generators.
        cosets: what `left_cosets` has found, by subgroup.
    """

    table: NDArray[Any]
    inverse: IntArray
    exponent: int
    owner: IntArray
    representatives: IntArray
    generators: IntArray
    cosets: dict[bytes, tuple[IntArray, IntArray]] = field(default_factory=dict)

    def left_cosets(self, members: IntArray) -> tuple[IntArray, IntArray]:
        """The least element of each coset g H, and for every g the number of its coset among them."""
        if len(members) == len(self.table):
            return np.zeros(1, dtype=np.int64), np.zeros(len(members), dtype=np.int64)
        key = members.tobytes()
        if key not in self.cosets:
            least = self.table[:, members].min(axis=1)  # (n,)
            leaders = np.flatnonzero(least == np.arange(len(least)))
            number = np.empty(len(least), dtype=np.int64)
            number[leaders] = np.arange(len(leaders))
            self.cosets[key] = leaders, number[least]
        return self.cosets[key]


@dataclass(frozen=True, eq=False)
class LinearCharacters:
    """Linear characters of one subgroup H.

    Attributes:
        members: the positions of the elements of H, (|H|,), the identity first.
        exponents: k with λ(h) = ζ_e^k, one row for each λ, (characters, |H|).
        generators: the positions of elements that generate H.
    """

    members: IntArray
    exponents: IntArray
    generators: IntArray


def products_of(group: ListedGroup) -> Products:
    """The group's multiplication table, from the generators outwards."""
    kind = np.int16 if group.order > SHORT_FROM else np.int64
    table = np.empty((group.order, group.order), dtype=kind)
    table[0] = np.arange(group.order)
    moves = [group.left_action(g) for g in group.generators]
    reached = np.zeros(group.order, dtype=bool)
    reached[0] = True
    frontier = np.zeros(1, dtype=np.int64)
    while len(frontier):
        found = []
        for move in moves:
            there = move[frontier]
            new = ~reached[there]
            reached[there[new]] = True
            table[there[new]] = np.take(move.astype(kind), table[frontier[new]], mode="clip")  # (s g) h = s (g h)
            found.append(there[new])
        frontier = np.concatenate(found)
    _, representatives = np.unique(group.class_indices, return_index=True)  # the least element of each class
    # by rows of images, as a dictionary of all elements would cost more than the rest
    generators = group.index_rows(np.array(group.generators, dtype=np.uint32))
    inverses = table.argmin(axis=1)
    return Products(table, inverses, group.exponent, group.class_indices, representatives, generators)


def inducing_characters(products: Products) -> tuple[list[LinearCharacters], bool]:
    """Linear characters that induce different irreducible characters of G, and whether these are all there are."""
    walk = _Walk(products)
    zero = np.zeros(1, dtype=np.int64)
    walk.climb(np.arange(len(products.table)), LinearCharacters(zero, zero[:, None], zero[:0]))
    return walk.found, walk.complete


class _Walk:
    """What has been found so far."""

    def __init__(self, products: Products) -> None:
        self.products = products
        self.found: list[LinearCharacters] = []
        self.complete = True

    def climb(self, whole: IntArray, given: LinearCharacters) -> None:
        """From (T, A, λ) for several λ, given as rows of exponents."""
        products, order = self.products, len(self.products.table)
        if len(whole) == len(given.members):
            self.found.append(given)
            return
        first, owner = self.classes(whole)
        one = whole[first][:, None]
        commutators = products.table[products.table[one, whole], products.inverse[products.table[whole, one]]]
        values = np.full((len(given.exponents), order), 1, dtype=np.int64)  # not 0 outside of A
        values[:, given.members] = given.exponents
        occurring = np.flatnonzero(np.bincount(commutators.ravel(), minlength=order))
        killed = values[:, occurring] == 0  # (characters, commutators)
        for pattern, rows in _grouped(killed).items():
            kernel = np.zeros(order, dtype=bool)
            kernel[occurring] = np.frombuffer(pattern, dtype=bool)
            commuting = kernel[commutators]  # (classes of T, T)
            some = LinearCharacters(given.members, given.exponents[rows], given.generators)
            if commuting.all():
                self.found.append(self.extended(some, whole)[0])
                continue
            larger = self.commuting_classes(whole, owner, commuting)
            if len(larger) == len(given.members):
                self.complete = False
            else:
                self.split(whole, *self.extended(some, larger))

    def split(self, whole: IntArray, given: LinearCharacters, adjoined: IntArray) -> None:
        """One character of B for each orbit of T, sorted by stabilisers."""
        products = self.products
        leaders, number = products.left_cosets(given.members)
        inside = np.zeros(len(products.table), dtype=bool)
        inside[whole] = True
        own = inside[leaders]
        movers = leaders[own]  # T modulo B, which leaves its characters fixed
        moved = products.table[products.inverse[movers][:, None], products.table[adjoined, movers[:, None]]]  # t⁻¹ b t
        position = np.empty(len(products.table), dtype=np.int64)
        position[given.members] = np.arange(len(given.members))
        keys = self.keys(given.exponents[:, position[moved]])  # (characters, T/B): characters of B are known by them
        least = np.flatnonzero(keys.min(axis=1) == keys[:, 0])  # the first mover is the identity
        fixed = keys[least] == keys[least, :1]  # (orbits, T/B)
        coset = np.cumsum(own) - 1
        for pattern, rows in _grouped(fixed).items():
            chosen = LinearCharacters(given.members, given.exponents[least[rows]], given.generators)
            kept = np.frombuffer(pattern, dtype=bool)[coset[number[whole]]]
            self.climb(whole[kept], chosen)

    def keys(self, exponents: IntArray) -> IntArray:
        """Numbers that are equal where rows of exponents are: the last axis goes."""
        count = exponents.shape[-1]
        if self.products.exponent**count < 2**62:
            found: IntArray = exponents @ self.products.exponent ** np.arange(count, dtype=np.int64)
            return found
        _, found = np.unique(exponents.reshape(-1, count), axis=0, return_inverse=True)
        return found.reshape(exponents.shape[:-1])

    def classes(self, whole: IntArray) -> tuple[IntArray, IntArray]:
        """The conjugacy classes of T: where one element of each stands in `whole`, and the class of every element."""
        products = self.products
        if len(whole) == len(products.table):
            return products.representatives, products.owner
        conjugates = products.table[products.table[whole[:, None], whole], products.inverse[whole][:, None]]
        least = conjugates.min(axis=0)
        first = np.flatnonzero(least == whole)
        return first, np.searchsorted(whole[first], least)

    def commuting_classes(self, whole: IntArray, owner: IntArray, commuting: NDArray[np.bool_]) -> IntArray:
        """The elements of a maximal set of classes of T whose elements commute modulo ker λ, large ones first."""
        sizes = np.bincount(owner)
        member = np.zeros((len(whole), len(sizes)), dtype=np.float32)
        member[np.arange(len(whole)), owner] = 1
        fits = commuting @ member == sizes  # (classes, classes)
        open_ = fits.diagonal().copy()
        chosen = np.zeros(len(sizes), dtype=bool)
        weight = fits[:, open_] @ sizes[open_]
        while open_.any():
            best = int(np.argmax(np.where(open_, weight, -1)))
            chosen[best] = True
            open_ &= fits[best]
            open_[best] = False
        return whole[chosen[owner]]

    def extended(self, given: LinearCharacters, larger: IntArray) -> tuple[LinearCharacters, IntArray]:
        """All extensions from A to B, with the elements that were adjoined to A one after the other."""
        products, e = self.products, self.products.exponent
        normal, exponents = given.members, given.exponents
        position = np.full(len(products.table), -1, dtype=np.int64)
        position[normal] = np.arange(len(normal))
        adjoined = []
        for element in larger.tolist():
            if position[element] >= 0:
                continue
            adjoined.append(element)
            powers, power = [0], element
            while position[power] < 0:
                powers.append(power)
                power = int(products.table[power, element])
            m, count = len(powers), len(exponents)
            # μ(t)^m = λ(t^m) has m solutions
            roots = exponents[:, position[power]][:, None] // m + np.arange(m) * (e // m)  # (characters, m)
            steps = np.arange(m)[:, None] * roots[..., None, None]  # (characters, m, m, 1): exponents of μ(t^k)
            exponents = (steps + exponents[:, None, None, :]).reshape(count * m, -1) % e
            normal = products.table[powers][:, normal].ravel()
            position[normal] = np.arange(len(normal))
        generators = np.array(adjoined, dtype=np.int64)
        return LinearCharacters(normal, exponents, np.concatenate([given.generators, generators])), generators


def _grouped(rows: NDArray[np.bool_]) -> dict[bytes, list[int]]:
    """Positions of equal rows."""
    found: dict[bytes, list[int]] = {}
    for i, row in enumerate(rows):
        found.setdefault(row.tobytes(), []).append(i)
    return found
