"""Cones to begin with: codes and functionals as averages along the edges, and forms that add up later errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import TINY
from ..exact_check.cones import SQUARINGS
from ..tubes.attempt import Attempt
from ..tubes.limits import BALL_GROWTH, LARGEST_BALL, LARGEST_FORM
from .following import GOES_ON, TOO_LARGE, walk
from .limits import FLOOR, FORM_ROUNDS, LETTERS, MOST_BALLS, MOST_WALKED, ROOM, SETTLING, SHARES, SPARED, STILL, WIDER
from .nodes import Nodes

Floats = NDArray[Any]  # of float64
Indices = NDArray[np.int64]
NEVER = 2**62  # a letter that no word has


@dataclass(frozen=True, eq=False)
class Radii:
    """How long cones prove words right.

    Attributes:
        horizon: a length, or infinity.
        ball: radii that no letter leaves, (nodes,), where it is infinite.
    """

    horizon: float
    ball: Floats | None = None


def first_cones(nodes: Nodes) -> Iterator[Floats]:
    """Coordinates P_v, (nodes, hidden, hidden): the code of a node and a basis of what its functional does not see."""
    for letters in LETTERS:
        found = _codes_and_functionals(nodes, letters)
        if found is None:
            continue
        codes, functionals = found
        for share in SHARES:
            P = _coordinates(nodes, codes, functionals, share)
            if P is not None:
                yield P


def _codes_and_functionals(nodes: Nodes, letters: int) -> tuple[Floats, Floats] | None:
    """Codes c_v, averages over words, and k_v, averages over the next letters, with k_v c_v = 1: (nodes, hidden)."""
    A, (v, x, w) = nodes.network.A, nodes.edges
    codes = np.zeros((len(nodes.states), A.shape[1]))
    np.add.at(codes, nodes.begins, nodes.vectors)
    for _ in range(nodes.prefix):  # further words: nodes that few words of the prefix lead to
        moved = np.einsum("eij,ej->ei", A[x], codes[v])
        moved /= np.maximum(np.linalg.norm(moved, axis=1), TINY)[:, None]
        new = np.zeros_like(codes)
        np.add.at(new, w, moved)
        sizes = np.linalg.norm(new, axis=1)[:, None]
        codes = np.where(sizes > 0, new / np.maximum(sizes, TINY), codes)
    lengths = np.linalg.norm(codes, axis=1)[:, None]
    if not lengths.min() > 0:
        return None
    codes = codes / lengths
    k = codes
    for _ in range(letters):
        pulled = np.einsum("eji,ej->ei", A[x], k[w])
        scales = (pulled * codes[v]).sum(axis=1)
        if not scales.min() > 0:
            return None
        k = (pulled / scales[:, None]).reshape(*nodes.following.shape, -1).mean(axis=1)
    return codes, k


def _coordinates(nodes: Nodes, codes: Floats, k: Floats, share: float) -> Floats | None:
    """P_v for the forms W = (what decides) + share · Σ_x BᵀWB, B a letter divided by the growth of the code."""
    A, n, (v, x, w) = nodes.network.A, codes.shape[1], nodes.edges
    aside = np.eye(n) - codes[:, :, None] * k[:, None, :]  # the error of a state, the scale divided out
    scales = np.einsum("ei,eij,ej->e", k[w], A[x], codes[v])
    at, rows = nodes.rivalries
    leads = (rows * codes[at]).sum(axis=1)
    if not (scales.min(initial=math.inf) > 0 and leads.min(initial=math.inf) > 0):
        return None
    B = aside[w] @ A[x] @ aside[v] / scales[:, None, None]
    seen = np.einsum("ri,rij->rj", rows / leads[:, None], aside[at])
    first = np.zeros((len(codes), n, n))
    np.add.at(first, at, seen[:, :, None] * seen[:, None, :])
    first += FLOOR * max(float(np.trace(first, axis1=1, axis2=2).mean()), TINY) / n * np.eye(n)
    W, largest = first, LARGEST_FORM * float(np.abs(first).max())
    for _ in range(FORM_ROUNDS):
        pulled = B.transpose(0, 2, 1) @ W[w] @ B
        W = first + share * pulled.reshape(*nodes.following.shape, n, n).sum(axis=1)
        if not np.abs(W).max() < largest:
            return None
    return _around(codes, k, W)


def _around(codes: Floats, k: Floats, W: Floats) -> Floats:
    """P_v: the code, and a basis of what k_v does not see in which the form W_v is the square of the 2-norm."""
    P = np.zeros_like(W)
    for node, (code, row) in enumerate(zip(codes, k, strict=True)):
        rest = np.linalg.svd(row[:, None])[0][:, 1:]  # orthonormal, killed by the functional
        root = np.linalg.cholesky(rest.T @ W[node] @ rest).T
        P[node] = np.concatenate([code[:, None], rest @ np.linalg.inv(root)], axis=1)
    return P


def of_tube(nodes: Nodes, attempt: Attempt, radii: Floats) -> Floats:
    """P_v around a tube: its codes, and the sum of the squares of its components, each divided by its radius."""
    codes = attempt.codes[nodes.states] @ attempt.back.T
    first = attempt.parts[0]
    along = np.zeros_like(codes)
    along[:, first] = attempt.codes[nodes.states][:, first]
    along /= np.maximum((along**2).sum(axis=1), TINY)[:, None]
    root = np.concatenate([attempt.to[p] / radius for p, radius in zip(attempt.parts, radii, strict=True)])
    return _around(codes, along @ attempt.to, np.repeat((root.T @ root)[None], len(codes), axis=0))


def lifted(P: Floats, coarse: Nodes, nodes: Nodes) -> Floats:
    """Cones of nodes that know more letters, from those of the same network that know fewer."""
    index = {key: v for v, key in enumerate(coarse.keys)}
    kept = coarse.memory
    return np.asarray(P[[index[q, word[len(word) - kept :]] for q, word in nodes.keys]])


@dataclass(frozen=True, eq=False)
class Widths:
    """The numbers of `exact_check.cones` in floats: what a letter does to radii, and how large they may be.

    Attributes:
        before, after: nodes of every edge, (edges,).
        kept: s_0.
        lost: ‖g‖.
        drift: ‖d‖.
        growth: ‖G‖, each (edges,).
        most: the largest radius that is decided rightly, (nodes,).
        begun: the radius of every word of the prefix, (words,), infinite where its scale is not positive.
    """

    before: Indices
    after: Indices
    kept: Floats
    lost: Floats
    drift: Floats
    growth: Floats
    most: Floats
    begun: Floats

    def along(self, E: Floats) -> Floats:
        """The radius after every edge, infinite where the scale may vanish, −1 for edges without a word."""
        radius = E[self.before]
        with np.errstate(all="ignore"):
            below = self.kept - self.lost * radius
            reached = np.where(below > 0, (self.drift + self.growth * radius) / below, np.inf)
        return np.where(radius < 0, -1.0, reached)

    def step(self, E: Floats) -> Floats:
        """The radii one letter later, (nodes,), −1 for nodes without a word."""
        moved = np.full(len(E), -1.0)
        np.maximum.at(moved, self.after, self.along(E))
        return moved

    def first(self, begins: Indices) -> Floats:
        """The radii after the prefix, (nodes,)."""
        E = np.full(len(self.most), -1.0)
        np.maximum.at(E, begins, self.begun)
        return E


def widths_of(nodes: Nodes, P: Floats) -> Widths:
    """The numbers of cones with the coordinates P, (nodes, hidden, hidden).

    Raises:
        LinAlgError: if coordinates have no inverse.
    """
    network, (v, x, w) = nodes.network, nodes.edges
    L = np.linalg.inv(P)
    G = L[w] @ network.A[x] @ P[v]
    growth = np.zeros(len(G))
    if P.shape[1] > 1:
        growth = np.linalg.norm(G[:, 1:, 1:], ord=2, axis=(1, 2))
    at, rows = nodes.rivalries
    D = np.einsum("ri,rij->rj", rows, P[at])
    most = np.full(len(P), LARGEST_BALL)
    with np.errstate(all="ignore"):
        read = 0.0
        if nodes.unit:  # of two logits
            seen = np.abs(network.C).max(axis=-2) if network.C.ndim == 2 else np.abs(network.C).max(axis=(0, 1))
            read = 2 * network.read_off(nodes.unit) * np.linalg.norm(np.abs(P[at]).transpose(0, 2, 1) @ seen, axis=1)
        most_of = (D[:, 0] - read) / (np.linalg.norm(D[:, 1:], axis=1) + read)
        np.minimum.at(most, at, np.nan_to_num(most_of, nan=0.0))
        z = np.einsum("wij,wj->wi", L[nodes.begins], nodes.vectors)
        off = np.einsum("wij,wj->wi", np.abs(L[nodes.begins]), nodes.off)
        scale, sizes = z[:, 0] - off[:, 0], np.linalg.norm(z[:, 1:], axis=1) + np.linalg.norm(off[:, 1:], axis=1)
        begun = np.where(scale > 0, sizes / scale, np.inf)
    lost, drift = np.linalg.norm(G[:, 0, 1:], axis=1), np.linalg.norm(G[:, 1:, 0], axis=1)
    if not nodes.unit:
        return Widths(v, w, G[:, 0, 0], lost, drift, growth, most, begun)
    rho = nodes.unit * np.linalg.norm(np.abs(L[w]) @ nodes.spread[x] @ np.abs(P[v]), axis=(1, 2))
    if network.even:
        moved = np.linalg.norm(network.A[x] @ P[v], axis=2).max(axis=1)
        rho += network.even * np.linalg.norm(np.abs(L[w]).sum(axis=2), axis=1) * moved
    return Widths(v, w, G[:, 0, 0] - rho, lost + rho, drift + rho, growth + rho, most, begun)


def radii_of(nodes: Nodes, P: Floats, most_letters: int, settle: bool = True) -> Radii:
    """What cones prove, to the rounding of floats; see `exact_check.cones`.

    Args:
        nodes: where words are.
        P: their coordinates, (nodes, hidden, hidden).
        most_letters: that are followed.
        settle: whether to look for radii that no letter leaves.

    Raises:
        LinAlgError: if coordinates have no inverse.
    """
    widths = widths_of(nodes, P)
    most, E = widths.most, widths.first(nodes.begins)
    loose = max(P.shape[1] - 1, 1) ** (1 / 2 ** (SQUARINGS + 2))  # the bound of the check on a norm, over the norm
    as_checked = replace(widths, growth=widths.growth * loose)
    steps = min(most_letters, MOST_WALKED // len(widths.before))
    highest, counts = E.copy(), np.array([nodes.prefix, nodes.prefix + steps, 0 if settle else NEVER, GOES_ON])
    numbers = widths.before, widths.after, widths.kept, widths.lost, widths.drift, widths.growth, most
    while counts[0] < nodes.prefix + steps:
        walk(*numbers, STILL, E, highest, counts)
        t, reason = int(counts[0]), counts[3]
        if reason == TOO_LARGE:
            return Radii(t)
        if reason == GOES_ON:
            break
        ball = _kept_ball(as_checked, highest, most)
        if ball is not None and (most > ball).all():
            return Radii(math.inf, ball)
        np.maximum(highest, E, out=highest)  # what has not settled for the check is looked at after twice as many
        counts[:] = t + 1, nodes.prefix + steps, 2 * t - nodes.prefix + 1, GOES_ON
    return Radii(nodes.prefix + steps)


def _kept_ball(widths: Widths, radii: Floats, most: Floats) -> Floats | None:
    """Radii that no letter leaves, from some that have nearly settled; None where they do not settle below `most`.

    The check knows growth and drift a little less exactly than floats do. So a letter is let in whose growth is larger
    by a share, as large a share as can be; and where letters shrink errors, multiples of the radii are kept as well,
    of which the middle one is taken: codes that are exact to 1e-10 settle at radii as small, where the rounding of
    coordinates counts.
    """
    for share in SPARED:
        kept: list[Floats] = []
        ball = _settled(widths, radii, 1 + share)
        room = BALL_GROWTH + share / 2  # larger radii lose more of the scale
        while ball is not None and (widths.step(ball) * room <= ball).all() and (most > ball).all():
            kept.append(ball)
            if len(kept) == MOST_BALLS:
                break
            ball = WIDER * ball
        if kept:
            return kept[(len(kept) - 1) // 2]
    return None


def _settled(widths: Widths, radii: Floats, factor: float) -> Floats | None:
    """Radii that are at least so many times those a letter later; None where none are found."""
    for _ in range(SETTLING):
        further = np.maximum(radii, factor * widths.step(radii))
        if not further.max() < LARGEST_BALL:
            return None
        if (radii * (1 + STILL) >= further).all():
            break
        radii = further
    return np.asarray(radii * (1 + ROOM) + ROOM * radii.max())
