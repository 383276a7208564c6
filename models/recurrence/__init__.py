"""Recurrences over time for blocks and for dense matrices, in torch and compiled, with gradients of their own.

Read `by_letter.py` first for the equations and the ways of running a batch, then `compiled_blocks.py`.
"""
