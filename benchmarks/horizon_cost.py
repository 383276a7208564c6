"""What a certificate costs for a wide model with many letters: time, memory, and the check alone.

    python benchmarks/horizon_cost.py [--hidden 256]

The exact weights of A5 (3 units, 60 letters) in a random basis of a larger space, beside noise that decays, with errors
of a relative 1e-4 in all weights, in single precision.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import torch
from bistate.models import BilinearRNN
from bistate.theory import realize
from bistate.verify import certify, parse_task


def wide_model(hidden: int) -> BilinearRNN:
    """The model of the module's text."""
    A, h, C = realize(parse_task("A5"), "block").to_numpy()
    d, letters, random = A.shape[1], len(A), np.random.default_rng(0)
    joined = np.zeros((letters, hidden, hidden))
    joined[:, :d, :d] = A
    joined[:, d:, d:] = 0.3 * random.standard_normal((letters, hidden - d, hidden - d)) / np.sqrt(hidden)
    Q = np.linalg.qr(random.standard_normal((hidden, hidden)))[0]
    start, readout = np.zeros(hidden), np.zeros((len(C), hidden))
    start[:d], readout[:, :d] = h.ravel(), C
    errors = 1e-4 * random.standard_normal(joined.shape) / np.sqrt(hidden)
    model = BilinearRNN(letters, hidden, len(C))
    with torch.no_grad():
        model.family.get_parameter("weight").copy_(torch.from_numpy(Q @ joined @ Q.T + errors))
        model.start.copy_(torch.from_numpy(Q @ start))
        model.readout.copy_(torch.from_numpy(readout @ Q.T))
    return model


def main() -> None:
    """Certify and check once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=256)
    hidden = parser.parse_args().hidden
    model, automaton = wide_model(hidden), parse_task("A5")
    begun = time.perf_counter()
    proof = certify(model, automaton)
    spent = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"hidden {hidden}, 60 letters: right on all words of at most {proof.horizon} letters ({proof.way})")
    print(f"certify {spent:.1f} s, peak memory of the process {peak} MB")
    begun = time.perf_counter()
    proof.check()
    print(f"check alone {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
