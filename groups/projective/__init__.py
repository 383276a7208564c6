"""Projective representations, factor systems, the Schur multiplier and Schur covers of groups small enough to list.

Read `relation_module` first, then `multiplier` and `covers`; `projective_representation` stands on its own.
"""
