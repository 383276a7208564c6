"""Weights from a real representation and a start vector: the construction behind all group rungs.

Let ρ be a real representation with invariant form M, and v a vector whose stabiliser is exactly that of the start
state. With A[x] = ρ(x), h_0 = v and C_q = v_q^T M, where v_q = ρ(g_q) v is the vector of state q,

    ⟨C_q − C_q', v_q⟩ = ⟨v_q, v_q⟩_M − ⟨v_q', v_q⟩_M > 0   for q ≠ q',

because all v_q have one M-norm and are different (Cauchy–Schwarz). No square root is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import RungError
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights


def orbit_weights(
    automaton: Automaton,
    transitions: Sequence[ExactMatrix],
    initial: ExactMatrix,
    form: ExactMatrix,
    blocks: Sequence[int],
    rung: Rung,
    note: str,
) -> BilinearWeights:
    """Weights that read out each state by its own vector in the orbit of the start vector.

    Raises:
        RungError: if two words to one state give different vectors: the matrices do not represent the task.
    """
    vectors = orbit(automaton, transitions, initial)  # each (hidden, 1)
    return BilinearWeights(
        letters=automaton.letters,
        states=automaton.states,
        transitions=tuple(transitions),
        initial=initial,
        readout=(form @ ExactMatrix.hstack(vectors)).T,  # (states, hidden)
        blocks=tuple(blocks),
        rung=rung,
        note=note,
        form=form,
    )


def orbit(automaton: Automaton, transitions: Sequence[ExactMatrix], initial: ExactMatrix) -> list[ExactMatrix]:
    """The vector of each state, along shortest words."""
    found: dict[int, ExactMatrix] = {automaton.start_index: initial}
    queue = [automaton.start_index]
    for state in queue:
        for k, there in enumerate(automaton.table[state].tolist()):
            if there not in found:
                found[there] = transitions[k] @ found[state]
                queue.append(there)
    if len(found) != len(automaton.states):
        raise RungError(f"only {len(found)} of {len(automaton.states)} states can be reached")
    return [found[state] for state in range(len(automaton.states))]
