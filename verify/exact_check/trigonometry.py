"""π, cosines and sines in integers, right to 2**-SURE.

Statement. `pi()` · 2**-FINE is π up to a few units of 2**-FINE; `cosine_and_sine(a)` · 2**-FINE are the cosine and sine
of a · 2**-FINE, |a| ≤ 8 · 2**FINE, up to 2**-SURE.

Proof. Machin's formula π = 16 arctan 1/5 − 4 arctan 1/239, in which each of some hundred terms is off by less than one
unit of 2**-(FINE + 32). The Taylor series of cosine and sine: a term is off by at most 2 units more than 8 / k times
the term before it, all together by less than 2 · 85 · exp(8) < 2**19 units each, and the 85 terms until they vanish by
less than 2**26; so FINE − 26 digits are right, and SURE = FINE − 40 asks for less.
"""

from __future__ import annotations

FINE = 160  # binary digits of sines and cosines
SURE = FINE - 40  # of which are right
LARGEST_ANGLE = 8  # above 2π, so that every turn has an angle


def pi() -> int:
    """π times 2**FINE, right to a few units."""
    more = 32

    def arctan(n: int) -> int:
        term, total, k = (1 << (FINE + more)) // n, 0, 1
        while term:
            total += term // k if k % 4 == 1 else -(term // k)
            term, k = term // n**2, k + 2
        return total

    return (16 * arctan(5) - 4 * arctan(239)) >> more


def cosine_and_sine(angle: int) -> tuple[int, int]:
    """Cosine and sine of angle 2**-FINE, at most LARGEST_ANGLE in size, times 2**FINE, off by 2**(FINE − SURE)."""
    parts = [0, 0]
    term, k = 1 << FINE, 0
    while term and term != -1:
        parts[k % 2] += term if k % 4 < 2 else -term
        k += 1
        term = (term * angle >> FINE) // k
    return parts[0], parts[1]
