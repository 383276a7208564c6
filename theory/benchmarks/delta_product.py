"""Word problems with few letters of DeltaProduct: github.com/automl/DeltaProduct, a fork of jopetty/word-problem."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...groups.families.symmetric import SymmetricGroup
from ..automata.automaton import Automaton
from .element_ids import lexicographic, moving_at_most, word_problem
from .entry import Benchmark
from .templates import with_fillers
from .word_problems import BOS, RIGHT

SOURCE = "automl/DeltaProduct (38cd4e4)"
COMMON: dict[str, Any] = {
    "source": SOURCE,
    "train_lengths": (128, 128),
    "test_lengths": (512, 512),
    "position": "every",
    "side": "right",
}
IDS = "letters keep their ids among all 120 elements, so that they are not 0, 1, 2, …; all 120 are labels"


def few_points_moved(points: int) -> Automaton:
    """S_5 with the letters that move at most so many points, the identity among them."""
    group = SymmetricGroup(5)
    elements = lexicographic(group)
    return word_problem(group, elements, "right", moving_at_most(elements, points))


def two_tokens_of_s3() -> Automaton:
    """S_3 with a filler, 6, after every letter, whose token has the label of the product."""
    group = SymmetricGroup(3)
    return with_fillers(word_problem(group, lexicographic(group), "right"), 2, 6, 0)


def _few(name: str, points: int, *traps: str) -> Benchmark:
    return Benchmark(
        f"delta-product/{name}",
        f"the product of all letters so far, each of which moves at most {points} of 5 points",
        partial(few_points_moved, points),
        bos=121,
        traps=(*traps, IDS, RIGHT, BOS),
        **COMMON,
    )


ENTRIES = (
    _few("S5-only-swaps", 2, "11 letters: ten swaps and the identity"),
    _few("S5-limit-to-3", 3, "31 letters"),
    _few("S5-limit-to-4", 4, "76 letters; an assertion in the source says 26, and is commented out"),
    Benchmark(
        "delta-product/S3-2-tokens",
        "at every second token the product of all letters so far; at the first 0, at the other fillers' letters 6",
        two_tokens_of_s3,
        words="accepted",
        traps=(
            "labels are shifted by one token, and filled with 0 at the first",
            "lengths count tokens here, two for each of 128 letters",
            RIGHT,
        ),
        **{**COMMON, "train_lengths": (256, 256), "test_lengths": (1024, 1024)},
    ),
)
