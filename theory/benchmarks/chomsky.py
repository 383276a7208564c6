"""The regular tasks of the Chomsky-hierarchy suite.

github.com/google-deepmind/neural_networks_chomsky_hierarchy, tasks/regular. A batch has one length.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .entry import Benchmark
from .machines import even_pairs, expressions, walk

SOURCE = "google-deepmind/neural_networks_chomsky_hierarchy, tasks/regular (2b8eb4b)"
QUERIED = (
    "the source reads the label at an empty token after the word; here after the last letter, and there in NAME+query"
)
COMMON: dict[str, Any] = {
    "source": SOURCE,
    "train_lengths": (1, 40),
    "test_lengths": (1, 100),
    "position": "query",
}

ENTRIES = (
    Benchmark(
        "chomsky/even-pairs",
        "0 if the first letter is the last one, which is when ab and ba are even in number together; else 1",
        partial(even_pairs, 0, 1, 0, 1),
        query=2,
        traps=(QUERIED, "no group: five states, of which letters merge some", "a word of one letter has label 0"),
        **COMMON,
    ),
    Benchmark(
        "chomsky/parity-check",
        "the number of ones modulo 2",
        partial(walk, {0: 0, 1: 1}, 2),
        query=2,
        traps=(QUERIED, "labels are 0 and 1; pd-ssm/parity and xlstm/parity have 1 and 2, over other letters"),
        **COMMON,
    ),
    Benchmark(
        "chomsky/cycle-navigation",
        "the position on a cycle of five",
        partial(walk, {0: -1, 1: 0, 2: 1}, 5),
        query=3,
        traps=(QUERIED, "0, 1, 2 step by −1, 0, +1; pd-ssm/cycle-nav has 1, 2, 3 for 0, +1, −1"),
        **COMMON,
    ),
    Benchmark(
        "chomsky/modular-arithmetic",
        "the value modulo 5, × before + and −",
        partial(expressions, 5, range(5), {"+": 5, "-": 6, "×": 7}),
        words="accepted",
        query=9,
        traps=(
            QUERIED,
            "not from left to right: paper/modular-arithmetic-5 is another task",
            'digits and operators in turn, a digit last: odd lengths, 1 to 39; no "="',
            "id 8 is a blank that never occurs",
        ),
        **{**COMMON, "train_lengths": (1, 39), "test_lengths": (1, 99)},
    ),
)
