"""Adam takes the very steps that torch's own takes."""

from __future__ import annotations

import torch
from bistate.verify.networks.adam import Adam


def test_steps_are_those_of_torch_to_the_last_digit() -> None:
    torch.manual_seed(0)
    target = torch.randn(7, dtype=torch.float64)
    ours, theirs = ([torch.zeros(7, dtype=torch.float64, requires_grad=True) for _ in range(3)] for _ in range(2))
    descent = Adam(ours, (0.9, 0.95))
    optimiser = torch.optim.Adam([{"params": [v]} for v in theirs], betas=(0.9, 0.95))
    for turn in range(20):
        rates = [0.1 / (turn + 1), 0.03, 0.5]
        losses = [((a - target) ** 4 + (a - b.sin()).abs()).sum() for a, b, _ in (ours, theirs)]  # not of the third
        descent.step(losses[0], rates)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate
        optimiser.zero_grad()
        losses[1].backward()
        optimiser.step()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert float(ours[0].detach().abs().min()) > 0.01
    assert not ours[2].any()
