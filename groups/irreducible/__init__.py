"""Constructions of irreducible representations over small fields: formulas, Clifford's theorem, Dixon's method.

Read a formula such as `abelian` first. The road for most solvable groups is `clifford`, `semilinear`,
`monomial_irreps`, the general one `general`, `multiplicity_one`, `descent`; `bistate.groups.recognition` chooses.
"""
