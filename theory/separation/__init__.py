"""Which real irreps of a task's group tell its states apart, at least cost for each transition family.

Read `real_irrep.py` first, then `exact_cover.py` and `optima.py`, which put both together.
"""
