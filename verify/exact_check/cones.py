"""Lemma 7: a cone for every state and last letters, with the scale of the state divided out.

A node v has a state q(v), a next node for every letter x, whose state is δ(q(v), x), and coordinates L_v, P_v that are
nearly inverse to each other. Its cone of radius E is

    K_v(E) = {h : L_v h = s (1, e), s > 0, ‖e‖ ≤ E}:

the first coordinate says the scale, so no error along the code is counted, and none of the growth that differs from
state to state; the other ones measure the rest by an ellipsoid of the node's own.

Statement
---------
Let ν_v = ‖I − L_v P_v‖_F < 1/2 and ν' = ν_v / (1 − ν_v). For an edge v → w under x let
L_w A[x] P_v = [[s_0, g], [d, G]], in any unit, and leak = ν' ‖L_w A[x] P_v‖_F. If h is in K_v(E) and

    below = s_0 − ‖g‖ E − leak (1 + E) > 0,

then A[x] h is in K_w(E'), E' = (‖d‖ + ‖G‖ E + leak (1 + E)) / below. State q(v) wins against the score p on K_v(E) if,
with (D_0, D_1) = (C_q − C_p) P_v, C the readout after the last letter,

    D_0 > ‖D_1‖ E + ν' ‖(D_0, D_1)‖ (1 + E).

If all words of `prefix` letters lie in cones of nodes of their states, radii follow for every later length: E_w is the
largest E' of all edges into w. If every state wins on its cones at each length up to T, all words of at most T letters
are right. If radii are given that the beginning does not exceed, that no edge leaves, and at which every state wins,
all words are right. Words begin with `shortest` letters, which is at most `prefix` + 1.

With rounding, in the terms of lemma 0, the same holds of computed states if ρ (1 + E) is added to leak (1 + E),

    ρ = (1 + ν') (γ ‖|L_w| N[x] |P_v|‖_F + σ ‖|L_w| 1‖ max_i ‖(A[x] P_v)_i‖ + 2 w[x] ‖|L_w| 1‖ ‖P_v‖_F),

if below ≥ 2 LOW ‖L_w‖_F ‖P_v‖_F (1 + ν') (1 + E), and if decisions are lost to
(1 + ν') (γ_n ‖|C_q| |P_v|‖ + γ_n ‖|C_p| |P_v|‖ + 4 r ‖P_v‖_F) (1 + E) as well.

Proof
-----
L_v P_v (I − N)⁻¹ = I for N = I − L_v P_v, so h = P_v (I + N') L_v h with ‖N'‖ ≤ ν', and L_w A[x] h =
s L_w A[x] P_v (I + N')(1, e), where ‖(1, e)‖ ≤ 1 + E. Its first entry is at least s · below > 0, which is the new
scale; the other ones have a norm of at most s (‖d‖ + ‖G‖ E + leak (1 + E)). The same for a row (C_q − C_p). A word of
more than `prefix` letters walks along edges from the node of its beginning; E' and what is taken from D_0 grow with E,
so the largest radius of all words counts, and the largest of all lengths. Words of at most `prefix` letters are right
by lemma 1.

A computed step is A[x] h + δ, up to a positive factor, with |δ| ≤ σ max |A[x] h| + γ N[x] |h| + w[x] (lemma 0, where γ
is `whole`). |h| is at most s |P_v| |(I + N')(1, e)|, an entry of A[x] h is s (A[x] P_v)_i (I + N')(1, e), and the last
vector has a norm of at most (1 + ν')(1 + E). So 1/2 ≤ ‖h‖ is at most
s ‖P_v‖_F (1 + ν')(1 + E), and w[x] at most s times 2 w[x] ‖P_v‖_F (1 + ν')(1 + E). Hence ‖L_w δ‖ ≤ s ρ (1 + E), which
joins both sides like the leak. The product, before it is divided, has a norm of at least s below / ‖L_w‖_F, and s is at
least 1 / (2 ‖P_v‖_F (1 + ν')(1 + E)): it is not below LOW, so lemma 0 goes on; what it is off by itself is no more than
what is taken here for the whole step. A logit is off by γ_n |C_q| |h| + r,
bounded in the same way, and two of them are compared. A word of the prefix is computed as κ (H + E'), |E'| ≤ off by
lemma 1; |L_v| off is taken from its scale and added to its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import inf
from typing import Any

from flint import fmpz_mat

from .document import Claim
from .dyadic import (
    GRID,
    Dyadic,
    absolute,
    column_of,
    frobenius,
    identity,
    integer_rows,
    spectral,
    sqrt,
    sum_of_squares,
    times,
    up,
)
from .errors import require, require_form, require_range
from .fields import MOST_NUMBERS, field, floats, integers, matrices
from .float_model import Rounding
from .words import Words

SQUARINGS = 10  # of a Gram matrix: a norm to less than a part in a hundred up to a thousand coordinates
MOST_SQUARED = 2**33  # products of numbers in all squarings
MOST_WALKED = 2**22  # edges, over all lengths
MOST_EDGES = 2**20  # nodes times letters
MOST_COMPARED = 2**22  # nodes times scores
LARGEST = 2**20  # of a radius: no decision is right beyond a few
UNIT = 1 << GRID


@dataclass(frozen=True)
class Nodes:
    """Where words are, and the coordinates there.

    Attributes:
        states: q(v).
        following: the next node, for every node and letter.
        to: L_v.
        back: P_v.
        leak: ν'.
        begins: the node of each word of `prefix` letters, in the order of lemma 1.
    """

    states: tuple[int, ...]
    following: tuple[tuple[int, ...], ...]
    to: tuple[Dyadic, ...]
    back: tuple[Dyadic, ...]
    leak: tuple[Fraction, ...]
    begins: tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """The lemma's numbers for an edge, counted in multiples of 2**-GRID; s_0 downwards, the others upwards.

    Attributes:
        before: v.
        after: w.
        kept: s_0 less the leak.
        lost: ‖g‖ and the leak.
        drift: ‖d‖ and the leak.
        growth: ‖G‖ and the leak.
        least: what `below` over 1 + E may not be less than, with rounding; 0 without.
    """

    before: int
    after: int
    kept: int
    lost: int
    drift: int
    growth: int
    least: int

    def radius(self, E: int) -> int:
        """E', rounded upwards.

        Raises:
            CheckError: if the scale may vanish.
            RangeError: if a state may become too small for a float.
        """
        below = self.kept - (self.lost * E >> GRID) - 1
        require(below > 0, "a letter may turn the scale of a state around")
        enough = below >= (self.least * (UNIT + E) >> GRID) + 1 if self.least else True
        require_range(enough, "a letter may shrink a state so far that its square may underflow")
        above = self.drift + (self.growth * E >> GRID) + 1
        return -(-(above << GRID) // below)


def require_cones(claim: Claim, rounding: Rounding | None, words: Words) -> None:
    """Check a certificate of cones.

    Args:
        claim: its claim.
        rounding: of a step, None without.
        words: those of `prefix` letters.

    Raises:
        CheckError: if it does not hold.
        FormatError: for nodes that are none of the automaton, or too many, or another readout than a linear one.
    """
    require_form(bool(claim.readouts), "cones are for scores that are linear in the state")
    nodes = _nodes(claim)
    begun = _beginning(nodes, words)
    steps = [_step(claim, rounding, nodes, v, x) for v, x in product(range(len(nodes.states)), range(claim.letters))]
    if claim.horizon == inf:
        largest = _kept(claim, nodes, begun, steps)
    else:
        largest = _walked(claim, begun, steps)
    _require_right(claim, rounding, nodes, largest)


def _nodes(claim: Claim) -> Nodes:
    stored = field(claim.proof, "cones", dict)
    states = integers(stored, "states", 0, claim.states - 1)
    count, n = len(states), claim.hidden
    require_form(
        count > 0
        and count * n * n <= MOST_NUMBERS
        and count * claim.letters <= MOST_EDGES
        and count * claim.letters * n**3 * SQUARINGS <= MOST_SQUARED
        and count * claim.scores * claim.endings <= MOST_COMPARED,
        f"{count} nodes of {n} hidden units and {claim.letters} letters are none, or more than can be checked",
    )
    following = _following(claim, stored, states)
    begins = integers(stored, "begins", 0, count - 1)
    to, back = (matrices(field(stored, name, dict), count, n, n, name) for name in ("to", "from"))
    return Nodes(tuple(states), following, to, back, tuple(map(_leak, to, back)), tuple(begins))


def _following(claim: Claim, stored: Mapping[str, Any], states: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The next nodes, whose states have to be the next states."""
    flat = integers(stored, "next", 0, len(states) - 1)
    require_form(len(flat) == len(states) * claim.letters, "'next' has to be one node for each node and letter")
    rows = [tuple(flat[v * claim.letters : (v + 1) * claim.letters]) for v in range(len(states))]
    for q, row in zip(states, rows, strict=True):
        for x, w in enumerate(row):
            require(states[w] == claim.table[q][x], "an edge leads to a node of another state than the letter")
    return tuple(rows)


def _leak(L: Dyadic, P: Dyadic) -> Fraction:
    """ν'."""
    matrix, e = times(L, P)
    nu = sqrt(sum_of_squares(identity(matrix.nrows(), e) - matrix), 2 * e)
    require(nu < Fraction(1, 2), "the coordinates of a node are not inverse to each other")
    return up(nu / (1 - nu))


def _beginning(nodes: Nodes, words: Words) -> list[int | None]:
    """The radii after the words of `prefix` letters, counted; None for nodes that none of them leads to."""
    require_form(len(nodes.begins) == len(words.states), "'begins' has to be one node for each word of the prefix")
    found: list[int | None] = [None] * len(nodes.states)
    for j, (v, q) in enumerate(zip(nodes.begins, words.states, strict=True)):
        require(nodes.states[v] == q, "a word begins in a node of another state")
        column, off = (fmpz_mat([[value] for value in column_of(M, j, 0, M.nrows())]) for M in (words.H, words.off))
        scale, *rest = (int(value) for value in (nodes.to[v][0] * column).entries())
        lost, *added = (int(value) for value in (absolute(nodes.to[v][0]) * off).entries())
        require(scale > lost, "the scale of a word is not positive")
        size = sqrt(sum(value**2 for value in rest), 0) + sqrt(sum(value**2 for value in added), 0)
        E = int(up(size / (scale - lost)) * UNIT)
        found[v] = max(E, found[v] or 0)
    return found


def _step(claim: Claim, rounding: Rounding | None, nodes: Nodes, v: int, x: int) -> Step:
    w = nodes.following[v][x]
    matrix, exponent = times(times(nodes.to[w], claim.A[x]), nodes.back[v])
    rows = integer_rows(matrix)
    e = max(abs(value) for row in rows for value in row).bit_length()  # a unit in which the largest entry is about 1
    leak, least = up(nodes.leak[v] * frobenius((matrix, e))), Fraction(0)
    if rounding is not None:
        unit = Fraction(2) ** (exponent - e)  # of that unit, in which everything is counted
        rho, smallest = _rounded(rounding, nodes, claim.A[x], v, w, x)
        leak, least = up(leak + rho * unit), up(smallest * unit)
    aside = sqrt(sum(value**2 for value in rows[0][1:]), 2 * e)
    drift = sqrt(sum(row[0] ** 2 for row in rows[1:]), 2 * e)
    block = [row[1:] for row in rows[1:]]
    growth = spectral(fmpz_mat(block), e, SQUARINGS) if any(map(any, block)) else Fraction(0)
    kept = -up(leak - Fraction(rows[0][0], 1 << e))
    counted = [int(value * UNIT) for value in (kept, up(aside + leak), up(drift + leak), up(growth + leak), least)]
    return Step(v, w, *counted)


def _rounded(rounding: Rounding, nodes: Nodes, A: Dyadic, v: int, w: int, x: int) -> tuple[Fraction, Fraction]:
    """ρ, and 2 LOW ‖L_w‖ ‖P_v‖ (1 + ν')."""
    (L, e), (P, f) = nodes.to[w], nodes.back[v]
    wide = times(times((absolute(L), e), rounding.N[x]), (absolute(P), f))
    reach = sqrt(sum(sum(abs(value) for value in row) ** 2 for row in integer_rows(L)), 2 * e)
    size, more = frobenius((P, f)), 1 + nodes.leak[v]
    rho = more * (rounding.whole * frobenius(wide) + 2 * rounding.step[x] * reach * size)
    if rounding.even:
        moved, g = times(A, (P, f))
        rho += more * rounding.even * reach * max(sqrt(sum(v**2 for v in row), 2 * g) for row in integer_rows(moved))
    return rho, 2 * rounding.least * frobenius((L, e)) * size * more


def _kept(claim: Claim, nodes: Nodes, begun: Sequence[int | None], steps: Sequence[Step]) -> list[int | None]:
    """Radii that no edge leaves."""
    given = floats(field(field(claim.proof, "cones", dict), "ball", dict), (len(nodes.states),), "ball")
    ball = [int(Fraction(*value.as_integer_ratio()) * UNIT) for value in given]  # downwards: these are checked
    require_form(min(ball) >= 0 and max(ball) < LARGEST * UNIT, f"the radii of the ball are from 0 to {LARGEST}")
    require(all(E is None or most >= E for E, most in zip(begun, ball, strict=True)), "the start is outside the ball")
    for step in steps:
        require(step.radius(ball[step.before]) <= ball[step.after], "a letter can leave the ball")
    return list(ball)


def _walked(claim: Claim, begun: Sequence[int | None], steps: Sequence[Step]) -> list[int | None]:
    """The largest radii of all lengths after the prefix and up to the horizon; None for nodes that no word leads to."""
    lengths = max(0, int(claim.horizon) - claim.prefix)
    require_form(lengths * len(steps) <= MOST_WALKED, f"{len(steps)} edges are too many for {lengths} letters")
    radii: list[int | None] = list(begun)
    largest: list[int | None] = [None] * len(begun)
    for t in range(claim.prefix + 1, int(claim.horizon) + 1):
        moved: list[int | None] = [None] * len(begun)
        for step in steps:
            E = radii[step.before]
            if E is not None:
                moved[step.after] = max(step.radius(E), moved[step.after] or 0)
        radii, largest = moved, [_larger(a, b) for a, b in zip(largest, moved, strict=True)]
        require(max(E for E in radii if E is not None) < LARGEST * UNIT, f"the bound explodes at length {t}")
    return largest


def _larger(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else max(a, b)


def _require_right(claim: Claim, rounding: Rounding | None, nodes: Nodes, largest: Sequence[int | None]) -> None:
    """Every node that a letter leads to, after each last letter."""
    last: list[set[int]] = [set() for _ in nodes.states]
    for row in nodes.following:
        for x, w in enumerate(row):
            last[w].add(x if claim.by_last_letter else 0)
    for v, (q, E) in enumerate(zip(nodes.states, largest, strict=True)):
        if E is None:
            continue
        radius = Fraction(E, UNIT)
        for x in last[v]:
            D, e = times(claim.readouts[x], nodes.back[v])
            rows, shaken = integer_rows(D), _shaken(claim, rounding, nodes, v, x)
            for p in claim.rivals(q):
                first, *rest = (a - b for a, b in zip(rows[q], rows[p], strict=True))
                side = sqrt(sum(value**2 for value in rest), 2 * e)
                whole = sqrt(first**2 + sum(value**2 for value in rest), 2 * e)
                lost = whole * nodes.leak[v] + shaken[q] + shaken[p]
                margin = Fraction(first, 1 << e) - side * radius - lost * (1 + radius)
                require(margin > 0, f"state {q} need not win against score {p}")


def _shaken(claim: Claim, rounding: Rounding | None, nodes: Nodes, v: int, x: int) -> list[Fraction]:
    """What rounding adds to each score, over s (1 + E)."""
    if rounding is None:
        return [Fraction(0)] * claim.scores
    (C, e), (P, f) = claim.readouts[x], nodes.back[v]
    wide, more = integer_rows(absolute(C) * absolute(P)), 1 + nodes.leak[v]
    alone = 2 * rounding.logit * frobenius((P, f))
    return [up(more * (rounding.read * sqrt(sum(value**2 for value in row), 2 * (e + f)) + alone)) for row in wide]
