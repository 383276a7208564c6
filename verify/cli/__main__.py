"""`python -m bistate.verify.cli` is `bistate`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..terminal.process import run


def load() -> Callable[[], int]:
    """The command line, once a process is ready for Ctrl-C."""
    from .commands import main

    return main


if __name__ == "__main__":
    sys.exit(run(load))
