"""Training that begins at, or near, exact weights.

Some groups are said to be learned only from there: arXiv:2609.24797 and 2603.01959 report models of A_5 and S_3 that
fail from random weights and succeed near the analytic ones. `start_near` puts exact weights into a model, which may be
wider than they are, and moves every number a little.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..bilinear_rnn import BilinearRNN, model_from_weights
from ..errors import ModelError

if TYPE_CHECKING:
    from torch import nn

    from ...theory.weights.weights import BilinearWeights


def start_near(model: nn.Module, weights: BilinearWeights, noise: float = 0.0, seed: int = 0) -> None:
    """Put exact weights into a model, in place, and move every number by noise.

    The first hidden units, blocks or heads of the model become those of the weights. What the model has beyond them
    keeps its own transitions and is silent, with zeros in the start and the readout: without noise its logits are the
    exact ones, rounded. Then every entry of a parameter p is moved by noise · rms(p) · N(0, 1), rms(p) the root mean
    square of the entries that came from the weights.

    Args:
        model: a `BilinearRNN` whose family can hold the weights; at least as wide as they are, with blocks, heads or
            factors of the same size.
        weights: `realize(automaton, rung)`.
        noise: its size beside that of the weights, 0 for none.
        seed: of the noise.

    Raises:
        ModelError: for another kind of model, weights that its family cannot hold, or that do not fit into it; the
            model is as it was then.

    Example:
        >>> from bistate.models import StateTracking, evaluate, usual_config, usual_model
        >>> from bistate.theory import Automaton, realize
        >>> parity = Automaton.parity()
        >>> model = usual_model(parity, "full", hidden=8)
        >>> start_near(model, realize(parity, "full"))
        >>> evaluate(model, parity, length=1000, size=100)
        1.0
    """
    if not isinstance(model, BilinearRNN) or model.additive:
        what = "a BilinearRNN with additive terms" if isinstance(model, BilinearRNN) else type(model).__name__
        raise ModelError(f"exact weights start a BilinearRNN without additive terms, got {what}")
    if not (math.isfinite(noise) and noise >= 0):
        raise ModelError(f"noise is a number of at least 0, got noise={noise!r}")
    small = model_from_weights(weights, model.transition)
    needs, has = (small.letters, small.states), (model.letters, model.states)
    if needs != has:
        raise ModelError(
            f"the weights have {needs[0]} letters and {needs[1]} states, the model has {has[0]} and {has[1]}"
        )
    before = {name: value.clone() for name, value in model.state_dict().items()}
    given = {name: p.detach() for name, p in small.named_parameters()}
    for name, p in model.named_parameters():
        _require_room(name, p, given[name], small)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(_placed(p, given[name].to(p), silent=name in ("start", "readout")))
        if not _apart(model.transitions().cpu(), small.transitions()):
            model.load_state_dict(before)
            raise ModelError(
                f"the {model.transition} family does not keep the units of the weights apart from others: give a model "
                f"with the sizes of BilinearRNN.from_weights(weights, {model.transition!r}), {_sizes(small)}"
            )
        generator = torch.Generator().manual_seed(seed)
        for name, p in model.named_parameters() if noise else ():
            size = noise * float(given[name].square().mean().sqrt())
            p.add_((size * torch.randn(p.shape, generator=generator, dtype=torch.float64)).to(p))


def _require_room(name: str, p: Tensor, values: Tensor, small: BilinearRNN) -> None:
    if p.ndim != values.ndim or any(have < need for have, need in zip(p.shape, values.shape, strict=True)):
        raise ModelError(
            f"the weights do not fit into the model: {name} has shape {tuple(p.shape)} there and needs "
            f"{tuple(values.shape)}; BilinearRNN.from_weights(weights, {small.transition!r}) has {_sizes(small)}"
        )


def _placed(p: Tensor, values: Tensor, silent: bool) -> Tensor:
    """The values in the first places of every axis; zeros where some axes of their own and some others meet.

    What is beyond them in every axis that is longer stays as it is in p, or is zero where it has to be silent.
    """
    inside = [torch.arange(n) < m for n, m in zip(p.shape, values.shape, strict=True)]
    longer = [k for k, places in enumerate(inside) if not places.all()]
    beyond = torch.full(p.shape, not silent and bool(longer))
    for k in longer:
        beyond &= ~inside[k].view(*(-1 if i == k else 1 for i in range(p.ndim)))
    found = torch.where(beyond.to(p.device), p, torch.zeros_like(p))
    found[tuple(slice(0, m) for m in values.shape)] = values
    return found


def _apart(wide: Tensor, small: Tensor) -> bool:
    """Whether the first units have the small transitions, and the others neither move them nor are moved by them."""
    n = small.shape[1]
    same = torch.allclose(wide[:, :n, :n].double(), small, rtol=1e-5, atol=1e-6)
    return same and not bool(wide[:, :n, n:].any()) and not bool(wide[:, n:, :n].any())


def _sizes(model: BilinearRNN) -> str:
    names = {"block": ["block"], "householder": ["heads", "reflections"], "cp": ["rank"]}.get(model.transition, [])
    return ", ".join(f"{name}={model.config[name]}" for name in ["hidden", *names])
