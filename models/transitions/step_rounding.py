"""What one step of a family's code does to a float state: how often it rounds, and what underflow can add.

A step computes `g` from a state `h` of norm at most 2 with

    |g − A[x] h| ≤ γ_k N[x] |h| + v[x]   entry by entry,   γ_k = k u / (1 − k u),

u the unit of the floats, and no intermediate number overflows. Every family says its own k, N and v, beside its
arithmetic; `bistate.verify.certify` builds on them, and a certificate is about a model only if they are equal.
Results and operands below the smallest normal float ω may be flushed to zero: that is part of v.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import ModelError

Floats = NDArray[Any]  # of float64
ABOVE = 1.001  # more than the rounding of a product of a few factors, in single precision too
COMPUTED = 4  # roundings more, for entries that are computed, as cosines are: in one way here, in another there
MOST = {torch.float32: 2.0**100, torch.float64: 2.0**900}  # of an intermediate number: far from overflow
NORMS = {torch.float32: (2.0**-50, 2.0**56), torch.float64: (2.0**-450, 2.0**500)}  # whose squares stay in range


@dataclass(frozen=True)
class StepRounding:
    """Rounding of one step.

    Attributes:
        terms: k.
        spread: N[x] ≥ |A[x]|, (letters, hidden, hidden); None: |A[x]|, for code that multiplies by A[x] itself.
        underflow: v[x], (letters,); None: that of a plain product, 8 H ω (1 + max |A[x]|).
    """

    terms: int
    spread: Floats | None = None
    underflow: Floats | None = None


def smallest_normal(dtype: torch.dtype) -> float:
    """ω: results below it may be flushed to zero."""
    return float(torch.finfo(dtype).tiny)


def require_norms(vectors: torch.Tensor, what: str, shortest: float | None = None) -> None:
    """Refuse vectors, along the last axis, that are divided by a norm which may over- or underflow.

    Args:
        vectors: of any shape.
        what: their name in the message.
        shortest: a norm below which another number is divided by, as `torch.nn.functional.normalize` does.

    Raises:
        ModelError: if a norm is out of range.
    """
    least, most = NORMS[vectors.dtype]
    lengths = vectors.detach().double().norm(dim=-1)
    if shortest is None and not float(lengths.min()) >= least:
        raise ModelError(
            f"{what} has the norm {float(lengths.min()):.3g}, below {least:.3g}: its square may underflow in "
            f"{vectors.dtype}"
        )
    if not float(lengths.max()) <= most:
        raise ModelError(
            f"{what} has the norm {float(lengths.max()):.3g}, above {most:.3g}: its square may overflow in "
            f"{vectors.dtype}"
        )


def sizes_of(tensor: torch.Tensor) -> Floats:
    """Absolute values in double precision."""
    return np.abs(tensor.detach().double().numpy(force=True))
