"""Robust infinity: the decision against the definition over all words, the census, and the weights of the proof.

`helpers.robust_tables` lists whole transition monoids; the code under test has graphs of pairs and triples. The numbers
of the census were counted by both (`benchmarks/robust.py census`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import inf

import numpy as np
import pytest
from bistate.groups import CyclicGroup
from bistate.models import LinearRNN
from bistate.theory import (
    Automaton,
    Outcome,
    RungError,
    classify,
    realize,
    robust_radius,
    robust_weights,
    robustness,
)
from bistate.theory.robust import closed_walks, decision
from bistate.verify import certify, strategies
from helpers.robust_tables import least_memory, shortest, tables
from hypothesis import given, settings


def assert_shown(machine: Automaton, verdict: decision.Robustness) -> None:
    """What refutes is so, by the machine's own run."""
    outputs = dict(zip(machine.states, machine.outputs or machine.states, strict=True))

    def runs(q, word):
        for x in word:
            q = machine.states[machine.table[machine.state_index(q), machine.letter_index(x)]]
        return q

    for found, count in ((verdict.three, 3), (verdict.lost, 2)):
        if found is not None:
            assert len(set(found.states)) == count
            assert found.word
            assert all(runs(q, found.word) == q for q in found.states)
    if verdict.lost is not None:
        p, q = verdict.lost.states
        assert outputs[runs(p, verdict.lost.then)] == outputs[runs(q, verdict.lost.then)]


def lengths(verdict: decision.Robustness) -> tuple[int | None, int | None]:
    three, lost = verdict.three, verdict.lost
    return three and len(three.word), lost and len(lost.word) + len(lost.then)


@pytest.mark.parametrize(("states", "robust", "all_tables"), [(2, 6, 12), (3, 58, 432)])
def test_the_census_agrees_with_whole_monoids(states, robust, all_tables):
    count: Counter[bool] = Counter()
    for machine in tables(states, 2):
        verdict = robustness(machine)
        assert lengths(verdict) == shortest(machine)
        assert verdict.proved == (shortest(machine) == (None, None))
        assert not verdict.undecided
        if verdict.proved:
            assert verdict.memory == least_memory(machine)
        else:
            assert_shown(machine, verdict)
        count[verdict.proved] += 1
    assert (count[True], count.total()) == (robust, all_tables)


@settings(max_examples=60, deadline=None)
@given(strategies.automata(labels=3))
def test_labels_count_on_the_minimal_machine(task):
    verdict, machine = robustness(task), task.minimize()
    if len(machine.labels) == 1:
        assert verdict.proved
        assert verdict.memory == 0
        return
    assert lengths(verdict) == shortest(machine)
    assert verdict.proved == (shortest(machine) == (None, None))
    if verdict.proved:
        assert verdict.memory == least_memory(machine)
    assert_shown(machine, verdict)


def test_words_without_room_to_look_for_shortest_ones(monkeypatch):
    machine = Automaton.random(9, 2, "permutation", seed=0)
    exact = robustness(machine).three
    monkeypatch.setattr(decision, "closed_walks", lambda *given: closed_walks.closed_walks(*given, most=1))
    longer = robustness(machine)
    assert longer.three.shortest is False
    assert len(longer.three.word) >= len(exact.word)
    assert_shown(machine, longer)
    turn = Automaton([0, 1, 2], "a", [[1], [2], [0]], 0)  # a takes the three to themselves, a³ fixes them
    assert robustness(turn).three.word == ("a",) * 3
    latch = robustness(Automaton.reset(2))
    assert latch.refuted
    assert not latch.lost.shortest
    assert_shown(Automaton.reset(2), latch)


def test_many_states_are_refuted_by_a_power_or_undecided_at_once():
    ring = Automaton.word_problem(CyclicGroup(400), letters="generators")
    verdict = robustness(ring)
    assert verdict.refuted
    assert not verdict.three.shortest
    assert len(verdict.three.word) == 400
    assert robustness(Automaton.counter(4000)).undecided
    window = Automaton(range(600), "ab", [[0, min(q + 1, 599)] for q in range(600)], 0)  # definite: pairs are enough
    assert robustness(window).memory == 599


def test_machines_of_one_label_are_never_wrong():
    assert robustness(Automaton.modular_addition(5).with_outputs(["yes"] * 5)).memory == 0
    assert robustness(Automaton([0], "a", [[0]], 0)).proved


def test_the_ladder_and_its_text():
    ladder = classify(Automaton.reset(2))
    assert ladder.robust.outcome is Outcome.REFUTED
    assert str(ladder).splitlines()[-1] == f"robust for ever: refuted, {ladder.robust.reason}"
    labelled = Automaton.modular_addition(6).with_outputs([q % 2 for q in range(6)])
    assert classify(labelled).robust.proved
    assert classify(labelled.with_outputs(None)).robust.refuted


# --- the weights of the proof ---

TASKS = {
    "parity": Automaton.parity(),
    "reset": Automaton.reset(3, keep=False),
    "last two": Automaton(range(4), range(2), [[2 * (q % 2) + x for x in range(2)] for q in range(4)], 0),
    "last letter and a bit": Automaton(range(3), range(2), [[0, 1], [1, 2], [0, 1]], 0),
    "accept ab": Automaton.from_regex("(a|b)*ab").acceptor(),
    "parity of a sum modulo 6": Automaton.modular_addition(6).with_outputs([q % 2 for q in range(6)]),
}


@pytest.mark.parametrize("name", TASKS)
def test_weights_moved_by_the_radius_are_proved_right_for_ever(name):
    task = TASKS[name]
    weights = robust_weights(task)
    radius = float(robust_radius(weights))
    rng = np.random.default_rng(0)
    for extreme in (False, True):
        moved = []
        for values in weights.to_numpy():
            change = rng.uniform(-1, 1, values.shape)
            moved.append(values + radius * (np.sign(change) if extreme else change))
        assert certify(LinearRNN.from_arrays(*moved), task).horizon == inf


def test_all_robust_tables_of_three_states_have_weights():
    for machine in tables(3, 2):
        if robustness(machine).proved:
            assert robust_weights(machine).prove(machine).proved


def test_weights_of_others_are_refused_with_the_word():
    with pytest.raises(RungError, match="the word 'keep' fixes the states 0 and 1, and the word 0 leads them"):
        robust_weights(Automaton.reset(2))
    with pytest.raises(RungError, match="remember 8 of 2 letters: over 255 units"):
        robust_weights(Automaton(range(2**8), "ab", [[2 * q % 256, (2 * q + 1) % 256] for q in range(2**8)], 0))
    with pytest.raises(RungError, match="not those of robust_weights"):
        robust_radius(realize(Automaton.parity()))


def test_a_note_alone_gives_no_radius():
    weights = robust_weights(TASKS["parity"])
    other = replace(weights, note="by hand")
    with pytest.raises(RungError):
        robust_radius(other)
