"""`python -m bistate.verify.cli` is `bistate`."""

import sys

from .process import run

if __name__ == "__main__":
    sys.exit(run())
