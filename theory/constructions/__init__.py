"""Exact weights by construction: a file for each rung of the ladder, and what several of them share.

Read `choose.py` first, which picks the construction; then `orbit_weights.py`, on which most of them rest.
"""
