"""Robust infinity: whether weights can be right for ever together with all weights near them.

Read `decision.py` first, which has the theorem, then `construction.py`, which builds such weights.
"""
