"""The law of values: what the layers hand out can be pickled, copied and compared; one table for all kinds."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from bistate.groups import DihedralGroup, E, ExactMatrix, SymmetricGroup
from bistate.groups.compared_by_fields import alike
from bistate.models import BilinearRNN
from bistate.models.training.compared_modules import alike_modules
from bistate.theory import classify
from helpers.values import LEVELS, TASK, comparison, group_values, model_values, theory_values, verify_values

TABLE = {"groups": group_values, "theory": theory_values, "models": model_values, "verify": verify_values}
NO_VALUES = {  # public classes that are none, or of which nobody makes an instance
    "Outcome": "an enumeration",
    "Rung": "an enumeration",
    "Answers": "a protocol",
    "HiddenStates": "a protocol",
    "LinearRecurrence": "a protocol",
    "RoundedRecurrence": "a protocol",
    "RecurrentLayer": "a protocol",
}


def is_value_class(name: str, found: object) -> bool:
    if not inspect.isclass(found) or name in NO_VALUES:
        return False
    return not issubclass(found, (BaseException, torch.nn.Module))


@pytest.mark.parametrize("layer", TABLE)
def test_values_survive_copies_and_can_be_compared(layer: str) -> None:
    """Copies by `pickle` and `deepcopy` are equal, with equal hashes; `==` of any two is True or False."""
    kinds: dict[type, list[Any]] = {}
    for value in TABLE[layer]():
        for made in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
            assert type(made) is type(value)
            assert (made == value) is True, f"a copy of {value!r} is another value"
            assert (made != value) is False
            assert hash_of(made) == hash_of(value), f"{value!r} and a copy of it have different hashes"
        kinds.setdefault(type(value), []).append(value)
    strangers = [None, 0, "text", (1, 2), np.zeros(2).tolist(), *(values[0] for values in kinds.values())]
    for values in kinds.values():
        for one in values[:4]:
            for other in (*values[:4], *strangers):
                same = one == other
                assert type(same) is bool, f"{one!r} == {other!r} is {same!r}"
                assert (other == one) is same
                assert (one != other) is not same
                assert not same or hash_of(one) == hash_of(other)
    face = importlib.import_module(f"bistate.{layer}")
    public = {name: getattr(face, name) for name in face.__all__}
    wanted = {name for name, found in public.items() if is_value_class(name, found)}
    assert wanted <= {base.__name__ for kind in kinds for base in kind.__mro__}, "a public class is not in the table"


def hash_of(value: Any) -> int | None:
    """The hash; None of what has none, as dictionaries have none."""
    try:
        return hash(value)
    except TypeError:
        return None


# --- different values are different ---


def changed() -> Iterator[tuple[Any, Any]]:
    found, rho = comparison(), SymmetricGroup(3).irreps()[2]
    yield found, replace(found, defects={**found.defects, "product": 7.0})
    yield found, replace(found, aligned=found.aligned + 1e-9)
    yield found.states, replace(found.states, share=0.5)
    yield rho, SymmetricGroup(3).irreps("rational")[2]
    yield rho, replace(rho, images=tuple(-matrix for matrix in rho.images))
    yield SymmetricGroup(3).irreps()[0], SymmetricGroup(3).irreps()[1]
    yield LEVELS.cascade(), TASK.cascade()
    yield classify(LEVELS), classify(TASK)
    yield BilinearRNN(2, 2, 2, seed=0).linear(), BilinearRNN(2, 2, 2, seed=1).linear()


def test_a_change_is_seen() -> None:
    for value, other in changed():
        assert value != other
        assert value == replace(value)


def test_representations_are_equal_as_maps() -> None:
    """Equal groups may have other generators; then matrices of the same elements are compared."""
    first, second = SymmetricGroup(3), DihedralGroup(3)
    assert first == second
    assert first.presentation.generators != second.presentation.generators
    rho = first.irreps()[2]
    images = {g: rho(g) for g in second.presentation.generators}
    options = {"form": rho.form, "label": rho.label, "norm": rho.norm, "schur_index": rho.schur_index}
    moved = type(rho).from_images(second, images, **options)
    assert moved == rho
    assert hash(moved) == hash(rho)
    turned = ExactMatrix([[0, 1], [1, 0]])
    other = type(rho).from_images(
        second, {g: turned @ m @ turned for g, m in images.items()}, **options | {"form": turned @ rho.form @ turned}
    )
    assert other != rho


def test_weights_of_an_unpickled_ladder_are_built_and_right() -> None:
    for task in (TASK, LEVELS, SymmetricGroup(3)):
        ladder = pickle.loads(pickle.dumps(classify(task)))
        automaton = TASK if task is TASK else LEVELS if task is LEVELS else type(TASK).word_problem(task)
        for row in ladder.values():
            if row.upper.build is not None:
                assert row.weights.prove(automaton).proved


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0]), np.array([1], dtype=np.float32), False),
        (np.zeros(2), np.zeros((2, 1)), False),
        (np.zeros(1), 0.0, False),
        (float("nan"), float("nan"), True),
        ({"a": np.zeros(2)}, {"a": np.zeros(2)}, True),
        ({"a": np.zeros(2)}, {"b": np.zeros(2)}, False),
        ((np.zeros(2), 1), (np.zeros(2), 2), False),
        ([E(3)], [E(3)], True),
        ([1], (1,), False),
    ],
)
def test_arrays_are_compared_as_wholes(first: Any, second: Any, same: bool) -> None:
    assert alike(first, second) is same


def test_networks_are_compared_by_their_numbers() -> None:
    make: Callable[[int], BilinearRNN] = lambda seed: BilinearRNN(2, 2, 2, seed=seed)  # noqa: E731
    assert alike_modules(make(0), make(0))
    assert not alike_modules(make(0), make(1))
    assert not alike_modules(make(0), make(0).double())
    assert not alike_modules(make(0), BilinearRNN(2, 2, 2, seed=0, normalize=False))
