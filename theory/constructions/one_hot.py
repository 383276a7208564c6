"""One-hot weights of any automaton: one hidden unit per state (arXiv:2505.21749, section 4)."""

from __future__ import annotations

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights


def one_hot_weights(automaton: Automaton) -> BilinearWeights:
    """H is the one-hot vector of the state, A[x] e_q = e_{δ(q,x)} and C = I: the right logit is 1, the others are 0."""
    size = len(automaton.states)
    return BilinearWeights(
        letters=automaton.letters,
        states=automaton.states,
        transitions=tuple(ExactMatrix.permutation(column) for column in automaton.table.T.tolist()),
        initial=ExactMatrix.column([int(q == automaton.start_index) for q in range(size)]),
        readout=ExactMatrix.identity(size),
        rung=Rung.FULL,
        note="one unit per state",
    )
