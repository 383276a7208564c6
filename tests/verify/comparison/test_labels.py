"""Models of tasks whose states share labels: compared, recognised, snapped, with and without the task."""

from __future__ import annotations

import pytest
import torch
from bistate.groups import SymmetricGroup
from bistate.models import BilinearRNN
from bistate.theory import Automaton, realize
from bistate.theory.errors import AutomatonError
from bistate.verify import certify, compare, recognise, refute, snap
from bistate.verify.errors import MismatchError

SIGNED = Automaton.word_problem(SymmetricGroup(3)).with_outputs(["a", "b", "b", "a", "c", "c"])
HALVES = Automaton.modular_addition(6).with_outputs([0, 0, 0, 1, 1, 1])


def noisy(automaton: Automaton, size: float = 0.01) -> BilinearRNN:
    model = BilinearRNN.from_weights(realize(automaton), dtype=torch.float64)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in model.parameters():
            p += size * torch.randn(p.shape, generator=random, dtype=p.dtype)
    return model


@pytest.mark.parametrize("automaton", [SIGNED, HALVES])
def test_hidden_states_are_compared_with_the_states_of_the_minimal_machine(automaton: Automaton) -> None:
    found = compare(noisy(automaton), automaton)
    assert len(found.automaton.states) == 6
    assert found.state_share > 0.9


@pytest.mark.parametrize("automaton", [SIGNED, HALVES])
@pytest.mark.parametrize("basis", ["canonical", "learned"])
def test_a_model_is_snapped_to_weights_that_give_the_labels(automaton: Automaton, basis: str) -> None:
    exact = snap(noisy(automaton), automaton, basis=basis)
    assert set(exact.states) == set(automaton.labels)
    assert exact.prove(automaton).proved


def test_the_machine_is_recognised_with_its_outputs() -> None:
    model = noisy(HALVES)
    seen = recognise(model)
    assert len(seen.automaton.states) == 6
    assert seen.group == "C6"
    assert len(seen.automaton.labels) == 2
    assert certify(model, seen.automaton, outputs=seen.automaton.labels).horizon >= 3
    assert refute(model, seen.automaton, outputs=seen.automaton.labels, longest=3) is None
    assert set(snap(model).states) == {0, 1}


def test_states_that_no_label_tells_apart_are_merged_first() -> None:
    odd = Automaton.modular_addition(6).with_outputs([q % 2 for q in range(6)])
    model = BilinearRNN.from_weights(realize(odd, "diagonal"), dtype=torch.float64)
    assert len(compare(model, odd).automaton.states) == 2
    assert snap(model, odd).hidden_size == 1


def test_a_labelled_language_is_refused_with_the_reason() -> None:
    A = Automaton.from_regex("(ab)*").acceptor()
    with pytest.raises(AutomatonError, match="no letter permutes"):
        snap(noisy(A), A)


def test_another_number_of_scores_is_named() -> None:
    model = BilinearRNN(letters=6, hidden=8, states=1)
    with pytest.raises(MismatchError, match="2 labels"):
        compare(model, HALVES)
