"""Central characters of a group whose classes were found by search: class matrices of a few small classes.

The eigenvectors of M = Σ w_i M_i, modulo a prime p, are the central characters ω. Characters that agree on all classes
used share an eigenspace. Where it has dimension two, and some power map k ↦ g^k prime to the exponent acts on it by
more than a scalar, it is spanned by ω and its image σ(ω): power maps permute the reductions of the true central
characters, and this space holds two of them. With v₊ and v₋ in the eigenspaces of σ, v₊(1) = 1,

    ω = v₊ + b v₋,   σ(ω) = v₊ − b v₋,   0 = B(ω, σ(ω)) = B(v₊, v₊) − b² B(v₋, v₋)

with B(x, y) = Σ_j x(C_j) y(C_j⁻¹) / |C_j|, so that b is a square root modulo p, and its sign only changes which of the
two comes first.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from flint import nmod_mat, nmod_poly

from ..arithmetic.prime_field import IntArray, from_flint, to_flint
from ..errors import TooLargeError
from ..permutations.class_search import SearchedClasses
from ..permutations.listed_group import ListedGroup
from ..permutations.stabiliser_chain import inverted

MEMBERS = 10**5  # elements of the classes whose matrices are made
LARGE = 10  # a class is large if it has more than r²/10 elements, when its matrix costs more than to split it
LISTED_MEMBERS = 3 * 10**4  # the same for a group that can be listed instead


def searched_central_characters(group: ListedGroup, found: SearchedClasses, prime: int) -> IntArray:
    """The vectors ω with ω(C_1) = 1, one row for each character.

    Raises:
        TooLargeError: where the small classes do not tell the characters apart.
    """
    classes = group.conjugacy_classes()
    draw = np.random.default_rng(0)
    total, matrix = 0, np.zeros((len(classes), len(classes)), dtype=np.int64)
    for i in telling_classes(group):
        total += classes[i].size
        if total > (LISTED_MEMBERS if group.can_be_listed else MEMBERS):
            break
        matrix = (matrix + int(draw.integers(1, prime)) * _class_matrix(group, found, i)) % prime
        rows = _split(group, to_flint(matrix, prime), prime)
        if rows is not None:
            return rows
    raise TooLargeError(
        f"the characters of {group._short} are not told apart by its classes of up to {MEMBERS} elements in all"
    )


def telling_classes(group: ListedGroup) -> list[int]:
    """All classes but the first in the order in which their matrices are used: small ones with elements of large order.

    A large class of powers of one that is used before comes at the end, as it tells few characters apart that are still
    together: for PSL(2,q) an involution and generators of two tori come first.
    """
    classes = group.conjugacy_classes()
    large = len(classes) ** 2 // LARGE
    first, last, powers = list[int](), list[int](), set[int]()
    key = [(cls.size, -cls.order if cls.size > large else 0) for cls in classes]
    for i in sorted(range(1, len(classes)), key=key.__getitem__):
        (last if i in powers else first).append(i)
        if classes[i].size > large and i not in powers:  # a power of an element commutes with no less
            powers |= {group.class_of(classes[i].representative ** k) for k in range(2, classes[i].order)}
    return first + last


def _class_matrix(group: ListedGroup, found: SearchedClasses, i: int) -> IntArray:
    """M_i = (a_ijk)_{jk}: how many x in C_i have x⁻¹ z_k in C_j."""
    classes = group.conjugacy_classes()
    inverses = inverted(found.members(i))
    columns = [
        np.bincount(found.indices(inverses[:, list(cls.representative)]), minlength=len(classes)) for cls in classes
    ]
    return np.stack(columns, axis=1)


def _split(group: ListedGroup, matrix: nmod_mat, prime: int) -> IntArray | None:
    """One vector for each character, or None where an eigenspace is not split."""
    count, rows = matrix.nrows(), list[IntArray]()
    for root, times in matrix.charpoly().roots():
        shifted = matrix - nmod_mat(
            count, count, [int(root) * (i == j) for i in range(count) for j in range(count)], prime
        )
        kernel, dimension = shifted.nullspace()
        basis = from_flint(kernel).T[:dimension]  # (dimension, classes)
        if dimension != times:
            return None
        if dimension == 1:
            rows.append(_monic(basis[0], prime))
            continue
        pair = _pair(group, basis, prime) if dimension == 2 else None
        if pair is None:
            return None
        rows += pair
    return np.stack(rows) if len(rows) == count else None


def _monic(vector: IntArray, prime: int) -> IntArray:
    return vector * pow(int(vector[0]), -1, prime) % prime


def _pair(group: ListedGroup, basis: IntArray, prime: int) -> list[IntArray] | None:
    """The two central characters in a plane that some power map does not fix pointwise."""
    inverse = list(group.power_map(-1))
    weights = np.array([pow(cls.size, -1, prime) for cls in group.conjugacy_classes()], dtype=np.int64)
    for k in _automorphisms(group):
        moved = basis[:, list(group.power_map(k))]
        plus = [v for v in (basis + moved) % prime if v[0]]
        minus = [v for v in (basis - moved) % prime if v.any()]
        if not plus or not minus:
            continue
        first, second = _monic(plus[0], prime), minus[0]

        def form(v: IntArray) -> int:
            return int((v * v[inverse] % prime * weights % prime).sum() % prime)

        square = form(first) * pow(form(second), -1, prime) % prime if form(second) else 0
        roots = nmod_poly([-square, 0, 1], prime).roots()
        if len(roots) != 2:
            return None
        step = int(roots[0][0]) * second % prime
        return [(first + step) % prime, (first - step) % prime]
    return None


def _automorphisms(group: ListedGroup) -> list[int]:
    """The k prime to the exponent whose power maps are tried: −1 first."""
    exponent = group.exponent
    return [k for k in (exponent - 1, *range(2, min(exponent, 100))) if gcd(k, exponent) == 1]
