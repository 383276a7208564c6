"""What "Revisiting Bi-Linear State Transitions in RNNs" (arXiv:2505.21749) states, as claims that can be run.

Read `propositions.py` first; `frozen_parity.py` is about its random diagonal transitions.
"""
