"""All prefixes of a word of blocks in a logarithmic number of rounds, see `bistate.models.transitions.scan`."""

from __future__ import annotations

import torch
from torch import Tensor


def block_prefixes(table: Tensor, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Directions of the states after every letter, (time, batch, hidden), and logarithms of scales, (time, batch, 1).

    Args:
        table: the blocks, (letters, blocks, b, b).
        h: (batch, hidden).
        x: letters, (time, batch).
    """
    product = table[x]  # (time, batch, blocks, b, b)
    scale = product.new_zeros(product.shape[:-2], dtype=torch.float64)  # (time, batch, blocks)
    offset = 1
    while offset < len(x):
        joined = product[offset:] @ product[:-offset]
        size = joined.detach().abs().amax((-1, -2), keepdim=True)
        size = torch.where(size > 0, size, 1.0)
        added = scale[offset:] + scale[:-offset] + size[..., 0, 0].double().log()
        product = torch.cat([product[:offset], joined / size])
        scale = torch.cat([scale[:offset], added])
        offset *= 2
    largest = scale.amax(-1, keepdim=True)  # (time, batch, 1)
    vector = h.unflatten(-1, (product.shape[2], -1, 1))  # (batch, blocks, b, 1)
    states = (product @ vector).squeeze(-1) * (scale - largest).exp().to(h.dtype).unsqueeze(-1)
    return states.flatten(-2), largest
