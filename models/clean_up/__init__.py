"""Clean-up: a recurrence whose state is replaced, every few letters, by the code of the state that it is read as.

Read `refreshed.py` first, the module; `codes.py` finds the codes.
"""
