"""The command line `bistate`: one file per command, each a thin layer over the library."""

from .commands import app, main

__all__ = ["app", "main"]
