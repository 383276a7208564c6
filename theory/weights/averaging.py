"""The averaging lemma as a construction: a tracker contains an honest representation (docs/ladder.md).

Let the transitions generate a finite group Γ of matrices, and let N be the elements of Γ whose words fix every state.
With the projection P = (1/|N|) Σ_{n∈N} n, P h_w lies in the fixed space of N and is still read out as the state of w,
because N h_w is. So restricting to the image of P gives weights on which the transition group Γ/N itself acts. The
proof for compact Γ, with the Haar measure for the mean, is in docs/ladder.md.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import RungError
from .coordinates import coordinates
from .rung import Rung
from .weights import BilinearWeights

LIMIT = 5000  # matrices of Γ


def kernel_projection(weights: BilinearWeights, automaton: Automaton, limit: int = LIMIT) -> ExactMatrix:
    """P = (1/|N|) Σ n over the matrices n of Γ whose words fix every state: (hidden, hidden).

    Raises:
        RungError: if some letter merges states, two words with one matrix act differently on the states, or the
            transitions generate more than `limit` matrices.
    """
    letters = [automaton.letter_index(x) for x in weights.letters]
    if not automaton.is_permutation:
        raise RungError("the averaging lemma is about tasks whose letters permute the states; some letter merges two")
    identity = tuple(range(len(automaton.states)))
    found = {ExactMatrix.identity(weights.hidden_size): identity}
    queue = list(found.items())
    for matrix, action in queue:
        for k, x in enumerate(letters):
            there = weights.transitions[k] @ matrix
            moved = tuple(int(automaton.table[q, x]) for q in action)
            if there not in found:
                if len(found) == limit:
                    raise RungError(
                        f"the transitions generate more than {limit} matrices; raise limit if they are finite"
                    )
                found[there] = moved
                queue.append((there, moved))
            elif found[there] != moved:
                raise RungError("two words with one matrix lead to different states, so the weights track nothing")
    kernel = [matrix for matrix, action in found.items() if action == identity]
    total = ExactMatrix.zeros(weights.hidden_size, weights.hidden_size)
    for matrix in kernel:
        total = total + matrix
    return total * Fraction(1, len(kernel))


def averaged(weights: BilinearWeights, automaton: Automaton, limit: int = LIMIT) -> BilinearWeights:
    """The weights on the image of P, on which words that fix every state act as the identity; proved again.

    Raises:
        RungError: as `kernel_projection`, or if the weights do not track the automaton with their linear readout, which
            is when the average may not be read out.

    Example:
        >>> from bistate.groups import CyclicGroup
        >>> from bistate.theory import Automaton, realize
        >>> A = Automaton.word_problem(CyclicGroup(3))
        >>> averaged(realize(A, "monomial"), A).hidden_size
        3
    """
    projection = kernel_projection(weights, automaton, limit)
    _, pivots = projection.rref()
    if not pivots:
        raise RungError("the average over the words that fix every state is 0: no linear readout sees the states")
    basis = projection.submatrix(range(weights.hidden_size), pivots)  # (hidden, d)
    found = replace(
        weights,
        transitions=tuple(coordinates(basis, matrix @ basis) for matrix in weights.transitions),
        initial=coordinates(basis, projection @ weights.initial),
        readout=weights.readout @ basis,
        blocks=(),
        rung=Rung.FULL,
        note=f"{weights.note}, averaged".strip(", "),
        form=None if weights.form is None else basis.T @ weights.form @ basis,
        factors=None,
    )
    verdict = found.prove(automaton)
    if not verdict.proved:
        raise RungError(f"the averaged weights do not track the task, so the given ones did not: {verdict.reason}")
    return found
