"""Checks of what a model is given: its sizes, its dtype, its weights, and the letters of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

from .errors import InputError, ModelError

DTYPES = {"float32": torch.float32, "float64": torch.float64}  # that models run in and are saved in
_KNOWN = ContextVar("letters on a device are known to be in the alphabet", default=False)


@contextmanager
def known_letters() -> Iterator[None]:
    """Inside the block letters that lie on a GPU are taken as they are: they were drawn from the alphabet.

    A look at them would have the host wait, once or twice a step, until the GPU has done all that it was given. On the
    CPU, where a look costs little, letters are checked as ever.
    """
    before = _KNOWN.set(True)
    try:
        yield
    finally:
        _KNOWN.reset(before)


def checked_letters(x: Tensor, letters: int) -> Tensor:
    """The letters as int64, or an `InputError` that repeats what is wrong with them."""
    if not isinstance(x, Tensor) or x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
        kind = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise InputError(f"letters are an integer tensor of indices 0 to {letters - 1}, got {kind}")
    if x.ndim != 2:
        raise InputError(f"letters have shape (batch, time), got shape {tuple(x.shape)}")
    looked_at = x.device.type == "cpu" or not _KNOWN.get()
    if looked_at and x.numel() and not 0 <= int(x.min()) <= int(x.max()) < letters:
        bad = x[(x < 0) | (x >= letters)][0].item()
        raise InputError(f"letter {bad} is outside the alphabet of {letters}: indices 0 to {letters - 1}")
    return x.long()


def check_sizes(**sizes: int) -> None:
    """Raise a `ModelError` that names the first size which is no positive integer; else do nothing."""
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ModelError(f"{name} has to be a positive integer, got {value!r}")


def check_dtype(dtype: torch.dtype) -> None:
    """Raise a `ModelError` for another dtype than single or double precision; else do nothing."""
    if dtype not in DTYPES.values():
        raise ModelError(f"dtype has to be torch.float32 or torch.float64, got {dtype!r}")


def check_finite(named: Iterable[tuple[str, Tensor]], what: str = "weight") -> None:
    """Raise a `ModelError` that names the first entry with a NaN or an infinity; else do nothing.

    Args:
        named: names and values, as `named_parameters()` gives them.
        what: one of them, in the message.
    """
    for name, values in named:
        finite = torch.isfinite(values)
        if not finite.all():
            where = tuple((~finite).nonzero()[0].tolist())
            raise ModelError(f"{what} {name}{list(where)} is {values[where].item()}; {what}s have to be finite")
