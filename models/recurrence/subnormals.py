"""Numbers below the smallest normal float, which processors take a hundred times as long for: zero, in all threads.

Gradients that fade over a long word end among them, so a training step of 500 letters takes blocks, diagonals, LSTMs
and GRUs 8 to 19 times as long as it has to (benchmarks/results/subnormals.txt). Processors flush such numbers to zero
if they are told so, thread by thread. `torch.set_flush_denormal` tells the thread that calls it; torch shares large
operations among the threads of an OpenMP pool, which are told here through that pool, where it is GNU's, as in
torch's wheels for Linux. The threads of `compiled_blocks.py` do as the thread that gives them work.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import torch

SUBNORMAL = np.array([2.0**-140], dtype=np.float32)
_FORKED: list[bool] = []  # a pool does not survive a fork, and waits for its threads for ever
if hasattr(os, "register_at_fork"):  # where there is no fork, nothing is lost by one
    os.register_at_fork(after_in_child=lambda: _FORKED.append(True))
MAPPED = Path("/proc/self/maps")  # of Linux: the libraries of this process


def flushes() -> bool:
    """Whether this thread takes subnormal numbers for zero."""
    return not (SUBNORMAL * np.float32(1)).any()


@contextmanager
def flushed() -> Iterator[None]:
    """Subnormal numbers are zero inside the block, in this thread and in torch's others, and as before after it.

    Processors that cannot flush go on as they are.
    """
    if flushes():
        yield
        return
    in_all_threads(True)
    try:
        yield
    finally:
        in_all_threads(False)


def in_all_threads(flush: bool) -> None:
    """Have subnormal numbers flushed or not, in this thread and in torch's others."""
    torch.set_flush_denormal(flush)
    parallel, threads = _parallel(), torch.get_num_threads()
    if parallel is None or threads <= 1 or _FORKED:
        return

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    def tell(_: object) -> None:
        torch.set_flush_denormal(flush)

    parallel(tell, None, threads, 0)


@cache
def _parallel() -> Callable[..., None] | None:
    """`GOMP_parallel(function, data, threads, flags)` of the OpenMP library that torch has loaded, if it is GNU's."""
    folder = Path(torch.__file__).parent / "lib"
    try:
        mapped = {line.split()[-1] for line in MAPPED.read_text().splitlines() if "libgomp" in line}
        path = next(p for p in sorted(mapped) if Path(p).parent == folder)
        parallel = ctypes.CDLL(path).GOMP_parallel
    except (OSError, StopIteration, AttributeError):
        return None
    parallel.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
    parallel.restype = None
    found: Callable[..., None] = parallel
    return found
