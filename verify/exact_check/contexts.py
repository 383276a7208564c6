"""Lemma 3: coordinates that depend on the last letters.

What a letter leaves in the second of two components is, if the first one is right, a linear function of it. So the
coordinates may depend on the last m letters v, as soon as m letters have been multiplied out.

Statement
---------
In the coordinates U_v L, U_v = [[I, 0], [−Φ_v, I]], an edge e = (v, x, w), w the last m letters after x, acts as

    B[e] = G[e] (I + N'),   G[e] = U_w L A[x] P U_v⁻¹,   ‖N'‖ ≤ ν' = ν / (1 − ν),   ν = (1 + t)² ‖I − L P‖_F < 1/2,

t the largest ‖Φ_v‖_F. If a step is off by s |A[x] h| + σ max |A[x] h| + γ N[x] |h| + w[x] entry by entry, then G is
off by no more than Γ[e] = Γ_0 + σ |U_w L| 1 a |U_v⁻¹|, Γ_0 = γ |U_w L| N[x] |P U_v⁻¹| + s |U_w L| |A[x] P| |U_v⁻¹|, a
the row of the largest entries of the columns of |A[x] P|, and the rest by n w[x] (1 + t) ‖L‖_F in either norm. What Γ
takes from a code is no more than Γ_0 |c_q| + σ |U_w L| 1 max |A[x] P U_v⁻¹ c_q|.
Without contexts there is one edge for each letter, and U = I. A[x], N[x], w[x] and λ are taken in units of a power of
two, one for each letter, in which the largest entry of A[x] is about 1: no claim depends on it, and bounds are then
rounded where it does not matter.

Proof
-----
Lemma 2 for U_w L and P U_v⁻¹ in place of L and P: I − U_v L P U_v⁻¹ = U_v (I − L P) U_v⁻¹, and ‖U_v‖, ‖U_v⁻¹‖ ≤ 1 + t.
|U_w L| ≤ |U_w| |L| and |P U_v⁻¹| ≤ |P| |U_v⁻¹| entry by entry, where |U_v⁻¹| = [[I, 0], [|Φ_v|, I]]. With h = s P
U_v⁻¹ y, y = (I + N')(c_q + e), the largest entry of A h / s is at most max |A P U_v⁻¹ c_q| + a |U_v⁻¹| |y − c_q|, and
a |U_v⁻¹| |y| as well. A vector with entries of at most w has 2-norm √n w at most, and its 1-norm is at most √n times
that.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import fmpz_mat

from .components import Coordinates
from .document import MOST_WORDS, Claim
from .dyadic import (
    Dyadic,
    absolute,
    ceiling,
    integer_rows,
    matrix_of,
    rows_of,
    side_by_side,
    sqrt,
    sum_of_squares,
    times,
    up,
)
from .errors import require, require_form
from .fields import MOST_NUMBERS, field, floats, integer
from .float_model import Rounding

ROUNDED_TO = 60  # binary digits of Γ, which is rounded upwards: far below the unit of a float
MOST_PAIRS = 2**30  # numbers that are compared, over all contexts and pairs of states
MOST_COMPARED = 2**22  # pairs of states, over all contexts
MOST_BLOCKS = 2**24  # pairs of components, over all edges
MOST_SQUARED = 2**35  # products of numbers in all squarings of Gram matrices


@dataclass(frozen=True)
class Contexts:
    """The tilts Φ_v of all words v of m letters.

    Attributes:
        memory: m.
        first: size of the first component.
        tilts: Φ_v, all with the same exponent; empty without contexts.
        tilt: t.
    """

    memory: int
    first: int
    tilts: tuple[Dyadic, ...]
    tilt: Fraction

    def turned(self, matrix: Dyadic, v: int, sign: int) -> Dyadic:
        """U_v M for sign −1, U_v⁻¹ M for sign 1, and for sign 0 the latter with |Φ_v|."""
        if not self.memory:
            return matrix
        (tilt, f), d, rows = self.tilts[v], self.first, rows_of(matrix[0])
        moved = (tilt * sign if sign else absolute(tilt)) * fmpz_mat(rows[:d])
        below = fmpz_mat(rows[d:]) * (1 << f) + moved
        return fmpz_mat(rows_of(fmpz_mat(rows[:d]) * (1 << f)) + rows_of(below)), matrix[1] + f

    def turned_back(self, rows: Dyadic, v: int, sign: int) -> Dyadic:
        """K U_v for sign −1, K U_v⁻¹ for sign 1, and for sign 0 the latter with |Φ_v|."""
        return rows if not self.memory else Behind.of(rows, self).at(v, sign).whole


@dataclass(frozen=True, eq=False)
class Halves:
    """A matrix in two groups of columns: of the first component, and the rest, which other edges may share.

    Attributes:
        first: integers, times 2**-e as all of them.
        rest: the other columns; None where there are no contexts and `first` is all.
        e: the exponent.
    """

    first: fmpz_mat
    rest: Rest | None
    e: int

    @cached_property
    def whole(self) -> Dyadic:
        """All columns."""
        return (self.first if self.rest is None else side_by_side([self.first, self.rest.matrix])), self.e

    @property
    def frobenius(self) -> Fraction:
        """An upper bound on the Frobenius norm."""
        return sqrt(sum_of_squares(self.first) + (0 if self.rest is None else self.rest.squares), 2 * self.e)


@dataclass(frozen=True, eq=False)
class Rest:
    """Columns that do not depend on the context before a letter, and what is found of them once."""

    matrix: fmpz_mat

    @cached_property
    def squares(self) -> int:
        """The sum of the squares of the entries."""
        return sum_of_squares(self.matrix)


@dataclass(frozen=True, eq=False)
class Behind:
    """A matrix K, to be taken as K U_v⁻¹ in any context v: only the columns of the first component change.

    Attributes:
        contexts: the tilts.
        first: the columns of the first component, as U_v⁻¹ leaves them where Φ_v is 0.
        plain: the others, as they are in K.
        rest: as they are in K U_v⁻¹.
        e: the exponent of the product.
    """

    contexts: Contexts
    first: fmpz_mat
    plain: fmpz_mat
    rest: Rest | None
    e: int

    @classmethod
    def of(cls, K: Dyadic, contexts: Contexts) -> Behind:
        """K in two groups of columns."""
        if not contexts.memory:
            return cls(contexts, K[0], fmpz_mat(0, 0), None, K[1])
        f, d, rows = contexts.tilts[0][1], contexts.first, rows_of(K[0])
        first, plain = fmpz_mat([row[:d] for row in rows]), fmpz_mat([row[d:] for row in rows])
        return cls(contexts, first * (1 << f), plain, Rest(plain * (1 << f)), K[1] + f)

    def at(self, v: int, sign: int) -> Halves:
        """K U_v for sign −1, K U_v⁻¹ for sign 1, and for sign 0 the latter with |Φ_v|."""
        if self.rest is None:
            return Halves(self.first, None, self.e)
        tilt = self.contexts.tilts[v][0]
        return Halves(self.first + self.plain * (tilt * sign if sign else absolute(tilt)), self.rest, self.e)


@dataclass(frozen=True)
class Even:
    """What a step is off by on the code of a state: Γ_0 |c_q| + lift tall_q.

    Attributes:
        halves: Γ_0, which is Γ without σ.
        lift: σ |U_w| |L| 1, a column.
        tall: max |A[x] P U_v⁻¹ c_q| for every state q.
    """

    halves: Halves
    lift: Dyadic
    tall: tuple[Fraction, ...]

    @property
    def rest(self) -> Dyadic:
        """Γ_0."""
        return self.halves.whole


@dataclass(frozen=True)
class Edge:
    """One letter after one context.

    Attributes:
        before: v.
        letter: x.
        after: w.
        unit: the power of two in which all that follows is counted.
        scales: λ_q for every state q, positive.
        exact: G, the letter in the coordinates.
        rounded: Γ, or None.
        leak: (‖G‖ + ‖Γ‖) ν', what N' can add.
        even: what Γ is made of where every entry may be off by σ of the largest one.
    """

    before: int
    letter: int
    after: int
    unit: Fraction
    scales: tuple[Fraction, ...]
    exact: Halves
    rounded: Halves | None
    leak: Fraction
    even: Even | None = None

    @property
    def G(self) -> Dyadic:
        """The letter in the coordinates."""
        return self.exact.whole

    @property
    def rounding(self) -> Dyadic | None:
        """Γ, or None."""
        return None if self.rounded is None else self.rounded.whole


@dataclass(frozen=True)
class Edges:
    """The lemma's numbers.

    Attributes:
        contexts: the tilts.
        nu: ν'.
        edges: all of them; the letter changes fastest.
        rest: bounds on the norm of block (1, 1) of L A[x] P for each letter, with contexts: from these one bound
            for each letter follows for all of its edges.
        size: 4 (1 + t) ‖P‖_F, see `unit_scale`.
        reach: n (1 + t) ‖L‖_F: what an error of 1 in every entry of h is at most in the coordinates.
    """

    contexts: Contexts
    nu: Fraction
    edges: tuple[Edge, ...]
    rest: tuple[Fraction, ...]
    size: Fraction
    reach: Fraction

    def unit_scale(self, codes: Fraction, errors: Fraction) -> Fraction:
        """At least 1/s for a state L h = s (c + e) with ‖h‖ ≥ 1/2, ‖c‖ ≤ `codes` and ‖e‖ ≤ `errors`:

        h = s P U_v⁻¹ (I − N)⁻¹ (c + e), and ‖(I − N)⁻¹‖ ≤ 1 / (1 − ν) ≤ 2.
        """
        return self.size * (codes + errors)


def edges_of(claim: Claim, rounding: Rounding | None, coordinates: Coordinates) -> Edges:
    """The edges of a certificate.

    Raises:
        CheckError: if the coordinates are too far from inverse to each other in some context.
        FormatError: for tilts or scales that do not fit.
    """
    contexts = _contexts(claim, coordinates)
    count = max(1, len(contexts.tilts))
    require_form(
        _decided(claim, count) * claim.states * claim.scores * claim.hidden * max(1, 4 * len(claim.parts))
        <= MOST_PAIRS,
        f"{count} contexts of {claim.states} states and {claim.hidden} hidden units are more than can be checked",
    )
    sizes, edge_count = coordinates.parts.sizes, count * claim.letters
    squarings = sum(s * k**3 for s, k in zip(coordinates.parts.squarings, sizes, strict=True))
    require_form(
        _decided(claim, count) * claim.states * claim.scores <= MOST_COMPARED
        and edge_count * len(sizes) ** 2 <= MOST_BLOCKS
        and edge_count * squarings <= MOST_SQUARED,
        f"{edge_count} edges of {claim.states} states and {len(sizes)} components are more than can be checked",
    )
    nu = coordinates.defect * (1 + contexts.tilt) ** 2
    require(nu < Fraction(1, 2), "the coordinates are not inverse to each other in some context")
    nu = up(nu / (1 - nu))
    scales = _scales(claim, count)
    letters = claim.A[: claim.letters]
    shifts = [_shift(A) for A in letters]
    moved = [times((A, e + shift), coordinates.P) for (A, e), shift in zip(letters, shifts, strict=True)]
    plain = [times(coordinates.L, matrix) for matrix in moved]
    off = [
        None if rounding is None else _rounded(rounding, coordinates, claim.A[x], x, shift)
        for x, shift in enumerate(shifts)
    ]
    units = [Fraction(2) ** shift for shift in shifts]
    lift = _lift(rounding, coordinates) if rounding is not None and rounding.even else None
    columns = coordinates.codes[0].transpose(), coordinates.codes[1]  # (n, states)
    edges: list[Edge] = []
    onto: dict[tuple[int, int], tuple[Behind, Behind | None]] = {}  # what all contexts before a letter share
    for v in range(count):
        for x in range(claim.letters):
            w = (v * claim.letters + x) % count
            if (w, x) not in onto:
                given = off[x]
                onto[w, x] = (
                    Behind.of(contexts.turned(plain[x], w, -1), contexts),
                    None if given is None else Behind.of(contexts.turned(given, w, 0), contexts),
                )
            exact, rounded = onto[w, x]
            G = exact.at(v, 1)
            more = None if rounded is None else rounded.at(v, 0)
            even = None
            if lift is not None and more is not None:
                up_by, row = contexts.turned(lift, w, 0), contexts.turned_back(_tallest(moved[x]), v, 0)
                tall = _tallest(times(contexts.turned_back(moved[x], v, 1), columns))
                even = Even(more, up_by, tuple(Fraction(int(size), 1 << tall[1]) for size in tall[0].entries()))
                more = _split(_added(more.whole, times(up_by, row)), contexts)
            leak = up((G.frobenius + (more.frobenius if more is not None else 0)) * nu)
            counted = tuple(scale / units[x] for scale in scales[len(edges)])
            edges.append(Edge(v, x, w, units[x], counted, G, more, leak, even))
    return Edges(
        contexts=contexts,
        nu=nu,
        edges=tuple(edges),
        rest=_rest(coordinates, contexts, plain),
        size=4 * (1 + contexts.tilt) * coordinates.sides[1],
        reach=claim.hidden * (1 + contexts.tilt) * coordinates.sides[0],
    )


def _decided(claim: Claim, count: int) -> int:
    """In how many readouts, as contexts turn them, leads are compared: with contexts the last letter is known."""
    return count if count > 1 else claim.endings


def _contexts(claim: Claim, coordinates: Coordinates) -> Contexts:
    proof, parts = claim.proof, coordinates.parts
    if "memory" not in proof:
        return Contexts(0, claim.hidden, (), Fraction(0))
    memory = integer(proof, "memory", -1, claim.prefix + MOST_WORDS)
    require_form(0 < memory <= claim.prefix, "contexts need that their letters have been multiplied out")
    count = claim.letters**memory
    require_form(count * claim.letters <= MOST_WORDS, "there are too many contexts")
    fitting = len(parts.sizes) == 2 and parts.norms == ("l2", "l2")
    require_form(fitting, "contexts are for two components and the 2-norm")
    d, rest = parts.sizes
    require_form(count * claim.hidden**2 * claim.letters <= MOST_NUMBERS, "the contexts hold too many numbers")
    entries = floats(field(proof, "tilts", dict), (count, rest, d), "tilts")
    tilts = [matrix_of(entries[v * rest * d : (v + 1) * rest * d], rest, d) for v in range(count)]
    deepest = max(e for _, e in tilts)
    same = tuple((m * (1 << (deepest - e)), deepest) for m, e in tilts)
    return Contexts(memory, d, same, max(sqrt(sum_of_squares(m), 2 * e) for m, e in same))


def _scales(claim: Claim, count: int) -> list[tuple[Fraction, ...]]:
    q, edges = claim.states, count * claim.letters
    flat = floats(field(claim.proof, "scales", dict), (edges, q), "scales")
    require_form(min(flat) > 0, "scales have to be positive, for each letter and state")
    values = [Fraction(*v.as_integer_ratio()) for v in flat]
    return [tuple(values[i * q : (i + 1) * q]) for i in range(edges)]


def _shift(matrix: Dyadic) -> int:
    """The k for which the largest entry is between 2**(k − 1) and 2**k."""
    return max(abs(int(v)) for v in matrix[0].entries()).bit_length() - matrix[1]


def _rounded(rounding: Rounding, coordinates: Coordinates, A: Dyadic, x: int, shift: int) -> Dyadic:
    """γ |L| N |P| + s |L| |A P|, rounded up to integers times 2**(shift − ROUNDED_TO)."""
    (N, f), (A, g) = rounding.N[x], A
    depth = coordinates.L[1] + coordinates.P[1]
    product = coordinates.around[0] * N * coordinates.around[1]
    found = ceiling(product, rounding.gamma * Fraction(2) ** (ROUNDED_TO - depth - f - shift))
    if rounding.coarse:
        moved = coordinates.around[0] * absolute(A * coordinates.P[0])
        found += ceiling(moved, rounding.coarse * Fraction(2) ** (ROUNDED_TO - depth - g - shift))
    return found, ROUNDED_TO


def _lift(rounding: Rounding, coordinates: Coordinates) -> Dyadic:
    """σ |L| 1, rounded up."""
    sums = fmpz_mat([[sum(row)] for row in rows_of(coordinates.around[0])])
    return ceiling(sums, rounding.even * Fraction(2) ** (ROUNDED_TO - coordinates.L[1])), ROUNDED_TO


def _tallest(moved: Dyadic) -> Dyadic:
    """The largest size of an entry of each column, as a row."""
    return fmpz_mat([[max(column) for column in zip(*rows_of(absolute(moved[0])), strict=True)]]), moved[1]


def _added(matrix: Dyadic, more: Dyadic) -> Dyadic:
    """The sum, rounded up to the digits of the first one."""
    return matrix[0] + ceiling(more[0], Fraction(2) ** (matrix[1] - more[1])), matrix[1]


def _split(matrix: Dyadic, contexts: Contexts) -> Halves:
    """A matrix of one edge alone."""
    if not contexts.memory:
        return Halves(matrix[0], None, matrix[1])
    d, rows = contexts.first, rows_of(matrix[0])
    return Halves(fmpz_mat([row[:d] for row in rows]), Rest(fmpz_mat([row[d:] for row in rows])), matrix[1])


def _rest(coordinates: Coordinates, contexts: Contexts, plain: list[Dyadic]) -> tuple[Fraction, ...]:
    """‖G_11‖ + t ‖G_01‖ ≥ ‖G_11 − Φ_w G_01‖ for each letter."""
    if not contexts.memory:
        return ()
    found = []
    for G, e in plain:
        rows = integer_rows(G)
        side, own = (coordinates.parts.block_norm(rows, e, k, 1) for k in (0, 1))
        found.append(own + contexts.tilt * side)
    return tuple(found)
