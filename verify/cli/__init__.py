"""The command line `bistate`: one file per command, each a thin layer over the library.

Read `commands.py` first; `output.py` has what all commands share.
"""

from .commands import app, main

__all__ = ["app", "main"]
