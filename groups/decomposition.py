"""Decomposition of representations into irreducible ones, by an explicit exact change of basis.

For the irreps ρ_i over the field k with multiplicities m_i there is an invertible S over k(ρ_1, ρ_2, …) with

    σ(g) S = S · diag(ρ_1(g), …, ρ_1(g), ρ_2(g), …)   for all g.

The columns of S are intertwiners Φ: V_i → V, Φ ρ_i(g) = σ(g) Φ. For a permutation representation on the points g x_0
The columns of S are intertwiners Φ: V_i → V, Φ ρ_i(g) = σ(g) Φ. For a permutation representation on points g x_0 they

    (Φ v)_{g x_0} = u ρ(g)⁻¹ v.

Nothing dense of the size of σ is made on that road but S itself. Other representations go through `intertwiners`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import nmod_mat
from numpy.typing import NDArray

from .arithmetic.exact_matrix import ExactMatrix
from .arithmetic.prime_field import modular_product
from .arithmetic.reduction import reduce_matrix, splitting_prime
from .characters.labels import sum_text
from .errors import RepresentationError
from .intertwiners import intertwiners
from .permutation_representation import PermutationRepresentation
from .representation import Representation, require_field

IntArray = NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Decomposition:
    """σ = ⊕ m_i ρ_i, with the change of basis.

    Attributes:
        representation: σ.
        constituents: the pairs (ρ_i, m_i) with m_i > 0, in the order of `group.irreps(field)`.
        maps: for each constituent m_i intertwiners V_i → V with independent images, each (deg σ, deg ρ_i).

    Example:
        >>> from bistate.groups import SymmetricGroup, permutation_representation
        >>> found = decompose(permutation_representation(SymmetricGroup(4)))
        >>> print(found)
        [4] + [3,1]
        >>> found.basis.shape, found.verify()
        ((4, 4), True)
    """

    representation: Representation
    constituents: tuple[tuple[Representation, int], ...]
    maps: tuple[tuple[ExactMatrix, ...], ...]

    @cached_property
    def blocks(self) -> tuple[ExactMatrix, ...]:
        """The maps of each constituent side by side: (deg σ, m_i deg ρ_i)."""
        return tuple(ExactMatrix.hstack(maps) for maps in self.maps)

    @cached_property
    def basis(self) -> ExactMatrix:
        """S: (deg σ, deg σ)."""
        return ExactMatrix.hstack(self.blocks)

    def block_form(self, element: Sequence[int]) -> ExactMatrix:
        """S⁻¹ σ(g) S = diag(ρ_1(g), …), made from the constituents."""
        return ExactMatrix.block_diagonal(rho(element) for rho, count in self.constituents for _ in range(count))

    def projection(self, index: int) -> ExactMatrix:
        """The isotypic projection P_i onto the sum of all copies of ρ_i, P_i = B (B* M B)⁻¹ B* M: (deg σ, deg σ).

        B is the block of the constituent and M the form of σ, for which different constituents are orthogonal. It
        equals (deg ρ_i / |G|) Σ_g χ_i(g⁻¹) σ(g) for irreps over the complex numbers.

        Args:
            index: position in `constituents`.
        """
        block = self.blocks[index]
        adjoint = block.H @ self.representation.form
        return block @ (adjoint @ block).solve(adjoint)

    def verify(self) -> bool:
        """Check exactly that every block intertwines and that S is invertible.

        Returns:
            True: a failure raises.

        Raises:
            RepresentationError: naming the constituent that fails.
        """
        sigma = self.representation
        for (rho, count), maps, block in zip(self.constituents, self.maps, self.blocks, strict=True):
            for k, image in enumerate(rho.images):
                if any(_moved(sigma, k, phi) != phi @ image for phi in maps):
                    raise RepresentationError(f"a map from {rho!r} to {sigma!r} is no intertwiner")
            if len(maps) != count or not has_full_column_rank(block):
                raise RepresentationError(f"the copies of {rho!r} in {sigma!r} are not independent")
        total = sum(rho.degree * count for rho, count in self.constituents)
        if total != sigma.degree:
            raise RepresentationError(f"constituents of {sigma!r} of degree {total} in all, not {sigma.degree}")
        return True

    def __str__(self) -> str:
        return sum_text([(count, rho.label) for rho, count in self.constituents])

    def __repr__(self) -> str:
        return f"<{self} of {self.representation.group}>"


def multiplicities(sigma: Representation, field: str | None = None) -> tuple[tuple[Representation, int], ...]:
    """The irreps in σ over a field with their multiplicities ⟨χ_σ, χ_i⟩/⟨χ_i, χ_i⟩; those that occur.

    Args:
        sigma: any representation.
        field: "complex", "real" or "rational"; that of σ if not given.

    Raises:
        GroupError: for an unknown field.
    """
    field = require_field(sigma.base_field if field is None else field)
    character = sigma.character()
    found = []
    for rho in sigma.group.irreps(field):
        chi = rho.character()
        count = (character.inner(chi) / chi.norm()).to_fraction()
        if count.denominator != 1 or count < 0:
            raise RepresentationError(f"{rho!r} would occur {count} times in a representation over the field {field!r}")
        if count:
            found.append((rho, int(count)))
    return tuple(found)


def decompose(sigma: Representation, field: str | None = None) -> Decomposition:
    """σ as a direct sum of irreps over a field, with the change of basis, verified before it is returned.

    Args:
        sigma: a permutation representation, a sum, tensor product, or any other representation.
        field: "complex", "real" or "rational"; that of σ if not given.

    Raises:
        GroupError: for an unknown field.
        RepresentationError: if σ is not a representation over the field.
    """
    if not isinstance(sigma, Representation):
        raise RepresentationError(f"{sigma!r} is no representation: give one, such as regular_representation(group)")
    constituents = multiplicities(sigma, field)
    if isinstance(sigma, PermutationRepresentation):
        orbits = [_Orbit(sigma, points) for points in sigma.orbits()]
        maps = [_permutation_maps(sigma, orbits, rho, count) for rho, count in constituents]
    else:
        maps = [_independent(intertwiners(rho, sigma), rho, count) for rho, count in constituents]
    found = Decomposition(sigma, constituents, tuple(maps))
    found.verify()
    return found


def _moved(sigma: Representation, k: int, block: ExactMatrix) -> ExactMatrix:
    """σ(s_k) @ block, by moving rows where σ permutes."""
    if isinstance(sigma, PermutationRepresentation):
        return block.submatrix(np.argsort(sigma.moves[k]).tolist(), range(block.shape[1]))
    return sigma.images[k] @ block


def has_full_column_rank(matrix: ExactMatrix) -> bool:
    """Whether the columns are independent: modulo a prime if they are so there, else exactly."""
    prime, root, order = splitting_prime([matrix])
    reduced = reduce_matrix(matrix, prime, root, order)
    if nmod_mat(*reduced.shape, reduced.ravel().tolist(), prime).rank() == matrix.shape[1]:
        return True
    return matrix.rank() == matrix.shape[1]


def _independent(maps: Sequence[ExactMatrix], rho: Representation, count: int) -> tuple[ExactMatrix, ...]:
    """As many intertwiners as the multiplicity says, with independent columns.

    Over the complex numbers there are just that many. Over other fields Hom(ρ, σ) has dimension m·⟨χ, χ⟩, and each map
    is kept whose image is not in the sum of those before.
    """
    if len(maps) == count:
        return tuple(maps)
    prime, root, order = splitting_prime(maps)
    chosen: list[ExactMatrix] = []
    span = np.zeros((0, maps[0].shape[0]), dtype=np.int64)  # in reduced echelon form modulo the prime
    pivots = np.zeros(0, dtype=np.int64)
    for phi in maps:
        rows = reduce_matrix(phi, prime, root, order).T  # (deg ρ, deg σ)
        # ρ is irreducible, so its image lies in the span or meets it in zero: one vector decides
        rest = (rows[:1] - modular_product(rows[:1, pivots], span, prime)) % prime
        if len(chosen) < count and rest.any():
            chosen.append(phi)
            stacked = np.concatenate([span, rows])
            echelon, rank = nmod_mat(*stacked.shape, stacked.ravel().tolist(), prime).rref()
            flat = [int(x) for x in echelon.entries()]
            span = np.array(flat, dtype=np.int64).reshape(stacked.shape)[:rank]
            pivots = (span != 0).argmax(axis=1)
    if len(chosen) < count:
        raise RepresentationError(f"{len(chosen)} independent copies of {rho!r} were found, not {count}")
    return tuple(chosen)


class _Orbit:
    """One orbit of a permutation representation, with a spanning tree."""

    def __init__(self, sigma: PermutationRepresentation, points: IntArray) -> None:
        self.points = points
        self.tree: dict[int, tuple[int, int]] = {int(points[0]): (-1, -1)}  # point: (parent, generator)
        self.layers: list[list[int]] = [[int(points[0])]]
        while self.layers[-1]:
            layer = []
            for here in self.layers[-1]:
                for k, move in enumerate(sigma.moves):
                    there = int(move[here])
                    if there not in self.tree:
                        self.tree[there] = (here, k)
                        layer.append(there)
            self.layers.append(layer)

    def path(self, point: int) -> list[int]:
        """Generators s_1, s_2, … with point = ⋯ s_2 s_1 x_0."""
        steps = []
        while (entry := self.tree[point])[1] >= 0:
            point = entry[0]
            steps.append(entry[1])
        return steps[::-1]


def _permutation_maps(
    sigma: PermutationRepresentation, orbits: list[_Orbit], rho: Representation, count: int
) -> tuple[ExactMatrix, ...]:
    """The intertwiners of ρ into σ, orbit by orbit: m of shape (n, deg ρ)."""
    inverses = [matrix.inverse() for matrix in rho.images]
    maps: list[ExactMatrix] = []
    for orbit in orbits:
        fixed = _fixed_rows(sigma, orbit, rho, inverses)
        maps += _spread(sigma, orbit, fixed, inverses)
    return _independent(maps, rho, count)


def _fixed_rows(
    sigma: PermutationRepresentation, orbit: _Orbit, rho: Representation, inverses: list[ExactMatrix]
) -> ExactMatrix:
    """A basis of the row vectors u with u ρ(k) = u for all k that fix x_0, as rows: (m', deg ρ).

    The stabiliser is generated by Schreier's g_{s x}⁻¹ s g_x; conditions are added until all of them hold.
    """
    rows = ExactMatrix.identity(rho.degree)
    expected = _fixed_dimension(sigma, orbit, rho)
    for x in orbit.tree:
        for k, move in enumerate(sigma.moves):
            if rows.shape[0] == expected:
                return rows
            there = int(move[x])
            if orbit.tree[there] == (x, k):
                continue
            # u ρ(g_{sx})⁻¹ = u ρ(g_x)⁻¹ ρ(s)⁻¹ says that u is fixed by the Schreier generator
            left = _transported(rows, orbit.path(there), inverses)
            right = _transported(rows, [*orbit.path(x), k], inverses)
            difference = left - right
            if not difference.is_zero:
                rows = difference.T.kernel().T @ rows
    return rows


def _transported(rows: ExactMatrix, path: list[int], inverses: list[ExactMatrix]) -> ExactMatrix:
    for k in path:
        rows = rows @ inverses[k]
    return rows


def _fixed_dimension(sigma: PermutationRepresentation, orbit: _Orbit, rho: Representation) -> int:
    """The dimension of Hom(ρ, functions on the orbit) = ⟨χ_ρ, number of fixed points in the orbit⟩."""
    inside = np.zeros(sigma.degree, dtype=bool)
    inside[orbit.points] = True
    points = np.arange(sigma.degree)
    total = rho.character().values[0] * 0
    for cls, value in zip(sigma.group.conjugacy_classes(), rho.character().values, strict=True):
        fixed = int(((sigma.on_points(cls.representative) == points) & inside).sum())
        if fixed:
            total = total + value * (fixed * cls.size)
    return int((total / sigma.group.order).to_fraction())


def _spread(
    sigma: PermutationRepresentation, orbit: _Orbit, fixed: ExactMatrix, inverses: list[ExactMatrix]
) -> list[ExactMatrix]:
    """Rows u ρ(g)⁻¹ at g x_0, zero outside the orbit, for each u: matrices (n, deg ρ).

    Layer by layer: all points that one generator reaches from a layer take one product.
    """
    count = fixed.shape[0]
    order: list[int] = list(orbit.layers[0])
    stacked = [fixed]
    current, position = fixed, {order[0]: 0}
    for layer in orbit.layers[1:]:
        pieces: list[ExactMatrix] = []
        following: dict[int, int] = {}
        for k, inverse in enumerate(inverses):
            reached = [x for x in layer if orbit.tree[x][1] == k]
            if reached:
                sources = [position[orbit.tree[x][0]] * count + i for x in reached for i in range(count)]
                pieces.append(current.submatrix(sources, range(current.shape[1])) @ inverse)
                for x in reached:
                    following[x] = len(following)
        if pieces:
            current, position = ExactMatrix.vstack(pieces), following
            stacked.append(current)
            order += list(following)
    whole = ExactMatrix.vstack(stacked)  # (points · m', deg ρ), a point's rows together
    place = {x: i for i, x in enumerate(order)}
    zero = whole.shape[0]
    padded = ExactMatrix.vstack([whole, ExactMatrix.zeros(1, whole.shape[1])])
    return [
        padded.submatrix(
            [place[x] * count + i if x in place else zero for x in range(sigma.degree)], range(whole.shape[1])
        )
        for i in range(count)
    ]
