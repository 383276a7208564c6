"""Permutations of {0, …, n−1} in image form.

Convention, used everywhere in bistate: permutations compose as functions,

    (p * q)(i) = p(q(i)),

so the right factor acts first. SymPy composes the other way round; `to_sympy` and `from_sympy`
convert single permutations (which mean the same map in both), never products.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import lcm
from typing import Any, Self, SupportsIndex

from ..errors import GroupError


class Permutation(tuple[int, ...]):
    """A permutation p of {0, …, n−1}, stored as its images (p(0), …, p(n−1)).

    It is an immutable, hashable tuple of ints, ordered lexicographically, and `repr` parses back.

    Raises:
        GroupError: if the images are not a rearrangement of 0, …, n−1.

    Example:
        >>> p, q = Permutation([1, 2, 0]), Permutation([1, 0, 2])
        >>> p * q, (p * q)(0) == p(q(0))
        (Permutation([2, 1, 0]), True)
        >>> p.inverse(), p.order, p.sign, str(p)
        (Permutation([2, 0, 1]), 3, 1, '(0 1 2)')
    """

    __slots__ = ()

    def __new__(cls, images: Iterable[SupportsIndex]) -> Self:
        """The permutation i ↦ images[i], checked."""
        values = _as_ints(images)
        if sorted(values) != list(range(len(values))):
            from_one = sorted(values) == list(range(1, len(values) + 1))
            hint = f"; counted from 1, as here, it is {[v - 1 for v in values]}" if from_one else ""
            raise GroupError(
                f"{list(values)} is not a permutation: the images must be 0, …, {len(values) - 1} in some order{hint}"
            )
        return tuple.__new__(cls, values)

    @classmethod
    def identity(cls, degree: int) -> Self:
        """The permutation i ↦ i of `degree` points."""
        return cls._trusted(range(degree))

    @classmethod
    def from_cycles(cls, cycles: Iterable[Sequence[int]], degree: int | None = None) -> Self:
        """The product of disjoint cycles: `(a, b, c)` maps a ↦ b ↦ c ↦ a.

        Args:
            cycles: disjoint cycles of points counted from 0.
            degree: number of points; by default one more than the largest point moved.

        Raises:
            GroupError: if a point is repeated or does not fit the degree.

        Example:
            >>> Permutation.from_cycles([(0, 2), (1, 3)])
            Permutation([2, 3, 0, 1])
        """
        cycles = [tuple(cycle) for cycle in cycles]
        points = [point for cycle in cycles for point in cycle]
        degree = max(points, default=-1) + 1 if degree is None else degree
        if len(set(points)) != len(points) or any(not 0 <= point < degree for point in points):
            raise GroupError(f"{cycles} are not disjoint cycles of the points 0, …, {degree - 1}")
        images = list(range(degree))
        for cycle in cycles:
            for here, there in zip(cycle, (*cycle[1:], *cycle[:1]), strict=True):
                images[here] = there
        return cls._trusted(images)

    @classmethod
    def _trusted(cls, images: Iterable[int]) -> Self:
        """Images that are known to be a permutation: the check is skipped, for speed."""
        return tuple.__new__(cls, images)

    @property
    def degree(self) -> int:
        """The number of points permuted, moved or not."""
        return len(self)

    def __call__(self, point: int) -> int:
        """The image p(point)."""
        if not 0 <= point < len(self):
            raise GroupError(f"point {point!r} is not one of 0, …, {len(self) - 1}")
        return self[point]

    def __mul__(self, other: object) -> Permutation:
        if not isinstance(other, Permutation):
            return NotImplemented
        if len(self) != len(other):
            raise GroupError(f"{self!r} and {other!r} permute different numbers of points")
        return Permutation._trusted([self[i] for i in other])

    def __rmul__(self, other: object) -> Any:
        return NotImplemented  # a tuple would repeat itself: 2 * p means nothing here

    def __add__(self, other: object) -> Any:
        return NotImplemented  # a tuple would concatenate: p + q means nothing here

    def __pow__(self, exponent: int) -> Permutation:
        images = [0] * len(self)
        for cycle in self._all_cycles():
            for position, point in enumerate(cycle):
                images[point] = cycle[(position + exponent) % len(cycle)]
        return Permutation._trusted(images)

    def inverse(self) -> Permutation:
        """The permutation p⁻¹ with p * p⁻¹ = identity."""
        images = [0] * len(self)
        for point, image in enumerate(self):
            images[image] = point
        return Permutation._trusted(images)

    @property
    def is_identity(self) -> bool:
        """Whether every point is fixed."""
        return all(point == image for point, image in enumerate(self))

    def _all_cycles(self) -> Iterator[tuple[int, ...]]:
        """All cycles, fixed points included, each begun at its least point."""
        seen = [False] * len(self)
        for start in range(len(self)):
            cycle, point = [], start
            while not seen[point]:
                seen[point] = True
                cycle.append(point)
                point = self[point]
            if cycle:
                yield tuple(cycle)

    def _cycle_lengths(self) -> Iterator[int]:
        """The lengths of all cycles in the same order, without the cycles: conjugacy classes ask for many orders."""
        images = list(self)
        for start, image in enumerate(images):
            if image < 0:  # in a cycle before
                continue
            length, point = 0, start
            while (after := images[point]) >= 0:
                images[point] = -1
                length, point = length + 1, after
            yield length

    @property
    def cycles(self) -> tuple[tuple[int, ...], ...]:
        """The cycles of length at least two, each begun at its least point, in increasing order."""
        return tuple(cycle for cycle in self._all_cycles() if len(cycle) > 1)

    @property
    def cycle_type(self) -> tuple[int, ...]:
        """All cycle lengths, fixed points included, in decreasing order: a partition of the degree."""
        return tuple(sorted(self._cycle_lengths(), reverse=True))

    @property
    def order(self) -> int:
        """The least k ≥ 1 with pᵏ = identity: the least common multiple of the cycle lengths."""
        return lcm(*set(self._cycle_lengths()))

    @property
    def sign(self) -> int:
        """+1 for an even permutation, −1 for an odd one."""
        return -1 if sum(length - 1 for length in self._cycle_lengths()) % 2 else 1

    def to_sympy(self) -> Any:
        """The same map as a `sympy.combinatorics.Permutation` (whose products apply the left factor first)."""
        from sympy.combinatorics import Permutation as SympyPermutation

        return SympyPermutation(list(self))

    @classmethod
    def from_sympy(cls, permutation: Any) -> Self:
        """The same map as a `Permutation`."""
        return cls(permutation.array_form)

    def __repr__(self) -> str:
        return f"Permutation({list(self)})"

    def __str__(self) -> str:
        return "".join("(" + " ".join(map(str, cycle)) + ")" for cycle in self.cycles) or "()"


def _as_ints(images: Iterable[SupportsIndex]) -> tuple[int, ...]:
    """The images as plain ints; floats and strings are refused, numpy integers accepted."""
    try:
        listed = list(images)
        return tuple(image.__index__() for image in listed)
    except (TypeError, AttributeError):
        raise GroupError(f"{images!r} is not a permutation: give the list of images of 0, 1, …") from None
