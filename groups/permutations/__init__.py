"""Permutation groups as lists of elements: order, classes, words, presentations, and the partitions that name them.

Read `permutation` first, then `generated_group` and `listed_group`; the other files are what these two are made of.
"""
