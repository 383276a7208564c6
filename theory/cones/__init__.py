"""Weights that are right on every word by cones, though words may reach infinitely many hidden directions.

Read `cone_weights.py` first, for the theorem and its check; `plane.py` and `saturating.py` make such weights.
"""
