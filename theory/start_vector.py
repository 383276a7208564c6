"""A start vector whose orbit under a real representation tells all states apart.

Small integer combinations of a basis of V^K are tried in a fixed order. Whether a vector separates the states is
decided exactly; floats only rank the candidates, by their least relative distance 1 − ⟨v_q, v⟩_M / ⟨v, v⟩_M.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..groups.exact_matrix import ExactMatrix
from .errors import RungError
from .group_action import acting_states
from .group_task import GroupTask
from .separating_irreps import Candidate

TRIES = 64  # coefficient vectors per irrep
_SMALL = (0, 1, -1, 2, -2, 3)


def start_vector(task: GroupTask, chosen: Sequence[Candidate]) -> ExactMatrix:
    """A vector of V_1^K ⊕ V_2^K ⊕ … whose stabiliser is exactly K: (Σ degrees, 1).

    Raises:
        RungError: if none of the vectors tried separates the states.
    """
    parts = [_best_in(task, candidate) for candidate in chosen]
    vector = ExactMatrix.vstack(parts)
    stuck = set.intersection(
        *(
            {q for q, g in enumerate(acting_states(task)) if c.rho(g) @ v == v}
            for c, v in zip(chosen, parts, strict=True)
        )
    )
    if len(stuck) != 1:
        names = [task.states[q] for q in sorted(stuck)]
        raise RungError(f"no start vector was found that tells the states {names} apart; tried {TRIES} per irrep")
    return vector


def _best_in(task: GroupTask, candidate: Candidate) -> ExactMatrix:
    """The integer combination of the fixed space's basis that separates most, then by the largest distance."""
    elements = [g for q, g in enumerate(acting_states(task)) if q not in candidate.unseparated]
    basis = candidate.fixed.to_numpy(float)  # (degree, m)
    form = candidate.rho.form.to_numpy(float)  # (degree, degree)
    moved = np.array([candidate.rho(g).to_numpy(float) for g in elements])  # (states, degree, degree)
    options = list(_coefficients(basis.shape[1]))
    if not elements:
        return candidate.fixed @ ExactMatrix.column(options[0])
    scores = [_distance(basis @ np.array(c), form, moved) for c in options]
    best = options[int(np.argmax(np.round(scores, 9)))]  # equal scores: the first, simplest one
    return candidate.fixed @ ExactMatrix.column(best)


def _distance(vector: NDArray[np.float64], form: NDArray[np.float64], moved: NDArray[np.float64]) -> float:
    dual = form @ vector  # (degree,)
    norm = float(vector @ dual)
    return float(1 - (np.einsum("qij,j->qi", moved, vector) @ dual / norm).max())


def _coefficients(size: int) -> Iterator[tuple[int, ...]]:
    """Non-zero small integer vectors: all of them for small sizes, then seeded draws."""
    if len(_SMALL) ** size <= 4 * TRIES:
        found = [c for c in product(_SMALL, repeat=size) if any(c)]
        yield from sorted(found, key=lambda c: (sum(map(abs, c)), c[::-1]))
        return
    draw = np.random.default_rng(size)
    for k in range(TRIES):
        c = draw.integers(-3 - k // 16, 4 + k // 16, size=size)
        if c.any():
            yield tuple(int(x) for x in c)
