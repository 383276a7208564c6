"""The numbers of lemma 9 in floats, and the horizon that they cover.

The formulas are repeated here and not imported from the check, so that an error on one side is no error on the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import TINY
from ..exact_check.responses import MOST_MULTIPLIED, MOST_WORDS
from ..networks.float_network import FloatNetwork
from ..tubes.attempt import Attempt
from ..tubes.bounds import Beginning, Steps, beginning_of, decisions_of, steps_of
from ..tubes.decisions import Decisions
from .limits import CLEAR, LONGEST, MOST_FOLLOWED

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True)
class Reach:
    """How many letters are multiplied out.

    Attributes:
        rows: before a decision.
        vectors: after a drift.
        products: between a drift and a decision, at most `rows`.
    """

    rows: int
    vectors: int
    products: int


def reach_of(network: FloatNetwork, numbers: float, prefix: int) -> Reach:
    """As many letters as so many numbers allow; `prefix` is the length of the words that bounds begin with."""
    letters, (states, scores) = len(network.A), network.rivals.shape
    n = network.A.shape[1]
    starts = max(states * letters, letters**prefix)
    rows = _longest(letters, min(2 * numbers / (scores * max(scores, n)), MOST_WORDS), scores * max(scores, n) * n)
    vectors = _longest(letters, numbers / (starts * n), starts * n * n)
    products = _longest(letters, numbers / (states * letters * scores), states * letters * scores * n)
    return Reach(rows, vectors, min(rows, products))


def _longest(letters: int, words: float, each: float) -> int:
    """The most letters of words of which all, the shorter ones as well, are at most so many, of so many products."""
    most, length = min(words, MOST_MULTIPLIED / each), 0
    while length < LONGEST and sum(letters**i for i in range(length + 2)) <= most:
        length += 1
    return length


class Responses:
    """The bounds of one attempt, of one component and without contexts.

    Args:
        attempt: coordinates and codes.
        network: weights and task, scores linear in the state, one readout.
        reach: how many letters are multiplied out.

    Raises:
        LinAlgError: if a scale of the attempt is not positive.
    """

    def __init__(self, attempt: Attempt, network: FloatNetwork, reach: Reach) -> None:
        self.attempt, self.network, self.reach = attempt, network, reach
        self.steps: Steps = steps_of(attempt, network, 0.0, None)
        self.beginning: Beginning = beginning_of(attempt, network, 0.0)
        self.decisions: Decisions = decisions_of(attempt, network, 0.0)
        self.states = np.unique(np.append(np.flatnonzero(network.reached()), network.start))
        sizes = np.linalg.norm(self.steps.G, 2, axis=(1, 2))
        self.growth = sizes[:, None] / attempt.scales  # (letters, states)

    @cached_property
    def horizon(self) -> int:
        """The most letters for which all decisions are right."""
        prefix = self.beginning.prefix
        if self.beginning.most < math.inf or not np.isfinite(self.beginning.errors).all():
            return int(min(self.beginning.most, prefix))
        lead = self.decisions.lead
        asked = self.network.rivals & np.isfinite(lead)
        taken = np.zeros_like(lead)
        for t in range(1, MOST_FOLLOWED + 1):
            taken = taken + self._gained(t - 1)
            left = lead - taken - self._met(self.E, t)
            if not (left[asked] > CLEAR * lead[asked]).all():
                return prefix + t - 1
        return prefix + MOST_FOLLOWED

    def parts(self, length: int) -> dict[str, Floats]:
        """What is taken from the leads after words of a length, by where it comes from, each (states, scores)."""
        t, known = max(length - self.beginning.prefix, 0), len(self.X)
        nothing = np.zeros_like(self.decisions.lead)
        return {
            "drifts of the last letters": sum((self.X[j] for j in range(min(t, known))), nothing),
            "drifts of letters before": sum((self._gained(j) for j in range(known, t)), nothing),
            "errors of the first words": self._met(self.E, t),
        }

    def _gained(self, j: int) -> Floats:
        """What a drift takes from the leads, j letters later."""
        return self.X[j] if j < len(self.X) else self._met(self.V, j)

    @cached_property
    def V(self) -> list[Floats]:
        """Of drifts."""
        drift, turns = self.steps.drift[:, self.states], self.steps.turns[self.states].T
        return self._flights(drift.reshape(-1, drift.shape[-1]), turns.ravel())

    @cached_property
    def E(self) -> list[Floats]:
        """Of the words that bounds begin with."""
        return self._flights(self.beginning.errors, self.beginning.states)

    @cached_property
    def K(self) -> list[Floats]:
        """Norms ‖(D_q − D_p) Φ‖ by r, q and p."""
        return self._rows[0]

    @cached_property
    def X(self) -> list[Floats]:
        """Products with drifts, by q and p."""
        return self._rows[1]

    def _flights(self, vectors: Floats, states: NDArray[np.int64]) -> list[Floats]:
        """The largest norms by state, after as many letters as are multiplied out."""
        table, scales, found = self.network.table, self.attempt.scales, []
        for j in range(self.reach.vectors + 1):
            if j:
                moved = [vectors @ G.T / scales[x][states][:, None] for x, G in enumerate(self.steps.G)]
                vectors, states = np.concatenate(moved), np.concatenate([table[states, x] for x in range(len(moved))])
            sizes = np.zeros(len(table))
            np.maximum.at(sizes, states, np.linalg.norm(vectors, axis=1))
            found.append(sizes)
        return found

    def _by_norms(self, sizes: Floats) -> Floats:
        longer = np.zeros_like(sizes)
        for x, grown in enumerate(self.growth):
            np.maximum.at(longer, self.network.table[self.states, x], (grown * sizes)[self.states])
        return longer

    def _met(self, sizes: list[Floats], j: int) -> Floats:
        """Rows times vectors, j letters apart; further sizes are bounded by norms."""
        while len(sizes) <= j:
            sizes.append(self._by_norms(sizes[-1]))
        i = min(self.reach.rows, j)
        return np.asarray((self.K[i] * sizes[j - i][:, None, None]).max(axis=0))

    @cached_property
    def _rows(self) -> tuple[list[Floats], list[Floats]]:
        table, scales, (D,) = self.network.table, self.attempt.scales, self.decisions.D
        states, scores = len(table), len(D)
        into: list[list[tuple[int, int]]] = [[] for _ in range(states)]
        for x in range(len(scales)):
            for q in self.states:
                into[table[q, x]].append((x, q))
        drifts = [np.array([self.steps.drift[pair] for pair in pairs]) for pairs in into]
        words = [(D, np.arange(states), np.ones(states))]
        norms, products = [], []
        for i in range(self.reach.rows + 1):
            K, X = np.zeros((states, states, scores)), np.zeros((states, scores))
            for W, aims, parts in words:
                gram = W @ W.T
                own = gram.diagonal()
                for r in self.states:
                    q = aims[r]
                    square = own[q] + own - 2 * gram[q]
                    np.maximum(K[r, q], np.sqrt(np.maximum(square, TINY)) / parts[r], out=K[r, q])
                    if i <= self.reach.products and into[r]:
                        values = drifts[r] @ W.T
                        np.maximum(X[q], (values - values[:, [q]]).max(axis=0) / parts[r], out=X[q])
            norms.append(K)
            if i <= self.reach.products:
                products.append(X)
            if i < self.reach.rows:
                words = [
                    (W @ G, aims[table[:, x]], parts[table[:, x]] * scales[x])
                    for W, aims, parts in words
                    for x, G in enumerate(self.steps.G)
                ]
        return norms, products
