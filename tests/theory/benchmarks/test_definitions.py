"""Every benchmark task against its definition, written anew here in terms of the source's own token ids.

The definitions are those of the repositories' code, in Python on lists of tokens: sums, `eval` and image tuples.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise, permutations, product

import pytest
from bistate.theory import BENCHMARKS, benchmark

Word = list[int]
WORDS = 200


def uniform(ids: list[int], shortest: int = 1) -> Callable[[random.Random], Word]:
    return lambda draw: draw.choices(ids, k=draw.randint(shortest, 40))


def expression(digits: list[int], operators: list[int], end: list[int]) -> Callable[[random.Random], Word]:
    """Digits and operators in turn."""

    def word(draw: random.Random) -> Word:
        count = draw.randint(1, 20)
        pairs = [(draw.choice(digits), draw.choice(operators)) for _ in range(count)]
        return [x for pair in pairs for x in pair][:-1] + end

    return word


def value_of(signs: dict[int, str], zero: int) -> Callable[[Word], int]:
    """Python's value of the tokens, modulo 5."""
    return lambda w: eval("".join(signs.get(x, str(x - zero)) for x in w)) % 5


def compose(p: tuple[int, ...], q: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(p[i] for i in q)


def even(p: tuple[int, ...]) -> bool:
    return sum(p[i] > p[j] for j in range(len(p)) for i in range(j)) % 2 == 0


def ranked(n: int, keep: Callable[[tuple[int, ...]], bool] = lambda p: True) -> list[tuple[int, ...]]:
    return sorted(p for p in permutations(range(n)) if keep(p))


def products(elements: list[tuple[int, ...]], side: str, letters: dict[int, tuple[int, ...]] | None = None):
    """The label of a word of ids by composing image tuples from left to right, or from right to left."""
    element = dict(enumerate(elements)) if letters is None else letters

    def label(word: Word) -> int:
        h = tuple(range(len(elements[0])))
        for x in word:
            h = compose(h, element[x]) if side == "right" else compose(element[x], h)
        return elements.index(h)

    return label


def toggled(places: int, mirrored: bool) -> Callable[[Word], int]:
    def label(word: Word) -> int:
        toggle = position = 0
        for x in word:
            if x == 0:
                toggle = 1 - toggle
            else:
                position += (-1) ** toggle if mirrored else 1
        return places * toggle + position % places

    return label


S3, S4, S5 = ranked(3), ranked(4), ranked(5)
A4, A5 = ranked(4, even), ranked(5, even)
MOVED = {p: sum(p[i] != i for i in range(5)) for p in S5}
A4_Z5 = [(a, j) for a, j in product(A4, range(5))]


def a4_z5(word: Word) -> int:
    h, total = (0, 1, 2, 3), 0
    for x in word:
        h, total = compose(h, A4[x // 5]), (total + x % 5) % 5
    return 5 * A4.index(h) + total


def calculator(word: list[int | str]) -> tuple[int, str]:
    value, operator = 0, "+"
    for x in word:
        if isinstance(x, str):
            operator = x
        else:
            value = {"+": value + x, "-": value - x, "×": value * x}[operator] % 5
    return value, operator


def moving(most: int) -> list[int]:
    return [k for k, p in enumerate(S5) if MOVED[p] <= most]


def first_is_last(same: int, different: int) -> Callable[[Word], int]:
    return lambda w: same if w[0] == w[-1] else different


def mixed(first: int) -> Callable[[Word], int]:
    """Even pairs as the suite computes them: the number of ab and ba in the word, modulo 2."""
    return lambda w: first + sum(a != b for a, b in pairwise(w)) % 2


STEP = {1: 0, 2: 1, 3: -1}
CHOMSKY, CDES = value_of({5: "+", 6: "-", 7: "*"}, 0), value_of({1: "+", 2: "-", 3: "*"}, 5)
WITH_EQUALS = (expression(list(range(5, 10)), [1, 2, 3], [4]), lambda w: 5 + CDES(w[:-1]))
BITS, ONE_TWO, THREE = uniform([0, 1]), uniform([1, 2]), uniform([1, 2, 3])
DEFINITIONS: dict[str, tuple[Callable[[random.Random], Word], Callable[[Word], object]]] = {
    "chomsky/even-pairs": (BITS, mixed(0)),
    "chomsky/parity-check": (BITS, lambda w: w.count(1) % 2),
    "chomsky/cycle-navigation": (uniform([0, 1, 2]), lambda w: sum(x - 1 for x in w) % 5),
    "chomsky/modular-arithmetic": (expression(list(range(5)), [5, 6, 7], []), CHOMSKY),
    "sd-ssm/C2xC4": (BITS, toggled(4, False)),
    "sd-ssm/D4": (BITS, toggled(4, True)),
    "sd-ssm/C2xC30": (BITS, toggled(30, False)),
    "sd-ssm/D30": (BITS, toggled(30, True)),
    "sd-ssm/A5": (BITS, products(A5, "right", {0: (1, 2, 3, 4, 0), 1: (1, 0, 3, 2, 4)})),
    "pd-ssm/parity": (ONE_TWO, lambda w: 1 if w.count(2) % 2 == 0 else 2),
    "pd-ssm/even-pairs": (ONE_TWO, first_is_last(1, 2)),
    "pd-ssm/cycle-nav": (THREE, lambda w: 4 + sum(STEP[x] for x in w) % 5),
    "pd-ssm/mod-arith": WITH_EQUALS,
    "slice/A5": (uniform(list(range(60))), products(A5, "right")),
    "xlstm/parity": (ONE_TWO, lambda w: 1 + w.count(2) % 2),
    "xlstm/even-pairs": (ONE_TWO, mixed(1)),
    "xlstm/cycle-nav": (THREE, lambda w: 4 + sum(STEP[x] for x in w) % 6),
    "xlstm/cycle-nav-5": (THREE, lambda w: 4 + sum(STEP[x] for x in w) % 5),
    "xlstm/mod-arith": WITH_EQUALS,
    "word-problem/A5": (uniform(list(range(60))), products(A5, "right")),
    "word-problem/S5": (uniform(list(range(120))), products(S5, "right")),
    "word-problem/A4xZ5": (uniform(list(range(60))), a4_z5),
    "word-problem/Z60": (uniform(list(range(60))), lambda w: sum(w) % 60),
    "delta-product/S5-only-swaps": (uniform(moving(2)), products(S5, "right")),
    "delta-product/S5-limit-to-3": (uniform(moving(3)), products(S5, "right")),
    "delta-product/S5-limit-to-4": (uniform(moving(4)), products(S5, "right")),
    "delta-product/S3-2-tokens": (
        lambda draw: [x for letter in draw.choices(range(6), k=20) for x in (letter, 6)],
        lambda w: products(S3, "right")(w[::2]),
    ),
    "complex-kda/s2": (BITS, lambda w: sum(w) % 2),
    "complex-kda/z5": (uniform(list(range(5))), lambda w: sum(w) % 5),
    "complex-kda/s3": (uniform(list(range(6))), products(S3, "left")),
    "complex-kda/a4": (uniform(list(range(12))), products(A4, "left")),
    "complex-kda/s4": (uniform(list(range(24))), products(S4, "left")),
    "complex-kda/a5": (uniform(list(range(60))), products(A5, "left")),
    "complex-kda/s5": (uniform(list(range(120))), products(S5, "left")),
    "complex-kda/s5-transpositions": (uniform([k for k in moving(2) if k]), products(S5, "left")),
    "paper/parity": (BITS, lambda w: w.count(1) % 2),
    "paper/modular-addition-5": (uniform(list(range(5))), lambda w: sum(w) % 5),
    "paper/modular-arithmetic-5": (uniform([*range(5), "+", "-", "×"]), calculator),  # type: ignore[list-item]
}
RANDOM = {"paper/random-machine-5"}  # drawn, not defined


def test_every_task_has_a_definition() -> None:
    assert set(DEFINITIONS) | RANDOM == set(BENCHMARKS)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_labels_are_those_of_the_definition(name: str) -> None:
    A, (drawn, label) = BENCHMARKS[name].automaton, DEFINITIONS[name]
    draw = random.Random(name)
    words = [drawn(draw) for _ in range(WORDS)]
    assert {x for w in words for x in w} == set(A.letters)
    assert [A.output(w) for w in words] == [label(w) for w in words]
    assert {label(w) for w in words} <= set(A.labels)
    if A.accepting is not None:
        assert all(A.run(w) in A.accepting for w in words)


@pytest.mark.parametrize("name", [n for n, b in BENCHMARKS.items() if b.words == "uniform"])
def test_every_word_has_a_label_where_words_are_uniform(name: str) -> None:
    assert None not in BENCHMARKS[name].labels


# --- figures of the sources ---


def shares(name: str, length: int) -> list[float]:
    """The share of each label among the accepted words of a length, by counting all of them state by state."""
    A = benchmark(name).automaton
    counts = [int(q == A.start) for q in A.states]
    for _ in range(length):
        after = [0] * len(A.states)
        for q, count in enumerate(counts):
            for target in A.table[q].tolist():
                after[target] += count
        counts = after
    ends = [count if q in (A.accepting or ()) else 0 for q, count in zip(A.states, counts, strict=True)]
    by_label = {y: sum(n for n, k in zip(ends, A.outputs or (), strict=True) if k == y) for y in A.labels}
    return [by_label[y] / sum(ends) for y in sorted(y for y in A.labels if isinstance(y, int))]


def test_shares_of_the_value_zero() -> None:
    assert shares("chomsky/modular-arithmetic", 3)[0] == pytest.approx(19 / 75) == pytest.approx(0.2533, abs=5e-5)
    assert shares("chomsky/modular-arithmetic", 5)[0] == pytest.approx(0.232, abs=5e-4)
    assert shares("chomsky/modular-arithmetic", 19)[0] == pytest.approx(0.2003, abs=5e-5)


def test_states_of_the_minimal_automata() -> None:
    for name, states in {
        "chomsky/even-pairs": 5,
        "chomsky/modular-arithmetic": 51,
        "pd-ssm/mod-arith": 56,
        "chomsky/modular-arithmetic+query": 56,
        "sd-ssm/D4": 8,
        "word-problem/A4xZ5": 60,
    }.items():
        A = benchmark(name).automaton
        assert len(A.minimize().states) == len(A.states) == states


def test_single_words_of_the_sources() -> None:
    assert benchmark("sd-ssm/A5").automaton.output([0]) == 16
    assert benchmark("complex-kda/s3").automaton.output([1, 2]) == 3
    assert benchmark("chomsky/even-pairs").automaton.output([1]) == 0


def test_numbers_of_letters_that_move_few_points() -> None:
    sizes = {"only-swaps": 11, "limit-to-3": 31, "limit-to-4": 76}
    for name, letters in sizes.items():
        assert len(benchmark(f"delta-product/S5-{name}").letters) == letters
    assert len(benchmark("complex-kda/s5-transpositions").letters) == 10


@pytest.mark.parametrize("name", ["sd-ssm/C2xC4", "sd-ssm/D4", "complex-kda/s5-transpositions"])
def test_half_of_the_labels_occur_at_a_length(name: str) -> None:
    A = benchmark(name).automaton
    here = {A.start_index}
    for _ in range(40):
        here = {int(q) for p in here for q in A.table[p]}
    assert len(here) == len(A.labels) / 2
