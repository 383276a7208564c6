"""One process at a time in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import CheckpointError

LOCK = ".lock"  # in the folder while a process works there; a lock that a dead process leaves does not hold


@contextmanager
def alone_in(folder: Path, timeout: float = 0.0, name: str = LOCK) -> Iterator[None]:
    """Hold a folder that is there, so that no other process that asks for it gets it.

    Args:
        folder: the folder.
        timeout: seconds to wait for another process; −1: for ever. Who waits has to look anew at what was done.
        name: of the lock, for a part of what the folder holds.

    Raises:
        CheckpointError: if another process holds it.
    """
    lock = FileLock(folder / name, timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise CheckpointError(
            f"directory={str(folder)!r} is in use by another process; wait until it has ended, or give another folder"
        ) from None
    try:
        yield
    finally:
        (folder / name).unlink(missing_ok=True)  # while it is held: a process that comes now makes a new one
        lock.release()
