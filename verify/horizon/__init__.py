"""Horizons: lengths up to which a trained model is right on every word, proved, and wrong words beyond them.

Read `certification.py` first, which tries the ways one file each holds; `limits.py` has the numbers they stop at.
"""
