"""Three states in two units: exact codes by another criterion, cones by words, saturating counters."""

from fractions import Fraction
from functools import cache, lru_cache
from itertools import permutations, product

import numpy as np
import pytest
from bistate.theory import Automaton
from bistate.theory.cones.plane import (
    CONES,
    RAYS,
    cones_in_the_plane,
    exact_codes_in_the_plane,
    matrix_into,
)
from bistate.theory.cones.saturating import saturating_weights


@lru_cache
def tables():
    """All automata with the states 0, 1, 2 and two letters in which every state is reached."""
    found = []
    for flat in product(range(3), repeat=6):
        table = np.array(flat).reshape(3, 2)
        if set(flat[:2]) | {0} != {0}:
            hit = {0}
            for _ in range(3):
                hit |= {int(q) for p in hit for q in table[p]}
            if len(hit) == 3:
                found.append(Automaton(range(3), "ab", table, 0))
    return found


def on_a_polygon(A):
    """Codes in R² by the vertices of a regular 2N-gon, N ≤ 3: letters are symmetries, or have rank one.

    A letter of rank one takes the states on one side of a line through 0 that meets no code to a vertex, and those on
    the other to the opposite one. Lines that meet no code are those between neighbouring vertices.
    """
    for N in (1, 2, 3):
        for place in permutations(range(2 * N), 3):
            if all(_letter(tuple(column), place, N) for column in A.table.T.tolist()):
                return True
    return False


@cache
def _letter(column, place, N):
    images = [place[q] for q in column]
    for s, t in product((1, -1), range(2 * N)):
        if [(s * v + t) % (2 * N) for v in place] == images:
            return True
    for cut in range(2 * N):
        plus = {(cut + k) % (2 * N) for k in range(N)}
        side = [v in plus for v in place]
        for v in range(2 * N):
            if [v if s else (v + N) % (2 * N) for s in side] == images:
                return True
    return False


def test_exact_codes_are_those_on_a_regular_polygon():
    counts = {True: 0, False: 0}
    for A in tables():
        codes = exact_codes_in_the_plane(A)
        assert (codes is not None) is on_a_polygon(A), A
        counts[codes is not None] += 1
        if codes is not None:
            assert codes.hidden_size == 2
            assert codes.prove(A).proved
    assert counts == {True: 62, False: 370}


def test_cones_are_right_on_words():
    every = [A for A in tables() if cones_in_the_plane(A) is not None]
    assert len(every) == 234
    for A in every[::26]:
        found = cones_in_the_plane(A)
        assert found.prove(A).proved
        for word in product("ab", repeat=5):
            for length in range(6):
                assert found.predict(word[:length]) == A.run(word[:length])


def test_matrices_are_found_exactly_where_the_inequalities_have_a_solution():
    """Against random matrices: none takes the cones where the search says that there is none."""
    samples = np.random.default_rng(0).normal(size=(3000, 2, 2))
    seen = 0
    for cones, _ in (*RAYS, *CONES):
        bases = [np.array(cone).T for cone in cones]
        for image in product(range(3), repeat=3):
            found = matrix_into(cones, image)
            if found is not None:
                for base, j in zip(bases, image, strict=True):
                    inner = np.array(found).reshape(2, 2) @ base.sum(axis=1)
                    coefficients, *_ = np.linalg.lstsq(bases[j], inner, rcond=None)
                    assert (coefficients > 1e-9).all()
                    assert np.allclose(bases[j] @ coefficients, inner)
            elif all(bases[j].shape[1] == 2 for j in image):  # no matrix drawn goes onto a ray
                inside = [
                    (np.linalg.solve(bases[j], samples @ base) > 0).all(axis=(1, 2))
                    for base, j in zip(bases, image, strict=True)
                ]
                assert not np.all(inside, axis=0).any()
                seen += 1
    assert seen > 10


def test_only_three_states():
    assert exact_codes_in_the_plane(Automaton.parity()) is None
    assert cones_in_the_plane(Automaton.modular_addition(4)) is None
    assert cones_in_the_plane(Automaton.counter(2).with_outputs(["a", "b", "b"])) is None


@pytest.mark.parametrize("threshold", [1, 2, 5, 12])
def test_saturating_counters_take_two_positive_units(threshold):
    A = Automaton.counter(threshold)
    found = saturating_weights(A)
    assert found.prove(A).proved
    assert found.weights.blocks == (1, 1)
    assert all(matrix[i, i].sign() > 0 for matrix in found.weights.transitions for i in range(2))
    for length in (0, threshold - 1, threshold, threshold + 3):
        assert found.predict([A.letters[0]] * length) == A.run([A.letters[0]] * length)


def test_letters_may_add_any_number_to_the_level():
    A = Automaton.from_maps({"one": [1, 2, 3, 3], "two": [2, 3, 3, 3], "none": [0, 1, 2, 3], "all": [3, 3, 3, 3]})
    found = saturating_weights(A)
    assert found.weights.transitions[1][1, 1] == Fraction(1, 4)
    for word in product(A.letters, repeat=4):
        assert found.predict(word) == A.run(word)
    assert saturating_weights(Automaton.counter(3, reset=True)) is None
    assert saturating_weights(Automaton.from_maps({"one": [1, 2, 3, 3], "odd": [2, 2, 3, 3]})) is None
    assert saturating_weights(Automaton.modular_addition(3)) is None
