"""New groups from old ones: products, and the subgroups of a small group.

Read `products` first.
"""
