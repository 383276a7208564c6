"""Characters: class functions, character tables by formula or by Dixon's method, normal subgroups and quotients.

Read `class_function` and `character_table` first; `irreducible_rows` chooses how to make a table, `dixon` is one way.
"""
