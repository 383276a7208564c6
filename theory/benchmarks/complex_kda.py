"""Word problems of ComplexKDA: github.com/OpenEuroLLM/ComplexKDA, group_word_problems."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...groups.families.symmetric import SymmetricGroup
from ..automata.automaton import Automaton
from .element_ids import lexicographic, moving_at_most, word_problem
from .entry import Benchmark
from .word_problems import numbered

COMMON: dict[str, Any] = {
    "source": "OpenEuroLLM/ComplexKDA, group_word_problems (03af970)",
    "train_lengths": (4, 32),
    "test_lengths": (32, 512),
    "position": "every",
    "side": "left",
}
LEFT = "a letter multiplies on the left, g to x∘g: the opposite of word-problem/ and delta-product/"
LENGTHS = "training words have 4, 6, 8, 16 or 32 letters"
SCORE = "its figure is the last quarter of the positions, (accuracy − 1/|G|)/(1 − 1/|G|), the best of three seeds"


def transpositions_of_s5() -> Automaton:
    """S_5 by its ten transpositions, without the identity."""
    group = SymmetricGroup(5)
    elements = lexicographic(group)
    return word_problem(group, elements, "left", {k: g for k, g in moving_at_most(elements, 2).items() if k})


def _all(name: str, order: int, build: Any, *traps: str) -> Benchmark:
    return Benchmark(
        f"complex-kda/{name}",
        "the product of all letters so far",
        build,
        bos=order,
        bos_label=0,
        traps=(*traps, LEFT, LENGTHS, SCORE, "a token before words, |G|, is optional; its label is the identity"),
        **COMMON,
    )


ENTRIES = (
    _all("s2", 2, partial(numbered, "S", 2, "left"), "an older script calls it parity"),
    _all("z5", 5, partial(Automaton.modular_addition, 5), "the id is the shift"),
    _all("s3", 6, partial(numbered, "S", 3, "left"), "the word 1 2 has label 3, and 4 with the other side"),
    _all("a4", 12, partial(numbered, "A", 4, "left")),
    _all("s4", 24, partial(numbered, "S", 4, "left")),
    _all("a5", 60, partial(numbered, "A", 5, "left")),
    _all("s5", 120, partial(numbered, "S", 5, "left")),
    _all(
        "s5-transpositions",
        120,
        transpositions_of_s5,
        "no identity among the letters: the sign of the label is that of the length, and half of the labels occur",
    ),
)
