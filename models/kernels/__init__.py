"""Recurrences of the transition families as Triton kernels for CUDA devices, forward and backward, one file a family.

Read `choice.py` first, which decides whether a kernel runs, then `recurrence.py` for what all families have in common
and `block.py` for the plainest one. The files of kernels import triton, so that nothing imports them where it is
missing.
"""
