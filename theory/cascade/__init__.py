"""Cascades: an automaton emulated by layers of permutations and resets, by the holonomy decomposition.

Read `skeleton.py` first, then `holonomy.py`, which makes the layers, and `emulation.py`, which checks them.
"""
