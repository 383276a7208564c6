"""Proved horizons of trained models whose letters merge states, and the shortest wrong words that were found.

    python benchmarks/merging.py

Full models with 16 or 24 hidden units, 2000 steps each, about a minute for all on one core. Languages are trained to
accept or reject.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
from bistate.theory import Automaton
from bistate.verify import certify, refute

CONFIG = TrainConfig(steps=2000, lr=1e-2, label_smoothing=0.1, weight_decay=0.5)


def tasks() -> Iterator[tuple[str, Automaton]]:
    for states, letters, seed in ((3, 3, 0), (3, 2, 1), (5, 5, 0), (5, 2, 1), (10, 3, 0)):
        yield (
            f"map {states} states, {letters} letters, seed {seed}",
            Automaton.random(states, letters, "map", seed=seed),
        )
    yield "counter to 3", Automaton.counter(3)
    yield "reset 4", Automaton.reset(4, keep=False)
    yield "reset 3, keep", Automaton.reset(3, keep=True)
    yield "last two letters", Automaton(range(4), range(2), [[2 * (q % 2) + x for x in range(2)] for q in range(4)], 0)
    yield "last letter", Automaton(range(3), range(3), [[0, 1, 2]] * 3, 0)
    for pattern in ("(ab)*", "a*b*", "(a|b)*abb"):
        yield pattern, Automaton.from_regex(pattern, "ab").acceptor()


def main() -> None:
    torch.set_num_threads(1)
    for name, automaton in tasks():
        states, language = len(automaton.states), automaton.outputs is not None and len(set(automaton.outputs)) == 2
        scores = 2 if language else states
        model = BilinearRNN(len(automaton.letters), 16 if states <= 5 else 24, scores, "full", seed=0)
        words = {"words": "balanced"} if language else {}
        train(model, StateTracking(automaton, lengths=(1, 12), **words), CONFIG, progress=False)
        begun = time.process_time()
        proof = certify(model, automaton)
        spent = time.process_time() - begun
        wrong = refute(model, automaton)
        found = "none" if wrong is None else str(wrong.length)
        print(f"{name:34} T* {proof.horizon!s:6} {proof.way:21} T_f {found:5} {spent:5.1f} s", flush=True)


if __name__ == "__main__":
    main()
