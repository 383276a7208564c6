"""Distance of two networks on every word up to a length, in proved bounds, and smaller networks near a given one.

Read `difference_bound.py` first; `balls.py` has the arithmetic that is rounded upwards.
"""
