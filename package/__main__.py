"""`python -m bistate` is `bistate`, and the console script `bistate` begins here."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _load() -> "Callable[[], int]":
    from .verify.cli.commands import main

    return main


def main() -> int:
    """Run the command line on the arguments of this process; its exit code, 130 for Ctrl-C while modules are loaded."""
    try:
        from .verify.terminal.process import run

        return run(_load)
    except KeyboardInterrupt:
        sys.stderr.write("bistate: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
