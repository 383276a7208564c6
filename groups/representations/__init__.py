"""Representations: exact matrices with an invariant form, their sums, products and maps, and decomposition into irreps.

Read `homomorphism` first, then `representation`; `decomposition` and `equivariant_maps` are what its methods stand on.
"""
