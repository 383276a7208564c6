"""One process at a time in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from ..errors import CheckpointError

Result = TypeVar("Result")
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


def made_once(path: Path, read: Callable[[], Result], make: Callable[[], Result]) -> Result:
    """What a file holds: read if it is there, else made, by one process, for which others that ask for it wait.

    Args:
        path: of the file.
        read: reads it.
        make: writes it in one step, and gives what it holds.
    """
    if path.exists():
        return read()
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone_in(path.parent, timeout=-1, name=f".{path.stem}.lock"):
        return read() if path.exists() else make()
