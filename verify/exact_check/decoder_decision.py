"""Lemma 5 for decoders: inside the tube the decoder is right.

Statement
---------
Scores are those of `decoder.py`. Let `radii` ρ, positive, be given by the proof. If in every context v, after every
last letter x, and for every state q = δ(r, x) that words lead to, score q is above all others at all

    z = P U_v⁻¹ (c_q + e'),    ‖e'_k‖ ≤ ρ_k + width_k ν' (‖c_q‖ + Σ ρ_k),

then state q wins at L h = s (c_q + e), s > 0, wherever ‖e_k‖ < ρ_k for every component. So ρ_k stands for the lead of
component k, from which errors take ε_k: the margin of the pair (0, −1 − k) is ρ_k − ε_k.

Proof
-----
Scores are of degree 0 in z, so s = 1, and h = P U_v⁻¹ (1 + N')(c_q + e) = P U_v⁻¹ (c_q + e'), e' = e + N' (c_q + e). A
component of a vector is at most width_k times as long in its own norm as the vector is in the 2-norm, and the 1-norm is
not below the 2-norm. The ball of e' is enclosed by affine forms, as the layers say.

Where these do not decide against a rival p, the ball is cut. Let u ≠ 0 be a vector in component k, of the 2-norm, and
e'_k = t u + w, w ⟂ u. Then ‖w‖² + t² ‖u‖² = ‖e'_k‖², so if t is between a and b then ‖w‖² ≤ ρ'_k² − ‖u‖² min t², and
a row J does to w what J − (J u) uᵀ / ‖u‖² does. A slab that is not decided is cut in two, DEEPEST times at most. Any
u may be taken; the one that is near the direction in which the lead falls fastest makes the outermost slabs small.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, arb_mat

from .affine_forms import Ball, Forms
from .components import Coordinates
from .contexts import Edges
from .decision import Leads, reached_after
from .decoder import Map, balls, digits, real, scores_of
from .document import Claim
from .dyadic import up
from .errors import UndecidedError, require_decided, require_form
from .fields import field, floats

BITS = 80  # of balls
DEEPEST = 5  # halvings of the ball
MOST_WORK = 2**32  # products of numbers for all balls that are not cut


def decoder_leads(claim: Claim, coordinates: Coordinates, edges: Edges) -> Leads:
    """The leads of a certificate with a decoder: that errors stay below the radii is what is left to show.

    Raises:
        UndecidedError: if the decoder is not decided on some ball; the message names the state.
    """
    decoder, parts, K = claim.decoder, coordinates.parts, range(len(coordinates.parts.sizes))
    assert decoder is not None
    stored = field(claim.proof, "radii", dict)
    radii = [Fraction(*v.as_integer_ratio()) for v in floats(stored, (len(K),), "radii")]
    require_form(min(radii) > 0, "radii of a ball have to be positive")
    contexts, after = max(1, len(edges.contexts.tilts)), reached_after(claim)
    places = [(v, v % claim.letters if claim.by_last_letter else 0) for v in range(contexts)]
    if contexts == 1:
        places = [(0, x) for x in range(claim.endings)]
    anywhere = sorted(set().union(*after))
    work = len(places) * len(anywhere) * decoder.work * (claim.hidden + decoder.symbols)
    require_form(work <= MOST_WORK, f"{len(places)} times {len(anywhere)} balls are more than can be decoded")
    with digits(BITS):
        maps = [scores_of(claim, x) for x in range(claim.endings)]
        for v, x in places:
            back = balls(edges.contexts.turned_back(coordinates.P, v, 1))
            for q in sorted(after[x]) if claim.by_last_letter else anywhere:
                grown = edges.nu * (coordinates.lengths[q] + sum(radii))
                wide = tuple(real(up(radii[k] + parts.width(k) * grown)) for k in K)
                ball = Ball(parts.cuts, parts.norms, wide)
                code = arb_mat([[arb(c)] for c in coordinates.codes[0].tolist()[q]])
                code = code * (arb(1) / arb(2) ** coordinates.codes[1])
                where = f" after the letter {x}" if claim.by_last_letter else ""
                text = f"the decoder is not decided on the ball around the code of state {q}{where}"
                _require_right(maps[x], ball, (back * code).tolist(), back.tolist(), q, claim.rivals(q), text)
    found = Leads((), {}, {}, {}, {})
    for k in K:
        found.lead[0, -1 - k] = radii[k]
        found.extra[0, -1 - k] = [Fraction(0) for _ in K]
        found.factor[0, -1 - k] = [Fraction(int(j == k)) for j in K]
    return found


def _require_right(
    scores: Map, ball: Ball, centre: Forms, back: Forms, q: int, rivals: Sequence[int], text: str
) -> None:
    """That score q is above its rivals at z = back (code + e'); centre is that of the code."""
    z = [[a[0], *row] for a, row in zip(centre, back, strict=True)]
    found = _scored(scores, ball, z)
    require_decided(found is not None, text)
    assert found is not None
    for p in rivals:
        if not _leads(ball, found, q, p):
            direction = _steepest(ball, found, q, p)
            require_decided(direction is not None, text)
            assert direction is not None
            _require_in_slabs(scores, ball, z, direction, q, p, text)


def _scored(scores: Map, ball: Ball, z: Forms) -> Forms | None:
    try:
        return scores(ball, z)
    except UndecidedError:
        return None


def _difference(found: Forms, q: int, p: int) -> list[arb]:
    return [a - b for a, b in zip(found[q], found[p], strict=True)]


def _leads(ball: Ball, found: Forms, q: int, p: int) -> bool:
    form = _difference(found, q, p)
    return bool(form[0] > ball.radius(form))


def _steepest(ball: Ball, found: Forms, q: int, p: int) -> tuple[int, list[arb]] | None:
    """A component with the 2-norm, and u in it: that in which errors take most from the lead, exact numbers."""
    form, best = _difference(found, q, p), None
    for k, norm in enumerate(ball.norms):
        row = [v.mid() for v in form[ball.part(k)]]
        size = float(sum((v * v for v in row), arb(0)).mid()) ** 0.5 * float(ball.radii[k].mid())
        if norm == "l2" and size > (0.0 if best is None else best[0]):
            best = size, k, row
    return None if best is None else best[1:]


def _require_in_slabs(
    scores: Map, ball: Ball, z: Forms, direction: tuple[int, list[arb]], q: int, p: int, text: str
) -> None:
    k, u = direction
    square = sum((v * v for v in u), arb(0))
    most = (ball.radii[k] / square.sqrt()).upper()  # of t
    waiting = [(-most, most, 0)]
    while waiting:
        low, high, depth = waiting.pop()
        least = low if low > 0 else -high if high < 0 else arb(0)
        rest = (ball.radii[k] ** 2 - square * least * least).upper()
        if rest < 0:
            continue  # no error of the ball is there
        radii = tuple(rest.sqrt() if j == k else rho for j, rho in enumerate(ball.radii))
        part = Ball(ball.cuts, ball.norms, radii)
        found = _scored(scores, part, _slab(ball, z, k, u, square, low, high))
        if found is not None and _leads(part, found, q, p):
            continue
        require_decided(depth < DEEPEST, text)
        middle = ((low + high) / 2).mid()
        waiting += [(low, middle, depth + 1), (middle, high, depth + 1)]


def _slab(ball: Ball, z: Forms, k: int, u: list[arb], square: arb, low: arb, high: arb) -> Forms:
    """The forms with t from low to high: t = (low + high) / 2 + (high − low) / 2 η."""
    found, part = [], ball.part(k)
    for form in z:
        along = sum((a * b for a, b in zip(form[part], u, strict=True)), arb(0))
        moved = [form[0] + along * (low + high) / 2, *form[1:], along * (high - low) / 2]
        moved[part] = [a - along * b / square for a, b in zip(form[part], u, strict=True)]
        found.append(moved)
    return found
