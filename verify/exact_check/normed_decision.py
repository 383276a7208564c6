"""Lemma 5 for scores that stand behind norms: inside the tube the readout is right.

Statement
---------
Scores are those of `normed_readout.py`. Let T_k = (y_k / √m, √ε_k κ), so that r_k(h) = ‖T_k h‖, and let D_k, Y_k, S_k
be F_k R_k, R_k and T_k in the coordinates P U_v⁻¹ of the context v, F_k = E_k,q − E_k,p. State q wins against p at
h = s P U_v⁻¹ (1 + N') (c_q + e), s > 0, ‖e_j‖ ≤ ε_j, if

    lead_qp > Σ_j factor_qp,j ε_j,
    lead_qp = d_q − d_p + Σ_k D_k c_q / r_k − leak ‖c_q‖,   r_k = ‖S_k c_q‖,
    factor_qp,j = ‖(Σ_k D_k / r_k)_j‖* + Σ_k b_k ‖(S_k)_j‖ / r_k + leak,
    leak = ν' (‖Σ_k D_k / r_k‖ + Σ_k b_k ‖S_k‖ / r_k),

with b = |d_q − d_p| if there is one part, and b_k = √m ‖F_k‖ if there are more (F_k − mean F_k in a centred part); the
worst of all contexts and last letters counts, as in lemma 5.

Proof
-----
Scores are of degree 0, so s = 1. Let c = P U_v⁻¹ c_q and h = c + δ. As r_k is a seminorm, |r_k(h) − r_k(c)| ≤ r_k(δ).
More parts than one: with u(h) = y(h) / r(h),

    u(h) − u(c) = y(δ) / r(c) + u(h) (r(c) − r(h)) / r(c),   |F u(h)| ≤ ‖F‖ ‖y‖ / r(h) ≤ √m ‖F‖,

and F y = (F − mean F) y if y has mean 0. One part: with g = d_q − d_p

    (F u(h) + g) r(h) / r(c) = (F y(h) + g r(h)) / r(c) ≥ (F y(c) + g r(c) − |F y(δ)| − |g| r(δ)) / r(c).

In both δ = P U_v⁻¹ (e + N' (c_q + e)), and N' adds at most ν' (‖c_q‖ + Σ ε_j) times the norm of a row, or of S_k.

There are scores at all where r_k(h) > 0. With a constant unit that is so, as ε_k > 0 and κ h = 1. Without one
r_k(h) > 0 unless h = 0, δ = −c. If d = 0, what is then taken from the lead is at least |Σ_k D_k c_q / r_k|, the lead
itself. If d is not 0, it is asked for beside the leads, as that of q over a score −1: as r_1(h) ≥ r_1(c) − r_1(δ), the
state is not 0 if

    1 − ν' ‖S_1‖ ‖c_q‖ / r_1  >  Σ_j (‖(S_1)_j‖ + ν' ‖S_1‖) ε_j / r_1.

1 / r_k is enclosed as in lemma 1. A block of S_k is bounded by the root of ‖·‖² / m + ε ‖·‖² of its two pieces, and
column by column from a 1-norm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpz_mat

from .components import COUPLING, Components, Coordinates
from .contexts import Edges
from .decision import Leads, reached_after
from .document import Claim
from .dyadic import integer_rows, spectral, sqrt, sqrt_fraction, times, up
from .errors import require
from .normed_readout import Rows, Square, digits_of, inverse_root, offset_after, rows_after


@dataclass(frozen=True)
class _Place:
    """What is known of one part in one context, after one last letter.

    Attributes:
        rows: y and κ in the coordinates.
        squares: r² at the codes, for each state.
        scores: E y at the codes, times `mean`, (scores, states).
        pulled: E y as rows, times `mean`, (scores, n).
        E: its integers.
        sizes: ‖S_j‖ for each component, and ‖S‖.
    """

    rows: Rows
    squares: list[Square]
    scores: tuple[list[list[int]], int]
    pulled: tuple[list[list[int]], int]
    E: list[list[int]]
    sizes: list[Fraction]


def normed_leads(claim: Claim, coordinates: Coordinates, edges: Edges) -> Leads:
    """The leads of a certificate whose scores stand behind norms.

    Raises:
        CheckError: if a code is 0 before a norm.
    """
    contexts = max(1, len(edges.contexts.tilts))
    places = [(v, v % claim.letters if claim.by_last_letter else 0) for v in range(contexts)]
    if contexts == 1:
        places = [(0, x) for x in range(claim.endings)]
    plain = [[rows_after(claim, part, x).times(coordinates.P) for part in claim.parts] for x in range(claim.endings)]
    found = Leads((), {}, {}, {}, {})
    after = reached_after(claim)
    anywhere = sorted(set().union(*after))
    for v, x in places:
        here = [_place(rows, coordinates, edges, v) for rows in plain[x]]
        for q in sorted(after[x]) if claim.by_last_letter else anywhere:
            _add_state(claim, coordinates, edges, found, here, offset_after(claim, x), q)
    return found


def _place(rows: Rows, coordinates: Coordinates, edges: Edges, v: int) -> _Place:
    y, kappa = (edges.contexts.turned_back(matrix, v, 1) for matrix in (rows.y, rows.kappa))
    turned = Rows(y, rows.mean, rows.E, rows.eps, kappa)
    codes = coordinates.codes[0].transpose(), coordinates.codes[1]
    at = turned.times(codes)
    scores, pulled = times(rows.E, at.y), times(rows.E, y)
    parts, columns = coordinates.parts, [integer_rows(matrix[0].transpose()) for matrix in (at.y, at.kappa)]
    return _Place(
        rows=turned,
        squares=[at.square(*both) for both in zip(*columns, strict=True)],
        scores=(integer_rows(scores[0]), scores[1]),
        pulled=(integer_rows(pulled[0]), pulled[1]),
        E=integer_rows(rows.E[0]),
        sizes=[_size(turned, parts, k) for k in (*range(len(parts.sizes)), None)],
    )


def _size(rows: Rows, parts: Components, k: int | None) -> Fraction:
    """‖S_k‖ from the norm of a component, or ‖S‖ from the 2-norm; upper bounds."""
    part = slice(None) if k is None else parts.part(k)
    y, kappa = ([row[part] for row in integer_rows(matrix[0])] for matrix in (rows.y, rows.kappa))
    if k is not None and parts.norms[k] == "l1":
        columns = zip(zip(*y, strict=True), zip(*kappa, strict=True), strict=True)
        return max(sqrt_fraction(Fraction(*rows.square(a, b))) for a, b in columns)
    of_y, of_kappa = _norm(y, rows.y[1]), _norm(kappa, rows.kappa[1])
    return sqrt_fraction(of_y**2 / (rows.units * rows.mean**2) + rows.eps * of_kappa**2)


def _norm(block: list[list[int]], e: int) -> Fraction:
    """An upper bound on the 2-norm."""
    if not any(map(any, block)):
        return Fraction(0)
    size = sqrt(sum(v * v for row in block for v in row), 2 * e)
    if 1 in (len(block), len(block[0])):
        return size
    return min(size, spectral(fmpz_mat(block), e, COUPLING))


def _reach(rows: Rows, difference: Sequence[int]) -> Fraction:
    """√m ‖F‖, of F − mean F in a centred part."""
    m = len(difference)
    centre = sum(difference) if rows.mean > 1 else 0
    square = sum((m * v - centre) ** 2 for v in difference)
    return sqrt_fraction(Fraction(square, m << 2 * rows.E[1]))


def _add_state(
    claim: Claim,
    coordinates: Coordinates,
    edges: Edges,
    found: Leads,
    here: list[_Place],
    d: Sequence[Fraction],
    q: int,
) -> None:
    """Keep the smallest lead and the largest factors of one state."""
    digits, n, parts = digits_of(claim), claim.hidden, coordinates.parts
    others = claim.rivals(q)
    leads = [((d[q] - d[p]).numerator << digits) // (d[q] - d[p]).denominator for p in others]
    low = [[0] * n for _ in others]  # Σ_k D_k / r_k, at least and at most
    high = [[0] * n for _ in others]
    lost = [[Fraction(0) for _ in (*parts.sizes, None)] for _ in others]
    for place in here:
        rows, (scores, f), (pulled, g) = place.rows, place.scores, place.pulled
        require(place.squares[q][0] > 0, f"the code of state {q} is 0 before a norm")
        root = inverse_root(place.squares[q])
        most = Fraction(root.low + 1, 1 << root.shift)
        below, under = rows.mean << (f + root.shift), rows.mean << (g + root.shift)
        for i, p in enumerate(others):
            leads[i] += (root.of(scores[q][q] - scores[p][q])[0] << digits) // below
            for j, (a, b) in enumerate(zip(pulled[q], pulled[p], strict=True)):
                least, largest = root.of(a - b)
                low[i][j] += (least << digits) // under
                high[i][j] -= (-largest << digits) // under
            F = [a - b for a, b in zip(place.E[q], place.E[p], strict=True)]
            weight = abs(d[q] - d[p]) if len(here) == 1 else _reach(rows, F)
            lost[i] = [old + up(weight * size * most) for old, size in zip(lost[i], place.sizes, strict=True)]
    if claim.constant is None and any(d):
        _add_length(coordinates, edges, found, here[0], q)
    for i, p in enumerate(others):
        row = [max(abs(a), abs(b)) for a, b in zip(low[i], high[i], strict=True)]
        *by_part, whole = lost[i]
        leak = up(edges.nu * (sqrt(sum(v * v for v in row), 2 * digits) + whole))
        lead = Fraction(leads[i], 1 << digits) - leak * coordinates.lengths[q]
        duals = parts.duals(row, digits)
        factor = [up(dual + more + leak) for dual, more in zip(duals, by_part, strict=True)]
        pair = q, p
        found.lead[pair] = min(lead, found.lead.get(pair, lead))
        found.extra[pair] = [Fraction(0) for _ in factor]
        found.factor[pair] = list(map(max, factor, found.factor.get(pair, factor)))


def _add_length(coordinates: Coordinates, edges: Edges, found: Leads, place: _Place, q: int) -> None:
    """That the state is not 0, as the lead of q over the score −1, which is none."""
    root = inverse_root(place.squares[q])
    most = Fraction(root.low + 1, 1 << root.shift)
    *by_part, whole = place.sizes
    leak = up(edges.nu * whole * most)
    lead, pair = 1 - leak * coordinates.lengths[q], (q, -1)
    factor = [up(size * most + leak) for size in by_part]
    found.lead[pair] = min(lead, found.lead.get(pair, lead))
    found.extra[pair] = [Fraction(0) for _ in factor]
    found.factor[pair] = list(map(max, factor, found.factor.get(pair, factor)))
