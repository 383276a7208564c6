"""Irreps of S_n and A_n in any action, from Young's seminormal form.

The irreps of S_n are those of the partitions λ. Restricted to A_n, those of λ and of its conjugate λ' are equal, and
irreducible for λ ≠ λ'. For λ = λ' let T' be the transpose of a tableau T, and S f_T = c_T f_{T'} with

    c_{s_i T} = −c_T (1 − 1/d²)   where s_i f_T = (1/d) f_T + f_{s_i T},

so that S s_i = −s_i S for all i, and S² = κ. Even permutations leave the eigenspaces of S to ±√κ fixed. One T of each
pair {T, T'} gives a basis f_T ± (c_T/√κ) f_{T'}, in which an even g with matrix M has the entries
M_{U,T} ± (c_T/√κ) M_{U,T'} and ⟨f_T, f_T⟩ is an invariant form. So the two irreps are over Q(√κ), the field of their
characters. What is checked are the relations of Coxeter for the s_i (`seminormal_form`), S s_i = −s_i S, and S² = κ.
Source: James & Kerber, The Representation Theory of the Symmetric Group, 2.5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.reduction import reduced
from ..arithmetic.square_roots import square_root
from ..characters.border_strips import murnaghan_nakayama
from ..errors import RepresentationError
from ..irreducible.seminormal_form import Seminormal, check_seminormal, seminormal_matrices
from ..permutations.defining_words import coxeter_word
from ..permutations.permutation import Permutation
from ..permutations.tableaux import Partition, partitions, standard_tableaux
from ..representations.representation import RepresentedGroup
from .recognised import Made, Residues
from .symmetric_actions import NaturalPoints

Built = tuple[tuple[ExactMatrix, ...], ExactMatrix]


def natural_irreps(group: RepresentedGroup, residues: Residues, points: NaturalPoints) -> list[Made]:
    """All irreps of a group that is S_n or A_n.

    Raises:
        RepresentationError: if a relation fails.
    """
    shapes = partitions(points.n)
    if points.alternating:
        shapes = [shape for shape in shapes if shape >= conjugate_shape(shape)]
    check_seminormal([seminormal_matrices(shape) for shape in shapes])
    steps = [points.image(g) for g in group.generators]
    representatives = [points.image(cls.representative) for cls in group.conjugacy_classes()]
    made = []
    for shape in shapes:
        values = [murnaghan_nakayama(shape, g.cycle_type) for g in representatives]
        if points.alternating and shape == conjugate_shape(shape):
            made += _halves(shape, residues, values, representatives, steps)
        else:
            made.append(Made(np.array(values, dtype=np.int64) % residues.prime, _whole(shape, steps)))
    return made


def conjugate_shape(shape: Partition) -> Partition:
    """The lengths of the columns of a diagram."""
    return tuple(sum(part > j for part in shape) for j in range(shape[0]))


def _whole(shape: Partition, steps: Sequence[Permutation]) -> Callable[[], Built]:
    def build() -> Built:
        part = seminormal_matrices(shape)
        return tuple(_matrix(shape, g) for g in steps), part.form()

    return build


def _matrix(shape: Partition, g: Permutation) -> ExactMatrix:
    """ρ(g), from the left end of a word in the s_i."""
    part = seminormal_matrices(shape)
    found = ExactMatrix.identity(len(part.squares))
    for i, _ in coxeter_word(g):
        found = found @ _adjacent(shape, i)
    return found.reduced()


@cache
def _adjacent(shape: Partition, i: int) -> ExactMatrix:
    return seminormal_matrices(shape).matrix(i)


# --- λ = λ' ---


@dataclass(frozen=True)
class Associator:
    """The map S of a partition that is its own conjugate.

    Attributes:
        transposed: the position of T' for each tableau T.
        factors: c_T.
        square: κ.
    """

    transposed: tuple[int, ...]
    factors: tuple[Fraction, ...]
    square: Fraction

    @property
    def root(self) -> Cyclotomic:
        """√κ, on the positive imaginary axis if κ is negative."""
        return square_root(self.square)


@cache
def associator(shape: Partition) -> Associator:
    """S, checked to change signs of all s_i, and its square.

    Raises:
        RepresentationError: if a check fails.
    """
    part, tableaux = seminormal_matrices(shape), standard_tableaux(shape)
    position = {tableau: k for k, tableau in enumerate(tableaux)}
    transposed = tuple(position[_transpose(tableau)] for tableau in tableaux)
    factors: list[Fraction] = [Fraction(0)] * len(tableaux)
    factors[0] = Fraction(1)
    for k in range(1, len(tableaux)):  # an earlier partner has been dealt with
        i = next(i for i in range(len(part.partners)) if part.partners[i, k] < k)
        factors[k] = -factors[int(part.partners[i, k])] * (1 - Fraction(1, int(part.distances[i, k]) ** 2))
    found = Associator(transposed, tuple(factors), factors[0] * factors[transposed[0]])
    _check(found, part)
    return found


def _check(found: Associator, part: Seminormal) -> None:
    """S s_i = −s_i S on f_T: −1/d at T', and c_{s_i T} a_T = −c_T a_{T'}, a the entry of s_i at s_i T."""
    transposed, factors = found.transposed, found.factors
    if any(factors[k] * factors[other] != found.square for k, other in enumerate(transposed)):
        raise RepresentationError("the square of a map between seminormal forms of conjugate shapes is no scalar")
    for distances, partners in zip(part.distances.tolist(), part.partners.tolist(), strict=True):
        for k, (d, other) in enumerate(zip(distances, partners, strict=True)):
            mirror = transposed[k]
            right = distances[mirror] == -d and partners[mirror] == transposed[other]
            if right and other != k:
                right = factors[other] * _entry(k, other, d) == -factors[k] * _entry(mirror, partners[mirror], d)
            if not right:
                raise RepresentationError("a map between seminormal forms of conjugate shapes does not change signs")


def _entry(k: int, other: int, d: int) -> Fraction:
    return Fraction(1) if k < other else 1 - Fraction(1, d * d)


def _transpose(rows: tuple[int, ...]) -> tuple[int, ...]:
    """From the row of each number to its column."""
    return tuple(rows[:i].count(row) for i, row in enumerate(rows))


def _halves(
    shape: Partition,
    residues: Residues,
    values: Sequence[int],
    representatives: Sequence[Permutation],
    steps: Sequence[Permutation],
) -> list[Made]:
    """The two irreps of A_n, with the traces (tr ρ(g) ± tr S ρ(g)/√κ)/2.

    tr S ρ(g) vanishes but where the cycles of g are as long as the diagonal hooks (James & Kerber, 2.5.13).
    """
    found = associator(shape)
    columns = conjugate_shape(shape)
    hooks = tuple(part - i + columns[i] - i - 1 for i, part in enumerate(shape) if part > i)
    differences = np.zeros(len(values), dtype=np.int64)
    for j, g in enumerate(representatives):
        if g.cycle_type == hooks:
            matrix = _matrix(shape, g)
            total = Cyclotomic([0])
            for k, other in enumerate(found.transposed):
                total = total + matrix[other, k] * found.factors[other]
            value = total * found.root.inverse()
            differences[j] = reduced(value, residues.prime, residues.root, residues.group.exponent)
    half = pow(2, -1, residues.prime)
    sums = np.array(values, dtype=np.int64) % residues.prime
    return [
        Made((sums + sign * differences) % residues.prime * half % residues.prime, _half(shape, sign, steps))
        for sign in (1, -1)
    ]


def _half(shape: Partition, sign: int, steps: Sequence[Permutation]) -> Callable[[], Built]:
    def build() -> Built:
        found, part = associator(shape), seminormal_matrices(shape)
        first = [k for k, other in enumerate(found.transposed) if k < other]
        second = [found.transposed[k] for k in first]
        scale = ExactMatrix.diagonal([found.factors[k] for k in first]) * (found.root.inverse() * sign)
        images = []
        for g in steps:
            matrix = _matrix(shape, g)
            images.append(matrix.submatrix(first, first) + matrix.submatrix(first, second) @ scale)
        return tuple(images), part.form().submatrix(first, first)

    return build
