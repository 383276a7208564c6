"""The command line `bistate`: one file per command, each a thin layer over the library.

Read `commands.py` first; what all commands share is in `verify/terminal/`.
"""

import lazy_loader

# The names, and where they come from, stand in __init__.pyi; the process begins before it loads commands.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
