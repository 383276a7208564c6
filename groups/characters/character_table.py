"""Character tables, exact, and those of quotient groups, which are parts of them.

The irreducible characters of G/N are those of G with N in the kernel, and two elements are conjugate in G/N exactly if
all of them agree there. A table gives quotients and a quotient has a table: so the two stand in one file.
Source: Isaacs, Character Theory of Finite Groups, 2.22 to 2.24.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.reduction import reduced
from ..compared_by_fields import ComparedByFields
from ..errors import RepresentationError
from ..permutations.conjugacy import ConjugacyClass
from ..permutations.permutation import Permutation
from .class_function import ClassFunction, G, TabledGroup, class_fusion
from .dixon import prime_and_root
from .irreducible_rows import irreducible_rows
from .labels import row_label
from .modular_traces import GroupMatrices
from .normal_subgroups import NormalSubgroup, normal_subgroup, normal_subgroups
from .quotient_actions import Blocks, Cosets, on_cosets, on_orbits
from .table_certificate import Represented, TableCertificate, table_certificate

Row = tuple[Cyclotomic, ...]


@dataclass(frozen=True, repr=False)
class CharacterTable(Generic[G]):
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

    group: G
    characters: tuple[ClassFunction, ...]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.labels:
            object.__setattr__(self, "labels", tuple(map(row_label, range(len(self.characters)))))

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
        prime, residues = self._residues
        return tuple(mean - prime if mean > 1 else mean for mean in self._means(residues[:, list(self.power_map(2))]))

    @cached_property
    def _residues(self) -> tuple[int, NDArray[np.int64]]:
        """A prime below 2^30 and the values modulo it: (characters, classes)."""
        prime, root = prime_and_root(self.group)
        known: dict[int, int] = {}  # by identity: equal values of a table are mostly one object
        for value in (value for row in self.values for value in row):
            if id(value) not in known:
                known[id(value)] = reduced(value, prime, root, self.group.exponent)
        return prime, np.array([[known[id(value)] for value in row] for row in self.values], dtype=np.int64)

    def _means(self, rows: NDArray[np.int64]) -> list[int]:
        """The mean over the group of each row of residues, one for each class, modulo the same prime."""
        prime, _ = self._residues
        weights = np.array([cls.size % prime for cls in self.classes], dtype=np.int64)
        totals = (rows * weights % prime).sum(axis=1) % prime
        scale = pow(self.group.order, -1, prime)
        return [int(total) * scale % prime for total in totals]

    def power_map(self, k: int) -> tuple[int, ...]:
        """For each class, the index of the class of k-th powers."""
        return self.group.power_map(k)

    def fusion(self, subgroup: TabledGroup) -> tuple[int, ...]:
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
        bound = self._row(i).degree * self._row(j).degree
        prime, residues = self._residues
        if bound >= prime:
            return tuple(int(m.to_fraction()) for m in (self._row(i) * self._row(j)).multiplicities())
        # Multiplicities are integers from 0 to χ_i(1) χ_j(1) < p, so that their residues are enough.
        conjugates = residues[:, list(self.power_map(-1))]
        return tuple(self._means(conjugates * (residues[i] * residues[j] % prime) % prime))

    def _row(self, i: int) -> ClassFunction:
        if i not in range(len(self.characters)):
            raise RepresentationError(
                f"{self.group._short} has no irreducible character number {i!r}: choose 0, …, "
                f"{len(self.characters) - 1}"
            )
        return self.characters[i]

    def certificate(self, irreps: Sequence[Represented] = ()) -> TableCertificate:
        """A document that proves the table, checked; `.save(path)` writes it, `bistate check` checks it again.

        The checker, `bistate.groups.table_check`, lists the group and shares no code with what made the table. Its
        theorem and the proof stand in its `checker.py`.

        Args:
            irreps: `group.irreps()`, if their matrices on the generators are to be in the document as well.

        Raises:
            TooLargeError: above 2·10⁵ elements or 400 classes.
            RepresentationError: for irreps that are not those of the rows, or if the check fails.
        """
        return table_certificate(self.group, self.values, self.indicators, self._residues, irreps)

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

    def normal_subgroups(self) -> tuple[NormalSubgroup[G], ...]:
        """All normal subgroups, by order: the intersections of kernels of irreducible characters.

        Raises:
            TooLargeError: above 10⁵ of them.

        Example:
            >>> from bistate.groups import SymmetricGroup
            >>> [normal.order for normal in SymmetricGroup(4).character_table().normal_subgroups()]
            [1, 4, 12, 24]
        """
        return normal_subgroups(self.group, self.kernels)

    @cached_property
    def derived_subgroup(self) -> NormalSubgroup[G]:
        """The commutator subgroup G′: the intersection of the kernels of the linear characters."""
        linear = [kernel for kernel, degree in zip(self.kernels, self.degrees, strict=True) if degree == 1]
        return normal_subgroup(self.group, self.kernels, frozenset.intersection(*linear))

    def quotient(self, normal: NormalSubgroup | Iterable[int]) -> Quotient[G]:
        """G/N with its characters, the map of classes, and as a permutation group.

        Args:
            normal: one of `normal_subgroups()`, or the indices of the classes in N.

        Raises:
            RepresentationError: if the classes are not those of a normal subgroup.
        """
        return quotient(self, normal)

    def __repr__(self) -> str:
        return f"<character table of {self.group._short}: {len(self.characters)} classes>"

    def __str__(self) -> str:
        head = ["", "degree", "indicator", *[""] * len(self.classes)]
        orders = ["order", "", "", *(str(cls.order) for cls in self.classes)]
        sizes = ["size", "", "", *(str(cls.size) for cls in self.classes)]
        values = {id(value): value for row in self.values for value in row}  # equal ones are mostly one object
        texts = {key: str(value) for key, value in values.items()}
        rows = [
            [label, str(degree), f"{indicator:+d}" if indicator else "0", *(texts[id(value)] for value in row)]
            for label, degree, indicator, row in zip(
                self.labels, self.degrees, self.indicators, self.values, strict=True
            )
        ]
        lines = [head, orders, sizes, *rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines]
        return "\n".join([f"{self.group._short}, order {self.group.order}", *text])


@dataclass(frozen=True, eq=False)
class Quotient(ComparedByFields, Generic[G]):
    """The group G/N by its characters.

    Attributes:
        source: the table of G.
        normal: N.
        rows: the rows of `source` with N in the kernel: the irreducible characters of G/N.
        classes: the conjugacy classes of G/N, each as the set of classes of G that map to it; sorted by order of
            elements, then size.
        orders: the order of the elements of each class of G/N.
        sizes: the number of elements of each class of G/N.
        fusion: for each class of G the index of its image among `classes`.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> table = SymmetricGroup(4).character_table()
        >>> mod_four_group = table.quotient(table.normal_subgroups()[1])
        >>> mod_four_group.sizes, mod_four_group.labels, mod_four_group.group.order
        ((1, 3, 2), ('[4]', '[1,1,1,1]', '[2,2]'), 6)
    """

    source: CharacterTable[G]
    normal: NormalSubgroup[G]
    rows: tuple[int, ...]
    classes: tuple[frozenset[int], ...]
    orders: tuple[int, ...]
    sizes: tuple[int, ...]
    fusion: tuple[int, ...]

    @property
    def order(self) -> int:
        """|G/N|."""
        return self.source.group.order // self.normal.order

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the rows in the table of G."""
        return tuple(self.source.labels[i] for i in self.rows)

    @property
    def degrees(self) -> tuple[int, ...]:
        """χ(1) of each row."""
        return tuple(self.source.degrees[i] for i in self.rows)

    @cached_property
    def values(self) -> tuple[tuple[Cyclotomic, ...], ...]:
        """`values[i][j]`: the i-th irreducible character of G/N on its j-th class."""
        columns = [min(members) for members in self.classes]
        return tuple(tuple(self.source.values[i][j] for j in columns) for i in self.rows)

    @property
    def group(self) -> G:
        """G/N as a permutation group: G itself for N = 1, else on the orbits of N if that is faithful, or on cosets.

        Its k-th generator is the image of the k-th generator of G. It has no name, as a name is one that
        `named_group` reads: it prints as its generators, and `identify` names it up to isomorphism.

        Raises:
            TooLargeError: where cosets are needed and G is too large to list, or has more than 10⁴ cosets.
        """
        return self._action[0]

    def project(self, element: Sequence[int]) -> Permutation:
        """The image of an element of G, in `group`.

        Raises:
            GroupError: if it is not in G.
        """
        return self._action[1].image(self.source.group.element(element))

    @cached_property
    def _action(self) -> tuple[G, Blocks | Cosets]:
        source, normal = self.source.group, self.normal
        action: Blocks | Cosets = on_orbits(source, normal)
        group: G = source.plain([action.image(g) for g in source.generators], len(action.leaders))
        if group.order != self.order:
            action = on_cosets(source, normal)
            group = source.plain([action.image(g) for g in source.generators], len(action.leaders))
        return (source if normal.order == 1 else group), action

    @cached_property
    def table(self) -> CharacterTable[G]:
        """The table of `group`, with rows and labels as here and columns as `group.conjugacy_classes()` has them."""
        columns: dict[int, int] = {}
        for j, cls in enumerate(self.source.classes):
            columns.setdefault(self.group.class_of(self.project(cls.representative)), j)
        rows = (tuple(self.source.values[i][columns[c]] for c in range(len(columns))) for i in self.rows)
        return CharacterTable(self.group, tuple(ClassFunction(self.group, row) for row in rows), self.labels)

    def inflate(self, function: ClassFunction) -> ClassFunction:
        """The class function g ↦ χ(gN) of G, for a class function χ of `group`.

        Raises:
            RepresentationError: if χ belongs to another group.
        """
        if function.group != self.group:
            raise RepresentationError(f"{function!r} is no class function of the quotient {self.group._short}")
        values = (function(self.project(cls.representative)) for cls in self.source.classes)
        return ClassFunction(self.source.group, tuple(values))


def quotient(table: CharacterTable[G], normal: NormalSubgroup | Iterable[int]) -> Quotient[G]:
    """G/N for a normal subgroup N, given as such or by the indices of its classes.

    Raises:
        RepresentationError: if the classes are not those of a normal subgroup.
    """
    kernel = normal_subgroup(
        table.group, table.kernels, normal.classes if isinstance(normal, NormalSubgroup) else normal
    )
    rows = tuple(i for i, other in enumerate(table.kernels) if kernel.classes <= other)
    merged: dict[tuple[Cyclotomic, ...], list[int]] = {}
    for j in range(len(table.classes)):
        merged.setdefault(tuple(table.values[i][j] for i in rows), []).append(j)
    described = []
    for members in merged.values():
        size = sum(table.classes[j].size for j in members) // kernel.order
        representative, order = table.classes[members[0]].representative, 1
        while table.group.class_of(representative**order) not in kernel.classes:
            order += 1
        described.append((order, size, members))
    described.sort()
    fusion = {j: c for c, (_, _, members) in enumerate(described) for j in members}
    return Quotient(
        source=table,
        normal=kernel,
        rows=rows,
        classes=tuple(frozenset(members) for _, _, members in described),
        orders=tuple(order for order, _, _ in described),
        sizes=tuple(size for _, size, _ in described),
        fusion=tuple(fusion[j] for j in range(len(table.classes))),
    )


def character_table(group: G, family: Callable[[], Sequence[GroupMatrices]] | None = None) -> CharacterTable[G]:
    """The table. Rows are sorted by degree, the trivial character first, as the irreps of the group are.

    Args:
        group: the group.
        family: makes the complex irreps that the group's family brings along, whose order and labels are taken over.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.
        RepresentationError: if the rows are not orthonormal.
    """
    labels, rows = irreducible_rows(group, family)
    return CharacterTable(group, tuple(ClassFunction(group, row) for row in rows), labels)
