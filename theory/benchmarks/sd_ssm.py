"""Groups with two letters, of the selective dense state-space model.

github.com/IBM/selective-dense-state-space-model.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ...groups.families.alternating import AlternatingGroup
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from .element_ids import lexicographic, word_problem
from .entry import Benchmark
from .machines import toggle_and_walk

SOURCE = "IBM/selective-dense-state-space-model (5bdc7f7)"
COMMON: dict[str, Any] = {"source": SOURCE, "train_lengths": (1, 40), "test_lengths": (1, 500)}
HALF = "toggle + position has the parity of the length, so that half of the labels occur at a length"
NO_QUERY = "sd-ssm/even-pairs and the other regular tasks are those of chomsky/, the query being an option"


def two_letters_of_a5() -> Automaton:
    """A_5 by 0, s'[i] = s[i + 1], and 1, which swaps s[0] with s[1] and s[2] with s[3]; labels are ids of s."""
    group = AlternatingGroup(5)
    cycle, flip = Permutation([1, 2, 3, 4, 0]), Permutation([1, 0, 3, 2, 4])
    return word_problem(group, lexicographic(group), "right", {0: cycle, 1: flip})


def _walks(name: str, places: int, mirrored: bool, *traps: str) -> Benchmark:
    move = "moves by +1, or −1 while toggled" if mirrored else "moves by +1"
    return Benchmark(
        f"sd-ssm/{name}",
        f"{places}·toggle + position modulo {places}, where 0 toggles and 1 {move}",
        partial(toggle_and_walk, places, mirrored),
        traps=(HALF, *traps),
        **COMMON,
    )


ENTRIES = (
    _walks("C2xC4", 4, False, NO_QUERY),
    _walks("D4", 4, True, "D4 has order 8, the symmetries of the square; other sources call it D8"),
    _walks("C2xC30", 30, False),
    _walks("D30", 30, True, "order 60"),
    Benchmark(
        "sd-ssm/A5",
        "the lexicographic rank, among the 60 even permutations, of the arrangement of five things",
        two_letters_of_a5,
        side="right",
        traps=("two letters, not 60 as in word-problem/A5", "the word 0 has label 16, not 1"),
        **COMMON,
    ),
)
