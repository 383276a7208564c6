"""Letters that merge states: what two units and blocks of two cannot do, and how many rows are exact."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from bistate.theory import Automaton, ConeWeights, classify, realize
from bistate.theory.cones.plane import exact_codes_in_the_plane
from bistate.theory.errors import AutomatonError
from bistate.theory.ladder.ladder_row import ANY
from bistate.theory.ladder.two_units import UNIFORM, blocks_of_two_obstruction, two_units_obstruction


def tables(first=0, step=1):
    found = []
    for flat in product(range(3), repeat=6):
        try:
            found.append(Automaton(range(3), "ab", np.array(flat).reshape(3, 2), 0))
        except AutomatonError:
            continue
    assert len(found) == 432
    return found[first::step]


def maps(a, b):
    """The automaton of two maps, from the first state that reaches all."""
    for start in range(len(a)):
        A = Automaton.from_maps({"a": a, "b": b}, start)  # states that no word reaches are left out
        if len(A.states) == len(a):
            return A
    raise AssertionError("no state reaches the others")


def test_every_full_row_of_three_states_and_two_letters_is_exact():
    """A ninth of the tables; all of them are in benchmarks/results/plane.md."""
    sizes = []
    for A in tables(first=1, step=9):
        for rung in ("full", "block"):
            row = classify(A, only=rung)[rung]
            assert row.size in (1, 2, 3, (2, 3))
            assert rung == "block" or row.label == "exact"
            assert row.weights.prove(A).proved
            sizes.append((rung, row.size))
    count = {key: sizes.count(key) for key in set(sizes)}
    assert count == {
        ("full", 2): 28, ("full", 3): 20,
        ("block", 1): 1, ("block", 2): 27, ("block", 3): 15, ("block", (2, 3)): 5,
    }  # fmt: skip


def test_bounds_do_not_contradict_weights_of_finitely_many_directions():
    """Such weights are bounded and keep a margin, so every bound is about them."""
    codes = [A for A in tables() if exact_codes_in_the_plane(A) is not None]
    assert len(codes) == 62
    for A in codes:
        assert two_units_obstruction(A) is None
        assert blocks_of_two_obstruction(A) is None
    for A in (Automaton.reset(4), maps([0, 0, 1], [0, 2, 2]), *(Automaton.random(4, 2, seed=k) for k in range(10))):
        assert realize(A, "full").hidden_size > 2 or two_units_obstruction(A) is None
        assert max(realize(A, "block").blocks) > 2 or blocks_of_two_obstruction(A) is None


@pytest.mark.parametrize(
    ("A", "reason", "scope"),
    [
        (maps([1, 2, 0], [0, 0, 1]), "'a' permutes the states 0, 1, 2 in a cycle", ANY),
        (maps([0, 0, 1], [1, 2, 1]), "merges states and fixes 1, 2", UNIFORM),
        (maps([1, 0, 2], [0, 0, 1]), "'a' swaps 0, 1 and fixes 2", UNIFORM),
        (maps([0, 1, 2, 2], [1, 2, 3, 3]), "merges states and fixes 0, 1, 2", UNIFORM),
        (maps([1, 2, 3, 4, 0], [0] * 5), "'a' permutes the states 0, 1, 2, 3, 4", ANY),
    ],
)
def test_reasons_name_words_and_states(A, reason, scope):
    why = two_units_obstruction(A)
    assert reason in why.reason
    assert why.scope == scope


def test_words_of_reasons_do_what_they_say():
    named = 0
    for A in tables(step=5):
        why = two_units_obstruction(A)
        if why is not None and why.scope == ANY:
            cycle, merging = (part.split("'")[1::2] for part in why.reason.split(", and "))
            images = [_after(A, q, cycle) for q in range(3)]
            assert sorted(images) == [0, 1, 2]
            assert all(images[q] != q for q in range(3))
            assert len({_after(A, q, merging) for q in range(3)}) == 1
            named += 1
    assert named > 5


def _after(A, state, word):
    for letter in word:
        state = int(A.table[state, A.letter_index(letter)])
    return state


def test_a_cycle_of_four_needs_a_margin():
    """Statement 1 says nothing about four states: for them only bounded weights with a margin are excluded."""
    A = Automaton.from_maps({"a": [1, 2, 3, 0], "r": [0] * 4})
    assert two_units_obstruction(A) is None
    assert blocks_of_two_obstruction(A).scope == UNIFORM


def test_blocks_of_two_do_where_the_merging_words_use_another_letter():
    """A sink: what merges the fixed states leads away from them for ever, and a block of the constants is split off."""
    A = maps([0, 0, 1], [0, 2, 2])
    assert blocks_of_two_obstruction(A) is None
    row = classify(A)["block"]
    assert row.size == 2
    assert row.weights.blocks == (1, 2)
    assert row.weights.prove(A).proved
    assert blocks_of_two_obstruction(Automaton.counter(2, down=True)).scope == UNIFORM


def test_cones_close_rows_from_above():
    A = Automaton([0, 1, 2], ["down", "up"], [[0, 1], [0, 2], [1, 2]], 0)
    assert exact_codes_in_the_plane(A) is None
    for rung in ("full", "block"):
        row = classify(A)[rung]
        assert row.size == 2
        assert row.scope == ANY
        assert isinstance(row.weights, ConeWeights)
        assert row.weights.weights.rung == rung
    assert classify(A)["monomial"].size == 3
    counter = classify(Automaton.counter(3))
    assert [counter[rung].size for rung in ("positive", "diagonal", "rotation", "block")] == [2, 2, 2, 1]
    assert counter["positive"].weights.prove(Automaton.counter(3)).proved


def longest_right(A, seed=0, restarts=16, steps=150):
    """Letters up to which some weights of two units, found by descent on words of up to 6, are right; at most 9."""
    generator = torch.Generator().manual_seed(seed)
    transitions, start, readout = (
        torch.randn(restarts, *shape, generator=generator, dtype=torch.float64).requires_grad_(True)
        for shape in ((2, 2, 2), (2,), (3, 2))
    )
    table = torch.tensor(A.table)

    def leads(length):
        state, h = torch.tensor([A.start_index]), start[:, None]
        for _ in range(length + 1):
            h = h / h.norm(dim=2, keepdim=True).clamp_min(1e-300)
            scores = torch.einsum("rqi,rwi->rwq", readout, h)
            own = scores.gather(2, state[None, :, None].expand(restarts, -1, 1))
            rest = scores.scatter(2, state[None, :, None].expand(restarts, -1, 1), -math.inf).amax(dim=2)
            yield own[..., 0] - rest
            h = torch.einsum("rxij,rwj->rwxi", transitions, h).flatten(1, 2)
            state = table[state].flatten()

    optimiser = torch.optim.Adam([transitions, start, readout], lr=0.05)
    for _ in range(steps):
        optimiser.zero_grad()
        size = readout.flatten(1).norm(dim=1)[:, None]
        sum(torch.nn.functional.softplus(-20 * lead / size).mean(dim=1).sum() for lead in leads(6)).backward()
        optimiser.step()
    right = torch.stack([(lead > 0).all(dim=1) for lead in leads(9)])
    return int(right.long().cumprod(dim=0).sum(dim=0).max()) - 1


def test_descent_finds_weights_of_two_units_only_where_there_are_some():
    easy = maps([1, 1, 1], [2, 2, 2])
    assert exact_codes_in_the_plane(easy) is not None
    assert longest_right(easy) == 9
    hard = maps([0, 0, 1], [1, 2, 1])
    assert two_units_obstruction(hard) is not None
    assert longest_right(hard) < 6
