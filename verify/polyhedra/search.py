"""Cones with finitely many rays, one for every state: the way where cones touch each other, see
`exact_check.polyhedra`.

Where letters lead to finitely many rays, as in monomial models, these are all there is. Else every closed cone that
words stay in holds the states after the first letters, what powers of loops converge to, and what letters make of
these. So such rays are gathered until letters lead to nothing new: if a state loses on one of them, some word is wrong,
and the search ends, as it soon does for most models. Otherwise rays that are rational with small denominators are
taken as such, and all others as they are, and everything is multiplied out. Where that does not do, since a model is
right with room to spare and its rays go on for ever, cones are made a little wider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from ..certificates.effort import Watch
from ..certificates.first_words import FirstWords, Step, step_of
from ..certificates.limits import TINY
from ..certificates.spoken_of import stored
from ..networks.float_network import FloatNetwork
from ..networks.whole_numbers import whole_matrix, whole_start
from .closure import Closure, beginning
from .limits import MOST_EDGES, MOST_HIDDEN, MOST_NUMBERS, MOST_WIDENED, PREFIXES, ROUNDED_UP, WIDENED
from .sums import Ray, sum_of, whole

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class Polyhedra:
    """What was found.

    Attributes:
        prefix: letters of the words at which cones begin.
        rays: whole numbers, of every state.
        sums: the rays that each image is a sum of: of every state, ray and letter.
        begins: those of the words of the prefix.
    """

    prefix: int
    rays: tuple[tuple[Ray, ...], ...]
    sums: tuple[tuple[int, ...], ...]
    begins: tuple[tuple[int, ...], ...]

    def proof(self) -> dict[str, Any]:
        """The part of the certificate that was looked for."""
        found = {
            "counts": [len(own) for own in self.rays],
            "rays": stored(np.array([ray for own in self.rays for ray in own], dtype=np.float64)),
            "sums": [list(named) for named in self.sums],
            "begins": [list(named) for named in self.begins],
        }
        return {"prefix": self.prefix, "polyhedra": found}


def polyhedra_of(
    network: FloatNetwork, watch: Watch, unit: float = 0.0, spread: Floats | None = None
) -> Polyhedra | None:
    """Cones that letters stay in; None if none are found.

    Args:
        network: weights and task.
        watch: ends it.
        unit: relative rounding of a step, 0 for exact arithmetic.
        spread: |A| as the code rounds it, if it is not |A| itself, (letters, hidden, hidden).
    """
    if network.A.size > MOST_NUMBERS or network.table.size > MOST_EDGES:
        return None
    step = step_of(network, unit, spread)
    for prefix in sorted({max(network.shortest - 1, prefix) for prefix in PREFIXES}):
        begun = beginning(network, prefix, step)
        if begun is None or watch.over:
            break
        for closed in _closed(network, begun, step):
            found = _exact(network, prefix, begun, step, closed)
            if found is not None:
                return found
    return None


def _closed(network: FloatNetwork, begun: FirstWords, step: Step) -> Iterator[Closure]:
    """Closed cones in floats, as narrow as can be and then wider; with rounding only these."""
    hidden = network.A.shape[1]
    closure = Closure(network, begun, sums=False)
    if closure.close() and not step.unit:
        yield closure
    if closure.lost or hidden > MOST_HIDDEN:
        return
    closure = Closure(network, begun)
    closure.add_limits()
    if closure.close() and not step.unit:
        yield closure
    if closure.lost or hidden > MOST_WIDENED:
        return
    for by in WIDENED:
        closure = Closure(network, begun)
        closure.add_limits()
        closure.gather()
        closure.widen(by)
        if closure.close():
            yield closure


def _exact(network: FloatNetwork, prefix: int, begun: FirstWords, step: Step, closure: Closure) -> Polyhedra | None:
    """The same in whole numbers, None if some image is not inside."""
    rays = tuple(tuple(map(whole, own)) for own in closure.rays)
    unit = [np.array(own, dtype=np.float64) for own in rays]
    unit = [own / np.linalg.norm(own, axis=1, keepdims=True) if len(own) else own for own in unit]
    matrices = [whole_matrix(A)[0] for A in network.A]
    sums, begins = [], []
    for q, own in enumerate(rays):
        for ray, vector in zip(own, unit[q], strict=True):
            for x, A in enumerate(matrices):
                r, off = int(network.table[q, x]), None
                if step.unit:
                    moved = network.A[x] @ vector
                    added = step.unit * (step.wide[x] @ np.abs(vector)) + network.even * np.abs(moved).max()
                    off = ROUNDED_UP * added / max(float(np.linalg.norm(moved)), TINY)
                named = sum_of(rays[r], unit[r], A * fmpz_mat([[v] for v in ray]), off)
                if named is None:
                    return None
                sums.append(tuple(named))
    words = _words(network, prefix, matrices)
    for q, vector, added in zip(begun.states, words, begun.off, strict=True):
        named = sum_of(rays[q], unit[q], vector, ROUNDED_UP * added if step.unit else None)
        if named is None:
            return None
        begins.append(tuple(named))
    return Polyhedra(prefix, rays, tuple(sums), tuple(begins))


def _words(network: FloatNetwork, prefix: int, matrices: list[fmpz_mat]) -> list[fmpz_mat]:
    """The states after words of so many letters, times powers of two, the last letter changing slowest."""
    found = [whole_start(network)]
    for _ in range(prefix):
        found = [A * vector for A in matrices for vector in found]
    return found
