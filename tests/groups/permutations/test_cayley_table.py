"""Groups by their tables, and tables that are none: each axiom broken alone."""

import numpy as np
import pytest
from bistate.groups import GroupError, Permutation, PermutationGroup, TooLargeError, identify, named_group
from bistate.groups.permutations.cayley_table import left_translations
from hypothesis import given, settings
from hypothesis import strategies as st

# A loop of order 5: a Latin square with the identity 0 that is not associative.
LOOP = [[0, 1, 2, 3, 4], [1, 0, 3, 4, 2], [2, 4, 0, 1, 3], [3, 2, 4, 0, 1], [4, 3, 1, 2, 0]]


@settings(max_examples=30)
@given(st.sampled_from(["C1", "C6", "V4", "S3", "Q8", "D4", "A4", "C3xS3", "Dic3"]), st.randoms(use_true_random=False))
def test_tables_of_groups_in_any_order(name: str, draw) -> None:
    G = named_group(name)
    order = list(range(G.order))
    draw.shuffle(order)  # element k of the table is G.elements[order[k]]
    position = np.argsort(order)
    table = position[G.multiplication_table()[np.ix_(order, order)]]
    H = PermutationGroup.from_cayley_table(table)
    assert (H.order, H.degree) == (G.order, G.order)
    assert identify(H) == identify(G)
    assert all(Permutation(table[k].tolist()) in H for k in range(G.order))
    i, j = draw.randrange(G.order), draw.randrange(G.order)
    translation = [Permutation(row.tolist()) for row in table]
    assert translation[i] * translation[j] == translation[table[i, j]]


def test_the_failing_triple_is_named() -> None:
    with pytest.raises(
        GroupError, match=r"not associative: \((\d) \* (\d)\) \* (\d) = (\d), and \1 \* \(\2 \* \3\) = (\d)"
    ) as e:
        left_translations(LOOP)
    i, g, j, left, right = _numbers(str(e.value))
    assert LOOP[LOOP[i][g]][j] == left != right == LOOP[i][LOOP[g][j]]


def _numbers(said: str) -> list[int]:
    """i, g, j, (i g) j and i (g j) out of the message."""
    digits = [int(c) for c in said if c.isdigit()]
    return [*digits[:4], digits[-1]]


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_no_latin_square_passes_that_is_no_group(seed: int) -> None:
    """Random loops: what passes is associative on all triples."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(2, 6))
    table = (np.arange(size)[:, None] + np.arange(size)) % size
    rows, columns = (np.append(0, 1 + draw.permutation(size - 1)) for _ in range(2))
    table = table[np.ix_(rows, columns)]
    table = np.argsort(table[0])[table]
    try:
        left_translations(table)
    except GroupError:
        return
    everything = [(table[table[i, j], k], table[i, table[j, k]]) for i, j, k in np.ndindex(size, size, size)]
    assert all(a == b for a, b in everything)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([[0, 1], [0, 1]], r"as 0 \* 0 = 1 \* 0 = 0: nothing can be cancelled"),
        ([[0, 0], [1, 1]], r"as 0 \* 0 = 0 \* 1 = 0: nothing can be cancelled"),
        ([[1, 0], [1, 0]], "nothing can be cancelled"),
        ([[0, 2, 1], [2, 1, 0], [1, 0, 2]], "no element e has e"),
        ([[0, 2], [1, 0]], r"0 \* 1 = 2 in the table is none of the elements 0, …, 1"),
        ([[0, -1], [1, 0]], r"0 \* 1 = -1"),
        ([[0, 1]], r"shape \(1, 2\)"),
        ([], "n × n whole numbers"),
        ([[0.0]], "type float64"),
        ([[0, 1], [1]], "differ in length"),
    ],
)
def test_tables_that_are_none(table: list, said: str) -> None:
    with pytest.raises(GroupError, match=said):
        PermutationGroup.from_cayley_table(table)


def test_large_tables_are_refused() -> None:
    with pytest.raises(TooLargeError, match="2001 elements; at most 2000"):
        left_translations(np.zeros((2001, 2001), dtype=np.int8))
