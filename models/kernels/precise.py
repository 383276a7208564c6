"""Square root and quotient that are rounded correctly, as certificates assume; Triton's own are not in float32."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def root(x):  # type: ignore[no-untyped-def]
    """√x."""
    if x.dtype == tl.float64:  # for doubles there is one alone, and it is rounded correctly
        found = tl.sqrt(x)
    else:
        found = tl.sqrt_rn(x)
    return found


@triton.jit
def quotient(a, b):  # type: ignore[no-untyped-def]
    """The quotient a / b."""
    if a.dtype == tl.float64:
        found = a / b
    else:
        found = tl.div_rn(a, b)
    return found


@triton.jit
def norm_of(square):  # type: ignore[no-untyped-def]
    """The norm of a vector with this sum of squares, or 1 for the zero vector, which no scaling changes."""
    norm = root(square)
    return tl.where(norm == 0, norm + 1, norm)
