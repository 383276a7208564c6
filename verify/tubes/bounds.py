"""The numbers of a tube, in floats: the same bounds as the lemmas of `exact_check` have, without directed rounding.

The formulas are repeated here and not imported, so that an error on one side is no error on the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import LONGEST_PREFIX, MOST_WORDS, TINY
from ..certificates.short_words import decided
from ..networks.float_network import FloatNetwork
from .attempt import Attempt
from .decisions import Decisions, decoder_decisions
from .limits import LARGE_SLACK, MANY_NUMBERS, MOST_PREFIX_WORDS, PREFIX_WORDS, SLACK, SMALL
from .norms import spectral_norms

Floats = NDArray[Any]  # of float64
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Steps:
    """What a letter does to the error: ε' ≤ M ε + η, by components.

    Attributes:
        G: the letters in the coordinates, one matrix per edge, (edges, hidden, hidden).
        turns: δ(q, x) for all edges, (states, edges).
        drift: by edge and state, (edges, states, hidden).
        slack: rounding of a code, by edge, component and state, (edges, components, states).
        M: (components, components).
        eta: η, (components,).
    """

    G: Floats
    turns: Indices
    drift: Floats
    slack: Floats
    M: Floats
    eta: Floats

    def affine(self, tau: Floats | None = None, mu: float = 0.0) -> Floats:
        """The matrix that moves (ε, W, 1) by one letter: ε' = M ε + η, W' = W + τ ε + μ."""
        K = len(self.eta)
        step = np.eye(K + 2)
        step[:K, :K], step[:K, -1], step[K, -1] = self.M, self.eta, mu
        if tau is not None:
            step[K, :K] = tau
        return step


@dataclass(frozen=True, eq=False)
class Beginning:
    """The words that are multiplied out.

    Attributes:
        prefix: their length.
        most: the longest length that any bound may reach, infinite unless a word was not read out rightly.
        errors: of all words, (words, hidden).
        states: that they lead to, (words,).
        contexts: that they end in, (words,).
        epsilon: the largest error, by components, (components,).
    """

    prefix: int
    most: float
    errors: Floats
    states: Indices
    contexts: Indices
    epsilon: Floats


def steps_of(attempt: Attempt, network: FloatNetwork, unit: float, spread: Floats | None) -> Steps:
    """Norms and drift of all letters.

    Args:
        attempt: coordinates and codes.
        network: the weights.
        unit: relative rounding of a step, 0 for exact arithmetic.
        spread: |A| as the code rounds it, if it is not |A| itself, (letters, hidden, hidden).

    Raises:
        LinAlgError: if a scale is not positive.
    """
    A, c, scales, parts = network.A, attempt.codes, attempt.scales, attempt.parts
    v, letter, after = attempt.edges(len(A))
    turns = network.table[:, letter]
    if not scales.min() > 0:  # rounded to 0 beside much larger ones
        raise np.linalg.LinAlgError("a scale is not positive")
    G = attempt.turned_back(attempt.turned((attempt.to @ A @ attempt.back)[letter], after, -1), v)
    rounding = None
    if unit:
        wide, fine = np.abs(attempt.to), unit - network.coarse
        plain = fine * (wide @ (np.abs(A) if spread is None else spread) @ np.abs(attempt.back))
        moved = np.abs(A @ attempt.back)
        plain = plain + network.coarse * (wide @ moved)
        rounding = attempt.turned_back(attempt.turned(plain[letter], after, 1, True), v, True)
    rest, even = rounding, _even(attempt, network) if network.even else None
    if even is not None:
        rounding = even[0] if rounding is None else rounding + even[0]
    drift = c @ G.transpose(0, 2, 1) / scales[..., None] - c[turns.T]  # (edges, states, hidden)
    if attempt.way == "exact codes":  # what is left is the rounding of this line
        drift = np.zeros_like(drift)
    K, least = len(attempt.sizes), scales.min(axis=1)
    M, eta = np.zeros((K, K)), np.zeros(K)
    slack = np.zeros((len(G), K, len(c)))
    for k in range(K):
        for m in range(K):
            sizes = _norms(attempt, G[:, parts[k], parts[m]], k, m)
            if rounding is not None:
                sizes = sizes + np.linalg.norm(rounding[:, parts[k], parts[m]], axis=(1, 2))
            M[k, m] = (sizes / least).max()
        if rest is not None:
            piece = np.abs(c) @ rest[:, parts[k]].transpose(0, 2, 1) / scales[..., None]
            slack[:, k] = attempt.size(piece, k)
        if even is not None:
            slack[:, k] += attempt.size(even[1][:, parts[k]], k)[:, None] * even[2] / scales
        eta[k] = (attempt.size(drift[:, :, parts[k]], k) + slack[:, k]).max()
    return Steps(G, turns, drift, slack, M, eta)


def _even(attempt: Attempt, network: FloatNetwork) -> tuple[Floats, Floats, Floats]:
    """Where an entry may be off by σ of the largest one, by edge: its Γ, the column σ |U L| 1, and max |A P c_q|."""
    v, letter, after = attempt.edges(len(network.A))
    moved = (network.A @ attempt.back)[letter]
    lift = network.even * np.abs(attempt.to).sum(axis=1)[None, :, None]
    lift = attempt.turned(np.broadcast_to(lift, (len(letter), *lift.shape[1:])), after, 1, True)
    row = attempt.turned_back(np.abs(moved).max(axis=1)[:, None], v, True)
    tall = np.abs(attempt.turned_back(moved, v) @ attempt.codes.T).max(axis=1)  # (edges, states)
    return lift @ row, lift[..., 0], tall


def _norms(attempt: Attempt, blocks: Floats, k: int, m: int) -> Floats:
    """Norms of blocks (letters, rows, columns) from component m to k, as `exact_check` bounds them."""
    if attempt.norms[m] == "l1":
        return np.asarray(attempt.size(blocks.transpose(0, 2, 1), k).max(axis=1))
    frobenius = np.linalg.norm(blocks, axis=(1, 2))
    if attempt.norms[k] == "l1":
        return np.asarray(frobenius * math.sqrt(attempt.sizes[k]))
    slack = LARGE_SLACK if max(blocks.shape[1:]) > SMALL else 1.0 if k == m else SLACK  # of the bound in the check
    return np.asarray(np.minimum(frobenius, spectral_norms(blocks) * slack))


def beginning_of(attempt: Attempt, network: FloatNetwork, unit: float) -> Beginning:
    """The errors of all words of the prefix, which is as long as `limits.PREFIX_WORDS` words allow."""
    A = network.A
    vectors, states = network.unit_start[None], np.array([network.start])
    prefix, most = 0, math.inf
    contexts = np.zeros(1, dtype=np.int64)
    off = network.even * np.abs(vectors).max() * np.ones_like(vectors)  # of states of whole numbers
    if not decided(network, vectors, states, 0):
        most = -1
    limit = max(PREFIX_WORDS, min(len(A) ** network.shortest, MOST_WORDS))  # where bounds may begin
    if A.size <= MANY_NUMBERS:  # two letters, unless that is too much work for the check
        limit = max(limit, min(len(A) ** 2, MOST_PREFIX_WORDS))
    while len(vectors) * len(A) <= limit and prefix < LONGEST_PREFIX and most == math.inf:
        before = vectors, states, contexts, off
        vectors = (vectors @ A.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(-1, A.shape[1])
        sizes = np.maximum(np.linalg.norm(vectors, axis=1), TINY)[:, None]
        if network.even:
            grown = (off @ np.abs(A).transpose(0, 2, 1)).transpose(1, 0, 2).reshape(-1, A.shape[1])
            off = (grown + network.even * (np.abs(vectors) + grown).max(axis=1)[:, None]) / sizes
        else:
            off = np.repeat(off, len(A), axis=0)
        vectors /= sizes
        states = network.table[states].ravel()
        contexts = ((contexts * len(A))[:, None] + np.arange(len(A))).ravel()
        if not decided(network, vectors, states, prefix + 1):  # no horizon goes beyond
            most = prefix
            vectors, states, contexts, off = before
            break
        prefix += 1
    if prefix < attempt.memory:
        most = min(most, prefix)  # no context is complete
    contexts %= 1 if attempt.tilts is None else len(attempt.tilts)
    z = attempt.turned((vectors @ attempt.to.T)[..., None], contexts, -1)[..., 0]
    c, first = attempt.codes[states], attempt.parts[0]
    along = (z[:, first] * c[:, first]).sum(axis=1) / np.maximum((c[:, first] ** 2).sum(axis=1), TINY)
    with np.errstate(all="ignore"):
        errors = np.where(along[:, None] > 0, z / along[:, None] - c, np.inf)
        if attempt.way == "exact codes":  # what is left is the rounding of this line
            errors = np.zeros_like(z)
        wide = (np.abs(vectors) @ np.abs(attempt.to).T)[..., None]
        wide = (4 * prefix + 4) * unit * wide + (off @ np.abs(attempt.to).T)[..., None]
        noise = attempt.turned(wide, contexts, 1, True)[..., 0]
        noise = noise / np.abs(along)[:, None]
    epsilon = np.array(
        [(attempt.size(errors[:, p], k) + attempt.size(noise[:, p], k)).max() for k, p in enumerate(attempt.parts)]
    )
    return Beginning(prefix, most, errors, states, contexts, epsilon)


def decisions_of(attempt: Attempt, network: FloatNetwork, unit: float) -> Decisions:
    """Leads and what takes from them, the worst of all contexts and last letters."""
    if network.decoder is not None:
        return decoder_decisions(attempt, network)
    if network.norms:
        return _normed_decisions(attempt, network)
    read = network.read_off(unit)
    c, tilts, parts = attempt.codes, attempt.tilts, attempt.parts
    readouts: list[Floats] = []
    lead, factor, extra = [], [], []
    last = range(len(network.readouts))
    places = [(0, x) for x in last] if tilts is None else [(v, v % len(network.A)) for v in range(len(tilts))]
    for v, x in places:
        C = network.readouts[x if len(last) > 1 else 0]
        D = attempt.turned_back(C @ attempt.back, v)
        readouts.append(D)
        logits = D @ c.T  # (scores, states)
        lead.append(np.diag(logits)[:, None] - logits.T)  # [q, p]: (D_q − D_p) c_q
        difference = D[: len(c), None] - D[None]
        factor.append(np.stack([attempt.dual(difference[..., p], k) for k, p in enumerate(parts)], axis=-1))
        extra.append(np.zeros_like(factor[-1]))
        if unit:
            wide = read * np.abs(C) @ np.abs(attempt.back)
            wide = attempt.turned_back(wide, v, True)
            both = wide[: len(c), None] + wide[None]
            lead[-1] = lead[-1] - np.einsum("qpi,qi->qp", both, np.abs(c))
            extra[-1] = np.stack([attempt.dual(both[..., p], k) for k, p in enumerate(parts)], axis=-1)
        never = ~network.reached(x if len(last) > 1 else None)  # states that no word leads to need no lead
        lead[-1][never], factor[-1][never], extra[-1][never] = np.inf, 0, 0
    total = np.max([f + e for f, e in zip(factor, extra, strict=True)], axis=0)
    return Decisions(readouts, np.min(lead, axis=0), total, np.max(extra, axis=0))


def _normed_decisions(attempt: Attempt, network: FloatNetwork) -> Decisions:
    """The same where scores stand behind norms, without rounding."""
    c, tilts, parts, n = attempt.codes, attempt.tilts, attempt.parts, network.A.shape[1]
    states = len(c)
    kappa = np.eye(n) if network.constant is None else np.eye(n)[[network.constant]]
    last = range(len(network.readouts))
    places = [(0, x) for x in last] if tilts is None else [(v, v % len(network.A)) for v in range(len(tilts))]
    tilt = 0.0 if tilts is None else float(np.linalg.norm(tilts, axis=(1, 2)).max())
    defect = float(np.linalg.norm(np.eye(n) - attempt.to @ attempt.back)) * (1 + tilt) ** 2
    leads, factors = [], []
    for v, x in places:
        x = x if len(last) > 1 else 0
        d = np.zeros(network.C.shape[-2]) if network.offset is None else network.offset
        d = d if d.ndim == 1 else d[x]
        apart = d[:states, None] - d[None]  # (states, scores)
        lead, row = apart, np.zeros((states, len(d), n))
        lost = np.zeros((states, len(d), len(parts) + 1))
        for part in network.norms:
            E, R = (values if values.ndim == 2 else values[x] for values in (part.weights, part.rows))
            m = len(R)
            R = R - R.mean(axis=0) if part.centred else R
            Y = attempt.turned_back(R @ attempt.back, v)
            own = attempt.turned_back(kappa @ attempt.back, v)
            root = np.sqrt(((Y @ c.T) ** 2).mean(axis=0) + part.eps * ((own @ c.T) ** 2).sum(axis=0))  # (states,)
            root = np.maximum(root, TINY)
            logits = E @ Y @ c.T
            lead = lead + (np.diag(logits)[:, None] - logits.T) / root[:, None]
            D = E @ Y
            row += (D[:states, None] - D[None]) / root[:, None, None]
            E = E - E.mean(axis=1, keepdims=True) if part.centred else E
            reach = np.sqrt(m) * np.linalg.norm(E[:states, None] - E[None], axis=-1)
            weight = np.abs(apart) if len(network.norms) == 1 else reach
            sizes = [_size(part.eps, Y[:, p], own[:, p], attempt.norms[k]) for k, p in enumerate(parts)]
            sizes.append(_size(part.eps, Y, own))
            lost += weight[..., None] * np.array(sizes) / root[:, None, None]
        leak = defect * (np.linalg.norm(row, axis=-1) + lost[..., -1])  # what is left of coordinates not quite inverse
        lead = lead - leak * np.linalg.norm(c, axis=1)[:, None]
        factor = np.stack([attempt.dual(row[..., p], k) for k, p in enumerate(parts)], axis=-1) + lost[..., :-1]
        factor += leak[..., None]
        never = ~network.reached(x if len(last) > 1 else None)
        lead[never], factor[never] = np.inf, 0
        leads.append(lead)
        factors.append(factor)
    factor = np.max(factors, axis=0)
    return Decisions([], np.min(leads, axis=0), factor, np.zeros_like(factor))


def _size(eps: float, Y: Floats, own: Floats, norm: str = "l2") -> float:
    """A norm before the readout, from that of a component or of the whole space."""
    if norm == "l1":
        return float(np.sqrt((Y**2).mean(axis=0) + eps * (own**2).sum(axis=0)).max())
    of_y, of_own = (min(np.linalg.norm(M), SLACK * np.linalg.norm(M, 2)) for M in (Y, own))
    return math.sqrt(of_y**2 / len(Y) + eps * of_own**2)
