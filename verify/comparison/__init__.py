"""Comparison of a trained model with exact representations, recognition of what it tracks, and its exact repair.

Read `comparison.py` first; `exact_repair.py` builds on what it finds, `recognition.py` needs the weights alone.
"""
