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
Words are read in pieces, so that memory stays bounded. There is no scan for cp and householder transitions, whose
products are dense, for convex ones, nor with additive terms.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import ModelError
from ..recurrence.prefix_products import block_prefixes
from .base import Transition, unit
from .block import BlockTransition
from .diagonal import DiagonalTransition
from .full import FullTransition
from .monomial import MonomialTransition
from .rotation import RotationTransition

PIECE = 256  # letters whose prefixes are made together
LARGEST_FULL = 64  # hidden size of the full family up to which a scan is offered
SCANNED = ("full", "block", "rotation", "diagonal", "positive", "monomial")


def scan_states(family: Transition, h: Tensor, x: Tensor, normalize: bool) -> Tensor:
    """States after every letter, as `Transition.states` without additive terms gives them.

    Args:
        family: the transitions.
        h: start states, (batch, hidden).
        x: letters, int64 (batch, time), time at least 1.
        normalize: whether to divide by the norm at every time.

    Returns:
        (time, batch, hidden).

    Raises:
        ModelError: for a family without a scan.
    """
    out = []
    for piece in x.split(PIECE, dim=1):
        states, scale = _piece(family, h, piece.t())  # (piece, batch, hidden), (piece, batch, 1)
        states = unit(states) if normalize else states * scale.exp().to(states.dtype)
        out.append(states)
        h = states[-1]
    return torch.cat(out)


def _piece(family: Transition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Directions of the states after every letter of a piece, and logarithms of scales; x is (time, batch)."""
    if isinstance(family, RotationTransition):
        return _rotations(family, h, x)
    if isinstance(family, DiagonalTransition):
        return _diagonals(family, h, x)
    if isinstance(family, MonomialTransition):
        return _monomials(family, h, x)
    if isinstance(family, BlockTransition):
        return block_prefixes(family.weight, h, x)
    if isinstance(family, FullTransition) and family.hidden <= LARGEST_FULL:
        return block_prefixes(family.weight.unsqueeze(1), h, x)
    size = f" of hidden size above {LARGEST_FULL}" if isinstance(family, FullTransition) else ""
    raise ModelError(
        f"there is no parallel scan for {type(family).__name__}{size}; families with one: {', '.join(SCANNED)} "
        f"(full up to hidden={LARGEST_FULL})"
    )


def _rotations(family: RotationTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    angle = family.weight.double()[x].cumsum(0)  # (time, batch, blocks)
    cos, sin = angle.cos().to(h.dtype), angle.sin().to(h.dtype)
    first, second = h.unflatten(-1, (-1, 2)).unbind(-1)  # (batch, blocks) each
    turned = torch.stack([cos * first - sin * second, sin * first + cos * second], -1)
    return turned.flatten(-2), turned.new_zeros(*x.shape, 1, dtype=torch.float64)


def _diagonals(family: DiagonalTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    table = family.table()  # (letters, hidden)
    signs = torch.where(table < 0, -1.0, 1.0)[x].cumprod(0)  # (time, batch, hidden)
    size = table.double().abs().log()[x].cumsum(0)  # (time, batch, hidden), −∞ once an entry is 0
    largest = size.amax(-1, keepdim=True)  # (time, batch, 1)
    largest = torch.where(largest.isfinite(), largest, 0.0)
    return (signs * (size - largest).exp().to(h.dtype)) * h, largest


def _monomials(family: MonomialTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Column j of a product has its entry d_j in row p_j; then (p, d) after (q, e) is (p∘q, e · d∘q)."""
    rows = family.weight.argmax(1)[x]  # (time, batch, hidden)
    entries = family.diagonal[x]  # (time, batch, hidden)
    scale = entries.new_zeros(*x.shape, 1, dtype=torch.float64)
    offset = 1
    while offset < len(x):
        later, earlier = rows[offset:], rows[:-offset]
        composed = later.gather(-1, earlier)
        multiplied = entries[:-offset] * entries[offset:].gather(-1, earlier)
        added = scale[offset:] + scale[:-offset]
        size = multiplied.detach().abs().amax(-1, keepdim=True)
        size = torch.where(size > 0, size, 1.0)
        rows = torch.cat([rows[:offset], composed])
        entries = torch.cat([entries[:offset], multiplied / size])
        scale = torch.cat([scale[:offset], added + size.double().log()])
        offset *= 2
    states = torch.zeros_like(entries).scatter_add(-1, rows, entries * h)  # (time, batch, hidden)
    return states, scale
