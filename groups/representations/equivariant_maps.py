"""Intertwiners: the matrices Φ with σ(g) Φ = Φ ρ(g) for all g, Hom_G(ρ, σ).

Such a Φ is known once it is known on vectors b that generate the space of ρ: Φ ρ(g) b = σ(g) Φ b. A basis
b_i = ρ(w_i) b is spun up from standard basis vectors; every generator s and basis vector b_i then gives one condition,

    σ(s) Φ b_i = Σ_j c_j Φ b_j    where ρ(s) b_i = Σ_j c_j b_j,

which either defines the next Φ b_j or cuts down the space of possible images of b. Source: the standard basis algorithm
of the MeatAxe, R. A. Parker, in: Computational Group Theory (1984).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.prime_field import IntArray, from_flint, modular_product, to_flint
from ..arithmetic.reduction import reduce_matrix, splitting_prime
from ..errors import RepresentationError
from .homomorphism import Homomorphism, on_one_group


def intertwiners(rho: Homomorphism, sigma: Homomorphism) -> tuple[ExactMatrix, ...]:
    """A basis of Hom_G(ρ, σ) = {Φ : σ(g) Φ = Φ ρ(g)}, each of shape (deg σ, deg ρ), checked on generators.

    The basis is one over the least cyclotomic field with the entries of ρ and σ.

    Raises:
        RepresentationError: for representations of different groups.

    Example:
        >>> from bistate.groups import SymmetricGroup, permutation_representation
        >>> G = SymmetricGroup(3)
        >>> len(intertwiners(G.irreps()[2], permutation_representation(G)))
        1
    """
    _, (rho, sigma) = on_one_group((rho, sigma))
    basis = spin(rho)
    found = _solve(basis, rho, sigma)
    back = basis.vectors.inverse()
    result = tuple((matrix @ back).reduced() for matrix in found)
    for phi in result:
        if any(b @ phi != phi @ a for a, b in zip(rho.images, sigma.images, strict=True)):
            raise RepresentationError(f"a computed map from {rho!r} to {sigma!r} is no intertwiner")
    return result


@dataclass(frozen=True)
class SpunBasis:
    """A basis b_1, …, b_d of the space of ρ.

    Attributes:
        vectors: the b_i as columns, (d, d).
        sources: for each i the pair (k, s) with b_i = ρ(generator s) b_k, or (j, −1) for a standard basis vector e_j.
    """

    vectors: ExactMatrix
    sources: tuple[tuple[int, int], ...]


def spin(rho: Homomorphism) -> SpunBasis:
    """Standard basis vectors and their images under generators, until they span.

    Independence is decided modulo a prime: vectors that are independent there are independent.
    """
    prime, root, order = splitting_prime(rho.images)
    reduced = [reduce_matrix(matrix, prime, root, order) for matrix in rho.images]
    unit = np.eye(rho.degree, dtype=np.int64)
    found: list[IntArray] = []
    sources: list[tuple[int, int]] = []
    echelon = _Echelon(prime)
    for j in range(rho.degree):
        if len(found) == rho.degree or not echelon.add(unit[j]):
            continue
        here = len(found)
        found.append(unit[j])
        sources.append((j, -1))
        while here < len(found) < rho.degree:
            for s, matrix in enumerate(reduced):
                moved = modular_product(matrix, found[here][:, None], prime)[:, 0]
                if echelon.add(moved):
                    found.append(moved)
                    sources.append((here, s))
            here += 1
    columns: list[ExactMatrix] = []
    for k, s in sources:
        start = ExactMatrix.column([int(i == k) for i in range(rho.degree)])
        columns.append(start if s < 0 else rho.images[s] @ columns[k])
    return SpunBasis(ExactMatrix.hstack(columns), tuple(sources))


def independent(maps: Sequence[ExactMatrix], rho: Homomorphism, count: int) -> tuple[ExactMatrix, ...]:
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
            echelon, rank = to_flint(stacked, prime).rref()
            span = from_flint(echelon)[:rank]
            pivots = (span != 0).argmax(axis=1)
    if len(chosen) < count:
        raise RepresentationError(f"{len(chosen)} independent copies of {rho!r} were found, not {count}")
    return tuple(chosen)


class _Echelon:
    """Vectors modulo a prime, reduced against each other to see which are new."""

    def __init__(self, prime: int) -> None:
        self.prime = prime
        self.rows: list[tuple[int, IntArray]] = []  # the position of the leading 1, and the vector

    def add(self, vector: IntArray) -> bool:
        """Whether the vector is independent of those added before; it is kept if so."""
        for pivot, row in self.rows:
            if vector[pivot]:
                vector = (vector - row * vector[pivot]) % self.prime
        places = np.flatnonzero(vector)
        if not len(places):
            return False
        pivot = int(places[0])
        self.rows.append((pivot, vector * pow(int(vector[pivot]), -1, self.prime) % self.prime))
        return True


def _solve(basis: SpunBasis, rho: Homomorphism, sigma: Homomorphism) -> list[ExactMatrix]:
    """Φ on the spun basis, for a basis of all Φ: matrices with columns Φ b_i."""
    size, vectors = sigma.degree, basis.vectors
    relations = [vectors.solve(matrix @ vectors) for matrix in rho.images]  # column i: ρ(s) b_i in the basis
    defined = {(k, s) for k, s in basis.sources if s >= 0}
    pending = _by_last_vector(relations, defined)
    seeds = [i for i, (_, s) in enumerate(basis.sources) if s < 0]
    # The unknowns are the images of the seeds. images[i] carries the parameters that are still free to Φ b_i.
    free = ExactMatrix.identity(size * len(seeds))
    images: list[ExactMatrix] = []
    for i, (source, s) in enumerate(basis.sources):
        if s < 0:
            start = seeds.index(i) * size
            images.append(free.submatrix(range(start, start + size), range(free.shape[1])))
        else:
            images.append(sigma.images[s] @ images[source])
        for k, t in pending.get(i, []):
            condition = sigma.images[t] @ images[k]
            for j in range(i + 1):
                value = relations[t][j, k]
                if value:
                    condition = condition - images[j] * value
            if condition.is_zero:
                continue
            kernel = condition.kernel()
            if kernel.shape[1] == 0:
                return []
            free, images = free @ kernel, [image @ kernel for image in images]
    return [
        ExactMatrix.hstack(image.submatrix(range(size), [column]) for image in images)
        for column in range(free.shape[1])
    ]


def _by_last_vector(
    relations: Sequence[ExactMatrix], defined: set[tuple[int, int]]
) -> dict[int, list[tuple[int, int]]]:
    """The conditions (vector k, generator t), each at the last vector it speaks of."""
    found: dict[int, list[tuple[int, int]]] = {}
    for t, relation in enumerate(relations):
        support = relation.support
        for k in range(relation.shape[0]):
            if (k, t) not in defined:
                last = max(k, int(np.flatnonzero(support[:, k])[-1]))
                found.setdefault(last, []).append((k, t))
    return found
