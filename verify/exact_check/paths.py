"""Lemma 6: the worst path, for letters that permute the states.

Statement
---------
Let K be rows (K_q), π a potential on pairs of states, and W a bound with, for every word of t letters that leads to q,

    K_p e − K_q e ≤ W + π(q, p)   for all p ≠ q,

e the error of the tube. After one more letter the same holds with W + μ + Σ_k τ_k ε_k, where

    μ    = max over edges and pairs of (K_p' − K_q') η(x, q) + slack + π(q, p) − π(q', p'),  q' = δ(q, x), p' = δ(p, x),
    τ_k  = max over edges and states of 2 (‖(K_q' G − λ K_q)_k‖* + ‖K_q'‖ (leak + ‖Γ‖) + |λ − λ_0| ‖K_q,k‖*) / λ,

λ_0 one scale of the edge; and state q wins against p, a state as well, as long as

    lead_qp > W + π(q, p) + Σ_k gap_qp,k ε_k,   gap_qp,k = ‖((D_q − D_p) − (K_q − K_p))_k‖* + extra_qp,k.

Proof
-----
With ℓ = K_q − K_p and λ e' = drift + G e + …, the number −ℓ' e' is −ℓ' η − ℓ e − (ℓ' G / λ − ℓ) e, whose last term is
bounded row by row, with λ_0 for λ and the difference beside it. All p' ≠ q' are images of some p ≠ q, as the letter
permutes. The lead at c_q + e is (D_q − D_p) c_q + ℓ e + ((D_q − D_p) − ℓ) e. As μ, τ ≥ 0, W does not fall. And μ is
counted in units of 2**-GRID: a product of a row and a drift is rounded downwards by less than one unit, and 4 are
added.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import fmpz_mat

from .components import Coordinates
from .contexts import Edge, Edges
from .decision import Leads, Pair
from .document import Claim
from .dyadic import GRID, Dyadic, integer_rows, matrix_of, rows_of, sqrt, times, up
from .errors import require, require_form
from .fields import field, floats
from .tube import LARGEST, Tube

UNIT = 1 << GRID


@dataclass(frozen=True)
class Paths:
    """The lemma's numbers.

    Attributes:
        potential: π, (states, states).
        mu: μ.
        tau: τ.
        W: the bound after the words of the prefix.
        gap: per pair, the factors of ε beside ℓ.
    """

    potential: tuple[tuple[Fraction, ...], ...]
    mu: Fraction
    tau: tuple[Fraction, ...]
    W: Fraction
    gap: dict[Pair, list[Fraction]]

    def margin(self, leads: Leads, pair: Pair, epsilon: list[Fraction], W: Fraction) -> Fraction:
        """The lead less what the path and errors of size ε take away."""
        error = W + self.potential[pair[0]][pair[1]]
        return leads.lead[pair] - error - sum(f * e for f, e in zip(self.gap[pair], epsilon, strict=True))


@dataclass(frozen=True)
class _Rows:
    """K with its norms, and π in fractions and in units of 2**-GRID."""

    K: Dyadic
    rows: list[list[int]]
    norms: list[Fraction]
    duals: list[list[Fraction]]
    heights: list[list[int]]


def paths_of(claim: Claim, coordinates: Coordinates, edges: Edges, tube: Tube, leads: Leads) -> Paths:
    """The bound along paths.

    Raises:
        CheckError: if letters merge states.
        FormatError: for rows or a potential that do not fit.
    """
    states = range(claim.states)
    permuting = all(sorted(row[x] for row in claim.table) == list(states) for x in range(claim.letters))
    require(permuting, "the path bound is for letters that permute the states")
    path = field(claim.proof, "path", dict)
    q, n = claim.states, claim.hidden
    matrix, e = K = matrix_of(floats(field(path, "rows", dict), (q, n), "rows"), q, n)
    potential, f = matrix_of(floats(field(path, "potential", dict), (q, q), "potential"), q, q)
    require_form(f <= GRID, "the potential has too many digits")
    rows = integer_rows(matrix)
    given = _Rows(
        K=K,
        rows=rows,
        norms=[sqrt(sum(v**2 for v in row), 2 * e) for row in rows],
        duals=[coordinates.parts.duals(row, e) for row in rows],
        heights=[[v << GRID >> f for v in row] for row in integer_rows(potential)],
    )
    largest, tau = 0, [Fraction(0) for _ in coordinates.parts.sizes]
    for i, edge in enumerate(edges.edges):
        largest = max(largest, _steepest(claim, tube, given, i, edge))
        tau = list(map(max, tau, _pulled(claim, coordinates, given, edge)))
    heights = tuple(tuple(Fraction(v, 1 << f) for v in row) for row in integer_rows(potential))
    return Paths(
        potential=heights,
        mu=Fraction(largest, 1 << GRID),
        tau=tuple(tau),
        W=_begun(tube, given, (potential, f)),
        gap=gaps_of(coordinates, leads, K),
    )


def _steepest(claim: Claim, tube: Tube, given: _Rows, i: int, edge: Edge) -> int:
    """The largest rise over one edge, in units of 2**-GRID, or 0."""
    drift, e = tube.drift[i]
    moved, f = times(given.K, (drift, e))  # K_p η(x, q), times λ: (states, states)
    turned = [row[edge.letter] for row in claim.table]
    units = [(v.denominator << GRID, v.numerator << f) for v in edge.scales]
    gained = [[int(v) * above // below for v, (above, below) in zip(row, units, strict=True)] for row in rows_of(moved)]
    duals = [[int(up(size) * UNIT) for size in dual] for dual in given.duals]
    largest = 0
    for q in range(claim.states):
        slack = [int(part[q] * UNIT) for part in tube.slack[i]]
        spare = [(sum(size * more for size, more in zip(dual, slack, strict=True)) >> GRID) + 1 for dual in duals]
        own, own_spare = gained[turned[q]][q], spare[turned[q]]
        level, target = given.heights[q], given.heights[turned[q]]
        rises = (
            gained[p][q] - own + spare[p] + own_spare + level[other] - target[p]
            for other, p in enumerate(turned)
            if other != q
        )
        largest = max(largest, max(rises, default=0) + 4)
    return largest


def _pulled(claim: Claim, coordinates: Coordinates, given: _Rows, edge: Edge) -> list[Fraction]:
    """τ_k of one edge."""
    parts, least, middle = coordinates.parts, min(edge.scales), edge.scales[0]
    (moved, e), own = times(given.K, edge.G), given.K[1]  # K_p G
    pulled, shift = integer_rows(moved), middle.denominator.bit_length() - 1
    digits = max(e, own + shift)
    top = int(middle.numerator) << digits - own - shift
    spread = max(abs(v - middle) for v in edge.scales)
    shaken = Fraction(0) if edge.rounded is None else edge.rounded.frobenius
    tau = [Fraction(0) for _ in parts.sizes]
    for q in range(claim.states):
        aim = claim.table[q][edge.letter]
        row = [(v << digits - e) - w * top for v, w in zip(pulled[aim], given.rows[q], strict=True)]
        for k in range(len(parts.sizes)):
            size = parts.dual(row[parts.part(k)], k, digits) + given.norms[aim] * (edge.leak + shaken)
            size += spread * given.duals[q][k]
            tau[k] = max(tau[k], up(2 * size / least))
    return tau


def _begun(tube: Tube, given: _Rows, potential: Dyadic) -> Fraction:
    """W after the words of the prefix."""
    worst = [max(dual[k] for dual in given.duals) for k in range(len(tube.begun))]
    begun = sum((2 * a * b for a, b in zip(worst, tube.begun, strict=True)), Fraction(0))
    (K, e), (flat, f) = given.K, potential
    tall = sum(worst, Fraction(0)) * Fraction(K.ncols(), 1 << GRID)  # errors are rounded to the grid
    level = [[v << GRID + e - f for v in row] for row in integer_rows(flat)]
    errors = fmpz_mat([list(error) for _, error in tube.errors])  # multiples of 2**-GRID
    highest = -(LARGEST**2) << GRID + e
    for (q, _), along in zip(tube.errors, integer_rows(errors * K.transpose()), strict=True):
        rises = (along[p] - along[q] - level[q][p] for p in range(len(along)) if p != q)
        highest = max(highest, max(rises, default=0))
    return up(Fraction(highest, 1 << GRID + e) + begun + 2 * tall)


def gaps_of(coordinates: Coordinates, leads: Leads, K: Dyadic) -> dict[Pair, list[Fraction]]:
    """gap_qp,k for rows K."""
    parts, (own, f) = coordinates.parts, K
    pairs = [pair for pair in leads.lead if pair[1] < own.nrows()]  # a score that stands for no state follows no path
    extra = {pair: [int(up(more) * UNIT) for more in leads.extra[pair]] for pair in pairs}
    found: dict[Pair, list[int]] = {}
    for D, e in leads.D:
        rows = fmpz_mat(rows_of(D)[: own.nrows()])
        off = parts.apart((rows * (1 << max(f - e, 0)) - own * (1 << max(e - f, 0)), max(e, f)))
        for q, p in pairs:
            gap = [size[q][p] + more for size, more in zip(off, extra[q, p], strict=True)]
            found[q, p] = list(map(max, gap, found.get((q, p), gap)))
    return {pair: [Fraction(size, UNIT) for size in gap] for pair, gap in found.items()}
