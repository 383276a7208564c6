"""The bilinear network from its definition; what every fast path is compared with."""

from __future__ import annotations

import torch
from torch import Tensor

from .bilinear_rnn import BilinearRNN


def reference_forward(model: BilinearRNN, x: Tensor, every: bool = False) -> Tensor:
    """`model(x, every)` from the definition: one matrix, one sample and one step at a time. Slow; every fast
    path is tested against it.
    """
    matrices = model.transitions()
    outputs = []
    for word in x.tolist():
        h = model.start / model.start.norm() if model.normalize else model.start  # (hidden,)
        trail = [h]
        for letter in word:
            h = matrices[letter] @ h
            h = h if model.shift is None else h + model.shift[letter]
            h = h / h.norm() if model.normalize else h
            trail.append(h)
        logits = torch.stack(trail) @ model.rows().t()  # (time + 1, states)
        outputs.append(logits[1:] if every else logits[-1])
    return torch.stack(outputs)
