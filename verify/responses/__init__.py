"""Responses: what the drift of every letter does to a decision some letters later; see `exact_check.responses`.

Read `search.py` first.
"""
