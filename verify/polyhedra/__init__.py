"""Cones with finitely many rays, one for every state, which may touch each other; see `exact_check.polyhedra`.

Read `search.py` first.
"""
