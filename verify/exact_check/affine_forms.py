"""Affine forms: what layers do to a ball, to first order, with all that is beyond it enclosed.

Statement
---------
Let errors e fall into components with ‖e_k‖ ≤ ρ_k. A form is a row (a, J, N) of balls; it encloses a number that
depends on e if, for every e, there are η_1, …, η_s in [−1, 1], the same ones for all forms at once, with

    number = a + J e + N η.

Then |number − a| ≤ Σ_k ‖J_k‖* ρ_k + Σ_j |N_j| (`radius`). Sums, and products with constants, of forms are forms of the
sums and products. `applied`, `product` and `inverse_root` give forms of σ(v), u v and 1 / √(Σ v²), with new η.

Proof
-----
σ: v lies in an interval I, cut into pieces, and on a piece with a point x in it, for any number α,
σ(y) − α y is in σ(x) − α x + (σ'(piece) − α)(piece − x), by the mean value (`functions.py`). If all pieces have it in
m ± r, then σ(v) = α v + m + r η with a new η. Product: u v = (a + d)(b + d') = a b + a d' + b d + d d', and d d' is at
most the product of the radii. Root: with v_i = a_i + d_i the sum of squares is Σ a_i² + 2 Σ a_i d_i + Σ d_i², the last
of these from 0 to D², D ≥ ‖d‖, that is D²/2 + (D²/2) η; then 1 / √ is a function. ‖d‖ is at most
Σ_k ‖J_k‖ ρ_k + the root of Σ_i (Σ_j |N_ij|)², and ‖J_k‖² = ‖J_kᵀ J_k‖, where ‖F‖ ≤ ‖F^p‖_F^(1/p) for symmetric F. Where
there are no errors, forms are balls around numbers, and functions are taken of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flint import arb, arb_mat

from .functions import INVERSE, INVERSE_ROOT, Function, ends

PIECES = 8  # that an interval is cut into
NARROW = 2.0**-12  # an interval that is not cut
SQUARINGS = 4
Form = list[arb]  # a, J and N in one row
Forms = list[Form]


@dataclass(frozen=True)
class Ball:
    """Errors e: where components begin and end, "l1" or "l2" for each, and ρ."""

    cuts: tuple[int, ...]
    norms: tuple[str, ...]
    radii: tuple[arb, ...]

    @property
    def size(self) -> int:
        """Number of entries of e."""
        return self.cuts[-1]

    def part(self, k: int) -> slice:
        """Where J_k stands in a form."""
        return slice(1 + self.cuts[k], 1 + self.cuts[k + 1])

    def radius(self, form: Form) -> arb:
        """How far the number is from a, at most; an exact number."""
        total = sum((v.abs_upper() for v in form[1 + self.size :]), arb(0))
        for k, rho in enumerate(self.radii):
            total += rho * self._dual(form[self.part(k)], self.norms[k])
        return total.upper()

    @staticmethod
    def _dual(row: Sequence[arb], norm: str) -> arb:
        if norm == "l2":
            return sum((v * v for v in row), arb(0)).upper().sqrt()
        most = arb(0)
        for v in row:
            most = most.max(v.abs_upper())
        return most

    def interval(self, form: Form) -> arb:
        """All that the number can be."""
        return form[0] + arb(0, self.radius(form))

    def distance(self, forms: Forms) -> arb:
        """‖d‖ for the vector of differences d from the a, at most."""
        square = arb(0)
        for form in forms:
            noise = sum((v.abs_upper() for v in form[1 + self.size :]), arb(0))
            square += noise * noise
        total = square.upper().sqrt()
        for k, rho in enumerate(self.radii):
            total += rho * self._norm([form[self.part(k)] for form in forms], self.norms[k])
        return total.upper()

    def _norm(self, block: list[list[arb]], norm: str) -> arb:
        if norm == "l1":  # the largest norm of a column
            return self._dual([self._dual(column, "l2") for column in zip(*block, strict=True)], "l1")
        J = arb_mat(block)
        F = J.transpose() * J if J.ncols() <= J.nrows() else J * J.transpose()
        for _ in range(SQUARINGS):
            F = F * F
        size = self._dual(F.entries(), "l2")
        for _ in range(SQUARINGS + 1):
            size = size.upper().sqrt()
        return size


POINT = Ball((0,), (), ())


def padded(forms: Forms, width: int) -> Forms:
    """The same forms, with zeros for η that they do not have."""
    return [form + [arb(0)] * (width - len(form)) for form in forms]


def with_noise(forms: Forms, noise: Sequence[arb]) -> Forms:
    """Forms with a new η each, times these numbers; one where the number is 0 needs none."""
    used = [i for i, size in enumerate(noise) if not size.is_zero()]
    found = padded(forms, len(forms[0]) + len(used))
    for place, i in enumerate(used):
        found[i][len(forms[0]) + place] = noise[i]
    return found


def applied(ball: Ball, forms: Forms, function: Function) -> Forms:
    """Forms of σ(v), entry by entry.

    Raises:
        UndecidedError: if σ need not be defined.
    """
    if len(forms[0]) == 1:
        return [[function.at(form[0])] for form in forms]
    found, noise = [], []
    for form in forms:
        slope, middle, off = line(function, ball.interval(form))
        found.append([slope * form[0] + middle, *(slope * v for v in form[1:])])
        noise.append(off)
    return with_noise(found, noise)


def line(function: Function, whole: arb) -> tuple[arb, arb, arb]:
    """α, m and r with |σ(y) − α y − m| ≤ r on an interval; exact numbers.

    Raises:
        UndecidedError: if σ need not be defined there.
    """
    function.require(whole)
    low, high = ends(whole)
    chord = (function.value(high) - function.value(low)) / (high - low)
    slope = chord.mid() if chord.is_finite() else arb(0)
    count = 1 if high - low < NARROW else PIECES
    cuts = [low, *((low + (high - low) * i / count).mid() for i in range(1, count)), high]
    if low < 0 and high > 0:  # where ReLU bends
        cuts = [*(c for c in cuts if c < 0), arb(0), *(c for c in cuts if c > 0)]
    hull = None
    for a, b in pairwise(cuts):
        piece = a.union(b)
        x = piece.mid()
        inside = function.value(x) - slope * x + (function.slope(a, b) - slope) * (piece - x)
        hull = inside if hull is None else hull.union(inside)
    assert hull is not None
    return slope, hull.mid(), hull.rad()


def product(ball: Ball, left: Forms, right: Forms) -> Forms:
    """Forms of u v, entry by entry; both have the same η."""
    found, noise = [], []
    for u, v in zip(left, right, strict=True):
        a, b = u[0], v[0]
        found.append([a * b, *(a * q + b * p for p, q in zip(u[1:], v[1:], strict=True))])
        noise.append(arb(0) if len(u) == 1 else (ball.radius(u) * ball.radius(v)).upper())
    return with_noise(found, noise)


def inverse_root(ball: Ball, parts: Sequence[tuple[arb, Forms]]) -> Form:
    """A form of 1 / √(Σ weight Σ v²), the outer sum over parts.

    Raises:
        UndecidedError: if the root need not be positive.
    """
    forms = [[weight.sqrt() * a for a in form] for weight, part in parts for form in part]
    squares = sum((form[0] * form[0] for form in forms), arb(0))
    rest = [2 * sum((form[0] * form[j] for form in forms), arb(0)) for j in range(1, len(forms[0]))]
    off = arb(0) if not rest else (ball.distance(forms) ** 2 / 2).upper()
    square = with_noise([[squares + off, *rest]], [off])
    return applied(ball, square, INVERSE_ROOT)[0]


def inverse(ball: Ball, form: Form) -> Form:
    """A form of 1 / v, v positive.

    Raises:
        UndecidedError: if it need not be.
    """
    return applied(ball, [form], INVERSE)[0]


def multiplied(ball: Ball, forms: Forms, factor: Form) -> Forms:
    """Forms of t v for one number t, whose form may have more η."""
    return product(ball, padded(forms, len(factor)), [factor] * len(forms))
