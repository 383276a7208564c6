"""What the table of a group has to satisfy, in exact arithmetic.

    rows:      Σ_j |C_j| χ(z_j) ψ̄(z_j) = |G| δ_χψ,            columns: Σ_χ χ(z_i) χ̄(z_j) = |C_G(z_i)| δ_ij,
    class sums:  |C_j| χ(z_j) / χ(1) is an algebraic integer,   powers: χ(g^q) ≡ χ(g)^q modulo q, for primes q.

The last is checked as χ(g)^q ≡ Σ a_i ζ^{iq} modulo q for χ(g) = Σ a_i ζ^i. Source: Isaacs, Character Theory of Finite
Groups, 2.13, 2.18, 3.7 and problem 4.7.
"""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq, fmpz

from ..arithmetic.cyclotomic import Cyclotomic, weighted_sum
from ..arithmetic.cyclotomic_field import combine
from ..errors import RepresentationError
from ..permutations.listed_group import ListedGroup

Row = tuple[Cyclotomic, ...]


def check_table(group: ListedGroup, rows: tuple[Row, ...]) -> None:
    """Check orthogonality of rows and columns, integrality of class sums, and power maps.

    Raises:
        RepresentationError: naming what fails.
    """
    classes, order = group.conjugacy_classes(), group.order
    conjugates = [tuple(value.conjugate() for value in row) for row in rows]
    sizes = [cls.size for cls in classes]
    for i, row in enumerate(rows):
        for k in range(i + 1):
            if weighted_sum(sizes, row, conjugates[k]) != order * (i == k):
                raise RepresentationError(f"rows {k} and {i} of the table of {group._short} are not orthonormal")
    ones = [1] * len(rows)
    columns, mirrored = list(zip(*rows, strict=True)), list(zip(*conjugates, strict=True))
    for i, column in enumerate(columns):
        for k in range(i + 1):
            if weighted_sum(ones, column, mirrored[k]) != order // sizes[i] * (i == k):
                raise RepresentationError(f"columns {k} and {i} of the table of {group._short} are not orthogonal")
    for i, row in enumerate(rows):
        for size, value in zip(sizes, row, strict=True):
            if any(c.q != 1 for c in (value * Fraction(size) / row[0])._coefficients):
                raise RepresentationError(f"a class sum of row {i} of the table of {group._short} is not integral")
    for q in (int(prime) for prime, _ in fmpz(order).factor()):
        powers = group.power_map(q)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if not _congruent(value, row[powers[j]], q):
                    raise RepresentationError(f"row {i} of the table of {group._short} contradicts powers by {q}")


def _congruent(value: Cyclotomic, power: Cyclotomic, q: int) -> bool:
    terms = [(k * q, c) for k, c in enumerate(value._coefficients)]
    difference = Cyclotomic(combine(value.conductor, terms, fmpq(0)), value.conductor) - power
    return all((c / q).q == 1 for c in difference._coefficients)
