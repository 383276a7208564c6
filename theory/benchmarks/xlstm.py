"""The formal-language tasks of xLSTM, as "unlocking state tracking" has them.

github.com/automl/unlocking_state_tracking.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .entry import Benchmark
from .linear_cdes import arithmetic_with_equals
from .machines import even_pairs, walk

COMMON: dict[str, Any] = {
    "source": "automl/unlocking_state_tracking (df8f840), xlstm",
    "train_lengths": (2, 39),
    "test_lengths": (39, 255),
}
SLOT = "its lengths 3 to 40 count a slot for the label after the word: one letter less here"
STEPS = {1: 0, 2: 1, 3: -1}

ENTRIES = (
    Benchmark(
        "xlstm/parity",
        "1 + the number of 2s modulo 2",
        partial(walk, {1: 0, 2: 1}, 2, 1),
        traps=(SLOT,),
        **COMMON,
    ),
    Benchmark(
        "xlstm/even-pairs",
        "1 if the first letter is the last one, else 2",
        partial(even_pairs, 1, 2, 1, 2),
        traps=(SLOT,),
        **COMMON,
    ),
    Benchmark(
        "xlstm/cycle-nav",
        "4 + position on a cycle of six, where 1 stays, 2 steps forward and 3 back",
        partial(walk, STEPS, 6, 4),
        traps=(SLOT, "the default vocabulary of 10 makes a cycle of six; xlstm/cycle-nav-5 is that of five"),
        **COMMON,
    ),
    Benchmark(
        "xlstm/cycle-nav-5",
        "4 + position on a cycle of five, where 1 stays, 2 steps forward and 3 back",
        partial(walk, STEPS, 5, 4),
        traps=(SLOT, "with a vocabulary of 9, which is not the default"),
        **COMMON,
    ),
    Benchmark(
        "xlstm/mod-arith",
        '5 + value modulo 5, × before + and −, at "="',
        arithmetic_with_equals,
        words="accepted",
        traps=(SLOT, '"=" is the last token: even lengths'),
        **{**COMMON, "train_lengths": (2, 38), "test_lengths": (40, 254)},
    ),
)
