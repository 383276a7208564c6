"""Equivalence of exact networks and minimal realisations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from bistate.groups import ExactMatrix, SymmetricGroup
from bistate.theory import (
    Automaton,
    BilinearWeights,
    WeightsError,
    equivalence,
    minimal_realisation,
    realize,
)
from hypothesis import given, settings
from hypothesis import strategies as st

S3 = Automaton.word_problem(SymmetricGroup(3), letters="generators")


def weights(transitions: list[list[list[int]]], start: list[int], readout: list[list[int]]) -> BilinearWeights:
    return BilinearWeights(
        tuple(range(len(transitions))),
        tuple(range(len(readout))),
        tuple(ExactMatrix(m) for m in transitions),
        ExactMatrix.column(start),
        ExactMatrix(readout),
    )


def words(letters: int, longest: int) -> Iterator[tuple[int, ...]]:
    for n in range(longest + 1):
        yield from itertools.product(range(letters), repeat=n)


def hankel_rank(w: BilinearWeights, longest: int) -> int:
    """The rank of F[u, v] = f(uv) over words of at most `longest` letters, by definition."""
    rows = []
    for v in words(len(w.letters), longest):
        row = [w.logits([w.letters[x] for x in (*u, *v)]) for u in words(len(w.letters), longest)]
        rows += [[logits[q] for logits in row] for q in range(len(w.states))]
    return ExactMatrix(rows).rank()


entries = st.integers(-1, 1)


@st.composite
def networks(draw: st.DrawFn, size: int = 3) -> BilinearWeights:
    n = draw(st.integers(1, size))
    vector = st.lists(entries, min_size=n, max_size=n)
    matrix = st.lists(vector, min_size=n, max_size=n)
    return weights([draw(matrix), draw(matrix)], draw(vector), [draw(vector), draw(vector)])


@settings(deadline=None, max_examples=60)
@given(networks())
def test_the_minimal_size_is_the_rank_of_the_hankel_matrix(w: BilinearWeights) -> None:
    rank = hankel_rank(w, w.hidden_size - 1)
    if rank == 0:
        with pytest.raises(WeightsError, match="all logits"):
            minimal_realisation(w)
        return
    small = minimal_realisation(w)
    assert small.hidden_size == rank
    assert all(small.logits(v) == w.logits(v) for v in words(2, 4))


@settings(deadline=None, max_examples=60)
@given(networks(2), networks(2))
def test_equivalence_agrees_with_all_short_words(a: BilinearWeights, b: BilinearWeights) -> None:
    longest = a.hidden_size + b.hidden_size - 1  # longer words cannot be the first that differ
    wrong = [v for v in words(2, longest) if a.logits(v) != b.logits(v)]
    found = equivalence(a, b)
    assert found.equal == bool(found) == (not wrong)
    if wrong:
        assert found.word is not None
        assert found.difference is not None
        assert len(found.word) == len(wrong[0])
        expected = [x - y for x, y in zip(a.logits(found.word), b.logits(found.word), strict=True)]
        assert [row[0] for row in found.difference.tolist()] == expected


def test_a_difference_after_five_letters_only_is_found() -> None:
    shift = [[int(i == j + 1) for j in range(6)] for i in range(6)]
    counts = weights([shift], [1, 0, 0, 0, 0, 0], [[0, 0, 0, 0, 0, 1], [0] * 6])
    zero = weights([[[1]]], [1], [[0], [0]])
    found = equivalence(counts, zero)
    assert not found
    assert found.word == (0,) * 5


def test_the_letters_of_the_word_are_in_the_order_they_are_read() -> None:
    def step(row: int, column: int) -> list[list[int]]:
        return [[int((i, j) == (row, column)) for j in range(4)] for i in range(4)]

    # 0 then 1 then 1: e_0 to e_1 to e_2 to e_3, and everything else to nothing
    second = [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(step(2, 1), step(3, 2), strict=True)]
    only = weights([step(1, 0), second], [1, 0, 0, 0], [[0, 0, 0, 1], [0] * 4])
    found = equivalence(only, weights([[[1]], [[1]]], [1], [[0], [0]]))
    assert found.word == (0, 1, 1)
    assert found.difference == ExactMatrix([[1], [0]])


def test_another_basis_is_equivalent_and_another_copy_is_dropped() -> None:
    w = realize(S3, "full")
    P = ExactMatrix([[1, Fraction(1, 3)], [2, 5]])
    turned = replace(
        w,
        transitions=tuple(P @ m @ P.inverse() for m in w.transitions),
        initial=P @ w.initial,
        readout=w.readout @ P.inverse(),
        form=None,
        factors=None,
    )
    assert equivalence(w, turned)
    joined = replace(
        w,
        transitions=tuple(map(ExactMatrix.block_diagonal, zip(w.transitions, turned.transitions, strict=True))),
        initial=ExactMatrix.vstack([w.initial, turned.initial]),
        readout=ExactMatrix.hstack([w.readout, turned.readout]),
        blocks=(),
        form=None,
        factors=None,
    )
    assert joined.hidden_size == 4
    assert minimal_realisation(joined).hidden_size == 2
    assert minimal_realisation(joined).prove(S3).proved


def test_the_same_predictions_need_not_be_the_same_function() -> None:
    w = realize(S3, "full")
    louder = replace(w, readout=w.readout * 2, factors=None)
    assert not equivalence(w, louder)
    assert equivalence(w, louder).word == ()


def test_irrational_entries_are_exact() -> None:
    C5 = Automaton.modular_addition(5)
    regular, small = realize(C5, "monomial"), realize(C5, "full")
    assert regular.hidden_size == 5
    found = minimal_realisation(regular)  # the regular representation without the trivial one, which no row reads
    assert found.hidden_size == np.linalg.matrix_rank(regular.to_numpy()[2])
    assert not equivalence(small, found)


def test_other_letters_or_states_are_refused() -> None:
    w = realize(S3, "full")
    with pytest.raises(WeightsError, match="letters"):
        equivalence(w, realize(Automaton.parity(), "full"))
    with pytest.raises(WeightsError, match="states"):
        equivalence(w, replace(w, states=tuple(range(6)), factors=None))
