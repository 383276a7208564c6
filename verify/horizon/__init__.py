"""Horizons: lengths up to which a trained model is right on every word, proved.

Read `certification.py` first, which tries tubes, cones, angles and short words, and keeps what proves most.
"""
