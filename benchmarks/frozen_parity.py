"""Parity by frozen random diagonals and a readout fitted to two or four words: trials beside the exact probabilities.

    python benchmarks/frozen_parity.py [--trials 10000]

"one length": two words of length 6, one of each parity, tested on words of length 6. "all lengths": words of lengths 1
and 2 (four of them, every feature) or two words, tested on lengths 1 to 8. `z` is the deviation in standard errors.
"""

import argparse
from math import sqrt

from bistate.theory.paper.frozen_parity import (
    all_words,
    fixed_length_probability,
    simulated_probability,
    two_words_probability,
    varying_length_probability,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    trials = parser.parse_args().trials
    one = ([(0,) * 6, (1,) + (0,) * 5], [w for w in all_words([6]) if sum(w) in (0, 1, 3, 6)])
    four = ([(0,), (1,), (0, 0), (0, 1)], all_words([1, 2, 3, 8])[::3])
    two = ([(0,), (1,)], all_words([1, 2, 3]))
    cases = (
        ("one length, two words", one, fixed_length_probability, "1 - 2^-H"),
        ("all lengths, four words", four, varying_length_probability, "1 - (3/4)^H"),
        ("all lengths, two words", two, two_words_probability, "below 1/2"),
    )
    print(f"{trials} trials each, entries ±1")
    print(f"{'':<26}{'formula':<14}{'H':>3}{'exact':>10}{'measured':>10}{'z':>7}")
    for name, (training, test), exact, formula in cases:
        for hidden in (1, 2, 4, 8):
            p = float(exact(hidden))
            measured = float(simulated_probability(hidden, training, test, trials=trials, seed=hidden))
            z = (measured - p) / sqrt(p * (1 - p) / trials)
            print(f"{name:<26}{formula:<14}{hidden:>3}{p:>10.4f}{measured:>10.4f}{z:>7.2f}", flush=True)


if __name__ == "__main__":
    main()
