"""The largest logits and their leads against comparing all of them as exact numbers."""

import numpy as np
import pytest
from bistate.groups import E
from bistate.groups.arithmetic.exact_matrix import ExactMatrix
from bistate.theory import Automaton, realize
from bistate.theory.weights.winners import winners


def definition(readout, vectors):
    """By `max` over Python lists of exact numbers."""
    found = []
    for column in zip(*(readout @ vectors).tolist(), strict=True):
        best = max(range(len(column)), key=lambda k: (column[k], -k))
        others = [x for k, x in enumerate(column) if k != best]
        found.append((best, column[best] - max(others) if others else None))
    return tuple(found)


def real_number(draw, e, size):
    """A random element of the real subfield of Q(ζ_e), small numbers often, so that ties occur."""
    value = sum((int(c) * (E(e, k) + E(e, -k)) for k, c in enumerate(draw.integers(-2, 3, size=3))), start=E(1) * 0)
    factor = int(draw.integers(1, min(size, 2**60))) * max(size // 2**60, 1)
    return value * factor / int(draw.integers(1, 4))


@pytest.mark.parametrize("e", [1, 5, 7, 12, 15])
@pytest.mark.parametrize("size", [3, 2**54, 2**58, 2**80])
@pytest.mark.parametrize("states", [1, 9])
def test_winners_are_the_definition(e, size, states):
    draw = np.random.default_rng([e, states])
    readout = ExactMatrix([[real_number(draw, e, 3) for _ in range(3)] for _ in range(states)])
    vectors = ExactMatrix([[real_number(draw, e, size) for _ in range(12)] for _ in range(3)])
    assert winners(readout, vectors) == definition(readout, vectors)


def test_ties_are_ties_and_the_first_row_wins():
    golden = E(5) + E(5, 4)
    readout = ExactMatrix([[0, 1], [golden, 0], [golden, 0], [0, -1]])
    assert winners(readout, ExactMatrix([[1, -1], [0, 0]])) == ((1, 0), (0, 0))


@pytest.mark.parametrize("size", [2**51, 2**55, 2**60, 2**70])
def test_integers_that_floats_do_not_hold_are_told_apart(size):
    assert winners(ExactMatrix([[size], [size + 1], [-size]]), ExactMatrix([[1, 5]])) == ((1, 1), (1, 5))


def test_a_lead_below_the_error_of_floats_is_decided():
    # Powers of −2cos(4π/7) ≈ 0.445 are as small as one likes, with coefficients that grow like 1.8^power.
    for power in range(20, 50):
        small = (-E(7, 2) - E(7, 5)) ** power
        for sign in (1, -1):
            assert winners(ExactMatrix([[0], [-small], [small]]), ExactMatrix([[sign]])) == (((3 + sign) // 2, small),)


def test_many_vectors_are_taken_in_pieces(monkeypatch):
    weights = realize(Automaton.modular_addition(7), "rotation")
    whole = weights.direction_graph.decisions
    monkeypatch.setattr("bistate.theory.weights.winners._ENTRIES", 20)
    assert winners(weights.readout, weights.direction_graph.vectors) == whole
    assert [best for best, _ in whole] == [weights.states.index(weights.predict(w)) for w in _words(weights)]


def _words(weights):
    """A word to each direction, along the graph."""
    graph, words = weights.direction_graph, {0: ()}
    for d in range(len(graph.depths)):
        for k, there in enumerate(graph.table[d].tolist()):
            words.setdefault(there, (*words[d], weights.letters[k]))
    return [words[d] for d in range(len(graph.depths))]
