"""Finite groups and their exact representations.

Conventions: permutations act on {0, …, n−1} and compose as functions, (p*q)(i) = p(q(i)); a representation is a
homomorphism, ρ(g*h) = ρ(g) @ ρ(h).
"""

import lazy_loader

# The names, and where they come from, stand in __init__.pyi; each is imported when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
