"""Whether a recurrence runs in a Triton kernel: the one place that decides.

A kernel runs where triton is installed, as it is with torch's builds for CUDA, and all tensors lie on one CUDA device
in single or double precision. Everywhere else the families run as they do without this folder. Triton's interpreter
runs kernels on the CPU, for tests; it is asked for by `TRITON_INTERPRET=1` before triton is imported, and takes
`batching="kernel"` alone.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from ..errors import ModelError

INSTALLED = find_spec("triton") is not None
DTYPES = (torch.float32, torch.float64)
CAPABILITY = (8, 0)  # of NVIDIA's cards, from which triton supports them
WIDEST = 4096  # hidden units of which one program holds all in its registers


def interpreted() -> bool:
    """Whether triton's interpreter was asked for, which runs kernels on the CPU."""
    return INSTALLED and os.environ.get("TRITON_INTERPRET") == "1"


def takes(batching: str, h: Tensor, *others: Tensor | None) -> bool:
    """Whether a recurrence from start states `h`, (batch, hidden), runs in a kernel.

    Args:
        batching: "auto": on a CUDA device. "kernel": there, or in the interpreter, or not at all. Others: no.
        h: start states.
        others: everything else that is multiplied or added.

    Raises:
        ModelError: for "kernel", and tensors that no kernel takes.
    """
    if batching not in ("auto", "kernel"):
        return False
    why = _why_not(h, *others)
    if why and batching == "kernel":
        raise ModelError(f"batching='kernel' {why}; batching='auto' does without")
    on_cpu = h.device.type == "cpu"  # in the interpreter, which is for tests
    return not why and not (on_cpu and batching == "auto")


def _why_not(h: Tensor, *others: Tensor | None) -> str:
    """What keeps tensors from running in a kernel; empty if nothing does."""
    tensors = [t for t in (h, *others) if t is not None]
    if not INSTALLED:
        return "needs triton, which is not installed (torch's builds for CUDA bring it)"
    if any(t.dtype not in DTYPES or t.dtype != h.dtype for t in tensors):
        return f"takes float32 or float64, got {', '.join(sorted({str(t.dtype) for t in tensors}))}"
    if any(t.device != h.device for t in tensors):
        return f"takes tensors of one device, got {', '.join(sorted({str(t.device) for t in tensors}))}"
    if h.shape[1] > WIDEST:
        return f"takes at most {WIDEST} hidden units, got {h.shape[1]}"
    if not len(h):
        return "takes at least one word"
    if h.device.type == "cpu":
        return "" if interpreted() else "takes tensors on a CUDA device, and these are on cpu"
    if h.device.type != "cuda" or not _supported(h.device.index or 0):
        return f"takes CUDA devices of capability {'.'.join(map(str, CAPABILITY))} or later, got {h.device}"
    return ""


@cache
def _supported(index: int) -> bool:
    """Whether triton supports a card; AMD's count as NVIDIA's of the same numbers."""
    return torch.cuda.get_device_capability(index) >= CAPABILITY
