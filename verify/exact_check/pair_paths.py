"""Lemma 8: the worst path through contexts and pairs of states, with radii that grow.

Lemma 6 takes the worst first-order gain of all edges and adds the worst second-order one, of any other edge. Here both
are of one edge, the potential knows the last letters, and what a pair of rows fails to see is measured for the pair.

Statement
---------
Let letters permute the states, and let steps be exact. Let K be rows (K_q), π a potential on contexts and pairs of
states, E_1, E_2, … radii, one for each component, and W a bound with, for every word of t letters that leads to state q
and ends in the context v,

    (K_p − K_q) e ≤ W + π(v; q, p)   for all p ≠ q,

e the error of the tube, and ‖e_k‖ ≤ ε_k. If ε ≤ E_j, then after one more letter the same holds with W + μ_j, where

    μ_j = max over edges e = (v, x, w) and pairs of  −ℓ' η(e, q) + σ + Σ_k τ_k E_j,k + π(v; q, p) − π(w; q', p'), or 0,
    ℓ = K_q − K_p,   ℓ' = K_q' − K_p',   q' = δ(q, x),   p' = δ(p, x),   λ = λ_{e,q},
    τ_k = (‖(ℓ' G − λ ℓ)_k‖* + ‖ℓ'‖ leak) / λ,   σ = Σ_k (‖K_q',k‖* + ‖K_p',k‖*) slack_k,

and state q wins against p, a state as well, as long as lead_qp > W + max_v π(v; q, p) + Σ_k gap_qp,k ε_k, gap that of
lemma 6.

Proof
-----
By lemma 4 λ e' = (G c_q − λ c_q') + G e + G N' (c_q + e), so

    −ℓ' e' = −ℓ' η − ℓ e − (ℓ' G / λ − ℓ) e − ℓ' G N' (c_q + e) / λ,

where −ℓ e ≤ W + π(v; q, p); the third term is at most Σ_k ‖(ℓ' G − λ ℓ)_k‖* E_j,k / λ. In the last one the part of c_q
has at most the norm slack_k in component k, as in lemma 4, and that of e is at most ‖ℓ'‖ leak Σ_k ‖e_k‖ / λ, since
‖G‖ ν' ≤ leak and a 2-norm is at most the 1-norm. All p' ≠ q' are images of some p ≠ q, as the letter permutes. Since
μ_j ≥ 0, W does not fall. The lead at c_q + e is that of lemma 6. In units of 2**-GRID the products of two rows and a
drift are rounded by less than one unit, and 4 are added; norms are rounded upwards, and radii before both are used.
At the beginning W is the largest of (K_p − K_q) ê − π of all words of the prefix; ê is e up to less than one unit in
every entry, so that 2 n Σ_k ‖K_q,k‖* units, of the largest q, are added.

In the 2-norm the square of ‖R_q − R_p − λ (K_q − K_p)‖, R = K_δ(·,x) G, is a sum of entries of the Gram matrices of R,
of R and K, and of K, which is exact and cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import fmpz_mat

from .components import Components, Coordinates
from .contexts import Edge, Edges, Rest
from .decision import Leads, Pair
from .document import Claim
from .dyadic import GRID, Dyadic, integer_rows, matrix_of, root_counted, rows_of, sqrt, times, up
from .errors import require, require_form
from .fields import field, floats, integer
from .float_model import Rounding
from .paths import gaps_of
from .tube import LARGEST, Tube
from .words import Words

MOST_LEVELS = 32  # radii E_j
MOST_PAIRED = 2**20  # pairs of states, over all edges: about ten seconds
MOST_SEEN = 2**26  # these times coordinates, or components and levels
UNIT = 1 << GRID
Pairs = list[list[int]]  # a number for each pair of states, counted in multiples of 2**-GRID


@dataclass(frozen=True)
class PairPaths:
    """The lemma's numbers.

    Attributes:
        highest: max_v π(v; q, p), (states, states).
        radii: E, (levels, components).
        mu: μ_j.
        W: the bound after the words of the prefix.
        gap: per pair, the factors of ε beside ℓ.
    """

    highest: tuple[tuple[Fraction, ...], ...]
    radii: tuple[tuple[Fraction, ...], ...]
    mu: tuple[Fraction, ...]
    W: Fraction
    gap: dict[Pair, list[Fraction]]

    def margin(self, leads: Leads, pair: Pair, epsilon: list[Fraction], W: Fraction) -> Fraction:
        """The lead less what the path and errors of size ε take away."""
        error = W + self.highest[pair[0]][pair[1]]
        return leads.lead[pair] - error - sum(f * e for f, e in zip(self.gap[pair], epsilon, strict=True))

    def gains(self) -> Callable[[Sequence[int]], int]:
        """What W gains with the next letter, as a function of ε; both are counted in multiples of 2**-GRID."""
        levels = [([int(v * UNIT) for v in E], int(mu * UNIT)) for E, mu in zip(self.radii, self.mu, strict=True)]

        def gained(epsilon: Sequence[int]) -> int:
            for radii, mu in levels:
                if all(a <= b for a, b in zip(epsilon, radii, strict=True)):
                    return mu
            require(False, "errors are larger than all radii of the path")
            return 0

        return gained


@dataclass(frozen=True, eq=False)
class _Block:
    """Rows that are pulled back, K G or K itself, in one component, and the sums of products of two rows."""

    matrix: fmpz_mat
    own: _Block | None

    @cached_property
    def gram(self) -> Pairs:
        """Of two of these rows."""
        return integer_rows(self.matrix * self.matrix.transpose())

    @cached_property
    def mixed(self) -> Pairs:
        """Of one of these and a row of K."""
        assert self.own is not None
        return integer_rows(self.matrix * self.own.matrix.transpose())


@dataclass(frozen=True)
class _Rows:
    """K with its norms, in units, and π(v; q, p) in units; K in 2-norms, and K G where edges share it."""

    K: Dyadic
    own: list[_Block | None]
    norms: list[int]
    duals: Pairs
    heights: list[Pairs]
    shared: dict[Rest, _Block]


def pair_paths_of(
    claim: Claim,
    rounding: Rounding | None,
    coordinates: Coordinates,
    edges: Edges,
    words: Words,
    tube: Tube,
    leads: Leads,
) -> PairPaths:
    """The bound along paths of pairs.

    Raises:
        CheckError: if letters merge states.
        FormatError: for rows, a potential or radii that do not fit, or are more than can be checked.
    """
    require_form(rounding is None, "paths of pairs are for exact arithmetic")
    states, count = claim.states, max(1, len(edges.contexts.tilts))
    permuting = all(sorted(row[x] for row in claim.table) == list(range(states)) for x in range(claim.letters))
    require(permuting, "the path bound is for letters that permute the states")
    require_form(
        len(edges.edges) * states**2 <= MOST_PAIRED
        and len(edges.edges) * states**2 * max(claim.hidden, len(coordinates.parts.sizes) * MOST_LEVELS) <= MOST_SEEN,
        f"{len(edges.edges)} edges of {states} states have more pairs than can be checked",
    )
    stored, parts = field(claim.proof, "pairs", dict), coordinates.parts
    matrix, e = K = matrix_of(floats(field(stored, "rows", dict), (states, claim.hidden), "rows"), states, claim.hidden)
    flat, f = matrix_of(
        floats(field(stored, "potential", dict), (count, states, states), "potential"), count * states, states
    )
    require_form(f <= GRID, "the potential has too many digits")
    levels = integer(stored, "levels", 1, MOST_LEVELS)
    size = len(parts.sizes)
    values = [Fraction(*v.as_integer_ratio()) for v in floats(field(stored, "radii", dict), (levels, size), "radii")]
    require_form(min(values) >= 0 and max(values) < LARGEST, f"the radii of the path are from 0 to {LARGEST}")
    radii = [
        [-(-v.numerator * UNIT // v.denominator) for v in values[j * size : (j + 1) * size]] for j in range(levels)
    ]
    lifted = [[int(v) << GRID >> f for v in row] for row in rows_of(flat)]
    rows = integer_rows(matrix)
    given = _Rows(
        K=K,
        own=[_Block(_cut(rows, parts.part(k)), None) if parts.norms[k] == "l2" else None for k in range(size)],
        norms=[int(sqrt(sum(v**2 for v in row), 2 * e) * UNIT) for row in rows],
        duals=[[int(up(size) * UNIT) for size in parts.duals(row, e)] for row in rows],
        heights=[lifted[v * states : (v + 1) * states] for v in range(count)],
        shared={},
    )
    mu = [0] * levels
    for i, edge in enumerate(edges.edges):
        mu = list(map(max, mu, _steepest(claim, coordinates, tube, given, i, edge, radii)))
    return PairPaths(
        highest=tuple(
            tuple(Fraction(max(level[q][p] for level in given.heights), UNIT) for p in range(states))
            for q in range(states)
        ),
        radii=tuple(tuple(Fraction(v, UNIT) for v in E) for E in radii),
        mu=tuple(Fraction(v, UNIT) for v in mu),
        W=up(_begun(claim, words, tube, given)),
        gap=gaps_of(coordinates, leads, K),
    )


def _cut(rows: Sequence[Sequence[int]], part: slice) -> fmpz_mat:
    return fmpz_mat([list(row[part]) for row in rows])


def _steepest(
    claim: Claim, coordinates: Coordinates, tube: Tube, given: _Rows, i: int, edge: Edge, radii: list[list[int]]
) -> list[int]:
    """The largest rise over one edge for each of the radii, in units, at least 0."""
    drift, e = tube.drift[i]
    moved, f = times(given.K, (drift, e))  # K_p η(e, q), times λ: (states, states)
    turned = [row[edge.letter] for row in claim.table]
    units = [(v.denominator << GRID, v.numerator << f) for v in edge.scales]
    gained = [[int(v) * above // below for v, (above, below) in zip(row, units, strict=True)] for row in rows_of(moved)]
    before, after = given.heights[edge.before], given.heights[edge.after]
    tau = _missed(claim, coordinates, given, edge, turned)
    leak = int(up(edge.leak) * UNIT)
    firsts: list[int] = []  # of all pairs
    seconds: list[list[int]] = [[] for _ in tau]  # τ_k of all pairs
    for q, aim in enumerate(turned):
        slack = [int(part[q] * UNIT) for part in tube.slack[i]]
        spare = [(sum(size * more for size, more in zip(dual, slack, strict=True)) >> GRID) + 1 for dual in given.duals]
        scale, own = edge.scales[q], gained[aim][q] - spare[aim]
        others = [p for p in range(claim.states) if p != q]
        firsts += [gained[turned[p]][q] - own + spare[turned[p]] + before[q][p] - after[aim][turned[p]] for p in others]
        lost = [((given.norms[aim] + given.norms[turned[p]]) * leak >> GRID) + 1 for p in others]  # ‖ℓ'‖ leak
        above, below = scale.denominator, scale.numerator
        for row, size in zip(seconds, tau, strict=True):
            row += [-(-(size[q][p] + more) * above // below) for p, more in zip(others, lost, strict=True)]
    if not firsts:
        return [0] * len(radii)
    rises = fmpz_mat([[UNIT, *E] for E in radii]) * fmpz_mat([firsts, *seconds])  # times UNIT²
    return [max(0, int(max(row)) >> GRID) + 4 for row in rows_of(rises)]


def _missed(claim: Claim, coordinates: Coordinates, given: _Rows, edge: Edge, turned: Sequence[int]) -> list[Pairs]:
    """‖(ℓ' G − λ ℓ)_k‖* for every component and pair (q, p), in units, λ that of q."""
    parts = coordinates.parts
    (plain, f), e = given.K, given.K[1] + edge.exact.e
    deepest = max(v.denominator.bit_length() - 1 for v in edge.scales)
    scales = [int(v * (1 << deepest)) << (e - f) for v in edge.scales]  # λ K in the units of K G, times 2**deepest
    states = range(claim.states)
    found = []
    for k, own in enumerate(given.own):
        moved = _pulled(given, edge, parts, k)
        if own is None:  # the largest entry
            rows, part = integer_rows(moved.matrix), parts.part(k)
            pulled, mine = [rows[q] for q in turned], [row[part] for row in integer_rows(plain)]
            sizes = [
                [
                    max(
                        abs(((pulled[q][c] - pulled[p][c]) << deepest) - scales[q] * (mine[q][c] - mine[p][c]))
                        for c in range(parts.sizes[k])
                    )
                    for p in states
                ]
                for q in states
            ]
            found.append([[-(-(v << GRID) >> (e + deepest)) for v in row] for row in sizes])
            continue
        A, B, C = moved.gram, moved.mixed, own.gram
        shift = 2 * (e + deepest - GRID)  # of a square, to one in units
        factors = [(2 * v << deepest, v**2) for v in scales]
        table = [[0] * claim.states for _ in states]
        for q, at_q in enumerate(turned):
            for p, at_p in enumerate(turned[:q]):
                of_R = (A[at_q][at_q] + A[at_p][at_p] - 2 * A[at_q][at_p]) << 2 * deepest
                of_both = B[at_q][q] + B[at_p][p] - B[at_q][p] - B[at_p][q]
                of_K = C[q][q] + C[p][p] - 2 * C[q][p]
                for at, other in ((q, p), (p, q)):
                    mixed, square = factors[at]
                    value = of_R - mixed * of_both + square * of_K
                    table[at][other] = root_counted(value, -shift)
        found.append(table)
    return found


def _pulled(given: _Rows, edge: Edge, parts: Components, k: int) -> _Block:
    """K G in component k; of columns that edges share once."""
    (K, _), G, own = given.K, edge.exact, given.own[k]
    if G.rest is None:
        moved = K * G.first
        return _Block(moved if len(parts.sizes) == 1 else _cut(integer_rows(moved), parts.part(k)), own)
    if k == 0:
        return _Block(K * G.first, own)
    if G.rest not in given.shared:
        given.shared[G.rest] = _Block(K * G.rest.matrix, own)
    return given.shared[G.rest]


def _begun(claim: Claim, words: Words, tube: Tube, given: _Rows) -> Fraction:
    """W after the words of the prefix; the last letter changes slowest."""
    contexts, count = [0], len(given.heights)
    for _ in range(words.length):
        contexts = [(v * claim.letters + x) % count for x in range(claim.letters) for v in contexts]
    K, e = given.K
    errors = fmpz_mat([list(error) for _, error in tube.errors])  # on the grid, by lemma 4
    along = integer_rows(errors * K.transpose())  # (words, states), times 2**-(GRID + e)
    highest = -(LARGEST**2) * UNIT
    for v, (q, _), row in zip(contexts, tube.errors, along, strict=True):
        level = given.heights[v][q]
        rises = ((row[p] - row[q] >> e) + 1 - level[p] for p in range(claim.states) if p != q)
        highest = max(highest, max(rises, default=0))
    tall = 2 * claim.hidden * max(map(sum, given.duals))  # errors are rounded to the grid, by less than a unit an entry
    return Fraction(highest, UNIT) + Fraction(tall, UNIT**2)
