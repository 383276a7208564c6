"""Square roots of positive numbers, as cyclotomic numbers, where there is one.

By the theorem of Kronecker and Weber √d is a cyclotomic number exactly if Q(√d) is an abelian field.

**Lemma.** Let d = x + y√D be in a real quadratic field, with y ≠ 0, d > 0, its conjugate d' and N = d d'.
If N = n² for a rational n ≥ 0, then √d = √((x + n)/2) ± √((x − n)/2), a sum of square roots of rational numbers. If N
is neither the square of a rational number nor D times one, then Q(√d) is not an abelian field.

Proof. If N = n², then d' > 0 and 2x = d + d' ≥ 2√(d d') = 2n by the inequality of means, so both roots are real. The
square of the right side is x ± √(x² − n²) = x ± |y|√D. For the second part: if Q(√d) is normal, it has a root of d',
and w = √d √d' with w² = N. If d = r² for an r in Q(√D), then N = (r r')² is a rational square. Else write
w = a + b√d with a, b in Q(√D); the part 2ab of w² = N at √d is zero. If a = 0, then d d' = b² d, so d' is a square and
d as well. If b = 0, then w lies in Q(√D) and its square is rational: w is rational, or a rational multiple of √D. ∎
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from flint import fmpz

from .cyclotomic import Cyclotomic, E


def square_root(value: Fraction) -> Cyclotomic:
    """The positive square root of a positive rational number, as a cyclotomic number: a product of Gauss sums."""
    number = value.numerator * value.denominator
    result = Cyclotomic([Fraction(1, value.denominator)])
    for prime, exponent in fmpz(number).factor():
        p = int(prime)
        result = result * p ** (exponent // 2)
        if exponent % 2:
            result = result * _root_of_prime(p)
    return result


def _root_of_prime(p: int) -> Cyclotomic:
    """√p: ζ_8 + ζ_8⁻¹ for 2, else the Gauss sum Σ (a/p) ζ_p^a, divided by i for p ≡ 3 modulo 4."""
    if p == 2:
        return E(8) + E(8, -1)
    total = sum((E(p, a * a) for a in range(p)), start=Cyclotomic([0]))
    return total if p % 4 == 1 else total * E(4, -1)


def root_or_reason(value: Cyclotomic, conjugate: Cyclotomic | None) -> Cyclotomic | str:
    """The positive square root of a positive number, or why there is none here.

    Args:
        value: d.
        conjugate: d' if d lies in a quadratic field, None for other irrational numbers; not used for rational ones.
    """
    if value.is_rational:
        return square_root(value.to_fraction())
    if conjugate is None:
        return f"no square root of {value} is looked for, as its degree over Q is above 2"
    x, norm = ((value + conjugate) / 2).to_fraction(), (value * conjugate).to_fraction()
    root = _rational_root(norm)
    if root is not None:
        first, second = (square_root(part) if (part := (x + s * root) / 2) else Cyclotomic([0]) for s in (1, -1))
        found = first + second if (first + second) * (first + second) == value else first - second
        if found * found == value:
            return found
    radicand = ((value - conjugate) * (value - conjugate)).to_fraction()
    if _rational_root(norm * radicand) is not None:
        return f"no square root of {value} is looked for, as it lies in a cyclic field of degree 4"
    return f"the square root of {value} lies in no cyclotomic field, as its norm is {norm}"


def _rational_root(value: Fraction) -> Fraction | None:
    """√q for the square of a rational number, else None."""
    if value < 0:
        return None
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else None
