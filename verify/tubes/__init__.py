"""Tubes: one code for each state, and components of the error measured by norms; see `exact_check.tube`.

Read `attempt.py` first, then `ways.py`, which tries the ways that one file each holds; `estimate.py` measures them,
and `ellipsoids.py` makes the best ones better.
"""
