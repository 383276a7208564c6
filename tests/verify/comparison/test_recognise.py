"""Automata and groups recovered from weights alone; isomorphisms of groups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.groups import PermutationGroup, identify, isomorphism, named_group, small_groups
from bistate.groups.catalogue.isomorphisms import few_generators
from bistate.models import BilinearRNN, save_model
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, SnapError, parse_task, recognise, snap
from bistate.verify.cli import main

TASKS = {"C5": "C5", "S3": "S3", "Q8": "Q8", "D4": "D4", "C2xC4": "C2xC4", "A4": "A4"}


def model_of(automaton: Automaton, rung: str = "full") -> BilinearRNN:
    return BilinearRNN.from_weights(realize(automaton, rung), transition="full")


@pytest.mark.parametrize("name", TASKS)
def test_tables_and_groups_come_back(name: str) -> None:
    A = parse_task(name)
    found = recognise(model_of(A))
    assert found.group == TASKS[name]
    assert found.order == len(A.states)
    assert (found.automaton.table == A.table).all()
    assert found.fits_the_outputs
    assert found.agreement == 1
    assert found.suffixes == ((),)


def test_points_need_fewer_states_than_the_group_has_elements() -> None:
    found = recognise(model_of(parse_task("S4", track="point", letters="generators")))
    assert (found.group, found.order, len(found.automaton.states)) == ("S4", 24, 4)


def test_letters_that_merge_states_give_no_group() -> None:
    A = parse_task("random-6-3-seed1")
    found = recognise(model_of(A))
    assert (found.automaton.table == A.table).all()
    assert found.group is None
    assert found.order is None


def divisible_by_four() -> BilinearRNN:
    """Whether the number of ones is divisible by 4: two outputs for four states."""
    model = BilinearRNN(2, 4, 2, "full", dtype=torch.float64)
    with torch.no_grad():
        model.family.get_parameter("weight").copy_(torch.stack([torch.eye(4), torch.eye(4).roll(1, 0)]))
        model.start.copy_(torch.eye(4)[0])
        model.readout.copy_(torch.tensor([[0.0, 1, 1, 1], [1, 0, 0, 0]]))
    return model


def test_states_that_outputs_do_not_tell_apart_are_found_by_suffixes() -> None:
    found = recognise(divisible_by_four())
    assert found.group == "C4"
    assert sorted(found.outputs) == [0, 0, 0, 1]
    assert found.outputs[found.automaton.start_index] == 1
    assert len(found.suffixes) > 1
    assert not found.fits_the_outputs
    assert found.agreement == 1
    state, outputs = found.automaton.start_index, []
    for _ in range(8):
        state = int(found.automaton.table[state, 1])
        outputs.append(found.outputs[state])
    assert outputs == [0, 0, 0, 1] * 2


def accepting(automaton: Automaton, accepted: set[int], noise: float = 0.0) -> BilinearRNN:
    """One unit per state, and two outputs: whether the state is accepted."""
    n, letters = len(automaton.states), len(automaton.letters)
    model = BilinearRNN(letters, n, 2, "full", dtype=torch.float64)
    weight, readout = torch.zeros(letters, n, n), torch.zeros(2, n)
    for q in range(n):
        readout[int(q in accepted), q] = 1
        for x in range(letters):
            weight[x, int(automaton.table[q, x]), q] = 1
    with torch.no_grad():
        shake = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
        model.family.get_parameter("weight").copy_(weight + noise * shake)
        model.start.copy_(torch.eye(n)[automaton.start_index])
        model.readout.copy_(readout)
    return model


def step(automaton: Automaton, state: int, word: tuple[int, ...]) -> int:
    for x in word:
        state = int(automaton.table[state, x])
    return state


@pytest.mark.parametrize("noise", [0, 0.04])
@pytest.mark.parametrize("seed", range(4))
def test_languages_come_back_as_their_smallest_automata(seed: int, noise: float) -> None:
    A = Automaton.random(7, 3, "map" if seed % 2 else "permutation", seed)
    accepted = {0, 1 + seed % 3}
    smallest = Automaton(A.states, A.letters, A.table, A.start, accepted).minimize()
    found = recognise(accepting(A, accepted, noise), longest=8)
    assert len(found.automaton.states) == len(smallest.states)
    assert found.agreement == 1 if noise == 0 else 0.85 < found.agreement < 1
    seen = [
        tuple(found.outputs[step(found.automaton, q, suffix)] for suffix in found.suffixes)
        for q in range(len(found.outputs))
    ]
    assert len(set(seen)) == len(seen)  # the suffixes tell the states apart, as they are given
    words = np.random.default_rng(seed).integers(3, size=(500, 30))
    answers = np.array(found.outputs)[found.automaton.run_batch(words)]
    assert (answers == [q in accepted for q in A.run_batch(words)]).all()


def test_suffixes_are_read_from_left_to_right() -> None:
    ends_in_012 = Automaton(range(4), range(3), [[1, 0, 0], [1, 2, 0], [1, 0, 3], [1, 0, 0]], 0)
    found = recognise(accepting(ends_in_012, {3}))
    assert len(found.outputs) == 4
    assert found.agreement == 1
    assert (1, 2) in found.suffixes


def test_few_words_are_enough_for_an_answer() -> None:
    found = recognise(divisible_by_four(), words=3)
    assert found.outputs[found.automaton.start_index] == 1


def test_a_model_that_errs_now_and_then_is_recognised_and_its_errors_counted() -> None:
    A = parse_task("S3")
    model = model_of(A)
    with torch.no_grad():
        weight = model.family.get_parameter("weight")
        weight += 0.06 * torch.randn(weight.shape, dtype=weight.dtype, generator=torch.Generator().manual_seed(0))
    found = recognise(model, longest=6)
    assert found.group == "S3"
    assert (found.automaton.table == A.table).all()
    assert 0.8 < found.agreement < 1


def test_the_automaton_need_not_be_given_to_snap() -> None:
    A = parse_task("S3")
    weights = snap(model_of(A))
    assert weights.letters == tuple(range(6))
    found = recognise(model_of(A)).automaton
    assert weights.prove(found).proved
    with pytest.raises(SnapError, match="4 states and it has 2 outputs"):
        snap(divisible_by_four())


def test_the_command_names_the_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_model(model_of(parse_task("D4")), tmp_path / "run")
    assert main(["recognise", str(tmp_path / "run"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["group"], facts["states"], facts["agreement"]) == ("D4", 8, 1.0)
    assert main(["recognise", str(tmp_path / "run")]) == 0
    assert "group     D4, of order 8" in capsys.readouterr().out
    assert main(["recognise", str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err
    save_model(divisible_by_four(), tmp_path / "coarse")
    assert main(["recognise", str(tmp_path / "coarse")]) == 0
    assert "outputs   " in capsys.readouterr().out


def test_a_model_that_tracks_nothing_and_bad_arguments_are_refused() -> None:
    model = BilinearRNN(3, 24, 20, "full", seed=3)
    with pytest.raises(MismatchError, match="most_states=2"):
        recognise(model, most_states=2)
    assert recognise(model).agreement < 0.9


def test_snap_does_not_repair_to_an_automaton_that_the_model_seldom_agrees_with() -> None:
    model = model_of(parse_task("C3"))
    with torch.no_grad():
        weight = model.family.get_parameter("weight")
        weight += 0.1 * torch.randn(weight.shape, dtype=weight.dtype, generator=torch.Generator().manual_seed(2))
    seen = recognise(model)
    assert seen.fits_the_outputs
    assert seen.agreement < 0.9
    with pytest.raises(SnapError, match="90% are needed"):
        snap(model)
    with pytest.raises(MismatchError, match="longest=0"):
        recognise(model, longest=0)
    with pytest.raises(MismatchError, match="additive"):
        recognise(BilinearRNN(3, 4, 3, additive=True))


def shuffled(group: PermutationGroup, seed: int) -> PermutationGroup:
    """The same group on renamed points, generated by other elements."""
    random = np.random.default_rng(seed)
    names = random.permutation(group.degree)
    chosen = [group.elements[k] for k in random.permutation(group.order)[: 2 + seed % 3]] + list(group.generators)
    images = [[int(names[g[p]]) for p in np.argsort(names)] for g in chosen]
    return PermutationGroup(images, degree=group.degree)


def test_every_group_of_the_catalogue_has_a_name_of_its_own() -> None:
    names = [identify(entry.group) for entry in small_groups(31)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["C2xC6", "D6", "Q8", "A4", "S4", "Dic3", "SmallGroup(16,3)", "SmallGroup(27,4)"])
def test_names_do_not_depend_on_generators_or_points(name: str) -> None:
    group = named_group(name)
    assert identify(shuffled(group, 1)) == identify(shuffled(group, 2)) == name


def test_an_isomorphism_is_one() -> None:
    group, other = named_group("S4"), shuffled(named_group("PGL(2,3)"), 5)
    images = isomorphism(group, other)
    assert images is not None
    generators = group.presentation.generators
    table = {group.identity: other.identity}
    queue = [group.identity]
    for g in queue:  # extends along words in the generators, whichever way they lead
        for s, t in zip(generators, images, strict=True):
            value = table[g] * t
            assert table.setdefault(g * s, value) == value
            if g * s not in queue:
                queue.append(g * s)
    assert len(set(table.values())) == 24
    assert isomorphism(named_group("D4"), named_group("Q8")) is None
    assert len(few_generators(named_group("S4"))) <= 3
