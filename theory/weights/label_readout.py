"""A readout of labels for weights that track states: whether labels are an argmax of linear functions of the state.

Weights that track the states of a Moore machine reach directions h, each with one state q and its label y(q). Rows D_y
read the labels out if

    (D_y(q) − D_z) h > 0     for all directions h that words reach and all labels z ≠ y(q).

That is a linear programme: whether it has a solution depends on the directions alone. It is solved in floats, the
solution is rounded to fractions, and `prove` decides whether these are right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from .proof import matching
from .weights import BilinearWeights

ENTRIES = 5_000_000  # of the programme's matrix
DENOMINATORS = (1, 2, 6, 60, 1000, 10**6, 10**9)  # tried in this order; simple numbers first


def label_readout(weights: BilinearWeights, automaton: Automaton) -> BilinearWeights | None:
    """The same hidden states with a row for each label of an automaton with outputs, proved.

    Args:
        weights: they track the states of the automaton, and reach finitely many directions.
        automaton: a task with outputs.

    Returns:
        None where no readout was found: the labels are no argmax of linear functions on these directions, or the
        directions are too many.

    Example:
        >>> from bistate.theory import Automaton, realize
        >>> A = Automaton.modular_addition(6)
        >>> hexagon = realize(A, "rotation")
        >>> label_readout(hexagon, A.with_outputs([q // 3 for q in range(6)])).readout.shape
        (2, 2)
        >>> print(label_readout(hexagon, A.with_outputs([q % 2 for q in range(6)])))
        None
    """
    found = _labelled_directions(weights, automaton)
    if found is None:
        return None
    vectors, labels = found
    count = len(automaton.labels)
    if count == 1:
        return replace(weights, states=automaton.labels, readout=ExactMatrix.zeros(1, weights.hidden_size))
    rows = _separating(vectors, labels, count)
    if rows is None:
        return None
    bare = replace(weights, form=None, factors=None)  # both are multiplied out whenever a copy is made
    for readout in _rounded(rows):
        if replace(bare, states=automaton.labels, readout=readout).prove(automaton).proved:
            return replace(weights, states=automaton.labels, readout=readout)
    return None


def _labelled_directions(
    weights: BilinearWeights, automaton: Automaton
) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Unit vectors that words reach, (directions, hidden), and the labels of their states, (directions,)."""
    graph = weights.direction_graph
    if not graph.complete or len(graph.depths) * weights.hidden_size * len(automaton.labels) ** 2 > ENTRIES:
        return None
    letters, _ = matching(weights, automaton.with_outputs(None))
    states = {0: automaton.start_index}
    queue = [0]
    for direction in queue:
        for k, x in enumerate(letters):
            there = int(graph.table[direction, k])
            if there not in states:
                states[there] = int(automaton.table[states[direction], x])
                queue.append(there)
    vectors = graph.vectors.to_numpy(np.float64).T
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, automaton.label_indices[[states[k] for k in range(len(vectors))]]


def _separating(vectors: NDArray[np.float64], labels: NDArray[np.int64], count: int) -> NDArray[np.float64] | None:
    """Rows D with a lead of at least 1 everywhere and the least sum of sizes, D_0 = 0: (labels, hidden)."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix

    size = vectors.shape[1]
    pairs = [(i, z) for i, y in enumerate(labels.tolist()) for z in range(count) if z != y]
    data, rows, columns = [], [], []
    for k, (i, z) in enumerate(pairs):  # −(D_y − D_z) h ≤ −1, with D = P − N, P, N ≥ 0
        for label, sign in ((int(labels[i]), -1.0), (z, 1.0)):
            if label:
                at = (label - 1) * 2 * size + np.arange(size)
                for shift, s in ((0, sign), (size, -sign)):
                    data.append(s * vectors[i])
                    rows.append(np.full(size, k))
                    columns.append(at + shift)
    width = 2 * size * (count - 1)
    matrix = coo_matrix(
        (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))), shape=(len(pairs), width)
    )
    solved = linprog(np.ones(width), A_ub=matrix.tocsr(), b_ub=-np.ones(len(pairs)), bounds=(0, None), method="highs")
    if solved.x is None:
        return None
    split = solved.x.reshape(count - 1, 2, size)
    return np.concatenate([np.zeros((1, size)), split[:, 0] - split[:, 1]])


def _rounded(rows: NDArray[np.float64]) -> Iterator[ExactMatrix]:
    """The rows as fractions, relative to the largest entry, with larger and larger denominators."""
    scaled = (rows / max(float(np.abs(rows).max()), 1e-300)).tolist()
    for largest in DENOMINATORS:
        yield ExactMatrix([[Fraction(v).limit_denominator(largest) for v in row] for row in scaled])
