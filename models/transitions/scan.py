"""Hidden states of long words by a parallel scan over time, instead of one step after the other.

Products of transitions are associative, so all prefixes `P_t = A[x_t] ⋯ A[x_1]` of a piece of `n` letters take
`log₂ n` rounds in which every time is worked on at once (Hillis & Steele). What a product is differs by family:

| family             | element                         | product                | work for n letters   |
|--------------------|---------------------------------|------------------------|----------------------|
| rotation           | angles                          | sum                    | `n H / 2`            |
| diagonal, positive | signs and logarithms            | product, sum           | `n H`                |
| monomial           | rows and entries of the columns | composition            | `n H log n`          |
| block, full        | matrices and a logarithm each   | matrix product         | `n H b² log n`       |

Sums of angles and logarithms are taken in double precision, matrices are divided by their largest entry after every
product and the divisors kept as logarithms: nothing overflows at length 10⁵, and errors grow as those of the loop do.
Where the loop over time is compiled, on a CPU, it takes a fifth of the time of a scan or less for every family
(benchmarks/long_words.py): then it is the loop that runs. Words are read in pieces, so that memory stays bounded. There
is no scan for cp and householder transitions, whose products are dense, for convex ones, nor with additive terms.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..errors import ModelError
from ..recurrence.compiled_blocks import fusible
from ..recurrence.compiled_full import full_fusible
from .base import Transition, unit
from .lookup import LookupTransition
from .registry import FAMILIES

PIECE = 256  # letters whose prefixes are made together
SCANNED = tuple(name for name, family in FAMILIES.items() if family.scan)


def scan_states(name: str, family: Transition, h: Tensor, x: Tensor, normalize: bool) -> Tensor:
    """States after every letter, as `Transition.states` without additive terms gives them.

    Args:
        name: of the family.
        family: the transitions.
        h: start states, (batch, hidden).
        x: letters, int64 (batch, time), time at least 1.
        normalize: whether to divide by the norm at every time.

    Returns:
        (time, batch, hidden).

    Raises:
        ModelError: for a family without a scan, or of a hidden size for which it has none.
    """
    scan, largest = FAMILIES[name].scan, FAMILIES[name].largest_scan
    if scan is None or family.hidden > largest:
        size = "" if scan is None else f" of hidden size above {largest:.0f}"
        limits = [f"{f.name} up to hidden={f.largest_scan:.0f}" for f in FAMILIES.values() if f.largest_scan < math.inf]
        raise ModelError(
            f"there is no parallel scan for {type(family).__name__}{size}; families with one: {', '.join(SCANNED)} "
            f"({', '.join(limits)})"
        )
    if loop_is_compiled(family, h):
        return family.states(h, x, None, normalize)[0]
    out = []
    for piece in x.split(PIECE, dim=1):
        states, scale = scan(family, h, piece.t())  # (piece, batch, hidden), (piece, batch, 1)
        states = unit(states) if normalize else states * scale.exp().to(states.dtype)
        out.append(states)
        h = states[-1]
    return torch.cat(out)


@torch.no_grad()
def loop_is_compiled(family: Transition, h: Tensor) -> bool:
    """Whether the loop over time runs in compiled code from such states."""
    if family.batching not in ("auto", "fused"):
        return False
    if isinstance(family, LookupTransition):
        blocks = family.blocks()
        return blocks is not None and fusible(blocks.shape[-1], blocks, h)
    return full_fusible(family.dense(), h)
