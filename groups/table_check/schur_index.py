"""Schur indices over Q, where one of four criteria decides.

Let m be the Schur index of an irreducible character χ over Q, which is also that over K = Q(χ).

**Lemma.** (a) If the indicator of χ is −1, then m = 2; if it is 1, then m divides 2.
(b) m divides χ(1), and ⟨χ, π^t⟩ for the permutation character π, π(g) the number of fixed points, and t = 1, 2, 3.
(c) Let z ∈ G have the order o, and λ_a(z) = ζ_o^a. Then m divides |H a| ⟨χ, λ_a⟩ on ⟨z⟩, with H a the orbit of a
modulo o under the numbers u prime to the exponent for which χ(g^u) = χ(g) for all g.
(d) If χ is afforded by matrices over K, then m = 1.

Proof. (a) By the theorem of Brauer and Speiser m ≤ 2 for real χ, and m divides 2 as it is 1 or 2. For the indicator −1
χ is not afforded over R, so its index over R is 2, and that divides m. For (b) and (c): a representation over K has χ
with a multiplicity that m divides. The regular representation and powers of the permutation representation are
rational. The numbers u are the Galois group of Q(ζ_exponent) over K, acting by ζ ↦ ζ^u and χ(g) ↦ χ(g^u). So Σ λ_b over
b ∈ H a has values in K, and is afforded by a representation over K: it is a sum of Galois conjugates of a character of
degree one, which is afforded over its own values. It is induced to G over K, and has χ with the multiplicity
Σ_b ⟨χ, λ_b⟩ = |H a| ⟨χ, λ_a⟩, since ⟨χ, λ_ua⟩ = ⟨χ, λ_a⟩ for u ∈ H. (d) is the definition. ∎

Source: Isaacs, Character Theory of Finite Groups, 10.2; Curtis and Reiner, Methods of Representation Theory II, §74
(Brauer and Speiser).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, lcm

from .cyclotomic_integers import Number, canonical, combination, conjugated, difference, is_zero

MOST_ADDED = 10**4  # values of one row that are added up for multiplicities on cyclic subgroups, before it is left open


@dataclass(frozen=True)
class Counted:
    """What is asked of a group.

    Attributes:
        powers: for each class the classes of z⁰, z¹, …, z^{o−1}, o the order of its elements.
        sizes: |C_j|.
        fixed: the number of fixed points of the elements of each class.
    """

    powers: Sequence[Sequence[int]]
    sizes: Sequence[int]
    fixed: Sequence[int]

    @property
    def exponent(self) -> int:
        """The least common multiple of the orders of elements."""
        return lcm(*map(len, self.powers))


def schur_index_of(group: Counted, values: Sequence[Number], degree: int, indicator: int, e: int) -> int | None:
    """2 by (a), 1 where the numbers of (a), (b) and (c) have no common divisor, else None.

    Args:
        group: as it is counted.
        values: of the character, in Z[ζ_e].
        degree: χ(1).
        indicator: of the character.
        e: the conductor, a divisor of the exponent.
    """
    if indicator == -1:
        return 2
    bound, left = gcd(degree, 2 if indicator else 0), MOST_ADDED
    for t in (1, 2, 3):
        if bound > 1:
            weights = [n * points**t for n, points in zip(group.sizes, group.fixed, strict=True)]
            total = combination(zip(weights, values, strict=True))
            bound = gcd(bound, _integer(total, e) // sum(group.sizes))
    fixing = _fixing(group.exponent, values, e) if bound > 1 else []
    for places in group.powers:
        o = len(places)
        for a in range(o):
            if bound > 1 and left > 0:
                orbit = {a * u % o for u in fixing}
                if a == min(orbit):
                    multiplicity = _multiplicity([values[c] for c in places], a, e)
                    bound, left = gcd(bound, len(orbit) * multiplicity), left - o
    return 1 if bound == 1 else None


def is_over_own_field(values: Sequence[Number], e: int, entries: Sequence[Number], wide: int) -> bool:
    """Whether numbers of Q(ζ_w), e | w, lie in the field that the values of a character in Q(ζ_e) generate: for (d)."""
    moved = [u for u in _fixing(wide, values, e) if u > 1]
    return all(is_zero(difference(x, conjugated(x, wide, u)), wide) for u in moved for x in entries)


def _fixing(exponent: int, values: Sequence[Number], e: int) -> list[int]:
    """The units u modulo the exponent, a multiple of e, with χ(g)^{σ_u} = χ(g) for all g."""
    units = [u for u in range(1, exponent + 1) if gcd(u, exponent) == 1]
    fixing = {u for u in {u % e for u in units} if all(is_zero(difference(v, conjugated(v, e, u)), e) for v in values)}
    return [u for u in units if u % e in fixing]


def _multiplicity(values: Sequence[Number], a: int, e: int) -> int:
    """(1/o) Σ_k χ(z^k) ζ_o^{−ak}, which is an integer as χ is a character."""
    o = len(values)
    wide = lcm(e, o)
    terms = []
    for k, value in enumerate(values):
        shift = -a * k * (wide // o)
        terms.append((1, {(x * (wide // e) + shift) % wide: c for x, c in value.items()}))
    return _integer(combination(terms), wide) // o


def _integer(number: Number, e: int) -> int:
    """A number that is known to be an integer n: its canonical form has n at 0, as no sum of different 1/p is whole."""
    return canonical(number, e)[0]
