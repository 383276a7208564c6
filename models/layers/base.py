"""What the layers of this room share: embedding, loop over time, readout, and the lift to a `LinearRNN`.

A layer reads the letter x through an embedding u = E[x]. What a step needs of it (transition, added term) depends on u
alone, so it is made once per letter, and a step is affine in the state: `S ← A[x] S + b[x]`. Scores are
`head(outputs(S, u))`; where `outputs` is affine in S for every letter, apart from a norm, the whole layer is a linear
recurrence with one readout per last letter.

Left out of all layers, so that a step reads one letter: short convolutions over time, token shifts, dropout, residual
paths around the layer, norms before it, and whatever stands after its output projection.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..affine_step import Shape, affine_map
from ..checks import check_dtype, check_finite, check_sizes, checked_letters
from ..errors import InputError, ModelError, checked_device
from ..linear_rnn import LinearRNN
from ..linear_weights import LinearWeights
from .behind_norms import normed_parts
from .start_values import StartValues

Floats = NDArray[Any]  # of float64
NORMS: dict[str, Callable[..., nn.Module]] = {"rms": nn.RMSNorm, "layer": nn.LayerNorm}


@dataclass(frozen=True, eq=False)
class Recurrence:
    """The states of a layer as real arrays: `h ← A[x] h + b[x]`, from `start`; a complex number is a pair.

    Attributes:
        A: (letters, width, width).
        b: (letters, width).
        start: (width,).
        defect: how far the step was from affine on random states, relative to their size: rounding.
    """

    A: Floats
    b: Floats
    start: Floats
    defect: float


class RecurrentLayer(nn.Module):
    """Base of the layers: letters (batch, time) to scores (batch, states), or (batch, time, states) when `every`.

    A layer gives `start_state`, `coefficients`, `advance` and `outputs`, and sets `options`.

    Attributes:
        letters: number of letters.
        hidden_size: width of the embedding.
        states: number of scores.
        embedding: E, (letters, hidden_size).
        head: the last linear map, to the scores.
        options: the arguments besides the three sizes that rebuild the layer, apart from its weights.
        norm_kind: the norm of the output, "rms", "layer" or None.
        bias: whether the head has one.
        norm_groups: how many parts of the output are normalised on their own.
        reads_last: whether scores depend on the last letter as well as on the state.
        normalize: False; states are not divided by their norm.
        additive: True; a step may add a term.
        usual: settings of training that differ from the defaults of `TrainConfig`: a place to begin.
    """

    normalize: ClassVar[bool] = False
    additive: ClassVar[bool] = True
    usual: ClassVar[Mapping[str, Any]] = {"steps": 2000, "lr": 1e-2, "weight_decay": 0.0, "label_smoothing": 0.1}
    NORM: ClassVar[str] = "norm"  # the attribute that holds the norm of the output, or None
    options: dict[str, Any]
    norm_groups: int = 1
    reads_last: bool = True

    def __init__(
        self, letters: int, hidden_size: int, states: int, norm: str | None, bias: bool, draw: StartValues
    ) -> None:
        super().__init__()
        check_sizes(letters=letters, hidden_size=hidden_size, states=states)
        check_flags(bias=bias)
        if norm not in (None, *NORMS):
            raise ModelError(f"norm has to be {', '.join(map(repr, NORMS))} or None, got norm={norm!r}")
        self.letters, self.hidden_size, self.states = letters, hidden_size, states
        self.norm_kind, self.bias = norm, bias
        self.embedding = draw.empty(nn.Embedding, letters, hidden_size)
        with torch.no_grad():
            self.embedding.weight.copy_(draw.normal(letters, hidden_size))

    def _finish(
        self, out: int, draw: StartValues, dtype: torch.dtype, device: torch.device | str, **options: Any
    ) -> None:
        """Add the head, note the options and go to type and device; the last line of a layer's constructor."""
        check_dtype(dtype)
        self.head = draw.linear(out, self.states, self.bias)
        self.options = {**options, "bias": self.bias}
        self.to(dtype=dtype, device=checked_device(device))

    # --- what a layer gives ---

    def start_state(self) -> Tensor:
        """The state before the first letter, without a batch dimension."""
        raise NotImplementedError

    def coefficients(self, u: Tensor) -> tuple[Tensor, ...]:
        """What a step needs of a letter: embeddings (…, hidden_size) to tensors (…, …)."""
        raise NotImplementedError

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """The next states, affine in the states: (batch, …) to (batch, …)."""
        raise NotImplementedError

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """What the head reads: states (…, *state) and embeddings of the last letters (…, hidden_size) to (…, out)."""
        raise NotImplementedError

    # --- running ---

    @property
    def start(self) -> Tensor:
        """The same as `start_state()`."""
        return self.start_state()

    @property
    def config(self) -> dict[str, Any]:
        """The layer's name and the arguments that rebuild it, apart from its weights; plain JSON values."""
        sizes = {"letters": self.letters, "hidden_size": self.hidden_size, "states": self.states}
        dtype = str(self.embedding.weight.dtype).removeprefix("torch.")
        return {"layer": type(self).__name__, **sizes, **self.options, "dtype": dtype}

    def step(self, state: Tensor, x: Tensor) -> Tensor:
        """One letter: states (batch, …) and letters (batch,) to the next states; affine in the states."""
        return self.advance(state, *self.coefficients(self.embedding(x)))

    def scores(self, state: Tensor, x: Tensor | None) -> Tensor:
        """The readout: states (…, *state) and last letters (…) to scores (…, states).

        Args:
            state: after the last letter.
            x: the last letters; None where there is none, the empty word.

        Raises:
            InputError: for x=None, where the scores depend on the last letter.
        """
        if x is None and self.reads_last:
            raise InputError("the readout reads the last letter, so the empty word has no scores")
        scores: Tensor = self.head(self.outputs(state, None if x is None else self.embedding(x)))
        return scores

    def run(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        """States before the first letter and after each: checked letters (batch, time) to (time + 1, batch, …).

        Args:
            x: the letters.
            state: before the first of them, (batch, …), so that a long word can be read in pieces; None: the start.
        """
        table = self.coefficients(self.embedding.weight)
        if state is None:
            state = self.start_state()
            state = state.expand(len(x), *state.shape)
        states = [state]
        for letters in x.unbind(1):
            state = self.advance(state, *(values[letters] for values in table))
            states.append(state)
        return torch.stack(states)

    def forward(self, x: Tensor, every: bool = False) -> Tensor:
        """Scores of the state after the word, or after each of its prefixes.

        Args:
            x: letters, integers of shape (batch, time).
            every: scores at every position.

        Returns:
            (batch, states), or (batch, time, states) when `every`.

        Raises:
            InputError: for letters that are not integers, of another shape, or outside the alphabet; for the empty
                word, where the scores depend on the last letter.
        """
        x = checked_letters(x, self.letters)
        states = self.run(x)
        if every:
            return self.scores(states[1:], x.t()).transpose(0, 1)
        return self.scores(states[-1], x[:, -1] if x.shape[1] else None)

    def hidden_states(self, x: Tensor) -> Tensor:
        """The state after every letter, flattened, real or complex: (batch, time) → (batch, time, width)."""
        x = checked_letters(x, self.letters)
        return self.run(x)[1:].flatten(2).transpose(0, 1)

    # --- lifting ---

    def lift(self) -> LinearRNN:
        """The layer as a `LinearRNN`, read off a copy in double precision on the CPU.

        Scores are those of the layer: of a norm, `norms` of the network have what stands behind it. With one exception:
        a norm "rms" over the whole output, without a bias after it, divides all scores of a state by one positive
        number. It is left out, its weights are kept, and `changes` says so: no answer changes.

        Raises:
            ModelError: where the readout is not affine in the state, norms apart; `recurrence` is there anyway.
        """
        double, step = self._double()
        state, norm = double.start_state(), self._norm_of(double)
        if self.norm_kind is None:
            return LinearRNN.from_step(step, self.letters, state, double.scores)

        def put(module: nn.Module) -> None:
            setattr(double, self.NORM, module)

        if self.norm_kind == "rms" and self.norm_groups == 1 and not self.bias:
            put(_Weights(norm.weight))
            net = LinearRNN.from_step(step, self.letters, state, double.scores)
            left_out = "the norm before the readout, which divides all scores by one positive number, was left out"
            net.changes = (*net.changes, left_out)
            return net
        with torch.no_grad():
            parts, bias = normed_parts(double.scores, norm, put, self.letters, state, self.norm_groups)
        return LinearRNN.from_step(step, self.letters, state, None, bias if bias.any() else None, norms=parts)

    def _norm_of(self, double: RecurrentLayer) -> Any:
        return getattr(double, self.NORM, None)

    def linear(self) -> LinearWeights:
        """The layer as arrays of float64, see `LinearWeights` and `lift`; affine terms become a constant unit.

        Raises:
            ModelError: where the readout is not affine in the state, norms apart; `recurrence` is there anyway.
        """
        return self.lift().linear()

    def recurrence(self) -> Recurrence:
        """The states alone, whatever the readout, read off a copy in double precision."""
        double, step = self._double()
        first = double.start_state()
        found = affine_map(step, self.letters, first)
        return Recurrence(found.A, found.b, Shape.of(first).flat(first[None])[0].numpy(force=True), found.defect)

    def _double(self) -> tuple[RecurrentLayer, Callable[[Tensor, Tensor], Tensor]]:
        """A copy in double precision on the CPU, and its step with what depends on letters made once."""
        self.check_finite()
        with torch.no_grad():
            double = copy.deepcopy(self).to("cpu", torch.float64).eval().requires_grad_(False)
            self._check_copy(double)
            table = double.coefficients(double.embedding.weight)
        return double, lambda state, x: double.advance(state, *(values[x] for values in table))

    def _check_copy(self, double: RecurrentLayer) -> None:
        """Raise a `ModelError` where the copy in double precision is another recurrence, beyond rounding."""

    # --- the rest ---

    def check_finite(self) -> None:
        """Raise a `ModelError` that names the first weight with a NaN or an infinity; else do nothing."""
        check_finite((*self.named_parameters(), *self.named_buffers()))

    def extra_repr(self) -> str:
        """The arguments, as `repr` shows them."""
        return ", ".join(f"{k}={v!r}" for k, v in self.config.items() if k != "layer")


class _Weights(nn.Module):
    """What is left of an RMS norm without its division."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, values: Tensor) -> Tensor:
        return values * self.weight


def output_norm(kind: str | None, size: int, eps: float) -> nn.Module | None:
    """The norm of a layer's output over its last dimension, with weights 1."""
    return None if kind is None else NORMS[kind](size, eps=eps, dtype=torch.float64)


def check_flags(**flags: bool) -> None:
    """Raise a `ModelError` that names the first option which is not True or False; else do nothing."""
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise ModelError(f"{name} has to be True or False, got {name}={value!r}")


def check_positive(**values: float) -> None:
    """Raise a `ModelError` that names the first value which is no positive finite number; else do nothing."""
    for name, value in values.items():
        fine = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not fine or not (math.isfinite(value) and value > 0):
            raise ModelError(f"{name} has to be a positive number, got {name}={value!r}")


def matrix_step(state: Tensor, A: Tensor, b: Tensor) -> Tensor:
    """`A S + b` for matrices A and states that are matrices."""
    return A @ state + b


def vector_step(state: Tensor, A: Tensor, b: Tensor) -> Tensor:
    """`A h + b` for matrices A and states that are vectors."""
    return (A @ state.unsqueeze(-1)).squeeze(-1) + b
