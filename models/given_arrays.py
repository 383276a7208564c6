"""Arrays and tensors as somebody gives them: checked, exactly in double precision, complex units as real ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .errors import ModelError

Floats = NDArray[Any]  # of float64
FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
INTEGERS = {torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8}
DIMENSIONS = {"A": (3,), "start": (1,), "readout": (2, 3), "add": (2,), "bias": (1, 2)}
MEANT = {
    "A": "(letters, hidden, hidden)",
    "start": "(hidden,)",
    "readout": "(states, hidden) or (letters, states, hidden)",
    "add": "(letters, hidden)",
    "bias": "(states,) or (letters, states)",
}


def exact_array(values: Any, name: str) -> Floats:
    """As float64 or complex128, exactly.

    Raises:
        ModelError: for another type, or numbers that are not finite.
    """
    if isinstance(values, Tensor) and values.dtype in INTEGERS and values.layout == torch.strided:
        values = values.numpy(force=True)
    if isinstance(values, Tensor):
        if values.dtype not in FLOATS and not values.is_complex():
            raise ModelError(f"{name} has to hold numbers of at most double precision, got {values.dtype}")
        if values.layout != torch.strided:
            raise ModelError(f"{name} is {values.layout}; give {name}.to_dense()")
        found = values.detach().to(torch.complex128 if values.is_complex() else torch.float64).numpy(force=True)
    else:
        try:
            found = np.asarray(values)
        except ValueError as error:
            raise ModelError(f"{name} is no array: {error}") from None
        if found.dtype.kind not in "iufc":
            raise ModelError(f"{name} has to hold numbers, got {found.dtype}")
        if found.dtype.itemsize > (16 if found.dtype.kind == "c" else 8):
            raise ModelError(f"{name} is of {found.dtype}, more than double precision, and would be rounded")
        if found.dtype.kind in "iu" and found.size and max(abs(int(found.max())), abs(int(found.min()))) > 2**53:
            raise ModelError(f"{name} has whole numbers above 2**53, which doubles do not hold")
        found = found.astype(np.complex128 if found.dtype.kind == "c" else np.float64)
    if not np.isfinite(found).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise ModelError(f"{name}{list(where)} is {found[where]}; numbers have to be finite")
    return found


def check_dimensions(arrays: dict[str, Floats]) -> None:
    """Refuse arrays of other dimensions than `MEANT`."""
    for name, values in arrays.items():
        if values.ndim not in DIMENSIONS[name] or 0 in values.shape:
            raise ModelError(f"{name} has the shape {values.shape}; {MEANT[name]} is needed")


def real_units(arrays: dict[str, Floats]) -> None:
    """Replace complex units u + iv by pairs u, v, in place: every entry a + ib becomes [[a, −b], [b, a]]."""
    A = arrays["A"]
    pairs = np.array([[A.real, -A.imag], [A.imag, A.real]])  # (2, 2, letters, hidden, hidden)
    letters, hidden, _ = A.shape
    arrays["A"] = pairs.transpose(2, 3, 0, 4, 1).reshape(letters, 2 * hidden, 2 * hidden)
    for name in ("start", "add"):
        if name in arrays:
            arrays[name] = in_turn(arrays[name].real, arrays[name].imag)
    real_readout(arrays, 2 * hidden)


def real_readout(arrays: dict[str, Floats], width: int) -> None:
    """Replace a readout and a bias of complex units, in place, by those of pairs, `width` real numbers in all."""
    if np.iscomplexobj(arrays["readout"]) or arrays["readout"].shape[-1] != width:
        arrays["readout"] = real_part(arrays["readout"])
    if "bias" in arrays and np.iscomplexobj(arrays["bias"]):
        arrays["bias"] = arrays["bias"].real


def require_real(arrays: dict[str, Floats], other: str) -> None:
    """Refuse complex arrays beside real states."""
    for name, values in arrays.items():
        if np.iscomplexobj(values):
            raise ModelError(f"{name} is complex and the states are real; give {other} complex numbers as well")


def in_turn(first: Floats, second: Floats) -> Floats:
    """Entries of both along the last axis, one of each in turn."""
    return np.stack([first, second], axis=-1).reshape(*first.shape[:-1], -1)


def real_part(readout: Floats) -> Floats:
    """Rows that give the real part of C h on pairs u, v: Re C and −Im C in turn."""
    return in_turn(readout.real, -readout.imag)
