"""Certificates of tasks whose states share labels: what they hold, what they prove, and what is refused."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import certify, refute
from bistate.verify.certificates.spoken_of import stored
from bistate.verify.exact_check import MOST_STEPS, CheckError, FormatError, check, digest
from bistate.verify.exact_check.document import OLD_KIND

HALVES = Automaton.modular_addition(6).with_outputs([0, 0, 0, 1, 1, 1])
LANGUAGE = Automaton.from_regex("(ab)*").acceptor()


def exact(automaton: Automaton, rung: str = "full") -> BilinearRNN:
    return BilinearRNN.from_weights(realize(automaton, rung), dtype=torch.float64)


def noisy(automaton: Automaton, size: float) -> BilinearRNN:
    model = exact(automaton)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in model.parameters():
            p += size * torch.randn(p.shape, generator=random, dtype=p.dtype)
    return model


def test_exact_weights_of_a_language_are_right_for_ever() -> None:
    model = exact(LANGUAGE)
    found = certify(model, LANGUAGE)
    assert found.horizon == float("inf")
    assert found.document["automaton"]["labels"] == [0, 1, 1]
    assert found.belongs_to(model, LANGUAGE)
    assert not found.belongs_to(model, LANGUAGE.with_outputs([False, True, False]))
    assert not found.belongs_to(model, LANGUAGE.with_outputs(None))


@pytest.mark.parametrize("arithmetic", ["exact", "float64"])
@pytest.mark.parametrize("rung", ["rotation", "full"])
def test_halves_of_a_hexagon_by_angles_and_by_tubes(rung: str, arithmetic: str) -> None:
    model = exact(HALVES, rung)
    found = certify(model, HALVES, arithmetic)
    assert found.horizon == MOST_STEPS
    assert check(found.document) == MOST_STEPS
    assert refute(model, HALVES) is None


@pytest.mark.parametrize("automaton", [HALVES, LANGUAGE, Automaton.random(4, 2, seed=5).with_outputs([0, 1, 1, 0])])
def test_what_is_proved_of_noisy_weights_is_so(automaton: Automaton) -> None:
    model = noisy(automaton, 0.03)
    horizon = certify(model, automaton).horizon
    assert horizon >= 1
    A, h, C = (values.detach().numpy() for values in (model.transitions(), model.start, model.rows()))
    for n in range(1, int(min(horizon, 6)) + 1):
        for word in itertools.product(range(len(automaton.letters)), repeat=n):
            state = h
            for x in word:
                state = A[x] @ state
            said = automaton.labels[int(np.argmax(C @ state))]
            assert said == automaton.output([automaton.letters[x] for x in word])
    found = refute(model, automaton)
    assert found is None or found.length > horizon


def test_a_network_with_further_scores_and_another_order_of_labels() -> None:
    weights = realize(LANGUAGE)
    A, h, C = weights.to_numpy()
    net = LinearRNN.from_arrays(A, h, np.stack([C[1], -np.ones(3), C[0]]))
    found = certify(net, LANGUAGE, outputs=[2, 0])
    assert found.horizon >= 1
    assert found.document["read"]["outputs"] == [2, 0]
    assert found.belongs_to(net, LANGUAGE)


def _resealed(document: dict[str, Any]) -> dict[str, Any]:
    document["digest"] = digest(document)
    return document


def _swap(document: dict[str, Any]) -> None:
    document["automaton"]["labels"] = [0, 1, 0]


def _other_numbers(document: dict[str, Any]) -> None:
    document["automaton"]["labels"] = [1, 0, 0]


def _too_few(document: dict[str, Any]) -> None:
    document["automaton"]["labels"] = [0, 1]


def _texts(document: dict[str, Any]) -> None:
    document["automaton"]["labels"] = ["a", "b", "b"]


def _no_labels(document: dict[str, Any]) -> None:
    del document["automaton"]["labels"]


def _old_kind(document: dict[str, Any]) -> None:
    document["kind"] = OLD_KIND
    for name in ("shortest", "terms", "execution"):
        document.pop(name, None)


def _split_rows(document: dict[str, Any]) -> None:
    weights = realize(LANGUAGE)
    rows = weights.to_numpy()[2][[0, 1, 1]]
    rows[2, 2] += 0.5
    document["weights"]["readout"] = stored(rows)


@pytest.mark.parametrize(
    "change", [_swap, _other_numbers, _too_few, _texts, _no_labels, _old_kind, _split_rows], ids=lambda f: f.__name__
)
def test_changed_labels_are_refused(change: Callable[[dict[str, Any]], None]) -> None:
    document = copy.deepcopy(certify(exact(LANGUAGE), LANGUAGE).document)
    change(document)
    with pytest.raises(CheckError):
        check(document)  # the digest, at least
    with pytest.raises((CheckError, FormatError)):
        check(_resealed(document))


def test_rows_that_differ_are_named() -> None:
    document = copy.deepcopy(certify(exact(LANGUAGE), LANGUAGE).document)
    _split_rows(document)
    with pytest.raises(FormatError, match="states 1 and 2 have one label"):
        check(_resealed(document))


def test_one_label_for_all_states_is_always_right() -> None:
    A = Automaton.random(4, 2, seed=5).with_outputs(["same"] * 4)
    assert certify(exact(A), A).horizon == float("inf")
