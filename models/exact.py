"""Exact weights as a torch model: the one gate through which exact numbers become floats.

Each family reads its parameters off the exact matrices and says so when they are not of its kind. The logits
of the model are the exact ones up to rounding, in every family and padding below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from .bilinear_rnn import BilinearRNN
from .errors import ModelError
from .transitions import TRANSITIONS, inverse_softplus

if TYPE_CHECKING:
    from ..theory.weights import BilinearWeights

Floats = NDArray[np.float64]


def model_from_weights(
    weights: BilinearWeights,
    transition: str | None = None,
    dtype: torch.dtype = torch.float64,
    normalize: bool = True,
    device: torch.device | str = "cpu",
) -> BilinearRNN:
    """The model with the given exact weights, rounded once.

    Letter and state indices follow `weights.letters` and `weights.states`. With `transition="full"` any
    weights load, those in a learned basis too.

    Args:
        weights: exact weights with real entries.
        transition: the family; by default the rung of the weights, when the model can hold it in the same
            coordinates: blocks all of one size (rotation: of size 2). Otherwise "full". Asking for "block"
                with unequal blocks pads each to
            the largest with zeros, "rotation" pads a block ±1 to a half or whole turn; the hidden size then
            grows and the logits stay the same.
        dtype: torch.float64 or torch.float32.
        normalize: see `BilinearRNN`.
        device: any torch device.

    Returns:
        A `BilinearRNN` whose weights can be trained further.

    Raises:
        ModelError: for an unknown family, or matrices that are not of the family asked for.
    """
    if transition is not None and transition not in TRANSITIONS:
        raise ModelError(f"unknown transition {transition!r}; accepted: {', '.join(TRANSITIONS)}")
    family = transition or _natural_family(weights)
    matrices = np.stack([m.to_numpy(np.float64) for m in weights.transitions])  # (letters, H, H)
    start = weights.initial.to_numpy(np.float64)[:, 0]  # (H,)
    readout = weights.readout.to_numpy(np.float64)  # (states, H)
    block = 1
    if family in ("block", "rotation"):
        block = 2 if family == "rotation" else max(weights.blocks)
        matrices, start, readout = _padded(matrices, start, readout, weights.blocks, block)
    model = BilinearRNN(
        len(matrices),
        len(start),
        len(readout),
        family,
        block=block if family == "block" else 2 - len(start) % 2,
        normalize=normalize,
        dtype=dtype,
        device=device,
    )
    parameters = _PARAMETERS[family](matrices, block)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(parameters))
        model.start.copy_(torch.from_numpy(start))
        model.readout.copy_(torch.from_numpy(readout))
    model.check_finite()
    return model


def _natural_family(weights: BilinearWeights) -> str:
    """The rung's own family where it keeps the coordinates, else "full"."""
    rung = str(weights.rung)
    sizes = set(weights.blocks)
    same = {"block": len(sizes) == 1, "rotation": sizes == {2}}
    return rung if rung in TRANSITIONS and same.get(rung, True) else "full"


def _padded(
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


def _blocks_of(matrices: Floats, size: int, family: str) -> Floats:
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


def _full(matrices: Floats, block: int) -> Floats:
    return matrices


def _block(matrices: Floats, block: int) -> Floats:
    return _blocks_of(matrices, block, "block").copy()


def _diagonal(matrices: Floats, block: int) -> Floats:
    return _blocks_of(matrices, 1, "diagonal")[:, :, 0, 0].copy()


def _positive(matrices: Floats, block: int) -> Floats:
    a = _diagonal(matrices, block)
    if not (a > 0).all():
        letter, i = np.argwhere(~(a > 0))[0]
        raise ModelError(f"positive transitions need entries above 0; letter {letter} has {a[letter, i]:g} at {i}")
    return inverse_softplus(torch.from_numpy(a)).numpy()


def _rotation(matrices: Floats, block: int) -> Floats:
    """The angles of 2×2 rotations; a padded block ±1 is a half or a whole turn."""
    blocks = _blocks_of(matrices, 2, "rotation").copy()
    lone = (blocks[..., 0, 1] == 0) & (blocks[..., 1, 0] == 0) & (blocks[..., 1, 1] == 0)
    blocks[lone, 1, 1] = blocks[lone, 0, 0]
    c, s = blocks[..., 0, 0], blocks[..., 1, 0]  # (letters, n)
    error = np.abs(blocks - np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)).max(axis=(2, 3))
    error = np.maximum(error, np.abs(np.hypot(c, s) - 1))
    if (error > 1e-14).any():
        letter, i = np.argwhere(error > 1e-14)[0]
        raise ModelError(
            f"block {i} of letter {letter} is {blocks[letter, i].tolist()}, not a rotation "
            "[[c, -s], [s, c]] with c² + s² = 1; accepted: transition='block' or 'full'"
        )
    return np.arctan2(s, c)


_PARAMETERS = {
    "full": _full,
    "block": _block,
    "diagonal": _diagonal,
    "positive": _positive,
    "rotation": _rotation,
}
