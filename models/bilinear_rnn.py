"""The bilinear recurrent network `h_t = A[x_t] h_{t-1}`, `logits = C h_T` (arXiv:2505.21749).

New letters act on the left, `A[w] = A[x_T] ⋯ A[x_1]`. There is no bias and, unless asked for, no additive
input, so multiplying `h` by a positive number changes no prediction: states can be divided by their norm at
every step, in training and afterwards, without changing what the network can compute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..theory.files.json_record import is_number
from .checks import check_dtype, check_finite, check_sizes, checked_letters
from .errors import ModelError, checked_device
from .exact import parameters_of
from .linear_weights import LinearWeights, with_constant_unit
from .transitions.base import unit
from .transitions.family import Sizes
from .transitions.registry import FAMILIES
from .transitions.scan import scan_states
from .transitions.step_rounding import StepRounding

if TYPE_CHECKING:
    from ..theory.weights.weights import BilinearWeights

NORMALIZED_GAIN = 0.3  # of a start matrix with normalised states, see `BilinearRNN`


class BilinearRNN(nn.Module):
    """`h_t = A[x_t] h_{t-1} (+ b[x_t])`, `logits = C h_T`, with learned `A`, `C` and start state `h_0`.

    Start values, all drawn from one generator in double precision and then rounded, so that they do not depend
    on `dtype`: `A` as its family says (full: gaussian of variance gain²/hidden), `h_0` and `C` gaussian of variance
    1/hidden, `b` zero. With normalised states the scale of `A[x]` changes no prediction, but a small one lets training
    outgrow the random part of the matrices, which otherwise takes over in long words; without normalising, a small one
    would let the states vanish.

    Args:
        letters: number of letters; inputs are indices 0 … letters-1.
        hidden: hidden size.
        states: number of states, the width of the logits.
        transition: "full", "block", "rotation", "diagonal", "positive", "cp", "householder", "monomial" or "convex".
        block: block size of the "block" family; must divide `hidden`.
        rank: number of terms of the "cp" family; None: as many as `hidden`.
        reflections: factors per letter and head of the "householder" family.
        heads: number of heads of the "householder" family; must divide `hidden`.
        dictionary: number of matrices of the "convex" family.
        normalize: divide `h` by its norm at the start and after every step. An attribute; may be changed at
            any time.
        additive: add a learned `b[x_t]` at every step. Scale invariance is lost: with `normalize` the network
            computes another function, not the same one in another scale.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        temperature: if given, logits are `temperature · Ĉ h` with the rows of C divided by their norms. The loss then
            cannot be lowered by growing C, so that it goes on pulling transitions towards exact ones. Still a linear
            readout.
        gain: start scale of the full family's matrices; None: 0.3 when `normalize`, else 1.
        batching: how a batch of words is run. Full, monomial and convex: "auto", "dense", "grouped", "gathered" or
            "fused", see `bistate.models.recurrence.by_letter`; block, rotation, diagonal and positive: "auto", "fused"
            or "loop", see `bistate.models.recurrence.compiled_blocks`; the others "auto". All:
            "kernel", which "auto" takes on a CUDA device, see `bistate.models.kernels`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, an unknown transition or batching, a block size that does not divide
            `hidden`, or another dtype.

    >>> model = BilinearRNN(letters=3, hidden=8, states=5, seed=0)
    >>> model(torch.tensor([[0, 2, 1], [1, 1, 0]])).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        letters: int,
        hidden: int,
        states: int,
        transition: str = "full",
        *,
        block: int = 2,
        rank: int | None = None,
        reflections: int = 2,
        heads: int = 1,
        dictionary: int = 6,
        normalize: bool = True,
        additive: bool = False,
        seed: int = 0,
        generator: torch.Generator | None = None,
        temperature: float | None = None,
        gain: float | None = None,
        batching: str = "auto",
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        check_sizes(letters=letters, hidden=hidden, states=states)
        check_dtype(dtype)
        generator = generator or torch.Generator().manual_seed(seed)
        self.letters, self.hidden, self.states = letters, hidden, states
        self.transition, self.block, self.batching = transition, block, batching
        self.rank = hidden if rank is None else rank
        self.reflections, self.heads, self.dictionary = reflections, heads, dictionary
        self.normalize, self.additive = normalize, additive
        for name, flag in (("normalize", normalize), ("additive", additive)):
            if not isinstance(flag, bool):
                raise ModelError(f"{name} has to be True or False, got {name}={flag!r}")
        if temperature is not None and not (is_number(temperature) and temperature > 0):
            raise ModelError(f"the temperature has to be a positive number, got temperature={temperature!r}")
        if gain is not None and not (is_number(gain) and gain > 0):
            raise ModelError(f"gain has to be a positive number, got {gain!r}")
        self.temperature = temperature
        self.gain = (NORMALIZED_GAIN if normalize else 1.0) if gain is None else gain
        if transition not in FAMILIES:
            raise ModelError(f"unknown transition {transition!r}; accepted: {', '.join(FAMILIES)}")
        sizes = Sizes(letters, hidden, block, rank, reflections, heads, dictionary, self.gain)
        self.family = FAMILIES[transition].build(sizes, generator)
        self.family.choose(batching)
        self.start = nn.Parameter(_gauss((hidden,), hidden, generator))
        self.readout = nn.Parameter(_gauss((states, hidden), hidden, generator))
        self.shift = nn.Parameter(torch.zeros(letters, hidden, dtype=torch.float64)) if additive else None
        self.to(dtype=dtype, device=checked_device(device))

    @property
    def config(self) -> dict[str, int | float | str | bool | None]:
        """The arguments that rebuild this module, apart from its weights; plain JSON values."""
        sizes = ("letters", "hidden", "states", "transition", "block", "rank", "reflections", "heads", "dictionary")
        names = (*sizes, "normalize", "additive", "temperature", "gain", "batching")
        return {
            **{name: getattr(self, name) for name in names},
            # a file is for every device, and "auto" takes the kernel where there is one
            "batching": "auto" if self.batching == "kernel" else self.batching,
            "dtype": str(self.start.dtype).removeprefix("torch."),
        }

    @property
    def parameter_count(self) -> int:
        """Parameters of the transitions: full `H²D`, block `b²D(H/b)`, rotation `DH/2`, diagonal and positive `DH`, cp
        `R(2H+D)`, householder `D n (H + heads)`, monomial `H²D + HD`, convex `KH² + KD`.
        """
        return sum(p.numel() for p in self.family.parameters())

    def transitions(self) -> Tensor:
        """The matrices `A[x]`, (letters, hidden, hidden), whatever the family."""
        return self.family.dense()

    def forward(self, x: Tensor, every: bool = False, parallel: bool = False) -> Tensor:
        """Logits of the state after the word, or after each of its prefixes.

        Args:
            x: letters, integers of shape (batch, time); time may be 0, the empty word.
            every: logits at every position.
            parallel: by a scan over time, for long words; where the loop is compiled, which is faster, by the loop. See
                `bistate.models.transitions.scan`.

        Returns:
            (batch, states), or (batch, time, states) when `every`.

        Raises:
            InputError: for letters that are not integers, of another shape, or outside the alphabet.
            ModelError: for `parallel` with a family that has no scan, or with additive terms.
        """
        x = self.checked(x)
        states, last = self._run(self.initial(len(x)), x, parallel)  # (time, batch, hidden), (batch, hidden)
        if every:
            return (states @ self.rows().t()).transpose(0, 1)  # (batch, time, states)
        return last @ self.rows().t()  # (batch, states)

    def rows(self) -> Tensor:
        """The rows that read out the states: C, or `temperature · Ĉ`: (states, hidden)."""
        return self.readout if self.temperature is None else self.temperature * unit(self.readout)

    def initial(self, batch: int) -> Tensor:
        """`h_0`, of norm 1 when `normalize`, once per sample: (batch, hidden)."""
        h = unit(self.start) if self.normalize else self.start
        return h.expand(batch, -1)

    def run(self, h: Tensor, x: Tensor, parallel: bool = False) -> Tensor:
        """States after every letter, starting from any states, so that a long word can be read in pieces.

        Args:
            h: (batch, hidden).
            x: checked letters, int64 (batch, time).
            parallel: see `forward`.

        Returns:
            (time, batch, hidden); pass the last one on to continue.
        """
        return self._run(h, x, parallel)[0]

    def _run(self, h: Tensor, x: Tensor, parallel: bool) -> tuple[Tensor, Tensor]:
        """All states, (time, batch, hidden), and the last one, (batch, hidden); see `Transition.states`."""
        if x.shape[1] == 0:
            return h.new_empty(0, *h.shape), h
        if parallel:
            if self.shift is not None:
                raise ModelError("there is no parallel scan with additive terms; use parallel=False")
            states = scan_states(self.transition, self.family, h, x, self.normalize)
            return states, states[-1]
        return self.family.states(h, x, self._added(x), self.normalize)

    def _added(self, x: Tensor) -> Tensor | None:
        """`b[x_t]`, (time, batch, hidden), or None."""
        if self.shift is None:
            return None
        return self.shift.index_select(0, x.t().reshape(-1)).view(x.shape[1], x.shape[0], -1)

    def checked(self, x: Tensor) -> Tensor:
        """The letters as int64, or an `InputError` that repeats what is wrong with them."""
        return checked_letters(x, self.letters)

    def hidden_states(self, x: Tensor) -> Tensor:
        """States after every letter, as the model runs: (batch, time) → (batch, time, hidden)."""
        x = self.checked(x)
        return self.run(self.initial(len(x)), x).transpose(0, 1)

    def linear(self) -> LinearWeights:
        """The model as arrays of float64, see `LinearWeights`; additive terms become a constant unit.

        Raises:
            ModelError: with additive terms and normalised states, where no linear recurrence does the same.
        """
        with torch.no_grad():
            tensors = self.transitions(), self.start, self.rows(), self.initial(1)[0]
            A, start, C, first = (t.detach().double().numpy(force=True) for t in tensors)
        if self.shift is None:
            return LinearWeights(A, start, C, self.normalize, first)
        if self.normalize:
            raise ModelError(
                "the model has additive terms b[x] (additive=True) and divides states by their norm (normalize=True): "
                "scale invariance is lost, so no recurrence h ← A[x] h does the same; normalize=False has one"
            )
        add = self.shift.detach().double().numpy(force=True)
        wide, start, C = with_constant_unit(A, start, C, add, None)
        return LinearWeights(wide, start, C, False, start, ("additive terms became a constant unit",))

    def step_rounding(self) -> StepRounding:
        """What one step of the code rounds, see `StepRounding`.

        Raises:
            ModelError: if an intermediate number may leave the range of floats.
        """
        return self.family.step_rounding()

    def check_finite(self) -> None:
        """Raise a `ModelError` that names the first weight with a NaN or an infinity; else do nothing."""
        check_finite(self.named_parameters())

    @contextmanager
    def normalized(self, normalize: bool = True) -> Iterator[BilinearRNN]:
        """The model with `normalize` set to the given value inside the `with` block, and put back after
        it.
        """
        before, self.normalize = self.normalize, normalize
        try:
            yield self
        finally:
            self.normalize = before

    @classmethod
    def from_weights(
        cls,
        weights: BilinearWeights,
        transition: str | None = None,
        dtype: torch.dtype = torch.float64,
        normalize: bool = True,
        device: torch.device | str = "cpu",
    ) -> BilinearRNN:
        """A model with exact weights rounded to `dtype`, see `model_from_weights`."""
        return model_from_weights(weights, transition, dtype, normalize, device)

    def extra_repr(self) -> str:
        """The arguments, as `repr` shows them."""
        return ", ".join(f"{k}={v!r}" for k, v in self.config.items())


def model_from_weights(
    weights: BilinearWeights,
    transition: str | None = None,
    dtype: torch.dtype = torch.float64,
    normalize: bool = True,
    device: torch.device | str = "cpu",
) -> BilinearRNN:
    """The model with the given exact weights, rounded once.

    Letter and state indices follow `weights.letters` and `weights.states`. With `transition="full"` any
    weights load, those in a learned basis too.

    Args:
        weights: exact weights with real entries.
        transition: the family; by default the rung of the weights, when the model can hold it in the same
            coordinates: blocks all of one size (rotation: of size 2). Otherwise "full". Asking for "block" with unequal
            blocks pads each to the largest with zeros, "rotation" pads a block ±1 to a half or whole turn; the hidden
            size then grows and the logits stay the same. "householder" takes orthonormal coordinates, and pads heads to
            one size. "cp" and "householder" need weights with such factors.
        dtype: torch.float64 or torch.float32.
        normalize: see `BilinearRNN`.
        device: any torch device.

    Returns:
        A `BilinearRNN` whose weights can be trained further.

    Raises:
        ModelError: for an unknown family, or matrices that are not of the family asked for.
    """
    family, found = parameters_of(weights, transition)
    hidden = len(found.start)
    options: dict[str, Any] = {"block": 2 - hidden % 2, **found.options}
    sizes = (len(weights.letters), hidden, len(found.readout))
    model = BilinearRNN(*sizes, family, normalize=normalize, dtype=dtype, device=device, **options)
    with torch.no_grad():
        for name, values in found.parameters.items():
            model.family.get_parameter(name).copy_(torch.from_numpy(values))
        model.start.copy_(torch.from_numpy(found.start))
        model.readout.copy_(torch.from_numpy(found.readout))
    model.check_finite()
    return model


def _gauss(shape: tuple[int, ...], hidden: int, generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64) / math.sqrt(hidden)
