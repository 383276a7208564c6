"""Stacks of bilinear recurrences that read each other's decisions: exact ones in floats, and their training.

`stacked_rnn.py` has the module, and says how decisions are passed on where gradients are needed.
"""
