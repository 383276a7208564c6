"""Sizes that the ladder asks for: of an untrained model, and what is wrong with those of one that is given.

Read `ladder_sizes.py` first; `ladder_advice.py` has the warnings.
"""
