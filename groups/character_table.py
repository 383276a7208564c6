"""Character tables, exact.

Abelian and natural symmetric groups have closed formulas, all other groups go through `bistate.groups.dixon`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import TYPE_CHECKING

import numpy as np
from flint import fmpz_mat

from .arithmetic.cyclotomic import Cyclotomic, E
from .arithmetic.reduction import reduced
from .class_function import ClassFunction, class_fusion
from .dixon import exact_values, modular_table, prime_and_root, require_few_classes
from .errors import RepresentationError
from .group import PermutationGroup
from .permutations.abelian_structure import characters
from .permutations.conjugacy import ConjugacyClass
from .permutations.defining_words import is_natural_symmetric, structure_of

if TYPE_CHECKING:
    from .quotients import NormalSubgroup, Quotient

Row = tuple[Cyclotomic, ...]


@dataclass(frozen=True, repr=False)
class CharacterTable:
    """The irreducible complex characters of a group, in the order of `group.irreps()`.

    `print(table)` draws it, with one column per conjugacy class.

    Attributes:
        group: the group.
        characters: one `ClassFunction` per irrep.
        labels: the names of the irreps, those of `group.irreps()`.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> table = SymmetricGroup(3).character_table()
        >>> table.degrees, table.indicators, table.values
        ((1, 1, 2), (1, 1, 1), ((1, 1, 1), (1, -1, 1), (2, 0, -1)))
        >>> table.power_map(2)
        (0, 0, 2)
        >>> print(table)
        S3, order 6
                 degree  indicator
        order                       1   2   3
        size                        1   3   2
        [3]           1         +1  1   1   1
        [1,1,1]       1         +1  1  -1   1
        [2,1]         2         +1  2   0  -1
    """

    group: PermutationGroup
    characters: tuple[ClassFunction, ...]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.labels:
            object.__setattr__(self, "labels", _plain_labels(len(self.characters)))

    @property
    def classes(self) -> tuple[ConjugacyClass, ...]:
        """The conjugacy classes: the columns."""
        return self.group.conjugacy_classes()

    @cached_property
    def values(self) -> tuple[Row, ...]:
        """`values[i][j]` is the i-th character on the j-th class."""
        return tuple(character.values for character in self.characters)

    @cached_property
    def degrees(self) -> tuple[int, ...]:
        """χ(1) of each character."""
        return tuple(int(character.degree.to_fraction()) for character in self.characters)

    @cached_property
    def indicators(self) -> tuple[int, ...]:
        """Frobenius–Schur indicators (1/|G|) Σ_g χ(g²): +1 real, 0 complex, −1 quaternionic."""
        if all(value.is_rational for row in self.values for value in row):
            return tuple(character.indicator() for character in self.characters)
        # An indicator is −1, 0 or 1, so that it is known from its residue modulo a prime.
        prime, root = prime_and_root(self.group)
        residues: dict[int, int] = {}  # by identity: equal values of a table are mostly one object
        for value in (value for row in self.values for value in row):
            if id(value) not in residues:
                residues[id(value)] = reduced(value, prime, root, self.group.exponent)
        scale = pow(self.group.order, -1, prime)
        columns = [(cls.size, j) for cls, j in zip(self.classes, self.power_map(2), strict=True)]
        totals = [sum(size * residues[id(row[j])] for size, j in columns) * scale % prime for row in self.values]
        return tuple(total - prime if total > 1 else total for total in totals)

    def power_map(self, k: int) -> tuple[int, ...]:
        """For each class, the index of the class of k-th powers."""
        return self.group.power_map(k)

    def fusion(self, subgroup: PermutationGroup) -> tuple[int, ...]:
        """For each class of a subgroup, the index of the class of the group that contains it.

        Raises:
            RepresentationError: if it is not a subgroup.
        """
        return class_fusion(subgroup, self.group)

    def inner(self, i: int, j: int) -> Cyclotomic:
        """⟨χ_i, χ_j⟩: 1 for i = j, else 0."""
        return self._row(i).inner(self._row(j))

    def tensor(self, i: int, j: int) -> tuple[int, ...]:
        """How often each χ_k occurs in χ_i χ_j, the character of a tensor product.

        Raises:
            RepresentationError: if there is no row i or j.
        """
        return tuple(int(m.to_fraction()) for m in (self._row(i) * self._row(j)).multiplicities())

    def _row(self, i: int) -> ClassFunction:
        if i not in range(len(self.characters)):
            raise RepresentationError(
                f"{self.group._short} has no irreducible character number {i!r}: choose 0, …, "
                f"{len(self.characters) - 1}"
            )
        return self.characters[i]

    # --- kernels, centres, normal subgroups: sets of classes, by index ---

    @cached_property
    def kernels(self) -> tuple[frozenset[int], ...]:
        """For each character the classes with χ(g) = χ(1)."""
        return tuple(character.kernel() for character in self.characters)

    @cached_property
    def centers(self) -> tuple[frozenset[int], ...]:
        """For each character the classes with |χ(g)| = χ(1), where ρ(g) is a scalar matrix."""
        return tuple(character.center() for character in self.characters)

    def center(self) -> frozenset[int]:
        """The centre of the group: the classes of one element."""
        return frozenset(j for j, cls in enumerate(self.classes) if cls.size == 1)

    def normal_subgroups(self) -> tuple[NormalSubgroup, ...]:
        """All normal subgroups, by order: the intersections of kernels of irreducible characters.

        Raises:
            TooLargeError: above 10⁵ of them.

        Example:
            >>> from bistate.groups import SymmetricGroup
            >>> [normal.order for normal in SymmetricGroup(4).character_table().normal_subgroups()]
            [1, 4, 12, 24]
        """
        from .quotients import normal_subgroups

        return normal_subgroups(self)

    @cached_property
    def derived_subgroup(self) -> NormalSubgroup:
        """The commutator subgroup G′: the intersection of the kernels of the linear characters."""
        from .quotients import normal_subgroup

        linear = [kernel for kernel, degree in zip(self.kernels, self.degrees, strict=True) if degree == 1]
        return normal_subgroup(self, frozenset.intersection(*linear))

    def quotient(self, normal: NormalSubgroup | Iterable[int]) -> Quotient:
        """G/N with its characters, the map of classes, and as a permutation group; see `bistate.groups.quotients`.

        Args:
            normal: one of `normal_subgroups()`, or the indices of the classes in N.

        Raises:
            RepresentationError: if the classes are not those of a normal subgroup.
        """
        from .quotients import quotient

        return quotient(self, normal)

    def __repr__(self) -> str:
        return f"<character table of {self.group._short}: {len(self.characters)} classes>"

    def __str__(self) -> str:
        head = ["", "degree", "indicator", *[""] * len(self.classes)]
        orders = ["order", "", "", *(str(cls.order) for cls in self.classes)]
        sizes = ["size", "", "", *(str(cls.size) for cls in self.classes)]
        rows = [
            [label, str(degree), f"{indicator:+d}" if indicator else "0", *map(str, row)]
            for label, degree, indicator, row in zip(
                self.labels, self.degrees, self.indicators, self.values, strict=True
            )
        ]
        lines = [head, orders, sizes, *rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines]
        return "\n".join([f"{self.group._short}, order {self.group.order}", *text])


def character_table(group: PermutationGroup) -> CharacterTable:
    """The table. Rows are sorted by degree, the trivial character first, as the irreps of the group are.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.
        RepresentationError: if the rows are not orthonormal.
    """
    if is_natural_symmetric(group) and not group.has_own_irreps:  # D_3 is all of S_3
        labels, rows = _symmetric_rows(group)
    elif group.is_abelian:
        labels, rows = _abelian_rows(group)
    else:
        rows = exact_values(group, modular_table(group))
        labels = _plain_labels(len(rows))
        if group.has_own_irreps:
            labels, rows = _in_family_order(group, rows)
    return CharacterTable(group, tuple(ClassFunction(group, row) for row in rows), labels)


def _plain_labels(count: int) -> tuple[str, ...]:
    return ("trivial", *(f"χ{i}" for i in range(2, count + 1)))


def _symmetric_rows(group: PermutationGroup) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """By the rule of Murnaghan and Nakayama; Σ_j |C_j| χ_i(z_j) χ_k(z_j) = n! δ_ik is checked in integers."""
    from .murnaghan_nakayama import symmetric_character_values

    classes = group.conjugacy_classes()
    require_few_classes(group, len(classes))
    table = symmetric_character_values(group.degree, [cls.representative.cycle_type for cls in classes])
    shapes = sorted(table, key=lambda shape: table[shape][0])  # by degree; stable, so that (n) stays first
    rows = fmpz_mat([table[shape] for shape in shapes])
    weighted = fmpz_mat([[x * cls.size for x, cls in zip(table[shape], classes, strict=True)] for shape in shapes])
    count = len(classes)
    expected = fmpz_mat(count, count, [group.order * (i == j) for i in range(count) for j in range(count)])
    if weighted * rows.transpose() != expected:
        raise RepresentationError(f"the characters of {group._short} are not orthonormal")
    known = {x: Cyclotomic([x]) for shape in shapes for x in table[shape]}
    labels = tuple(f"[{','.join(map(str, shape))}]" for shape in shapes)
    return labels, tuple(tuple(known[x] for x in table[shape]) for shape in shapes)


def _abelian_rows(group: PermutationGroup) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """χ(g_1^{a_1} g_2^{a_2} …) = exp(2πi Σ a_k x_k), as exponents of ζ_e with e the exponent of the group.

    The rows are checked to be |G| different homomorphisms; these are orthonormal.
    """
    from .irreps_abelian import _label

    require_few_classes(group, group.order)
    structure = structure_of(group)
    turns = characters(structure)  # (characters, generators)
    exponent = lcm(*(x.denominator for row in turns for x in row))
    steps = np.array([[int(x * exponent) for x in row] for row in turns], dtype=np.int64)
    elements = np.array([structure.exponents[g] for g in group.elements], dtype=np.int64)
    powers = steps.reshape(len(turns), -1) @ elements.reshape(group.order, -1).T % exponent  # (characters, elements)
    for generator in structure.generators:
        moved, step = powers[:, group.left_action(generator)], powers[:, group.index(generator)]
        if ((powers + step[:, None] - moved) % exponent).any():
            raise RepresentationError(f"a character of {group._short} is no homomorphism at {generator!r}")
    if len(np.unique(powers, axis=0)) != group.order:
        raise RepresentationError(f"the characters of {group._short} are not all different")
    roots = [E(exponent, k) for k in range(exponent)]
    columns = [group.index(cls.representative) for cls in group.conjugacy_classes()]
    labels = tuple(_label(group, row, "χ") for row in turns)
    return labels, tuple(tuple(roots[k] for k in row) for row in powers[:, columns].tolist())


def _in_family_order(group: PermutationGroup, rows: tuple[Row, ...]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The rows and their labels as the family's own irreps have them, recognised by their traces modulo the prime."""
    from .modular_character import modular_traces

    table = modular_table(group)
    position = {row.tobytes(): i for i, row in enumerate(table.values)}
    found = [
        (rho.degree, position.get(modular_traces(rho, table).tobytes()), rho.label)
        for rho in group._build_irreps("complex") or []
    ]
    found.sort(key=lambda entry: (entry[0], entry[1] != 0))  # stable, the trivial character first
    order = [i for _, i, _ in found if i is not None]
    if sorted(order) != list(range(len(rows))):
        raise RepresentationError(f"the irreps that {group._short} brings along do not have its irreducible characters")
    return tuple(label for _, _, label in found), tuple(rows[i] for i in order)
