"""How a command ends: the exit code of an error, and the one line that says what was wrong.

0 done; 1 the answer is "no"; 2 bad input; 3 a crash, no memory or a full disk; 130 interrupted.
"""

from __future__ import annotations

import errno
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ...groups.errors import BistateError
from .leaving import CRASH, INTERRUPTED, leave

NO, BAD_INPUT = 1, 2
LONGEST = 600  # characters of a line
# What is wrong with a path that somebody typed; a full disk, a broken one and too many open files are not among it.
OF_PATHS = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}
OF_PATHS |= {errno.EROFS, errno.ELOOP, errno.EINVAL, errno.ENOTEMPTY, errno.ENXIO}
NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "unable to allocate")


def complain(message: str) -> None:
    """One line on standard error."""
    print(f"bistate: {' '.join(message.split())}", file=sys.stderr)


def ending(error: Exception) -> tuple[int, str]:
    """The exit code for an error, and what is said about it.

    Example:
        >>> ending(FileNotFoundError(2, "No such file or directory", "x.json"))
        (2, 'No such file or directory: x.json')
        >>> ending(OSError(28, "No space left on device", "x.json"))
        (3, 'No space left on device: x.json')
    """
    if isinstance(error, BistateError):
        return BAD_INPUT, str(error)
    if isinstance(error, OSError):
        place = "" if error.filename is None else f": {error.filename}"
        return (BAD_INPUT if error.errno in OF_PATHS else CRASH), f"{error.strerror or error}{place}"
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError) or any(words in text.lower() for words in NO_MEMORY):
        return CRASH, f"not enough memory{f': {text}' * bool(text)}"[:LONGEST]
    if isinstance(error, RecursionError):
        text = "nested too deeply"
    return CRASH, f"crashed, which is a fault of bistate: {type(error).__name__}: {text[:LONGEST]} ({_where(error)})"


def _where(error: Exception) -> str:
    """The last place in our own files that an error came through."""
    home = str(Path(__file__).resolve().parents[2])
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if str(Path(f.filename).resolve()).startswith(home)] or list(frames)
    return f"{'/'.join(Path(ours[-1].filename).parts[-3:])} line {ours[-1].lineno}" if ours else "nowhere"


class Interruptions:
    """Whether Ctrl-C has been pressed while a command runs."""

    def __init__(self) -> None:
        self.pressed = False

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """Take note, and raise what lets every file be closed and every temporary one be removed."""
        self.pressed = True
        raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interruptions]:
    """While a command runs, Ctrl-C raises `KeyboardInterrupt`; the handlers of other programs are left alone."""
    found = Interruptions()
    if signal.getsignal(signal.SIGINT) is not leave:
        yield found
        return
    signal.signal(signal.SIGINT, found)
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, leave)


__all__ = ["BAD_INPUT", "CRASH", "INTERRUPTED", "NO", "complain", "ending", "interruptible"]
