"""The arguments of `LinearRNN`: readouts that are arrays, functions or decoders, and whether shapes go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .affine_step import Shape, affine_map, asked
from .decoder import Decoder
from .decoder_module import decoder_of, is_known
from .errors import ModelError
from .given_arrays import check_dimensions, exact_array, real_readout, require_real
from .normed_readout import NormedReadout

Floats = NDArray[Any]  # of float64


def how_read(defect: float) -> str:
    """How the numbers came, in words."""
    return f"the numbers were read off a step in double precision (affine to {defect:.1e})"


def readout_of(shape: Shape, readout: Any, bias: Any) -> tuple[Floats, Floats | None]:
    """C and d of arrays, on the real units of states."""
    arrays = {"readout": exact_array(readout, "readout")} | (
        {} if bias is None else {"bias": exact_array(bias, "bias")}
    )
    check_dimensions(arrays)
    if shape.is_complex:
        real_readout(arrays, shape.width)
    else:
        require_real(arrays, "start")
    return arrays["readout"], arrays.get("bias")


def probed(readout: Callable[..., Tensor], letters: int, first: Tensor) -> tuple[Floats, Floats | None]:
    """C and d of a function of states and letters; one for all letters where they are the same."""
    one = asked(readout, first[None], 0, "readout")
    if not isinstance(one, Tensor) or one.ndim != 2 or len(one) != 1:
        shown = tuple(one.shape) if isinstance(one, Tensor) else type(one).__name__
        raise ModelError(f"readout(h, x) has to give scores of shape (batch, states), got {shown} for a batch of 1")
    found = affine_map(readout, letters, first, Shape((one.shape[1],), False), "readout")
    same = (found.A[0] == found.A).all() and (found.b == found.b[0]).all()
    rows, bias = (found.A[0], found.b[0]) if same else (found.A, found.b)
    return rows, bias if bias.any() else None


def check_shapes(A: Floats, start: Floats, readout: Floats, add: Floats | None, bias: Floats | None) -> None:
    """Refuse arrays that do not go together."""
    letters, hidden = len(A), len(start)
    states = readout.shape[-2]
    wanted: list[tuple[str, Floats | None, set[tuple[int, ...]]]] = [
        ("A", A, {(letters, hidden, hidden)}),
        ("readout", readout, {(states, hidden), (letters, states, hidden)}),
        ("add", add, {(letters, hidden)}),
        ("bias", bias, {(states,), (letters, states)}),
    ]
    for name, values, shapes in wanted:
        if values is not None and values.shape not in shapes:
            shown = " or ".join(str(shape) for shape in sorted(shapes, key=len))
            raise ModelError(
                f"{name} has the shape {values.shape}; with {letters} letters, {hidden} hidden units and {states} "
                f"states {shown} is needed"
            )


def check_norms(norms: Sequence[NormedReadout], A: Floats, readout: Floats, normalize: bool) -> None:
    """Refuse norms that do not fit the rest."""
    if not all(isinstance(part, NormedReadout) for part in norms):
        raise ModelError(f"norms has to hold NormedReadout values, got {[type(part).__name__ for part in norms]}")
    if norms and readout.any():
        raise ModelError("norms stand in place of the readout: with norms, readout has to be None")
    for part in norms:
        part.check(len(A), readout.shape[-2], A.shape[-1])
        if normalize and part.add is not None:
            raise ModelError("norms with an added term are not covered with normalize=True; normalize=False has them")


def decoder_in(readout: Any) -> Decoder | None:
    """The decoder that a readout is, if it is one or a module of torch that is read as one."""
    if isinstance(readout, Decoder):
        return readout
    return decoder_of(readout) if is_known(readout) else None


def is_complex(values: Any) -> bool:
    """Whether an argument that is there has complex numbers."""
    return values is not None and bool(values.is_complex() if isinstance(values, Tensor) else np.iscomplexobj(values))


def require_flat(readout: Any, shape: Shape) -> None:
    """Refuse a module of torch on states that are no real vectors: it would act on the last dimension alone."""
    if not isinstance(readout, Decoder) and (shape.is_complex or len(shape.shape) != 1):
        kind = "complex" if shape.is_complex else f"of shape {shape.shape}"
        raise ModelError(f"readout is a module and states are {kind}; give a Decoder on flattened states of real units")


def check_decoder(
    decoder: Decoder | None, norms: Sequence[NormedReadout], A: Floats, readout: Floats, bias: Floats | None
) -> None:
    """Refuse a decoder that does not fit the rest."""
    if decoder is None:
        return
    if not isinstance(decoder, Decoder):
        raise ModelError(f"decoder has to be a Decoder, got {type(decoder).__name__}")
    if norms or bias is not None or readout.any():
        raise ModelError("a decoder stands in place of readout, bias and norms: it has its own")
    scores = decoder.width(A.shape[-1], len(A))
    if scores != readout.shape[-2]:
        raise ModelError(f"the decoder gives {scores} scores, and there are {readout.shape[-2]} states")
