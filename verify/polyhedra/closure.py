"""Rays for every state that letters carry into the cones of these rays, in floats."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from ..certificates.first_words import FirstWords, Step, no_letters, with_a_letter
from ..certificates.limits import TINY
from ..networks.float_network import FloatNetwork
from .limits import (
    DEEP,
    DOMINANT,
    INSIDE,
    MOST_BEGUN,
    MOST_LOOPS,
    MOST_OF_A_CENTRE,
    MOST_ORBIT,
    MOST_RAYS,
    MOST_ROUNDS,
    MOST_TRIED,
    NEGATIVE,
    SAME,
)

Floats = NDArray[Any]  # of float64


def beginning(network: FloatNetwork, prefix: int, step: Step) -> FirstWords | None:
    """The words of so many letters; None if there are too many, or a state vanishes."""
    if len(network.A) ** prefix > MOST_BEGUN:
        return None
    words = no_letters(network, step)
    for _ in range(prefix):
        words = with_a_letter(words, network, step)
        if not np.isfinite(words.sizes).all() or not words.sizes.min() > TINY:
            return None
    return words


class Closure:
    """Rays of each state, to which those are added that letters lead to, until all of them are inside the cones.

    Attributes:
        rays: unit vectors of every state.
        sums: whether vectors inside a cone count, or only those that are rays themselves.
        lost: whether a ray was met on which a state loses; if nothing is widened, there are no closed cones at all.
    """

    def __init__(self, network: FloatNetwork, begun: FirstWords, sums: bool = True) -> None:
        self.network, self.sums = network, sums
        self.rays: list[list[Floats]] = [[] for _ in network.table]
        self.centres: dict[int, Floats] = {}  # of widened cones
        self.lost, self.tried, self.wider = False, 0, 0.0
        self.sizes = [float(np.abs(C).max()) for C in network.readouts]
        self.queue: list[tuple[int, Floats]] = []
        for q, vector in zip(begun.states, begun.vectors, strict=True):
            self.add(int(q), vector)

    def add(self, q: int, vector: Floats) -> None:
        """Add a unit vector that is not inside, a little farther out than it is."""
        if self.lost or self.contains(q, vector):
            return
        if self.wider:
            centre = self.centres.setdefault(q, vector)  # where no ray came before cones were widened
            vector = vector + self.wider * (vector - centre)
            vector = vector / np.linalg.norm(vector)
        self.rays[q].append(vector)
        self.queue.append((q, vector))

    def widen(self, by: float) -> None:
        """Begin again with cones around the mean directions of the rays, so wide that all of these are inside.

        Rays that cancel have no mean direction: no pointed cone holds them, and the closure is lost.
        """
        for q, own in enumerate(self.rays):
            if not own:
                continue
            mean = np.mean(own, axis=0)
            size = float(np.linalg.norm(mean))
            if not size > SAME:
                self.lost = True
                return
            mean = mean / size
            self.centres[q] = mean
            aside = np.linalg.svd(mean[None])[2][1:]
            self.rays[q] = [mean, *(mean + by * side for side in (*aside, *-aside))]
            self.rays[q] = [ray / np.linalg.norm(ray) for ray in self.rays[q]]
        self.wider = by / 4
        self.queue = [(q, ray) for q, own in enumerate(self.rays) for ray in own]

    def contains(self, q: int, vector: Floats) -> bool:
        """Whether a unit vector is inside the cone of a state, deep enough where cones are widened."""
        own = self.rays[q]
        if not own:
            return False
        V = np.array(own)
        if not self.wider and float(np.abs(V - vector).max(axis=1).min()) < SAME:
            return True
        if not self.sums:
            return False
        if self.wider:
            vector = vector + DEEP * self.wider * (vector - self.centres[q])
        self.tried += 1
        return _distance(V, vector) < INSIDE

    def images(self, q: int, vector: Floats) -> Iterator[tuple[int, Floats]]:
        """The next states and unit vectors under all letters; says whether a state loses."""
        for x, A in enumerate(self.network.A):
            moved, r = A @ vector, int(self.network.table[q, x])
            size = float(np.linalg.norm(moved))
            if not size > TINY:
                continue
            moved = moved / size
            k = x if len(self.network.readouts) > 1 else 0
            scores = self.network.readouts[k] @ moved
            rivals = scores[self.network.rivals[r]]
            self.lost |= bool(scores[r] - rivals.max() < -NEGATIVE * self.sizes[k])
            yield r, moved

    def gather(self) -> None:
        """Add images of the first rays for some rounds, so that every state that is reached has some."""
        for _ in range(len(self.rays)):
            newest, self.queue = self.queue, []
            for q, vector in newest:
                for r, moved in self.images(q, vector):
                    if len(self.rays[r]) < MOST_OF_A_CENTRE:
                        self.add(r, moved)

    def add_limits(self) -> None:
        """Add what powers of words converge to, from every state that is reached."""
        reached: dict[int, Floats] = {}
        waiting = [(q, own[0]) for q, own in enumerate(self.rays) if own]
        for q, vector in waiting:
            if q not in reached:
                reached[q] = vector
                waiting += list(self.images(q, vector))
        for q, vector in limits_of_loops(self.network, reached):
            if self.lost:
                break
            self.add(q, vector)

    def close(self) -> bool:
        """Add images until all are inside; whether that came to an end."""
        if self.lost:
            return False
        most = MOST_RAYS if self.sums else MOST_ORBIT
        for _ in range(MOST_ROUNDS):
            newest, self.queue = self.queue, []
            for q, vector in newest:
                for r, moved in self.images(q, vector):
                    self.add(r, moved)
                if self.lost or self.tried > MOST_TRIED:
                    return False
            if not self.queue:
                self.prune()
                return True
            if sum(map(len, self.rays)) > most:
                self.prune()
                if sum(map(len, self.rays)) > most:
                    return False
        return False

    def prune(self) -> None:
        """Leave out rays that are sums of others."""
        for own in self.rays if self.sums else ():
            for k in range(len(own) - 1, -1, -1):
                others = own[:k] + own[k + 1 :]
                if others and _distance(np.array(others), own[k]) < INSIDE:
                    del own[k]


def _distance(rays: Floats, vector: Floats) -> float:
    """From a vector to the cone of rays, (rays, hidden)."""
    try:
        return float(nnls(rays.T, vector)[1])
    except RuntimeError:  # no end of its iteration
        return math.inf


def limits_of_loops(network: FloatNetwork, reached: dict[int, Floats]) -> Iterator[tuple[int, Floats]]:
    """States, and unit vectors that powers of words which lead back to them converge to, from a state reached."""
    X, n = network.A.shape[:2]
    products, ends, looked_at = np.eye(n)[None], np.arange(len(network.table))[None], 0
    while looked_at + len(products) * X <= MOST_LOOPS:
        products = (network.A[:, None] @ products[None]).reshape(-1, n, n)
        products = products / np.maximum(np.abs(products).max(axis=(1, 2)), TINY)[:, None, None]
        ends = np.concatenate([network.table[row, x][None] for x in range(X) for row in ends])
        looked_at += len(products)
        for row, M in zip(ends, products, strict=True):
            here = [q for q in reached if row[q] == q]
            found = _dominant(M) if here else None
            if found is None:
                continue
            value, v, left = found
            for q in here:
                share = float(left @ reached[q])
                if abs(share) > INSIDE:
                    yield q, math.copysign(1.0, share) * v
                if abs(share) > INSIDE and value < 0:
                    yield q, -math.copysign(1.0, share) * v


def _dominant(M: Floats) -> tuple[float, Floats, Floats] | None:
    """The largest eigenvalue, if it is real and alone, its unit vector, and that of Mᵀ on the same side."""
    values, right = np.linalg.eig(M)
    order = np.argsort(-np.abs(values))
    top = values[order[0]]
    if top.imag != 0 or top == 0 or (len(M) > 1 and abs(values[order[1]]) >= abs(top) * (1 - DOMINANT)):
        return None
    others, left = np.linalg.eig(M.T)
    k = int(np.argmin(np.abs(others - top)))
    v, u = right[:, order[0]].real, left[:, k].real
    return float(top.real), v, u if float(u @ v) > 0 else -u
