"""All irreducible representations of a group: which construction is used, and groups that are recognised first.

Read `choose` first, then `recognised`; the kinds that are recognised are `direct_factors`, `wreath_irreps` and
`symmetric_actions`.
"""
