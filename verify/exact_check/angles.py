"""Theorem for rotations: how far all words of T letters can turn a plane off.

Statement
---------
Let every A[x] consist of scaled rotations: letter x turns plane j by 2π p_xj / N + δ_xj and stretches it by r_xj, with
integers p that follow the automaton: a word that leads to state q turns plane j by 2π s_qj / N + e_j, where e is a sum
of T vectors δ_x or 0. The lead of q over q' is Σ_j f_j(e_j), f_j a sinusoid. If Σ_j f_j is above what stretching,
rounding and underflow can do, on the convex hull of 0 and all T δ_x, then all words of at most T letters are right.

Proof
-----
Every e is in the hull. Over the range of e_j the sinusoid has a concave minorant: f_j itself where it is not negative;
a tangent where it is not positive; f_j and its tangent at that end of the range where it is negative, whichever is
lower; or, if the range has length π, minus its amplitude. The sum of these is concave too, and positive on the hull if
it is at the corners; if not, the hull is halved between its two corners that are farthest apart, and so on.

Stretching. A step multiplies a plane, as a complex number, by r exp(iθ) with |r − 1| ≤ ρ, and rounding moves it by
at most γ √2 of its length (γ N |h| with N = |A|: both entries by γ (|c a| + |s b|)). With ρ' = (1 + ρ)(1 + 2 γ) − 1
the product of T such factors is within T ρ' / (1 − T ρ') of exp(i Σ θ), and an angle that is off by `off` each time
adds T off. All in units of the amplitude of f_j. The start is normalised elsewhere: 4 units.

Underflow. The computed state is κ (h* + E), h* the exact product; 1/κ ≤ 2 ‖h* + E‖ ≤ 16 as long as T ρ' < 1/2 and E is
small, since ‖h_0‖ ≤ 5/4 and (1 + ρ')^T < 1.65; closer, 1/κ ≤ 6. A step adds at most w[x] / κ to every entry, √2 times
that to a plane, which the later ones stretch by less than 1.65: less than 32 T w in every entry in all, times the sum
of |C_q| and |C_q'| in a logit, and 16 r for each logit. Norms: ρ' < 1/2 and √n w < 1/256 are checked, for T ≥ 1, and
‖g‖ ≥ (1 − ρ') ‖h‖ − √n w ≥ 1/8, above LOW.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import inf, isqrt

from .document import Claim
from .dyadic import column_of, integer_rows, up
from .errors import require, require_form
from .fields import field, floats, integer, integers
from .float_model import Rounding
from .trigonometry import FINE, LARGEST_ANGLE, SURE, cosine_and_sine, pi

MOST_PIECES = 50_000  # of hulls of angles
MOST_VALUES = 2**25  # of sinusoids at corners, before and after halving: some minutes
MOST_ORDER = 10_000
MOST_TURNS = 2**31
Corner = tuple[list[int], list[tuple[int, int]]]  # angles with their cosines and sines
Wave = tuple[int, int, int, int]  # see `minorant`
Plane = tuple[int, int]  # c and s of a scaled rotation (c, −s; s, c), times 2**e


@dataclass(frozen=True)
class Drift:
    """How letters turn the planes.

    Attributes:
        delta: δ_xj times 2**FINE.
        off: by how much the true ones can be off.
        rho: ρ.
    """

    delta: list[list[int]]
    off: Fraction
    rho: Fraction


def require_angles(claim: Claim, rounding: Rounding | None) -> None:
    """That all words of at most `claim.horizon` letters are right, by their angles.

    Raises:
        CheckError: if they need not be.
    """
    require_form(claim.horizon < inf, "the horizon 'infinity' is out of range for angles")
    linear = not claim.parts and claim.decoder is None
    require_form(linear, "angles are for scores that are linear in the state, not behind norms or decoders")
    plain = len(claim.readouts) == 1 and not claim.before and len(claim.A) == claim.letters
    require_form(plain, "angles are for one readout, and words that begin at the start")
    require_form(rounding is None or not rounding.even, "angles are not for states of whole numbers")
    require_form(claim.spread is None, "angles are for letters that are multiplied as they are, without a spread")
    T, planes, unit_pi = int(claim.horizon), claim.hidden // 2, pi()
    rotations = _rotations(claim)
    order = integer(claim.proof, "order", 1, MOST_ORDER)
    turns = _turns(claim, planes)
    seats = _seats(claim, order, turns)
    drift = _drift(claim, rotations, order, turns, unit_pi)
    off_by, lost, read = _disturbed(claim, rounding, drift, T)
    values = (claim.letters + 1) * planes
    require_form(
        len(seats) * claim.scores * values <= MOST_VALUES,
        f"{claim.states} states, {claim.letters} letters and {planes} planes are more than can be checked by angles",
    )
    hull = _Hull([[T * v for v in row] for row in drift.delta] + [[0] * planes], unit_pi)
    seat = [cosine_and_sine(2 * unit_pi * s // order) for s in range(order)]
    (matrix, e), f = claim.readouts[0], claim.h[1]
    C, h = integer_rows(matrix), column_of(claim.h[0], 0, 0, claim.hidden)
    for q, seats_of_q in seats.items():
        turned = []  # per plane R(2π s_q / N) h, times 2**FINE
        for j, s in enumerate(seats_of_q):
            (c, sine), a, b = seat[s], h[2 * j], h[2 * j + 1]
            turned.append((c * a - sine * b, sine * a + c * b))
        for other in claim.rivals(q):
            waves, size, wide = _waves(C[q], C[other], h, turned)
            slack = off_by * size + 2 * read * wide
            rows = Fraction(sum(map(abs, C[q])) + sum(map(abs, C[other])), 1 << e)
            slack += (lost[0] * rows + lost[1]) * (1 << (e + f))  # in the units of C and h
            above = slack.numerator * (1 << 2 * FINE) // slack.denominator
            require(hull.positive(waves, above), f"words of {T} letters need not be classified rightly")


def _rotations(claim: Claim) -> list[tuple[list[Plane], int]]:
    """The numbers c and s of every plane of every letter, and their exponent."""
    require_form(claim.hidden % 2 == 0, "angles are for an even number of hidden units")
    found = []
    for matrix, e in claim.A:
        rows = integer_rows(matrix)
        for i, row in enumerate(rows):
            j = i - i % 2
            outside = any(row[:j]) or any(row[j + 2 :])
            first, second = rows[j], rows[j + 1]
            turning = first[j] == second[j + 1] and first[j + 1] == -second[j]
            require(turning and not outside, "angles are for letters that are scaled rotations of planes")
        found.append(([(rows[j][j], rows[j + 1][j]) for j in range(0, claim.hidden, 2)], e))
    return found


def _turns(claim: Claim, planes: int) -> list[list[int]]:
    """p, (letters, planes)."""
    turns = field(claim.proof, "turns", list)
    form = "turns are whole numbers, for each letter and plane"
    require_form(len(turns) == claim.letters and all(isinstance(row, list) for row in turns), form)
    require_form(all(len(row) == planes and all(type(p) is int for p in row) for row in turns), form)
    return [integers({"turns": row}, "turns", -MOST_TURNS, MOST_TURNS) for row in turns]


def _seats(claim: Claim, order: int, turns: list[list[int]]) -> dict[int, list[int]]:
    """s_q modulo the order, for every state that words lead to."""
    seats = {claim.start: [0] * (claim.hidden // 2)}
    queue = [claim.start]
    for q in queue:
        for x, row in enumerate(turns):
            target = claim.table[q][x]
            reached = [(s + p) % order for s, p in zip(seats[q], row, strict=True)]
            if target not in seats:
                seats[target] = reached
                queue.append(target)
            require(seats[target] == reached, "the turns do not follow the automaton")
    return seats


def _drift(
    claim: Claim, rotations: list[tuple[list[Plane], int]], order: int, turns: list[list[int]], unit_pi: int
) -> Drift:
    planes = claim.hidden // 2
    angles = floats(field(claim.proof, "angles", dict), (claim.letters, planes), "angles")
    delta, off, rho = [], Fraction(0), Fraction(0)
    for x, (plane, e) in enumerate(rotations):
        row = []
        for j, (c, s) in enumerate(plane):
            above, below = angles[x * planes + j].as_integer_ratio()
            angle = (above << FINE) // below
            require_form(
                abs(angle) <= LARGEST_ANGLE << FINE, f"angles are between -{LARGEST_ANGLE} and {LARGEST_ANGLE}"
            )
            cosine, sine = cosine_and_sine(angle)
            along, across = c * cosine + s * sine, s * cosine - c * sine  # of z exp(−iθ)
            unsure = (abs(c) + abs(s)) << (FINE - SURE)
            require(along > unsure, "an angle is not that of its matrix")
            off = max(off, Fraction(abs(across) + unsure, along - unsure))
            rho = max(rho, abs(Fraction(c * c + s * s, 1 << 2 * e) - 1))  # not below ||z| − 1|
            row.append(angle - 2 * unit_pi * turns[x][j] // order)
        delta.append(row)
    return Drift(delta, up(off) + Fraction(1, 2**SURE), up(rho))


def _disturbed(
    claim: Claim, rounding: Rounding | None, drift: Drift, T: int
) -> tuple[Fraction, tuple[Fraction, Fraction], Fraction]:
    """What is lost: in units of the amplitude; by underflow, per unit of the rows and in a lead; γ of a logit."""
    gamma = Fraction(0) if rounding is None else rounding.whole
    rho = (1 + drift.rho) * (1 + 2 * gamma) - 1
    require(T * rho < Fraction(1, 2), "the planes can be stretched too much")
    shaken = T * rho / (1 - T * rho)
    lost, read = (Fraction(0), Fraction(0)), Fraction(0)
    if rounding is not None:
        shaken = (1 + shaken) * (1 + 4 * rounding.unit) - 1
        steps = (T + 1) * max(rounding.alone) + rounding.tiny
        require(claim.hidden * 32 * steps < Fraction(1, 8), "underflow can add up to too much")
        lost, read = (32 * steps, 32 * rounding.logit), rounding.read
    return shaken + T * drift.off + Fraction(1, 2 ** (SURE - 12)), lost, read


def _waves(
    own: list[int], rival: list[int], h: list[int], turned: list[tuple[int, int]]
) -> tuple[list[Wave], int, int]:
    """f_j for every plane, the sum of their amplitudes at most, and Σ (|C_q| + |C_q'|) |h|."""
    waves, size, wide = [], 0, 0
    for j, h_j in enumerate(turned):
        d = own[2 * j] - rival[2 * j], own[2 * j + 1] - rival[2 * j + 1]
        length = abs(h[2 * j]) + abs(h[2 * j + 1])
        bound = (abs(d[0]) + abs(d[1])) * length
        size += bound
        wide += sum(abs(row[2 * j + i]) for row in (own, rival) for i in (0, 1)) * length
        alpha, beta = d[0] * h_j[0] + d[1] * h_j[1], d[1] * h_j[0] - d[0] * h_j[1]
        square = (d[0] ** 2 + d[1] ** 2) * (h[2 * j] ** 2 + h[2 * j + 1] ** 2)
        waves.append((alpha, beta, bound, -((isqrt(square) + 1) << 2 * FINE)))
    return waves, size, wide


class _Hull:
    """The hull of some vectors of angles, which is halved again and again; halves are made once."""

    def __init__(self, vectors: list[list[int]], unit_pi: int) -> None:
        self.pi, self.pieces = unit_pi, 0
        self.corners = [self._corner(vector) for vector in vectors]
        self.whole = tuple(range(len(self.corners)))
        self.halves: dict[tuple[int, int], int] = {}

    def _corner(self, e: list[int]) -> Corner:
        """A point with the cosines and sines of its entries, which are multiples of 2**-FINE."""
        turn = 2 * self.pi
        return e, [cosine_and_sine(v - (v + self.pi) // turn * turn) for v in e]

    def positive(self, waves: list[Wave], above: int) -> bool:
        """Whether the sum of waves is above a number on the hull, which is halved where its minorant is not."""
        stack = [self.whole]
        while stack:
            corners = stack.pop()
            points = [self.corners[i] for i in corners]
            totals, true = [0] * len(corners), [0] * len(corners)
            for j, wave in enumerate(waves):
                values, below = minorant(wave, [e[j] for e, _ in points], [around[j] for _, around in points], self.pi)
                totals = [a + b for a, b in zip(totals, below, strict=True)]
                true = [a + b for a, b in zip(true, values, strict=True)]
            if min(totals) > above:
                continue
            self.pieces += 1
            if min(true) <= above or self.pieces > min(MOST_PIECES, MOST_VALUES // (len(waves) * len(corners))):
                return False
            i, j = max(combinations(range(len(corners)), 2), key=lambda pair: _apart(waves, points, *pair))
            middle = self._half(corners[i], corners[j])
            stack += [corners[:k] + (middle,) + corners[k + 1 :] for k in (i, j)]
        return True

    def _half(self, i: int, j: int) -> int:
        """The corner between two others."""
        pair = min(i, j), max(i, j)
        if pair not in self.halves:
            self.halves[pair] = len(self.corners)
            both = zip(self.corners[i][0], self.corners[j][0], strict=True)
            self.corners.append(self._corner([(a + b) >> 1 for a, b in both]))
        return self.halves[pair]


def minorant(wave: Wave, ends: list[int], around: list[tuple[int, int]], unit_pi: int) -> tuple[list[int], list[int]]:
    """The values f(e) = α cos e + β sin e, and those of a concave function below f on the range of e.

    Args:
        wave: α and β, times 2**FINE and off by at most 2**-SURE of the third number, which is not below the amplitude
            of f; and minus the amplitude, times 2**(2 FINE), rounded downwards.
        ends: e, times 2**FINE.
        around: cosine and sine of each, times 2**FINE.
        unit_pi: π, times 2**FINE.
    """
    alpha, beta, bound, least = wave
    values = [alpha * c + beta * s for c, s in around]
    lowest, highest = min(ends), max(ends)
    if highest - lowest >= unit_pi - (1 << (FINE - SURE)):
        return values, [least] * len(ends)
    low, high = ends.index(lowest), ends.index(highest)
    unsure = bound << (2 * FINE - SURE + 6)

    def tangent(i: int) -> list[int]:
        c, s = around[i]
        return [values[i] + ((beta * c - alpha * s) * (e - ends[i]) >> FINE) for e in ends]

    if min(values[low], values[high]) >= unsure:  # positive in between, hence concave
        return values, values
    if max(values[low], values[high]) <= -unsure:  # negative in between, hence convex
        middle = min(range(len(ends)), key=lambda i: abs(2 * ends[i] - lowest - highest))
        return values, tangent(middle)
    for end in (high, low):  # negative at one end: above its tangent there where it is negative, concave elsewhere
        if values[end] <= -unsure:
            return values, list(map(min, values, tangent(end)))
    return values, [least] * len(ends)


def _apart(waves: list[Wave], points: Sequence[Corner], i: int, j: int) -> int:
    """How far two corners are apart, angles weighed by amplitudes."""
    both = zip(waves, points[i][0], points[j][0], strict=True)
    return sum(bound * abs(a - b) for (_, _, bound, _), a, b in both)
