"""Random words of an automaton with labels, some of them wrong, as a user would have them."""

from __future__ import annotations

from typing import Any

import numpy as np
from bistate.theory import Automaton


def table_of(
    automaton: Automaton, count: int, low: int, high: int, every: bool = False, wrong: float = 0.0, seed: int = 0
) -> tuple[list[list[int]], list[Any]]:
    """Words as positions of letters, labels as positions of labels; a share of the labels is drawn anew."""
    random = np.random.default_rng(seed)
    words, labels = [], []
    for n in random.integers(low, high + 1, size=count):
        word, state, said = random.integers(len(automaton.letters), size=n).tolist(), automaton.start_index, []
        for x in word:
            state = int(automaton.table[state, x])
            drawn = random.random() < wrong
            said.append(int(random.integers(len(automaton.labels))) if drawn else int(automaton.label_indices[state]))
        words.append(word)
        labels.append(said if every else said[-1])
    return words, labels
