"""Irreps of small groups by Clifford's theorem, with no table of characters and no general linear algebra.

1. Linear characters of subgroups that induce the irreps (`clifford`), and their characters modulo a prime.
2. For one irrep of each Galois orbit a crossed homomorphism that writes it over the field of its character, or over a
   field of degree m over that, m the Schur index (`semilinear`, `unit_systems`, `least_fields`). Its conjugates have
   multiples of its exponents.
3. Proof, in integers: the relation of `semilinear` between X, P, K of g h and of g and h holds for all elements h and
   all generators g, so that these are homomorphisms; their traces are the characters of step 1; these are orthonormal
   modulo the prime, and as their inner products are integers between 0 and |G| they are irreducible and different.
4. Matrices over the field, from coordinates that are checked (`relative_bases`). Every x ↦ c σ(x) is linear over F, and
   Tr_{K/F}(w x̄ y) is invariant under it as σ(w) = w c c̄, and positive definite: this needs no checks with matrices.

What this does not reach is left to `bistate.groups.irreducible.general`: characters that are not induced from such a
pair, and crossed homomorphisms that need other values than roots of unity and cyclotomic units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import repeat
from math import gcd

import numpy as np
from flint import fmpz_mat

from ..arithmetic.cyclotomic_field import field_degree
from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.prime_field import matmul, powers
from ..characters.dixon import modular_table, prime_and_root
from ..characters.labels import row_label
from ..errors import RepresentationError
from ..permutations.listed_group import ListedGroup
from ..permutations.subgroups import is_solvable
from ..representations.representation import Representation, RepresentedGroup
from ..watch import tell
from .abelian import root_matrix
from .clifford import IntArray, LinearCharacters, Products, inducing_characters, products_of
from .least_fields import over_least_field
from .relative_bases import RelativeBasis, basis_with_root, exact_product, relative_basis
from .semilinear import SemilinearAction, Twisted, action, coset_leaders, normaliser

FLINT_FROM = 150  # classes: above, FLINT's product of matrices repays the conversion
SHARED = 1024  # integer matrices that are kept
FIELD_LIMIT = 1500  # [K : Q] where K is not the field of the character: products of vectors of this length
ORDER_LIMIT = 1500  # of groups whose multiplication table is made: arrays of order² numbers
SOLVABLE_LIMIT = 5000  # the same for solvable groups, of which others have few irreps that are found here


@dataclass(frozen=True, eq=False)
class _Residues:
    """What is computed modulo the prime of the character table.

    Attributes:
        prime: p.
        order: the exponent of the group, or twice that so that it is even.
        roots: 1, ζ, ζ², … modulo p, ζ a primitive root of unity of that order, (order,).
        representatives: the positions of one element for each class, (r,).
        sizes: of the classes.
        inverses: the class of inverses.
        squares: the class of squares.
    """

    prime: int
    order: int
    roots: IntArray
    representatives: IntArray
    sizes: IntArray
    inverses: IntArray
    squares: IntArray


@dataclass(frozen=True, eq=False)
class _Orbit:
    """A Galois orbit of irreps.

    Attributes:
        twisted: the crossed homomorphism of one of them.
        action: what it gives on blocks.
        schur_index: m_Q(χ), or None.
        conjugates: the units u modulo M, for the irreps with u times the exponents.
        rows: their characters modulo p, (conjugates, r).
    """

    twisted: Twisted
    action: SemilinearAction
    schur_index: int | None
    conjugates: IntArray
    rows: IntArray


def monomial_irreps(group: RepresentedGroup) -> dict[int, Representation]:
    """Irreps by the row of the character table; all of them for most solvable groups of order up to 5000.

    There are none for larger groups, and for groups of order above 1500 that are not solvable.

    Raises:
        RepresentationError: if a check of what was constructed fails.
    """
    if group.order > ORDER_LIMIT and not (group.order <= SOLVABLE_LIMIT and is_solvable(group)):
        return {}
    tell("linear characters of subgroups")
    products = products_of(group)
    found, complete = inducing_characters(products)
    if not found:
        return {}
    residues = _residues(group, products)
    linear = [batch for batch in found if len(batch.members) == group.order]
    others = [batch for batch in found if len(batch.members) < group.order]
    rows = [_induced(products, residues, batch) for batch in (*linear, *others)]
    stacked = np.concatenate(rows)
    _require_orthonormal(group, residues, stacked)
    place = _places(group, stacked, complete)
    orbits = _orbits(products, residues, others, rows[len(linear) :])
    _require_homomorphisms(group, products, residues, linear, orbits)
    made: dict[int, Representation] = {}
    for batch, values in zip(linear, rows, strict=False):
        _add_linear(group, products, batch, [place[row.tobytes()] for row in values], made)
    for orbit in orbits:
        _add_orbit(group, products, orbit, [place[row.tobytes()] for row in orbit.rows], made)
    return made


# --- characters modulo a prime ---


def _residues(group: ListedGroup, products: Products) -> _Residues:
    prime, root = prime_and_root(group)
    exponent = group.exponent
    if exponent % 2:  # −ζ^{(e+1)/2} is a root of order 2e whose square is ζ
        root, exponent = prime - pow(root, (exponent + 1) // 2, prime), 2 * exponent
    representatives = products.representatives
    return _Residues(
        prime,
        exponent,
        powers(root, exponent, prime),
        representatives,
        np.bincount(products.owner),
        products.owner[products.inverse[representatives]],
        products.owner[products.table[representatives, representatives]],
    )


def _induced(products: Products, residues: _Residues, batch: LinearCharacters) -> IntArray:
    """χ(g) = Σ_j λ(g_j⁻¹ g g_j) over cosets g_j H and those j for which it is defined: (characters, r)."""
    values = np.zeros((len(batch.exponents), len(products.table)), dtype=np.int64)
    values[:, batch.members] = residues.roots[batch.exponents * (residues.order // products.exponent)]
    leaders, _ = products.left_cosets(batch.members)
    moved = products.table[residues.representatives, leaders[:, None]]  # g g_j, (cosets, r)
    conjugates = products.table[products.inverse[leaders][:, None], moved]
    total: IntArray = values[:, conjugates].sum(axis=1) % residues.prime
    return total


def _require_orthonormal(group: ListedGroup, residues: _Residues, rows: IntArray) -> None:
    left, right, prime = rows * residues.sizes % residues.prime, rows[:, residues.inverses].T, residues.prime
    if rows.shape[1] < FLINT_FROM:  # the right factor in halves, with which all sums are exact in floats
        gram = ((exact_product(left, right >> 15) % prime << 15) + exact_product(left, right & 0x7FFF)) % prime
    else:
        gram = matmul(left, right, prime)
    if (gram != np.eye(len(rows), dtype=np.int64) * group.order).any():
        raise RepresentationError(f"the induced characters of {group._short} are not orthonormal")


def _places(group: ListedGroup, rows: IntArray, complete: bool) -> dict[bytes, int]:
    """The rows of the character table by their residues: sorted by degree, then by the residues."""
    if not complete:
        return {row.tobytes(): i for i, row in enumerate(modular_table(group).values)}
    if len(rows) != rows.shape[1]:
        raise RepresentationError(f"{len(rows)} characters of {group._short} were found, not {rows.shape[1]}")
    listed = rows.tolist()
    ordered = sorted(range(len(listed)), key=listed.__getitem__)  # the first entry is the degree
    return {rows[k].tobytes(): i for i, k in enumerate(ordered)}


def _indicator(residues: _Residues, row: IntArray) -> int:
    """(1/|G|) Σ_g χ(g²), which is −1, 0 or 1."""
    prime, total = residues.prime, int(residues.sizes.sum())
    found = int((row[residues.squares] * residues.sizes % prime).sum()) * pow(total, -1, prime) % prime
    return found - prime if found > 1 else found


# --- orbits ---


def _orbits(
    products: Products, residues: _Residues, batches: list[LinearCharacters], rows: list[IntArray]
) -> list[_Orbit]:
    """One entry for each Galois orbit of irreps of degree above 1 for which a crossed homomorphism was found."""
    done: set[bytes] = set()
    found = []
    for batch, values in zip(batches, rows, strict=True):
        for exponents, row in zip(batch.exponents, values, strict=True):
            if row.tobytes() in done:
                continue
            alone, whole = normaliser(products, batch.members, batch.generators, exponents)
            conjugates = coset_leaders(whole.root, whole.galois)
            induced = row[None]
            if len(conjugates) > 1:
                turned = exponents * conjugates[:, None] % products.exponent
                induced = _induced(products, residues, replace(batch, exponents=turned))
            keys = {other.tobytes() for other in induced}
            done |= keys
            if len(keys) < len(conjugates):
                continue  # T is too small: conjugates of λ induce the same character
            if len(whole.galois) > 1 and field_degree(whole.root) > FIELD_LIMIT:
                continue
            twisted, index = over_least_field(products, alone, whole, _indicator(residues, row))
            if twisted is not None:
                found.append(_Orbit(twisted, action(products, twisted), index, conjugates, induced))
    return found


# --- proof ---


def _require_homomorphisms(
    group: ListedGroup, products: Products, residues: _Residues, linear: list[LinearCharacters], orbits: list[_Orbit]
) -> None:
    """The relations for all elements and the generators, for all irreps at once, and the traces."""
    generators = products.generators.tolist()
    right = True
    for batch in linear:
        exponents = np.empty((len(products.table), len(batch.exponents)), dtype=np.int64)
        exponents[batch.members] = batch.exponents.T
        for g in generators:
            right &= not ((exponents[g] + exponents - exponents[products.table[g]]) % products.exponent).any()
    plain = [orbit for orbit in orbits if len(orbit.twisted.galois) == 1]
    for some in (plain, [orbit for orbit in orbits if len(orbit.twisted.galois) > 1]):
        if some:
            right &= _are_homomorphisms(products, generators, some, some is not plain)
    for orbit in orbits:
        _require_traces(group, residues, orbit)
    if not right:
        raise RepresentationError(f"matrices made for {group._short} are no homomorphism")


def _are_homomorphisms(products: Products, generators: list[int], orbits: list[_Orbit], semilinear: bool) -> bool:
    """The values at 1 and the relations, one column for each block; all K are 1 where nothing is semilinear."""
    widths = [orbit.action.places.shape[1] for orbit in orbits]
    begins = np.cumsum([0, *widths])
    place = np.hstack([orbit.action.places + begin for orbit, begin in zip(orbits, begins, strict=False)])
    exponent = np.hstack([orbit.action.exponents for orbit in orbits])
    modulus = np.repeat([orbit.twisted.root for orbit in orbits], widths)
    unit = np.hstack([orbit.action.units for orbit in orbits])
    right = (place[0] == np.arange(begins[-1])).all() and not exponent[0].any() and (unit[0] == 1).all()
    right = right and (semilinear or (unit == 1).all())
    for g in generators:
        after = products.table[g]
        right = right and (place[after] == place[g][place]).all()
        total = exponent[g][place] - exponent[after]
        if semilinear:
            units = unit[g][place]
            right = right and not ((units * unit - unit[after]) % modulus).any()
            total += units * exponent
            for orbit, begin, width in zip(orbits, begins, widths, strict=False):
                if orbit.twisted.system is not None:
                    inner = slice(begin, begin + width)
                    total[:, inner] += orbit.twisted.system.cocycle[units[:, inner], unit[:, inner]]
        else:
            total += exponent
        right = right and not (total % modulus).any()
    return bool(right)


def _require_traces(group: ListedGroup, residues: _Residues, orbit: _Orbit) -> None:
    """The trace over F of x ↦ c σ(x) is Tr_{K/F}(c) for σ = 1, else 0: no point of a regular orbit is fixed."""
    found, root = orbit.action, orbit.twisted.root
    representatives = residues.representatives
    places = found.places[representatives]  # (r, blocks)
    counted = (places == np.arange(places.shape[1])) & (found.units[representatives] == 1)
    galois = np.array(sorted(orbit.twisted.galois))
    roots = residues.roots[np.arange(root) * (residues.order // root)]
    traces = roots[np.arange(root)[:, None] * galois % root].sum(axis=1)  # (M,)
    turned = found.exponents[representatives] * orbit.conjugates[:, None, None] % root  # (conjugates, r, blocks)
    values = (traces[turned] * counted).sum(axis=2)
    if ((values - orbit.rows) % residues.prime).any():
        raise RepresentationError(f"matrices made for {group._short} do not have the character that they should")


# --- matrices ---


def _add_linear(
    group: RepresentedGroup,
    products: Products,
    batch: LinearCharacters,
    places: list[int],
    made: dict[int, Representation],
) -> None:
    position = np.empty(len(products.table), dtype=np.int64)
    position[batch.members] = np.arange(len(batch.members))
    columns = position[products.generators]
    e = products.exponent
    one = root_matrix(1, 0)
    for i, exponents in zip(places, batch.exponents[:, columns].tolist(), strict=True):
        images = tuple(root_matrix(e // (d := gcd(x, e)), x // d) for x in exponents)
        made[i] = Representation(group, images, one, norm=1, schur_index=1, label=row_label(i)).with_row(i)


def _add_orbit(
    group: RepresentedGroup, products: Products, orbit: _Orbit, places: list[int], made: dict[int, Representation]
) -> None:
    basis = relative_basis(orbit.twisted.root, orbit.twisted.galois)
    positions = products.generators
    images = _exact(basis, orbit, _assembled(basis, orbit, positions))
    forms = _forms(basis, orbit)
    for c, (i, form) in enumerate(zip(places, forms, strict=True)):
        matrices = tuple(images[c * len(positions) : (c + 1) * len(positions)])
        rho = Representation(group, matrices, form, norm=1, schur_index=orbit.schur_index, label=row_label(i))
        made[i] = rho.with_row(i)


def _exact(basis: RelativeBasis, orbit: _Orbit, parts: IntArray) -> list[ExactMatrix]:
    """Matrices (N_0 + N_1 √d)/denominator from coordinates over Q(ζ_f): (1 or 2, matrices, φ(f), size, size)."""
    system = orbit.twisted.system
    denominator, conductor = 1 if system is None else system.denominator, basis.conductor
    size = parts.shape[-1]
    flat = parts.reshape(*parts.shape[:3], size * size)
    if system is not None and len(flat) == 2:
        conductor, table = basis_with_root(basis.conductor, system.radicand)
        spread = flat.transpose(1, 3, 0, 2).reshape(-1, len(table))  # (matrices · entries, 2 φ(f))
        flat = exact_product(spread, table).reshape(-1, size * size, table.shape[1]).transpose(0, 2, 1)[None]
    (flat,) = flat
    matrix, part = np.nonzero(flat.any(axis=2))
    integers = map(_shared_integers, repeat(size), map(tuple, flat[matrix, part].tolist()))
    made = [[fmpz_mat(size, size)] * flat.shape[1] for _ in flat]  # zero, as most parts are over large fields
    for i, k, found in zip(matrix.tolist(), part.tolist(), integers, strict=True):
        made[i][k] = found
    return [ExactMatrix.from_integers(parts, conductor, denominator) for parts in made]


@lru_cache(maxsize=SHARED)
def _shared_integers(size: int, entries: tuple[int, ...]) -> fmpz_mat:
    """The same object for equal entries: groups with many irreps of small degree have few different ones."""
    return fmpz_mat(size, size, entries)


def _assembled(basis: RelativeBasis, orbit: _Orbit, positions: IntArray) -> IntArray:
    """The matrices of some elements, for each conjugate: (1 or 2, conjugates · elements, φ(f), size, size).

    With the units α_γ = Σ_{p,l} √d^p a_{pl} z^l block j takes z^b to Σ √d^p a_{pl} z^{u (X_j + l) + K_j b} in P_j.
    """
    root, r, width = basis.powers.shape
    places, exponents, units = (
        array[positions] for array in (orbit.action.places, orbit.action.exponents, orbit.action.units)
    )
    conjugates, system = orbit.conjugates, orbit.twisted.system
    inner = np.arange(r)
    turned = conjugates[:, None, None, None] * exponents[..., None] + units[..., None] * inner  # (u, s, blocks, r)
    if system is None:
        columns = basis.powers[turned % root][None]  # (1, u, s, blocks, r, r, φ(f)): column b of a block, then its rows
    else:
        coefficients = system.numbers[:, None, units][:, :, :, :, None]  # (p, 1, s, blocks, 1, φ(M))
        sums = _sums_of_roots(coefficients, turned, conjugates, root)
        columns = exact_product(sums.reshape(-1, root), basis.powers.reshape(root, -1))
        columns = columns.reshape(*sums.shape[:-1], r, width)
    size = places.shape[1] * r
    found = np.zeros((len(columns), len(conjugates), len(positions), size, size, width), dtype=np.int64)
    which = np.arange(len(positions))[:, None, None, None]
    row = places[..., None, None] * r + inner  # (s, blocks, 1, r)
    column = (np.arange(places.shape[1])[:, None] * r + inner)[None, :, :, None]  # (1, blocks, r, 1)
    found[:, :, which, row, column] = columns
    return found.transpose(0, 1, 2, 5, 3, 4).reshape(len(columns), -1, width, size, size)


def _sums_of_roots(coefficients: IntArray, turned: IntArray, conjugates: IntArray, root: int) -> IntArray:
    """Σ_l a_l z^{x + u l} as coefficients of 1, z, …, z^{M−1}, a last axis in place of that of l.

    Args:
        coefficients: the a_l, which are to be broadcast.
        turned: x, the first axis for the conjugates.
        conjugates: the units u.
        root: M.
    """
    terms = conjugates[:, None] * np.arange(coefficients.shape[-1])  # different modulo M for each u
    places = (turned[..., None] + terms.reshape(len(conjugates), *(1,) * (turned.ndim - 1), -1)) % root
    found = np.zeros((len(coefficients), *turned.shape, root), dtype=np.int64)
    spread = np.broadcast_to(coefficients, (len(coefficients), *places.shape))
    np.put_along_axis(found, np.broadcast_to(places, spread.shape), spread, axis=-1)
    return found


def _forms(basis: RelativeBasis, orbit: _Orbit) -> list[ExactMatrix]:
    """Tr_{K/F}(w x̄ y) on every block, for each conjugate; w = 1 where all α_γ are."""
    root, r, width = basis.powers.shape
    blocks, system = orbit.action.places.shape[1], orbit.twisted.system
    if system is None:  # the same for all conjugates
        return [_trace_form(orbit.twisted.root, orbit.twisted.galois, blocks)] * len(orbit.conjugates)
    steps = np.arange(1 - r, r)
    turned = np.broadcast_to(steps, (len(orbit.conjugates), len(steps)))
    sums = _sums_of_roots(system.weight[:, None, None], turned, orbit.conjugates, root)  # (p, u, steps, M)
    traces = exact_product(sums.reshape(-1, root), basis.traces).reshape(*sums.shape[:-1], width)
    found = traces[:, :, np.arange(r) - np.arange(r)[:, None] + r - 1]  # (p, u, r, r, φ(f))
    whole = np.einsum("cd,puabk->pukcadb", np.eye(blocks, dtype=np.int64), found)
    return _exact(basis, orbit, whole.reshape(*found.shape[:2], width, blocks * r, blocks * r))


@cache
def _trace_form(root: int, galois: frozenset[int], blocks: int) -> ExactMatrix:
    """Tr_{K/F}(x̄ y) on every block."""
    r = len(galois)
    if r == 1:
        return ExactMatrix.identity(blocks)
    basis = relative_basis(root, galois)
    steps = np.arange(r) - np.arange(r)[:, None]
    block = basis.traces[steps % root].transpose(2, 0, 1)  # (φ(f), r, r)
    whole = np.zeros((len(block), blocks, r, blocks, r), dtype=np.int64)
    for j in range(blocks):
        whole[:, j, :, j] = block
    size = blocks * r
    parts = [fmpz_mat(size, size, part) for part in whole.reshape(-1, size * size).tolist()]
    return ExactMatrix.from_integers(parts, basis.conductor)
