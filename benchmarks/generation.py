"""Products per second of `StateTracking.batch` beside a loop in Python over permutations; letters of `generate_words`.

Run: python benchmarks/generation.py
"""

from __future__ import annotations

import itertools
import random
import time
from typing import Any

import torch
from bistate.groups import SymmetricGroup
from bistate.models import StateTracking, generate_words
from bistate.theory import Automaton


def python_loop(products: int = 200_000) -> float:
    """Products per second of the tightest Python loop: draw a permutation of five points, compose."""
    rng, group = random.Random(0), list(itertools.permutations(range(5)))
    state = group[0]
    begin = time.perf_counter()
    for _ in range(products):
        letter = rng.choice(group)
        state = tuple(letter[i] for i in state)
    return products / (time.perf_counter() - begin)


def batches(task: StateTracking, size: int, count: int = 256) -> float:
    """Products per second over batches of words."""
    begin = time.perf_counter()
    letters = sum(task.batch(size, step)[0].numel() for step in range(count))
    return letters / (time.perf_counter() - begin)


def generated(A: Automaton, size: int, **options: Any) -> float:
    """Letters per second of CPU time, arrays kept."""
    begin = time.process_time()
    kept = list(generate_words(A, size, **options))
    return sum(int(chunk.lengths.sum()) for chunk in kept) / (time.process_time() - begin)


def main() -> None:
    torch.set_num_threads(1)
    A = Automaton.word_problem(SymmetricGroup(5))
    loop = max(python_loop() for _ in range(3))
    print(f"pure Python loop            {loop:12.3g} products/s")
    for lengths in ((2, 10), 500):
        task = StateTracking(A, lengths=lengths)
        rate = max(batches(task, 64) for _ in range(3))
        print(f"StateTracking, lengths {lengths!s:8} {rate:9.3g} products/s  {rate / loop:6.1f} times the loop")
    for name, group in (("S3", SymmetricGroup(3)), ("S5", SymmetricGroup(5))):
        B = Automaton.word_problem(group)
        for options in ({}, {"every": True}, {"words": "balanced"}):
            size = 20_000 if "words" in options else 200_000
            rate = max(generated(B, size, **options) for _ in range(3))
            print(f"generate_words {name}, lengths 1-40, {options!s:22} {rate:9.3g} letters/s of CPU")


if __name__ == "__main__":
    main()
