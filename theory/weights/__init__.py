"""Exact weights of bilinear networks: the value, its proof, its margin, its file, and when two are one function.

Read `weights.py` first, then `proof.py`, which decides words of every length.
"""
