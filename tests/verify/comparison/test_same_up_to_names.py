"""Automata that are one up to names: random ones, and those that differ in one place."""

from __future__ import annotations

import numpy as np
import pytest
from bistate.groups.catalogue.named import named_group
from bistate.theory import Automaton
from bistate.verify import renaming


def renamed(A: Automaton, seed: int) -> tuple[Automaton, list[int]]:
    random = np.random.default_rng(seed)
    n, k = A.table.shape
    to, by = random.permutation(n), random.permutation(k)
    table = np.empty_like(A.table)
    table[np.ix_(to, by)] = to[A.table]
    outputs = None if A.outputs is None else [f"label {A.outputs[q]}" for q in np.argsort(to)]
    return Automaton(range(n), range(k), table, int(to[A.start_index]), outputs=outputs), by.tolist()


CASES = [
    *(Automaton.random(7, 4, kind, seed) for kind in ("map", "permutation") for seed in range(5)),
    *(Automaton.word_problem(named_group(name)) for name in ("S3", "D4", "Q8", "A4", "C2xC4")),
    Automaton.word_problem(named_group("A5"), letters="generators"),
    Automaton.modular_addition(6).with_outputs([0, 1, 2, 0, 1, 2]),
    Automaton.from_regex("(a|b)*abb").acceptor(),
]


@pytest.mark.parametrize("A", CASES, ids=repr)
def test_renamed_automata_are_one(A: Automaton) -> None:
    for seed in range(3):
        B, _ = renamed(A, seed)
        letters = renaming(A, B)
        assert letters is not None
        assert len(set(letters.values())) == len(letters)
        labels = {}
        random = np.random.default_rng(seed)
        for _ in range(200):
            word = random.integers(len(A.letters), size=random.integers(0, 9))
            first = A.output([A.letters[x] for x in word])
            second = B.output([letters[A.letters[x]] for x in word])
            assert labels.setdefault(first, second) == second
        assert len(set(labels.values())) == len(labels)


def test_others_are_not() -> None:
    W = Automaton.word_problem
    assert renaming(W(named_group("D4")), W(named_group("Q8"))) is None
    assert renaming(W(named_group("S3")), Automaton.modular_addition(6)) is None
    assert renaming(W(named_group("S3")), W(named_group("S3"), side="right")) is not None  # by inverses
    six = Automaton.modular_addition(6)
    assert renaming(six.with_outputs([0, 1, 2, 0, 1, 2]), six.with_outputs([0, 0, 1, 1, 2, 2])) is None
    assert renaming(six.with_outputs([0, 1, 2, 0, 1, 2]), six.with_outputs([0, 2, 1, 0, 2, 1])) is not None
    A = Automaton.random(7, 3, "map", 1)
    for q in range(3):
        table = A.table.copy()
        table[q, 0] = (table[q, 0] + 1) % 7
        assert renaming(A, Automaton.trimmed(range(7), range(3), table, 0)) is None
