"""The radii of a word's letters and how the worst of them depends on the cones, in compiled code.

A descent follows up to a thousand letters in each of its rounds, and a letter is a dozen numbers: as operations of
torch it took half a millisecond. The recursion and its derivative are written out here, letter by letter.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import FunctionCtx

from ...models.recurrence.compiled_blocks import compiled
from .limits import BELOW, EXPLODED, FAINT, SHARPNESS

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Edges = tuple[Indices, Indices]  # the nodes before and after each edge, (edges,)
DECIDED = math.log(1 - BELOW)  # how much of a scale may be lost
GOES_ON, TOO_LARGE, SETTLED = 0, 1, 2  # why a walk ended: at its last letter, or before

_precise = partial(compiled, fast=False)  # the derivative looks for the edges whose radius a node has, bit for bit


@_precise
def follow(
    before: Indices,
    after: Indices,
    drift: Floats,
    growth: Floats,
    lost: Floats,
    taken: Floats,
    path: Floats,
    count: Indices,
) -> None:
    """Radii E_{t+1}(w) = max over edges v → w of (drift + growth E_t(v)) / max(1 − lost E_t(v), BELOW).

    Nodes before and after each edge, drift, growth and lost are (edges,), taken is (nodes,), see `Follower.loss`. The
    path, (letters + 1, nodes), has E_0 in its first row, and the others are written. The count, (1,), becomes the
    letters that were followed: fewer once radii are too large or have settled.
    """
    for t in range(len(path) - 1):
        count[0] = t + 1
        for v in range(path.shape[1]):
            path[t + 1, v] = FAINT
        for e in range(len(before)):
            E = path[t, before[e]]
            value = (drift[e] + growth[e] * E) / max(1 - lost[e] * E, BELOW)
            path[t + 1, after[e]] = max(path[t + 1, after[e]], value)
        worst, moved = 0.0, 0.0
        for v in range(path.shape[1]):
            worst = max(worst, path[t + 1, v] * taken[v])
            moved = max(moved, abs(path[t + 1, v] - path[t, v]))
        if worst > EXPLODED or moved < FAINT:
            break


@_precise
def soft_maximum(before: Indices, lost: Floats, taken: Floats, path: Floats, others: Floats, value: Floats) -> None:
    """Log Σ exp(s · term) / s over log(E_t taken) and log(lost E_{t-1} / (1 − BELOW)), t ≥ 1, and the other terms.

    The path has the rows alone that were followed. The value, (1,), is written.
    """
    top = -1e300
    for k in range(len(others)):
        top = max(top, others[k])
    for t in range(1, len(path)):
        for v in range(path.shape[1]):
            top = max(top, math.log(path[t, v] * taken[v]))
        for e in range(len(before)):
            top = max(top, math.log(max(lost[e] * path[t - 1, before[e]], FAINT)) - DECIDED)
    total = 0.0
    for k in range(len(others)):
        total += math.exp(SHARPNESS * (others[k] - top))
    for t in range(1, len(path)):
        for v in range(path.shape[1]):
            total += math.exp(SHARPNESS * (math.log(path[t, v] * taken[v]) - top))
        for e in range(len(before)):
            term = math.log(max(lost[e] * path[t - 1, before[e]], FAINT)) - DECIDED
            total += math.exp(SHARPNESS * (term - top))
    value[0] = top + math.log(total) / SHARPNESS


@_precise
def derivative(
    before: Indices,
    after: Indices,
    drift: Floats,
    growth: Floats,
    lost: Floats,
    taken: Floats,
    path: Floats,
    value: Floats,
    drifts: Floats,
    growths: Floats,
    losts: Floats,
    takens: Floats,
    starts: Floats,
) -> None:
    """Derivatives of `soft_maximum`, from the last letter to the first; edges that share a node's radius share its own.

    Zeros are given for the derivatives by drift, growth, lost, taken and the first row of the path, and are added to.
    """
    nodes = path.shape[1]
    own, earlier = np.zeros(nodes), np.zeros(nodes)
    ties = np.zeros(nodes)
    for t in range(len(path) - 1, 0, -1):
        for v in range(nodes):
            weight = math.exp(SHARPNESS * (math.log(path[t, v] * taken[v]) - value[0]))
            own[v] += weight / path[t, v]
            takens[v] += weight / taken[v]
            ties[v] = 1.0 if path[t, v] == FAINT else 0.0
            earlier[v] = 0.0
        for e in range(len(before)):
            E = path[t - 1, before[e]]
            if (drift[e] + growth[e] * E) / max(1 - lost[e] * E, BELOW) == path[t, after[e]]:
                ties[after[e]] += 1.0
        for e in range(len(before)):
            E = path[t - 1, before[e]]
            used = lost[e] * E
            below = max(1 - used, BELOW)
            through = 0.0  # the derivative by what is used
            if (drift[e] + growth[e] * E) / below == path[t, after[e]]:
                share = own[after[e]] / ties[after[e]]
                drifts[e] += share / below
                growths[e] += share * E / below
                earlier[before[e]] += share * growth[e] / below
                if 1 - used >= BELOW:
                    through += share * path[t, after[e]] / below
            if used >= FAINT:
                through += math.exp(SHARPNESS * (math.log(used) - DECIDED - value[0])) / used
            losts[e] += through * E
            earlier[before[e]] += through * lost[e]
        for v in range(nodes):
            own[v] = earlier[v]
    for v in range(nodes):
        starts[v] = own[v]


@_precise
def walk(
    before: Indices,
    after: Indices,
    kept: Floats,
    lost: Floats,
    drift: Floats,
    growth: Floats,
    most: Floats,
    still: float,
    radii: Floats,
    highest: Floats,
    counts: Indices,
) -> None:
    """Letters of `Widths.step`, until a radius is not below the largest one, or all have settled.

    The numbers up to the largest radii are those of `Widths`. Radii have settled where they are above the highest ones
    before by a share of `still` at most. Radii, (nodes,), become those of the last letter, the highest ones those of
    all letters before it. The counts are the letter to begin with, the one to end before, the one from which radii may
    have settled, and GOES_ON; the first becomes the last letter that was followed, the fourth why it ended.
    """
    nodes, moved = len(radii), np.empty(len(radii))
    first, end, again = counts[0], counts[1], counts[2]
    for t in range(first, end):
        counts[0] = t
        for v in range(nodes):
            moved[v] = -1.0
        for e in range(len(before)):
            radius, reached = radii[before[e]], -1.0
            if not radius < 0:
                below = kept[e] - lost[e] * radius
                reached = (drift[e] + growth[e] * radius) / below if below > 0 else np.inf
            moved[after[e]] = max(moved[after[e]], reached)
        settled = t >= again
        for v in range(nodes):
            radii[v] = moved[v]
            if not most[v] > moved[v]:
                counts[3] = TOO_LARGE
            settled = settled and highest[v] * (1 + still) >= moved[v] and highest[v] >= 0
        if counts[3] == TOO_LARGE:
            return
        if settled:
            counts[3] = SETTLED
            return
        for v in range(nodes):
            highest[v] = max(highest[v], radii[v])


class Followed(torch.autograd.Function):
    """`soft_maximum` of the letters that `follow` follows, for torch."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        drift: Tensor,
        growth: Tensor,
        lost: Tensor,
        taken: Tensor,
        start: Tensor,
        others: Tensor,
        edges: Edges,
        letters: int,
    ) -> Tensor:
        """The soft maximum, a number; its derivatives are made at once.

        Args:
            ctx: keeps the derivatives.
            drift: of each edge, see `follow`, as are the next three.
            growth: (edges,).
            lost: (edges,).
            taken: (nodes,).
            start: E_0, (nodes,).
            others: further terms of the maximum.
            edges: nodes before and after.
            letters: most of them that are followed.
        """
        given = [np.ascontiguousarray(part.detach().numpy()) for part in (drift, growth, lost, taken)]
        path, count, value = np.empty((max(letters, 0) + 1, len(start))), np.zeros(1, dtype=np.int64), np.empty(1)
        path[0] = start.detach().numpy()
        terms = np.ascontiguousarray(others.detach().numpy())
        follow(*edges, *given, path, count)
        path = path[: count[0] + 1]
        soft_maximum(edges[0], given[2], given[3], path, terms, value)
        found = [np.zeros_like(part) for part in (*given, path[0])]
        derivative(*edges, *given, path, value, *found)
        found.append(np.exp(SHARPNESS * (terms - value[0])))
        ctx.save_for_backward(*map(torch.from_numpy, found))
        return torch.tensor(value[0], dtype=drift.dtype)

    @staticmethod
    def backward(ctx: Any, *given: Tensor) -> tuple[Tensor | None, ...]:
        """The derivatives times the given one."""
        return (*(given[0] * part for part in ctx.saved_tensors), None, None)
