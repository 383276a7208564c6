"""The start vector whose orbit keeps the states as far apart as possible (the group code problem).

For v in V^K, of a real representation with invariant form M, the states are at v_q = ρ(g_q) v, all of one length, and

    d² = min_{q ≠ start} ‖v_q − v‖²_M / ‖v‖²_M = 2 − 2 max_q ⟨v_q, v⟩_M / ⟨v, v⟩_M

is the squared least distance of the code: a unit hidden state may move by d/2 before a decision changes. A maximum is
searched in floats, over the scales of the irreps against each other as well; then the simplest vector with small
integer coordinates that comes within 2% of it is taken, and decided upon exactly. d itself is not proved to be the
largest possible; what a vector reaches is reported exactly by `bistate.theory.weights.margin`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import RungError
from .orbit_weights import orbit

Floats = NDArray[np.float64]

STARTS, ROUNDS = 6, 120  # of the search in floats
KEPT = 0.98  # of the squared distance found in floats, that integer coordinates have to reach
LARGEST = 40  # integer coordinates that are tried
_SMALL = (0, 1, -1, 2, -2, 3)


def start_vector(
    automaton: Automaton, transitions: Sequence[ExactMatrix], form: ExactMatrix, basis: ExactMatrix
) -> ExactMatrix:
    """A vector whose stabiliser is exactly K, of large least distance: (degree, 1).

    Args:
        automaton: a task whose letters permute the states.
        transitions: ρ of each letter, (degree, degree).
        form: M, (degree, degree).
        basis: of V^K, as columns: (degree, m).

    Raises:
        RungError: if none of the vectors tried separates the states.
    """
    if len(automaton.states) == 1:
        return basis @ ExactMatrix.column([1] * basis.shape[1])
    code = Code(*_gram(automaton, transitions, form, basis))
    for coordinates in code.proposals():
        vector = basis @ ExactMatrix.column([int(x) for x in coordinates])
        if _separates(automaton, transitions, vector):
            return vector
    raise RungError(
        f"no start vector was found in {basis.shape[1]} dimensions that tells all {len(automaton.states)} states apart"
    )


class Code:
    """The least squared distance as a function of coordinates c ∈ R^m: 2 − 2 max_q cᵀG_q c / cᵀG_0 c.

    Args:
        gram: G_q, symmetric, for the states but the start: (states − 1, m, m).
        norm: G_0, positive definite: (m, m).
    """

    def __init__(self, gram: Floats, norm: Floats) -> None:
        self.gram, self.norm = gram, norm
        self.size = len(norm)

    def distances(self, coordinates: Floats) -> Floats:
        """d² for each row: (tries, m) → (tries,)."""
        values = np.einsum("ti,qij,tj->tq", coordinates, self.gram, coordinates, optimize=True)  # (tries, states)
        lengths = np.einsum("ti,ij,tj->t", coordinates, self.norm, coordinates)
        return np.asarray(2 - 2 * values.max(axis=1) / lengths)

    def proposals(self) -> list[Floats]:
        """Integer coordinates to try, the best first: the simplest near the optimum, then whatever separates."""
        simple = _simple(self.size)
        scores = self.distances(simple)
        optimum = self._optimum(simple[np.argsort(-scores, kind="stable")[:STARTS]])
        best = float(self.distances(optimum[None])[0])
        rounded = np.array([np.round(optimum / np.abs(optimum).max() * n) for n in range(1, LARGEST + 1)])
        tried = np.concatenate([simple, rounded])
        scores = np.concatenate([scores, self.distances(rounded)])
        weight = np.abs(tried).sum(axis=1)
        good = np.flatnonzero(scores >= KEPT * max(best, scores.max()))
        first = good[np.argsort(weight[good], kind="stable")]
        rest = np.argsort(-np.round(scores, 9), kind="stable")
        return [tried[k] for k in (*first[:1], *rest[:20])]

    def _optimum(self, starts: Floats) -> Floats:
        """Gradient ascent on a smooth minimum that is sharpened as it goes; the best of several starts."""
        best, best_score = starts[0], -np.inf
        lower = np.linalg.cholesky(self.norm)
        inverse = np.linalg.inv(lower)
        gram = inverse @ self.gram @ inverse.T  # in coordinates in which lengths are Euclidean
        for start in starts:
            c = lower.T @ start / np.linalg.norm(lower.T @ start)
            step = 0.3
            for k in range(ROUNDS):
                moved = gram @ c  # (states, m)
                values = moved @ c
                weights = np.exp((values - values.max()) * (10 + 4 * k))
                gradient = 2 * weights @ moved / weights.sum()  # of the smooth maximum, to be lowered
                gradient -= c * (gradient @ c)
                trial = c - step * gradient
                trial /= np.linalg.norm(trial)
                if (gram @ trial @ trial).max() < values.max():
                    c = trial
                else:
                    step *= 0.7
            score = -float((gram @ c @ c).max())
            if score > best_score + 1e-9:
                best, best_score = inverse.T @ c, score
        return best


def _gram(
    automaton: Automaton, transitions: Sequence[ExactMatrix], form: ExactMatrix, basis: ExactMatrix
) -> tuple[Floats, Floats]:
    """The symmetric parts of Bᵀ M ρ(g_q) B for all states but the start, and Bᵀ M B."""
    letters = [matrix.to_numpy(float) for matrix in transitions]  # each (degree, degree)
    start = basis.to_numpy(float)  # (degree, m)
    moved: dict[int, Floats] = {automaton.start_index: start}
    queue = [automaton.start_index]
    for state in queue:
        for k, there in enumerate(automaton.table[state].tolist()):
            if there not in moved:
                moved[there] = letters[k] @ moved[state]
                queue.append(there)
    dual = start.T @ form.to_numpy(float)  # (m, degree)
    gram = np.array([dual @ moved[q] for q in range(len(automaton.states)) if q != automaton.start_index])
    return (gram + gram.transpose(0, 2, 1)) / 2, dual @ start


def _separates(automaton: Automaton, transitions: Sequence[ExactMatrix], vector: ExactMatrix) -> bool:
    """Whether all states have different vectors, exactly."""
    return not vector.is_zero and len(set(orbit(automaton, transitions, vector))) == len(automaton.states)


def _simple(size: int) -> Floats:
    """Non-zero small integer vectors: all of them, or unit vectors and seeded draws: (tries, size)."""
    if len(_SMALL) ** size <= 256:
        found = [c for c in product(_SMALL, repeat=size) if any(c)]
        return np.array(sorted(found, key=lambda c: (sum(map(abs, c)), c[::-1])), dtype=float)
    draw = np.random.default_rng(size)
    drawn = np.concatenate([draw.integers(-n, n + 1, size=(64, size)) for n in (1, 2, 3)])
    rows = np.concatenate([np.eye(size, dtype=np.int64), drawn])
    return rows[rows.any(axis=1)].astype(float)
