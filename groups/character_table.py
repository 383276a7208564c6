"""Character tables, exact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .class_function import ClassFunction, power_map
from .cyclotomic import Cyclotomic
from .dixon import exact_values, modular_table
from .errors import RepresentationError
from .exact_matrix import ExactMatrix
from .permutation_group import ConjugacyClass, PermutationGroup
from .structure import has_family_irreps


@dataclass(frozen=True, repr=False)
class CharacterTable:
    """The irreducible complex characters of a group, in the order of `group.irreps()`.

    Attributes:
        group: the group.
        characters: one `ClassFunction` per irrep.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> table = SymmetricGroup(3).character_table()
        >>> table.degrees, table.indicators, table.values
        ((1, 1, 2), (1, 1, 1), ((1, 1, 1), (1, -1, 1), (2, 0, -1)))
        >>> table.power_map(2)
        (0, 0, 2)
    """

    group: PermutationGroup
    characters: tuple[ClassFunction, ...]

    @property
    def classes(self) -> tuple[ConjugacyClass, ...]:
        """The conjugacy classes: the columns."""
        return self.group.conjugacy_classes()

    @property
    def values(self) -> tuple[tuple[Cyclotomic, ...], ...]:
        """`values[i][j]` is the i-th character on the j-th class."""
        return tuple(character.values for character in self.characters)

    @property
    def degrees(self) -> tuple[int, ...]:
        """χ(1) of each character."""
        return tuple(int(character.degree.to_fraction()) for character in self.characters)

    @cached_property
    def indicators(self) -> tuple[int, ...]:
        """Frobenius–Schur indicators: +1 real, 0 complex, −1 quaternionic."""
        return tuple(character.indicator() for character in self.characters)

    def power_map(self, k: int) -> tuple[int, ...]:
        """For each class, the index of the class of k-th powers."""
        return power_map(self.group, k)


def character_table(group: PermutationGroup) -> CharacterTable:
    """The table, by Burnside–Dixon–Schneider; see `bistate.groups.dixon`.

    Rows are sorted by degree, the trivial character first. For groups whose irreps are constructed by family (abelian,
    dihedral, symmetric) the rows follow these irreps.

    Raises:
        TooLargeError: for a group too large to list, or with too many classes.
        RepresentationError: if the rows are not orthonormal.
    """
    if has_family_irreps(group):
        return _orthonormal(CharacterTable(group, tuple(rho.character() for rho in group.irreps())))
    rows = exact_values(group, modular_table(group))
    return CharacterTable(group, tuple(ClassFunction(group, row) for row in rows))


def _orthonormal(table: CharacterTable) -> CharacterTable:
    """The table, with ⟨χ_i, χ_j⟩ = δ_ij checked exactly."""
    if len(table.characters) != len(table.classes):
        raise RepresentationError(f"{len(table.characters)} characters for {len(table.classes)} classes")
    rows = ExactMatrix(table.values)  # (characters, classes)
    sizes = ExactMatrix.diagonal([cls.size for cls in table.classes])
    if rows @ sizes @ rows.H != ExactMatrix.identity(len(table.classes)) * table.group.order:
        raise RepresentationError(f"the characters of {table.group} are not orthonormal")
    return table
