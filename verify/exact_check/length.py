"""Theorem: right on all words of at most T letters, or on all words.

Statement
---------
Words of at most `prefix` letters are right by lemma 1. If the tube of lemma 4, followed from its beginning to length T,
satisfies lemma 5, 6 or 8 for every pair of states at every length in between, then all words of at most T letters
are right. If there are radii, one for each component, that the beginning does not exceed and that the tube keeps, and
lemma 5 holds for them, then all words are right. With rounding, the norm after a letter has to stay above LOW.

Proof
-----
Induction over the length. All sizes in lemmas 5, 6 and 8 grow with ε and W, and W does not fall, so lengths may be
compared together, with the largest ε among them. The norm: let g be the vector of lemma 0 and U L g = s λ (c_q + e).
Lemma 5, 6 or 8 holds for g itself, whose errors are some of those counted, so for a rival p

    ‖C_q − C_p‖ ‖g‖ ≥ (C_q − C_p) g ≥ s λ margin,   s ≥ 1 / (size (‖c‖ + Σ ε_k)).

Long horizons: let (ε, W, 1) be what the tube and the path have after some length, S the matrix with M ε + leak Σ ε + η̂
and W + τ ε + μ in its rows, η̂ = η + max(0, ε − (M ε + leak Σ ε + η)). All its entries are at least 0, and W, which
alone may be below 0, is multiplied by 0 or 1 only. So S is monotone where it is used, ε ≤ S ε, and what one more letter
leads to is at most what S does; hence S^t bounds t letters more, does not fall with t, and may be replaced by matrices
that are not smaller: powers by squaring, rounded upwards.

Numbers are multiples of 2**-GRID and counted in these, so that a step is a few products of integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from flint import fmpz_mat

from .components import Coordinates
from .contexts import Edges
from .decision import Leads
from .document import Claim
from .dyadic import GRID, rows_of
from .errors import require, require_form, require_range
from .fields import field, floats, integer
from .float_model import Rounding
from .pair_paths import PairPaths
from .paths import Paths
from .tube import LARGEST, Tube

MOST_WORK = 2**31  # products of numbers in all steps together
MOST_MARGINS = 2**25  # products of fractions where lengths are compared one by one
MOST_ALONE = 250_000  # these lengths
WALKED = 250_000  # letters that are followed one by one at most; for longer horizons the first
FIRST = 4096  # so that what only the beginning has is gone; powers of a matrix lead on
DIGITS, TALLEST = 224, 64  # binary digits of these powers behind the point, and before it
UNIT = 1 << GRID


@dataclass(frozen=True)
class Followed:
    """The most that happens on the way: the largest sum of all ε, and the least margin of any pair."""

    errors: Fraction
    margin: Fraction


def follow(claim: Claim, tube: Tube, leads: Leads, paths: Paths | PairPaths | None) -> Followed:
    """That all words of at most `claim.horizon` letters are right, apart from the range of floats.

    Raises:
        CheckError: if they need not be.
    """
    if claim.horizon == inf:
        return _for_ever(claim, tube, leads)
    return _up_to(claim, tube, leads, paths, int(claim.horizon))


def require_norm(
    rounding: Rounding | None, coordinates: Coordinates, edges: Edges, leads: Leads, followed: Followed
) -> None:
    """That no step shrinks a state below LOW.

    Raises:
        RangeError: if one may.
    """
    if rounding is None:
        return
    smallest = min(min(edge.scales) * edge.unit for edge in edges.edges)
    size = edges.unit_scale(max(coordinates.lengths), followed.errors) * max(leads.apart.values())
    require_range(
        smallest * followed.margin >= rounding.least * size,
        f"a letter may shrink a state below {float(rounding.least):.3g} of its norm: its square may underflow",
    )


def _for_ever(claim: Claim, tube: Tube, leads: Leads) -> Followed:
    stored = field(claim.proof, "ball", dict)
    ball = [Fraction(*v.as_integer_ratio()) for v in floats(stored, (len(tube.epsilon),), "ball")]
    require_form(min(ball) >= 0, "the ball has one radius per component, not negative")
    require(sum(ball) < LARGEST, "the ball is too large")
    require(all(a <= b for a, b in zip(tube.epsilon, ball, strict=True)), "the start is outside the ball")
    require(all(a <= b for a, b in zip(tube.after(ball), ball, strict=True)), "a letter can leave the ball")
    margin = _least_margin(leads, None, ball, Fraction(0))
    require(margin > 0, "a word inside the ball need not be classified rightly")
    return Followed(sum(ball, Fraction(0)), margin)


def _least_margin(leads: Leads, paths: Paths | PairPaths | None, epsilon: list[Fraction], W: Fraction) -> Fraction:
    """The least margin over all pairs, by lemma 5 or, where that fails, by lemma 6 or 8."""
    found = []
    for pair in leads.lead:
        margin = leads.margin(pair, epsilon)
        if paths is not None and margin <= 0 and pair in paths.gap:
            margin = paths.margin(leads, pair, epsilon, W)
        found.append(margin)
        if margin <= 0:
            break
    return min(found)


def _up_to(claim: Claim, tube: Tube, leads: Leads, paths: Paths | PairPaths | None, horizon: int) -> Followed:
    """The first letters one by one; then the largest ε of all later ones, in one comparison."""
    alone = integer(claim.proof, "alone", 0, MOST_ALONE) if "alone" in claim.proof else 0
    rows = [[(j, int(m * UNIT)) for j, m in enumerate(row) if m] for row in tube.M]
    leak, eta = _counted(tube.leak), _counted(tube.eta)
    tau, mu, W = [], 0, 0
    gained = paths.gains() if isinstance(paths, PairPaths) else None
    if isinstance(paths, PairPaths):
        W = int(paths.W * UNIT)
    elif paths is not None:
        tau, mu, W = _counted(paths.tau), int(paths.mu * UNIT), int(paths.W * UNIT)
    epsilon, leaking = _counted(tube.epsilon), any(leak)
    last = horizon if horizon <= WALKED else claim.prefix + FIRST  # that is followed by itself
    work = (last - claim.prefix) * sum(map(len, rows))
    require_form(work <= MOST_WORK, f"{len(rows)} components are too many for {horizon} letters")
    margins = min(alone, horizon) * len(leads.lead) * len(rows)
    require_form(margins <= MOST_MARGINS, f"'alone' is {alone}, too many lengths for {len(leads.lead)} pairs of states")

    def margin(sizes: list[int], t: int) -> Fraction:
        least = _least_margin(leads, paths, [Fraction(v, UNIT) for v in sizes], Fraction(W, UNIT))
        require(least > 0, f"words of {t} letters need not be classified rightly")
        return least

    largest, most, found = epsilon, sum(epsilon), []
    for t in range(claim.prefix + 1, last + 1):  # shorter words have been multiplied out
        require(most < LARGEST * UNIT, f"the bound explodes at length {t}")
        if gained is not None:
            W += gained(epsilon)
        elif paths is not None:
            W += mu - (-sum(a * e for a, e in zip(tau, epsilon, strict=True)) >> GRID)
        total = sum(epsilon) if leaking else 0
        epsilon = [
            extra - (-(sum(m * epsilon[j] for j, m in row) + loss * total) >> GRID)
            for row, loss, extra in zip(rows, leak, eta, strict=True)
        ]
        if t <= claim.prefix + alone:
            found.append(margin(epsilon, t))
            largest = epsilon
        else:
            largest = list(map(max, largest, epsilon))
        most = max(most, sum(epsilon))
    if horizon > last:
        require_form(gained is None, f"horizons above {WALKED} are not for paths of pairs")
        step = _step(rows, leak, eta, tau or [0] * len(epsilon), mu, epsilon)
        *epsilon, W = _later(step, [*epsilon, W], horizon - last)
        largest, most = list(map(max, largest, epsilon)), max(most, sum(epsilon))
    if horizon > claim.prefix:
        require(most < LARGEST * UNIT, f"the bound explodes at length {horizon}")
        found.append(margin(largest, horizon))
    return Followed(Fraction(max(most, sum(largest)), UNIT), min(found, default=Fraction(0)))


def _step(
    rows: Sequence[Sequence[tuple[int, int]]],
    leak: Sequence[int],
    eta: Sequence[int],
    tau: Sequence[int],
    mu: int,
    epsilon: Sequence[int],
) -> fmpz_mat:
    """S, times 2**DIGITS, for (ε, W, 1); `rows` are those of M, without zeros."""
    K = len(epsilon)
    step = [[loss] * K + [0, 0] for loss in leak] + [[*tau, UNIT, mu], [0] * (K + 1) + [UNIT]]
    for k, row in enumerate(rows):
        for j, m in row:
            step[k][j] += m
        after = eta[k] + (sum(a * e for a, e in zip(step[k], epsilon, strict=False)) >> GRID)
        step[k][-1] = eta[k] + max(0, epsilon[k] - after)
    return fmpz_mat(step) * (1 << DIGITS - GRID)


def _later(step: fmpz_mat, begun: Sequence[int], letters: int) -> list[int]:
    """ε and W after so many letters more, and after fewer, at most."""
    vector = fmpz_mat([[v] for v in [*begun, UNIT]])
    while True:
        if letters & 1:
            vector = _upwards(step * vector)
        letters >>= 1
        if not letters:
            return [int(v) for v in vector.entries()][:-1]
        step = _upwards(step * step)
        require(max(step.entries()) < 1 << DIGITS + TALLEST, "the bound explodes in many letters")


def _upwards(matrix: fmpz_mat) -> fmpz_mat:
    """Divided by 2**DIGITS, rounded upwards."""
    return fmpz_mat([[-(-v >> DIGITS) for v in row] for row in rows_of(matrix)])


def _counted(values: Sequence[Fraction]) -> list[int]:
    """Multiples of 2**-GRID, counted in these."""
    return [int(v * UNIT) for v in values]
