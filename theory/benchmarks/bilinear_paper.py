"""The four tasks of arXiv:2505.21749, for every modulus or number of states m."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..automata.automaton import Automaton
from .entry import Benchmark

COMMON: dict[str, Any] = {
    "source": "arXiv:2505.21749, section 5; there is no code",
    "train_lengths": (2, 10),
    "test_lengths": (500, 500),
}
UNKNOWN = "where labels stand is not published; m goes from 2 to 50"


def parity() -> Benchmark:
    """Whether the number of ones is odd."""
    return Benchmark("paper/parity", "the number of ones modulo 2", Automaton.parity, **COMMON)


def modular_addition(m: int) -> Benchmark:
    """The sum modulo m."""
    build = partial(Automaton.modular_addition, m)
    return Benchmark(f"paper/modular-addition-{m}", f"the sum modulo {m}", build, traps=(UNKNOWN,), **COMMON)


def random_machine(m: int) -> Benchmark:
    """The state of a random machine."""
    return Benchmark(
        f"paper/random-machine-{m}",
        f"the state of a random machine with {m} states",
        partial(Automaton.random, m, m),
        traps=(
            "the law of the machine and its letters are not published: here m letters, uniform random maps, seed 0",
            "uniform words forget the start after some letters, so that long words test no memory",
            UNKNOWN,
        ),
        **COMMON,
    )


def modular_arithmetic(m: int) -> Benchmark:
    """The value and the operator of a calculation from left to right."""
    return Benchmark(
        f"paper/modular-arithmetic-{m}",
        f"the value modulo {m} and the last operator, read from left to right as on a simple calculator",
        partial(Automaton.left_to_right_arithmetic, m),
        traps=(
            "how the paper reads other orders of tokens is not published; from left to right every word is valid",
            "chomsky/modular-arithmetic is another task: × before + and −",
            UNKNOWN,
        ),
        **COMMON,
    )


OF_ANY_SIZE: dict[str, Callable[[int], Benchmark]] = {
    "paper/modular-addition": modular_addition,
    "paper/random-machine": random_machine,
    "paper/modular-arithmetic": modular_arithmetic,
}
ENTRIES = (parity(), *(make(5) for make in OF_ANY_SIZE.values()))
MOST = 50  # states of the paper's tasks, and of those that a name can ask for
