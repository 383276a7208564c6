"""Exact weights as the parameters of a family: what the families have in common.

Each family reads its parameters off the exact matrices, in its own file, and says so when they are not of its kind. The
logits of a model with them are the exact ones up to rounding, in every family and padding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights

Floats = NDArray[np.float64]
SATURATED = 100.0  # 2 sigmoid(±100) is 2 and 0 in double precision


@dataclass(frozen=True)
class ExactParameters:
    """What a model with exact weights consists of.

    Attributes:
        parameters: of the family's module, by name.
        start: (hidden,).
        readout: (states, hidden).
        options: of `BilinearRNN`, where the family needs others than the usual ones.
    """

    parameters: dict[str, Floats]
    start: Floats
    readout: Floats
    options: dict[str, int] = field(default_factory=dict)


def plain(weights: BilinearWeights) -> tuple[Floats, Floats, Floats]:
    """Matrices (letters, H, H), start (H,) and readout (states, H), rounded once."""
    matrices = np.stack([m.to_numpy(np.float64) for m in weights.transitions])
    return matrices, weights.initial.to_numpy(np.float64)[:, 0], weights.readout.to_numpy(np.float64)


def padded(
    matrices: Floats, start: Floats, readout: Floats, blocks: tuple[int, ...], size: int
) -> tuple[Floats, Floats, Floats]:
    """The same weights with every block padded with zeros to `size`; the new coordinates of `h` stay zero."""
    if max(blocks) > size:
        raise ModelError(f"rotation blocks have size 2, the weights have blocks of sizes {tuple(blocks)}")
    first = np.repeat(np.arange(len(blocks)) * size, blocks)  # start of each old coordinate's new block
    within = np.concatenate([np.arange(b) for b in blocks])
    keep = first + within  # (H,)
    wide = len(blocks) * size
    new_matrices = np.zeros((len(matrices), wide, wide))
    new_matrices[np.ix_(np.arange(len(matrices)), keep, keep)] = matrices
    new_start, new_readout = np.zeros(wide), np.zeros((len(readout), wide))
    new_start[keep], new_readout[:, keep] = start, readout
    return new_matrices, new_start, new_readout


def blocks_of(matrices: Floats, size: int, family: str) -> Floats:
    """The diagonal blocks, (letters, n, size, size); an error when something lies outside them."""
    n = matrices.shape[1] // size
    grid = matrices.reshape(len(matrices), n, size, n, size)
    outside = np.abs(grid).max(axis=(2, 4)) * (1 - np.eye(n))  # (letters, n, n)
    if outside.any():
        letter, i, j = np.argwhere(outside)[0]
        raise ModelError(
            f"the weights are not of family {family!r}: letter {letter} has an entry of size {outside[letter, i, j]:g} "
            f"outside its blocks of size {size} (block row {i}, block column {j}); accepted: transition='full'"
        )
    return np.einsum("lninj->lnij", grid)
