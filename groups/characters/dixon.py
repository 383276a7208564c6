"""Character tables by the algorithm of Burnside, Dixon and Schneider.

For classes C_1, …, C_r with representatives z_k let a_ijk be the number of x ∈ C_i with x⁻¹ z_k ∈ C_j. The central
characters ω_χ(C_j) = |C_j| χ(z_j) / χ(1) are the common eigenvectors of the class matrices M_i = (a_ijk)_{jk}.
Everything is computed modulo one prime p ≡ 1 mod e, e the exponent, where the eigenvalues exist; the values are then
lifted by

    χ(g) = Σ_s m_s ζ_n^s,    m_s = (1/n) Σ_l χ(g^l) ζ_n^{−sl} mod p,

where n is the order of g and m_s, the multiplicity of an eigenvalue of ρ(g), is an integer between 0 and χ(1) < p. The
rows are checked before they are returned.

Only one combination M = Σ w_i M_i is ever stored, over as few small classes as tell all characters apart, so memory is
r². With c the characteristic polynomial of M and e_1 the first unit vector, which no left eigenvector (χ̄(z_k))_k kills,
the eigenvector of the root λ is (c/(x − λ))(M) e_1. Source: J. D. Dixon, Numer. Math. 10 (1967); G. J. A. Schneider,
J. Symbolic Comput. 9 (1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, isqrt

import numpy as np
from flint import fmpz, nmod_mat

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.cyclotomic_field import combine
from ..arithmetic.prime_field import IntArray, from_flint, matmul, powers, root_of_unity, to_flint
from ..errors import RepresentationError, TooLargeError
from ..permutations.defining_words import is_natural_symmetric
from ..permutations.listed_group import ListedGroup
from ..permutations.stabiliser_chain import inverted
from ..watch import tell
from .class_products import searched_central_characters, telling_classes

CLASS_LIMIT = 1200  # conjugacy classes


@dataclass(frozen=True, eq=False)
class EigenvalueCounts:
    """How often ζ_n^s is an eigenvalue of ρ_i(z_j), n the order of z_j: `counts[j][i, s]`.

    Classes that generate the same cyclic subgroups share one array: an eigenvalue ζ of g gives ζ^k of g^k.

    Attributes:
        shared: one array (r, n) for each class of cyclic subgroups.
        places: for each class j the position in `shared` and the k for which z_j is conjugate to the k-th power.
    """

    shared: tuple[IntArray, ...]
    places: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, j: int) -> IntArray:
        """The array m[i, s] of class j, (r, order of z_j)."""
        block, k = self.places[j]
        if k == 1:
            return self.shared[block]
        order = self.shared[block].shape[1]
        return self.shared[block][:, np.arange(order) * pow(k, -1, order) % order]


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
    multiplicities: EigenvalueCounts


def modular_table(group: ListedGroup) -> ModularTable:
    """The table modulo a prime, computed once per group object.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.
    """
    if "_modular_table" not in group.__dict__:
        group.__dict__["_modular_table"] = _modular_table(group)
    table: ModularTable = group.__dict__["_modular_table"]
    return table


def require_few_classes(group: ListedGroup, count: int) -> None:
    """Refuse a table that is too large, before work on it starts.

    Raises:
        TooLargeError: for more than 1200 classes.
    """
    if count > CLASS_LIMIT:
        raise TooLargeError(
            f"{group._short} has {count} conjugacy classes; character tables are computed up to {CLASS_LIMIT}"
        )


def _modular_table(group: ListedGroup) -> ModularTable:
    require_few_classes(group, len(group.conjugacy_classes()))
    tell(f"character table with {len(group.conjugacy_classes())} rows")
    prime, root = prime_and_root(group)
    central = _of_searched(group, prime)  # (r, r): one row per character
    if central is None:
        central = _central_characters(group, prime)
    values, degrees = _scaled(group, central, prime)
    order = _row_order(values, degrees)
    values, degrees = values[order], degrees[order]
    return ModularTable(prime, root, values, degrees, eigenvalue_counts(group, values, prime, root))


def _of_searched(group: ListedGroup, prime: int) -> IntArray | None:
    """The central characters from searched classes; None where classes, or their small ones, are not enough."""
    if is_natural_symmetric(group) or group.searched_classes is None:
        return None
    try:
        return searched_central_characters(group, group.searched_classes, prime)
    except TooLargeError:
        if not group.can_be_listed:
            raise
        return None


def prime_and_root(group: ListedGroup) -> tuple[int, int]:
    """A prime p ≡ 1 modulo the exponent e of about 30 bits, and an element of multiplicative order e modulo p.

    Raises:
        TooLargeError: if there is no such prime.
    """
    prime = _prime(group.exponent, group.order)
    return prime, root_of_unity(prime, group.exponent)


def _prime(exponent: int, order: int) -> int:
    """A prime p ≡ 1 mod e of about 30 bits, so that products fit 64-bit integers; p > 2√|G| as lifting needs."""
    k = 2**30 // exponent
    while not fmpz(k * exponent + 1).is_prime():
        k -= 1
    prime = k * exponent + 1
    if k < 1 or prime <= 2 * isqrt(order) + 1:
        raise TooLargeError(f"exponent {exponent} is too large: no prime below 2^30 is 1 modulo it")
    return prime


def _central_characters(group: ListedGroup, prime: int) -> IntArray:
    """The common eigenvectors ω, scaled to ω(C_1) = 1: eigenvectors of one random combination of class matrices."""
    sizes = np.array([cls.size for cls in group.conjugacy_classes()])
    count = len(sizes)
    ordered = np.array(telling_classes(group), dtype=np.int64)
    totals = np.cumsum(sizes[ordered])
    draw = np.random.default_rng(0)
    budget = max(16, count * count // 100)  # elements: about what an attempt costs in any case
    while True:
        chosen = ordered[: max(1, int(np.searchsorted(totals, budget, side="right")))]
        weights = np.zeros(count, dtype=np.int64)
        weights[chosen] = draw.integers(1, prime, size=len(chosen))
        combination = _combination(group, weights, prime)
        polynomial = combination.charpoly()
        if polynomial.gcd(polynomial.derivative()).degree() == 0:
            break
        # All classes together tell all characters apart, but for a draw of probability below r²/p.
        assert budget < 2**40 * group.order, "random combinations of class matrices have distinct eigenvalues"
        budget *= 4
    roots = np.array([int(root) for root, _ in polynomial.roots()], dtype=np.int64)
    assert len(roots) == count, "the eigenvalues of class matrices lie in the prime field"
    coefficients = [int(c) for c in polynomial.coeffs()]
    quotients = np.empty((count, count), dtype=np.int64)  # row i: c/(x − λ_i), by synthetic division
    quotients[:, -1] = 1
    for k in range(count - 1, 0, -1):
        quotients[:, k - 1] = (coefficients[k] + roots * quotients[:, k]) % prime
    vectors = matmul(quotients, _krylov(combination, count, prime), prime)  # (r, r): one row per character
    scale = np.array([pow(int(x), -1, prime) for x in vectors[:, 0]], dtype=np.int64)
    return vectors * scale[:, None] % prime


def _combination(group: ListedGroup, weights: IntArray, prime: int) -> nmod_mat:
    """M = Σ_i w_i M_i: column k adds w_i to the row of the class of x⁻¹ z_k for every x ∈ C_i."""
    owner, classes = group.class_indices, group.conjugacy_classes()
    members = np.flatnonzero(weights[owner])
    weight = weights[owner[members]]  # below 2^30 each, so that sums over 2^33 elements fit 64 bits
    inverses = inverted(group.images[members])  # rows x⁻¹, (members, degree)
    columns = np.zeros((len(classes), len(classes)), dtype=np.int64)  # the transpose
    for k, cls in enumerate(classes):
        moved = inverses[:, [cls.representative[point] for point in group.base]]  # x⁻¹ z_k on the base
        np.add.at(columns[k], owner[group.index_base_images(moved)], weight)
    return to_flint(columns.T % prime, prime)


def _krylov(matrix: nmod_mat, count: int, prime: int) -> IntArray:
    """The vectors e_1, M e_1, M² e_1, … as rows, (r, r), by doubling: rows m, …, 2m−1 are M^m times the first m."""
    power = matrix.transpose()
    rows = nmod_mat(1, count, [1] + [0] * (count - 1), prime)
    while rows.nrows() < count:
        entries = rows.entries() + (rows * power).entries()
        rows = nmod_mat(2 * rows.nrows(), count, entries, prime)
        power = power * power
    return from_flint(rows)[:count]


def _scaled(group: ListedGroup, central: IntArray, prime: int) -> tuple[IntArray, IntArray]:
    """χ(z_j) = χ(1) ω(C_j) / |C_j|, with χ(1)² = |G| / Σ_j ω(C_j) ω(C_j⁻¹) / |C_j|."""
    inverse = np.array(group.power_map(-1))
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


def eigenvalue_counts(group: ListedGroup, values: IntArray, prime: int, root: int) -> EigenvalueCounts:
    """The eigenvalue multiplicities of characters given modulo p, by the finite Fourier transform of powers.

    Args:
        group: the group.
        values: χ_i(z_j) mod p, (characters, r).
        prime: p, with p ≡ 1 modulo the exponent e, larger than all degrees.
        root: an element of order e modulo p.
    """
    classes = group.conjugacy_classes()
    places: list[tuple[int, int] | None] = [None] * len(classes)
    shared: list[IntArray] = []
    for j, cls in enumerate(classes):
        if places[j] is not None:
            continue
        order = cls.order
        columns = [group.class_of(cls.representative**exponent) for exponent in range(order)]
        for k in range(order, 0, -1):  # k = 1 last: class j itself comes as the first power where it can
            if gcd(k, order) == 1:
                places[columns[k % order]] = (len(shared), k)
        steps = -np.outer(np.arange(order), np.arange(order)) % order  # entry [l, s] is −ls
        table = powers(pow(root, group.exponent // order, prime), order, prime)
        transform = table[steps] * pow(order, -1, prime) % prime
        shared.append(matmul(values[:, columns], transform, prime))  # (characters, order)
    return EigenvalueCounts(tuple(shared), tuple(place for place in places if place is not None))


def exact_values(group: ListedGroup, table: ModularTable) -> tuple[tuple[Cyclotomic, ...], ...]:
    """The lifted table: one row per character, one column per class.

    Raises:
        RepresentationError: if a check of the arithmetic fails.
    """
    _require_orthonormal(group, table)
    known: dict[tuple[int, bytes], Cyclotomic] = {}
    columns = []
    for j, cls in enumerate(group.conjugacy_classes()):
        column = []
        for counts in np.ascontiguousarray(table.multiplicities[j]):  # (order of z_j,)
            key = (cls.order, counts.tobytes())
            if key not in known:
                terms = [(int(s), int(counts[s])) for s in np.flatnonzero(counts)]
                known[key] = Cyclotomic(combine(cls.order, terms, 0), cls.order)
            column.append(known[key])
        columns.append(column)
    return tuple(zip(*columns, strict=True))


def _require_orthonormal(group: ListedGroup, table: ModularTable) -> None:
    """Check eigenvalue counts, row orthogonality modulo p, and Σ χ(1)² = |G|.

    The lift itself is right by theory: reductions of the r true central characters are eigenvectors of the combined
    class matrix, which has r different eigenvalues modulo p and so no others; and the true multiplicities are integers
    between 0 and χ(1) < p. What is checked here is the arithmetic.
    """
    for counts in table.multiplicities.shared:
        if (counts.sum(axis=1) != table.degrees).any() or (counts > table.degrees[:, None]).any():
            raise RepresentationError(f"eigenvalues of elements of order {counts.shape[1]} do not add up to the degree")
    inverse = np.array(group.power_map(-1))
    sizes = np.array([cls.size for cls in group.conjugacy_classes()], dtype=np.int64)
    gram = matmul(table.values * sizes % table.prime, table.values[:, inverse].T, table.prime)
    if (gram != np.eye(len(gram), dtype=np.int64) * (group.order % table.prime)).any():
        raise RepresentationError(f"the characters of {group} are not orthonormal modulo {table.prime}")
    if int((table.degrees**2).sum()) != group.order:
        raise RepresentationError(f"the degrees {table.degrees.tolist()} of {group} do not square up to its order")
