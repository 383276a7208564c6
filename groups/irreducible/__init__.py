"""All irreducible representations of a group: closed formulas, and Dixon's method with descent to small fields.

Read `choose` first, then a formula such as `abelian`; the general road is `general`, `multiplicity_one`, `descent`.
"""
