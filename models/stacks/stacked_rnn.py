"""A stack of bilinear recurrences, each of which reads the letter and what the layers below it have decided before it.

    h_1(t) = A_1[x_t] h_1(t−1),    h_i(t) = A_i[x_t, q_1(t−1), …, q_{i−1}(t−1)] h_i(t−1),    q_i = argmax C_i h_i,

the torch form of `bistate.theory.StackedWeights`. Decisions are **hard**: each layer is a `BilinearRNN` over letters
(x, q_1, …, q_{i−1}). An argmax has no gradient. Where gradients are recorded in training mode, numbers p ≥ 0 of sum 1
are passed on in place of one decision, and the layers above move by the mean Σ p A_i[x, ·]:

    "straight_through"  p is the hard decision, its gradient that of softmax(logits); what is computed is the same
    "soft"              p is softmax(logits) itself; what is computed is another function, until p is nearly hard
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...theory.files.json_record import is_number
from ..bilinear_rnn import BilinearRNN
from ..checks import check_sizes, checked_letters
from ..errors import ModelError
from ..transitions.base import unit

if TYPE_CHECKING:
    from ...theory.stacks.stacked_weights import StackedWeights

PASSING = ("straight_through", "soft")


class StackedRNN(nn.Module):
    """Layers joined by their decisions; the score of a state is the largest Σ_i (C_i h_i)_{q_i} of its tuples q.

    So the state with the largest score is the one that the decoder gives for the decisions of the layers.

    Args:
        letters: number of letters; inputs are indices 0 … letters-1.
        states: number of states, the width of the logits.
        decisions: number of states that each layer decides on, from the bottom up.
        hidden: hidden size of each layer.
        decoder: the index of the state for each tuple of decisions, in the order of `itertools.product`; None where
            there is one state for each tuple.
        transition: the family of all layers, see `BilinearRNN`; or one family for each.
        passing: how training passes decisions on, "straight_through" or "soft".
        sharpness: the logits are multiplied by it before the softmax of either.
        seed: of the start values.
        options: further arguments of every `BilinearRNN`, such as `normalize`, `temperature` and `dtype`.

    Raises:
        ModelError: for sizes below 1, a decoder that does not fit, or another way of passing decisions on.

    >>> model = StackedRNN(letters=2, states=6, decisions=(2, 3), hidden=(4, 4))
    >>> model(torch.tensor([[0, 1, 1], [1, 0, 0]])).shape, model.decided(torch.tensor([[0, 1, 1]])).shape
    (torch.Size([2, 6]), torch.Size([1, 2]))
    """

    decoder: Tensor

    def __init__(
        self,
        letters: int,
        states: int,
        decisions: Sequence[int],
        hidden: Sequence[int],
        decoder: Sequence[int] | None = None,
        transition: str | Sequence[str] = "rotation",
        *,
        passing: str = "straight_through",
        sharpness: float = 1.0,
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__()
        families = [transition] * len(decisions) if isinstance(transition, str) else list(transition)
        if not len(decisions) == len(hidden) == len(families) or not decisions:
            raise ModelError(
                f"decisions={tuple(decisions)!r}, hidden={tuple(hidden)!r} and transition={transition!r} have to be of "
                "one length, at least 1: one of each for a layer"
            )
        check_sizes(letters=letters, states=states)
        generator = torch.Generator().manual_seed(seed)
        layers = []
        for i, (count, width, family) in enumerate(zip(decisions, hidden, families, strict=True)):
            check_sizes(decisions=count)
            read = letters * prod(decisions[:i])
            layers.append(BilinearRNN(read, width, count, family, generator=generator, **options))
        self._join(letters, states, layers, decoder, passing, sharpness)

    def _join(
        self,
        letters: int,
        states: int,
        layers: Sequence[BilinearRNN],
        decoder: Sequence[int] | None,
        passing: str,
        sharpness: float,
    ) -> None:
        self.letters, self.states = letters, states
        self.layers = nn.ModuleList(layers)
        self.decisions = tuple(layer.states for layer in layers)
        if passing not in PASSING:
            raise ModelError(f"passing={passing!r} is not known; accepted: {', '.join(PASSING)}")
        if not (is_number(sharpness) and sharpness > 0):
            raise ModelError(f"sharpness has to be a positive number, got sharpness={sharpness!r}")
        self.passing, self.sharpness = passing, sharpness
        tuples = prod(self.decisions)
        table = torch.tensor(range(tuples) if decoder is None else decoder)
        if table.shape != (tuples,) or sorted(set(table.tolist())) != list(range(states)):
            raise ModelError(
                f"the decoder has to give each of {tuples} tuples of decisions one of {states} states, and each state "
                f"a tuple; got {decoder if decoder is not None else 'none, which takes as many states as tuples'}"
            )
        self.register_buffer("decoder", table.to(layers[0].start.device))

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.layers)

    def forward(self, x: Tensor, every: bool = False) -> Tensor:
        """Scores of the state after the word, or after each of its prefixes.

        Args:
            x: letters, integers of shape (batch, time); time may be 0.
            every: scores at every position.

        Returns:
            (batch, states), or (batch, time, states) when `every`.

        Raises:
            InputError: for letters that are not integers, of another shape, or outside the alphabet.
        """
        scores = self.layer_scores(x)
        kept = [s[:, 1:] if every else s[:, -1] for s in scores]
        total = kept[0]  # (…, tuples of the layers so far)
        for s in kept[1:]:
            total = (total[..., :, None] + s[..., None, :]).flatten(-2)
        if self.states == total.shape[-1]:
            return total[..., self._places]
        found = total.new_full((*total.shape[:-1], self.states), float("-inf"))
        return found.scatter_reduce(-1, self.decoder.expand(total.shape), total, "amax")

    @property
    def _places(self) -> Tensor:
        """For each state the tuple that is decoded to it, where there is one for each."""
        return torch.argsort(self.decoder)

    def layer_scores(self, x: Tensor) -> list[Tensor]:
        """The logits C_i h_i of each layer before the first letter and after every one: (batch, time + 1, |Q_i|)."""
        x = checked_letters(x, self.letters)
        through = self.training and torch.is_grad_enabled()
        found: list[Tensor] = []
        read, share = x, None  # what a layer reads: one letter, or x and shares of the decisions below
        for layer in self.layers:
            assert isinstance(layer, BilinearRNN)
            h = layer.initial(len(x))
            if share is None:
                states = layer.run(h, read)  # (time, batch, hidden)
            else:
                states = _mixed_states(layer, h, x, share)
            scores = torch.cat([h[None], states]).transpose(0, 1) @ layer.rows().t()  # (batch, time + 1, |Q_i|)
            found.append(scores)
            before = scores[:, :-1]
            if through:
                p = self._shares(before)
                share = p if share is None else (share[..., :, None] * p[..., None, :]).flatten(-2)
            else:
                read = read * layer.states + before.argmax(-1)
        return found

    def _shares(self, scores: Tensor) -> Tensor:
        p = torch.softmax(self.sharpness * scores, -1)
        if self.passing == "soft":
            return p
        hard = nn.functional.one_hot(scores.argmax(-1), scores.shape[-1]).to(p.dtype)
        return hard + (p - p.detach())

    def decided(self, x: Tensor, every: bool = False) -> Tensor:
        """The hard decision of each layer: (batch, depth), or (batch, time, depth) when `every`."""
        with torch.no_grad():
            made = torch.stack([s.argmax(-1) for s in self.layer_scores(x)], -1)
        return made[:, 1:] if every else made[:, -1]

    def agreement(self, stack: StackedWeights, x: Tensor) -> tuple[float, ...]:
        """For each layer the share of words after which it decides as the layer of an exact stack does.

        With one decoder a model that is right has 1 everywhere; where it is wrong, the lowest layer below 1 is to
        blame, as layers above read what it decides.

        Args:
            stack: over the same letters, with as many decisions in each layer.
            x: letters, (batch, time).

        Raises:
            ModelError: for a stack that does not fit.
        """
        if (len(stack.letters), stack.decisions) != (self.letters, self.decisions):
            raise ModelError(
                f"the model has {self.letters} letters and decisions {self.decisions}, the stack {len(stack.letters)} "
                f"and {stack.decisions}"
            )
        exact = torch.from_numpy(stack.decide_batch(x.numpy(force=True)))
        same = (self.decided(x).cpu() == exact).double().mean(0)
        return tuple(same.tolist())

    @classmethod
    def from_weights(
        cls,
        stack: StackedWeights,
        transition: str | None = None,
        dtype: torch.dtype = torch.float64,
        normalize: bool = True,
        device: torch.device | str = "cpu",
        passing: str = "straight_through",
        sharpness: float = 1.0,
    ) -> StackedRNN:
        """A model with the exact weights of a stack, rounded once; letters and states follow those of the stack.

        Args:
            stack: the weights.
            transition: the family of all layers; by default for each layer that of its rung where this keeps its
                coordinates, else "full". With "rotation" signs are padded to half turns, and stay turns in training.
            dtype: torch.float64 or torch.float32.
            normalize: see `BilinearRNN`.
            device: any torch device.
            passing: see `StackedRNN`.
            sharpness: see `StackedRNN`.

        Raises:
            ModelError: for matrices that are not of the family asked for.
        """
        layers = [BilinearRNN.from_weights(layer, transition, dtype, normalize, device) for layer in stack.layers]
        model = cls.__new__(cls)
        nn.Module.__init__(model)
        rows = {label: k for k, label in enumerate(stack.states)}
        decoder = [rows[label] for label in stack.decoder]
        model._join(len(stack.letters), len(stack.states), layers, decoder, passing, sharpness)
        return model

    def extra_repr(self) -> str:
        """The arguments that the layers do not show."""
        return f"letters={self.letters}, states={self.states}, decisions={self.decisions}, passing={self.passing!r}"


def _mixed_states(layer: BilinearRNN, h: Tensor, x: Tensor, share: Tensor) -> Tensor:
    """States (time, batch, hidden) of h ← Σ_q p_q A[x, q] h, with a share p_q of each tuple q of decisions before each
    letter: (batch, time, tuples).
    """
    matrices = layer.transitions()  # (letters · tuples, hidden, hidden)
    matrices = matrices.unflatten(0, (-1, share.shape[-1]))  # (letters, tuples, hidden, hidden)
    out = [h.new_empty(0, *h.shape)]
    for t in range(x.shape[1]):
        moved = torch.einsum("bqij,bj->bqi", matrices[x[:, t]], h)  # (batch, tuples, hidden)
        h = (share[:, t, :, None] * moved).sum(1)
        h = unit(h) if layer.normalize else h
        out.append(h[None])
    return torch.cat(out)
