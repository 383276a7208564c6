"""One process at a time in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import CheckpointError

LOCK = ".lock"  # in the folder while a process works there; a lock that a dead process leaves does not hold


@contextmanager
def alone_in(folder: Path, timeout: float = 0.0) -> Iterator[None]:
    """Hold a folder that is there, so that no other process that asks for it gets it.

    Args:
        folder: the folder.
        timeout: seconds to wait for another process; −1: for ever.

    Raises:
        CheckpointError: if another process holds it.
    """
    lock = FileLock(folder / LOCK, timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise CheckpointError(
            f"directory={str(folder)!r} is in use by another process; wait until it has ended, or give another folder"
        ) from None
    try:
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)  # while it is held: a process that comes now makes a new one
        lock.release()
