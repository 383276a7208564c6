"""Families of groups: one file for each, with its generators and, where it has them, its own words and irreps.

Read `cyclic` first, the shortest, then `dihedral`, which brings its own irreps.
"""
