"""How many layers a stack needs: rows of the ladder, stacks that reach them, and cascades drawn to break the bounds."""

import itertools
import random

import numpy as np
import pytest
from bistate.groups import PermutationGroup, SymmetricGroup, direct_product, named_group
from bistate.groups.catalogue.numbered import small_groups
from bistate.theory import Automaton, RungError, classify, realize

GROUPS = {(entry.order, entry.number): entry.group for entry in small_groups(63)}
SAMPLE = [
    (1, 1), (2, 1), (6, 1), (8, 3), (8, 4), (12, 3), (16, 6), (16, 9), (18, 4), (20, 3), (21, 1), (24, 3), (24, 12),
    (27, 3), (32, 49), (36, 9), (39, 1), (42, 1), (48, 28), (48, 29), (48, 3), (48, 33), (52, 3),
    (54, 8), (55, 1), (56, 11),
]  # fmt: skip


def commutators_closed(group):
    """The sizes of G, G', G'', … from the table of products alone."""
    table = group.multiplication_table()
    inverse = np.argmin(table, axis=1)  # the identity is element 0
    inside, sizes = set(range(group.order)), [group.order]
    while True:
        found = {int(table[table[a, b], table[inverse[a], inverse[b]]]) for a in inside for b in inside}
        while True:
            more = {int(table[a, b]) for a in found for b in found}
            if more == found:
                break
            found = more
        if found == inside:
            return sizes
        inside = found
        sizes.append(len(found))


def squares_closed(group):
    """The sizes of G, the group of its squares, that of theirs, …, from the table of products alone."""
    table = group.multiplication_table()
    inside, sizes = set(range(group.order)), [group.order]
    while True:
        found = {int(table[a, a]) for a in inside}
        while True:
            more = {int(table[a, b]) for a in found for b in found}
            if more == found:
                break
            found = more
        if found == inside:
            return sizes
        inside = found
        sizes.append(len(found))


def check_depths(group):
    A = Automaton.word_problem(group)
    sizes = commutators_closed(group)
    assert sizes[-1] == 1
    stack = realize(A, "stack", layers="rotation")
    assert stack.depth == max(1, len(sizes) - 1)
    assert stack.decisions == tuple(a // b for a, b in itertools.pairwise(sizes)) or sizes == [1]
    assert stack.prove(A).proved


@pytest.mark.parametrize("number", SAMPLE)
def test_solvable_groups_take_as_many_layers_of_rotations_as_their_derived_length(number):
    check_depths(GROUPS[number])


@pytest.mark.slow
def test_all_solvable_groups_up_to_order_63():
    solvable = [group for number, group in GROUPS.items() if number != (60, 5)]
    assert len(solvable) == 318
    for group in solvable:
        check_depths(group)


@pytest.mark.parametrize("number", [(8, 1), (8, 3), (8, 4), (16, 1), (16, 8), (32, 2), (32, 18)])
def test_real_diagonal_layers_square_a_two_group_down_to_one(number):
    group = GROUPS[number]
    A = Automaton.word_problem(group, letters="generators")
    stack = realize(A, "stack", layers="diagonal")
    assert stack.depth == len(squares_closed(group)) - 1 == classify(A)["depth_diagonal"].size
    assert all(set(layer.blocks) == {1} for layer in stack.layers)
    assert stack.prove(A).proved


@pytest.mark.parametrize(
    ("group", "factor"),
    [
        (named_group("A5"), "A5"),
        (SymmetricGroup(6), "A6"),
        (named_group("SL(2,5)"), "A5"),
        (named_group("PSL(2,7)"), "PSL(2,7)"),
        (direct_product(SymmetricGroup(3), named_group("A5")), "A5"),
        (
            PermutationGroup([(1, 2, 3, 4, 0, 5, 6, 7, 8, 9), (1, 2, 0, *range(3, 10)), (*range(5, 10), *range(5))]),
            "A5",
        ),
    ],
    ids=["A5", "S6", "SL(2,5)", "PSL(2,7)", "S3xA5", "A5 wr C2"],
)
def test_groups_that_are_not_solvable_are_refused_with_a_composition_factor(group, factor):
    A = Automaton.word_problem(group, letters="generators")
    with pytest.raises(
        RungError, match=rf"composition factor {factor.replace('(', '.').replace(')', '.')}, which is not"
    ):
        realize(A, "stack")
    ladder = classify(A)
    assert ladder["depth_rotation"].size is ladder["depth_diagonal"].size is ladder["depth_positive"].size is None
    assert f"composition factor {factor}," in ladder["depth_rotation"].lower.reason
    if group.order == 60:
        assert realize(A, "stack", layers="block").depth == 1


def test_other_primes_are_refused_for_real_diagonal_layers():
    with pytest.raises(RungError, match=r"order 21 .* is divisible by 3"):
        realize(Automaton.word_problem(named_group("C7:C3")), "stack", layers="diagonal")


def test_smaller_blocks_take_more_layers():
    A = Automaton.word_problem(SymmetricGroup(4), letters="generators")
    assert [realize(A, "stack", layers="block", block_size=b).decisions for b in (3, 2)] == [(24,), (6, 4)]
    with pytest.raises(RungError, match="block_size=1, as a subgroup of order 12"):
        realize(A, "stack", layers="block", block_size=1)


def test_rows_of_the_ladder():
    S4 = Automaton.word_problem(SymmetricGroup(4), letters="generators")
    row = classify(S4)["depth_rotation"]
    assert (row.size, row.label, row.unit) == (3, "exact", "layers")
    assert row.scope == "finitely many hidden directions in each layer"
    assert row.weights.depth == 3
    assert row.weights.prove(S4).proved
    assert classify(Automaton.word_problem(SymmetricGroup(4), track="point"))["depth_rotation"].size == 3
    assert classify(SymmetricGroup(4))["depth_rotation"].size == 3
    assert classify(Automaton.word_problem(SymmetricGroup(3)))["depth_rotation"].scope == "any weights of the family"
    assert classify(S4, "depth_rotation")["depth_rotation"].size == 3
    # the transition group counts, not the group that the task was made from
    part = Automaton.word_problem(SymmetricGroup(4), letters=[(1, 2, 0, 3), (1, 0, 2, 3)])
    assert classify(part)["depth_rotation"].size == 2


def test_rows_of_letters_that_merge():
    """Resets take states that lead to each other to one; a saturating counter does not, but has no stack here."""
    reset, counter = classify(Automaton.reset(3)), classify(Automaton.counter(3))
    assert reset["depth_rotation"].size is None
    assert "letter 0 takes 0 and 1 to 0" in reset["depth_rotation"].lower.reason
    assert counter["depth_rotation"].size == (1, float("inf"))
    assert reset["depth_positive"].size == counter["depth_positive"].size == (1, float("inf"))
    flag = Automaton(range(2), "ab", [[0, 1], [1, 1]], 0)
    assert classify(flag)["depth_rotation"].size == classify(flag)["depth_diagonal"].size == 1
    assert classify(flag)["depth_rotation"].weights.prove(flag).proved
    # S_3 on three states, and a letter that ends it
    ends = Automaton(range(4), "abe", [[1, 1, 3], [2, 0, 3], [0, 2, 3], [3, 3, 3]], 0)
    row = classify(ends)["depth_rotation"]
    assert row.size == (2, float("inf"))
    assert classify(ends)["depth_positive"].size is None


def test_rows_of_two_transitive_tasks():
    many = Automaton.random(30, 2, kind="permutation", seed=1)
    assert "no power of a prime" in classify(many)["depth_rotation"].lower.reason
    affine = Automaton.from_maps({"+": [(k + 1) % 11 for k in range(11)], "*": [2 * k % 11 for k in range(11)]})
    assert classify(affine)["depth_rotation"].size == 2
    assert classify(affine)["depth_rotation"].weights.prove(affine).proved
    large = Automaton.random(31, 2, kind="permutation", seed=1)
    assert classify(large)["depth_rotation"].size == (2, float("inf"))


def test_rows_of_labels():
    A = Automaton.word_problem(SymmetricGroup(3)).with_outputs(list("abbcaa"))
    row = classify(A)["depth_rotation"]
    assert row.size == 2
    assert row.weights.prove(A).proved


def commuting_layer(draw, letters):
    """Commuting maps, one for each letter: powers of one map of up to five points, or two maps side by side."""
    if draw.random() < 0.5:
        size = draw.randint(2, 5)
        step = [draw.randrange(size) for _ in range(size)] if draw.random() < 0.5 else draw.sample(range(size), size)
        powers = [list(range(size))]
        for _ in range(5):
            powers.append([step[q] for q in powers[-1]])
        return size, [draw.choice(powers) for _ in range(letters)]
    maps = [[0, 1], [1, 0], [1, 1]] if draw.random() < 0.5 else [[0, 1], [1, 1]]
    maps = maps[:2] if maps[1] == [1, 0] else maps  # turns and ends do not commute
    pairs = [(draw.choice(maps), draw.choice(maps)) for _ in range(letters)]
    return 4, [[2 * a[q // 2] + b[q % 2] for q in range(4)] for a, b in pairs]


def random_cascade(draw, depth):
    """A cascade of commuting layers over two letters, by its table alone, with random labels."""
    sizes, layers = [], []
    for _ in range(depth):
        below = int(np.prod(sizes, dtype=int))
        size, maps = commuting_layer(draw, 2 * below)
        sizes.append(size)
        layers.append(maps)
    states = list(itertools.product(*map(range, sizes)))

    def step(state, x):
        read, there = x, []
        for size, maps, q in zip(sizes, layers, state, strict=True):
            there.append(maps[read][q])
            read = read * size + q
        return states.index(tuple(there))

    table = [[step(state, x) for x in range(2)] for state in states]
    labels = {k: draw.randrange(2) for k in range(len(states))}
    return Automaton.trimmed(range(len(states)), "ab", table, draw.randrange(len(states)), outputs=labels)


def test_no_cascade_of_commuting_layers_beats_the_rows():
    """Whatever is read off a cascade of k layers, the rows of its minimal machine allow k layers of rotations."""
    draw, groups, merging, deepest = random.Random(3), 0, 0, 0
    for _ in range(100):
        depth = draw.choice([1, 2, 2, 3])
        A = random_cascade(draw, depth).minimize().with_outputs(None)
        if len(A.states) > 9:
            continue
        row = classify(A, "depth_rotation")["depth_rotation"]
        assert row.lower.size <= depth, (A.table.tolist(), row.lower.reason)
        groups += A.is_permutation
        merging += not A.is_permutation
        deepest = max(deepest, row.lower.size)
    assert groups > 10
    assert merging > 10
    assert deepest >= 2
