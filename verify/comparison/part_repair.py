"""Exact weights of a whole task from those of the part that its letters permute.

Let v_q be the vectors of the part's states, A'[x] v_q = v_δ(q,x). The whole task gets the hidden space

    V ⊕ R ⊕ R^k,    code (v_q, 1, 0) for a state of the part, (0, 0, e_o) for each of the k other states o.

A letter that permutes the part is A'[x] ⊕ 1 there; one that takes all of it to one state r has the code of r in the
column of the 1. Any other letter needs a matrix that takes code to code, which is there if and only if the images obey
all linear equations between the codes (v_q, 1). Columns of the other states are the codes of where they lead. Rows of
the part's states read V as before; those of the others are (0, −K, e_o) with K large.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...theory.automata.recurrent_part import RecurrentPart
from ...theory.constructions.orbit_weights import orbit
from ...theory.weights.rung import Rung
from ...theory.weights.weights import BilinearWeights
from ..errors import SnapError


def whole_task(weights: BilinearWeights, part: RecurrentPart) -> BilinearWeights:
    """Weights for `part.whole`, proved.

    Args:
        weights: proved for `part.automaton`, (hidden, hidden) each.
        part: of the task.

    Returns:
        Weights of hidden size hidden + 1 + k, k the number of states outside the part.

    Raises:
        SnapError: if a letter that merges states has no matrix on the codes, or the result is not proved.
    """
    whole, table = part.whole, np.asarray(part.whole.table)
    inside = {int(q): k for k, q in enumerate(part.states)}
    outside = {q: k for k, q in enumerate(q for q in range(len(whole.states)) if q not in inside)}
    vectors = orbit(part.automaton, list(weights.transitions), weights.initial)  # each (hidden, 1)
    one = ExactMatrix([[1]])
    size = weights.hidden_size + 1 + len(outside)

    def code(q: int) -> ExactMatrix:
        if q in inside:
            return _stacked([vectors[inside[q]], one, ExactMatrix.zeros(len(outside), 1)])
        return _unit(size, weights.hidden_size + 1 + outside[q])

    codes = ExactMatrix.hstack([_stacked([vectors[k], one]) for k in inside.values()])  # (hidden + 1, states)
    _, pivots = codes.rref()
    basis = codes.submatrix(range(codes.shape[0]), pivots)  # (hidden + 1, rank)
    left = (basis.T @ basis).solve(basis.T)  # left @ basis = 1
    permuting = {int(x): k for k, x in enumerate(part.letters)}
    transitions = []
    for x, letter in enumerate(whole.letters):
        images = [code(int(table[q, x])) for q in inside]
        if x in permuting:
            block = ExactMatrix.block_diagonal([weights.transitions[permuting[x]], one])
            on_part = _stacked([block, ExactMatrix.zeros(len(outside), codes.shape[0])])
        elif all(image == images[0] for image in images):
            on_part = ExactMatrix.hstack([ExactMatrix.zeros(size, weights.hidden_size), images[0]])
        else:
            on_part = ExactMatrix.hstack([images[k] for k in pivots]) @ left
            if on_part @ codes != ExactMatrix.hstack(images):
                raise SnapError(
                    f"exact weights were found for a part of the task, {part}, and not for the whole: letter "
                    f"{letter!r} merges states of the part, and no matrix does so on the vectors that the model "
                    "learned; realize(automaton, 'full') has exact weights of its own"
                )
        transitions.append(ExactMatrix.hstack([on_part, *(code(int(table[q, x])) for q in outside)]))
    readout = _readout(weights, vectors, inside, outside)
    found = BilinearWeights(
        whole.letters,
        whole.states,
        tuple(transitions),
        code(whole.start_index),
        readout,
        rung=Rung.FULL,
        note=f"{weights.note}; of the part {part}, with {_added(len(outside))}",
    )
    verdict = found.prove(whole)
    if not verdict.proved:
        raise SnapError(f"no exact weights of the whole task were found near the model: {verdict.reason}")
    return found


def _added(others: int) -> str:
    if not others:
        return "a constant unit"
    return f"a constant unit and a unit for {'the other state' if others == 1 else f'each of {others} other states'}"


def _readout(
    weights: BilinearWeights, vectors: list[ExactMatrix], inside: dict[int, int], outside: dict[int, int]
) -> ExactMatrix:
    """(states, hidden + 1 + others)."""
    scores = (weights.readout @ ExactMatrix.hstack(vectors)).to_numpy(float)
    least = Fraction(int(np.abs(scores).max()) + 1)  # K
    rows = []
    for q in range(len(inside) + len(outside)):
        if q in inside:
            row = weights.readout.submatrix([inside[q]], range(weights.hidden_size))
            rows.append(ExactMatrix.hstack([row, ExactMatrix.zeros(1, 1 + len(outside))]))
        else:
            row = _unit(len(outside), outside[q]).T
            rows.append(ExactMatrix.hstack([ExactMatrix.zeros(1, weights.hidden_size), ExactMatrix([[-least]]), row]))
    return _stacked(rows)


def _unit(size: int, k: int) -> ExactMatrix:
    return ExactMatrix.column([int(i == k) for i in range(size)])


def _stacked(parts: list[ExactMatrix]) -> ExactMatrix:
    """One below the other; parts of height 0 are left out."""
    return ExactMatrix.hstack([part.T for part in parts if part.shape[0]]).T
