"""Automata, exact bilinear weights and the ladder of transition families.

Conventions: h_t = A[x_t] h_{t−1}, so A[w] = A[x_T] ⋯ A[x_1]; predictions do not depend on the scale of h.
"""

import lazy_loader

# The names, and where they come from, stand in __init__.pyi; each is imported when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
