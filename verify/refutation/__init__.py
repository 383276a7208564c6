"""Wrong words: of linear recurrences by their weights, multiplied exactly, and of anything else by its answers.

Read `refutation.py` first; each of the two ways is a file, `limits.py` has the numbers they stop at.
"""
