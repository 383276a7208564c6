"""Numbers α_γ of a cyclotomic field K, one for each γ in a group Γ of automorphisms, with a cocycle in the roots of
unity:

    α_γ γ(α_δ) = ζ^{β(γ,δ)} α_{γδ},  α_1 = 1.

With them c(t) = ζ^{x(t)} α_γ is a crossed homomorphism where roots of unity alone give none. For Γ = ⟨γ⟩ of order r
this is the norm equation N(α) = ζ^s, solved by theory and not by search: by products of cyclotomic numbers 1 − ζ^a,
which linear algebra over Z finds (`bistate.groups.fields.cyclotomic_units`). For example −1 is a norm from Q(ζ_5, i)
to Q(ζ_5): 1 − iζ^a has the norm 1 + ζ^{2a}, and (1 + ζ)(1 + ζ²) = −ζ⁴. In K(√d), which lies in some Q(ζ_n), norms of
the numbers 1 − ζ_n^a are taken: −1 is the norm of that of 1 − ζ_40 from Q(ζ_5, √−2) to Q(√−2). What is returned is
checked in integers. Source: L. C. Washington, Introduction to Cyclotomic Fields, chapter 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic_field import field_degree
from ..fields.cyclotomic_units import CyclotomicProduct, products_with_root_norms
from ..fields.number_field import NumberField
from .relative_bases import cyclotomic_traces, exact_product, root_of_integer, root_table

IntArray = NDArray[np.int64]
LARGEST = 2**62  # integers that are checked have to be below


@dataclass(frozen=True, eq=False)
class UnitSystem:
    """The numbers α_γ, and w = Σ_γ γ⁻¹(α_γ ᾱ_γ), which is totally positive with γ(w) = w α_γ ᾱ_γ.

    Attributes:
        numbers: α_γ = Σ_p √d^p Σ_a numbers[p, γ, a] ζ^a / denominator, (1 or 2, M, φ(M)); zero for γ outside of Γ.
        weight: w = Σ_p √d^p Σ_a weight[p, a] ζ^a / denominator, (1 or 2, φ(M)).
        denominator: a positive integer.
        cocycle: β(γ, δ) modulo M, (M, M).
        radicand: d; 1 where the numbers lie in K.
    """

    numbers: IntArray
    weight: IntArray
    denominator: int
    cocycle: IntArray
    radicand: int = 1


def unit_systems(root: int, galois: frozenset[int], radicand: int = 1) -> Iterator[UnitSystem]:
    """Systems for the automorphisms ζ_M ↦ ζ_M^k, k in `galois`, of K(√d), where they fix √d, which is not in K.

    One for each cocycle that is found, up to those of roots of unity; there are none for it alone. They are found as
    they are asked for, and kept.
    """
    known, further = _kept(root, galois, radicand)
    for i in count():
        if i == len(known):
            system = next(further, None)
            if system is None:
                return
            known.append(system)
        yield known[i]


@cache
def _kept(root: int, galois: frozenset[int], radicand: int) -> tuple[list[UnitSystem], Iterator[UnitSystem]]:
    """The systems that are known, and those to come."""
    return [], _systems(root, galois, radicand)


def _systems(root: int, galois: frozenset[int], radicand: int) -> Iterator[UnitSystem]:
    generators = _generators(galois, root)
    if not generators:
        return
    field = _Field.adjoining(root, radicand)
    n = field.order // 2 if field.order % 4 == 2 else field.order
    powers = [[field.lifted(pow(k, i, root)) % n for i in range(_order(k, root))] for k in generators]
    for products in products_with_root_norms(n, frozenset(k % n for k in field.fixing), powers, root):
        system = _system(field, galois, generators, products)
        if system is not None:
            yield system


@dataclass(frozen=True, eq=False)
class _Field:
    """K(√d) in Q(ζ_n), n a multiple of M.

    Attributes:
        root: M.
        radicand: d.
        order: n.
        fixing: the units modulo n that fix K and √d.
        flip: a unit that fixes K and moves √d; 1 for d = 1.
        fixing_root: the units that fix √d.
    """

    root: int
    radicand: int
    order: int
    fixing: tuple[int, ...]
    flip: int
    fixing_root: frozenset[int]

    @classmethod
    def adjoining(cls, root: int, radicand: int) -> _Field:
        if radicand == 1:
            return cls(root, 1, root, (1,), 1, frozenset(k for k in range(1, root, 2) if gcd(k, root) == 1))
        quadratic = NumberField.quadratic(radicand)
        order = lcm(root, quadratic.conductor)
        fixing_root = quadratic.over(order)
        over_k = [k for k in range(1, order) if gcd(k, order) == 1 and k % root == 1 % root]
        fixing = tuple(k for k in over_k if k in fixing_root)
        flip = next(k for k in over_k if k not in fixing_root)
        return cls(root, radicand, order, fixing, flip, frozenset(fixing_root))

    def lifted(self, k: int) -> int:
        """An automorphism of Q(ζ_n) that is ζ_M ↦ ζ_M^k and fixes √d."""
        return next(u for u in range(k, self.order + 1, self.root) if u in self.fixing_root)

    @cached_property
    def table(self) -> IntArray:
        """The powers of ζ_n in the basis 1, ζ_n, …: (n, φ(n))."""
        return root_table(self.order)

    def coordinates(self, numbers: IntArray) -> tuple[IntArray, int]:
        """Rows of numbers as Σ_p √d^p Σ_a x[p, ·, a] ζ_M^a / denominator: x, (1 or 2, rows, φ(M)), and that."""
        if self.radicand == 1:
            return numbers[None], 1
        table = self.table
        moved = _moved(numbers, self.flip, table)
        other = _times(numbers - moved, self.square_root, table)  # 2d times the part at √d
        _require_small(numbers, 4 * abs(self.radicand), table)
        halves = np.stack([(numbers + moved) * self.radicand, other])  # 2d times both parts, which lie in K
        conductor = self.root if self.root % 4 == 0 else self.root // 2
        down = cyclotomic_traces(self.order, conductor)[: table.shape[1]]  # [Q(ζ_n) : K] times what a number of K is
        rows = root_table(self.root)[np.arange(down.shape[1]) * (self.root // conductor)]
        inner = exact_product(exact_product(halves, down), rows)
        denominator = 2 * self.radicand * (field_degree(self.order) // field_degree(self.root))
        common = int(np.gcd.reduce(inner.ravel(), initial=denominator)) * (1 if denominator > 0 else -1)
        found, denominator = inner // common, denominator // common
        spread = exact_product(found, table[np.arange(inner.shape[-1]) * (self.order // self.root)])  # back in Q(ζ_n)
        assert (spread[0] + _times(spread[1], self.square_root, table) == denominator * numbers).all()
        return found, denominator

    @cached_property
    def square_root(self) -> IntArray:
        """The number √d in the basis 1, ζ_n, …: (φ(n),)."""
        return root_of_integer(self.radicand, self.order)


def _generators(galois: frozenset[int], root: int) -> list[int]:
    """Units that generate Γ, one after the other, those of large order first, as a direct product."""
    found: list[int] = []
    spanned = {1}
    orders = {k: _order(k, root) for k in galois}
    for k in sorted(galois, key=lambda k: (-orders[k], k)):
        cyclic = {pow(k, i, root) for i in range(orders[k])}
        if k not in spanned and len(cyclic & spanned) == 1:
            found.append(k)
            spanned = {a * b % root for a in spanned for b in cyclic}
    return found if spanned == galois else []


def _order(k: int, root: int) -> int:
    return next(i for i in range(1, root + 1) if pow(k, i, root) == 1)


def _system(
    field: _Field, galois: frozenset[int], generators: list[int], products: list[CyclotomicProduct]
) -> UnitSystem | None:
    """All α_{γ_1^i γ_2^j} = Π_{l<i} γ_1^l(α_1) · γ_1^i(Π_{l<j} γ_2^l(α_2)), if the cocycle is in the roots of unity."""
    root, table = field.root, field.table
    numbers = {1: (table[0], 1)}
    try:
        for k, chosen in reversed(list(zip(generators, products, strict=True))):
            alpha = _lowest(chosen.numerator(table[:: field.order // chosen.order]), chosen.divisor)
            before, product, power = dict(numbers), alpha, k
            while power != 1:
                lift = field.lifted(power)
                for unit, value in before.items():  # the value for 1 is 1
                    numbers[power * unit % root] = product if unit == 1 else _product(product, value, lift, table)
                power = power * k % root
                if power != 1:
                    product = _product(product, alpha, lift, table)
        denominator = lcm(*(d for _, d in numbers.values()))
        units = np.array(sorted(galois))
        whole = np.array([numbers[k][0] * (denominator // numbers[k][1]) for k in units.tolist()])
        cocycle = _cocycle(field, units, whole, denominator)
        if cocycle is None:
            return None
        split, common = field.coordinates(whole)
        weights, _ = field.coordinates(_weight(field, units, whole)[None])
    except OverflowError:
        return None
    found = np.zeros((len(split), root, field_degree(root)), dtype=np.int64)
    found[:, units] = split
    weight = weights[:, 0] // np.gcd.reduce(weights.ravel())
    return UnitSystem(found, weight, denominator * common, cocycle, field.radicand)


def _weight(field: _Field, units: IntArray, numbers: IntArray) -> IntArray:
    """Σ_γ γ⁻¹(α_γ ᾱ_γ) for rows α_γ, in the basis 1, ζ_n, …: (φ(n),)."""
    table = field.table
    total = np.zeros(field.order, dtype=np.int64)  # by powers of ζ_n
    for k, number, other in zip(units.tolist(), numbers, _moved(numbers, field.order - 1, table), strict=True):
        square = _times(number, other, table)
        _require_small(square, len(units), table)
        total[np.arange(len(square)) * pow(field.lifted(k), -1, field.order) % field.order] += square
    found: IntArray = total @ table
    return found


def _lowest(numerator: IntArray, denominator: int) -> tuple[IntArray, int]:
    common = int(np.gcd.reduce(numerator, initial=denominator))
    return numerator // common, denominator // common


def _product(left: tuple[IntArray, int], right: tuple[IntArray, int], k: int, table: IntArray) -> tuple[IntArray, int]:
    """α σ_k(β) for numbers with denominators."""
    return _lowest(_times(left[0], _moved(right[0], k, table), table), left[1] * right[1])


def _cocycle(field: _Field, units: IntArray, numbers: IntArray, denominator: int) -> IntArray | None:
    """β with α_γ γ(α_δ) = ζ_M^{β(γ,δ)} α_{γδ}, found by angles and checked in integers; None if there is none.

    The numbers are `denominator` times the α_γ, one row for each unit, in increasing order.
    """
    root, table, width = field.root, field.table, field.table.shape[1]
    position = np.zeros(root, dtype=np.int64)
    position[units] = np.arange(len(units))
    after = position[units[:, None] * units % root]  # γδ
    lifts = [field.lifted(g) for g in units.tolist()]
    steps = np.array(lifts)[:, None] * np.arange(width) % field.order
    values = np.exp(2j * np.pi / field.order * steps) @ numbers.T  # γ(α_δ)
    own = values[0]
    betas = np.rint(np.angle(own[:, None] * values / own[after]) * (root / (2 * np.pi))).astype(np.int64) % root
    _require_small(numbers, 2.0 * denominator, table)
    every = np.arange(len(units))[:, None]
    for i, lift in enumerate(lifts):
        left = _times(_moved(numbers, lift, table), numbers[i], table)
        turned = np.zeros((len(units), field.order), dtype=np.int64)  # ζ_M^β times the right sides, by powers of ζ_n
        places = (np.arange(width) + betas[i][:, None] * (field.order // root)) % field.order
        turned[every, places] = numbers[after[i]] * denominator
        if (left != turned @ table).any():
            return None
    found = np.zeros((root, root), dtype=np.int64)
    found[units[:, None], units] = betas
    return found


def _times(a: IntArray, b: IntArray, table: IntArray) -> IntArray:
    """The product of a number, or of many as rows, with a number, all given in the basis 1, ζ, …

    Raises:
        OverflowError: if numbers on the way may be too large.
    """
    _require_small(a, float(np.abs(b).sum()) * 2, table)
    width = len(b)
    padded = np.zeros(3 * width - 2, dtype=np.int64)
    padded[width - 1 : 2 * width - 1] = b
    step = padded.itemsize
    shifted = np.ndarray((width, 2 * width - 1), np.int64, padded, (width - 1) * step, (-step, step))  # i zeros, then b
    found: IntArray = a @ shifted @ table[np.arange(2 * width - 1) % len(table)]
    return found


def _moved(a: IntArray, k: int, table: IntArray) -> IntArray:
    """σ_k of a number, or of many as rows."""
    _require_small(a, 1, table)
    found: IntArray = a @ table[np.arange(a.shape[-1]) * k % len(table)]
    return found


def _require_small(numbers: IntArray, factor: float, table: IntArray) -> None:
    """That sums of `factor` times a number for each row of a table stay below 2^62."""
    if float(np.abs(numbers).max()) * factor * numbers.shape[-1] * _largest_entry(len(table)) >= LARGEST:
        raise OverflowError("coordinates of a product of cyclotomic numbers")


@cache
def _largest_entry(order: int) -> float:
    return float(np.abs(root_table(order)).max())
