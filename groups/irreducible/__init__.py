"""All irreducible representations of a group over small fields: closed formulas, Clifford's theorem, Dixon's method.

Read `choose` first, then a formula such as `abelian`; the road for most solvable groups is `clifford`, `semilinear`,
`monomial_irreps`, and the general one `general`, `multiplicity_one`, `descent`.
"""
