"""Networks in floats: their weights as arrays, codes and rows of the states, Gramians, and what words lead to.

Read `float_network.py` and `shown.py` first; `codes_and_rows.py` has the signal of a trained model, `gramians.py` its
size.
"""
