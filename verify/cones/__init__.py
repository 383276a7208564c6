"""Cones: one for every state and the last letters, without the scale of the state; see `exact_check.cones`.

Read `search.py` first.
"""
