"""Square roots of positive numbers, as cyclotomic numbers, where there is one.

By the theorem of Kronecker and Weber √d is a cyclotomic number exactly if Q(√d) is an abelian field.

**Lemma.** Let d = x + y√D be in a real quadratic field, with y ≠ 0, d > 0, its conjugate d' and N = d d'.
(a) If N = n² for a rational n ≥ 0, then √d = √((x + n)/2) ± √((x − n)/2), a sum of square roots of rational numbers.
(b) If N is D times the square of a rational number, and so is N(w²) for a real cyclotomic w ≠ 0 with w² in Q(√D), then
√d = |w| √(d/w²), and the norm of d/w² is a square, as in (a).
(c) If N is neither the square of a rational number nor D times one, then Q(√d) is not an abelian field.

Proof. If N = n², then d' > 0 and 2x = d + d' ≥ 2√(d d') = 2n by the inequality of means, so both roots are real. The
square of the right side is x ± √(x² − n²) = x ± |y|√D. (b) is clear. For (c): if Q(√d) is normal, it has a root of d',
and w = √d √d' with w² = N. If d = r² for an r in Q(√D), then N = (r r')² is a rational square. Else write
w = a + b√d with a, b in Q(√D); the part 2ab of w² = N at √d is zero. If a = 0, then d d' = b² d, so d' is a square and
d as well. If b = 0, then w lies in Q(√D) and its square is rational: w is rational, or a rational multiple of √D. ∎

**Lemma.** There is such a w for D = 2, which is ζ_16 + ζ_16⁻¹, and for every prime D = p ≡ 1 modulo 4: with a primitive
root g modulo p it is w = Σ_k (−1)^k ζ_p^{g^{2k}} over 0 ≤ k < (p − 1)/2, times the imaginary unit for p ≡ 5 modulo 8.

Proof. (ζ_16 + ζ_16⁻¹)² = 2 + √2. Let τ be ζ_p ↦ ζ_p^g. Then τ²(w) = −w, so w² is in Q(√p), and w τ(w) is fixed by τ²
and taken to −w τ(w) by τ: it is a rational multiple of √p, and N(w²) = (w τ(w))². It is not zero, as the ζ_p^a with
0 < a < p are independent. Complex conjugation is τ^{(p − 1)/2} and takes w to (−1)^{(p − 1)/4} w. ∎
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from flint import fmpz

from .cyclotomic import Cyclotomic, E
from .cyclotomic_field import field_degree


def square_root(value: Fraction) -> Cyclotomic:
    """The square root of a rational number, as a cyclotomic number: a product of Gauss sums.

    It is positive for a positive number, and on the positive imaginary axis for a negative one.
    """
    d, s = squarefree(value)
    result = Cyclotomic([s])
    for prime, _ in fmpz(abs(d)).factor():
        result = result * _root_of_prime(int(prime))
    return result * E(4) if d < 0 else result


def squarefree(value: Fraction) -> tuple[int, Fraction]:
    """(d, s) with value = d s², d a squarefree integer and s > 0, for a rational number that is not 0."""
    number = value.numerator * value.denominator
    sign, d, s = (-1 if number < 0 else 1), 1, 1
    for prime, exponent in fmpz(abs(number)).factor():
        d *= int(prime) ** (exponent % 2)
        s *= int(prime) ** (exponent // 2)
    return sign * d, Fraction(s, value.denominator)


def _root_of_prime(p: int) -> Cyclotomic:
    """√p: ζ_8 + ζ_8⁻¹ for 2, else the Gauss sum Σ (a/p) ζ_p^a, divided by i for p ≡ 3 modulo 4."""
    if p == 2:
        return E(8) + E(8, -1)
    total = sum((E(p, a * a) for a in range(p)), start=Cyclotomic([0]))
    return total if p % 4 == 1 else total * E(4, -1)


def root_or_reason(value: Cyclotomic, conjugate: Cyclotomic | None, largest: int) -> Cyclotomic | str:
    """The positive square root of a positive number, or why there is none here.

    Args:
        value: d.
        conjugate: d' if d lies in a quadratic field, None for other irrational numbers; not used for rational ones.
        largest: degree over Q of the cyclotomic fields in which roots of rational numbers are made.
    """
    if value.is_rational:
        return _root_in_reach(value.to_fraction(), largest)
    if conjugate is None:
        return f"no square root of {value} is looked for, as its degree over Q is above 2"
    norm = (value * conjugate).to_fraction()
    if _rational_root(norm) is not None:
        return _by_sum(value, conjugate, largest)
    radicand, _ = squarefree(((value - conjugate) * (value - conjugate)).to_fraction())
    if _rational_root(norm * radicand) is None:
        return f"the square root of {value} lies in no cyclotomic field, as its norm is {norm}"
    if not fmpz(radicand).is_prime() or field_degree(radicand) > largest:
        return f"no square root of {value} is looked for: it lies in a cyclic field of degree 4 that holds √{radicand}"
    w, moved = _cyclic_root(radicand)
    rest = _by_sum(value / (w * w), conjugate / (moved * moved), largest)
    if isinstance(rest, str):
        return rest
    found = w * rest
    return found if found > 0 else -found


def _by_sum(value: Cyclotomic, conjugate: Cyclotomic, largest: int) -> Cyclotomic | str:
    """√d by (a)."""
    if value.is_rational:
        return _root_in_reach(value.to_fraction(), largest)
    x, root = ((value + conjugate) / 2).to_fraction(), _rational_root((value * conjugate).to_fraction())
    assert root is not None
    parts: list[Cyclotomic] = []
    for part in ((x + root) / 2, (x - root) / 2):
        found = _root_in_reach(part, largest) if part else Cyclotomic([0])
        if isinstance(found, str):
            return found
        parts.append(found)
    whole = parts[0] + parts[1]
    return whole if whole * whole == value else parts[0] - parts[1]


def _root_in_reach(value: Fraction, largest: int) -> Cyclotomic | str:
    """The root, unless its field is too large: it has so many basis numbers, and is a product of Gauss sums."""
    core, _ = squarefree(value)
    conductor = core if core % 4 == 1 else 4 * core
    if field_degree(conductor) > largest:
        return f"√({value}) lies in Q(ζ_{conductor}), of degree {field_degree(conductor)} over Q and not {largest}"
    return square_root(value)


def _cyclic_root(p: int) -> tuple[Cyclotomic, Cyclotomic]:
    """A w of the second lemma for D = p, 2 or a prime ≡ 1 modulo 4, and a conjugate of it with the other square."""
    if p == 2:
        return E(16) + E(16, -1), E(16, 3) + E(16, -3)
    g = next(g for g in range(2, p) if all(pow(g, (p - 1) // int(q), p) > 1 for q, _ in fmpz(p - 1).factor()))
    w, moved = (
        sum((E(p, h * pow(g, 2 * k, p)) * (-1) ** k for k in range((p - 1) // 2)), start=Cyclotomic([0]))
        for h in (1, g)
    )
    unit = E(4) if p % 8 == 5 else E(1)
    return w * unit, moved * unit


def _rational_root(value: Fraction) -> Fraction | None:
    """√q for the square of a rational number, else None."""
    if value < 0:
        return None
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else None
