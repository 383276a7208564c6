"""Scores that stand behind a norm: RMSNorm or LayerNorm of rows of the state, then a linear map.

With y = R h + a, centred (ȳ = y − mean y) or not (ȳ = y),

    scores = E ȳ / √(mean ȳ² + ε),

where E, R and a may be others for each last letter x. A head with a norm of its own is one such part; scores are the
sum of all parts and a bias. A gate or a weight of the norm is in E, a bias of the norm in that of the scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..groups.compared_by_fields import ComparedByFields
from .errors import ModelError
from .given_arrays import exact_array

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class NormedReadout(ComparedByFields):
    """One part of the scores, E ȳ / √(mean ȳ² + ε) with y = R h + a; see the file's docstring.

    Arrays and tensors of real floats of any type are taken, and held as float64, exactly.

    Attributes:
        weights: E, (scores, units), or one for each last letter, (letters, scores, units).
        rows: R, (units, hidden) or (letters, units, hidden); hidden counts real units, two for a complex one.
        eps: ε, positive.
        centred: whether y has its mean over the units taken off first, as in LayerNorm.
        add: a, (units,) or (letters, units), or None.

    Raises:
        ModelError: for shapes that do not go together, numbers that are not finite, or ε not positive.

    >>> part = NormedReadout([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], eps=1.0)
    >>> scores_behind([part], np.array([[3.0, 4.0]]), np.array([0]), np.array([1.0])).round(3)
    array([[0.816, 1.089]])
    """

    weights: Floats
    rows: Floats
    eps: float
    centred: bool = False
    add: Floats | None = None

    def __post_init__(self) -> None:
        dimensions = {"weights": (2, 3), "rows": (2, 3)} | ({} if self.add is None else {"add": (1, 2)})
        for name, allowed in dimensions.items():
            values = exact_array(getattr(self, name), f"norms: {name}")
            if values.ndim not in allowed or 0 in values.shape or np.iscomplexobj(values):
                raise ModelError(
                    f"norms: {name} has the shape {values.shape} and the type {values.dtype}; real numbers in "
                    f"{' or '.join(map(str, allowed))} dimensions are needed, see NormedReadout"
                )
            object.__setattr__(self, name, values)
        fine = isinstance(self.eps, (int, float)) and not isinstance(self.eps, bool) and math.isfinite(self.eps)
        if not fine or not self.eps > 0:
            raise ModelError(f"norms: eps has to be a positive number, got eps={self.eps!r}")
        object.__setattr__(self, "eps", float(self.eps))
        if not isinstance(self.centred, bool):
            raise ModelError(f"norms: centred has to be True or False, got centred={self.centred!r}")
        units = {self.weights.shape[-1], self.rows.shape[-2], *(() if self.add is None else self.add.shape[-1:])}
        if len(units) > 1:
            raise ModelError(f"norms: weights, rows and add are of {', '.join(map(str, sorted(units)))} units")

    @property
    def units(self) -> int:
        """Number of units that are normalised together."""
        return self.rows.shape[-2]

    @property
    def by_last_letter(self) -> bool:
        """Whether anything depends on the last letter."""
        return self.weights.ndim == 3 or self.rows.ndim == 3 or (self.add is not None and self.add.ndim == 2)

    def check(self, letters: int, scores: int, hidden: int) -> None:
        """Raise a `ModelError` where shapes do not fit these sizes; else do nothing."""
        ends = {"weights": (scores, self.units), "rows": (self.units, hidden), "add": (self.units,)}
        for name, end in ends.items():
            values = getattr(self, name)
            if values is not None and values.shape not in (end, (letters, *end)):
                raise ModelError(
                    f"norms: {name} has the shape {values.shape}; with {letters} letters, {hidden} hidden units and "
                    f"{scores} states {end} or {(letters, *end)} is needed"
                )

    def with_constant_unit(self, letters: int) -> NormedReadout:
        """The same on (h, 1): a is the last column of R."""
        add = np.zeros(self.units) if self.add is None else self.add
        rows = self.rows
        if add.ndim > rows.ndim - 1:
            rows = np.repeat(rows[None], letters, axis=0)
        add = np.broadcast_to(add, rows.shape[:-1])
        return NormedReadout(self.weights, np.concatenate([rows, add[..., None]], axis=-1), self.eps, self.centred)


def scores_behind(parts: Sequence[NormedReadout], h: Floats, last: NDArray[np.int64], size: Floats) -> Floats:
    """The sum of parts, homogeneous: E ȳ / √(mean ȳ² + ε (κ h)²).

    Args:
        parts: without `add`.
        h: (words, hidden).
        last: the last letters, (words,).
        size: κ h, (words,): the constant unit, or the norm of h.

    Returns:
        (words, scores).
    """
    total: Floats = np.zeros(())
    for part in parts:
        y = _applied(part.rows, h, last)
        if part.centred:
            y = y - y.mean(axis=1, keepdims=True)
        root = np.sqrt((y**2).mean(axis=1) + part.eps * size**2)
        total = total + _applied(part.weights, y / root[:, None], last)
    return total


def _applied(matrices: Floats, vectors: Floats, last: NDArray[np.int64]) -> Floats:
    """One matrix, or that of the last letter, times each vector: (words, out)."""
    if matrices.ndim == 2:
        return np.asarray(vectors @ matrices.T)
    found = np.empty((len(vectors), matrices.shape[1]))
    for x in np.unique(last):
        found[last == x] = vectors[last == x] @ matrices[x].T
    return found


class NormedScores(nn.Module):
    """A `NormedReadout` as a torch module; its arrays are buffers.

    Args:
        part: what it computes.
    """

    weights: Tensor
    rows: Tensor
    add: Tensor | None

    def __init__(self, part: NormedReadout) -> None:
        super().__init__()
        self.eps, self.centred = part.eps, part.centred
        for name in ("weights", "rows", "add"):
            values = getattr(part, name)
            self.register_buffer(name, None if values is None else torch.from_numpy(np.array(values)))

    @property
    def value(self) -> NormedReadout:
        """The part, in double precision."""
        arrays = (None if t is None else t.double().numpy(force=True) for t in (self.weights, self.rows, self.add))
        weights, rows, add = arrays
        assert weights is not None
        assert rows is not None
        return NormedReadout(weights, rows, self.eps, self.centred, add)

    @property
    def config(self) -> dict[str, Any]:
        """What a file says beside the arrays: plain JSON values."""
        each = {2: "one", 3: "each letter"}
        return {
            "units": self.rows.shape[-2],
            "eps": self.eps,
            "centred": self.centred,
            "weights": each[self.weights.ndim],
            "rows": each[self.rows.ndim],
            "add": "none" if self.add is None else each[self.add.ndim + 1],
        }

    def forward(self, h: Tensor, last: Tensor | None) -> Tensor:
        """(…, hidden), (…) → (…, scores)."""
        y = _of_last(self.rows, h, last)
        if self.add is not None:
            y = y + (self.add if self.add.ndim == 1 else self.add[last])
        if self.centred:
            y = y - y.mean(-1, keepdim=True)
        y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps)
        return _of_last(self.weights, y, last)


def _of_last(matrices: Tensor, vectors: Tensor, last: Tensor | None) -> Tensor:
    if matrices.ndim == 2:
        return vectors @ matrices.t()
    return (matrices[last] @ vectors.unsqueeze(-1)).squeeze(-1)
