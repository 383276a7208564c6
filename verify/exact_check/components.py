"""Lemma 2: coordinates L, P that are nearly inverse to each other, and components with their norms.

Statement
---------
Let N = I − L P with Frobenius norm ν < 1/2. Then P (I − N)⁻¹ is the inverse of L, and in z = L h a letter acts as

    B[x] = L A[x] P (I − N)⁻¹ = G[x] + G[x] N',   G[x] = L A[x] P,   ‖N'‖ ≤ ν' = ν / (1 − ν).

The entries of z fall into components k, each measured by the 2-norm or the 1-norm; what a row does to a component is
measured by the dual norm, the 2-norm or the largest entry.

Proof
-----
L P (I − N)⁻¹ = (I − N)(I − N)⁻¹ = I, and N' = (I − N)⁻¹ − I = N (I − N)⁻¹. A block from component m to component k is
bounded by its Frobenius norm between 2-norms, or closer by its spectral norm; from a 1-norm by the largest norm of a
column; from a 2-norm into a 1-norm of s entries by √s times the Frobenius norm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from operator import mul

from flint import fmpz_mat

from .document import Claim
from .dyadic import (
    GRID,
    Dyadic,
    absolute,
    frobenius,
    identity,
    integer_rows,
    matrix_of,
    root_counted,
    spectral,
    sqrt,
    square_distances,
    sum_of_squares,
    times,
)
from .errors import require, require_form
from .fields import field, floats, integers

COUPLING = 6  # squarings of a Gram matrix between two components: a norm to a hundredth is enough there
MOST_SQUARINGS = 64  # after k of them the bound is off by n**(2**-k), below the grid from 60 on


@dataclass(frozen=True)
class Components:
    """How the coordinates fall into components; methods give upper bounds, exact for the 1-norm.

    Attributes:
        sizes: number of coordinates of each.
        norms: "l1" or "l2", for each.
        squarings: of a Gram matrix, for the norm of a component's own block.
        cuts: where each begins, and the end of the last one.
    """

    sizes: tuple[int, ...]
    norms: tuple[str, ...]
    squarings: tuple[int, ...]
    cuts: tuple[int, ...]

    def part(self, k: int) -> slice:
        """The coordinates of a component."""
        return slice(self.cuts[k], self.cuts[k + 1])

    def width(self, k: int) -> Fraction:
        """The norm of a component over its 2-norm, at most."""
        return Fraction(1) if self.norms[k] == "l2" else sqrt(self.sizes[k], 0)

    def norm(self, vector: Sequence[int], k: int, e: int) -> Fraction:
        """Of integers times 2**-e in component k."""
        if self.norms[k] == "l1":
            return Fraction(sum(map(abs, vector)), 2**e)
        return sqrt(sum(v * v for v in vector), 2 * e)

    def dual(self, row: Sequence[int], k: int, e: int) -> Fraction:
        """Of integers times 2**-e that a row has at component k."""
        if self.norms[k] == "l1":
            return Fraction(max(map(abs, row)), 2**e)
        return sqrt(sum(v * v for v in row), 2 * e)

    def duals(self, row: Sequence[int], e: int) -> list[Fraction]:
        """The dual norms of a whole row, component by component."""
        return [self.dual(row[self.part(k)], k, e) for k in range(len(self.sizes))]

    def apart(self, matrix: Dyadic) -> list[list[list[int]]]:
        """What differences of rows do to each component, ‖(D_q − D_p)_k‖* in multiples of 2**-GRID: [k][q][p].

        In the 2-norm squares are sums of entries of a Gram matrix, exactly.
        """
        rows, shift = integer_rows(matrix[0]), 2 * (GRID - matrix[1])
        found = []
        for k, norm in enumerate(self.norms):
            block = [row[self.part(k)] for row in rows]
            if norm == "l1":
                sizes = [[max(abs(a - b) for a, b in zip(u, v, strict=True)) for v in block] for u in block]
                found.append([[-(-(size << GRID) >> matrix[1]) for size in row] for row in sizes])
                continue
            found.append([[root_counted(square, shift) for square in row] for row in square_distances(fmpz_mat(block))])
        return found

    def block_norm(self, rows: list[list[int]], e: int, k: int, m: int, crude: bool = False) -> Fraction:
        """Of block (k, m) of a matrix times 2**-e, from the norm of component m to that of k."""
        return self.norm_of_block([row[self.part(m)] for row in rows[self.part(k)]], e, k, m, crude)

    def norm_of_block(self, block: list[list[int]], e: int, k: int, m: int, crude: bool = False) -> Fraction:
        """The same of a block that has been cut out."""
        if not any(map(any, block)):
            return Fraction(0)
        if self.norms[m] == "l1":  # the largest norm of a column
            return max(self.norm([row[j] for row in block], k, e) for j in range(self.sizes[m]))
        entries = list(chain.from_iterable(block))
        size = sqrt(sum(map(mul, entries, entries)), 2 * e)
        if self.norms[k] == "l1":
            return size * self.width(k)
        if crude or min(self.sizes[k], self.sizes[m]) == 1:
            return size
        return min(size, spectral(fmpz_mat(block), e, self.squarings[k] if k == m else COUPLING))


@dataclass(frozen=True)
class Coordinates:
    """The lemma's numbers.

    Attributes:
        L: into the coordinates, n × n.
        P: back, n × n.
        around: |L| and |P|.
        sides: ‖L‖_F and ‖P‖_F, at most.
        defect: ν, at most.
        codes: c_q in the coordinates, states × n.
        lengths: ‖c_q‖, at most.
        parts: the components.
    """

    L: Dyadic
    P: Dyadic
    around: tuple[fmpz_mat, fmpz_mat]
    sides: tuple[Fraction, Fraction]
    defect: Fraction
    codes: Dyadic
    lengths: tuple[Fraction, ...]
    parts: Components


def coordinates_of(claim: Claim) -> Coordinates:
    """The coordinates of a certificate.

    Raises:
        CheckError: if L and P are too far from inverse to each other.
        FormatError: for components that do not fill the space.
    """
    n, proof = claim.hidden, claim.proof
    L, P = (matrix_of(floats(field(proof, name, dict), (n, n), name), n, n) for name in ("to", "from"))
    codes = matrix_of(floats(field(proof, "codes", dict), (claim.states, n), "codes"), claim.states, n)
    product, e = times(L, P)
    defect = sqrt(sum_of_squares(identity(n, e) - product), 2 * e)
    require(defect < Fraction(1, 2), "the coordinates are not inverse to each other")
    return Coordinates(
        L=L,
        P=P,
        around=(absolute(L[0]), absolute(P[0])),
        sides=(frobenius(L), frobenius(P)),
        defect=defect,
        codes=codes,
        lengths=tuple(sqrt(sum(v * v for v in row), 2 * codes[1]) for row in integer_rows(codes[0])),
        parts=_components(claim),
    )


def _components(claim: Claim) -> Components:
    sizes = integers(claim.proof, "sizes", 1, claim.hidden)
    norms = field(claim.proof, "norms", list)
    squarings = integers(claim.proof, "squarings", 0, MOST_SQUARINGS)
    require_form(sum(sizes) == claim.hidden, "the components do not fill the hidden space")
    require_form(
        len(norms) == len(sizes) and all(kind in ("l1", "l2") for kind in norms), "norms are 'l1' or 'l2', one each"
    )
    require_form(len(squarings) == len(sizes), "squarings are one number for each component")
    cuts = tuple(sum(sizes[:k]) for k in range(len(sizes) + 1))
    return Components(tuple(sizes), tuple(norms), tuple(squarings), cuts)
