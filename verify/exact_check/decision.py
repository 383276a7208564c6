"""Lemma 5: inside the tube the readout is right.

Statement
---------
With D = C P U_v⁻¹ in the context v, C the readout after the last letter, state q wins against the score p at
L h = s (c_q + e), ‖e_k‖ ≤ ε_k, if

    lead_qp > Σ_k factor_qp,k ε_k,
    lead_qp = min over D of (D_q − D_p) c_q − (what N', rounding and underflow do to c_q),
    factor_qp,k = max over D of ‖(D_q − D_p)_k‖* + extra_qp,k,

over the contexts and, where every last letter x has a readout of its own, over the x with q = δ(r, x) for a state r
that words lead to; in a context x is its last letter. States that no word of one letter or more leads to need no lead.

Proof
-----
(C_q − C_p) h / s = (D_q − D_p)(I + N')(c_q + e). N' adds at most (‖D_q‖ + ‖D_p‖) ν' (‖c_q‖ + Σ ε_k). A logit is off by
γ_n |C_q| |h| + r (lemma 0), where |h| / s ≤ |P| |U_v⁻¹| (I + |N'|) (|c_q| + |e|), and r / s ≤ r size (‖c_q‖ + ‖e‖).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .components import Coordinates
from .contexts import Edges
from .document import Claim
from .dyadic import Dyadic, absolute, integer_rows, sqrt, times, up
from .float_model import Rounding
from .tube import LARGEST

Pair = tuple[int, int]


@dataclass(frozen=True)
class Leads:
    """The lemma's numbers, for ordered pairs of different states.

    Attributes:
        D: in each context, or after each last letter.
        lead: see the lemma.
        extra: what comes on top of ‖(D_q − D_p)_k‖*.
        factor: see the lemma.
        apart: ‖C_q − C_p‖, at most.
    """

    D: tuple[Dyadic, ...]
    lead: dict[Pair, Fraction]
    extra: dict[Pair, list[Fraction]]
    factor: dict[Pair, list[Fraction]]
    apart: dict[Pair, Fraction]

    def margin(self, pair: Pair, epsilon: Sequence[Fraction]) -> Fraction:
        """The lead less what errors of size ε take away."""
        return self.lead[pair] - sum(f * e for f, e in zip(self.factor[pair], epsilon, strict=True))


def leads_of(claim: Claim, rounding: Rounding | None, coordinates: Coordinates, edges: Edges) -> Leads:
    """The leads of a certificate."""
    contexts = max(1, len(edges.contexts.tilts))
    places = [(v, v % claim.letters) for v in range(contexts)]  # a context, and the last letter in it
    if contexts == 1:
        places = [(0, x) for x in range(claim.endings)]
    plain = [times(C, coordinates.P) for C in claim.readouts]
    around = [(absolute(C) * coordinates.around[1], e + coordinates.P[1]) for C, e in claim.readouts]
    by_letter = claim.by_last_letter
    turned = tuple(edges.contexts.turned_back(plain[x if by_letter else 0], v, 1) for v, x in places)
    found = Leads(turned, {}, {}, {}, _apart(claim))
    after = reached_after(claim)
    anywhere = sorted(set().union(*after))
    for D, (v, x) in zip(turned, places, strict=True):
        wide = edges.contexts.turned_back(around[x if by_letter else 0], v, 0)
        states = sorted(after[x]) if by_letter else anywhere
        _add_context(claim, rounding, coordinates, edges, found, D, wide, states)
    return found


def reached_after(claim: Claim) -> list[set[int]]:
    """The states that words with each last letter lead to."""
    seen, queue = {claim.start}, [claim.start]
    for q in queue:
        for r in claim.table[q]:
            if r not in seen:
                seen.add(r)
                queue.append(r)
    return [{claim.table[q][x] for q in seen} for x in range(claim.letters)]


def _apart(claim: Claim) -> dict[Pair, Fraction]:
    """The largest ‖C_q − C_p‖ of all readouts."""
    found: dict[Pair, Fraction] = {}
    for C, e in claim.readouts:
        rows = integer_rows(C)
        for q in range(claim.states):
            for p in claim.rivals(q):
                square = sum((a - b) ** 2 for a, b in zip(rows[q], rows[p], strict=True))
                found[q, p] = max(sqrt(square, 2 * e), found.get((q, p), Fraction(0)))
    return found


def _add_context(
    claim: Claim,
    rounding: Rounding | None,
    coordinates: Coordinates,
    edges: Edges,
    found: Leads,
    D: Dyadic,
    around: Dyadic,
    states: Sequence[int],
) -> None:
    """Keep the smallest lead and the largest factors of the states."""
    parts, (codes, g), lengths = coordinates.parts, coordinates.codes, coordinates.lengths
    leads, e = times(D, (codes.transpose(), g))
    rows = integer_rows(D[0])
    leak = [up(sqrt(sum(v * v for v in row), 2 * D[1]) * edges.nu) for row in rows]
    K = range(len(parts.sizes))
    shaken = [[Fraction(0) for _ in K] for _ in rows]
    wide, f, read, lost = [[0] * claim.hidden for _ in rows], 0, Fraction(0), Fraction(0)
    if rounding is not None:
        wide, f, read = integer_rows(around[0]), around[1], rounding.read
        more = [up(read * edges.nu * sqrt(sum(v * v for v in row), 2 * f)) for row in wide]
        leak = [a + b for a, b in zip(leak, more, strict=True)]
        shaken = [[up(read * size) for size in parts.duals(row, f)] for row in wide]
        lost = 2 * rounding.logit * edges.unit_scale(max(lengths), Fraction(LARGEST))
    sizes = [[abs(v) for v in row] for row in integer_rows(codes)]
    for pair in ((q, p) for q in states for p in claim.rivals(q)):
        q, p = pair
        both = leak[q] + leak[p]
        lead = Fraction(int(leads[q, q]) - int(leads[p, q]), 2**e) - both * lengths[q] - lost
        if rounding is not None:
            weight = sum((a + b) * c for a, b, c in zip(wide[q], wide[p], sizes[q], strict=True))
            lead -= read * Fraction(weight, 2 ** (f + g))
        difference = [a - b for a, b in zip(rows[q], rows[p], strict=True)]
        extra = [shaken[q][k] + shaken[p][k] + both for k in K]
        factor = [up(size + more) for size, more in zip(parts.duals(difference, D[1]), extra, strict=True)]
        found.lead[pair] = min(lead, found.lead.get(pair, lead))
        found.extra[pair] = list(map(max, extra, found.extra.get(pair, extra)))
        found.factor[pair] = list(map(max, factor, found.factor.get(pair, factor)))
