"""Groups that are recognised before anything is computed, and what all kinds of them have in common.

A kind is a construction that gives matrices of all irreps and their traces modulo the prime of the character table. The
traces are orthonormal modulo the prime; as inner products of characters are integers between 0 and |G|, the characters
are irreducible and different, and there are as many of them as classes. Each is then written over the field of its
character, or as near to it as descent comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.prime_field import IntArray, matmul
from ..arithmetic.reduction import reduced
from ..characters.character_table import CharacterTable
from ..characters.dixon import prime_and_root, require_few_classes
from ..characters.galois_action import GaloisAction, galois_action
from ..characters.labels import row_label
from ..errors import RepresentationError
from ..fields.number_field import NumberField, galois
from ..irreducible.descent import Form
from ..irreducible.general import over_small_field
from ..representations.equivariant_maps import intertwiners
from ..representations.homomorphism import check_form, check_homomorphism
from ..representations.representation import Representation, RepresentedGroup
from ..watch import tell


@dataclass(frozen=True, eq=False)
class Made:
    """An irreducible representation of a recognised group.

    Attributes:
        traces: its character on the classes modulo the prime, (r,).
        build: makes the matrices of the generators of the group and the invariant form, which are proved to be right.
    """

    traces: IntArray
    build: Callable[[], tuple[tuple[ExactMatrix, ...], ExactMatrix]]


class Residues:
    """Arithmetic modulo the prime of the character table of a group."""

    def __init__(self, group: RepresentedGroup) -> None:
        require_few_classes(group, len(group.conjugacy_classes()))
        self.group = group
        self.prime, self.root = prime_and_root(group)
        self.sizes = np.array([cls.size % self.prime for cls in group.conjugacy_classes()], dtype=np.int64)

    def table(self, table: CharacterTable) -> IntArray:
        """The values of the table of a subgroup or a quotient: (rows, classes)."""
        known: dict[int, int] = {}  # by identity, as equal values are mostly one object
        for value in (value for row in table.values for value in row):
            if id(value) not in known:
                known[id(value)] = reduced(value, self.prime, self.root, self.group.exponent)
        return np.array([[known[id(value)] for value in row] for row in table.values], dtype=np.int64)

    def require_complete(self, rows: IntArray) -> None:
        """Raise unless the rows are the irreducible characters.

        Raises:
            RepresentationError: if they are not orthonormal, or not as many as classes.
        """
        group = self.group
        if rows.shape != (len(self.sizes), len(self.sizes)):
            raise RepresentationError(
                f"{len(rows)} irreps of {group._short} were made, which has {len(self.sizes)} classes"
            )
        mirrored = rows[:, list(group.power_map(-1))]
        gram = matmul(rows * self.sizes % self.prime, mirrored.T.copy(), self.prime)
        if (gram != np.eye(len(rows), dtype=np.int64) * (group.order % self.prime)).any():
            raise RepresentationError(f"the characters made for {group._short} are not orthonormal")

    def indicator(self, row: IntArray) -> int:
        """(1/|G|) Σ_g χ(g²), which is −1, 0 or 1."""
        total = int((row[list(self.group.power_map(2))] * self.sizes % self.prime).sum())
        found = total * pow(self.group.order, -1, self.prime) % self.prime
        return found - self.prime if found > 1 else found


class InOrder:
    """All irreps of a recognised group in the order of its character table: by degree, then by residues.

    Raises:
        RepresentationError: if they are not all irreps.
    """

    def __init__(self, residues: Residues, made: Sequence[Made]) -> None:
        self.residues = residues
        self.made = sorted(made, key=lambda one: one.traces.tolist())  # the first entry is the degree
        self.rows = np.array([one.traces for one in self.made])
        residues.require_complete(self.rows)

    def __len__(self) -> int:
        return len(self.made)

    @cached_property
    def action(self) -> GaloisAction:
        """The Galois group on the rows."""
        return galois_action(self.residues.group, self.rows)

    def irrep(self, i: int) -> Representation:
        """The representation of row i, over as small a field as is found."""
        group = self.residues.group
        tell(f"irrep {i + 1} of {len(self)}, of degree {self.rows[i][0]}")
        images, form = self.made[i].build()
        rho = Representation(group, images, form, norm=1, schur_index=1, label=row_label(i))
        if any(matrix.conductor > 1 for matrix in (*images, form)):
            rho = self._over_small_field(rho, i)
        return rho.with_row(i)

    def _over_small_field(self, rho: Representation, i: int) -> Representation:
        group, field = rho.group, self.action.character_field(i)
        whole = NumberField.of_matrices([*rho.images, rho.form])
        if whole.degree == field.degree:
            return rho

        def twist(k: int) -> ExactMatrix:
            images = tuple(galois(matrix, k) for matrix in rho.images)
            return intertwiners(rho, Representation(group, images, galois(rho.form, k)))[0]

        start = Form(rho.images, rho.form, whole, whole.conductor, ExactMatrix.identity(rho.degree))
        indicator = self.residues.indicator(self.rows[i])
        found, index = over_small_field(group.order, start, field, indicator, twist)
        smaller = Representation(group, found.images, found.form, norm=1, schur_index=index, label=row_label(i))
        check_homomorphism(smaller)
        check_form(smaller)
        return smaller
