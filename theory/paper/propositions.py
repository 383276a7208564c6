"""The statements of "Revisiting Bi-Linear State Transitions in RNNs" (arXiv:2505.21749) as executable claims.

Each function states one proposition with a proof sketch, and checks it exactly on the case it is given: it returns a
`Verdict` with a witness when the statement fails there, or computes the quantity that the statement speaks of.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..constructions.one_hot import one_hot_weights
from ..errors import WeightsError
from ..verdict import Outcome, Verdict
from ..weights.weights import BilinearWeights


def simulates_every_automaton(automaton: Automaton) -> tuple[BilinearWeights, Verdict]:
    """Proposition: a full bilinear RNN simulates any finite automaton (section 4).

    Proof: let h be the one-hot vector of the state, A[x] e_q = e_{δ(q,x)} and C = I. Then h_T = e_{δ*(q_0, w)} by
    induction on the length, and the right logit is 1 while all others are 0.

    Returns:
        The weights, of hidden size |Q|, and the verdict of checking them exactly on this automaton.
    """
    weights = one_hot_weights(automaton)
    return weights, weights.prove(automaton)


def shared_eigenbasis_commutes(basis: ExactMatrix, diagonals: Sequence[ExactMatrix]) -> Verdict:
    """Proposition: transitions P D_x P⁻¹ with one common basis P commute, so word order is invisible (section 4).

    Proof: P D P⁻¹ P E P⁻¹ = P D E P⁻¹, and diagonal matrices commute.

    Args:
        basis: P, invertible, (hidden, hidden).
        diagonals: D_x for each letter, diagonal, (hidden, hidden).

    Returns:
        Proved if all pairs of the matrices commute exactly; refuted with the positions of a pair that does not.

    Raises:
        WeightsError: if some D_x is not diagonal.
        MatrixError: if P is not invertible.
    """
    for k, diagonal in enumerate(diagonals):
        entries = [diagonal[i, i] for i in range(diagonal.shape[0])]
        if diagonal != ExactMatrix.diagonal(entries):
            raise WeightsError(f"matrix {k} is not diagonal: {diagonal!r}")
    inverse = basis.inverse()
    return all_commute([basis @ diagonal @ inverse for diagonal in diagonals])


def all_commute(matrices: Sequence[ExactMatrix]) -> Verdict:
    """Whether all pairs of matrices commute, exactly; a refutation names the positions of a pair."""
    for j, left in enumerate(matrices):
        for k, right in enumerate(matrices[:j]):
            if left @ right != right @ left:
                return Verdict(Outcome.REFUTED, f"matrices {k} and {j} do not commute", witness=(k, j))
    return Verdict(Outcome.PROVED, f"all {len(matrices)} matrices commute")


def scale_invariant(weights: BilinearWeights, word: Sequence[Hashable], factors: Sequence[Fraction]) -> Verdict:
    """Proposition: multiplying the hidden state by positive numbers along the way changes no prediction (section 3).

    Proof: h ↦ A[x] h and h ↦ C h are linear, so scaling h_t by c_t > 0 scales every later state and all logits by c_t,
    and the argmax of the logits is the same. So hidden states may be normalised at inference.

    Args:
        weights: exact weights.
        word: letters, length T.
        factors: c_0, …, c_T, all positive: c_t multiplies h_t.

    Returns:
        Proved if the scaled logits are exactly (c_0 ⋯ c_T) times the plain ones; refuted otherwise.

    Raises:
        WeightsError: if there are not T + 1 factors, or one is not positive.
    """
    _check_factors(word, factors)
    plain = weights.readout @ weights.hidden_state(word)  # (states, 1)
    scaled = weights.readout @ _scaled_run(weights, word, factors, None)  # (states, 1)
    total = Fraction(1)
    for factor in factors:
        total *= factor
    if scaled == plain * total:
        return Verdict(Outcome.PROVED, f"the logits are multiplied by {total}, which changes no argmax")
    return Verdict(Outcome.REFUTED, "scaling changed the direction of the logits", witness=tuple(word))


@dataclass(frozen=True)
class ScaleFailure:
    """A word whose prediction depends on the scale of the hidden state when there is an additive term."""

    word: tuple[Hashable, ...]
    plain: Hashable
    scaled: Hashable


def additive_term_breaks_scale_invariance() -> ScaleFailure:
    """Proposition: with h_t = A[x_t] h_{t−1} + b[x_t], predictions depend on the scale of h (section 3).

    Proof by example, computed here exactly: H = 1, one letter, A = 1, b = −2, C = (1, −1)ᵀ and h_0 = 1. Unscaled,
    h_1 = 1 − 2 < 0 and the second class wins; with h_0 scaled by 4, h_1 = 4 − 2 > 0 and the first class wins.
    """
    one = ExactMatrix.identity(1)
    weights = BilinearWeights(("x",), ("first", "second"), (one,), one, ExactMatrix([[1], [-1]]))
    bias = ExactMatrix([[-2]])
    word = ("x",)
    found = [
        _argmax(weights, _scaled_run(weights, word, factors, bias))
        for factors in ([Fraction(1), Fraction(1)], [Fraction(4), Fraction(1)])
    ]
    assert found[0] != found[1], "the example of the proof"
    return ScaleFailure(word, found[0], found[1])


def _check_factors(word: Sequence[Hashable], factors: Sequence[Fraction]) -> None:
    if len(factors) != len(word) + 1 or any(factor <= 0 for factor in factors):
        raise WeightsError(f"{len(word) + 1} positive factors are needed for a word of length {len(word)}: {factors}")


def _scaled_run(
    weights: BilinearWeights, word: Sequence[Hashable], factors: Sequence[Fraction], bias: ExactMatrix | None
) -> ExactMatrix:
    """h_t = c_t (A[x_t] h_{t−1} + b), h_0 scaled by c_0: (hidden, 1)."""
    h = weights.initial * factors[0]  # (hidden, 1)
    for k, factor in zip(weights.encode(word), factors[1:], strict=True):
        h = weights.transitions[k] @ h  # (hidden, 1)
        h = (h if bias is None else h + bias) * factor
    return h


def _argmax(weights: BilinearWeights, h: ExactMatrix) -> Hashable:
    logits = [row[0] for row in (weights.readout @ h).tolist()]
    return weights.states[max(range(len(logits)), key=lambda q: (logits[q], -q))]
