"""Norms before the readout of a network to attack: drawn so that they leave its answers, and as they are defined.

With E (R h + a) = C h + d for every part, scores Σ (C h + d) / root are positive multiples of those before; noise and a
bias beside them then make another network, which a claim has to follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from bistate.models import NormedReadout
from flint import acb_mat, arb, arb_mat

from helpers.attack_drafts import Draft


@dataclass(frozen=True)
class Norms:
    """What stands behind norms, on real units; a complex one is the pair u, v.

    Attributes:
        parts: E, R, ε, centred and a, each.
        bias: beside the parts, (scores,).
        of_unit: whether the state is divided by its norm first.
    """

    parts: tuple[NormedReadout, ...]
    bias: np.ndarray
    of_unit: bool

    def balls(self, h: acb_mat, last: int, is_complex: bool) -> list[arb]:
        """Scores in balls of the precision of flint: of the state (hidden, 1) after a last letter."""
        entries = h.entries()
        units = [part for v in entries for part in ((v.real, v.imag) if is_complex else (v.real,))]
        square = sum((v * v for v in units), arb(0)) if self.of_unit else arb(1)
        scores = [arb(float(d)) for d in self.bias]
        for part in self.parts:
            y = [v + arb(float(a)) for v, a in zip(_times(part.rows, units), self._add(part), strict=True)]
            if part.centred:
                mean = sum(y, arb(0)) / len(y)
                y = [v - mean for v in y]
            root = (sum((v * v for v in y), arb(0)) / len(y) + arb(part.eps) * square).sqrt()
            E = part.weights if part.weights.ndim == 2 else part.weights[last]
            scores = [s + v / root for s, v in zip(scores, _times(E, y), strict=True)]
        return scores

    @staticmethod
    def _add(part: NormedReadout) -> np.ndarray:
        return np.zeros(part.units) if part.add is None else part.add


def _times(matrix: np.ndarray, vector: list[arb]) -> list[arb]:
    return list((arb_mat([[arb(float(v)) for v in row] for row in matrix]) * arb_mat([[v] for v in vector])).entries())


def draw_norms(net: Draft, is_complex: bool, single: bool) -> tuple[Norms, tuple[str, ...]]:
    """Norms for a network, and what they are."""
    random, done = net.random, ("norms",)
    C, d = net.C, np.broadcast_to(net.d, net.C.shape[:-1]) if net.d.ndim < net.C.ndim else net.d
    if d.ndim > C.ndim - 1:
        C = np.repeat(C[None], len(d), axis=0)
    rows = np.stack([C.real, -C.imag], axis=-1).reshape(*C.shape[:-1], -1) if is_complex else C
    both = np.concatenate([rows, d.real[..., None]], axis=-1)  # (…, scores, units + 1)
    centred, noise = bool(random.random() < 0.5), 10 ** random.uniform(-12, -2) * (random.random() < 0.4)
    parts = []
    for _ in range(int(random.integers(1, 3))):
        units = both.shape[-1] + int(random.integers(2, 4))
        M = random.integers(-2, 3, (units, both.shape[-1])) + 0.25 * random.standard_normal((units, both.shape[-1]))
        seen = M - M.mean(axis=0) if centred else M
        E = both @ np.linalg.pinv(seen)
        E = E + noise * random.standard_normal(E.shape) * np.abs(E).max()
        eps = float(10 ** random.uniform(-12, 0))
        add = None if net.normalize else M[:, -1]
        part = NormedReadout(E, M[:, :-1], eps, centred, add)
        if single:
            small = {k: np.float64(np.float32(getattr(part, k))) for k in ("weights", "rows")}
            part = replace(part, **small, add=None if add is None else np.float64(np.float32(add)))
        parts.append(part)
    bias = np.zeros(both.shape[-2])
    if random.random() < 0.3:
        bias = np.float64(np.float32(10 ** random.uniform(-4, 0.5) * random.standard_normal(len(bias))))
        done = (*done, "bias beside norms")
    done += ("noise behind norms",) * bool(noise) + ("centred",) * centred
    return Norms(tuple(parts), bias, net.normalize), done
