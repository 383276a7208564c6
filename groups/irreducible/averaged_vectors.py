"""Dixon's method from a vector that is averaged over a subgroup T, where no linear character of T has multiplicity one.

Let v and α(g) = ⟨v, g v⟩ be those of a pair (H, λ), see `multiplicity_one`, and w = Σ_{t∈T} t x v for an x with w ≠ 0.
Then

    γ(g) = ⟨w, g w⟩ = Σ_{s,t∈T} α(x⁻¹ s⁻¹ g t x),

so that A = (γ(x_i⁻¹ x_j)) is the invariant form in the basis x_i w and ρ(g) = A⁻¹ (γ(x_i⁻¹ g x_j)), as for α.

For PSL(2,q), q ≡ 3 modulo 4, half of the characters of degree q − 1 have no λ over their own fields but on the dihedral
group of order q + 1, whose vectors have long coordinates. T of order (q−1)/2 fixes a plane. With w in it, γ is constant
on P but for 1, so that A is a multiple of q I − J, J the matrix of ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from ..arithmetic.exact_matrix import ExactMatrix
from ..permutations.permutation import Permutation
from ..permutations.stabiliser_chain import inverted
from .inducing_subgroups import IntArray
from .multiplicity_one import Model
from .rank_one import rank_one

TURNS = 50  # elements x that are tried
ENTRIES = 2 * 10**7  # of the table of γ


@dataclass(frozen=True, eq=False)
class AveragedModel(Model):
    """A model whose α is γ, kept for all elements of the group.

    Attributes:
        subgroup: the elements of T.
        turn: x.
    """

    subgroup: Sequence[Permutation]
    turn: Permutation

    @cached_property
    def table(self) -> IntArray:
        """The coordinates of |H|·γ over the field: (order, φ(conductor))."""
        group, back = self.group, self.turn.inverse()
        found: IntArray = self.histograms(group.images) @ self.weights
        found = found[group.left_action(back)][group.right_action(self.turn)]  # at g: x⁻¹ g x
        found = np.sum([found[group.right_action(t)] for t in self.subgroup], axis=0)
        return np.sum([found[group.left_action(t)] for t in self.subgroup], axis=0)  # T is closed under inverses

    @cached_property
    def modular_table(self) -> IntArray:
        """The same and its conjugate modulo p: (2, order)."""
        prime, order = self.modular.prime, self.choice.field.conductor
        root = pow(self.modular.root, self.group.exponent // order, prime)
        powers = [[pow(root, sign * k, prime) for k in range(self.table.shape[1])] for sign in (1, -1)]
        return np.stack([(self.table % prime * row % prime).sum(axis=1) % prime for row in powers])

    def modular_alpha(self, rows: NDArray[np.uint32]) -> IntArray:
        """|H|·γ and its conjugate modulo p: (2, len(rows))."""
        return self.modular_table[:, self.group.index_rows(rows)]

    def gram(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> ExactMatrix:
        """The matrix of |H|·γ(x⁻¹ y) over rows x of `left` and y of `right`."""
        places = np.stack([self.group.index_rows(row[right]) for row in inverted(left)])  # (left, right)
        parts = [fmpz_mat(*places.shape, column[places].ravel().tolist()) for column in self.table.T]
        return ExactMatrix.from_integers(parts, self.choice.field.conductor)


def averaged(model: Model) -> AveragedModel | None:
    """The model averaged over a complement T of P in B, see `rank_one`; None where that is not what is missing."""
    found = rank_one(model.group)
    if found is None or found.complement is None or model.choice.overlap >= len(found.complement):
        return None
    if model.group.order * model.weights.shape[1] > ENTRIES:
        return None
    members = [model.group.elements[t] for t in found.complement.tolist()]
    for leader in model.cosets.leaders[:TURNS].tolist():
        turn = model.group.elements[leader]
        rows = np.array([turn.inverse() * t * turn for t in members], dtype=np.uint32)
        if (model.histograms(rows).sum(axis=0) @ model.weights).any():  # ⟨w, w⟩, but for a factor
            return AveragedModel(
                model.group, model.values, model.modular_values, model.modular, model.choice, members, turn
            )
    return None
