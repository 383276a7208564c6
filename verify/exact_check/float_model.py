"""Lemma 0: what a step of the code does to a float state, as long as numbers stay in range.

What is assumed of the code
---------------------------
Let u = 2**-p be the unit of a float of p digits, ω the smallest normal one, γ_k = k u / (1 − k u). From a state h of
floats with 1/2 ≤ ‖h‖ ≤ 2 a step computes

    g       with  |g − A[x] h| ≤ γ_k N[x] |h| + v[x]   entry by entry,   k the `terms` of the claim,
    ν       = ‖g‖ from the sum of its squares, added in any order,
    h'      = g / ν,  or g times the rounded 1 / ν,

and a logit as a sum of n products in any order. A result below ω may be replaced by 0, and an operand below ω be read
as 0 (flushing), in any place. N[x] ≥ |A[x]| and v[x] belong to the claim, as k does; a family that multiplies its
factors one after the other has larger ones than a plain product. For this, N = |A| and

    v[x] = 8 n ω (1 + max N[x]) :

flushing an operand or the result of one of the n products costs at most ω max(2, max N), flushing a sum at most ω, and
what is already there grows by less than 1 / (1 − n u) ≤ 4/3 afterwards: n ω (3 + max N) 4/3 in all.

Statement
---------
Suppose ‖N[x]‖_F ≤ HIGH, n v[x] ≤ HIGH / 4, Σ_j |C_qj| ≤ TALL for every readout, the start has 3/4 ≤ ‖h_0‖ ≤ 5/4, and
‖g‖ ≥ LOW at every step. Then every state has 1/2 ≤ ‖h‖ ≤ 2, no number is infinite, and for some ν > 0

    |ν h' − A[x] h| ≤ γ N[x] |h| + w[x],    γ = γ_k + u (1 + γ_k),    w[x] = 2 v[x] + 8 ω ‖N[x]‖_F,
    |logit_q − C_q h| ≤ γ_n |C_q| |h| + r,  r = 8 n ω (1 + max |C|).

Proof
-----
k u < 1/4 is checked, so γ_k ≤ 1/3 and ‖g‖ ≤ 2 ‖N‖_F (1 + γ_k) + √n v ≤ 3 HIGH. So partial sums and squares stay below
the largest float: (3 HIGH)² is 2**115.2 of 2**128 for p = 24 and 2**1003.2 of 2**1024 for p = 53. The sum of squares is
right to γ_{n+1} < 2/5 (n u < 1/4 is checked) plus 2 n ω for flushed squares; by ‖g‖ ≥ LOW that is at most 2 n ω / LOW²
< 2**-8 of it (n ≤ 2**16). So ν = ‖g‖ √(1 + θ) with |θ| < 0.45, and ‖h'‖ is between 1 / √1.45 and 1 / √0.55, give or
take n ω and u: within [1/2, 2]. ν, and 1 / ν ≤ 2 / LOW, are normal floats. Dividing moves an entry of ν h' by at most
u |g| + ν ω, where |g| ≤ (1 + γ_k) N |h| + v and ν ω ≤ 1.3 ‖g‖ ω ≤ ω (4 ‖N‖_F + 2 √n v), and 2 √n ω < 1/8. If 1 / ν is
rounded, its error is a factor that all entries share, hence part of ν. The logit is the case of a plain product, whose
terms stay below 2 TALL. By induction over the letters the statement holds for all of them.

States kept in fewer digits
---------------------------
In the arithmetics "float16" and "bfloat16" a step is one of p = 24 digits, and what it gives is rounded once more, to
the nearest float of q digits, q = 11 or 8, before the next letter or a readout uses it; the start as well. No such
number is too large, as entries are at most 2. With gradual underflow a float16 is off by at most 2**-11 of itself, or
by 2**-25; a bfloat16 by 2**-8, or, flushed or not, by 2**-126. Let s = 2**-q and z be that last number. Then the
statement holds with

    |ν h' − A[x] h| ≤ s |A[x] h| + γ N'[x] |h| + w[x],
    γ = (1 + s) γ',   N' = N + κ J N,   κ ≥ 2 z / γ,   w[x] = (1 + s) w'[x] + 2 z n v[x],

J the matrix of ones, γ' and w' those of above. With h'' for the state that is kept, |h'' − h'| ≤ s |h'| + z and
ν |h'| ≤ |A h| + γ' N |h| + w'. And ν is at most 1.3 ‖g‖, ‖g‖ ≤ (4/3) Σ_i (N |h|)_i + n v, so that ν z is at most
2 z (J N |h|)_i + 2 z n v, or, with N itself in place of N', z (4 ‖N‖_F + 2 n v) more in w. Norms: ‖h'‖ is between 0.83
and 1.35, and s ≤ 2**-8, √n z ≤ 2**-17, so ‖h''‖ is in [1/2, 2]. The start is off by the 4 units of float32 and by s of
what is then there, less than 4 s. Since |A| ≤ N', γ + s may stand in place of γ as well, and s be left out: `whole`.

Products in TF32
----------------
In the arithmetic "tf32" everything is float32, p = 24, but a product of matrices, or of a matrix and a vector, takes
its numbers and adds them up in another way. It takes a number a as some ã with |ã − a| ≤ t |a| + 2 ω, t = 2**-10.
Entries of a state are taken as the same numbers by all rows of one product; entries of A and C may be taken in one way
here and in another there. What is computed for Σ ã_j b̃_j, of k products, is off by at most γ_24k Σ |ã_j b̃_j|, and by
6 k ω for flushing. N = |A|; a spread is refused. Then the statement holds of the states h as the next product, or the
readout, takes them, as it does of states that are kept in fewer digits, with s = t, z = 2 ω, and with

    (1 + t)(1 + γ_24k) − 1 in place of γ_k,   (1 + t)(1 + γ_24n) − 1 in place of γ_n,   16 n ω in place of 8 n ω.

For let h be the state as it is taken. |g − A h| ≤ |Ã − A| |h| + γ_24k |Ã| |h|, which is (t + γ_24k (1 + t)) |A| |h|,
and what is lost by 2 ω and by flushing: n ω (4 + 2 max N)(1 + t) for the numbers, 6 n ω for the results, and both grow
by less than 1 + γ_24k ≤ 4/3. That is less than 16 n ω (1 + max N). Where γ_k ≤ 1/3 was taken above, 0.336 does as
well: 2 · 1.336 and 1/4 are below 3, and 1.3 · 1.336 is below 2. The state after the step, as the next product takes
it, is what is kept above.

TF32 does no more than that. Its numbers have 11 digits; a float32 is rounded to them, or truncated. Their products are
floats of 24 digits. A unit may add up several of them and what is there so far by cutting all at the last digit of the
largest, which costs 2 u of that for each, and cut the result: k products, the sums so far and the results are at most
3 k numbers, so 6 k u. Sums that are added up afterwards, to the nearest, are k u more. Or a number is taken as the sum
of two bfloat16, rounded or truncated, which leaves at most 2**-14 of it, and the smallest of the four products is left
out, at most 2**-13 of the pair, which counts for the weight; then there are 3 k products, whose sizes are at most 1.04
|ã b̃| in all, so 1.04 · 21 k u. Sums so far are at most Σ |ã b̃| / (1 − 24 k u), which is in γ_24k. A plain product is
covered as well.

States of whole numbers
-----------------------
In the arithmetic "int8" a step is one of p = 24 digits. Let m be the largest |h'_i| of what it gives, and d a float
within 2**-11 m / 127 of m / 127, such as the quotient. What is kept is d r, r_i a whole number nearest to h'_i / d, or
127 or −127 where it is beyond; the start as well. n ≤ 1024 is checked. Let σ = (1 + 2**-10) / 254. Then the statement
holds with

    |ν h' − A[x] h| ≤ σ max_j |A[x] h|_j + γ N'[x] |h| + w[x],   N' = N + κ J N,  κ ≥ σ,   w[x] = (1 + σ) w'[x],

entry by entry, γ and w' those of a float32. For h'_i / d is at most 127.1 and, computed with three roundings at most,
off by less than 2**-14; so r_i is off by at most 1/2 + 2**-14, cut or not, and d r_i, rounded once, by d (1/2 + 2**-14
+ 2**-17), at most σ m. There is no underflow that counts: m is at least 0.83 / √n > 2**-6. With h'' for what is kept,
ν |h''_i − h'_i| ≤ σ ν m ≤ σ max_j (|A h| + γ N |h| + w')_j, where the maximum of γ N |h| is at most its sum. Norms:
‖h'' − h'‖ is at most √n σ ‖h'‖ < 0.13 ‖h'‖, so ‖h''‖ is between 0.83 · 0.87 and 1.35 · 1.13. An entry of the start is
off by σ of its largest.

Weights of int8, whole numbers R with one scale d_R for each row, may stay such: Σ_j R_ij r_j is below 1024 · 127² <
2**24, hence exact; d_R d, its product with the sum, and the entry of A, the float next to d_R R, are three roundings.
That is covered where k ≥ 3.

HIGH, LOW and TALL are far from what any model has that is not scaled on purpose: 2**56, 2**-50 and 2**120 for p = 24.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import fmpz_mat

from .document import COARSER, Claim
from .dyadic import Dyadic, absolute, at_most, frobenius, integer_rows, largest_entry, sum_of_squares, up
from .errors import require, require_range

SMALLEST = {24: Fraction(1, 2**126), 53: Fraction(1, 2**1022)}  # ω
HIGH = {24: 2**56, 53: 2**500}
LOW = {24: Fraction(1, 2**50), 53: Fraction(1, 2**450)}
TALL = {24: 2**120, 53: 2**1000}
WIDEST = 2**16  # n
WIDEST_OF_STEPS = 2**10  # n, for states of whole numbers
LONGER = 24  # roundings of a product in TF32 for each one in float32, with sums that are cut
SLACK_OF_STEPS = Fraction(1, 2**10)
MOST_SHOWN = Fraction(10**300)  # in messages: a float


@dataclass(frozen=True)
class Rounding:
    """What rounding adds in one step.

    Attributes:
        unit: u, or s.
        gamma: γ, of a step.
        coarse: s, or 0.
        even: σ, or 0.
        read: γ_n, of a logit.
        N: N[x], or N'[x], n × n each.
        step: w[x].
        alone: w[x] where N[x] itself is taken; not for states of whole numbers.
        logit: r.
        least: LOW.
        tiny: an entry of the start may be off by this, for flushing and for σ.
    """

    unit: Fraction
    gamma: Fraction
    coarse: Fraction
    even: Fraction
    read: Fraction
    N: tuple[Dyadic, ...]
    step: tuple[Fraction, ...]
    alone: tuple[Fraction, ...]
    logit: Fraction
    least: Fraction
    tiny: Fraction

    @property
    def whole(self) -> Fraction:
        """γ + s."""
        return self.gamma + self.coarse


def rounding_of(claim: Claim) -> Rounding | None:
    """The numbers of the lemma, after its static conditions; None where nothing is rounded.

    Raises:
        RangeError: if weights leave the range.
        CheckError: if N or v are too small, or sums too long.
    """
    bits = claim.bits
    if bits is None:
        return None
    n, omega, unit = claim.hidden, SMALLEST[bits], Fraction(1, 2**bits)
    coarse, below = (Fraction(0), Fraction(0)) if claim.kept is None else (Fraction(1, 2**k) for k in claim.kept)
    even = Fraction(0) if claim.steps is None else (1 + SLACK_OF_STEPS) / (2 * claim.steps)
    widest = WIDEST if claim.steps is None else WIDEST_OF_STEPS
    require_range(n <= widest, f"{n} hidden units are more than {widest}")
    require(claim.taken is None or claim.spread is None, "products in TF32 are for letters that are multiplied at once")
    flushed = (8 if claim.taken is None else 16) * n * omega
    N = tuple((absolute(A), e) for A, e in claim.A)
    if claim.spread is not None:
        require(all(map(at_most, N, claim.spread)), "the spread is below the weights")
        N = claim.spread
    fine = up(_with_division(_of_product(claim.taken, claim.terms, unit), unit) * (1 + coarse))
    step, alone = [], []
    for x, matrix in enumerate(N):
        size = frobenius(matrix)
        require_range(
            size <= HIGH[bits],
            f"letter {x} has a transition of norm {float(min(size, MOST_SHOWN)):.3g}, above {float(HIGH[bits]):.3g}: "
            f"its products may overflow in {claim.arithmetic}",
        )
        v = flushed * (1 + largest_entry(matrix))
        if claim.underflow is not None:
            require(claim.underflow[x] >= v, f"the underflow of letter {x} is below that of a plain product")
            v = claim.underflow[x]
        require_range(
            4 * n * v <= HIGH[bits],
            f"a step of letter {x} may be off by {float(min(v, MOST_SHOWN)):.3g} by underflow alone",
        )
        lost = 2 * v + 8 * omega * size
        step.append((1 + coarse + even) * lost + below * 2 * n * v)
        alone.append(step[-1] + below * 4 * size)
    for matrix, e in claim.readouts:
        for q, row in enumerate(integer_rows(matrix)):
            size = Fraction(sum(map(abs, row)), 1 << e)
            require_range(
                size <= TALL[bits],
                f"the readout of state {q} has entries of sum {float(min(size, MOST_SHOWN)):.3g}, above "
                f"{float(TALL[bits]):.3g}: logits may overflow in {claim.arithmetic}",
            )
    require_unit(claim.h, "the start")
    most = 1 / even if even else fine / (2 * below) if below else Fraction(1)  # 1 / κ
    return Rounding(
        unit=max(unit, coarse),
        gamma=fine,
        coarse=coarse,
        even=even,
        read=_of_product(claim.taken, n, unit),
        N=N if claim.arithmetic not in COARSER else tuple(_with_small_entries(matrix, most) for matrix in N),
        step=tuple(step),
        alone=tuple(alone),
        logit=flushed * (1 + max(map(largest_entry, claim.readouts))),
        least=LOW[bits],
        tiny=2 * omega + below + even * (1 + 8 * unit) * (largest_entry(claim.h) + 2 * omega),
    )


def require_unit(vector: Dyadic, what: str) -> None:
    """That a norm is from 3/4 to 5/4.

    Raises:
        RangeError: if it is not.
    """
    square = Fraction(sum_of_squares(vector[0]), 1 << 2 * vector[1])
    require_range(
        Fraction(9, 16) <= square <= Fraction(25, 16),
        f"{what} is not of norm 1: its normalisation over- or underflows, or states are not normalised",
    )


def gamma(terms: int, unit: Fraction) -> Fraction:
    """γ_k = k u / (1 − k u): k roundings in any order, each by a factor of 1 + δ, |δ| ≤ u."""
    require(terms * unit < Fraction(1, 4), f"sums of {terms} terms are too long for the digits of a float")
    return terms * unit / (1 - terms * unit)


def _of_product(taken: int | None, terms: int, unit: Fraction) -> Fraction:
    """γ_k, or, where weights are taken in fewer digits, (1 + t)(1 + γ_24k) − 1."""
    if taken is None:
        return gamma(terms, unit)
    return (1 + Fraction(1, 2**taken)) * (1 + gamma(LONGER * terms, unit)) - 1


def _with_small_entries(N: Dyadic, most: Fraction) -> Dyadic:
    """N + κ J N for a power of two κ that is 1 / most at least; `most` is at least 1."""
    k = (most.numerator // most.denominator).bit_length() - 1
    rows = integer_rows(N[0])
    sums = list(map(sum, zip(*rows, strict=True)))
    return fmpz_mat([[(v << k) + total for v, total in zip(row, sums, strict=True)] for row in rows]), N[1] + k


def _with_division(of_sum: Fraction, unit: Fraction) -> Fraction:
    return up(of_sum + unit * (1 + of_sum))
