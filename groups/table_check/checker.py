"""The theorem: when the rows of a certificate are the irreducible characters, and all that follows is checked.

**Theorem.** Let G be a finite group with the classes C_1 = {1}, …, C_k and representatives z_j, let S be a set of
classes, and f_1, …, f_k class functions with positive integers d_r = f_r(1), such that

    (1)  |C_i| f_r(z_i) f_r(z_j) = d_r Σ_{x ∈ C_i} f_r(x z_j)   for all r, all i ∈ S and all j,
    (2)  the k families (f_r(z_i) / d_r)_{i ∈ S} are different,
    (3)  Σ_j |C_j| |f_r(z_j)|² = |G|   for all r.

Then f_1, …, f_k are the irreducible complex characters of G, each once.

Proof. Let Z be the centre of the group algebra C[G]. The class sums K_j are a basis, so dim Z = k. It is commutative
and semisimple: by Wedderburn it has exactly k homomorphisms of algebras to C, ω_χ(K_j) = |C_j| χ(z_j) / χ(1) for the
irreducible characters χ, and these are a basis of the dual space Z*. Let K_i act on Z* by (T_i φ)(z) = φ(K_i z). Then
T_i ω_χ = ω_χ(K_i) ω_χ: so Z* is the direct sum of the common eigenspaces of the T_i with i ∈ S, and each of these is
spanned by those ω_χ that have the same family of eigenvalues.

Let ω_r be the linear form on C[G] with ω_r(g) = f_r(g) / d_r; it has ω_r(K_j) = |C_j| f_r(z_j) / d_r. For y = g z_j g⁻¹
the products x y = g (g⁻¹ x g) z_j g⁻¹ with x ∈ C_i are conjugate to the products x' z_j with x' ∈ C_i, so that
ω_r(K_i K_j) = |C_j| Σ_{x ∈ C_i} f_r(x z_j) / d_r, which is ω_r(K_i) ω_r(K_j) by (1). So ω_r lies in the common
eigenspace of the family (ω_r(K_i))_{i ∈ S}, and is not zero, as ω_r(K_1) = 1. By (2) the k families are different, and
there are k different common eigenspaces other than zero in a space of dimension k: each has dimension one and holds
one ω_χ. So ω_r = c ω_χ, and c = 1 by the value 1 on K_1. Hence f_r / d_r = χ / χ(1), and different r have different χ.
By (3) and the same equation for χ, which is irreducible, d_r² = χ(1)². Both are positive, so f_r = χ. ∎

Orthogonality of rows and of columns, and the integrality of class sums, follow from it and are not checked again.
Nothing is asked of S but (2); it may be all classes. The elements are listed, so that classes, their sizes, products
and powers are counted and not derived.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any

from .cyclotomic_integers import canonical, combination, conjugated, is_integer, is_zero, product
from .document import Character, Claim, claim_of, read_document
from .errors import FormatError, require
from .listing import Listing, listed
from .matrices import is_over_characters, require_irreps
from .schur_index import Counted, schur_index_of


@dataclass(frozen=True)
class Proved:
    """What a certificate proves.

    Attributes:
        order: |G|, of the group that the generators generate.
        degrees: of all its irreducible characters.
        indicators: their Frobenius–Schur indicators.
        schur_indices: m_Q(χ), None where it is not said.
        power_maps: the primes p whose map of classes to p-th powers is proved.
        irreps: whether matrices on the generators are proved to be the irreducible representations.
    """

    order: int
    degrees: tuple[int, ...]
    indicators: tuple[int, ...]
    schur_indices: tuple[int | None, ...]
    power_maps: tuple[int, ...]
    irreps: bool

    def __str__(self) -> str:
        rows = len(self.degrees)
        known = sum(m is not None for m in self.schur_indices)
        parts = [
            f"a group of order {self.order} has these {rows} classes and exactly these {rows} irreducible characters",
            f"with their indicators and {known} Schur indices",
        ]
        parts += [f"and powers by {', '.join(map(str, self.power_maps))}"] if self.power_maps else []
        parts += [f"and {rows} irreducible representations on the generators"] if self.irreps else []
        return ", ".join(parts)


def check_file(path: str | os.PathLike[str]) -> Proved:
    """What the certificate in a file proves, if it holds.

    Raises:
        FormatError: if the file is not a certificate.
        CheckError: if it does not hold; the message says why.
    """
    return check(read_document(path))


def check(document: Any) -> Proved:
    """What a certificate proves, if it holds.

    Raises:
        FormatError: if it is not a certificate.
        CheckError: if it does not hold; the message says why.
    """
    try:
        return _proved(claim_of(document))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError, RecursionError) as error:
        raise FormatError(f"this is no certificate of a character table: {type(error).__name__}: {error}") from error


def _proved(claim: Claim) -> Proved:
    group = listed(claim.generators, claim.degree, claim.order, claim.representatives)
    _require_classes(claim, group)
    counted = Counted(group.powers(), group.sizes, group.fixed_points())
    # Else numbers prime to the exponent need not be prime to e, and act on no sums of powers of ζ_e.
    fine = counted.exponent % claim.conductor == 0
    require(fine, f"the conductor {claim.conductor} does not divide the exponent {counted.exponent} of the group")
    for i, row in enumerate(claim.characters):
        _require_row(claim, group, i, row)
    _require_products(claim, group)
    _require_different(claim)
    for p, places in claim.power_maps.items():
        for j, (given, found) in enumerate(zip(places, group.power_map(p), strict=True)):
            require(given == found, f"{p}-th powers of class {j} lie in class {found}, and not in {given}")
    squares = group.power_map(2)
    for i, row in enumerate(claim.characters):
        total = combination((n, row.values[j]) for n, j in zip(group.sizes, squares, strict=True))
        fine = is_integer(total, row.indicator * claim.order, claim.conductor)
        require(fine, f"the indicator of character {i} is not {row.indicator}")
    for i, row in enumerate(claim.characters):
        index = schur_index_of(counted, row.values, row.degree, row.indicator, claim.conductor)
        if index is None and claim.irreps and is_over_characters(claim.irreps[i], row, claim.conductor):
            index = 1
        require(
            row.schur_index == index, f"the Schur index of character {i} is found as {index}, not {row.schur_index}"
        )
    if claim.irreps:
        require_irreps(claim, group)
    return Proved(
        order=claim.order,
        degrees=tuple(row.degree for row in claim.characters),
        indicators=tuple(row.indicator for row in claim.characters),
        schur_indices=tuple(row.schur_index for row in claim.characters),
        power_maps=tuple(claim.power_maps),
        irreps=bool(claim.irreps),
    )


def _require_classes(claim: Claim, group: Listing) -> None:
    require(claim.orders[0] == 1, "the first class is not that of the identity")
    for j in range(len(claim.sizes)):
        size, order = group.sizes[j], group.orders[j]
        require(size == claim.sizes[j], f"class {j} has {size} elements, and not {claim.sizes[j]}")
        require(order == claim.orders[j], f"the elements of class {j} have order {order}, and not {claim.orders[j]}")


def _require_row(claim: Claim, group: Listing, i: int, row: Character) -> None:
    """(3), and that d_r is the value at the identity."""
    e = claim.conductor
    require(is_integer(row.values[0], row.degree, e), f"character {i} is not {row.degree} at the identity")
    squares = ((n, product(v, conjugated(v, e), e)) for n, v in zip(group.sizes, row.values, strict=True))
    require(is_integer(combination(squares), claim.order, e), f"character {i} has not the norm 1")


def _require_products(claim: Claim, group: Listing) -> None:
    """(1)."""
    for i in claim.counted:
        counts = [group.products(i, j) for j in range(len(claim.sizes))]
        for r, row in enumerate(claim.characters):
            for j, count in enumerate(counts):
                fine = _multiplies(row, claim.sizes[i], i, j, count, claim.conductor)
                require(fine, f"character {r} is no homomorphism of the centre: class {i} times class {j}")


def _multiplies(row: Character, size: int, i: int, j: int, count: Mapping[int, int], e: int) -> bool:
    left = product(row.values[i], row.values[j], e)
    right = combination((row.degree * n, row.values[place]) for place, n in count.items())
    return is_zero(combination([(size, left), (-1, right)]), e)


def _require_different(claim: Claim) -> None:
    """(2): families of eigenvalues on the classes that are counted, times a common denominator."""
    common = lcm(*(row.degree for row in claim.characters))
    known: dict[Sequence[tuple[int, ...]], int] = {}
    for r, row in enumerate(claim.characters):
        scaled = (combination([(common // row.degree, row.values[i])]) for i in claim.counted)
        family = tuple(canonical(value, claim.conductor) for value in scaled)
        require(family not in known, f"characters {known.get(family)} and {r} agree on the classes that are counted")
        known[family] = r
