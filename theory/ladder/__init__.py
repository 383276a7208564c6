"""The ladder: for a task the least size on every rung, with certificates both ways.

Read `ladder_row.py` first, then `classification.py`, which chooses who fills the rows.
"""
