"""Checks a certificate of a character table in integers, apart from everything else in this package.

It imports the standard library and itself, so that an error in finding a table cannot be repeated in the check; it can
be copied out and run: `python -m table_check table.json`. Read `checker.py` first: it has the theorem and its proof.
"""
