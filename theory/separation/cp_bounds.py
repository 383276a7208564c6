"""Bounds for the tensor (CP) rank of representations: W_ijx = ρ(x)_ij as a sum of R rank-one terms over the reals.

With all elements as letters, W of a sum of different irreps is the direct sum of their tensors, and the slices of one
irrep span the simple algebra it generates (Wedderburn): M_d(R), M_d(C) or M_{d/2}(H) for real, complex and quaternionic
type of complex degree d, acting on its column space.

    type           dimension of the algebra    at least    at most
    real           d²                          d²          d²          entries one by one
    complex        2d²                         3 or 2d²    3d²         three real products for a complex one (d = 1: 3)
    quaternionic   d²                          8 or d²     2d² or 3d²  eight real products for a quaternion product

Lower bounds: the flattening by letters has the dimension of the algebra as its rank. Where it is tight, the
substitution method makes it additive (Bürgisser, Clausen & Shokrollahi, Algebraic Complexity Theory, 1997, chapter
17): solving for the letters' coordinates in one block leaves the tensor of the others. For R^b × C^a × H^c the theorem
of Alder and Strassen (1981) gives 2 dim − (number of maximal ideals) = b + 3a + 7c; one quaternion product alone needs
8 (Howell & Lafon, 1975). With fewer letters the slices span less; see `CPBounds.few_letters` and `CPBounds.span`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from flint import nmod_mat

from ...groups.arithmetic.reduction import reduced
from ...groups.characters.dixon import prime_and_root
from ...groups.permutations.permutation import Permutation
from ..automata.acting_elements import acting_letters
from ..bit_masks import bits
from .abelian_tasks import character_turn
from .real_irrep import RealIrrep, TaskIrreps
from .task_irreps import eigenvalues, real_ranks

SPAN_LETTERS = 200  # letters whose matrices are compared for the flattening bound


@dataclass(frozen=True)
class CPBounds:
    """Bounds per irrep, in the order of the data's irreps, for the alphabet of all elements.

    Attributes:
        data: the irreps.
        lower: what each irrep adds to the rank at least.
        upper: the number of terms of the construction used for it.
    """

    data: TaskIrreps
    lower: tuple[int, ...]
    upper: tuple[int, ...]

    def adjusted(self, lower: int, data: TaskIrreps, cheapest: Callable[[Sequence[int]], int]) -> int:
        """The bound over covers, with 8 instead of 7 for a quaternion block that has no company.

        Counting 8 for every quaternion block bounds covers with at most one such block and no complex block of degree
        one. Covers with more of them cost at least 7 + 7, or 7 + 3 where there are such complex blocks.
        """
        quaternions = [v.indicator == -1 and v.complex_degree == 2 for v in data.irreps]
        if not any(quaternions):
            return lower
        eight = cheapest([8 if q else cost for q, cost in zip(quaternions, self.lower, strict=True)])
        company = 3 if any(v.indicator == 0 and v.complex_degree == 1 for v in data.irreps) else 7
        return min(eight, max(lower, 7 + company))

    def few_letters(self, chosen: Sequence[RealIrrep]) -> tuple[int, str, int]:
        """The least rank of the constructions for the letters given: (rank, kind, base letter).

        "types": as for all elements. "differences": A[x] = A[x_0] + (A[x] − A[x_0]), the first with one term per unit,
        the others of rank rank(ρ(x_0⁻¹ x) − 1) each. "pencil", for two letters: in a basis of eigenvectors and
        invariant planes of ρ(x⁻¹y), one term for each line and three for each plane.
        """
        place = {v.rows: i for i, v in enumerate(self.data.irreps)}
        typed = sum(self.upper[place[v.rows]] for v in chosen)
        best = (typed, "types", 0)
        letters = list(dict.fromkeys(acting_letters(self.data.task)))
        degree = sum(v.degree for v in chosen)
        if len(letters) <= SPAN_LETTERS:
            for base, x in enumerate(letters):
                inverse = x.inverse()
                others = [inverse * y for y in letters if y != x]
                total = degree + sum(sum(real_ranks(self.data, v, others)) for v in chosen)
                if total < best[0]:
                    best = (total, "differences", base)
        if len(letters) == 2:
            planes = sum(sum(_turning(self.data, v, letters)) for v in chosen)
            if degree + planes < best[0]:
                best = (degree + planes, "pencil", 0)
        return best

    def span(self, data: TaskIrreps) -> int:
        """A lower bound from the flattening by letters: every cover holds an irrep for each point."""
        spans = [letter_span(data, v) for v in data.irreps]
        best = 0
        for atom in range(len(data.problem.atoms)):
            best = max(best, min(spans[i] for i, mask in enumerate(data.problem.options) if atom in bits(mask)))
        return best

    def turning(self, data: TaskIrreps) -> int:
        """For two letters x, y what the rank of the pencil a ρ(x) + b ρ(y) exceeds its size by, at least.

        The rank of a regular pencil of size n is n + δ, with δ the number of invariant polynomials of ρ(x⁻¹y) that do
        not split into different real linear factors (J. JáJá, 1979): here the largest multiplicity of an eigenvalue
        that is not real.
        """
        letters = list(dict.fromkeys(acting_letters(data.task)))
        if len(letters) != 2:
            return 0
        excess = [max(_turning(data, v, letters), default=0) for v in data.irreps]
        best = 0
        for atom in range(len(data.problem.atoms)):
            best = max(best, min(excess[i] for i, mask in enumerate(data.problem.options) if atom in bits(mask)))
        return best


def _turning(data: TaskIrreps, v: RealIrrep, letters: Sequence[Permutation]) -> list[int]:
    """For each pair of eigenvalues of ρ(x⁻¹y) that are not real, how many invariant planes it has."""
    found = eigenvalues(data, v, letters[0].inverse() * letters[1])
    return [found[k] for k in range(1, (len(found) + 1) // 2)]


def cp_bounds(data: TaskIrreps) -> CPBounds:
    """The bounds of each irrep of a task, for the alphabet of all elements."""
    lower, upper = zip(*(_of_type(v) for v in data.irreps), strict=True)
    return CPBounds(data, lower, upper)


def _of_type(v: RealIrrep) -> tuple[int, int]:
    d = v.complex_degree
    if v.indicator == 1:
        return d * d, d * d
    if v.indicator == 0:
        return (3, 3) if d == 1 else (2 * d * d, 3 * d * d)
    return (7, 8) if d == 2 else (d * d, 3 * d * d)


def letter_span(data: TaskIrreps, v: RealIrrep) -> int:
    """A lower bound for dim span{ρ(x)}: the rank of the Gram matrix χ(x⁻¹y) of at most 200 letters modulo a prime."""
    letters = list(dict.fromkeys(acting_letters(data.task)))[:SPAN_LETTERS]
    if data.group.is_abelian:  # rotations by angles that differ by no half turn are independent
        turns = [character_turn(data, v, x) for x in letters]
        return 2 if v.degree == 2 and any((turn - turns[0]) * 2 % 1 for turn in turns) else 1
    prime, root = prime_and_root(data.group)
    rows = [data.group.character_table().values[i] for i in set(v.rows)]
    residues = [
        sum(reduced(row[c], prime, root, data.group.exponent) for row in rows) % prime for c in range(len(rows[0]))
    ]
    classes = np.array([[data.group.class_of(x.inverse() * y) for y in letters] for x in letters])
    gram = np.array(residues, dtype=np.int64)[classes]
    return int(nmod_mat(len(letters), len(letters), gram.ravel().tolist(), prime).rank())
