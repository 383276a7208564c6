"""Exact weights as a torch model: the one gate through which exact numbers become floats.

Each family reads its parameters off the exact matrices and says so when they are not of its kind. The logits
of the model are the exact ones up to rounding, in every family and padding below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..theory.weights.factors import CPFactors, HouseholderFactors
from .bilinear_rnn import BilinearRNN
from .errors import ModelError
from .transitions import TRANSITIONS, inverse_softplus

if TYPE_CHECKING:
    from ..theory.weights.weights import BilinearWeights

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
            grows and the logits stay the same. "householder" takes orthonormal coordinates, and pads heads to one
            size. "cp" and "householder" need weights with such factors.
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
    if family == "householder":
        return _householder_model(weights, dtype, normalize, device)
    matrices = np.stack([m.to_numpy(np.float64) for m in weights.transitions])  # (letters, H, H)
    start = weights.initial.to_numpy(np.float64)[:, 0]  # (H,)
    readout = weights.readout.to_numpy(np.float64)  # (states, H)
    block = 1
    if family in ("block", "rotation"):
        block = 2 if family == "rotation" else max(weights.blocks)
        matrices, start, readout = _padded(matrices, start, readout, weights.blocks, block)
    options: dict[str, Any] = {"block": block if family == "block" else 2 - len(start) % 2}
    if family == "cp":
        options["rank"] = _cp_factors(weights).rank
    if family == "convex":
        options["dictionary"] = len(matrices)
    parameters = _cp_parameters(weights) if family == "cp" else _PARAMETERS[family](matrices, block)
    return _model(family, parameters, start, readout, options, dtype, normalize, device)


def _model(
    family: str,
    parameters: dict[str, Floats],
    start: Floats,
    readout: Floats,
    options: dict[str, Any],
    dtype: torch.dtype,
    normalize: bool,
    device: torch.device | str,
) -> BilinearRNN:
    """A model with the given parameters of its family, by their names in the module."""
    letters = len(next(iter(parameters.values()))) if family != "cp" else len(parameters["weight"])
    letters = len(parameters["scores"]) if family == "convex" else letters
    model = BilinearRNN(
        letters, len(start), len(readout), family, normalize=normalize, dtype=dtype, device=device, **options
    )
    with torch.no_grad():
        for name, values in parameters.items():
            model.family.get_parameter(name).copy_(torch.from_numpy(values))
        model.start.copy_(torch.from_numpy(start))
        model.readout.copy_(torch.from_numpy(readout))
    model.check_finite()
    return model


def _cp_factors(weights: BilinearWeights) -> CPFactors:
    if not isinstance(weights.factors, CPFactors):
        raise ModelError(f"{weights!r} have no CP factors; realize(automaton, rung='cp') makes weights that have them")
    return weights.factors


def _cp_parameters(weights: BilinearWeights) -> dict[str, Floats]:
    factors = _cp_factors(weights)
    named = {"weight": factors.letters, "left": factors.left, "right": factors.right}
    return {name: matrix.to_numpy(np.float64) for name, matrix in named.items()}


SATURATED = 100.0  # 2 sigmoid(±100) is 2 and 0 in double precision


def _householder_model(
    weights: BilinearWeights, dtype: torch.dtype, normalize: bool, device: torch.device | str
) -> BilinearRNN:
    """The reflections in coordinates in which they are orthogonal ones; letters with fewer of them get β = 0.

    A reflection 1 − 2 v vᵀM/vᵀMv is 1 − 2 k kᵀ with k = Lᵀv/‖Lᵀv‖ in the coordinates Lᵀh, M = LLᵀ. With several heads
    each is padded to the size of the largest.
    """
    factors = weights.factors
    if not isinstance(factors, HouseholderFactors):
        raise ModelError(
            f"{weights!r} have no Householder factors; realize(automaton, rung='householder') or "
            "'householder_per_head' makes weights that have them"
        )
    upper = np.linalg.cholesky(factors.form.to_numpy(np.float64)).T  # (H, H)
    start = upper @ weights.initial.to_numpy(np.float64)[:, 0]
    readout = weights.readout.to_numpy(np.float64) @ np.linalg.inv(upper)
    per_head = len(weights.blocks) > 1 and len(factors.vectors[0]) == len(weights.blocks)
    blocks = weights.blocks if per_head else (weights.hidden_size,)
    heads, width, count = len(blocks), max(blocks), max(factors.count, 1)
    keys = np.zeros((len(weights.letters), count, heads, width))
    keys[..., 0] = 1  # of no matter where β = 0
    strength = np.full((len(weights.letters), count, heads), -SATURATED)
    first = np.cumsum([0, *blocks])
    for letter, vectors in enumerate(factors.vectors):
        for head, matrix in enumerate(vectors):
            columns = (upper @ matrix.to_numpy(np.float64)).T  # (reflections, H)
            for j, column in enumerate(columns):
                part = column[first[head] : first[head + 1]]
                keys[letter, j, head, : len(part)] = part / np.linalg.norm(part)
                keys[letter, j, head, len(part) :] = 0
                strength[letter, j, head] = SATURATED
    nothing = np.zeros((len(keys), len(start), len(start)))
    _, start, readout = _padded(nothing, start, readout, blocks, width)
    options: dict[str, Any] = {"reflections": count, "heads": heads}
    parameters = {"weight": keys, "strength": strength}
    return _model("householder", parameters, start, readout, options, dtype, normalize, device)


def _natural_family(weights: BilinearWeights) -> str:
    """The rung's own family where it keeps the coordinates, else "full"."""
    rung = str(weights.rung)
    sizes = set(weights.blocks)
    same = {"block": len(sizes) == 1, "rotation": sizes == {2}, "cp": isinstance(weights.factors, CPFactors)}
    same["householder"] = False  # other coordinates: only when asked for
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


def _full(matrices: Floats, block: int) -> dict[str, Floats]:
    return {"weight": matrices}


def _block(matrices: Floats, block: int) -> dict[str, Floats]:
    return {"weight": _blocks_of(matrices, block, "block").copy()}


def _diagonal(matrices: Floats, block: int) -> dict[str, Floats]:
    return {"weight": _blocks_of(matrices, 1, "diagonal")[:, :, 0, 0].copy()}


def _positive(matrices: Floats, block: int) -> dict[str, Floats]:
    a = _diagonal(matrices, block)["weight"]
    if not (a > 0).all():
        letter, i = np.argwhere(~(a > 0))[0]
        raise ModelError(f"positive transitions need entries above 0; letter {letter} has {a[letter, i]:g} at {i}")
    return {"weight": inverse_softplus(torch.from_numpy(a)).numpy()}


def _rotation(matrices: Floats, block: int) -> dict[str, Floats]:
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
    return {"weight": np.arctan2(s, c)}


def _monomial(matrices: Floats, block: int) -> dict[str, Floats]:
    """The row of the one entry in each column, and the entry."""
    count = (matrices != 0).sum(axis=1)  # (letters, H)
    if (count > 1).any():
        letter, j = np.argwhere(count > 1)[0]
        raise ModelError(
            f"monomial transitions have one entry in each column; letter {letter} has {count[letter, j]} in column {j}"
        )
    place = np.abs(matrices).argmax(axis=1)  # (letters, H)
    scores = np.zeros_like(matrices)
    np.put_along_axis(scores, place[:, None], SATURATED, axis=1)
    diagonal = np.take_along_axis(matrices, place[:, None], axis=1)[:, 0]
    return {"weight": scores, "diagonal": diagonal}


def _convex(matrices: Floats, block: int) -> dict[str, Floats]:
    """A dictionary with one matrix for each letter, where all columns have norm 1."""
    norms = np.linalg.norm(matrices, axis=1)  # (letters, H)
    if (np.abs(norms - 1) > 1e-12).any():
        letter, j = np.argwhere(np.abs(norms - 1) > 1e-12)[0]
        raise ModelError(
            f"the dictionary's columns have norm 1, and column {j} of letter {letter} has norm {norms[letter, j]:g}; "
            "weights.orthogonal() gives coordinates in which they have"
        )
    return {"weight": matrices, "scores": SATURATED * 10 * np.eye(len(matrices))}


_PARAMETERS: dict[str, Callable[[Floats, int], dict[str, Floats]]] = {
    "full": _full,
    "block": _block,
    "diagonal": _diagonal,
    "positive": _positive,
    "rotation": _rotation,
    "monomial": _monomial,
    "convex": _convex,
}
