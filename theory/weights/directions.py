"""The hidden directions that words can reach.

Predictions do not change when h is multiplied by a positive number, so the network's future depends on the direction
of h alone. For exact solutions of a finite-group task the directions are finitely many, and the network *is* then a
finite automaton: its table decides every question about words of any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.compared_by_fields import ComparedByFields
from .network import Network
from .winners import Decision, winners

UNEXPLORED = -1  # no number of a direction
Key = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class DirectionGraph(ComparedByFields):
    """Directions reachable from h_0, in breadth-first order, and where each letter leads.

    Attributes:
        weights: the weights explored.
        vectors: one hidden vector per direction, as first reached, as columns: (hidden, directions).
        table: successor of each direction under each letter, −1 where unexplored: (directions, letters).
        depths: length of a shortest word to each direction.
        complete: whether every successor is known.
    """

    weights: Network
    vectors: ExactMatrix
    table: NDArray[np.int64]
    depths: tuple[int, ...]
    complete: bool

    @cached_property
    def logits(self) -> ExactMatrix:
        """C times every direction: (states, directions)."""
        return self.weights.readout @ self.vectors

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """For each direction the winning state and its exact lead over the next; a lead of 0 is a tie."""
        return winners(self.weights.readout, self.vectors)

    def predict_batch(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Predicted positions in `states` for words of letter positions: (batch, time) → (batch,)."""
        here = np.zeros(words.shape[0], dtype=np.int64)  # (batch,)
        for letters in words.T:  # (batch,)
            here = self.table[here, letters]
        winners = np.array([state for state, _ in self.decisions], dtype=np.int64)
        return winners[here]


def default_limit(weights: Network) -> int:
    """How many directions are explored unless told otherwise: 4 per state and at least 2000."""
    return max(2000, 4 * len(weights.states))


def explore(weights: Network, limit: int | None = None) -> DirectionGraph:
    """Find the directions level by level, one exact product per letter and level.

    Args:
        weights: exact weights.
        limit: stop when more directions than this are known; by default 4 per state and at least 2000.

    Returns:
        A graph that is `complete` if the directions were all found within the limit.
    """
    limit = default_limit(weights) if limit is None else limit
    conductor = lcm(weights.initial.conductor, *(m.conductor for m in weights.transitions))
    positions = {_direction(weights.initial, 0, conductor): 0}
    raw = {weights.initial.column_keys(conductor)[0]: 0}
    levels, table, depths = [weights.initial], list[list[int]](), [0]
    while len(table) < len(depths) <= limit:
        frontier = levels[-1]
        images = [matrix @ frontier for matrix in weights.transitions]  # each (hidden, frontier)
        rows, fresh = _place(images, positions, raw, conductor, len(depths))
        table += rows
        depths += [depths[-1] + 1] * len(fresh)
        if fresh:
            levels.append(ExactMatrix.hstack(images[k].submatrix(range(weights.hidden_size), [j]) for k, j in fresh))
    complete = len(table) == len(depths)
    table += [[UNEXPLORED] * len(weights.letters)] * (len(depths) - len(table))
    return DirectionGraph(weights, ExactMatrix.hstack(levels), np.array(table, dtype=np.int64), tuple(depths), complete)


def _place(
    images: Sequence[ExactMatrix],
    positions: dict[Key, int],
    raw: dict[Key, int],
    conductor: int,
    count: int,
) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Number the columns of A[x]·frontier: rows of the table, and (letter, column) of each new direction."""
    keys = [image.column_keys(conductor) for image in images]
    rows: list[list[int]] = []
    fresh: list[tuple[int, int]] = []
    for j in range(len(keys[0])):
        row = []
        for k, image in enumerate(images):
            key: Key = keys[k][j]
            if key not in raw:  # only then is it worth scaling: orthogonal weights come back to the same vectors
                direction = _direction(image, j, conductor)
                if direction not in positions:
                    positions[direction] = count + len(fresh)
                    fresh.append((k, j))
                raw[key] = positions[direction]
            row.append(raw[key])
        rows.append(row)
    return rows, fresh


def _direction(matrix: ExactMatrix, j: int, conductor: int) -> Key:
    """A key for column j up to positive factors: divided by the size of its first non-zero entry."""
    column = matrix.submatrix(range(matrix.shape[0]), [j])
    lead = next((entry for (entry,) in column.tolist() if entry), None)
    if lead is None or lead == 1 or lead == -1:
        return column.column_keys(conductor)[0]
    return (column * (lead.inverse() * lead.sign())).column_keys(conductor)[0]
