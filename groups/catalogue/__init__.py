"""Groups by name and by number, and the name of a group that is given by generators.

Read `named` first; `numbered` holds all groups of order below 64, `isomorphisms` recognises a group.
"""
