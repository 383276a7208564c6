"""Word problems of groups with numbered elements: github.com/jopetty/word-problem, "The Illusion of State"."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from ...groups.constructions.products import direct_product
from ...groups.families.alternating import AlternatingGroup
from ...groups.families.cyclic import CyclicGroup
from ...groups.families.symmetric import SymmetricGroup
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from .element_ids import lexicographic, word_problem
from .entry import Benchmark

SOURCE = "jopetty/word-problem (8f910f9)"
COMMON: dict[str, Any] = {
    "source": SOURCE,
    "train_lengths": (2, 20),
    "test_lengths": (2, 20),
    "position": "every",
    "side": "right",
}
RIGHT = "a letter multiplies on the right, g to g∘x with (p∘q)[i] = p[q[i]]; complex-kda/ has the other side"
BOS = "a token stands before every word, and its label, itself, counts in the source's loss and accuracy: NAME+bos"


def numbered(kind: str, n: int, side: str) -> Automaton:
    """A_n ("A") or S_n ("S") by lexicographic ranks."""
    group = AlternatingGroup(n) if kind == "A" else SymmetricGroup(n)
    return word_problem(group, lexicographic(group), side)


def a4_by_z5() -> Automaton:
    """A_4 × Z_5, the pair of the element i of A_4 and the shift by j having the id 5i + j."""
    one, two = AlternatingGroup(4), CyclicGroup(5)
    elements = [Permutation([*a, *(4 + i for i in z)]) for a, z in product(lexicographic(one), two.elements)]
    return word_problem(direct_product(one, two), elements, "right")


def _entry(name: str, order: int, build: Any, *traps: str) -> Benchmark:
    return Benchmark(
        f"word-problem/{name}",
        "the product of all letters so far",
        build,
        bos=order + 1,
        traps=(*traps, RIGHT, BOS),
        **COMMON,
    )


ENTRIES = (
    _entry("A5", 60, partial(numbered, "A", 5, "right"), "ids are lexicographic ranks among the 60 even permutations"),
    _entry("S5", 120, partial(numbered, "S", 5, "right"), "ids are lexicographic ranks among the 120 permutations"),
    _entry("A4xZ5", 60, a4_by_z5, "the pair of element i of A4 and shift j has id 5i + j"),
    _entry("Z60", 60, partial(Automaton.modular_addition, 60), "the id is the shift"),
)
