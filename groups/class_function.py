"""Class functions: complex-valued functions that are constant on conjugacy classes, such as characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .cyclotomic import Cyclotomic, weighted_sum
from .errors import RepresentationError
from .permutation_group import PermutationGroup


@dataclass(frozen=True, repr=False)
class ClassFunction:
    """A class function χ, given by its value on each class of `group.conjugacy_classes()`, in that order.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> chi = SymmetricGroup(3).irreps()[2].character()
        >>> chi.values, chi.norm()
        ((2, 0, -1), 1)
    """

    group: PermutationGroup
    values: tuple[Cyclotomic, ...]

    def __post_init__(self) -> None:
        count = len(self.group.conjugacy_classes())
        if len(self.values) != count:
            raise RepresentationError(f"{len(self.values)} values for a group with {count} conjugacy classes")

    def __call__(self, element: Sequence[int]) -> Cyclotomic:
        """The value χ(g)."""
        return self.values[int(self.group.class_indices[self.group.index(element)])]

    @property
    def degree(self) -> Cyclotomic:
        """χ(1)."""
        return self.values[0]

    def inner(self, other: ClassFunction) -> Cyclotomic:
        """⟨χ, ψ⟩ = (1/|G|) Σ_g χ(g) ψ(g)*, the conjugate on the second argument.

        Raises:
            RepresentationError: if the groups differ.
        """
        if self.group != other.group:
            raise RepresentationError(f"class functions of different groups {self.group} and {other.group}")
        sizes = [cls.size for cls in self.group.conjugacy_classes()]
        conjugates = [value.conjugate() for value in other.values]
        return weighted_sum(sizes, self.values, conjugates) * Fraction(1, self.group.order)

    def norm(self) -> Cyclotomic:
        """⟨χ, χ⟩: 1 exactly for an irreducible complex character."""
        return self.inner(self)

    def indicator(self) -> int:
        """The Frobenius–Schur indicator (1/|G|) Σ_g χ(g²) of a character, as an exact integer.

        For an irreducible complex character it is +1 (real), 0 (complex) or −1 (quaternionic).

        Raises:
            RepresentationError: if the sum is not an integer, so that χ is no character.
        """
        total = Cyclotomic([0])
        for cls, power in zip(self.group.conjugacy_classes(), _squares(self.group), strict=True):
            total = total + self.values[power] * cls.size
        value = (total * Fraction(1, self.group.order)).to_fraction() if total.is_rational else None
        if value is None or value.denominator != 1:
            raise RepresentationError(f"Σ χ(g²) = {total!r} is not a multiple of the group order: no character")
        return int(value)

    def __repr__(self) -> str:
        return f"ClassFunction({self.group!r}, {self.values!r})"


def power_map(group: PermutationGroup, exponent: int) -> tuple[int, ...]:
    """For each conjugacy class, the index of the class that holds the powers gᵏ of its elements."""
    return group.power_map(exponent)


def _squares(group: PermutationGroup) -> tuple[int, ...]:
    return power_map(group, 2)
