"""Irreducible representations by matrices on the generators.

**Lemma.** Let ρ(g) be matrices for the elements of a listed group with ρ(1) = 1 and ρ(g s) = ρ(g) ρ(s) for all g and
all generators s. Then ρ is a representation. If its trace on every class is that of a character χ, it affords χ.

Proof. Each h is a product s_1 ⋯ s_m of generators, so ρ(g h) = ρ(g) ρ(s_1) ⋯ ρ(s_m) by induction, and for g = 1 that is
ρ(h) = ρ(s_1) ⋯ ρ(s_m). So ρ(g h) = ρ(g) ρ(h). A representation is known by its character up to isomorphism. ∎

ρ(g) is made along the tree in which the elements were found, and compared on all other edges g → g s. Its entries are
kept in the canonical form f·g of `cyclotomic_integers.py`: as f ↦ f·g is linear, and (f·g)·h belongs to f·h, they are
multiplied by generators from the right as they are, and do not grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm

from .cyclotomic_integers import Canonical, Number, canonical, primes_of, widened
from .document import Character, Claim, Matrices
from .errors import require
from .listing import Listing
from .listing import product as composed
from .schur_index import is_over_own_field

Scaled = tuple[int, tuple[tuple[Canonical, ...], ...]]  # a denominator and numerators, without common divisors


def require_irreps(claim: Claim, group: Listing) -> None:
    """The matrices of each row are a representation with that character.

    Raises:
        CheckError: naming the row, and the element and the generator, or the class.
    """
    elements = group.tree
    for i, (irrep, row) in enumerate(zip(claim.irreps, claim.characters, strict=True)):
        e = irrep.conductor
        found: dict[tuple[int, ...], Scaled] = {}
        for g, (before, k) in elements.items():
            found[g] = _times(found[before], irrep.images[k], e) if k >= 0 else _identity(row.degree, e)
        for g in elements:
            for k, s in enumerate(claim.generators):
                there = composed(g, s)
                if elements[there] != (g, k):
                    fine = _times(found[g], irrep.images[k], e) == found[there]
                    require(fine, f"the matrices of irrep {i} do not multiply as {list(g)} and generator {k} do")
        wide = lcm(e, claim.conductor)
        for j, z in enumerate(claim.representatives):
            denominator, rows = found[z]
            trace = [sum(entries) for entries in zip(*(rows[k][k] for k in range(row.degree)), strict=True)]
            value = {k: denominator * c for k, c in widened(row.values[j], claim.conductor, wide).items()}
            fine = canonical(value, wide) == _widened(trace, e, wide)
            require(fine, f"the matrices of irrep {i} have another trace on class {j}")


def is_over_characters(irrep: Matrices, row: Character, e: int) -> bool:
    """Whether all entries lie in the field that the values of the character, over Q(ζ_e), generate."""
    wide = lcm(irrep.conductor, e)
    numbers = (x for _, rows in irrep.images for entries in rows for x in entries)
    entries = [widened(x, irrep.conductor, wide) for x in numbers if any(x)]
    values = [widened(value, e, wide) for value in row.values]
    return is_over_own_field(values, wide, entries, wide)


def _identity(d: int, e: int) -> Scaled:
    one, zero = canonical({0: 1}, e), (0,) * e
    return 1, tuple(tuple(one if a == b else zero for b in range(d)) for a in range(d))


def _times(left: Scaled, right: tuple[int, tuple[tuple[Number, ...], ...]], e: int) -> Scaled:
    """ρ(g) ρ(s), divided by what all its numerators have in common with the denominator."""
    columns = list(zip(*right[1], strict=True))
    rows = [[_entry(row, column, e) for column in columns] for row in left[1]]
    denominator = left[0] * right[0]
    common = gcd(denominator, *(c for row in rows for entry in row for c in entry)) if denominator > 1 else 1
    return denominator // common, tuple(tuple(tuple(c // common for c in entry) for entry in row) for row in rows)


def _entry(row: Sequence[Canonical], column: Sequence[Number], e: int) -> list[int]:
    found = [0] * e
    for left, right in zip(row, column, strict=True):
        if right and any(left):
            for shift, factor in right.items():
                for k, c in enumerate(left, shift):
                    found[k % e] += factor * c
    return found


def _widened(form: Sequence[int], e: int, wide: int) -> Canonical:
    """The form at a multiple w of e: f·g at x^{w/e}, times 1 − x^{w/p} for the primes p of w that do not divide e."""
    found = [0] * wide
    found[:: wide // e] = form
    for p in primes_of(wide):
        if e % p:
            found = [found[k] - found[k - wide // p] for k in range(wide)]
    return tuple(found)
