"""Automata and groups recovered from weights alone; isomorphisms of groups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bistate.groups import PermutationGroup, identify, isomorphism, named_group, small_groups
from bistate.groups.catalogue.isomorphisms import few_generators
from bistate.models import (
    Baseline,
    BilinearRNN,
    InputError,
    LinearRNN,
    ModelError,
    StateTracking,
    TrainConfig,
    save_model,
    train,
)
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
    assert found.outputs[found.automaton.start_index] == 0
    assert found.agreement == 1
    assert (1, 2) in found.suffixes
    asked = recognise(answering(ends_in_012, [0, 0, 0, 1]), letters=3)
    assert (asked.automaton, asked.outputs, asked.suffixes) == (found.automaton, found.outputs, found.suffixes)


def test_few_words_are_enough_for_an_answer() -> None:
    assert recognise(divisible_by_four(), words=3).words == 3
    found = recognise(divisible_by_four(), words=3, shortest=0)
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
    model = divisible_by_four()
    assert snap(model).prove(recognise(model).automaton).proved


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


def answering(automaton: Automaton, outputs: Any = None, wrong: float = 0.0) -> Any:
    """The automaton as a callable, with one score for each number up to the largest output; sometimes it errs."""
    codes = np.arange(len(automaton.states)) if outputs is None else np.array(outputs)

    def answers(words: torch.Tensor) -> np.ndarray:
        states = automaton.run_batch(words.numpy())
        mixed = ((words.numpy() + 1) * np.cumprod(np.full(words.shape[1], 31))).sum(axis=1)  # another one for each word
        errs = mixed * 2654435761 % 2**32 < wrong * 2**32
        return np.eye(codes.max() + 1)[codes[np.where(errs, (states + 1) % len(codes), states)]]

    return answers


@pytest.mark.parametrize("name", ["C5", "S3", "Q8", "A4"])
def test_answers_alone_give_tables_and_groups(name: str) -> None:
    A = parse_task(name)
    found = recognise(answering(A), letters=len(A.letters))
    assert (found.group, found.order, found.agreement) == (name, len(A.states), 1)
    assert (found.automaton.table == A.table).all()
    assert found.automaton.start_index == A.start_index
    assert found.fits_the_outputs
    by_weights = recognise(model_of(A))
    assert (by_weights.automaton, by_weights.suffixes) == (found.automaton, found.suffixes)


def test_answers_that_say_little_or_are_wrong_now_and_then() -> None:
    C4 = Automaton.modular_addition(4)
    found = recognise(answering(C4, [7, 7, 7, 2]), letters=4, longest=8)
    assert (found.group, sorted(found.outputs), found.agreement) == ("C4", [2, 7, 7, 7], 1)
    assert len(found.suffixes) > 1
    S3 = parse_task("S3")
    found = recognise(answering(S3, wrong=0.03), letters=6, longest=6, words=1000)
    assert (found.group, (found.automaton.table == S3.table).all()) == ("S3", True)
    assert 0.94 < found.agreement < 0.99


def test_an_own_module_and_a_baseline() -> None:
    class Own(torch.nn.Module):
        """The sum modulo 3 of letters 0 to 3, by angles; letters are embedded, nothing is called `letters`."""

        def __init__(self) -> None:
            super().__init__()
            self.turn = torch.nn.Embedding(4, 1)
            self.turn.weight.data = torch.arange(4.0)[:, None] * 2 * torch.pi / 3

        def forward(self, words: torch.Tensor) -> torch.Tensor:
            angle = self.turn(words).sum(1)  # (batch, 1)
            return torch.cos(angle - torch.arange(3) * 2 * torch.pi / 3)

    found = recognise(Own(), letters=4)
    assert (found.group, found.agreement, found.automaton.table.tolist()) == (
        "C3",
        1,
        [[0, 1, 2, 0], [1, 2, 0, 1], [2, 0, 1, 2]],
    )
    run = train(
        Baseline(2, 8, 2, "lstm", seed=1),
        StateTracking(Automaton.parity(), lengths=(1, 8), every=True),
        TrainConfig(steps=300, lr=2e-2, validate_every=300, weight_decay=0.0, threads=1),
        progress=False,
    )
    found = recognise(run.model, longest=8)
    assert (found.group, found.automaton.table.tolist()) == ("C2", [[0, 1], [1, 0]])


def test_the_empty_word_is_asked_about_only_if_it_is_asked_for() -> None:
    """A start that no word leads back to: first letter 0 or 1 is remembered for ever."""
    table = [[1, 2], [1, 1], [2, 2]]
    A = Automaton(range(3), range(2), table, 0)
    lengths: list[int] = []

    def watched(words: torch.Tensor) -> np.ndarray:
        lengths.append(words.shape[1])
        return answering(A)(words)

    found = recognise(watched, letters=2)
    assert min(lengths) == 1
    assert found.outputs == (1, 2, -1)
    assert found.automaton.table.tolist() == [[0, 0], [1, 1], [0, 1]]
    assert (found.automaton.start_index, found.agreement, found.fits_the_outputs) == (2, 1, False)
    for network in (watched, accepting_all(A)):
        found = recognise(network, letters=2, shortest=0)
        assert (found.outputs, found.agreement, found.fits_the_outputs) == ((0, 1, 2), 1, True)
        assert (found.automaton.table == A.table).all()
    assert recognise(accepting_all(A)).outputs == (1, 2, -1)
    assert min(lengths) == 0
    lengths.clear()
    assert recognise(watched, letters=2, shortest=3).agreement < 1  # the start cannot be told
    assert min(lengths) == 3


def accepting_all(automaton: Automaton) -> LinearRNN:
    n = len(automaton.states)
    A = np.zeros((len(automaton.letters), n, n))
    for q in range(n):
        A[np.arange(len(A)), automaton.table[q], q] = 1
    return LinearRNN.from_arrays(A, np.eye(n)[automaton.start_index], np.eye(n))


@pytest.mark.parametrize("way", ["weights", "answers"])
def test_a_letter_that_stands_before_every_word(way: str) -> None:
    """Letter 3 begins, and nothing is right without it."""
    C3 = Automaton.modular_addition(3)
    A = np.zeros((4, 4, 4))
    for x in range(3):
        A[x, :3, :3] = np.eye(3)[:, (np.arange(3) - x) % 3]
    A[3, 0, 3] = 1
    net = LinearRNN.from_arrays(A, [0, 0, 0, 1], np.eye(5)[[3, 1, 0, 2]][:, :4].repeat(1, 0), bias=[0, 0, 0, -1.0])
    network = net if way == "weights" else lambda words: net(words)
    found = recognise(network, letters=3, prefix=(3,), shortest=0)
    assert (found.group, found.order, found.agreement) == ("C3", 3, 1)
    assert set(found.outputs) <= {0, 1, 2, 3}
    refuted = recognise(network, letters=3, prefix=(3,))
    assert (refuted.group, refuted.agreement) == ("C3", 1)
    word = torch.tensor([[3, 1, 1, 2]])
    assert net(word).argmax() == found.outputs[step(found.automaton, found.automaton.start_index, (1, 1, 2))]
    assert len(C3.states) == len(found.outputs)


def test_a_readout_for_each_last_letter_and_affine_networks() -> None:
    C3 = Automaton.modular_addition(3)
    A, h, C = (np.squeeze(values) for values in realize(C3).to_numpy())
    turned = LinearRNN.from_arrays(A, h, np.stack([np.roll(C, x, 0) for x in range(3)]))  # score q + x for state q
    found, asked = recognise(turned), recognise(lambda words: turned(words), letters=3)
    assert (found.automaton, found.outputs, found.suffixes) == (asked.automaton, asked.outputs, asked.suffixes)
    assert found.agreement == 1
    assert (found.order, found.group) == (None, None) or len(found.outputs) == 9
    with pytest.raises(MismatchError, match="the empty word has no scores; shortest=0 needs a prefix"):
        recognise(turned, shortest=0)
    flip = LinearRNN.from_arrays([[[1.0]], [[-1.0]]], [0.0], [[-1.0], [1.0]], add=[[0.0], [1.0]], bias=[0.5, -0.5])
    found = recognise(flip)
    assert (found.group, found.agreement) == ("C2", 1)
    affine = BilinearRNN(2, 4, 2, additive=True, seed=0)  # normalised: no linear recurrence, so it is asked
    assert recognise(affine, longest=3, words=60).words == 60


def test_what_cannot_be_asked_is_said() -> None:
    answers = answering(Automaton.parity())
    for options, message in (
        ({}, r"how many letters there are, and function has no attribute `letters`; pass it, as letters=6"),
        ({"letters": 0}, "letters=0 has to be a positive integer"),
        ({"letters": True}, "letters=True has to be a positive integer"),
        ({"letters": 2, "shortest": -1}, "shortest=-1"),
        ({"letters": 2, "shortest": 13}, "shortest=13 is above longest=12"),
        ({"letters": 2, "prefix": "a"}, "prefix='a'"),
    ):
        with pytest.raises(MismatchError, match=message):
            recognise(answers, **options)  # type: ignore[arg-type]
    with pytest.raises(MismatchError, match="letters=7 has to be an integer from 1 to 6, the letters of the model"):
        recognise(model_of(parse_task("S3")), letters=7)
    with pytest.raises(MismatchError, match=r"prefix=\(6,\) has letter 6"):
        recognise(model_of(parse_task("S3")), prefix=(6,))
    with pytest.raises(ModelError, match=r"recognise needs answers, the first row of the table .* got str"):
        recognise("lstm", letters=2)
    with pytest.raises(InputError, match="raised AutomatonError"):
        recognise(answers, letters=3)
    with pytest.raises(ModelError, match=r"Sequential gives other scores.*call model.eval\(\) first"):
        recognise(torch.nn.Sequential(torch.nn.Embedding(2, 2), torch.nn.Dropout(0.3), Summed()), letters=2)


class Summed(torch.nn.Module):
    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        return vectors.sum(1)


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


@pytest.mark.parametrize("name", ["C2xC6", "D6", "Q8", "A4", "S4", "Dic3", "SmallGroup(16,3)", "C9:C3"])
def test_names_do_not_depend_on_generators_or_points(name: str) -> None:
    group = named_group(name)
    assert identify(shuffled(group, 1)) == identify(shuffled(group, 2)) == name


def test_an_isomorphism_is_one() -> None:
    group, other = named_group("S4"), shuffled(named_group("PGL(2,3)"), 5)
    images = isomorphism(group, other)
    assert images is not None
    generators = few_generators(group)
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
