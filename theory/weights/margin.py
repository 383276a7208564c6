"""How far exact weights are from a wrong decision, and how long floating-point arithmetic keeps them there.

Lengths are measured with the invariant form, ‖h‖² = hᵀMh and ‖c‖² = c M⁻¹ cᵀ for rows c of the readout, or with M = 1
where none is known. The decision margin is

    r = min over reachable h of state q, and q' ≠ q, of (C_q − C_q')h / (‖C_q − C_q'‖ ‖h‖):

a hidden state h + e with ‖e‖ < r‖h‖ is still read out as q. For orbit weights C_q = v_qᵀM this is half the least
distance of the states' vectors on the unit sphere.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, log1p, sqrt

import numpy as np

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..errors import WeightsError
from .directions import DirectionGraph
from .weights import BilinearWeights

PRECISIONS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}  # bits of the significand
_NEAR = 1e-9  # margins this close to the least one, in floats, are compared exactly
_SLACK = 1.01  # on norms that are evaluated in floats


@dataclass(frozen=True)
class Margin:
    """The decision margin r of exact weights.

    Attributes:
        squared: r², exact.
        states: the state q of a hidden vector where it is reached, and the q' that comes closest.
    """

    squared: Cyclotomic
    states: tuple[object, object]

    @property
    def value(self) -> float:
        """The nearest float to r."""
        return sqrt(float(self.squared))


def decision_margin(weights: BilinearWeights) -> Margin | None:
    """The decision margin; None for weights with one state.

    Raises:
        WeightsError: if the weights reach infinitely many hidden directions, or more than are explored.

    Example:
        >>> from bistate.theory import Automaton, realize
        >>> decision_margin(realize(Automaton.modular_addition(3), rung="rotation")).squared
        Fraction(3, 4)
    """
    graph = weights.direction_graph
    if not graph.complete:
        raise WeightsError(f"{weights!r} reach more hidden directions than were explored, so there is no least margin")
    if len(weights.states) == 1:
        return None
    form, dual = _forms(weights)
    vectors, readout = graph.vectors.to_numpy(float), weights.readout.to_numpy(float)
    lengths = np.sqrt(np.einsum("id,ij,jd->d", vectors, form.to_numpy(float), vectors))  # (directions,)
    winners = np.array([winner for winner, _ in graph.decisions])
    logits = readout @ vectors / lengths  # (states, directions)
    gram = readout @ dual.to_numpy(float) @ readout.T  # (states, states)
    apart = np.sqrt(np.maximum(np.diag(gram)[:, None] + np.diag(gram)[None] - 2 * gram, 0))  # ‖C_q − C_q'‖
    lead = logits[winners, np.arange(len(winners))][None] - logits  # (states, directions)
    distance = apart[:, winners]
    ratio = np.divide(lead, distance, out=np.full_like(lead, np.inf), where=distance > 0)
    ratio[winners, np.arange(len(winners))] = np.inf
    near = np.argwhere(ratio <= ratio.min() + _NEAR)[:64]
    exact = [(_squared(weights, graph, form, dual, int(q), int(d), int(winners[d])), q, d) for q, d in near]
    best, q, d = min(exact, key=lambda found: found[0])
    return Margin(best, (weights.states[winners[d]], weights.states[q]))


def _forms(weights: BilinearWeights) -> tuple[ExactMatrix, ExactMatrix]:
    form = ExactMatrix.identity(weights.hidden_size) if weights.form is None else weights.form
    return form, form.inverse()


def _squared(
    weights: BilinearWeights,
    graph: DirectionGraph,
    form: ExactMatrix,
    dual: ExactMatrix,
    other: int,
    direction: int,
    winner: int,
) -> Cyclotomic:
    size = weights.hidden_size
    h = graph.vectors.submatrix(range(size), [direction])  # (hidden, 1)
    c = weights.readout.submatrix([winner], range(size)) - weights.readout.submatrix([other], range(size))
    lead = (c @ h)[0, 0]
    return lead * lead / ((c @ dual @ c.T)[0, 0] * (h.T @ form @ h)[0, 0])


def numerical_horizon(weights: BilinearWeights, dtype: str = "float32") -> float:
    """A length up to which weights rounded to a floating-point type and run in it are right on every word.

    With unit roundoff u and γ = n u/(1 − n u), n the hidden size, a step computes A h + f with
    |f| ≤ (u + γ + uγ) |A||h|, so in the norm of the form the relative error grows at most by the factor 1 + δ,
    δ = (u + γ + uγ) max_x ‖|Lᵀ| |A[x]| |L⁻ᵀ|‖ with M = LLᵀ. Decisions are right while (1 + δ)^{T+1} − 1 is below the
    margin, less what the readout's own rounding can cost. The bound is for states that are not normalised on the way;
    norms of matrices are evaluated in floats with 1% of slack. A sharper, certified horizon of a trained model is
    another matter.

    Args:
        weights: exact weights with an invariant form.
        dtype: "float64", "float32", "float16" or "bfloat16".

    Returns:
        The length; infinite where all numbers are integers that the type holds exactly; −1 where not even the start is
        read out rightly for sure.

    Raises:
        WeightsError: for another type, or weights without an invariant form or with infinitely many directions.
    """
    if dtype not in PRECISIONS:
        raise WeightsError(f"dtype {dtype!r} is not known; choose one of {', '.join(PRECISIONS)}")
    margin = decision_margin(weights)
    if margin is None:
        return inf
    if weights.form is None:
        raise WeightsError(f"{weights!r} have no invariant form, so errors need not stay bounded")
    bits = PRECISIONS[dtype]
    if _integers_fit(weights, bits):
        return inf
    u, n = 2.0**-bits, weights.hidden_size
    gamma = n * u / (1 - n * u)
    unit = u + gamma + u * gamma
    upper = np.linalg.cholesky(weights.form.to_numpy(float)).T  # Lᵀ
    inverse = np.linalg.inv(upper)
    transitions, _, readout = weights.to_numpy()
    grown = np.abs(upper) @ np.abs(transitions) @ np.abs(inverse)  # (letters, hidden, hidden)
    delta = unit * _SLACK * float(np.sqrt((grown**2).sum(axis=(1, 2))).max())
    delta = max(delta, u * _SLACK * float(np.linalg.norm(np.abs(upper) @ np.abs(inverse))))  # rounding of the start
    rows = np.abs(readout) @ np.abs(inverse)  # (states, hidden)
    moved = readout @ inverse
    apart = np.sqrt(((moved[:, None] - moved[None]) ** 2).sum(axis=2)) if len(moved) <= 2000 else np.ones((1, 1))
    least = float(apart[apart > 0].min())
    cost = 2 * unit * _SLACK * float(np.sqrt((rows**2).sum(axis=1)).max()) / least
    room = margin.value / _SLACK - cost * (1 + margin.value)
    return floor(log1p(room) / log1p(delta)) - 1 if room > 0 else -1


def _integers_fit(weights: BilinearWeights, bits: int) -> bool:
    """Whether every product and sum on the way is an integer of at most `bits` bits."""
    graph = weights.direction_graph
    matrices = [*weights.transitions, graph.vectors, weights.readout]
    if not all(m.is_rational and m._parts[0].numer_denom()[1] == 1 for m in matrices):
        return False
    vectors = np.abs(graph.vectors.to_numpy(float))
    largest = max(float((np.abs(m.to_numpy(float)) @ vectors).max()) for m in (*weights.transitions, weights.readout))
    return largest <= 2.0**bits
