"""Regular expressions: read as Python's `re` reads them, over an alphabet that is stated, and made automata.

Read `syntax.py` first, for what a pattern is, then `parser.py` and `recogniser.py`.
"""
