"""Lemma 4: the tube around the codes, ε' ≤ M ε + η.

Statement
---------
Suppose that after a word of at least `prefix` letters that leads to state q, and ends in the context v,
U_v L h = s (c_q + e) with s > 0 and ‖e_k‖ ≤ ε_k for every component k. Then after one more letter x the same holds for
the state δ(q, x), the next context, the scale s λ, λ = λ_{e,q} > 0, and

    ε'_k = Σ_l M_kl ε_l + leak_k Σ_l ε_l + η_k,
    M_kl = max over edges of (‖G_kl‖ + ‖Γ_kl‖) / min_q λ,
    leak_k = max over edges of (‖G‖ + ‖Γ‖) ν' width_k / min_q λ,
    η_k  = max over edges and states of (‖(G c_q − λ c_δ(q,x))_k‖ + slack_k) / λ.

Here slack_k = (‖G‖ + ‖Γ‖) ν' width_k ‖c_q‖, and with rounding also ‖(Γ |c_q|)_k‖, or with states of whole numbers what
`Even` says of c_q, and what underflow adds. The words of `prefix` letters, multiplied out in lemma 1, give the first
ε.

Proof
-----
U_w L A[x] h / (s λ) = B[e] (c_q + e) / λ, B = G (I + N') by lemma 3, and subtracting c_δ(q,x) leaves
(G c_q − λ c_δ) / λ + G e / λ + G N' (c_q + e) / λ; Γ joins G where a step is rounded. Underflow moves ν h' of lemma 0
by at most w[x] in every entry, hence U_w L h' / s by at most reach · w[x] / s, and 1/s ≤ size (‖c_q‖ + ‖e‖), where
‖e‖ ≤ Σ ε_k < LARGEST; a larger ε is refused. For the beginning any s > 0 may be chosen; the one taken projects the
first component on that of the code. Errors are rounded away from 0 to the grid, by less than 2**-GRID for each entry,
which makes no norm smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import fmpz_mat

from .components import Components, Coordinates
from .contexts import Edge, Edges, Halves, Rest
from .document import Claim
from .dyadic import GRID, Dyadic, absolute, column_of, integer_rows, near_counted, rows_of, up
from .errors import require
from .float_model import Rounding
from .words import Words

LARGEST = 2**20  # of the sum of all ε: codes have norms of about 1, and no decision is right beyond a few of these
Error = tuple[int, tuple[int, ...]]  # a state and e in multiples of 2**-GRID, for one word


@dataclass(frozen=True)
class Tube:
    """The lemma's numbers, each a fraction that has been rounded upwards.

    Attributes:
        M: see the lemma; (components, components).
        leak: see the lemma.
        eta: η.
        drift: per edge G c_q − λ c_δ(q,x), columns q.
        slack: per edge, component and state, divided by λ.
        epsilon: ε after the words of `prefix` letters.
        begun: the part of it that rounding may have added.
        errors: state and e for each of these words.
        norms: ‖G_kl‖ + ‖Γ_kl‖ by edge, at most.
    """

    M: tuple[tuple[Fraction, ...], ...]
    leak: tuple[Fraction, ...]
    eta: tuple[Fraction, ...]
    drift: tuple[Dyadic, ...]
    slack: tuple[tuple[tuple[Fraction, ...], ...], ...]
    epsilon: tuple[Fraction, ...]
    begun: tuple[Fraction, ...]
    errors: tuple[Error, ...]
    norms: tuple[tuple[tuple[Fraction, ...], ...], ...]

    def after(self, epsilon: list[Fraction]) -> list[Fraction]:
        """ε' from ε."""
        total = sum(epsilon)
        return [
            up(sum(m * e for m, e in zip(row, epsilon, strict=True) if m) + leak * total + eta)
            for row, leak, eta in zip(self.M, self.leak, self.eta, strict=True)
        ]


def tube_of(claim: Claim, rounding: Rounding | None, coordinates: Coordinates, edges: Edges, words: Words) -> Tube:
    """The tube of a certificate.

    Raises:
        CheckError: if a word of the prefix does not point along its code.
    """
    parts = coordinates.parts
    K = range(len(parts.sizes))
    M = [[Fraction(0)] * len(K) for _ in K]
    leak, eta = [Fraction(0)] * len(K), [Fraction(0)] * len(K)
    norms, drifts, slacks = [], [], []
    bound, moving = _Bounds(parts, edges), _Images(coordinates, edges)
    for edge in edges.edges:
        least = min(edge.scales)
        sizes = [[Fraction(0)] * len(K) for _ in K]
        first = [integer_rows(half.first) for half in (edge.exact, edge.rounded) if half is not None]
        for k in K:
            for m in K:
                sizes[k][m] = bound(edge, first, k, m)
                M[k][m] = max(M[k][m], up(sizes[k][m] / least))
            leak[k] = max(leak[k], up(edge.leak * parts.width(k) / least))
        drift = _drift(claim, coordinates, edge, moving.codes(edge.exact))
        slack = _slack(rounding, coordinates, edges, edge, moving)
        for q, column in enumerate(integer_rows(drift[0].transpose())):
            for k in K:
                size = parts.norm(column[parts.part(k)], k, drift[1])
                eta[k] = max(eta[k], up(size / edge.scales[q] + slack[k][q]))
        norms.append(tuple(map(tuple, sizes)))
        drifts.append(drift)
        slacks.append(slack)
    epsilon, begun, errors = _beginning(claim, rounding, coordinates, edges, words)
    return Tube(
        M=tuple(map(tuple, M)),
        leak=tuple(leak),
        eta=tuple(eta),
        drift=tuple(drifts),
        slack=tuple(slacks),
        epsilon=epsilon,
        begun=begun,
        errors=errors,
        norms=tuple(norms),
    )


class _Bounds:
    """‖G_kl‖ + ‖Γ_kl‖ of edges; columns that edges share are looked at once."""

    def __init__(self, parts: Components, edges: Edges) -> None:
        self.parts, self.edges = parts, edges
        self.shared: dict[tuple[Rest, int], Fraction] = {}

    def __call__(self, edge: Edge, first: list[list[list[int]]], k: int, m: int) -> Fraction:
        """Of one block, where `first` are the rows of the first halves of G and, if there is rounding, of Γ."""
        if self.edges.rest and k == m == 1:
            found = self.edges.rest[edge.letter]
        else:
            found = self._norm(edge.exact, first[0], k, m, False)
        return found if edge.rounded is None else found + self._norm(edge.rounded, first[1], k, m, True)

    def _norm(self, half: Halves, first: list[list[int]], k: int, m: int, crude: bool) -> Fraction:
        if half.rest is None or m == 0:
            return self.parts.block_norm(first, half.e, k, m, crude)
        if (half.rest, k) not in self.shared:
            block = integer_rows(half.rest.matrix)[self.parts.part(k)]
            self.shared[half.rest, k] = self.parts.norm_of_block(block, half.e, k, m, crude)
        return self.shared[half.rest, k]


class _Images:
    """Products with the codes, and with their absolute values, as columns: (n, states)."""

    def __init__(self, coordinates: Coordinates, edges: Edges) -> None:
        matrix, self.e = coordinates.codes
        self.cut = edges.contexts.first
        self.plain, self.wide = self._halves(matrix.transpose()), self._halves(absolute(matrix.transpose()))
        self.shared: dict[tuple[Rest, bool], fmpz_mat] = {}

    def _halves(self, columns: fmpz_mat) -> tuple[fmpz_mat, fmpz_mat]:
        rows = rows_of(columns)
        return fmpz_mat(rows[: self.cut]), fmpz_mat(rows[self.cut :])

    def codes(self, half: Halves) -> Dyadic:
        """Times c_q."""
        return self._product(half, self.plain, False)

    def absolute_codes(self, half: Halves) -> Dyadic:
        """Times |c_q|."""
        return self._product(half, self.wide, True)

    def _product(self, half: Halves, columns: tuple[fmpz_mat, fmpz_mat], wide: bool) -> Dyadic:
        found = half.first * columns[0]
        if half.rest is not None:
            if (half.rest, wide) not in self.shared:
                self.shared[half.rest, wide] = half.rest.matrix * columns[1]
            found += self.shared[half.rest, wide]
        return found, half.e + self.e


def _drift(claim: Claim, coordinates: Coordinates, edge: Edge, moved: Dyadic) -> Dyadic:
    """The columns G c_q − λ c_δ(q,x), exactly; scales are dyadic."""
    matrix, e = moved
    codes, f = coordinates.codes
    shifts = [v.denominator.bit_length() - 1 for v in edge.scales]
    both = max(e, f + max(shifts))
    aimed = fmpz_mat(claim.states, claim.states)  # λ_q in row δ(q, x) of column q
    for q, (scale, shift) in enumerate(zip(edge.scales, shifts, strict=True)):
        aimed[claim.table[q][edge.letter], q] = int(scale.numerator) << (both - f - shift)
    return matrix * (1 << (both - e)) - codes.transpose() * aimed, both


def _slack(
    rounding: Rounding | None, coordinates: Coordinates, edges: Edges, edge: Edge, moving: _Images
) -> tuple[tuple[Fraction, ...], ...]:
    """What N', rounding and underflow add to the drift, divided by λ: for each component and state."""
    parts, rounded, lost = coordinates.parts, None, Fraction(0)
    if rounding is not None and edge.rounded is not None:
        matrix, e = moving.absolute_codes(edge.rounded if edge.even is None else edge.even.halves)
        rounded = integer_rows(matrix.transpose())
        size = edges.unit_scale(max(coordinates.lengths), Fraction(LARGEST))
        lost = rounding.step[edge.letter] / edge.unit * edges.reach * size
    found = []
    for k in range(len(parts.sizes)):
        row = []
        for q, length in enumerate(coordinates.lengths):
            extra = edge.leak * parts.width(k) * length + lost
            if rounded is not None:
                extra += parts.norm(rounded[q][parts.part(k)], k, e)
            if edge.even is not None:
                lift = column_of(edge.even.lift[0], 0, parts.cuts[k], parts.cuts[k + 1])
                extra += parts.norm(lift, k, edge.even.lift[1]) * edge.even.tall[q]
            row.append(up(extra / edge.scales[q]))
        found.append(tuple(row))
    return tuple(found)


def _beginning(
    claim: Claim, rounding: Rounding | None, coordinates: Coordinates, edges: Edges, words: Words
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...], tuple[Error, ...]]:
    """ε, its part that rounding may have added, and the errors of the longest words that are multiplied out."""
    parts = coordinates.parts
    K = range(len(parts.sizes))
    Z, _ = _in_context(claim, edges, words, coordinates.L[0] * words.H, -1)
    reach, _ = _in_context(claim, edges, words, coordinates.around[0] * words.off, 0)
    columns, spread = integer_rows(Z.transpose()), integer_rows(reach.transpose())
    codes, f = integer_rows(coordinates.codes[0]), coordinates.codes[1]
    squares = [sum(v**2 for v in code[parts.part(0)]) for code in codes]
    errors: list[Error] = []
    begun, epsilon = [Fraction(0)] * len(K), [Fraction(0)] * len(K)
    for q, column, wide in zip(words.states, columns, spread, strict=True):
        code, square = codes[q], squares[q]
        require(square > 0, f"the code of state {q} is zero in the first component")
        along = sum(a * b for a, b in zip(code[parts.part(0)], column[parts.part(0)], strict=True))  # c z, times 2**f
        require(along > 0, "a state does not point along its code")
        error = tuple(  # z / s − c for s = c z / ‖c‖²
            near_counted(v * square - c * along, along << f) for v, c in zip(column, code, strict=True)
        )
        errors.append((q, error))
        for k in K:
            size = parts.norm(error[parts.part(k)], k, GRID)
            if any(wide[parts.part(k)]):
                grown = parts.norm(wide[parts.part(k)], k, 0) * Fraction(square, along << f)
                begun[k] = max(begun[k], up(grown))
                size += grown
            epsilon[k] = max(epsilon[k], up(size))
    return tuple(epsilon), tuple(begun), tuple(errors)


def _in_context(claim: Claim, edges: Edges, words: Words, Z: fmpz_mat, sign: int) -> Dyadic:
    """The columns, one for each of the longest words, in the coordinates that belong to their last letters."""
    tilts = edges.contexts.tilts
    if not tilts:
        return Z, 0
    contexts = [0]
    for _ in range(words.length):
        contexts = [(v * claim.letters + x) % len(tilts) for x in range(claim.letters) for v in contexts]
    columns = rows_of(Z.transpose())
    for v in range(len(tilts)):
        mine = [j for j, context in enumerate(contexts) if context == v]
        turned, _ = edges.contexts.turned((fmpz_mat([columns[j] for j in mine]).transpose(), 0), v, sign)
        for j, column in zip(mine, rows_of(turned.transpose()), strict=True):
            columns[j] = column
    return fmpz_mat(columns).transpose(), tilts[0][1]
