"""Stacks of layers: each layer reads the letter and the states that the layers below it have decided on.

Read `stacked_weights.py` first: what a stack computes, and when it is right. `proof.py` decides that for words of every
length; `series.py` and `coordinates.py` are the group theory from which `construction.py` builds stacks.
"""
