"""What the tests of the layers share: weights as numpy arrays, functions by their formulas, the check of a lift."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from bistate.models import LinearRNN
from bistate.models.layers.base import RecurrentLayer

Weights = dict[str, np.ndarray]
Reference = Callable[[Weights, np.ndarray], tuple[np.ndarray, np.ndarray]]


def weights(layer: torch.nn.Module) -> Weights:
    return {name: t.detach().double().numpy() for name, t in layer.state_dict().items()}


def shaken(layer: RecurrentLayer, size: float = 0.5) -> RecurrentLayer:
    """Every weight moved at random, so that no formula is tested at 0 or 1."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in layer.parameters():
            p += size * torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p.dtype) * p.std(correction=0)
            p += 0.1 * torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p.dtype)
    return layer


def words(layer: RecurrentLayer, batch: int, time: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(layer.letters, (batch, time), generator=torch.Generator().manual_seed(seed))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def softplus(x):
    return np.log(1 + np.exp(x))


def rms(x, eps, weight):
    return x / np.sqrt(np.mean(x**2) + eps) * weight


def layer_norm(x, eps, weight, bias):
    return (x - np.mean(x)) / np.sqrt(np.var(x) + eps) * weight + bias


def gelu(x):
    return x / 2 * (1 + np.vectorize(math.erf)(x / np.sqrt(2)))


def agree(layer: RecurrentLayer, reference: Reference, time: int = 12) -> None:
    """Scores and states after every letter are those of `reference(weights, word)`, and so is the step alone."""
    x = words(layer, 3, time)
    scores, states = layer(x, every=True).detach().numpy(), layer.hidden_states(x).detach().numpy()
    w = weights(layer)
    for n, word in enumerate(x.numpy()):
        expected_scores, expected_states = reference(w, word)
        expected_states = expected_states.reshape(time, -1)
        assert expected_states.shape == states[n].shape
        assert np.abs(states[n] - expected_states).max() <= 1e-12 * np.abs(expected_states).max()
        assert np.abs(scores[n] - expected_scores).max() <= 1e-12 * np.abs(expected_scores).max()
    state = layer.start_state().expand(3, *layer.start_state().shape)
    for letters in x.unbind(1):
        state = layer.step(state, letters)
    torch.testing.assert_close(state.flatten(1), layer.hidden_states(x)[:, -1], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(layer.scores(state, x[:, -1]), layer(x), rtol=1e-12, atol=1e-12)


def lifts(layer: RecurrentLayer, same_scores: bool = True) -> float:
    """The arrays of `linear()` answer 200 words and their prefixes, of lengths 1 to 200, as the layer does.

    Where the two largest scores differ by more than 1e-6 of their size. Gives the largest defect of the scores.
    """
    before = {name: t.clone() for name, t in layer.state_dict().items()}
    arrays = layer.linear()
    assert all(torch.equal(t, before[name]) for name, t in layer.state_dict().items())  # nothing was changed
    assert layer.embedding.weight.requires_grad
    if arrays.norms:
        bias = arrays.readout[..., arrays.constant]
        net = LinearRNN.from_arrays(arrays.A, arrays.start, None, bias=bias, norms=arrays.norms)
    else:
        net = LinearRNN.from_arrays(arrays.A, arrays.start, arrays.readout)
    x = words(layer, 200, 200, seed=2)
    with torch.no_grad():
        ours, theirs = layer(x, every=True), net(x, every=True)
    top = theirs.topk(2, dim=-1).values
    clear = (top[..., 0] - top[..., 1]) > 1e-6 * theirs.abs().amax(-1)
    assert clear.sum() > 20_000
    assert (ours.argmax(-1) == theirs.argmax(-1))[clear].all()
    assert len(set(theirs.argmax(-1).flatten().tolist())) > 1  # there is something to get wrong
    if not same_scores:
        return float("nan")
    defect = float((ours - theirs).abs().max() / theirs.abs().max())
    assert defect < 1e-12
    return defect


def all_weights_learn(layer: RecurrentLayer) -> None:
    """Every parameter has a gradient that is finite and not 0."""
    layer.zero_grad()
    target = torch.arange(8) % layer.states
    torch.nn.functional.cross_entropy(layer(words(layer, 8, 6)), target).backward()
    for name, p in layer.named_parameters():
        assert p.grad is not None, name
        assert torch.isfinite(p.grad).all(), name
        assert (p.grad != 0).any(), name
