"""Cascades: the skeleton by its definition, holonomy groups from the monoid, emulation, and planted errors."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from bistate.theory import Automaton, AutomatonError, is_star_free
from bistate.theory.automata.transition_monoid import explore
from bistate.theory.benchmarks.registry import BENCHMARKS
from bistate.theory.cascade import holonomy
from bistate.theory.cascade.skeleton import bits, skeleton
from hypothesis import given, settings
from hypothesis import strategies as st


def full_maps(n):
    """All maps of n points: a cycle, a transposition and a map that merges two points."""
    return Automaton.from_maps({"c": [*range(1, n), 0], "s": [1, 0, *range(2, n)], "t": [0, 0, *range(2, n)]})


@lru_cache
def small():
    """Random automata with all maps of their monoids, as tuples."""
    drawn = [Automaton.random(2 + k % 4, 1 + k % 3, seed=k) for k in range(40)]
    monoids = [(A, explore(A, 400)) for A in (full_maps(3), *drawn)]
    return [(A, [tuple(m) for m in monoid.maps.tolist()]) for A, (monoid, complete) in monoids if complete]


@st.composite
def automata(draw):
    states, letters = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    table = draw(
        st.lists(
            st.lists(st.integers(0, states - 1), min_size=letters, max_size=letters), min_size=states, max_size=states
        )
    )
    return Automaton.trimmed(range(states), range(letters), table, 0)


def test_the_skeleton_is_that_of_the_definition():
    assert len(small()) > 25
    for A, maps in small():
        every = frozenset(range(len(A.states)))
        sets = {frozenset(m) for m in maps} | {frozenset([q]) for q in every}
        found = skeleton(A)
        mine = [frozenset(bits(image)) for image in found.sets]
        assert len(mine) == len(sets)
        assert set(mine) == sets

        def below(p, r, maps=maps):
            return any(p <= {m[q] for q in r} for m in maps)

        @lru_cache
        def height(p, sets=sets, below=below):
            if len(p) == 1:
                return 0
            under = [r for r in sets if below(r, p) and not below(p, r)]
            return 1 + max(height(r) for r in under)

        assert [height(p) for p in mine] == list(found.height)
        for k, p in enumerate(mine):
            same = {j for j, r in enumerate(mine) if len(r) > 1 and below(p, r) and below(r, p)}
            assert len(p) == 1 or same == set(found.members[found.class_of[k]])
        for members, tiles in zip(found.members, found.tiles, strict=True):
            inside = [r for r in sets if r < mine[members[0]]]
            assert {mine[t] for t in tiles} == {r for r in inside if not any(r < s for s in inside)}


def test_groups_are_those_that_words_induce_on_the_tiles():
    compared = 0
    for A, maps in small():
        for layer in A.cascade():
            for image in layer.classes:
                whole, tiles = set(image.images[0]), [frozenset(tile) for tile in image.tiles]
                stay = [m for m in maps if {m[q] for q in whole} == whole]
                moves = {tuple(tiles.index(frozenset(m[q] for q in tile)) for tile in tiles) for m in stay}
                assert layer.group.order == len(moves)
                assert all(tuple(move) in layer.group for move in moves) or layer.is_reset
                compared += len(moves) > 1
    assert compared > 20


@settings(max_examples=50)
@given(automata(), st.lists(st.integers(0, 2), max_size=12))
def test_layers_emulate_the_automaton(A, word):
    word = [x for x in word if x < len(A.letters)]
    cascade = A.cascade()
    coordinates, state = cascade.start, A.start_index
    for x in word:
        for i, layer in enumerate(cascade.layers):
            move = layer.move(x, coordinates[:i])
            assert len(set(move)) == 1 or move in layer.group
        coordinates, state = cascade.step(coordinates, x), int(A.table[state, x])
        assert cascade.state(coordinates) == A.states[state]
    assert cascade.run(word) == A.run(word)
    assert cascade.emulates(A).proved
    assert sorted(set(cascade.decoded.values())) == list(range(len(A.states)))


def test_aperiodic_exactly_without_a_group_layer():
    seen = set()
    for A, _ in small():
        aperiodic = is_star_free(A).proved
        assert A.cascade().is_aperiodic is aperiodic
        assert (A.cascade().complexity == (0, 0)) is aperiodic
        seen.add(aperiodic)
    assert seen == {True, False}
    for name in ("chomsky/even-pairs", "chomsky/parity-check"):
        A = BENCHMARKS[name].automaton
        assert A.cascade().is_aperiodic is is_star_free(A).proved


def test_layers_of_all_maps_are_the_symmetric_groups():
    cascade = full_maps(5).cascade()
    assert [layer.group_name for layer in cascade] == ["S5", "S4", "S3", "C2"]
    assert [layer.size for layer in cascade] == [5, 4, 3, 2]
    assert len(cascade.decoded) == 120
    assert cascade.layers[0].factors == ("C2", "A5")


def test_a_group_is_one_layer():
    A = Automaton.modular_addition(6)
    cascade = A.cascade()
    assert (len(cascade), cascade.layers[0].group_name, cascade.complexity) == (1, "C6", (1, 1))
    assert len(Automaton([0], "ab", [[0, 0]], 0).cascade()) == 0


def test_resets_of_a_memory():
    cascade = Automaton.reset(3).cascade()
    assert [(layer.size, layer.is_reset, layer.height) for layer in cascade] == [(3, True, 1)]
    assert cascade.layers[0].move(0, ()) == (0, 0, 0)
    assert cascade.layers[0].move(3, ()) == (0, 1, 2)


def test_planted_errors_are_found():
    A = full_maps(3)
    cascade = A.cascade()
    assert cascade.emulates(A).proved
    other = Automaton(A.states, A.letters, np.roll(A.table, 1, axis=1), A.start)
    wrong = cascade.emulates(other)
    assert wrong.refuted
    assert cascade.run(wrong.witness) != other.run(wrong.witness)
    assert cascade.emulates(Automaton(A.states, A.letters, A.table, 1)).witness == ()
    top, bottom = cascade.layers
    for key, move in {(2, ()): (0, 1, 1), (0, ()): (1, 0)}.items():
        broken = replace(top, moves={**top.moves, key: move})
        assert "no reset" in replace(cascade, layers=(broken, bottom)).emulates(A).reason
    key = next(key for key, move in bottom.moves.items() if len(set(move)) == 2)
    broken = replace(bottom, moves={**bottom.moves, key: bottom.moves[key][::-1]})
    assert replace(cascade, layers=(top, broken)).emulates(A).refuted
    swapped = {c: (q + 1) % 3 for c, q in cascade.decoded.items()}
    assert replace(cascade, decoded=swapped).emulates(A).refuted


def test_refusals(monkeypatch):
    A = full_maps(4)
    with pytest.raises(AutomatonError, match="more than 10 different sets of the 4 states"):
        A.cascade(limit=10)
    assert len(A.cascade(limit=15)) == 3  # 15 sets of 4 states are not empty
    with pytest.raises(AutomatonError, match="letter"):
        A.cascade().step(A.cascade().start, "z")
    with pytest.raises(AutomatonError, match=r"no word leads to the tuple \(9, 9, 9\)"):
        A.cascade().state((9, 9, 9))
    monkeypatch.setattr(holonomy, "STEP_LIMIT", 100)
    with pytest.raises(AutomatonError, match="24 chains of images, 3 letters and height 3 make 216 steps"):
        A.cascade()


def test_the_drawing_has_a_box_for_each_layer_and_arrows_to_tiles():
    cascade = full_maps(3).cascade()
    lines = cascade.to_dot().splitlines()
    assert sum("subgraph" in line for line in lines) == len(cascade)
    assert any('label="layer 1: S3"' in line for line in lines)
    arrows = [line for line in lines if "->" in line]
    assert len(arrows) == 3 + 2  # three pairs in the whole set, two points in a pair
    assert sum("s0 -> s1" in line for line in arrows) == 3
    assert sum("s1 -> q" in line for line in arrows) == 2
    assert sum("shape=circle" in line for line in lines) == 2


def test_printed_as_a_table():
    text = str(full_maps(3).cascade())
    assert text.splitlines()[0] == "3 states, 2 layers, 6 tuples reached"
    assert text.splitlines()[2].split()[:4] == ["1", "2", "3", "S3"]
    assert text.endswith("Krohn–Rhodes complexity: 2")
