"""`certify`, `refute` and the command line for models with a clean-up every few letters."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN, Refreshed, save_model
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, certify, refute
from bistate.verify.cli import main

C5, PARITY = Automaton.modular_addition(5), Automaton.parity()


def turning(off: float = 0.1, dtype: torch.dtype = torch.float32) -> BilinearRNN:
    """Rotations that add modulo 5; letter 1 turns too far."""
    model = BilinearRNN.from_weights(realize(C5, "rotation"), transition="rotation", dtype=dtype)
    with torch.no_grad():
        model.family.weight[1].add_(off)
    return model


def shortest_wrong(net: Refreshed, automaton: Automaton, longest: int) -> int | None:
    """By answers to all words; leads of these models are far above rounding."""
    for length in range(1, longest + 1):
        words = torch.tensor([*itertools.product(range(len(automaton.letters)), repeat=length)])
        if (net(words).argmax(-1).numpy() != automaton.run_batch(words.numpy())).any():
            return length
    return None


@pytest.mark.parametrize("arithmetic", ["exact", "float32"])
def test_a_model_that_is_wrong_soon_is_right_for_ever_with_a_clean_up(arithmetic: str) -> None:
    model = turning()
    assert certify(model, C5, arithmetic).horizon < 7
    net = Refreshed(model, C5, every=3)
    proof = certify(net, C5, arithmetic)
    assert (proof.horizon, proof.way, proof.reason) == (math.inf, "clean-up", "")
    assert proof.check() == math.inf
    assert proof.claim.endswith(f"{arithmetic} arithmetic, with the state replaced by its code after every 3 letters")
    assert refute(net, C5, longest=60) is None


@pytest.mark.parametrize("seed", range(12))
def test_a_finite_horizon_ends_at_a_wrong_word(seed: int) -> None:
    """Weights near those of a task, codes as they are found or moved; all words tell what the horizon is."""
    draw = np.random.default_rng(seed)
    A = [PARITY, Automaton.modular_addition(3), Automaton([0, 1], [0, 1], [[0, 1], [1, 1]], 0)][seed % 3]
    table, m = np.array(A.table), len(A.states)
    plain = np.eye(m)[table].transpose(1, 2, 0)  # letter x maps unit vector q to δ(q, x)
    size = draw.choice([0.1, 0.2, 0.35])
    arrays = [plain, np.eye(m)[0], np.eye(m)]
    model = LinearRNN.from_arrays(*(array + size * draw.normal(size=array.shape) for array in arrays), normalize=True)
    codes = Refreshed(model, A, 2).codes.numpy()
    net = Refreshed(model, A, 2, codes=codes + size * draw.normal(size=codes.shape))
    proof, wrong = certify(net, A), shortest_wrong(net, A, 8)
    assert proof.horizon == (math.inf if wrong is None else wrong - 1)
    assert bool(proof.reason) == (wrong is not None)
    if 0 < proof.horizon < math.inf:
        assert proof.check() == proof.horizon


@pytest.mark.parametrize("seed", range(6))
def test_readouts_for_each_last_letter(seed: int) -> None:
    draw = np.random.default_rng(seed)
    plain = np.eye(2)[np.array(PARITY.table)].transpose(1, 2, 0)
    arrays = plain, np.eye(2)[0], np.stack([np.eye(2)] * 2)
    model = LinearRNN.from_arrays(*(array + 0.25 * draw.normal(size=array.shape) for array in arrays))
    net = Refreshed(model, PARITY, 2)
    proof, wrong = certify(net, PARITY), shortest_wrong(net, PARITY, 8)
    assert proof.horizon == (math.inf if wrong is None else wrong - 1)
    assert proof.belongs_to(net, PARITY)
    with pytest.raises(MismatchError, match="the empty word has no last letter"):
        certify(net, PARITY, shortest=0)


def test_the_reason_names_code_and_word() -> None:
    """A turn of 2π/5 and 0.4 too much is wrong after two letters; after one clean-up it starts anew."""
    reason = certify(Refreshed(turning(0.4), C5, every=2), C5).reason
    assert reason.startswith("from the start of state 0, the word 1 1 leads to 2 and is wrong: its lead over 3 is -0.")
    net = Refreshed(turning(0.0), C5, every=2)
    net.codes[2] = net.codes[1]
    proof = certify(net, C5)
    assert proof.horizon == 2
    assert proof.reason.startswith("from the code of state 2, after the clean-up of ")
    assert "the word 3 leads to 0 and is wrong: its lead over 4 is -0.69 of the largest entry" in proof.reason


def test_a_lead_that_rounding_may_turn_ends_the_horizon_in_floats_alone() -> None:
    """The code of state 1 leads by 2**-22 after a letter; it is first there after two."""
    lead = 2.0**-22
    swap = [[[0.0, 1.0], [1.0, 0.0]]]
    model = LinearRNN.from_arrays(swap, [1.0, 0.0], np.eye(2), normalize=True).float()
    task = Automaton([0, 1], [0], [[1], [0]], 0)
    code = np.array([0.5, 0.5 + lead]) / np.hypot(0.5, 0.5)
    net = Refreshed(model, task, 1, codes=[[1.0, 0.0], code])
    assert certify(net, task).horizon == math.inf
    rounded = certify(net, task, "float32")
    assert rounded.horizon == 1
    assert rounded.reason == "from the code of state 1: words of 1 letters are not all classified rightly"


def test_certificates_are_about_model_codes_and_k() -> None:
    model = turning()
    net = Refreshed(model, C5, every=2)
    for arithmetic in ("exact", "float32"):
        proof = certify(net, C5, arithmetic)
        assert proof.belongs_to(net, C5)
        assert not proof.belongs_to(model, C5)
        assert not proof.belongs_to(Refreshed(model, C5, every=3))
        assert not proof.belongs_to(Refreshed(model, None, 2, codes=-net.codes))
        assert not certify(model, C5, arithmetic).belongs_to(net)
    assert not proof.belongs_to(net, C5, execution="scan")


def test_what_is_not_covered_is_refused_before_work_starts() -> None:
    net = Refreshed(turning(), C5, every=2)
    double = Refreshed(turning(dtype=torch.float64), C5, every=2)
    plain = Refreshed(LinearRNN.from_arrays([[[1.0]], [[-1.0]]], [1.0], [[1.0], [-1.0]]), PARITY, 2)
    for given, task, more, reason in (
        (Refreshed(turning(), C5, every=9), C5, {}, "more than can be multiplied out; choose a smaller k"),
        (Refreshed(turning(), C5, every=65), C5, {}, "'every' is 65, and has to be from 1 to 64; choose a smaller k"),
        (net, PARITY, {}, "the model has letters=5 and states=5, the automaton 2 and 2"),
        (net, C5, {"prefix": (1,)}, "prefix and outputs are not covered together with a clean-up"),
        (net, C5, {"outputs": (1, 0, 2, 3, 4)}, "prefix and outputs are not covered together with a clean-up"),
        (net, C5, {"shortest": 2}, "shortest=2; a clean-up reads words of every length"),
        (net, C5.with_outputs([0, 0, 1, 2, 3]), {}, "5 states share 4 labels"),
        (net, C5, {"arithmetic": "float32", "execution": "scan"}, "rounding is bounded for execution='loop' alone"),
        (net, C5, {"arithmetic": "float64"}, "the model runs in torch.float32, not in float64"),
        (double, C5, {"arithmetic": "float32"}, "the model runs in torch.float64, not in float32"),
        (plain, PARITY, {"arithmetic": "float64"}, "is covered for normalised states only"),
    ):
        with pytest.raises(MismatchError, match=reason):
            certify(given, task, **more)  # type: ignore[arg-type]
    net.codes = net.codes.double()
    with pytest.raises(MismatchError, match=r"runs in torch\.float64, not in float32: see 'codes'"):
        certify(net, C5, "float32")


def test_labels_that_tell_states_apart_are_as_good_as_states() -> None:
    named = C5.with_outputs(["a", "b", "c", "d", "e"])
    assert certify(Refreshed(turning(), named, every=3), named).horizon == math.inf


def test_the_empty_word_is_read_where_it_is_asked_about() -> None:
    net = Refreshed(turning(), C5, every=2)
    with torch.no_grad():
        net.model.start.neg_()
    for shortest, horizon in ((0, -1), (1, 0)):
        proof = certify(net, C5, shortest=shortest)
        assert (proof.horizon, proof.way) == (horizon, "none")
        assert proof.reason.startswith("from the start of state 0, ")


def test_one_state_and_one_letter() -> None:
    alone = Automaton([0], [0], [[0]], 0)
    assert certify(Refreshed(BilinearRNN(1, 2, 1), alone, 3), alone).horizon == math.inf


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, clean, saved = tmp_path / "plain", tmp_path / "clean", tmp_path / "c.json"
    task = ("--task", "C5")
    save_model(turning(), plain)
    save_model(Refreshed(turning(), C5, 2), clean)
    code, said = run(capsys, "certify", plain, *task, "--refresh", 2, "-o", saved, "--longest", 20)
    assert code == 0
    assert "replaced by its code after every 2 letters (by clean-up)" in said
    assert run(capsys, "check", saved, "--run", plain, *task)[0] == 0
    assert run(capsys, "check", saved, "--run", clean, *task)[0] == 0
    save_model(Refreshed(turning(), C5, 3), clean)
    code, said = run(capsys, "check", saved, "--run", clean, *task)
    assert code == 1
    assert "another clean-up: one after 2 letters, and the model has one after 3 letters" in said
    save_model(BilinearRNN(5, 3, 5), tmp_path / "other")
    code, said = run(capsys, "check", saved, "--run", tmp_path / "other", *task)
    assert code == 1
    assert "the model cannot have its clean-up: codes have the shape (5, 2)" in said
    code, said = run(capsys, "certify", clean, *task, "--json", "--longest", 10)
    assert (code, json.loads(said)["horizon"]) == (0, "infinity")
    code, said = run(capsys, "certify", clean, *task, "--refresh", 2)
    assert code == 2
    assert "has a clean-up, after 3 letters" in said
    code, said = run(capsys, "certify", plain, *task, "--refresh", 40)
    assert code == 2
    assert "choose a smaller k" in said
