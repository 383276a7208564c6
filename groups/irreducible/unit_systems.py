"""Units α_γ of a cyclotomic field K, one for each γ in a group Γ of automorphisms, with a cocycle in the roots of
unity:

    α_γ γ(α_δ) = ζ^{β(γ,δ)} α_{γδ},  α_1 = 1.

With them c(t) = ζ^{x(t)} α_γ is a crossed homomorphism where roots of unity alone give none. For Γ = ⟨γ⟩ of order r
this is the norm equation N(α) = ζ^s, solved by theory and not by search: by cyclotomic units, products of numbers 1 −
ζ^a whose ζ^a has no prime power as order. A product of them is a solution up to a root of unity exactly if its norm
has the absolute value 1 under all embeddings (Kronecker). For example −1 is a norm from Q(ζ_5, i) to Q(ζ_5): 1 − iζ^a
has the norm 1 + ζ^{2a}, and (1 + ζ)(1 + ζ²) = −ζ⁴. In K(√d), which lies in some Q(ζ_n), norms of the numbers 1 −
ζ_n^a are taken: −1 is the norm of that of 1 − ζ_40 from Q(ζ_5, √−2) to Q(√−2). Products of few numbers are tried, by
floats; what is returned is checked in integers. Source: L. C. Washington, Introduction to Cyclotomic Fields, chapter
8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic_field import field_degree, prime_divisors
from ..fields.number_field import NumberField
from .relative_bases import cyclotomic_traces, root_table

IntArray = NDArray[np.int64]
TRIPLES_UP_TO = 400  # numbers 1 − ζ^a with different norms of which products of three are looked at
RELATION_FACTORS = 20  # in the numbers that come from a distribution relation: products of integers stay below 2^63
SYSTEMS = 40  # systems for one group of automorphisms
TOLERANCE = 1e-9


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


@cache
def unit_systems(root: int, galois: frozenset[int], radicand: int = 1) -> tuple[UnitSystem, ...]:
    """Systems for the automorphisms ζ_M ↦ ζ_M^k, k in `galois`, of K(√d), where they fix √d.

    Γ has at most two generators; for d ≠ 1 it is cyclic and √d does not lie in K.
    """
    generators = _generators(galois, root)
    if not 1 <= len(generators) <= (2 if radicand == 1 else 1):
        return ()
    field = _Field.adjoining(root, radicand)
    exponents = [a for a in range(1, field.order // 2) if len(prime_divisors(field.order // gcd(a, field.order))) > 1]
    if not exponents:
        return ()
    found = []
    for parts in _products(field, exponents, generators):
        system = _system(field, galois, generators, parts)
        if system is not None:
            found.append(system)
        if len(found) == SYSTEMS:
            break
    return tuple(found)


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

    @cached_property
    def logarithms(self) -> NDArray[np.float64]:
        """The logarithms of |1 − ζ_n^a|, (n,); 0 for a = 0."""
        angles = np.exp(2j * np.pi * np.arange(1, self.order) / self.order)
        return np.concatenate([[0.0], np.log(np.abs(1 - angles))])

    def sizes(self, exponents: IntArray) -> NDArray[np.float64]:
        """The logarithms of |N(1 − ζ_n^a)|, N to K(√d), for exponents a in any shape."""
        found: NDArray[np.float64] = np.sum([self.logarithms[exponents * k % self.order] for k in self.fixing], axis=0)
        return found

    def coordinates(self, number: IntArray) -> tuple[IntArray, int]:
        """A number as Σ_p √d^p Σ_a x[p, a] ζ_M^a / denominator: the x, (1 or 2, φ(M)), and the denominator."""
        if self.radicand == 1:
            return number[None], 1
        table = self.table
        moved = _moved(number, self.flip, table)
        other = _times(number - moved, self.square_root, table)  # 2d times the part at √d
        halves = np.stack([(number + moved) * self.radicand, other])  # 2d times both parts, which lie in K
        conductor = self.root if self.root % 4 == 0 else self.root // 2
        down = cyclotomic_traces(self.order, conductor)[: table.shape[1]]  # [Q(ζ_n) : K] times what a number of K is
        inner = halves @ down @ root_table(self.root)[np.arange(down.shape[1]) * (self.root // conductor)]
        denominator = 2 * self.radicand * (field_degree(self.order) // field_degree(self.root))
        common = int(np.gcd.reduce(inner.ravel(), initial=denominator)) * (1 if denominator > 0 else -1)
        found, denominator = inner // common, denominator // common
        spread = found @ table[np.arange(inner.shape[1]) * (self.order // self.root)]  # back in Q(ζ_n)
        assert (spread[0] + _times(spread[1], self.square_root, table) == denominator * number).all()
        return found, denominator

    @cached_property
    def square_root(self) -> IntArray:
        """The number √d in the basis 1, ζ_n, …: (φ(n),)."""
        conductor = abs(self.radicand) if self.radicand % 4 == 1 else 4 * abs(self.radicand)
        units = np.array([a for a in range(1, conductor + 1) if gcd(a, conductor) == 1])
        fixing = {k % conductor for k in self.fixing_root}
        signs = np.array([1 if a in fixing else -1 for a in units.tolist()])
        found: IntArray = signs @ self.table[units * (self.order // conductor) % self.order]  # √D, by Gauss
        found = found // (1 if conductor == abs(self.radicand) else 2)  # D = d or 4d
        assert (_times(found, found, self.table) == self.radicand * self.table[0]).all()
        return found


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


def _products(field: _Field, exponents: list[int], generators: list[int]) -> Iterator[list[tuple[int, ...]]]:
    """For each generator the exponents a of a product of numbers N(1 − ζ_n^a), with the right absolute values."""
    embeddings = np.array([k for k in range(1, field.order // 2 + 1) if gcd(k, field.order) == 1])
    moves = {k: [field.lifted(pow(k, i, field.root)) for i in range(_order(k, field.root))] for k in generators}
    sums = {  # log |N(1 − ζ^a)| under the embeddings, to the field that a generator fixes
        k: np.sum([field.sizes(np.array(exponents)[:, None] * embeddings * p) for p in powers], axis=0)
        for k, powers in moves.items()
    }
    if len(generators) == 1:
        k = generators[0]
        products = chain(_vanishing(sums[k], exponents), _by_distribution(field, k, len(moves[k])))
        yield from ([chosen] for chosen in _new_norms(products, field, moves[k]))
        return
    first, second = generators
    lists = [[(), *_vanishing(sums[k], exponents)] for k in generators]

    def quotient(chosen: tuple[int, ...], k: int) -> NDArray[np.float64]:
        """The logarithm of |α / σ_k(α)|."""
        terms = (field.sizes(a * embeddings) - field.sizes(a * k * embeddings) for a in chosen)
        found: NDArray[np.float64] = sum(terms, start=np.zeros(len(embeddings)))
        return found

    right = [(b, quotient(b, first)) for b in lists[1]]
    for a in lists[0]:
        left = quotient(a, second)
        for b, value in right:
            if (a or b) and np.abs(left - value).max() < TOLERANCE:
                yield [a, b]


def _by_distribution(field: _Field, k: int, order: int) -> Iterator[tuple[int, ...]]:
    """Exponents a whose 1 − ζ^a have as product a number of norm −1/ζ_r, for d = 1 and σ_k of an order."""
    root = field.root
    for p in prime_divisors(root) if field.radicand == 1 else ():
        rest = root // p
        if rest % p == 0 or (k - 1) % rest:
            continue
        cosets = sorted({min(j * pow(k, i, p) % p for i in range(order)) for j in range(1, p)})
        for r in (r for r in range(3, rest + 1) if rest % r == 0):
            m = next(m for m in range(1, r + 1) if pow(p, m, r) in (1, r - 1))
            if pow(p, m, r) == r - 1 and (order - 1) * len(cosets) * m <= RELATION_FACTORS:
                yield tuple((pow(p, t, r) * (root // r) + j * rest) % root for t in range(m) for j in cosets)


def _new_norms(products: Iterator[tuple[int, ...]], field: _Field, moves: list[int]) -> Iterator[tuple[int, ...]]:
    """One product for each norm ζ_M^s, up to norms of roots of unity; those that are such norms give nothing new."""
    step = gcd(sum(moves), field.root)  # N(ζ_M^x) = ζ_M^{x Σ k^i}
    known = {0}
    for chosen in products:
        # 1 − e^{iθ} has the angle (θ − π)/2 for 0 < θ < 2π: in steps of 2π/(4n)
        quarters = sum(2 * (a * p * q % field.order) - field.order for a in chosen for p in moves for q in field.fixing)
        turn, rest = divmod(quarters * field.root, 4 * field.order)
        if not rest and turn % step not in known:
            known.add(turn % step)
            yield chosen
            if len(moves) == 2:
                return  # squares are norms, so that there are no others


def _vanishing(sums: NDArray[np.float64], exponents: list[int]) -> Iterator[tuple[int, ...]]:
    """Products of up to three of the numbers whose logarithms add up to zero; of equal ones the first is taken."""
    rounded, distinct = set(), []
    for i, row in enumerate(np.rint(sums * 1e6).tolist()):
        if tuple(row) not in rounded:
            rounded.add(tuple(row))
            distinct.append(i)
    rows, names = sums[distinct], [exponents[i] for i in distinct]
    under_first = rows[:, 0]  # the embedding that is looked at before all others
    yield from ((names[i],) for i in np.flatnonzero(np.abs(rows).max(axis=1) < TOLERANCE).tolist())
    pairs = under_first[:, None] + under_first
    for i, j in _small(pairs):
        if np.abs(rows[i] + rows[j]).max() < TOLERANCE:
            yield names[i], names[j]
    if len(distinct) > TRIPLES_UP_TO:
        return
    for i in range(len(distinct)):
        for j, k in _small(pairs[i:, i:] + under_first[i]):
            if np.abs(rows[i] + rows[i + j] + rows[i + k]).max() < TOLERANCE:
                yield names[i], names[i + j], names[i + k]


def _small(sums: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Where i ≤ j and the entry is zero up to rounding."""
    left, right = np.nonzero(np.abs(sums) < TOLERANCE)
    kept = left <= right
    return list(zip(left[kept].tolist(), right[kept].tolist(), strict=True))


def _system(
    field: _Field, galois: frozenset[int], generators: list[int], parts: list[tuple[int, ...]]
) -> UnitSystem | None:
    """All α_{γ_1^i γ_2^j} = Π_{l<i} γ_1^l(α_1) · γ_1^i(Π_{l<j} γ_2^l(α_2)), if the cocycle is in the roots of unity."""
    root, table = field.root, field.table
    numbers = {1: table[0]}
    for k, chosen in reversed(list(zip(generators, parts, strict=True))):
        alpha = table[0]
        for a in chosen:
            for q in field.fixing:
                alpha = _times(alpha, table[0] - table[a * q % field.order], table)
        before, product, power = dict(numbers), table[0], 1
        for _ in range(_order(k, root)):
            lift = field.lifted(power)
            for unit, value in before.items():
                numbers[power * unit % root] = _times(product, _moved(value, lift, table), table)
            product, power = _times(product, _moved(alpha, lift, table), table), power * k % root
    cocycle = _cocycle(field, galois, numbers)
    if cocycle is None:
        return None
    weight = np.zeros(table.shape[1], dtype=np.int64)
    for k, x in numbers.items():
        square = _times(x, _moved(x, field.order - 1, table), table)
        weight += _moved(square, pow(field.lifted(k), -1, field.order), table)
    split = {k: field.coordinates(number) for k, number in numbers.items()}
    split_weight, weight_denominator = field.coordinates(weight)
    denominator = lcm(weight_denominator, *(d for _, d in split.values()))
    whole = np.zeros((len(split_weight), root, split_weight.shape[1]), dtype=np.int64)
    for k, (halves, own) in split.items():
        whole[:, k] = halves * (denominator // own)
    scaled = split_weight * (denominator // weight_denominator)
    return UnitSystem(whole, scaled, denominator, cocycle, field.radicand)


def _cocycle(field: _Field, galois: frozenset[int], numbers: dict[int, IntArray]) -> IntArray | None:
    """β with α_γ γ(α_δ) = ζ_M^{β(γ,δ)} α_{γδ}, found by angles and checked in integers; None if there is none."""
    root, table, width = field.root, field.table, field.table.shape[1]
    units = np.array(sorted(galois))
    rows = np.zeros((root, width), dtype=np.int64)
    rows[units] = [numbers[k] for k in units.tolist()]
    angles = np.exp(2j * np.pi * np.arange(width) / field.order)
    found = np.zeros((root, root), dtype=np.int64)
    for g in units.tolist():
        moved = _moved(rows[units], field.lifted(g), table)  # (Γ, φ(n))
        right = rows[units * g % root]
        products = np.array([np.convolve(rows[g], other) for other in moved])
        left = products @ table[np.arange(2 * width - 1) % field.order]
        betas = np.rint(np.angle((left @ angles) / (right @ angles)) * (root / (2 * np.pi))).astype(np.int64) % root
        turned = np.zeros((len(units), field.order), dtype=np.int64)  # ζ_M^β times the right sides, by powers of ζ_n
        places = (np.arange(width) + betas[:, None] * (field.order // root)) % field.order
        np.put_along_axis(turned, places, right, axis=1)
        if (left != turned @ table).any():
            return None
        found[g, units] = betas
    return found


def _times(a: IntArray, b: IntArray, table: IntArray) -> IntArray:
    """The product of two numbers given in the basis 1, ζ, …"""
    product = np.convolve(a, b)
    found: IntArray = product @ table[np.arange(len(product)) % len(table)]
    return found


def _moved(a: IntArray, k: int, table: IntArray) -> IntArray:
    """σ_k of a number, or of many as rows."""
    found: IntArray = a @ table[np.arange(a.shape[-1]) * k % len(table)]
    return found
