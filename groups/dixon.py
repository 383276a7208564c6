"""Character tables by the algorithm of Burnside, Dixon and Schneider.

For classes C_1, …, C_r with representatives z_k let a_ijk be the number of x ∈ C_i with x⁻¹ z_k ∈ C_j. The central
characters ω_χ(C_j) = |C_j| χ(z_j) / χ(1) are the common eigenvectors of the class matrices (a_ijk)_{jk}. Everything is
computed modulo one prime p ≡ 1 mod e, e the exponent, where the eigenvalues exist; the values are then lifted by

    χ(g) = Σ_s m_s ζ_n^s,    m_s = (1/n) Σ_l χ(g^l) ζ_n^{−sl} mod p,

where n is the order of g and m_s, the multiplicity of an eigenvalue of ρ(g), is an integer between 0 and χ(1) < p. The
rows are checked before they are returned. Source: J. D. Dixon, Numer. Math. 10 (1967);
G. J. A. Schneider, J. Symbolic Comput. 9 (1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from flint import fmpz, nmod_mat
from numpy.typing import NDArray

from .class_function import power_map
from .cyclotomic import Cyclotomic, combine
from .errors import RepresentationError, TooLargeError
from .permutation_group import PermutationGroup

CLASS_LIMIT = 1200  # conjugacy classes
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class ModularTable:
    """A character table modulo a prime, with eigenvalue multiplicities.

    Attributes:
        prime: p, with p ≡ 1 modulo the exponent.
        root: a primitive e-th root of unity modulo p, e the exponent.
        values: χ_i(z_j) mod p, (r, r), rows by degree, the trivial character first.
        degrees: χ_i(1), (r,).
        multiplicities: for each class j the array m[i, s]: how often ζ_n^s is an eigenvalue of ρ_i(z_j), of shape
            (r, order of z_j).
    """

    prime: int
    root: int
    values: IntArray
    degrees: IntArray
    multiplicities: tuple[IntArray, ...]


def modular_table(group: PermutationGroup) -> ModularTable:
    """The table modulo a prime.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.
    """
    classes = group.conjugacy_classes()
    if len(classes) > CLASS_LIMIT:
        raise TooLargeError(f"{group} has {len(classes)} conjugacy classes; tables are computed up to {CLASS_LIMIT}")
    prime = _prime(group.exponent, group.order)
    root = _root_of_unity(prime, group.exponent)
    constants = _class_constants(group)  # (r, r, r)
    central = _central_characters(constants, prime)  # (r, r): one row per character
    values, degrees = _scaled(group, central, prime)
    order = _row_order(values, degrees)
    values, degrees = values[order], degrees[order]
    return ModularTable(prime, root, values, degrees, _multiplicities(group, values, prime, root))


def _prime(exponent: int, order: int) -> int:
    """A prime p ≡ 1 mod e of about 30 bits, so that products fit 64-bit integers; p > 2√|G| as lifting needs."""
    k = 2**30 // exponent
    while not fmpz(k * exponent + 1).is_prime():
        k -= 1
    prime = k * exponent + 1
    if k < 1 or prime <= 2 * isqrt(order) + 1:
        raise TooLargeError(f"exponent {exponent} is too large: no prime below 2^30 is 1 modulo it")
    return prime


def _root_of_unity(prime: int, exponent: int) -> int:
    """An element of multiplicative order exactly e modulo p."""
    factors = [int(q) for q, _ in fmpz(exponent).factor()]
    for base in range(2, prime):
        root = pow(base, (prime - 1) // exponent, prime)
        if all(pow(root, exponent // q, prime) != 1 for q in factors):
            return root
    raise AssertionError("a prime field has a primitive root")


def _class_constants(group: PermutationGroup) -> IntArray:
    """a_ijk = #{x ∈ C_i : x⁻¹ z_k ∈ C_j}: (r, r, r)."""
    classes, owner = group.conjugacy_classes(), group.class_indices
    count = len(classes)
    constants = np.zeros((count, count, count), dtype=np.int64)
    for k, cls in enumerate(classes):
        image = owner[group.right_action(cls.representative)[group.inverses]]  # (order,): class of x⁻¹ z_k
        np.add.at(constants[:, :, k], (owner, image), 1)
    return constants


def _central_characters(constants: IntArray, prime: int) -> IntArray:
    """The common eigenvectors ω, scaled to ω(C_1) = 1: eigenvectors of one random combination of class matrices."""
    count = len(constants)
    draw = np.random.default_rng(0)
    for _ in range(20):
        combination = np.zeros((count, count), dtype=object)
        for weight, matrix in zip(draw.integers(1, prime, size=count), constants, strict=True):
            combination = (combination + int(weight) * matrix.astype(object)) % prime
        matrix = nmod_mat(count, count, [int(x) for x in combination.ravel()], prime)
        roots = [int(root) for root, _ in matrix.charpoly().roots()]
        if len(roots) == count:
            return np.array([_eigenvector(combination, root, prime) for root in roots], dtype=np.int64)
    raise AssertionError("random combinations of class matrices have distinct eigenvalues")


def _eigenvector(matrix: NDArray[np.object_], eigenvalue: int, prime: int) -> list[int]:
    count = len(matrix)
    shifted = nmod_mat(
        count, count, [int(x) for x in ((matrix - eigenvalue * np.eye(count, dtype=object)) % prime).ravel()], prime
    )
    basis, nullity = shifted.nullspace()
    assert nullity == 1
    vector = [int(basis[i, 0]) for i in range(count)]
    scale = pow(vector[0], -1, prime)
    return [x * scale % prime for x in vector]


def _scaled(group: PermutationGroup, central: IntArray, prime: int) -> tuple[IntArray, IntArray]:
    """χ(z_j) = χ(1) ω(C_j) / |C_j|, with χ(1)² = |G| / Σ_j ω(C_j) ω(C_j⁻¹) / |C_j|."""
    inverse = np.array(power_map(group, -1))
    weight = np.array([pow(cls.size, -1, prime) for cls in group.conjugacy_classes()], dtype=np.int64)  # 1/|C_j|
    over_size = central * weight % prime  # (r, r)
    norms = (over_size * central[:, inverse] % prime).sum(axis=1) % prime  # (r,)
    divisors = [d for d in range(1, isqrt(group.order) + 1) if group.order % d == 0]
    by_square = {d * d % prime: d for d in divisors}
    degrees = np.array([by_square[group.order * pow(int(x), -1, prime) % prime] for x in norms], dtype=np.int64)
    return over_size * degrees[:, None] % prime, degrees


def _row_order(values: IntArray, degrees: IntArray) -> list[int]:
    """By degree, ties by the values modulo p: arbitrary but fixed, and (1, 1, …) comes before other roots of unity."""
    return sorted(range(len(degrees)), key=lambda i: (degrees[i], values[i].tolist()))


def _multiplicities(group: PermutationGroup, values: IntArray, prime: int, root: int) -> tuple[IntArray, ...]:
    found = []
    powers: dict[int, IntArray] = {}
    for cls in group.conjugacy_classes():
        order = cls.order
        columns = [_class_of_power(group, cls.representative, exponent) for exponent in range(order)]
        if order not in powers:
            zeta = pow(root, group.exponent // order, prime)
            table = [pow(zeta, k, prime) for k in range(order)]
            inverse = pow(order, -1, prime)
            powers[order] = np.array(
                [[table[-s * t % order] * inverse % prime for s in range(order)] for t in range(order)], dtype=np.int64
            )
        found.append(_matmul(values[:, columns], powers[order], prime))  # (r, order)
    return tuple(found)


def _class_of_power(group: PermutationGroup, element: object, exponent: int) -> int:
    return int(group.class_indices[group.index(element**exponent)])  # type: ignore[operator]


def _matmul(left: IntArray, right: IntArray, prime: int) -> IntArray:
    """The product left @ right modulo a prime below 2^30, without overflow: the right factor in halves of 15 bits."""
    high, low = right >> 15, right & 0x7FFF
    step = 2**17  # terms below 2^45 each: 2^17 of them stay below 2^62
    result = np.zeros((left.shape[0], right.shape[1]), dtype=np.int64)
    for start in range(0, left.shape[1], step):
        block = slice(start, start + step)
        upper = left[:, block] @ high[block] % prime
        result = (result + (upper << 15) + left[:, block] @ low[block]) % prime
    return result


def exact_values(group: PermutationGroup, table: ModularTable) -> tuple[tuple[Cyclotomic, ...], ...]:
    """The lifted table: one row per character, one column per class.

    Raises:
        RepresentationError: if a check of the arithmetic fails.
    """
    classes = group.conjugacy_classes()
    known: dict[tuple[int, tuple[int, ...]], Cyclotomic] = {}
    rows = []
    for i in range(len(classes)):
        row = []
        for j, cls in enumerate(classes):
            key = (cls.order, tuple(table.multiplicities[j][i].tolist()))
            if key not in known:
                known[key] = Cyclotomic(combine(cls.order, [(s, m) for s, m in enumerate(key[1]) if m], 0), cls.order)
            row.append(known[key])
        rows.append(tuple(row))
    _require_orthonormal(group, table)
    return tuple(rows)


def _require_orthonormal(group: PermutationGroup, table: ModularTable) -> None:
    """Check eigenvalue counts, row orthogonality modulo p, and Σ χ(1)² = |G|.

    The lift itself is right by theory: reductions of the r true central characters are eigenvectors of the combined
    class matrix, which has r different eigenvalues modulo p and so no others; and the true multiplicities are integers
    between 0 and χ(1) < p. What is checked here is the arithmetic.
    """
    for j, cls in enumerate(group.conjugacy_classes()):
        multiplicities = table.multiplicities[j]
        if (multiplicities.sum(axis=1) != table.degrees).any() or (multiplicities > table.degrees[:, None]).any():
            raise RepresentationError(f"eigenvalues of the class of {cls.representative!r} do not add up to the degree")
    inverse = np.array(power_map(group, -1))
    sizes = np.array([cls.size for cls in group.conjugacy_classes()], dtype=np.int64)
    gram = _matmul(table.values * sizes % table.prime, table.values[:, inverse].T.copy(), table.prime)
    if (gram != np.eye(len(gram), dtype=np.int64) * (group.order % table.prime)).any():
        raise RepresentationError(f"the characters of {group} are not orthonormal modulo {table.prime}")
    if int((table.degrees**2).sum()) != group.order:
        raise RepresentationError(f"the degrees {table.degrees.tolist()} of {group} do not square up to its order")
