"""Cones for every state and the last letters: the way for letters that merge states, see `exact_check.cones`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.effort import Effort, Watch
from ..certificates.spoken_of import stored
from ..exact_check import WALKED
from ..networks.float_network import FloatNetwork
from ..tubes.attempt import grid
from ..tubes.estimate import Estimate
from .descent import descended
from .limits import AHEAD, EFFORT, EFFORT_ON_BEST, SIZE, STEPS
from .nodes import Nodes, nodes_of
from .shapes import Radii, first_cones, lifted, of_tube, radii_of, widths_of

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True)
class Worst:
    """What a bound by cones is worst for.

    Attributes:
        state: whose cone is too wide, as an index.
        rival: the score that it might lose against.
        word: letters, as indices.
        drift: what the last letter adds,
        growth: and what it makes of the error before it, in the units of the cone.
    """

    state: int
    rival: int
    word: tuple[int, ...]
    drift: float
    growth: float


@dataclass(frozen=True, eq=False)
class Cones:
    """What was found.

    Attributes:
        nodes: where words are.
        back: P_v, (nodes, hidden, hidden).
        to: L_v, likewise.
        radii: how long they prove words right, to the rounding of floats.
    """

    nodes: Nodes
    back: Floats
    to: Floats
    radii: Radii

    def without_ball(self) -> float:
        """A length to claim where the ball does not check."""
        return radii_of(self.nodes, self.back, STEPS, settle=False).horizon

    def worst(self, length: int) -> Worst | None:
        """The word that the bound is worst for at a length, None where radii there are not too large."""
        network, prefix = self.nodes.network, self.nodes.prefix
        if not prefix < length <= prefix + STEPS:
            return None
        widths = widths_of(self.nodes, self.back)
        radii = [widths.first(self.nodes.begins)]
        for _ in range(prefix, length):
            radii.append(widths.step(radii[-1]))
        v = int(np.argmax(radii[-1] / widths.most))
        if not radii[-1][v] >= widths.most[v]:
            return None
        state, last, node, word = int(self.nodes.states[v]), -1, v, []
        for E in radii[-2::-1]:
            into = np.flatnonzero(widths.after == node)
            e = int(into[np.argmax(widths.along(E)[into])])
            last = e if last < 0 else last
            word.append(int(self.nodes.edges[1][e]))
            node = int(widths.before[e])
        here = np.flatnonzero(self.nodes.begins == node)
        j, letters = int(here[np.argmax(widths.begun[here])]), len(network.A)
        first = [j // letters**k % letters for k in range(prefix)]  # the last letter changes slowest
        rivals = np.flatnonzero(network.rivals[state])
        C = network.readouts[word[0] if len(network.readouts) > 1 else 0]
        D = (C[state] - C[rivals]) @ self.back[v]
        p = int(rivals[np.argmin(D[:, 0] - np.linalg.norm(D[:, 1:], axis=1) * radii[-1][v])])
        grown = float(radii[-2][widths.before[last]] * widths.growth[last])
        return Worst(state, p, (*first, *word[::-1]), float(widths.drift[last]), grown)

    def proof(self) -> dict[str, Any]:
        """The part of the certificate that was looked for; coordinates do not depend on the units of the letters."""
        found = {
            "states": self.nodes.states.tolist(),
            "next": self.nodes.following.ravel().tolist(),
            "begins": self.nodes.begins.tolist(),
            "to": stored(self.to),
            "from": stored(self.back),
        }
        if self.radii.ball is not None:
            found["ball"] = stored(self.radii.ball)
        return {"prefix": self.nodes.prefix, "cones": found}


@dataclass(frozen=True, eq=False)
class FirstCones:
    """Cones without a descent, whose first words have at most so many letters.

    Attributes:
        options: nodes that know more and more letters.
        starts: cones of each of them.
        best: those that prove most, None if none prove anything.
    """

    options: list[Nodes]
    starts: list[list[Floats]]
    best: Cones | None


def first_cones_of(
    network: FloatNetwork,
    tube: Estimate | None,
    effort: Effort,
    watch: Watch,
    unit: float = 0.0,
    spread: Floats | None = None,
) -> tuple[FirstCones, ...]:
    """Cones without a descent, for each length of first words that is tried.

    Args:
        network: weights and task.
        tube: the best tube that was found, whose codes and norms are one beginning.
        effort: how hard they are looked for.
        watch: ends it.
        unit: relative rounding of a step, 0 for exact arithmetic.
        spread: |A| as the code rounds it, if it is not |A| itself, (letters, hidden, hidden).
    """
    found: list[FirstCones] = []
    for longest in effort.prefixes:
        options = list(nodes_of(network, longest, unit, spread))
        starts = [_starts(nodes, tube) for nodes in options]
        best: Cones | None = None
        for nodes, made in zip(options, starts, strict=True):  # forgotten soon: nothing has to be improved
            if best is None or best.radii.ball is None:
                best = max([best, *(_rounded(nodes, P, STEPS) for P in made)], key=_horizon)
        found.append(FirstCones(options, starts, best))
        if watch.over or _horizon(best) == math.inf:
            break
    return tuple(found)


def best_of(first: Sequence[FirstCones]) -> Cones | None:
    """Those that prove most, None if none prove anything."""
    return max((cones.best for cones in first), key=_horizon, default=None)


def cones_of(first: Sequence[FirstCones], effort: Effort, watch: Watch) -> Cones | None:
    """The cones that prove most, or None if none were found: the first ones, and those that descents lead to."""
    best: Cones | None = None
    for cones in first:
        best = max(best, _descended(cones, effort.descent, watch), key=_horizon)
        if watch.over or _horizon(best) == math.inf:
            break
    return best


def _descended(first: FirstCones, descent: float, watch: Watch) -> Cones | None:
    options, starts, best = first.options, first.starts, first.best
    if (best is not None and best.radii.ball is not None) or not descent or watch.over:
        return best
    for nodes, made in zip(options[::-1], starts[::-1], strict=True):
        best = _better(best, nodes, made, nodes.prefix + AHEAD, EFFORT * descent, watch)
    if best is not None and best.radii.ball is None:
        for nodes in options[-1:]:
            assert best is not None
            same = nodes.memory == best.nodes.memory
            made = [best.back if same else lifted(best.back, best.nodes, nodes)]
            longest = int(min(_horizon(best), STEPS)) + AHEAD  # a round keeps all of its letters for the derivative
            best = _better(best, nodes, made, longest, EFFORT_ON_BEST * descent, watch)
    return best


def _better(
    best: Cones | None, nodes: Nodes, starts: list[Floats], longest: int, effort: float, watch: Watch
) -> Cones | None:
    """The best cones, or those that a descent finds if they prove more."""
    if best is not None and best.radii.ball is not None:
        return best
    size = nodes.following.size * nodes.network.A.shape[1] ** 3
    found = descended(nodes, starts, longest, int(effort * min(1.0, SIZE / size)), watch)
    return best if found is None else max(best, _rounded(nodes, found, WALKED), key=_horizon)


def _horizon(cones: Cones | None) -> float:
    return -1 if cones is None else cones.radii.horizon


def _starts(nodes: Nodes, tube: Estimate | None) -> list[Floats]:
    """Cones to begin with."""
    found = []
    try:
        found = list(first_cones(nodes))
        if tube is not None and tube.attempt.tilts is None and tube.horizon < STEPS:
            found.append(of_tube(nodes, tube.attempt, tube.radii(tube.horizon)))
    except np.linalg.LinAlgError:
        pass
    return found


def _rounded(nodes: Nodes, P: Floats, longest: int) -> Cones | None:
    """Coordinates as the certificate has them, and what they prove."""
    back = np.array([grid(matrix) for matrix in P])
    try:
        return Cones(nodes, back, grid(np.linalg.inv(back)), radii_of(nodes, back, longest))
    except np.linalg.LinAlgError:
        return None
