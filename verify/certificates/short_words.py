"""Short words, simply multiplied out: what is left where nothing else proves more."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exact_check import MOST_STEPS, CheckError, check
from ..networks.float_network import FloatNetwork
from .certificate import of_range
from .limits import CLEAR, LONGEST_PREFIX, MOST_PRODUCTS, MOST_WORDS, TINY

Floats = NDArray[Any]  # of float64


def all_words(document: dict[str, Any], network: FloatNetwork, above: float) -> tuple[int, str]:
    """Fill the document in with short words that are multiplied out, if that proves more than `above`; what it proves,
    or −1, and why no more, where the range of floats is the reason.
    """
    A = network.A
    vectors, states = network.unit_start[None], np.array([network.start])
    length = 0 if decided(network, vectors, states, 0) else -1
    while length >= 0 and length < LONGEST_PREFIX and len(vectors) * len(A) <= MOST_WORDS:
        if len(vectors) * A.size > MOST_PRODUCTS:
            break
        vectors = (vectors @ A.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(-1, A.shape[1])
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1), TINY)[:, None]
        states = network.table[states].ravel()
        if not decided(network, vectors, states, length + 1):
            break
        length += 1
    reason = ""
    for claim in range(length, math.floor(min(above, MOST_STEPS)), -1):  # fewer where rounding matters
        found = {**document, "horizon": claim, "proof": {"prefix": claim}}
        try:
            check(found)
        except CheckError as error:
            reason = reason or of_range(error)
            continue
        document.update(found)
        return claim, reason
    return -1, reason


def decided(network: FloatNetwork, vectors: Floats, states: NDArray[np.int64], length: int) -> bool:
    """Whether the unit vectors of all words of a length are read out as their states, with some room for rounding.

    Args:
        network: weights and task; words shorter than those it is asked about are decided.
        vectors: (words, hidden); the last letter changes fastest.
        states: that they lead to, (words,).
        length: of the words.
    """
    if length < network.shortest:
        return True
    logits = network.logits(vectors, np.arange(len(vectors)) % len(network.A))  # (words, scores)
    size = np.abs(network.C if network.is_linear else logits).max()
    own = logits[np.arange(len(states)), states].copy()
    logits[~network.rivals[states]] = -np.inf
    return bool((own - logits.max(axis=1) > CLEAR * size).all())
