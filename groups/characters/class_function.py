"""Class functions: complex-valued functions that are constant on conjugacy classes, such as characters.

Sources: Isaacs, Character Theory of Finite Groups, chapters 2 to 5; Fulton & Harris, Representation Theory, chapter 2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from flint import fmpq

from ..arithmetic.cyclotomic import Cyclotomic, E, to_cyclotomic, weighted_sum
from ..arithmetic.reduction import reduced
from ..errors import RepresentationError, TooLargeError
from ..permutations.listed_group import ListedGroup
from .dixon import CLASS_LIMIT, eigenvalue_counts, prime_and_root
from .labels import sum_text


class Irreducibles(Protocol):
    """What class functions ask of a character table, which is made of them."""

    @property
    def characters(self) -> tuple[ClassFunction, ...]:
        """The irreducible characters."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Their names."""
        ...


class TabledGroup(ListedGroup, ABC):
    """A group that knows its irreducible characters: `bistate.groups.ListedGroup` is one."""

    @abstractmethod
    def character_table(self) -> Irreducibles:
        """The table of irreducible complex characters, exact."""

    @abstractmethod
    def plain(self, generators: Iterable[Sequence[int]], degree: int | None = None, name: str = "") -> Any:
        """Another group of this kind, given by generators: a subgroup or a quotient of this one."""


G = TypeVar("G", bound=TabledGroup)  # the kind of group


@dataclass(frozen=True, repr=False)
class ClassFunction(Generic[G]):
    """A class function χ, given by its value on each class of `group.conjugacy_classes()`, in that order.

    `+`, `−` and `*` are pointwise, so `*` gives the character of a tensor product; a number scales. Printed, a
    character is a sum of the irreps of the group by the labels of its table.

    Args:
        group: the group.
        values: one exact number per class.

    Raises:
        RepresentationError: for another number of values than classes.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> chi = SymmetricGroup(3).irreps()[2].character()
        >>> chi.values, chi.norm()
        ((2, 0, -1), 1)
        >>> print(chi**2, "and", chi.symmetric_power(2), "and", chi.exterior_power(2))
        [3] + [1,1,1] + [2,1] and [3] + [2,1] and [1,1,1]
    """

    group: G
    values: tuple[Cyclotomic, ...]

    def __post_init__(self) -> None:
        count = len(self.group.conjugacy_classes())
        if len(self.values) != count:
            raise RepresentationError(
                f"{len(self.values)} values {self.values!r} for {self.group._short}, which has {count} conjugacy "
                "classes: give one value per class"
            )
        if set(map(type, self.values)) != {Cyclotomic}:
            object.__setattr__(self, "values", tuple(to_cyclotomic(value) for value in self.values))

    def __call__(self, element: Sequence[int]) -> Cyclotomic:
        """The value χ(g).

        Raises:
            GroupError: if g is not in the group.
        """
        return self.values[self.group.class_of(element)]

    @property
    def degree(self) -> Cyclotomic:
        """χ(1)."""
        return self.values[0]

    @property
    def field_conductor(self) -> int:
        """The least e with all values in Q(ζ_e)."""
        return lcm(*(value.conductor for value in self.values))

    # --- arithmetic, pointwise ---

    def _same_group(self, other: ClassFunction) -> None:
        if self.group is not other.group and self.group != other.group:
            raise RepresentationError(
                f"class functions of different groups {self.group._short} and {other.group._short}: restrict, induce "
                "or inflate one of them first"
            )

    def __add__(self, other: object) -> ClassFunction:
        if not isinstance(other, ClassFunction):
            return NotImplemented
        self._same_group(other)
        return ClassFunction(self.group, tuple(a + b for a, b in zip(self.values, other.values, strict=True)))

    def __sub__(self, other: object) -> ClassFunction:
        return self + -other if isinstance(other, ClassFunction) else NotImplemented

    def __neg__(self) -> ClassFunction:
        return ClassFunction(self.group, tuple(-a for a in self.values))

    def __mul__(self, other: object) -> ClassFunction:
        if isinstance(other, ClassFunction):
            self._same_group(other)
            return ClassFunction(self.group, tuple(a * b for a, b in zip(self.values, other.values, strict=True)))
        scalar = to_cyclotomic(other)
        return ClassFunction(self.group, tuple(a * scalar for a in self.values))

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> ClassFunction:
        _require_count(exponent, "the exponent of a class function")
        return ClassFunction(self.group, tuple(a**exponent for a in self.values))

    def conjugate(self) -> ClassFunction:
        """The function g ↦ χ(g)*, the character of the dual representation."""
        return ClassFunction(self.group, tuple(a.conjugate() for a in self.values))

    def galois(self, k: int) -> ClassFunction:
        """The function σ_k ∘ χ, with σ_k: ζ_e ↦ ζ_e^k on the field of values Q(ζ_e); for characters, g ↦ χ(g^k).

        Raises:
            RepresentationError: if k is not prime to e.
        """
        conductor = self.field_conductor
        if gcd(k, conductor) != 1:
            raise RepresentationError(f"ζ ↦ ζ^{k} is no automorphism of Q(ζ_{conductor}): give k prime to {conductor}")
        return ClassFunction(self.group, tuple(a.galois(k % a.conductor) for a in self.values))

    # --- inner products ---

    def inner(self, other: ClassFunction) -> Cyclotomic:
        """⟨χ, ψ⟩ = (1/|G|) Σ_g χ(g) ψ(g)*, the conjugate on the second argument.

        Raises:
            RepresentationError: if the groups differ.
        """
        self._same_group(other)
        sizes = [cls.size for cls in self.group.conjugacy_classes()]
        if all(a.is_rational for a in (*self.values, *other.values)):  # as for symmetric groups: no polynomials needed
            terms = zip(sizes, self.values, other.values, strict=True)
            total = sum((a._coefficients[0] * b._coefficients[0] * size for size, a, b in terms), start=fmpq(0))
            return Cyclotomic([total / self.group.order])
        return weighted_sum(sizes, self.values, other._conjugates) * Fraction(1, self.group.order)

    @cached_property
    def _conjugates(self) -> tuple[Cyclotomic, ...]:
        return tuple(value.conjugate() for value in self.values)

    def norm(self) -> Cyclotomic:
        """⟨χ, χ⟩: 1 exactly for an irreducible complex character."""
        return self.inner(self)

    def multiplicities(self) -> tuple[Cyclotomic, ...]:
        """⟨χ, χ_i⟩ for every row χ_i of the group's table, so that χ = Σ_i ⟨χ, χ_i⟩ χ_i."""
        return tuple(self.inner(irreducible) for irreducible in self.group.character_table().characters)

    @property
    def is_character(self) -> bool:
        """Whether χ is the character of a representation: its multiplicities are counts, not all 0."""
        return any(self.values) and all(
            m.is_rational and m >= 0 and m.to_fraction().denominator == 1 for m in self.multiplicities()
        )

    def decompose(self) -> dict[str, int]:
        """The irreducible characters in χ by the labels of the group's table, with their multiplicities; no zeros.

        Raises:
            RepresentationError: if some multiplicity is no integer: χ is no difference of characters.
        """
        table, found = self.group.character_table(), {}
        for label, m in zip(table.labels, self.multiplicities(), strict=True):
            if not m.is_rational or m.to_fraction().denominator != 1:
                raise RepresentationError(
                    f"{self!r} is no difference of characters: it holds {label} with multiplicity {m}, which would "
                    "have to be an integer; multiplicities() gives them all"
                )
            if m:
                found[label] = int(m.to_fraction())
        return found

    def indicator(self) -> int:
        """The Frobenius–Schur indicator (1/|G|) Σ_g χ(g²) of a character, as an exact integer.

        For an irreducible complex character it is +1 (real), 0 (complex) or −1 (quaternionic).

        Raises:
            RepresentationError: if the sum is not an integer, so that χ is no character.
        """
        sizes = [cls.size for cls in self.group.conjugacy_classes()]
        total = weighted_sum(sizes, self.adams(2).values, [Cyclotomic([1])] * len(sizes))
        value = (total * Fraction(1, self.group.order)).to_fraction() if total.is_rational else None
        if value is None or value.denominator != 1:
            raise RepresentationError(f"Σ χ(g²) = {total!r} is not a multiple of the group order: no character")
        return int(value)

    # --- powers ---

    def adams(self, k: int) -> ClassFunction:
        """The Adams operation ψ^k χ: g ↦ χ(g^k)."""
        return ClassFunction(self.group, tuple(self.values[j] for j in self.group.power_map(k)))

    def symmetric_power(self, k: int) -> ClassFunction:
        """The character h_k of Sym^k of a representation with character χ: k h_k = Σ_{i=1}^k ψ^i χ · h_{k−i}.

        Raises:
            RepresentationError: if k is not a count.
        """
        return self._newton(k, 1)

    def exterior_power(self, k: int) -> ClassFunction:
        """The character e_k of Λ^k of a representation with character χ: k e_k = Σ_{i=1}^k (−1)^{i−1} ψ^i χ · e_{k−i}.

        Raises:
            RepresentationError: if k is not a count.
        """
        return self._newton(k, -1)

    def _newton(self, k: int, sign: int) -> ClassFunction:
        _require_count(k, "the power")
        found = [ClassFunction(self.group, (Cyclotomic([1]),) * len(self.values))]
        steps = [self.adams(i) * sign ** (i - 1) for i in range(1, k + 1)]
        for m in range(1, k + 1):
            total = steps[0] * found[m - 1]
            for i in range(2, m + 1):
                total = total + steps[i - 1] * found[m - i]
            found.append(total * Fraction(1, m))
        return found[k]

    def determinant(self) -> ClassFunction:
        """The linear character det ρ of a representation ρ with character χ: the product of the eigenvalues of ρ(g).

        Raises:
            RepresentationError: if χ is no character.
            TooLargeError: for degrees of about 2^30 and more, beyond the prime that eigenvalues are counted with.
        """
        if not self.is_character:
            raise RepresentationError(f"{self!r} is no character, so that it has no determinant")
        prime, root = prime_and_root(self.group)
        if self.degree >= prime:
            raise TooLargeError(f"determinants are computed for degrees below {prime}, not {self.degree}")
        residues = [reduced(value, prime, root, self.group.exponent) for value in self.values]
        counts = eigenvalue_counts(self.group, np.array([residues], dtype=np.int64), prime, root)
        values = []
        for j, cls in enumerate(self.group.conjugacy_classes()):
            # ζ^s occurs m_s times, an integer from 0 to χ(1) < p, so that it is known from its residue modulo p.
            values.append(E(cls.order, sum(s * int(m) for s, m in enumerate(counts[j][0]))))
        return ClassFunction(self.group, tuple(values))

    # --- kernel and centre ---

    def kernel(self) -> frozenset[int]:
        """The conjugacy classes, by index, with χ(g) = χ(1): for a character, the kernel of its representation."""
        return frozenset(j for j, value in enumerate(self.values) if value == self.degree)

    def center(self) -> frozenset[int]:
        """The conjugacy classes, by index, with |χ(g)| = χ(1): for a character, where ρ(g) is a scalar matrix."""
        square = self.degree * self.degree
        return frozenset(
            j for j, (a, b) in enumerate(zip(self.values, self._conjugates, strict=True)) if a * b == square
        )

    @property
    def is_faithful(self) -> bool:
        """Whether the kernel is trivial."""
        return self.kernel() == {0}

    # --- other groups ---

    def restrict(self, subgroup: TabledGroup) -> ClassFunction:
        """The restriction to a subgroup H: h ↦ χ(h).

        Raises:
            RepresentationError: if H is not a subgroup of the group.
        """
        return ClassFunction(subgroup, tuple(self.values[j] for j in class_fusion(subgroup, self.group)))

    def induce(self, group: TabledGroup) -> ClassFunction:
        """The class function of a larger group G induced from H: χ^G(g) = |C_G(g)| Σ_h χ(h)/|C_H(h)|.

        The sum runs over representatives h of the classes of H whose elements are conjugate to g in G.

        Raises:
            RepresentationError: if H is not a subgroup of G.
        """
        classes, index = group.conjugacy_classes(), Fraction(group.order, self.group.order)
        values = [Cyclotomic([0])] * len(classes)
        fused = zip(class_fusion(self.group, group), self.group.conjugacy_classes(), self.values, strict=True)
        for j, cls, value in fused:
            values[j] = values[j] + value * (index * cls.size / classes[j].size)
        return ClassFunction(group, tuple(values))

    # --- text ---

    def __repr__(self) -> str:
        return f"ClassFunction({self.group!r}, {self.values!r})"

    def __str__(self) -> str:
        """A sum of irreps where χ is a character of a group whose table can be computed, else its values."""
        if len(self.values) <= CLASS_LIMIT and self.is_character:
            return sum_text([(count, label) for label, count in self.decompose().items()])
        return f"({', '.join(map(str, self.values))})"


def class_fusion(subgroup: ListedGroup, group: ListedGroup) -> tuple[int, ...]:
    """For each conjugacy class of a subgroup H of G, the index of the class of G that contains it.

    Raises:
        RepresentationError: if H is not a subgroup of G.
    """
    if subgroup.degree != group.degree:
        raise RepresentationError(
            f"{subgroup._short} acts on {subgroup.degree} points and {group._short} on {group.degree}: give a subgroup "
            "that acts on the same points"
        )
    for generator in subgroup.generators:
        if generator not in group:
            raise RepresentationError(
                f"{subgroup._short} is no subgroup of {group._short}, which does not contain {generator!r}"
            )
    return tuple(group.class_of(cls.representative) for cls in subgroup.conjugacy_classes())


def _require_count(k: int, what: str) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or k < 0:
        raise RepresentationError(f"{what} has to be an integer k ≥ 0, not {k!r}")
