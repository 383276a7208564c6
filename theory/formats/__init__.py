"""Automata in files: DOT, HOA, Aldebaran's AUT, JSON, CSV and npz, read and written.

Read `by_suffix.py` first, then `described.py`, which says what a file has to tell, and any one format.
"""
