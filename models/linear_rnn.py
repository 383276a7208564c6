"""A linear or affine recurrence from anybody's arrays or code: `h_t = A[x_t] h_{t-1} + b[x_t]`, scores `C h_T + d`.

The door for own layers: arrays (`LinearRNN.from_arrays`) or a function `step(h, x)` (`LinearRNN.from_step`) become a
module with the members that `bistate.verify` asks for. Complex states become pairs of real ones, affine terms a
constant unit, and `changes` says what was changed. Instead of C there may be parts behind norms, `NormedReadout`, or a
`Decoder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .affine_step import Shape, Step, affine_map
from .checks import DTYPES, check_finite, checked_letters
from .decoder import Decoder
from .decoder_module import DecoderScores
from .errors import InputError, ModelError
from .given_arrays import check_dimensions, exact_array, real_units, require_real
from .linear_arguments import (
    check_decoder,
    check_norms,
    check_shapes,
    decoder_in,
    how_read,
    is_complex,
    probed,
    readout_of,
    require_flat,
)
from .linear_weights import LinearWeights, with_constant_unit
from .normed_readout import NormedReadout, NormedScores
from .step_windows import Window, check_window, lifted
from .transitions.base import unit
from .transitions.step_rounding import StepRounding

Floats = NDArray[Any]  # of float64


class LinearRNN(nn.Module):
    """`h ← A[x] h + b[x]`, scores `C h + d`; made by `from_arrays` or `from_step`.

    The module holds buffers, not parameters: it is what was read off something else. It runs in double precision unless
    it is moved (`net.float()`), one letter after the other.

    Attributes:
        letters: number of letters.
        states: number of scores.
        hidden: hidden size, with real units for complex ones, without the constant unit.
        A: (letters, hidden, hidden).
        start: h_0, (hidden,).
        readout: C, (states, hidden) or (letters, states, hidden): one for each last letter.
        add: b, (letters, hidden), or None.
        bias: d, (states,) or (letters, states), or None.
        normalize: divide `h` by its norm at the start and after every step.
        changes: what was changed on the way here, in words.
        norms: what stands behind norms, modules of a `NormedReadout` each; with these C is 0.
        window: how a step that reads several letters was lifted, None for one letter; then `hidden` counts all blocks.
        decoder: a `Decoder` as a module, or None; with it C is 0.
    """

    A: Tensor
    start: Tensor
    readout: Tensor
    add: Tensor | None
    bias: Tensor | None

    def __init__(
        self,
        A: Floats,
        start: Floats,
        readout: Floats,
        add: Floats | None,
        bias: Floats | None,
        normalize: bool,
        changes: tuple[str, ...] = (),
        norms: Sequence[NormedReadout] = (),
        window: Window | None = None,
        decoder: Decoder | None = None,
    ) -> None:
        super().__init__()
        check_shapes(A, start, readout, add, bias)
        check_norms(norms, A, readout, normalize)
        check_decoder(decoder, norms, A, readout, bias)
        if not isinstance(normalize, bool):
            raise ModelError(f"normalize has to be True or False, got normalize={normalize!r}")
        self.letters, self.hidden, self.states = len(A), len(start), readout.shape[-2]
        self.normalize, self.changes, self.window = normalize, changes, window
        for name, values in (("A", A), ("start", start), ("readout", readout), ("add", add), ("bias", bias)):
            self.register_buffer(name, None if values is None else torch.from_numpy(np.array(values, dtype=np.float64)))
        self.norms = nn.ModuleList(map(NormedScores, norms))
        self.decoder = None if decoder is None else DecoderScores(decoder.layers)

    @classmethod
    def from_arrays(
        cls,
        A: Any,
        start: Any,
        readout: Any,
        add: Any = None,
        bias: Any = None,
        normalize: bool = False,
        norms: Sequence[NormedReadout] = (),
    ) -> LinearRNN:
        """A network from arrays or tensors of floats, complex numbers or integers, of at most double precision.

        A complex unit u + iv becomes the pair u, v; then a complex readout gives the real part of C h, and a real one
        may also have twice the columns, u and v in turn. Every number is kept exactly.

        Args:
            A: transitions, (letters, hidden, hidden); new letters act on the left.
            start: h_0, (hidden,).
            readout: C, (states, hidden), or one for each last letter, (letters, states, hidden); None with `norms`. Or
                a `Decoder`, or a `Sequential` of torch that is one, see `decoder_of`, of real units.
            add: b, (letters, hidden).
            bias: d, (states,) or (letters, states).
            normalize: whether states are divided by their norm at the start and after every step.
            norms: parts of the scores behind norms, in place of C; scores are their sum plus d.

        Raises:
            ModelError: for shapes that do not go together, another type, or numbers that are not finite; for `norms`
                beside a readout, or with normalised states and affine terms.

        >>> net = LinearRNN.from_arrays([[[1.0]], [[-1.0]]], [1.0], [[1.0], [-1.0]])
        >>> net(torch.tensor([[1, 0, 1, 1]])).argmax().item()
        1
        """
        decoder = decoder_in(readout)
        if readout is None and norms:
            readout = np.zeros((norms[0].weights.shape[-2], np.shape(A)[-1]))
        elif decoder is not None:
            width = np.shape(A)[-1] * (2 if any(map(is_complex, (A, start, add))) else 1)
            readout = np.zeros((decoder.width(width, len(A)), np.shape(A)[-1]))
        given = {"A": A, "start": start, "readout": readout, "add": add, "bias": bias}
        arrays = {name: exact_array(values, name) for name, values in given.items() if values is not None}
        check_dimensions(arrays)
        changes: tuple[str, ...] = ()
        if any(np.iscomplexobj(arrays.get(name, 0.0)) for name in ("A", "start", "add")):
            real_units(arrays)
            changes = ("complex units became pairs of real ones",)
        else:
            require_real(arrays, "A or start")
        A, start, readout, add, bias = (arrays.get(name) for name in given)
        return cls(A, start, readout, add, bias, normalize, changes, norms, decoder=decoder)

    @classmethod
    def from_step(
        cls,
        step: Step,
        letters: int,
        start: Any,
        readout: Any,
        bias: Any = None,
        normalize: bool = False,
        window: int = 1,
        norms: Sequence[NormedReadout] = (),
    ) -> LinearRNN:
        """A network read off a function that is affine in the state, in double precision.

        Args:
            step: states (batch, …) and letters, int64 (batch,), to the next states, (batch, …). The states may be
                matrices, and complex. With `window` k the letters are (batch, k): those of the last k positions, the
                newest last; a position before the word has the index `letters`, for which an embedding has a row of
                its own, of zeros where the code pads with zeros.
            letters: number of letters.
            start: one state, (…), before the first letter.
            readout: C, (states, width), on flattened states (complex ones: see `from_arrays`); or a function of states
                (batch, …) and letters (batch,) to scores, (batch, states), affine in the state, which is read in the
                same way, letter by letter; None with `norms`. Or a `Decoder`, or a `Sequential` of torch that is one,
                see `decoder_of`, of flattened states.
            bias: d, if `readout` is an array.
            normalize: whether the code divides the state by its norm after every step; then `step` is without the
                division.
            window: how many letters a step reads, as with a short convolution. The state is then kept once for each
                way in which the letters before may end, see `step_windows.py`; a `readout` that is a function is given
                windows as well.
            norms: parts of the scores behind norms, on flattened states (a complex unit is the pair u, v).

        Raises:
            ModelError: if the step or the readout is not affine in the state, gives another result when asked again,
                another shape, or numbers that are not finite; for too many windows; for windows, normalised states and
                an added term.
        """
        if isinstance(letters, bool) or not isinstance(letters, int) or letters < 1:
            raise ModelError(f"letters has to be a positive integer, got {letters!r}")
        first = torch.from_numpy(np.array(exact_array(start, "start")))
        shape = Shape.of(first)
        check_window(window, letters, shape.width)
        changes = () if not shape.is_complex else ("complex units became pairs of real ones",)
        flat = shape.flat(first[None])[0].numpy()
        decoder = decoder_in(readout)
        if readout is None and norms:
            rows = np.zeros((norms[0].weights.shape[-2], shape.width))
            bias = None if bias is None else exact_array(bias, "bias")
        elif decoder is not None:
            require_flat(readout, shape)
            rows = np.zeros((decoder.width(shape.width, letters), shape.width))
            bias = None if bias is None else exact_array(bias, "bias")
        elif callable(readout):
            if bias is not None:
                raise ModelError("bias goes with a readout that is an array; a function adds its own")
            rows, bias = (readout, None) if window > 1 else probed(readout, letters, first)
        else:
            rows, bias = readout_of(shape, readout, bias)
        if window > 1 and decoder is not None:
            raise ModelError(f"a decoder is covered for steps of one letter, window=1, not window={window}")
        if window > 1:
            wide = lifted(step, letters, window, first, rows, bias, tuple(norms), normalize)
            read = (wide.window.change, how_read(wide.defect))
            scores = (wide.readout, None, wide.bias)
            return cls(wide.A, wide.start, *scores, normalize, changes + read, wide.norms, wide.window)
        found = affine_map(step, letters, first)
        add = found.b if found.b.any() else None
        how = (*changes, how_read(found.defect))
        return cls(found.A, flat, rows, add, bias, normalize, how, norms, decoder=decoder)

    @property
    def config(self) -> dict[str, Any]:
        """What a file says beside the arrays: their shapes, `normalize`, `changes`; plain JSON values."""
        found = {
            "kind": "linear",
            "letters": self.letters,
            "hidden": self.hidden,
            "states": self.states,
            "readouts": "each letter" if self.readout.ndim == 3 else "one",
            "add": self.add is not None,
            "bias": "none" if self.bias is None else "each letter" if self.bias.ndim == 2 else "one",
            "normalize": self.normalize,
            "changes": list(self.changes),
            "dtype": str(self.start.dtype).removeprefix("torch."),
        }
        found |= {} if self.window is None else {"window": asdict(self.window)}
        found |= {"norms": [part.config for part in self._parts]} if len(self.norms) else {}
        return found | ({} if self.decoder is None else {"decoder": self.decoder.config})

    @property
    def _parts(self) -> list[NormedScores]:
        return [part for part in self.norms if isinstance(part, NormedScores)]

    @property
    def additive(self) -> bool:
        """Whether there are affine terms b[x]."""
        return self.add is not None

    def transitions(self) -> Tensor:
        """The matrices A[x], (letters, hidden, hidden)."""
        return self.A

    def initial(self, batch: int) -> Tensor:
        """`h_0`, of norm 1 when `normalize`, once per sample: (batch, hidden)."""
        h = unit(self.start) if self.normalize else self.start
        return h.expand(batch, -1)

    def forward(self, x: Tensor, every: bool = False) -> Tensor:
        """Scores of the state after the word, or after each of its prefixes.

        Args:
            x: letters, integers of shape (batch, time).
            every: scores at every position.

        Returns:
            (batch, states), or (batch, time, states) when `every`.

        Raises:
            InputError: for letters that are not integers, of another shape, or outside the alphabet; for the empty
                word, if the readout depends on the last letter.
        """
        x = checked_letters(x, self.letters)
        states = self.run(self.initial(len(x)), x)  # (time, batch, hidden)
        if every:
            return self.scores(states, x.t()).transpose(0, 1)
        if not len(states):
            if self._by_last_letter:
                raise InputError("the readout depends on the last letter, so the empty word has no scores")
            return self.scores(self.initial(len(x)), None)
        return self.scores(states[-1], x[:, -1])

    def run(self, h: Tensor, x: Tensor) -> Tensor:
        """States after every letter, from any states: (batch, hidden), (batch, time) → (time, batch, hidden)."""
        states = []
        for letters in x.unbind(1):
            h = (self.A[letters] @ h.unsqueeze(-1)).squeeze(-1)
            if self.add is not None:
                h = h + self.add[letters]
            h = unit(h) if self.normalize else h
            states.append(h)
        return torch.stack(states) if states else h.new_empty(0, *h.shape)

    def hidden_states(self, x: Tensor) -> Tensor:
        """States after every letter: (batch, time) → (batch, time, hidden); with a window, those of the step itself."""
        x = checked_letters(x, self.letters)
        states = self.run(self.initial(len(x)), x).transpose(0, 1)
        return states if self.window is None else self.window.folded(states)

    @property
    def _by_last_letter(self) -> bool:
        each = self.readout.ndim == 3 or (self.bias is not None and self.bias.ndim == 2)
        each |= self.decoder is not None and Decoder(self.decoder.values).by_last_letter
        return each or any(part.value.by_last_letter for part in self._parts)

    def scores(self, h: Tensor, last: Tensor | None) -> Tensor:
        """Scores of states after their last letters, (…, hidden), (…) → (…, states); None where these do not count."""
        if self.decoder is not None:
            return torch.as_tensor(self.decoder(h, last))
        rows = self.readout if self.readout.ndim == 2 else self.readout[last]
        scores = h @ rows.t() if rows.ndim == 2 else (rows @ h.unsqueeze(-1)).squeeze(-1)
        for part in self.norms:
            scores = scores + part(h, last)
        if self.bias is None:
            return scores
        return scores + (self.bias if self.bias.ndim == 1 else self.bias[last])

    def linear(self) -> LinearWeights:
        """The network as arrays of float64, see `LinearWeights`; affine terms become a constant unit.

        Raises:
            ModelError: with affine terms or a bias and normalised states, where no linear recurrence does the same.
        """
        if self.start.dtype not in DTYPES.values():
            raise ModelError(f"the network is in {self.start.dtype}; move it to torch.float32 or torch.float64")
        given = (self.A, self.start, self.readout, self.add, self.bias, self.initial(1)[0])
        A, start, C, add, bias, first = (None if t is None else t.double().numpy(force=True) for t in given)
        assert A is not None
        assert start is not None
        assert C is not None
        assert first is not None
        norms = tuple(part.value for part in self._parts)
        many = 1 if self.window is None else self.window.letters
        decoder = None if self.decoder is None else Decoder(self.decoder.values)
        if (norms or decoder) and self.normalize and add is None:
            return LinearWeights(A, start, C, True, first, self.changes, norms, bias=bias, window=many, decoder=decoder)
        if add is None and bias is None and not norms and decoder is None:
            return LinearWeights(A, start, C, self.normalize, first, self.changes, window=many)
        if self.normalize:
            what = "affine terms b[x]" if add is not None else "a bias"
            raise ModelError(
                f"the network has {what} and divides states by their norm (normalize=True): scale invariance is lost, "
                "so no recurrence h ← A[x] h does the same; normalize=False has one"
            )
        wide, start, C = with_constant_unit(A, start, C, np.zeros(A.shape[:2]) if add is None else add, bias)
        changes = (*self.changes, "affine terms became a constant unit")
        norms = tuple(part.with_constant_unit(self.letters) for part in norms)
        if decoder is not None:
            wider = decoder.with_constant_unit(self.hidden)
            return LinearWeights(wide, start, C, False, start, changes, (), self.hidden, window=many, decoder=wider)
        return LinearWeights(wide, start, C, False, start, changes, norms, self.hidden if norms else None, window=many)

    def step_rounding(self) -> StepRounding:
        """A step is one product by a matrix: as many roundings as hidden units, see `StepRounding`.

        Raises:
            ModelError: with affine terms, whose rounding is not covered.
        """
        if self.decoder is not None:
            raise ModelError("the rounding of a decoder is not covered: certify in exact arithmetic")
        if len(self.norms):
            raise ModelError("the rounding of a norm before the readout is not covered: certify in exact arithmetic")
        if self.add is not None or self.bias is not None:
            raise ModelError("the network has affine terms, whose rounding is not covered: certify in exact arithmetic")
        return StepRounding(self.hidden)

    def check_finite(self) -> None:
        """Raise a `ModelError` that names the first number that is a NaN or an infinity; else do nothing."""
        check_finite(self.named_buffers(), "number")

    def extra_repr(self) -> str:
        """Sizes and options, as `repr` shows them."""
        given = [name for name in ("add", "bias") if getattr(self, name) is not None]
        given += [f"{len(self.norms)} norms"] if len(self.norms) else []
        given += ["a decoder"] if self.decoder is not None else []
        more = f", with {' and '.join(given)}" if given else ""
        return f"letters={self.letters}, hidden={self.hidden}, states={self.states}, normalize={self.normalize}{more}"
