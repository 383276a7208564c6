"""Ctrl-C before a command has begun."""

from __future__ import annotations

import os
from contextlib import suppress
from types import FrameType

INTERRUPTED, CRASH = 130, 3


def leave(signum: int, frame: FrameType | None) -> None:
    """End the process at once: what a signal does before a command has begun, when there is nothing to clean up.

    An exception in the middle of an import can be swallowed by it, or turned into another one with a traceback.
    """
    say(b"bistate: interrupted\n")
    os._exit(INTERRUPTED)


def say(line: bytes) -> None:
    """A line on standard error, past all streams."""
    with suppress(OSError):  # nobody is there to read it
        os.write(2, line)
