"""The ways to coordinates and codes, one after the other, as far as the size of the network allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...models.protocols import LinearRecurrence
from ..networks.codes_and_rows import Tracking, ranks, tracking
from ..networks.float_network import FloatNetwork
from .attempt import Attempt, one_per_letter
from .blocks import blocks
from .exact_codes import exact_codes
from .limits import BLOCKS, MANY_NUMBERS, ROUNDS, ROUNDS_OF_MANY, ROUNDS_OF_MERGING
from .signal_and_remainder import split
from .simplex import simplex


def attempts(model: LinearRecurrence, network: FloatNetwork) -> Iterator[Attempt]:
    """All that is tried for a model, codes without any error first."""
    exact = _exact_attempt(network)
    if exact is not None:
        yield exact
    width = _width(model, network)
    permuting, many = network.permuting, network.A.size > MANY_NUMBERS
    for rounds in (ROUNDS_OF_MANY if many else ROUNDS) if permuting else ROUNDS_OF_MERGING:
        found = tracking(network, rounds)
        if not np.isfinite(found.codes).all() or not np.isfinite(found.rows).all():
            continue
        if width is not None:
            yield blocks(network, found, width)
        kept = _by_constant_unit(network, found)
        for d in ranks(found.hankel):
            made = split(network, found, d)
            if made is not None:
                yield made
            if made is not None and not many:
                yield replace(made, scales=one_per_letter(made.scales))
            made = None if kept is None else split(network, kept, d)
            if kept is not None and made is not None:  # a constant unit says the scale of every state
                yield replace(made, scales=np.repeat(kept.scales[:, None], len(kept.codes), axis=1))
            weighed = None if many else split(network, found, d, weighed=True)
            if weighed is not None:
                yield weighed
        if not permuting:
            yield from simplex(network, found)


def _by_constant_unit(network: FloatNetwork, found: Tracking) -> Tracking | None:
    """Codes with a constant unit of 1, and the letters' scales that keep it; None where there is no such unit."""
    A, n = network.A, network.A.shape[1]
    own = np.diagonal(A, axis1=1, axis2=2)  # (letters, hidden)
    alone = (np.count_nonzero(A, axis=2) == 1) & (own > 0)
    for i in np.flatnonzero(alone.all(axis=0)):
        if n > 1 and (found.codes[:, i] > 0).all() and network.unit_start[i] > 0:
            return replace(found, codes=found.codes / found.codes[:, i : i + 1], scales=own[:, i].copy())
    return None


def _width(model: LinearRecurrence, network: FloatNetwork) -> int | None:
    """The size of diagonal blocks: of the family, or the least of a few that all transitions fall into."""
    family, n = getattr(model, "transition", None), network.A.shape[1]
    if family is not None:
        return {"block": getattr(model, "block", None), "rotation": 2, "diagonal": 1, "positive": 1}.get(family)
    for width in (w for w in BLOCKS if n % w == 0 and w < n):
        blocks = network.A.reshape(len(network.A), n // width, width, n // width, width)
        inside = np.diagonal(blocks, axis1=1, axis2=3)
        if np.count_nonzero(inside) == np.count_nonzero(network.A):
            return width
    return None


def _exact_attempt(network: FloatNetwork) -> Attempt | None:
    """Codes that the letters carry into each other without any error, in the model's own coordinates."""
    found = exact_codes(network)
    if found is None:
        return None
    n = len(network.h)
    return Attempt("exact codes", 0, np.eye(n), np.eye(n), (n,), ("l2",), *found)
