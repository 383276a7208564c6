"""Transition families, one to a file: matrices, exact parameters, scan, roundings of a step, shapes, usual settings.

Read `base.py` first, then `registry.py`, which has one entry for each family.
"""
