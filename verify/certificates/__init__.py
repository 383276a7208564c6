"""Certificates: what they speak of, how they are kept, and words that are simply multiplied out.

Read `certificate.py` first, then `spoken_of.py`, which writes down what a model, a task and a way of running are.
"""
