"""The four formal-language tasks of structured linear CDEs and PD-SSM, which are the same files.

github.com/Benjamin-Walker/structured-linear-cdes and github.com/IBM/expressive-sparse-state-space-model.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ...groups.families.alternating import AlternatingGroup
from ..automata.automaton import Automaton
from .element_ids import lexicographic, word_problem
from .entry import Benchmark
from .machines import even_pairs, expressions, walk
from .templates import with_query

SOURCE = "IBM/expressive-sparse-state-space-model (8682e78), Benjamin-Walker/structured-linear-cdes (76dd0dd)"
COMMON: dict[str, Any] = {"source": SOURCE, "train_lengths": (3, 40), "test_lengths": (40, 256)}
SHARED_IDS = "labels share the ids of the letters, and 0 is padding on the right"
OPERATORS = {"+": 1, "-": 2, "×": 3}
EQUALS = 4


def arithmetic_with_equals() -> Automaton:
    """Expressions modulo 5 that end with "=", token 4; digit d is token 5 + d and the value v has label 5 + v."""
    return with_query(expressions(5, range(5, 10), OPERATORS, 5), EQUALS)


def _a5() -> Automaton:
    group = AlternatingGroup(5)
    return word_problem(group, lexicographic(group), "right")


ENTRIES = (
    Benchmark(
        "pd-ssm/parity",
        "1 if the number of b, which is 2, is even, else 2; a is 1",
        partial(walk, {1: 0, 2: 1}, 2, 1),
        traps=(SHARED_IDS,),
        **COMMON,
    ),
    Benchmark(
        "pd-ssm/even-pairs",
        "1 if the first letter is the last one, else 2",
        partial(even_pairs, 1, 2, 1, 2),
        traps=(SHARED_IDS,),
        **COMMON,
    ),
    Benchmark(
        "pd-ssm/cycle-nav",
        "4 + position on a cycle of five, where 1 stays, 2 steps forward and 3 back",
        partial(walk, {1: 0, 2: 1, 3: -1}, 5, 4),
        traps=(SHARED_IDS, "chomsky/cycle-navigation has the letters in another order"),
        **COMMON,
    ),
    Benchmark(
        "pd-ssm/mod-arith",
        '5 + value modulo 5, × before + and −, at "="',
        arithmetic_with_equals,
        words="accepted",
        traps=(
            SHARED_IDS,
            '"=" is the last token, and counts in the length: even lengths; a comment says that it is the second last',
        ),
        **{**COMMON, "train_lengths": (4, 40)},
    ),
    Benchmark(
        "slice/A5",
        "the product of all letters so far, by lexicographic rank",
        _a5,
        "Benjamin-Walker/structured-linear-cdes (76dd0dd), on data of jopetty/word-problem",
        (2, 20),
        (2, 20),
        position="every",
        side="right",
        traps=(
            "no token before words, unlike word-problem/A5; padding has the id of the identity, 0, and is masked",
            "one length k and length 2 in each step; the configurations are not in the repository",
        ),
    ),
)
