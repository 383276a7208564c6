"""A linear readout in place of one that is not, for a search that looks at rows.

Norms are taken as their means; of a decoder, the linear map that is nearest to its scores after random words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.linear_weights import LinearWeights
from .float_network import FloatNetwork, linear_weights, offset_of

Floats = NDArray[Any]  # of float64
WORDS, LENGTH = 256, 12  # random words: enough for a mean to a few percent, which directions need


MEANS = "norms before the readout were taken as their means"
NEAREST = "the decoder was taken as the linear readout that is nearest to its scores"
RIDGE = 1e-6  # of the largest singular value: directions that states hardly have are not read


def read_linearly(model: object) -> LinearWeights:
    """The weights of a linear recurrence, what stands before scores taken linearly.

    Raises:
        MismatchError, ModelError: as `linear_weights`.
    """
    return without_norms(linear_weights(model, norms=True))


def without_norms(weights: LinearWeights) -> LinearWeights:
    """The same recurrence with a linear readout near the one behind norms, if it is behind any; `changes` says so.

    For what looks at matrices and states, and at the readout for its directions alone: `compare`, `snap`.
    """
    if weights.is_linear:
        return weights
    task = np.zeros((weights.scores, weights.letters), dtype=np.int64)  # no task: states are not asked for
    network = FloatNetwork(
        weights.A,
        weights.first,
        weights.readout,
        task,
        0,
        norms=weights.norms,
        offset=offset_of(weights),
        constant=weights.constant,
        decoder=weights.decoder,
    )
    changes = (*weights.changes, MEANS if weights.norms else NEAREST)
    linear = stand_in(network)
    return replace(weights, readout=linear, norms=(), constant=None, bias=None, decoder=None, changes=changes)


def stand_in(network: FloatNetwork, seed: int = 0) -> Floats:
    """C with C h near the scores of unit vectors h after random words, (scores, hidden) or (letters, scores, hidden).

    Args:
        network: with norms or a decoder; its C is not looked at.
        seed: of the words.
    """
    A, letters = network.A, len(network.A)
    words = np.random.default_rng(seed).integers(letters, size=(WORDS, LENGTH))
    h = np.repeat(network.unit_start[None], WORDS, axis=0)
    seen, last = [], []
    for t in range(LENGTH):
        h = (A[words[:, t]] @ h[:, :, None])[:, :, 0]
        h /= np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 1e-300)
        seen.append(h)
        last.append(words[:, t])
    vectors, ends = np.concatenate(seen), np.concatenate(last)
    if network.decoder is not None:
        return _nearest(network, vectors, ends)
    size = np.ones(len(vectors)) if network.constant is None else vectors[:, network.constant]
    by_letter = any(part.by_last_letter for part in network.norms)
    by_letter |= network.offset is not None and network.offset.ndim == 2
    found = []
    for x in range(letters if by_letter else 1):
        mine = (ends == x) if by_letter and (ends == x).any() else np.full(len(ends), True)
        C = np.zeros((network.norms[0].weights.shape[-2], A.shape[1]))
        if network.constant is not None and network.offset is not None:
            d = network.offset if network.offset.ndim == 1 else network.offset[x]
            C[:, network.constant] = d / max(float(size[mine].mean()), 1e-300)
        for part in network.norms:
            R = part.rows if part.rows.ndim == 2 else part.rows[x]
            R = R - R.mean(axis=0) if part.centred else R
            root = np.sqrt(((vectors[mine] @ R.T) ** 2).mean(axis=1) + part.eps * size[mine] ** 2)
            E = part.weights if part.weights.ndim == 2 else part.weights[x]
            C += E @ R / max(float(root.mean()), 1e-300)
        found.append(C)
    return np.stack(found) if by_letter else found[0]


def _nearest(network: FloatNetwork, vectors: Floats, last: NDArray[np.int64]) -> Floats:
    """C with C h near the scores of states h that are scaled as they are, by least squares."""
    size = np.linalg.norm(vectors, axis=1) if network.constant is None else vectors[:, network.constant]
    states, scores = vectors / size[:, None], network.logits(vectors, last)
    scores = np.nan_to_num(scores - scores.mean(axis=1, keepdims=True))
    return np.asarray(np.linalg.lstsq(np.nan_to_num(states), scores, rcond=RIDGE)[0].T)
